//! Calendar periods that levels and averages are anchored to, in UTC.

use mem_types::{Timeframe, TimeframeUnit, Timestamp};

/// When a new period begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// With every bar.
    Bar,
    /// At 00:00 UTC.
    Day,
    /// On Monday at 00:00 UTC.
    Week,
    /// Never after the first bar.
    Start,
}

impl Anchor {
    /// By the word used for the parameter.
    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            "bar" => Self::Bar,
            "day" => Self::Day,
            "week" => Self::Week,
            _ => Self::Start,
        }
    }

    /// The calendar period, if it is one.
    pub(crate) fn timeframe(self) -> Option<Timeframe> {
        match self {
            Self::Day => Some(Timeframe::D1),
            Self::Week => Timeframe::new(1, TimeframeUnit::Week),
            Self::Bar | Self::Start => None,
        }
    }
}

/// Tells for each bar whether it opens a new period.
#[derive(Debug, Clone)]
pub(crate) struct Periods {
    anchor: Anchor,
    /// Where the period of the last bar ends.
    until: Option<Timestamp>,
}

impl Periods {
    pub(crate) fn new(anchor: Anchor) -> Self {
        Self { anchor, until: None }
    }

    /// How many of the coming bars, at least one, open before the current period ends.
    pub(crate) fn count(&self, ts_ns: &[i64]) -> usize {
        self.until.map_or(0, |until| ts_ns.partition_point(|ts| *ts < until.as_nanos())).max(1)
    }

    /// Whether a bar that opens at `ts` belongs to another period than the bar before; yes for the first bar.
    pub(crate) fn begins(&mut self, ts: Timestamp) -> bool {
        match self.until {
            Some(until) if ts < until => false,
            _ => {
                self.until = Some(match self.anchor.timeframe() {
                    Some(timeframe) => timeframe.close_of(timeframe.open_of(ts)),
                    None if self.anchor == Anchor::Bar => Timestamp::from_nanos(i64::MIN),
                    None => Timestamp::from_nanos(i64::MAX),
                });
                true
            }
        }
    }
}
