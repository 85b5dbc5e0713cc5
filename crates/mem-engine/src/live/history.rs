//! How process and feed were, a row a minute of each metric in the records: what uptime is computed from.

use mem_feed::{FeedHealth, Status};
use mem_store::records::{NewMetric, Records, RecordsError};
use mem_types::Timestamp;
use mem_types::time::NANOS_PER_SECOND;

use super::machine::Machine;

/// Use of processors by the process, in percent of one core.
pub const CPU: &str = "process_cpu_pct";
/// Memory of the process in bytes.
pub const RESIDENT: &str = "process_rss_bytes";
/// How old the feed's newest message was, in milliseconds.
pub const LAG: &str = "feed_lag_ms";
/// Share of the minute in which the feed was up, 0 to 1.
pub const FEED_UP: &str = "feed_up";
/// Errors of feed and records in that minute.
pub const ERRORS: &str = "errors";
/// What each row spans.
pub const PERIOD: &str = "1m";

const EVERY: i64 = 60 * NANOS_PER_SECOND;

/// Looks every second, writes every minute. Rows are dated by our clock, not by the market's.
#[derive(Debug)]
pub(super) struct History {
    machine: Machine,
    since: Timestamp,
    looks: u32,
    up: u32,
    errors: u64,
}

impl History {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { machine: Machine::default(), since: now, looks: 0, up: 0, errors: 0 }
    }

    pub(super) fn look(
        &mut self,
        feed: Option<&FeedHealth>,
        records: &Records,
        now: Timestamp,
    ) -> Result<(), RecordsError> {
        self.looks += 1;
        // Data that comes by REST is data.
        self.up += u32::from(feed.is_some_and(|feed| feed.status != Status::Unhealthy));
        if now.as_nanos() - self.since.as_nanos() < EVERY {
            return Ok(());
        }
        let usage = self.machine.look();
        let errors = feed.map_or(0, |feed| feed.metrics.total_errors) + records.get_connection_stats().errors;
        let last = feed.and_then(|feed| feed.metrics.last_message_ts);
        let rows = [
            (CPU, usage.process_pct),
            (RESIDENT, usage.resident.map(|bytes| bytes as f64)),
            (LAG, last.map(|last| (now.as_nanos() - last.as_nanos()) as f64 / 1e6)),
            (FEED_UP, Some(f64::from(self.up) / f64::from(self.looks))),
            (ERRORS, Some(errors.saturating_sub(self.errors) as f64)),
        ];
        let rows = rows.into_iter().filter_map(|(name, value)| {
            Some(NewMetric { timestamp: Some(now), period: Some(PERIOD.to_owned()), ..NewMetric::new(name, value?) })
        });
        records.batch_insert_metrics(&rows.collect::<Vec<_>>())?;
        (self.since, self.looks, self.up, self.errors) = (now, 0, 0, errors);
        Ok(())
    }
}
