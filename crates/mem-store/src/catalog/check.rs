//! A second look at a stored series: is every bar sound, what is missing, what looks odd.

use mem_types::{Bar, SeriesKey, Timestamp};

use super::bars::RawBars;
use super::{Catalog, CatalogError};

/// How many positions a report lists of each kind; the counts are always complete.
const LISTED_MAX: usize = 20;

/// A return counts as an outlier beyond so many robust standard deviations.
const OUTLIER_SIGMAS: f64 = 20.0;

/// From the median absolute value to the standard deviation of a normal distribution around zero: 1 / Φ⁻¹(3/4).
const SIGMA_PER_MAD: f64 = 1.482_602_218_505_602;

/// Bars that are missing between two neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Gap {
    /// When the bar before the gap opened.
    pub after: Timestamp,
    /// When the bar after the gap opened.
    pub before: Timestamp,
    /// How many bars of the timeframe would fit in between.
    pub missing: u64,
}

/// A bar whose return is far from the others'.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Outlier {
    /// When the bar opened.
    pub ts: Timestamp,
    /// Natural logarithm of its close over the close before.
    pub log_return: f64,
}

/// What [`Catalog::check`] found.
///
/// Only `faults` are wrong. The rest is for a human to judge: markets close (gaps), nobody trades (flat bars), prices
/// jump (outliers).
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct CheckReport {
    /// Which series.
    #[serde(flatten)]
    pub key: SeriesKey,
    /// How many bars.
    pub rows: u64,
    /// When the first opened.
    pub first: Option<Timestamp>,
    /// When the last opened.
    pub last: Option<Timestamp>,
    /// How many bars are unsound or out of order.
    pub faults: u64,
    /// The first of them, in words.
    pub fault_examples: Vec<String>,
    /// How many gaps.
    pub gaps: u64,
    /// How many bars are missing in all gaps together.
    pub missing: u64,
    /// The longest gaps, longest first.
    pub longest_gaps: Vec<Gap>,
    /// How many bars do not begin where the timeframe's bars begin.
    pub misaligned: u64,
    /// How many bars have one price only (open, high, low and close are equal).
    pub flat: u64,
    /// How many bars have a volume of zero.
    pub zero_volume: u64,
    /// The first bars that are flat and without volume.
    pub dead_examples: Vec<Timestamp>,
    /// How many bars have no known volume.
    pub unknown_volume: u64,
    /// How many returns are beyond twenty robust standard deviations (1.4826 times the median absolute return).
    pub outliers: u64,
    /// The largest of them, largest first.
    pub largest_outliers: Vec<Outlier>,
}

impl CheckReport {
    /// Whether nothing is wrong: gaps, flat bars and outliers may be as they should.
    pub const fn is_sound(&self) -> bool {
        self.faults == 0
    }
}

impl Catalog {
    /// Reads a whole series and checks every bar again.
    ///
    /// # Errors
    /// If there is no such series, or its file is damaged. An unsound bar is no error but a fault in the report.
    pub fn check(&self, key: &SeriesKey) -> Result<CheckReport, CatalogError> {
        let (_, raw) = self.read_raw_bars(key, None, None)?;
        Ok(report(key, &raw))
    }
}

fn report(key: &SeriesKey, raw: &RawBars) -> CheckReport {
    let mut report = CheckReport {
        key: key.clone(),
        rows: raw.ts_ns.len() as u64,
        first: raw.ts_ns.first().map(|ns| Timestamp::from_nanos(*ns)),
        last: raw.ts_ns.last().map(|ns| Timestamp::from_nanos(*ns)),
        faults: 0,
        fault_examples: vec![],
        gaps: 0,
        missing: 0,
        longest_gaps: vec![],
        misaligned: 0,
        flat: 0,
        zero_volume: 0,
        dead_examples: vec![],
        unknown_volume: 0,
        outliers: 0,
        largest_outliers: vec![],
    };
    let mut gaps = Vec::new();
    let mut returns = Vec::new();
    let mut previous: Option<Bar> = None;
    for index in 0..raw.ts_ns.len() {
        let bar = raw.bar(index);
        if let Some(fault) = fault(&bar, previous.as_ref()) {
            report.faults += 1;
            if report.fault_examples.len() < LISTED_MAX {
                report.fault_examples.push(format!("bar {index} at {}: {fault}", bar.ts));
            }
        } else if let Some(previous) = previous {
            gaps.extend(gap(key, previous.ts, bar.ts));
            returns.push(Outlier { ts: bar.ts, log_return: (bar.close / previous.close).ln() });
        }
        report.look_at(&bar);
        previous = Some(bar);
    }
    report.gaps = gaps.len() as u64;
    report.missing = gaps.iter().map(|gap| gap.missing).sum();
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.missing));
    gaps.truncate(LISTED_MAX);
    report.longest_gaps = gaps;
    let mut outliers = outliers(returns);
    report.outliers = outliers.len() as u64;
    outliers.truncate(LISTED_MAX);
    report.largest_outliers = outliers;
    report
}

impl CheckReport {
    fn look_at(&mut self, bar: &Bar) {
        let flat = bar.open == bar.high && bar.high == bar.low && bar.low == bar.close;
        let zero_volume = bar.volume == 0.0;
        self.flat += u64::from(flat);
        self.zero_volume += u64::from(zero_volume);
        self.unknown_volume += u64::from(bar.volume.is_nan());
        self.misaligned += u64::from(self.key.timeframe.open_of(bar.ts) != bar.ts);
        if flat && zero_volume && self.dead_examples.len() < LISTED_MAX {
            self.dead_examples.push(bar.ts);
        }
    }
}

fn fault(bar: &Bar, previous: Option<&Bar>) -> Option<String> {
    if let Err(fault) = bar.check() {
        return Some(fault.to_string());
    }
    previous.filter(|previous| bar.ts <= previous.ts).map(|_| "not later than the bar before it".to_owned())
}

/// The gap between two bars that follow each other in a series, if there is one.
pub(crate) fn gap(key: &SeriesKey, after: Timestamp, before: Timestamp) -> Option<Gap> {
    let expected = key.timeframe.close_of(after);
    if before <= expected {
        return None;
    }
    let length = before.as_nanos().saturating_sub(expected.as_nanos());
    let missing = length.unsigned_abs().div_ceil(key.timeframe.nanos().unsigned_abs());
    Some(Gap { after, before, missing })
}

/// Largest first. The spread is robust (median absolute return), so that the outliers do not hide themselves; returns of
/// exactly zero are left out of it, or a market that often stands still would have no spread at all.
fn outliers(returns: Vec<Outlier>) -> Vec<Outlier> {
    let mut moves: Vec<f64> = returns.iter().map(|r| r.log_return.abs()).filter(|r| *r > 0.0).collect();
    let Some(deviation) = median(&mut moves) else { return vec![] };
    let limit = OUTLIER_SIGMAS * SIGMA_PER_MAD * deviation;
    let mut found: Vec<Outlier> = returns.into_iter().filter(|r| r.log_return.abs() > limit).collect();
    found.sort_by(|a, b| b.log_return.abs().total_cmp(&a.log_return.abs()));
    found
}

/// The upper median.
fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    Some(*values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

impl RawBars {
    fn bar(&self, index: usize) -> Bar {
        Bar {
            ts: Timestamp::from_nanos(self.ts_ns[index]),
            open: self.open[index],
            high: self.high[index],
            low: self.low[index],
            close: self.close[index],
            volume: self.volume[index],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SeriesKey {
        SeriesKey { venue: "v".parse().unwrap(), symbol: "S".parse().unwrap(), timeframe: "1m".parse().unwrap() }
    }

    fn raw(rows: &[(i64, f64, f64)]) -> RawBars {
        let mut raw = RawBars::default();
        for (minute, close, volume) in rows {
            raw.ts_ns.push(minute * 60_000_000_000);
            raw.open.push(100.0);
            raw.high.push(close.max(100.0));
            raw.low.push(close.min(100.0));
            raw.close.push(*close);
            raw.volume.push(*volume);
        }
        raw
    }

    #[test]
    fn gaps_flats_and_faults_are_told_apart() {
        let found = report(
            &key(),
            &raw(&[(0, 100.0, 0.0), (1, 101.0, 1.0), (5, 100.0, f64::NAN), (5, 99.0, 1.0), (6, -1.0, 1.0)]),
        );
        assert_eq!((found.rows, found.faults, found.gaps, found.missing), (5, 2, 1, 3));
        assert_eq!(found.longest_gaps[0].after.as_nanos(), 60_000_000_000);
        assert_eq!((found.flat, found.zero_volume, found.unknown_volume), (2, 1, 1));
        assert_eq!(found.dead_examples, [Timestamp::from_nanos(0)]);
        assert!(!found.is_sound());
        assert!(found.fault_examples[0].contains("not later"), "{:?}", found.fault_examples);
        assert!(found.fault_examples[1].contains("is not positive"), "{:?}", found.fault_examples);
    }

    #[test]
    fn a_flash_candle_is_an_outlier() {
        let mut rows: Vec<(i64, f64, f64)> = (0..100).map(|i| (i, 100.0 + (i % 3) as f64, 1.0)).collect();
        rows[50].1 = 40.0; // after and before 102 and 100: -0.94 and +0.92, the others at most 0.02
        let found = report(&key(), &raw(&rows));
        assert_eq!((found.faults, found.outliers), (0, 2));
        assert_eq!(found.largest_outliers[0].ts.as_nanos() / 60_000_000_000, 50);
    }
}
