//! Instants: UTC, whole nanoseconds since the Unix epoch.

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use jiff::tz::{Offset, TimeZone};

/// Nanoseconds in a millisecond.
pub const NANOS_PER_MILLI: i64 = 1_000_000;
/// Nanoseconds in a second.
pub const NANOS_PER_SECOND: i64 = 1_000_000_000;
/// Nanoseconds in a day of 24 hours.
pub const NANOS_PER_DAY: i64 = 86_400 * NANOS_PER_SECOND;

/// An instant in UTC: signed nanoseconds since 1970-01-01T00:00:00Z.
///
/// Range: 1677-09-21 to 2262-04-11. Leap seconds are not counted, as in Unix time. Printed and parsed as RFC 3339;
/// a date alone (`2024-01-31`) and a date-time without offset are read as UTC.
///
/// ```
/// use mem_types::Timestamp;
/// let t: Timestamp = "2024-01-31T12:00:00Z".parse().unwrap();
/// assert_eq!(t.as_millis(), 1_706_702_400_000);
/// assert_eq!(t.to_string(), "2024-01-31T12:00:00Z");
/// assert_eq!("2024-01-31T13:00:00+01:00".parse::<Timestamp>().unwrap(), t);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// Why a text or a number is not a [`Timestamp`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// The text is neither RFC 3339 nor a date.
    #[error("'{0}' is not a time: expected a date (2024-01-31) or RFC 3339 (2024-01-31T12:00:00Z)")]
    Unreadable(String),
    /// The instant lies outside the range of 64-bit nanoseconds.
    #[error("time out of range (1677 to 2262): {0}")]
    OutOfRange(String),
}

impl Timestamp {
    /// The instant that many nanoseconds after the Unix epoch.
    pub const fn from_nanos(ns: i64) -> Self {
        Self(ns)
    }

    /// The instant that many milliseconds after the Unix epoch; `None` outside the range.
    pub const fn from_millis(ms: i64) -> Option<Self> {
        match ms.checked_mul(NANOS_PER_MILLI) {
            Some(ns) => Some(Self(ns)),
            None => None,
        }
    }

    /// Nanoseconds since the Unix epoch.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since the Unix epoch, rounded towards the past.
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(NANOS_PER_MILLI)
    }

    /// Days since 1970-01-01, rounded towards the past.
    pub const fn day(self) -> i64 {
        self.0.div_euclid(NANOS_PER_DAY)
    }

    /// Day of the week, Monday = 0 to Sunday = 6.
    pub const fn weekday(self) -> u8 {
        (self.day() + 3).rem_euclid(7) as u8
    }

    /// Calendar year, month (1 to 12) and day of the month (1 to 31) in UTC.
    pub fn ymd(self) -> (i16, u8, u8) {
        let date = self.civil().date();
        (date.year(), date.month() as u8, date.day() as u8)
    }

    /// Midnight UTC of a calendar day; `None` if there is no such day or it is out of range.
    pub fn from_ymd(year: i16, month: u8, day: u8) -> Option<Self> {
        let date = civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
        from_civil(date.at(0, 0, 0, 0))
    }

    fn civil(self) -> civil::DateTime {
        let timestamp = jiff::Timestamp::from_nanosecond(i128::from(self.0))
            .expect("every 64-bit nanosecond count lies within jiff's range of -9999 to 9999 years");
        Offset::UTC.to_datetime(timestamp)
    }
}

fn from_civil(datetime: civil::DateTime) -> Option<Timestamp> {
    let timestamp = TimeZone::UTC.to_timestamp(datetime).ok()?;
    i64::try_from(timestamp.as_nanosecond()).ok().map(Timestamp)
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let text = text.trim();
        let out_of_range = || TimeError::OutOfRange(text.to_owned());
        if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
            return i64::try_from(timestamp.as_nanosecond()).map(Timestamp).map_err(|_| out_of_range());
        }
        let datetime = text
            .parse::<civil::DateTime>()
            .or_else(|_| text.parse::<civil::Date>().map(|date| date.at(0, 0, 0, 0)))
            .map_err(|_| TimeError::Unreadable(text.to_owned()))?;
        from_civil(datetime).ok_or_else(out_of_range)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", self.civil())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_write() {
        let noon = Timestamp::from_millis(1_706_702_400_000).unwrap();
        for text in ["2024-01-31T12:00:00Z", "2024-01-31 12:00:00", "2024-01-31T13:00:00+01:00", " 2024-01-31T12:00 "] {
            assert_eq!(text.parse::<Timestamp>(), Ok(noon), "{text}");
        }
        assert_eq!("2024-01-31".parse::<Timestamp>().unwrap().to_string(), "2024-01-31T00:00:00Z");
        assert!(matches!("31/01/2024".parse::<Timestamp>(), Err(TimeError::Unreadable(_))));
        assert!(matches!("9000-01-01".parse::<Timestamp>(), Err(TimeError::OutOfRange(_))));
    }

    #[test]
    fn weekdays_count_from_monday() {
        assert_eq!("2024-01-01".parse::<Timestamp>().unwrap().weekday(), 0);
        assert_eq!("1969-12-31".parse::<Timestamp>().unwrap().weekday(), 2);
        assert_eq!(Timestamp::from_ymd(2024, 2, 30), None);
    }

    proptest! {
        #[test]
        fn parse_of_print_is_the_same(ns in any::<i64>()) {
            let t = Timestamp::from_nanos(ns);
            prop_assert_eq!(t.to_string().parse::<Timestamp>(), Ok(t));
        }
    }
}
