//! Timeframes: how long a bar lasts and where it begins.

use std::fmt;
use std::str::FromStr;

use crate::time::{NANOS_PER_DAY, NANOS_PER_SECOND, Timestamp};

/// The unit that a [`Timeframe`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeframeUnit {
    /// `s`
    Second,
    /// `m`
    Minute,
    /// `h`
    Hour,
    /// `d`
    Day,
    /// `w`, beginning on Monday
    Week,
    /// `M`, a calendar month
    Month,
}

/// The length of a bar, written `30s`, `1m`, `15m`, `1h`, `4h`, `1d`, `1w`, `1M`.
///
/// Always in its largest unit: `60m` and `1h` are equal, and print as `1h`. Bars begin at multiples of the length
/// since the Unix epoch in UTC; weeks begin on Monday; months on the first.
///
/// ```
/// use mem_types::Timeframe;
/// let tf: Timeframe = "240m".parse().unwrap();
/// assert_eq!(tf.to_string(), "4h");
/// let t = "2024-01-31T13:59:59Z".parse().unwrap();
/// assert_eq!(tf.open_of(t).to_string(), "2024-01-31T12:00:00Z");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timeframe {
    count: u32,
    unit: TimeframeUnit,
}

/// Why a text is not a [`Timeframe`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a timeframe: expected a count and one of s, m, h, d, w, M, for example 15m, 1h or 1d")]
pub struct TimeframeError(pub String);

impl Timeframe {
    /// One minute.
    pub const M1: Self = Self { count: 1, unit: TimeframeUnit::Minute };
    /// One hour.
    pub const H1: Self = Self { count: 1, unit: TimeframeUnit::Hour };
    /// Four hours.
    pub const H4: Self = Self { count: 4, unit: TimeframeUnit::Hour };
    /// One day.
    pub const D1: Self = Self { count: 1, unit: TimeframeUnit::Day };

    /// A timeframe of `count` units, in its largest unit. `None` if `count` is 0 or the length passes ten years.
    pub fn new(count: u32, unit: TimeframeUnit) -> Option<Self> {
        let (mut count, mut unit) = (count, unit);
        loop {
            let (per_next, next) = match unit {
                TimeframeUnit::Second => (60, TimeframeUnit::Minute),
                TimeframeUnit::Minute => (60, TimeframeUnit::Hour),
                TimeframeUnit::Hour => (24, TimeframeUnit::Day),
                TimeframeUnit::Day => (7, TimeframeUnit::Week),
                TimeframeUnit::Week | TimeframeUnit::Month => break,
            };
            if count == 0 || count % per_next != 0 {
                break;
            }
            count /= per_next;
            unit = next;
        }
        let timeframe = Self { count, unit };
        let ten_years = 3653 * NANOS_PER_DAY;
        let nanos = i64::from(count).checked_mul(timeframe.unit_nanos())?;
        (count > 0 && nanos <= ten_years).then_some(timeframe)
    }

    /// The timeframe that lasts exactly so many nanoseconds; `None` if that is not a whole number of seconds.
    pub fn from_nanos(ns: i64) -> Option<Self> {
        if ns <= 0 || ns % NANOS_PER_SECOND != 0 {
            return None;
        }
        Self::new(u32::try_from(ns / NANOS_PER_SECOND).ok()?, TimeframeUnit::Second)
    }

    /// How many units.
    pub const fn count(self) -> u32 {
        self.count
    }

    /// Of which unit.
    pub const fn unit(self) -> TimeframeUnit {
        self.unit
    }

    const fn unit_nanos(self) -> i64 {
        match self.unit {
            TimeframeUnit::Second => NANOS_PER_SECOND,
            TimeframeUnit::Minute => 60 * NANOS_PER_SECOND,
            TimeframeUnit::Hour => 3600 * NANOS_PER_SECOND,
            TimeframeUnit::Day => NANOS_PER_DAY,
            TimeframeUnit::Week => 7 * NANOS_PER_DAY,
            TimeframeUnit::Month => 30 * NANOS_PER_DAY,
        }
    }

    /// Length in nanoseconds; a month counts as 30 days (use [`Timeframe::close_of`] for where a bar really ends).
    pub const fn nanos(self) -> i64 {
        self.count as i64 * self.unit_nanos()
    }

    /// Where the bar that contains `t` begins.
    pub fn open_of(self, t: Timestamp) -> Timestamp {
        match self.unit {
            TimeframeUnit::Month => {
                let (year, month, _) = t.ymd();
                let months = i32::from(year) * 12 + i32::from(month) - 1;
                month_start(months - months.rem_euclid(self.count as i32))
            }
            TimeframeUnit::Week => {
                // 1970-01-01 was a Thursday: weeks count from Monday 1970-01-05.
                let monday = 4 * NANOS_PER_DAY;
                Timestamp::from_nanos(floor(t.as_nanos().saturating_sub(monday), self.nanos()).saturating_add(monday))
            }
            _ => Timestamp::from_nanos(floor(t.as_nanos(), self.nanos())),
        }
    }

    /// Where the bar that begins at `open` ends: the open of the next one.
    pub fn close_of(self, open: Timestamp) -> Timestamp {
        match self.unit {
            TimeframeUnit::Month => {
                let (year, month, _) = open.ymd();
                month_start(i32::from(year) * 12 + i32::from(month) - 1 + self.count as i32)
            }
            _ => Timestamp::from_nanos(open.as_nanos().saturating_add(self.nanos())),
        }
    }

    /// Whether bars of `self` can be built from bars of `shorter`: each longer bar holds whole shorter ones.
    pub fn is_multiple_of(self, shorter: Self) -> bool {
        match (self.unit, shorter.unit) {
            (TimeframeUnit::Month, TimeframeUnit::Month) => self.count.is_multiple_of(shorter.count),
            (TimeframeUnit::Month, TimeframeUnit::Week) | (_, TimeframeUnit::Month) => false,
            (TimeframeUnit::Month, _) => NANOS_PER_DAY % shorter.nanos() == 0,
            _ => self.nanos() % shorter.nanos() == 0,
        }
    }
}

fn floor(ns: i64, step: i64) -> i64 {
    ns.div_euclid(step).saturating_mul(step)
}

fn month_start(months_since_year_zero: i32) -> Timestamp {
    let year = months_since_year_zero.div_euclid(12);
    let month = months_since_year_zero.rem_euclid(12) + 1;
    let year = i16::try_from(year).expect("a timestamp's year has four digits");
    Timestamp::from_ymd(year, month as u8, 1).unwrap_or(Timestamp::from_nanos(if year < 1970 {
        i64::MIN
    } else {
        i64::MAX
    }))
}

impl PartialOrd for Timeframe {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timeframe {
    /// Shorter timeframes come first.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.nanos(), self.unit, self.count).cmp(&(other.nanos(), other.unit, other.count))
    }
}

impl FromStr for Timeframe {
    type Err = TimeframeError;

    fn from_str(text: &str) -> Result<Self, TimeframeError> {
        let error = || TimeframeError(text.to_owned());
        let trimmed = text.trim();
        let split = trimmed.find(|c: char| !c.is_ascii_digit()).ok_or_else(error)?;
        let (digits, unit) = trimmed.split_at(split);
        let count = if digits.is_empty() { 1 } else { digits.parse().map_err(|_| error())? };
        let unit = match unit {
            "s" | "S" | "sec" | "second" | "seconds" => TimeframeUnit::Second,
            "m" | "min" | "minute" | "minutes" | "T" => TimeframeUnit::Minute,
            "h" | "H" | "hour" | "hours" => TimeframeUnit::Hour,
            "d" | "D" | "day" | "days" => TimeframeUnit::Day,
            "w" | "W" | "week" | "weeks" | "wk" => TimeframeUnit::Week,
            "M" | "mo" | "month" | "months" => TimeframeUnit::Month,
            _ => return Err(error()),
        };
        Self::new(count, unit).ok_or_else(error)
    }
}

impl fmt::Display for Timeframe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            TimeframeUnit::Second => 's',
            TimeframeUnit::Minute => 'm',
            TimeframeUnit::Hour => 'h',
            TimeframeUnit::Day => 'd',
            TimeframeUnit::Week => 'w',
            TimeframeUnit::Month => 'M',
        };
        write!(f, "{}{unit}", self.count)
    }
}

impl fmt::Debug for Timeframe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Timeframe {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timeframe {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tf(text: &str) -> Timeframe {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn prints_in_the_largest_unit() {
        for (written, printed) in
            [("60m", "1h"), ("1440m", "1d"), ("7d", "1w"), ("90m", "90m"), ("1M", "1M"), ("h", "1h"), ("1min", "1m")]
        {
            assert_eq!(tf(written).to_string(), printed);
        }
        for wrong in ["", "5", "0m", "1x", "99999999999m", "-1h", "1.5h"] {
            assert!(wrong.parse::<Timeframe>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn bars_begin_where_the_calendar_says() {
        for (frame, inside, open, close) in [
            ("15m", "2024-01-31T12:14:59Z", "2024-01-31T12:00:00Z", "2024-01-31T12:15:00Z"),
            ("1d", "1969-12-31T23:00:00Z", "1969-12-31T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("1w", "2024-02-04T23:00:00Z", "2024-01-29T00:00:00Z", "2024-02-05T00:00:00Z"),
            ("1M", "2024-02-29T12:00:00Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
            ("3M", "2024-12-31T12:00:00Z", "2024-10-01T00:00:00Z", "2025-01-01T00:00:00Z"),
        ] {
            assert_eq!(tf(frame).open_of(at(inside)), at(open), "{frame}");
            assert_eq!(tf(frame).close_of(at(open)), at(close), "{frame}");
        }
    }

    #[test]
    fn longer_bars_hold_whole_shorter_ones() {
        for (longer, shorter, holds) in [
            ("1h", "15m", true),
            ("1h", "25m", false),
            ("1M", "1d", true),
            ("1M", "1w", false),
            ("1w", "1d", true),
            ("3M", "1M", true),
            ("1d", "1M", false),
        ] {
            assert_eq!(tf(longer).is_multiple_of(tf(shorter)), holds, "{longer} of {shorter}");
        }
    }

    proptest! {
        #[test]
        fn an_instant_lies_within_its_bar(ns in -4_000_000_000_000_000_000i64..4_000_000_000_000_000_000, count in 1u32..40, unit in 0usize..6) {
            let unit = [TimeframeUnit::Second, TimeframeUnit::Minute, TimeframeUnit::Hour, TimeframeUnit::Day, TimeframeUnit::Week, TimeframeUnit::Month][unit];
            let frame = Timeframe::new(count, unit).unwrap();
            let t = Timestamp::from_nanos(ns);
            let open = frame.open_of(t);
            prop_assert!(open <= t && t < frame.close_of(open));
            prop_assert_eq!(frame.open_of(open), open);
            prop_assert_eq!(frame.to_string().parse::<Timeframe>().unwrap(), frame);
        }
    }
}
