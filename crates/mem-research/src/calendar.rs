//! How many bars a year has, read from the bars themselves.
//!
//! Ratios are annualised by it. A year has 365 days where the market trades at weekends, else the usual 252; an
//! intraday bar counts as often as the median trading day has it, so that hourly bars of a six and a half hour session
//! are seven a day, not twenty-four.

use mem_types::time::NANOS_PER_DAY;
use mem_types::{Timeframe, TimeframeUnit, Timestamp};

/// Days of a year in markets that never close.
const DAYS_ALWAYS_OPEN: f64 = 365.0;

/// Days of a year in markets that close at weekends and on holidays.
const DAYS_WITH_WEEKENDS: f64 = 252.0;

/// Monday is 0.
const SATURDAY: u8 = 5;

/// How often bars come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodsPerYear {
    /// Days of a year: 365 or 252.
    pub days_per_year: f64,
    /// Bars of a day; below 1 for bars longer than a day.
    pub bars_per_day: f64,
    /// Length of a bar in nanoseconds, as [`Timeframe::nanos`] has it.
    pub bar_ns: i64,
}

impl PeriodsPerYear {
    /// Bars of a year.
    pub fn bars_per_year(&self) -> f64 {
        self.days_per_year * self.bars_per_day
    }
}

/// Counts the bars of a year from the open times of a series.
///
/// Weekend: there are bars on at least half of the Saturdays (UTC) that the series spans. A series too short to span
/// one counts as always open if its days are full. Weeks count 52 and months 12 to the year, other bars longer than a
/// day by their length.
pub fn periods_per_year(ts_ns: &[i64], timeframe: Timeframe) -> PeriodsPerYear {
    let days = Days::of(ts_ns);
    let is_intraday = timeframe.nanos() < NANOS_PER_DAY;
    let bars_of_full_day = NANOS_PER_DAY as f64 / timeframe.nanos() as f64;
    let median = days.median_bars.unwrap_or(bars_of_full_day);
    let always_open = if days.saturdays > 0 {
        2 * days.traded_saturdays >= days.saturdays
    } else {
        is_intraday && median >= 0.9 * bars_of_full_day
    };
    let days_per_year = if always_open { DAYS_ALWAYS_OPEN } else { DAYS_WITH_WEEKENDS };
    let count = f64::from(timeframe.count());
    let bars_per_day = match timeframe.unit() {
        TimeframeUnit::Second | TimeframeUnit::Minute | TimeframeUnit::Hour if is_intraday => median,
        TimeframeUnit::Day if timeframe == Timeframe::D1 => 1.0,
        TimeframeUnit::Week => 52.0 / count / days_per_year,
        TimeframeUnit::Month => 12.0 / count / days_per_year,
        _ => bars_of_full_day * DAYS_ALWAYS_OPEN / days_per_year,
    };
    PeriodsPerYear { days_per_year, bars_per_day, bar_ns: timeframe.nanos() }
}

/// What the days of a series look like.
struct Days {
    saturdays: usize,
    traded_saturdays: usize,
    /// Median number of bars of the days that have any; `None` without bars.
    median_bars: Option<f64>,
}

impl Days {
    fn of(ts_ns: &[i64]) -> Self {
        let mut days = Self { saturdays: 0, traded_saturdays: 0, median_bars: None };
        let [first, .., last] = ts_ns else { return days };
        let (first, last) = (Timestamp::from_nanos(*first), Timestamp::from_nanos(*last));
        let until_saturday = i64::from((7 + SATURDAY - first.weekday()) % 7);
        let saturdays = (last.day() - first.day() - until_saturday).div_euclid(7) + 1;
        days.saturdays = usize::try_from(saturdays).unwrap_or(0);

        let mut counts = Vec::new();
        let mut rest = ts_ns;
        while let Some(ts) = rest.first() {
            let day = Timestamp::from_nanos(*ts);
            days.traded_saturdays += usize::from(day.weekday() == SATURDAY);
            let next_day = (day.day() + 1).saturating_mul(NANOS_PER_DAY);
            let bars = length_before(rest, next_day, counts.last().copied().unwrap_or(0));
            counts.push(bars);
            rest = &rest[bars..];
        }
        let middle = counts.len() / 2;
        let (_, median, _) = counts.select_nth_unstable(middle);
        days.median_bars = Some(*median as f64);
        days
    }
}

/// How many leading times are below `end`, at least 1: the first one is. Most days have as many bars as the one before,
/// `guess`; else the steps double, as a day may have one bar or 86,400.
fn length_before(ts_ns: &[i64], end: i64, guess: usize) -> usize {
    let is_before = |index: usize| ts_ns.get(index).is_some_and(|ts| *ts < end);
    if guess > 0 && is_before(guess - 1) && !is_before(guess) {
        return guess;
    }
    let mut step = 1;
    while is_before(step) {
        step *= 2;
    }
    let from = step / 2;
    let to = step.min(ts_ns.len());
    usize::max(1, from + ts_ns[from..to].partition_point(|ts| *ts < end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(start: &str, step_hours: i64, bars: usize, keep: impl Fn(Timestamp) -> bool) -> Vec<i64> {
        let start: Timestamp = start.parse().unwrap();
        (0..bars as i64)
            .map(|i| Timestamp::from_nanos(start.as_nanos() + i * step_hours * NANOS_PER_DAY / 24))
            .filter(|ts| keep(*ts))
            .map(Timestamp::as_nanos)
            .collect()
    }

    fn hour(ts: Timestamp) -> i64 {
        ts.as_nanos().rem_euclid(NANOS_PER_DAY) / (NANOS_PER_DAY / 24)
    }

    #[test]
    fn the_market_says_how_many_days_and_bars() {
        let always = |_: Timestamp| true;
        let weekdays = |ts: Timestamp| ts.weekday() < 5;
        let session = |ts: Timestamp| ts.weekday() < 5 && (14..21).contains(&hour(ts));
        for (ts_ns, timeframe, days, bars) in [
            (series("2024-01-01", 1, 1000, always), "1h", 365.0, 24.0),
            (series("2024-01-01", 4, 1000, always), "4h", 365.0, 6.0),
            (series("2024-01-01", 24, 100, always), "1d", 365.0, 1.0),
            (series("2024-01-01", 24, 100, weekdays), "1d", 252.0, 1.0),
            (series("2024-01-01", 1, 1000, session), "1h", 252.0, 7.0),
            (series("2024-01-01", 168, 100, always), "1w", 252.0, 52.0 / 252.0),
            // Monday to Wednesday: no Saturday to judge by.
            (series("2024-01-01", 1, 72, always), "1h", 365.0, 24.0),
            (series("2024-01-01", 1, 72, session), "1h", 252.0, 7.0),
            (series("2024-01-01", 24, 3, always), "1d", 252.0, 1.0),
            (Vec::new(), "1h", 365.0, 24.0),
        ] {
            let found = periods_per_year(&ts_ns, timeframe.parse().unwrap());
            assert_eq!((found.days_per_year, found.bars_per_day), (days, bars), "{timeframe}, {} bars", ts_ns.len());
        }
        let months = periods_per_year(&[], "3M".parse().unwrap());
        assert_eq!(months.bars_per_year(), 4.0);
    }

    #[test]
    fn a_stray_saturday_bar_does_not_open_the_weekend() {
        let mut ts_ns = series("2024-01-01", 24, 365, |ts| ts.weekday() < 5);
        ts_ns.push("2024-12-31T12:00:00Z".parse::<Timestamp>().unwrap().as_nanos());
        ts_ns.insert(5, "2024-01-06".parse::<Timestamp>().unwrap().as_nanos());
        assert_eq!(periods_per_year(&ts_ns, Timeframe::D1).days_per_year, 252.0);
    }
}
