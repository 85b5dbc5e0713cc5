//! How feeds are.

use super::{Bad, Level, Measure, Reading, Side};
use crate::alert::observations::{FeedMode, FeedSeen, FeedStatus};
use crate::alert::{AlertConfig, AlertKind, Severity};

pub(super) fn read(feed: &FeedSeen, config: &AlertConfig, readings: &mut Vec<Reading>) {
    let mut tell = |kind, level| readings.push(Reading::new(kind, feed.name.as_str(), level));
    tell(AlertKind::StaleFeed, staleness(feed, config));
    let name = &feed.name;
    let fail_over = match feed.mode {
        FeedMode::Rest => Bad::told(
            Severity::Yellow,
            format!("the WebSocket of {name} is down: data comes by REST, later than usual"),
        ),
        FeedMode::Websocket => Level::Clear,
        // Neither on REST nor back: STALE_FEED tells it.
        FeedMode::Disconnected => Level::Between,
    };
    tell(AlertKind::FailOver, fail_over);
    let breaker = if feed.breaker_open {
        Bad::told(Severity::Yellow, format!("{name} has failed so often that no connection is tried for a while"))
    } else {
        Level::Clear
    };
    tell(AlertKind::BreakerOpen, breaker);
}

fn staleness(feed: &FeedSeen, config: &AlertConfig) -> Level {
    let (name, limit) = (&feed.name, config.stale_after_s);
    if feed.status == FeedStatus::Unhealthy || feed.mode == FeedMode::Disconnected {
        let message = match feed.age_s {
            Some(age) => format!("{name} brings no data: the last came {age:.1} s ago (limit {limit} s)"),
            None => format!("{name} has brought no data yet"),
        };
        return Level::Bad(Bad { severity: Severity::Red, message, value: feed.age_s, limit: Some(limit) });
    }
    match feed.age_s {
        Some(value) => Measure { value, limit, bad: Side::Above }
            .level(config, || format!("{name} has brought nothing new for {value:.1} s (limit {limit} s)")),
        None => Level::Clear,
    }
}
