//! How far apart bars lie.

use std::collections::HashMap;

use mem_types::time::NANOS_PER_DAY;
use mem_types::{Bars, Timeframe, TimeframeUnit};

/// Distances between neighbouring bars of all series of a file, and how often each occurs.
#[derive(Debug, Default)]
pub(super) struct Spacing {
    counts: HashMap<i64, u64>,
}

impl Spacing {
    pub(super) fn add(&mut self, bars: &Bars) {
        for pair in bars.view().ts_ns.windows(2) {
            *self.counts.entry(pair[1].saturating_sub(pair[0])).or_default() += 1;
        }
    }

    /// The distance that occurs most often; of equally frequent ones the shortest.
    pub(super) fn commonest(&self) -> Option<i64> {
        self.counts.iter().map(|(distance, count)| (*count, std::cmp::Reverse(*distance))).max().map(|(_, d)| d.0)
    }

    /// Whether most neighbours lie closer together than that.
    pub(super) fn is_mostly_below(&self, distance: i64) -> bool {
        let below: u64 = self.counts.iter().filter(|(other, _)| **other < distance).map(|(_, count)| count).sum();
        below * 2 > self.counts.values().sum()
    }

    /// The timeframe of bars that lie so far apart. Calendar months, quarters and years are known by their lengths.
    pub(super) fn timeframe(&self) -> Option<Timeframe> {
        let commonest = self.commonest()?;
        let days = commonest / NANOS_PER_DAY;
        let whole_days = commonest % NANOS_PER_DAY == 0;
        let varies = self.counts.len() > 1;
        let months = match days {
            28 if varies => Some(1),
            29..=31 => Some(1),
            90..=92 => Some(3),
            365 | 366 => Some(12),
            _ => None,
        };
        match months.filter(|_| whole_days) {
            Some(months) => Timeframe::new(months, TimeframeUnit::Month),
            None => Timeframe::from_nanos(commonest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mem_types::{Bar, Timestamp};

    fn timeframe(days: &[i64]) -> Option<String> {
        let bars = Bars::from_bars(days.iter().map(|day| Bar {
            ts: Timestamp::from_nanos(day * NANOS_PER_DAY),
            open: 1.0,
            high: 1.0,
            low: 1.0,
            close: 1.0,
            volume: 1.0,
        }))
        .unwrap();
        let mut spacing = Spacing::default();
        spacing.add(&bars);
        spacing.timeframe().map(|timeframe| timeframe.to_string())
    }

    #[test]
    fn the_commonest_distance_is_the_timeframe() {
        assert_eq!(timeframe(&[0, 1, 2, 3, 4, 7, 8, 9]).as_deref(), Some("1d"));
        assert_eq!(timeframe(&[0, 7, 14]).as_deref(), Some("1w"));
        assert_eq!(timeframe(&[0, 28, 56]).as_deref(), Some("4w"));
        assert_eq!(timeframe(&[0, 31, 59, 90, 120, 151]).as_deref(), Some("1M"));
        assert_eq!(timeframe(&[0, 90, 181, 273, 365]).as_deref(), Some("3M"));
        assert_eq!(timeframe(&[0, 365, 730]).as_deref(), Some("12M"));
        assert_eq!(timeframe(&[0]), None);
    }
}
