//! Which windows there are.

use serde::{Deserialize, Serialize};

use crate::range::Section;

/// Nanoseconds in an hour.
const NANOS_PER_HOUR: i64 = 3_600_000_000_000;

/// The windows, and how much is remembered at most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RollingConfig {
    /// The window of the newest trades holds so many, 1 to 10,000.
    pub trades: usize,
    /// Windows of time, in hours, 1 to 8,760 each, eight at most.
    pub span_hours: Vec<u32>,
    /// So many trades are remembered at most, 1 to 1,000,000. A span that has seen more is marked incomplete.
    pub max_trades: usize,
}

impl Default for RollingConfig {
    fn default() -> Self {
        Self { trades: 100, span_hours: vec![24, 7 * 24], max_trades: 50_000 }
    }
}

impl RollingConfig {
    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// Names the first that does not, its value and its range.
    pub fn validate(&self) -> Result<(), String> {
        let section = Section("monitor");
        section.check("trades", self.trades as f64, 1.0, 10_000.0)?;
        section.check("span_hours (how many)", self.span_hours.len() as f64, 0.0, 8.0)?;
        for hours in &self.span_hours {
            section.check("span_hours", f64::from(*hours), 1.0, 8_760.0)?;
        }
        section.check("max_trades", self.max_trades as f64, self.trades as f64, 1_000_000.0)
    }

    /// Nanoseconds of the longest span.
    pub(super) fn longest_span(&self) -> i64 {
        hours(self.span_hours.iter().copied().max().unwrap_or(0))
    }
}

pub(super) fn hours(count: u32) -> i64 {
    i64::from(count) * NANOS_PER_HOUR
}

/// Days where they are whole and more than one, hours otherwise.
pub(super) fn span_name(hours: u32) -> String {
    if hours > 24 && hours.is_multiple_of(24) { format!("{}d", hours / 24) } else { format!("{hours}h") }
}
