//! Entries only within trading hours.

use mem_types::time::{NANOS_PER_DAY, NANOS_PER_SECOND};

use super::{Proposal, RiskConfig, Surroundings, TradingHours, Verdict};

pub(super) fn check(config: &RiskConfig, _: &Proposal<'_>, surroundings: &Surroundings<'_>) -> Verdict {
    let TradingHours { from_minute, to_minute, days } = &config.trading_hours;
    let now = surroundings.market_now;
    let minute = (now.as_nanos().rem_euclid(NANOS_PER_DAY) / (60 * NANOS_PER_SECOND)) as u32;
    let weekday = now.weekday();
    let yesterday = (weekday + 6) % 7;
    let open = if from_minute < to_minute {
        (*from_minute..*to_minute).contains(&minute) && days.contains(&weekday)
    } else {
        // Across midnight: hours that began today, or yesterday.
        minute >= *from_minute && days.contains(&weekday) || minute < *to_minute && days.contains(&yesterday)
    };
    if open {
        return Verdict::Pass;
    }
    let clock = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
    Verdict::Refuse(format!(
        "{now} lies outside of the trading hours {} to {} UTC",
        clock(*from_minute),
        clock(*to_minute)
    ))
}
