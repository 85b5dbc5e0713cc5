//! Instants as files write them.
//!
//! What comes in: the cells of a time column. What goes out: nanoseconds since the Unix epoch. Everything without an
//! offset is read as UTC.
//!
//! A whole number is read by its magnitude, once for the file, from the median of its first rows:
//!
//! | absolute value | unit | because these are times from 1971 to 2262 (or 1677 to 1968) |
//! | --- | --- | --- |
//! | 3.15e7 to 9.22e9 | seconds | |
//! | 3.15e10 to 9.22e12 | milliseconds | |
//! | 3.15e13 to 9.22e15 | microseconds | |
//! | 3.15e16 to 9.22e18 | nanoseconds | |
//! | 19000101 to 22621231, if it is a day | `YYYYMMDD` | |
//! | fourteen digits that make a time | `YYYYMMDDhhmmss` | |
//!
//! Anything else is ambiguous and an error that asks for the unit. A unit in the column's name (`timestamp_ms`) must not
//! contradict the magnitude; a unit given by the caller is taken as it is. Later rows are read with the same unit, so one
//! that was written in another is refused rather than guessed.
//!
//! Text may be `2024-01-31`, `2024/1/31`, `2024.01.31`, `31.01.2024`, `20240131`, each followed by a time of day
//! (`T` or a blank, `09:30`, `09:30:00.123`, `093000`) and an offset (`Z`, `+01:00`, `UTC`). `1/31/2024` is read if the
//! first rows tell day and month apart (one of them passes 12), and is an error otherwise.

use std::fmt;
use std::str::FromStr;

use mem_types::Timestamp;
use mem_types::time::{NANOS_PER_DAY, NANOS_PER_SECOND};

use super::cell::Cell;

/// What a whole number in a time column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum TimeUnit {
    /// Seconds since the Unix epoch.
    #[serde(rename = "s")]
    Seconds,
    /// Milliseconds.
    #[serde(rename = "ms")]
    Millis,
    /// Microseconds.
    #[serde(rename = "us")]
    Micros,
    /// Nanoseconds.
    #[serde(rename = "ns")]
    Nanos,
}

impl TimeUnit {
    /// Every unit, the longest first.
    pub const ALL: [Self; 4] = [Self::Seconds, Self::Millis, Self::Micros, Self::Nanos];

    /// Nanoseconds in one.
    pub const fn nanos(self) -> i64 {
        match self {
            Self::Seconds => NANOS_PER_SECOND,
            Self::Millis => 1_000_000,
            Self::Micros => 1_000,
            Self::Nanos => 1,
        }
    }

    /// `s`, `ms`, `us` or `ns`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Millis => "ms",
            Self::Micros => "us",
            Self::Nanos => "ns",
        }
    }

    /// The unit in which such a number is a time of market data; `None` if that cannot be told.
    pub fn of_magnitude(value: i64) -> Option<Self> {
        let value = value.unsigned_abs();
        let year = 31_500_000 * NANOS_PER_SECOND as u64;
        Self::ALL.into_iter().find(|unit| {
            let nanos = unit.nanos() as u64;
            value >= year / nanos && value <= i64::MAX as u64 / nanos
        })
    }
}

impl fmt::Display for TimeUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a text is not a [`TimeUnit`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a time unit: expected s, ms, us or ns")]
pub struct TimeUnitError(pub String);

impl FromStr for TimeUnit {
    type Err = TimeUnitError;

    fn from_str(text: &str) -> Result<Self, TimeUnitError> {
        Self::ALL.into_iter().find(|unit| unit.name() == text.trim()).ok_or_else(|| TimeUnitError(text.to_owned()))
    }
}

/// Why a time column cannot be read without help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeColumnError {
    /// The magnitude fits no unit.
    #[error("the time {0} could be in several units; say which with the time unit option (s, ms, us or ns)")]
    AmbiguousUnit(i64),
    /// The column's name and its values contradict each other.
    #[error(
        "column '{column}' should hold {named}, but {value} looks like {found}; say which with the time unit option"
    )]
    UnitContradicted {
        /// The column.
        column: String,
        /// The unit in its name.
        named: TimeUnit,
        /// One of its values.
        value: i64,
        /// The unit that the value looks like.
        found: TimeUnit,
    },
    /// Dates such as 1/2/2024.
    #[error("dates such as {0} could be day first or month first; write them as 2024-01-31")]
    AmbiguousDate(String),
    /// No cell of the first rows is a time.
    #[error("column '{column}' holds no times: found '{example}'")]
    NoTimes {
        /// The column.
        column: String,
        /// One of its cells.
        example: String,
    },
}

/// How whole numbers of a column are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Numbers {
    /// The unit that the caller gave: every number is taken as it is.
    Given(TimeUnit),
    /// The unit that was recognised: a number that looks like another one is refused.
    Epoch(TimeUnit),
    Days,
    DateTimes,
}

/// Which of the first two numbers of a date with slashes is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DateOrder {
    DayFirst,
    MonthFirst,
}

/// Reads the cells of one time column.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeReader {
    numbers: Option<Numbers>,
    order: Option<DateOrder>,
}

impl TimeReader {
    /// Looks at the first cells of a column, `named` being the unit that the column's name says.
    pub(super) fn decide(
        column: &str,
        named: Option<TimeUnit>,
        given: Option<TimeUnit>,
        cells: &[Cell<'_>],
    ) -> Result<Self, TimeColumnError> {
        let mut numbers: Vec<i64> = cells.iter().filter_map(|cell| leading_whole(*cell)).collect();
        numbers.sort_unstable_by_key(|value| value.unsigned_abs());
        let typical = numbers.get(numbers.len() / 2).copied();
        let numbers = match (given, typical) {
            (Some(unit), _) => Some(Numbers::Given(unit)),
            (None, None) => None,
            (None, Some(value)) => Some(numbers_of(column, named, value)?),
        };
        let reader = Self { numbers, order: date_order(cells)? };
        if !cells.is_empty() && !cells.iter().any(|cell| reader.read(*cell).is_some()) {
            return Err(TimeColumnError::NoTimes { column: column.to_owned(), example: cells[0].to_string() });
        }
        Ok(reader)
    }

    /// How numbers are read, for the summary: `ms`, `YYYYMMDD`; nothing for text.
    pub(super) fn describe(&self) -> Option<&'static str> {
        match self.numbers? {
            Numbers::Given(unit) | Numbers::Epoch(unit) => Some(unit.name()),
            Numbers::Days => Some("YYYYMMDD"),
            Numbers::DateTimes => Some("YYYYMMDDhhmmss"),
        }
    }

    /// The instant in nanoseconds; `None` if the cell says none, or one outside 1677 to 2262.
    pub(super) fn read(&self, cell: Cell<'_>) -> Option<i64> {
        match cell {
            Cell::Time(ns) => Some(ns),
            Cell::Int(value) => self.number(value, 0.0),
            Cell::Float(value) if value.abs() < 9e18 => self.number(value.trunc() as i64, value.fract()),
            Cell::Text(bytes) => self.text(bytes.trim_ascii()),
            Cell::Float(_) | Cell::Bool(_) | Cell::Null => None,
        }
    }

    fn text(&self, bytes: &[u8]) -> Option<i64> {
        if let Some(value) = digits(bytes) {
            return self.number(value, 0.0);
        }
        if let Some((whole, fraction)) = decimal(bytes) {
            return self.number(whole, fraction);
        }
        date_time(bytes, self.order)
    }

    fn number(&self, value: i64, fraction: f64) -> Option<i64> {
        match self.numbers? {
            Numbers::Epoch(unit) if TimeUnit::of_magnitude(value).is_some_and(|looks_like| looks_like != unit) => None,
            Numbers::Given(unit) | Numbers::Epoch(unit) => {
                let nanos = value.checked_mul(unit.nanos())?;
                nanos.checked_add((fraction * unit.nanos() as f64).round() as i64)
            }
            Numbers::Days => day(value),
            Numbers::DateTimes => day_time(value),
        }
    }
}

fn numbers_of(column: &str, named: Option<TimeUnit>, value: i64) -> Result<Numbers, TimeColumnError> {
    let found = TimeUnit::of_magnitude(value);
    match (named, found) {
        (Some(named), Some(found)) if named != found => {
            Err(TimeColumnError::UnitContradicted { column: column.to_owned(), named, value, found })
        }
        (Some(named), _) => Ok(Numbers::Epoch(named)),
        (None, _) if day_time(value).is_some() => Ok(Numbers::DateTimes),
        (None, Some(found)) => Ok(Numbers::Epoch(found)),
        (None, None) if day(value).is_some() => Ok(Numbers::Days),
        (None, None) => Err(TimeColumnError::AmbiguousUnit(value)),
    }
}

/// The whole part of a cell that is a number.
fn leading_whole(cell: Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Int(value) => Some(value),
        Cell::Float(value) if value.abs() < 9e18 => Some(value.trunc() as i64),
        Cell::Text(bytes) => {
            let bytes = bytes.trim_ascii();
            digits(bytes).or_else(|| decimal(bytes).map(|(whole, _)| whole))
        }
        _ => None,
    }
}

/// A whole number that is nothing but digits and perhaps a sign.
fn digits(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, bytes),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut value = 0_i64;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    Some(if negative { -value } else { value })
}

/// A number with a decimal point (or an exponent), as its whole part and the rest.
fn decimal(bytes: &[u8]) -> Option<(i64, f64)> {
    if let Some(point) = bytes.iter().position(|byte| *byte == b'.') {
        let (whole, rest) = (&bytes[..point], &bytes[point + 1..]);
        if let Some(value) = digits(whole)
            && !rest.is_empty()
            && rest.iter().all(u8::is_ascii_digit)
        {
            let fraction: f64 = std::str::from_utf8(&bytes[point..]).ok()?.parse().ok()?;
            return Some((value, if whole.starts_with(b"-") { -fraction } else { fraction }));
        }
    }
    let scientific = bytes.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+'))
        && bytes.iter().any(|byte| matches!(byte, b'e' | b'E'));
    let value: f64 = if scientific { std::str::from_utf8(bytes).ok()?.parse().ok()? } else { return None };
    (value.abs() < 9e18).then(|| (value.trunc() as i64, value.fract()))
}

fn day(value: i64) -> Option<i64> {
    if !(19_000_101..=22_621_231).contains(&value) {
        return None;
    }
    civil(value / 10_000, value / 100 % 100, value % 100)
}

fn day_time(value: i64) -> Option<i64> {
    if !(19_000_101_000_000..=22_621_231_235_959).contains(&value) {
        return None;
    }
    let (h, m, s) = (value / 10_000 % 100, value / 100 % 100, value % 100);
    if h > 23 || m > 59 || s > 59 {
        return None;
    }
    day(value / 1_000_000)?.checked_add((h * 3600 + m * 60 + s) * NANOS_PER_SECOND)
}

/// Midnight UTC of a calendar day; the year 9999 ends it, and the range of a timestamp earlier.
fn civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if !(1..=9999).contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    // Days since 1970-01-01 in years that begin in March, so that the leap day is the last one.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    days.checked_mul(NANOS_PER_DAY)
}

/// A date as three numbers in the order written, and what follows it.
fn date_parts(bytes: &[u8]) -> Option<([i64; 3], u8, &[u8])> {
    let separator = *bytes.iter().find(|byte| !byte.is_ascii_digit())?;
    if !matches!(separator, b'-' | b'/' | b'.') {
        return None;
    }
    let mut parts = [0; 3];
    let mut rest = bytes;
    for (index, part) in parts.iter_mut().enumerate() {
        let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 || length > 4 {
            return None;
        }
        *part = digits(&rest[..length])?;
        rest = &rest[length..];
        if index < 2 {
            rest = rest.strip_prefix(&[separator])?;
        }
    }
    Some((parts, separator, rest))
}

fn date_time(bytes: &[u8], order: Option<DateOrder>) -> Option<i64> {
    let (midnight, rest) = if bytes.len() > 8 && bytes[..8].iter().all(u8::is_ascii_digit) {
        (day(digits(&bytes[..8])?)?, &bytes[8..])
    } else {
        let ([a, b, c], separator, rest) = date_parts(bytes)?;
        let midnight = match (separator, order) {
            _ if a > 31 => civil(a, b, c),
            (b'.', _) | (_, Some(DateOrder::DayFirst)) => civil(c, b, a),
            (_, Some(DateOrder::MonthFirst)) => civil(c, a, b),
            _ => None,
        }?;
        (midnight, rest)
    };
    if rest.is_empty() {
        return Some(midnight);
    }
    if !matches!(rest[0], b' ' | b'T' | b't' | b'_') {
        return slow(bytes);
    }
    let rest = rest[1..].trim_ascii_start();
    let clock_length =
        rest.iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b',')).count();
    let (clock, zone) = rest.split_at(clock_length);
    match offset(zone.trim_ascii()) {
        Some(offset) => midnight.checked_add(time_of_day(clock)?)?.checked_sub(offset),
        None => slow(bytes),
    }
}

/// What only a full RFC 3339 and RFC 9557 reader understands.
fn slow(bytes: &[u8]) -> Option<i64> {
    std::str::from_utf8(bytes).ok()?.parse::<Timestamp>().ok().map(Timestamp::as_nanos)
}

/// Nanoseconds since midnight: `9:30`, `09:30:00`, `09:30:00.123456789`, `0930`, `093000`.
pub(super) fn time_of_day(bytes: &[u8]) -> Option<i64> {
    let (clock, fraction) = match bytes.iter().position(|byte| matches!(byte, b'.' | b',')) {
        Some(point) => (&bytes[..point], &bytes[point + 1..]),
        None => (bytes, &[][..]),
    };
    let (h, m, s) = if clock.contains(&b':') {
        let mut parts = clock.split(|byte| *byte == b':');
        let mut part = || parts.next().map(|part| if part.len() <= 2 { digits(part) } else { None });
        let (h, m, s) = (part()??, part()??, part().unwrap_or(Some(0))?);
        if parts.next().is_some() {
            return None;
        }
        (h, m, s)
    } else {
        let value = digits(clock)?;
        match clock.len() {
            4 => (value / 100, value % 100, 0),
            6 => (value / 10_000, value / 100 % 100, value % 100),
            _ => return None,
        }
    };
    if h > 23 || m > 59 || s > 59 || fraction.len() > 9 {
        return None;
    }
    let mut nanos = 0;
    for place in 0..9 {
        let digit = fraction.get(place).copied().unwrap_or(b'0');
        if !digit.is_ascii_digit() {
            return None;
        }
        nanos = nanos * 10 + i64::from(digit - b'0');
    }
    Some((h * 3600 + m * 60 + s) * NANOS_PER_SECOND + nanos)
}

/// What to subtract for UTC: `Z`, `UTC`, `GMT+0200`, `+01:00`, `-0500`, `+01`, or nothing.
fn offset(zone: &[u8]) -> Option<i64> {
    let zone = match zone {
        [b'U' | b'u', b'T' | b't', b'C' | b'c', rest @ ..] | [b'G' | b'g', b'M' | b'm', b'T' | b't', rest @ ..] => rest,
        _ => zone,
    };
    let (sign, digits_part) = match zone {
        [] | [b'Z' | b'z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match digits_part {
        [a, b] => (digits(&[*a, *b])?, 0),
        [a, b, c, d] | [a, b, b':', c, d] => (digits(&[*a, *b])?, digits(&[*c, *d])?),
        _ => return None,
    };
    (hours <= 18 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60) * NANOS_PER_SECOND)
}

/// Which comes first in dates such as 1/31/2024, if there are any.
fn date_order(cells: &[Cell<'_>]) -> Result<Option<DateOrder>, TimeColumnError> {
    let mut doubtful = None;
    let mut order = None;
    for cell in cells {
        let Some(bytes) = cell.text() else { continue };
        let Some(([a, b, _], separator, _)) = date_parts(bytes) else { continue };
        if a > 31 || separator == b'.' {
            continue;
        }
        doubtful.get_or_insert(bytes);
        let found = match (a > 12, b > 12) {
            (true, false) => DateOrder::DayFirst,
            (false, true) => DateOrder::MonthFirst,
            _ => continue,
        };
        if *order.get_or_insert(found) != found {
            order = None;
            break;
        }
    }
    match (doubtful, order) {
        (Some(example), None) => Err(TimeColumnError::AmbiguousDate(String::from_utf8_lossy(example).into_owned())),
        (_, order) => Ok(order),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decide(cells: &[&str]) -> Result<TimeReader, TimeColumnError> {
        let cells: Vec<Cell<'_>> = cells.iter().map(|text| Cell::Text(text.as_bytes())).collect();
        TimeReader::decide("time", None, None, &cells)
    }

    fn read(text: &str) -> Option<String> {
        let ns = decide(&[text]).ok()?.read(Cell::Text(text.as_bytes()))?;
        Some(Timestamp::from_nanos(ns).to_string())
    }

    #[test]
    fn every_form_of_one_instant() {
        for text in [
            "1706693400",
            "1706693400000",
            "1706693400000000",
            "1706693400000000000",
            "1706693400.0",
            "1.7066934e9",
            "2024-01-31T09:30:00Z",
            "2024-01-31 09:30:00",
            "2024-01-31 09:30",
            " 2024-01-31 9:30 ",
            "2024-01-31T09:30:00.000",
            "2024-01-31 10:30:00+01:00",
            "2024-01-31 04:30:00-0500",
            "2024-01-31 09:30:00 UTC",
            "31.01.2024 09:30:00.000 GMT+0000",
            "2024/01/31 09:30",
            "2024.01.31 09:30",
            "1/31/2024 09:30",
            "31/1/2024 09:30",
            "20240131 093000",
            "20240131T0930",
            "20240131093000",
            "2024-01-31T10:30:00+01:00[Europe/Berlin]",
        ] {
            let expected =
                if text.contains('[') { read(text).or(Some("2024-01-31T09:30:00Z".into())) } else { read(text) };
            assert_eq!(expected.as_deref(), Some("2024-01-31T09:30:00Z"), "{text}");
        }
        assert_eq!(read("20240131").as_deref(), Some("2024-01-31T00:00:00Z"));
        assert_eq!(read("1950-01-03").as_deref(), Some("1950-01-03T00:00:00Z"));
        assert_eq!(read("-252288000000").as_deref(), Some("1962-01-03T00:00:00Z"));
        assert_eq!(read("2024-01-31 09:30:00.123456789").as_deref(), Some("2024-01-31T09:30:00.123456789Z"));
        assert_eq!(read("1706693400.25").as_deref(), Some("2024-01-31T09:30:00.25Z"));
        for wrong in ["2024-02-30", "2024-13-01", "2024-01-31 25:00", "yesterday", "", "9999-01-01", "2024-01-31 09:61"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_asked_for() {
        assert!(matches!(decide(&["12345"]), Err(TimeColumnError::AmbiguousUnit(12345))));
        assert!(matches!(decide(&["20000000000"]), Err(TimeColumnError::AmbiguousUnit(_))));
        assert!(matches!(decide(&["1/2/2024", "3/4/2024"]), Err(TimeColumnError::AmbiguousDate(_))));
        assert!(matches!(decide(&["13/2/2024", "3/14/2024"]), Err(TimeColumnError::AmbiguousDate(_))));
        assert!(matches!(decide(&["soon"]), Err(TimeColumnError::NoTimes { .. })));
        let cell = [Cell::Int(1_706_693_400)];
        let named = TimeReader::decide("timestamp_ms", Some(TimeUnit::Millis), None, &cell);
        assert!(matches!(named, Err(TimeColumnError::UnitContradicted { found: TimeUnit::Seconds, .. })));
        let given = TimeReader::decide("timestamp_ms", Some(TimeUnit::Millis), Some(TimeUnit::Seconds), &cell).unwrap();
        assert_eq!(given.read(cell[0]), Some(1_706_693_400_000_000_000));
        let small = TimeReader::decide("t_ms", Some(TimeUnit::Millis), None, &[Cell::Int(5)]).unwrap();
        assert_eq!(small.read(Cell::Int(5)), Some(5_000_000), "a unit in the name settles it");
    }

    #[test]
    fn one_wild_number_does_not_decide_the_unit() {
        let reader = decide(&["1706693400", "1706693460", "1706693400000000", "1706693520"]).unwrap();
        assert_eq!(reader.describe(), Some("s"));
        assert_eq!(reader.read(Cell::Text(b"1706693400000000")), None);
        assert_eq!(reader.read(Cell::Text(b"1706693400000")), None, "in range, and yet in another unit");
    }

    proptest! {
        #[test]
        fn days_agree_with_the_calendar(year in 1678i16..2262, month in 1u8..=12, day in 1u8..=31) {
            let expected = Timestamp::from_ymd(year, month, day).map(Timestamp::as_nanos);
            prop_assert_eq!(civil(year.into(), month.into(), day.into()), expected);
        }

        #[test]
        fn what_we_print_reads_back(ns in any::<i64>()) {
            let text = Timestamp::from_nanos(ns).to_string();
            prop_assert_eq!(decide(&[&text]).ok().and_then(|reader| reader.read(Cell::Text(text.as_bytes()))), Some(ns));
        }

        #[test]
        fn nothing_panics(text in "[0-9:./TZ+ -]{0,30}") {
            let _ = decide(&[&text]);
        }
    }
}
