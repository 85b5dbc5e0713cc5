//! Instants as the records spell them: RFC 3339 in UTC, `2024-01-31T12:00:00+00:00`, `2024-01-31T12:00:00.25+00:00`.
//!
//! The offset is written `+00:00` and not `Z`, and a fraction has no trailing zeros, because then the order of the texts
//! is the order of the instants (`+` sorts before `.` and before digits, `Z` after them), and SQLite compares texts.
//! Python's `datetime.isoformat()` spells UTC the same way.

use mem_types::Timestamp;
use mem_types::time::{NANOS_PER_DAY, NANOS_PER_SECOND};

/// Spells instants; remembers the last day, since rows tend to share it.
#[derive(Debug)]
pub(super) struct TimeText {
    buffer: [u8; 35],
    day: Option<i64>,
}

const OFFSET: &[u8] = b"+00:00";
const WITHOUT_FRACTION: usize = 19;

impl TimeText {
    pub(super) fn new() -> Self {
        Self { buffer: *b"0000-00-00T00:00:00.000000000+00:00", day: None }
    }

    /// The instant as text.
    pub(super) fn spell(&mut self, at: Timestamp) -> &str {
        let end = self.spell_without_offset(at);
        self.buffer[end..end + OFFSET.len()].copy_from_slice(OFFSET);
        self.text(end + OFFSET.len())
    }

    /// The text that comes just before every spelling of the instant, with any offset or none: a bound for comparisons.
    pub(super) fn bound(&mut self, at: Timestamp) -> &str {
        let end = self.spell_without_offset(at);
        self.text(end)
    }

    fn text(&self, end: usize) -> &str {
        std::str::from_utf8(&self.buffer[..end]).unwrap_or_default()
    }

    fn spell_without_offset(&mut self, at: Timestamp) -> usize {
        if self.day != Some(at.day()) {
            self.day = Some(at.day());
            let (year, month, day) = at.ymd();
            // The range of a timestamp, 1677 to 2262, has years of four digits.
            self.digits(0, 4, u64::from(year.unsigned_abs()));
            self.digits(5, 2, u64::from(month));
            self.digits(8, 2, u64::from(day));
        }
        let in_day = at.as_nanos().rem_euclid(NANOS_PER_DAY).unsigned_abs();
        let seconds = in_day / NANOS_PER_SECOND.unsigned_abs();
        let fraction = in_day % NANOS_PER_SECOND.unsigned_abs();
        self.digits(11, 2, seconds / 3_600);
        self.digits(14, 2, seconds / 60 % 60);
        self.digits(17, 2, seconds % 60);
        if fraction == 0 {
            return WITHOUT_FRACTION;
        }
        self.buffer[WITHOUT_FRACTION] = b'.';
        self.digits(20, 9, fraction);
        let mut end = 29;
        while self.buffer[end - 1] == b'0' {
            end -= 1;
        }
        end
    }

    fn digits(&mut self, at: usize, count: usize, mut value: u64) {
        for place in self.buffer[at..at + count].iter_mut().rev() {
            *place = b'0' + (value % 10) as u8;
            value /= 10;
        }
    }
}

/// Reads an instant: our own spelling fast, then whatever [`Timestamp`] reads (other offsets, `Z`, a blank for the `T`, no
/// offset at all, which means UTC).
pub(super) fn read(text: &str) -> Option<Timestamp> {
    read_own(text.as_bytes()).or_else(|| text.parse().ok())
}

fn read_own(text: &[u8]) -> Option<Timestamp> {
    let (main, fraction) = text.strip_suffix(OFFSET)?.split_at_checked(WITHOUT_FRACTION)?;
    let separators = [main[4], main[7], main[10], main[13], main[16]];
    if separators != *b"--T::" {
        return None;
    }
    let number = |from: usize, to: usize| digits(&main[from..to]);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let nanos = match fraction {
        [] => 0,
        [b'.', places @ ..] if (1..=9).contains(&places.len()) => {
            digits(places)? * 10_i64.pow(9 - u32::try_from(places.len()).ok()?)
        }
        _ => return None,
    };
    let day = day_number(number(0, 4)?, number(5, 7)?, number(8, 10)?)?;
    let seconds = day * 86_400 + hour * 3_600 + minute * 60 + second;
    seconds.checked_mul(NANOS_PER_SECOND)?.checked_add(nanos).map(Timestamp::from_nanos)
}

/// Days since 1970-01-01, in the proleptic Gregorian calendar, without a detour through a calendar library: reading a
/// hundred rows takes three hundred of these.
///
/// Years are counted from March, so that the leap day comes last; 719,468 days lie between 0000-03-01 and the epoch.
fn day_number(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_in_month = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if !(1..=days_in_month).contains(&day) {
        return None;
    }
    let (year, months) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before_month = (153 * months + 2) / 5;
    let before_year = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(before_year + before_month + day - 1 - 719_468)
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings() {
        let mut text = TimeText::new();
        for (given, spelled) in [
            ("2024-01-31T12:00:00Z", "2024-01-31T12:00:00+00:00"),
            ("2024-01-31T12:00:00.25Z", "2024-01-31T12:00:00.25+00:00"),
            ("2024-01-31T12:00:00.000000001Z", "2024-01-31T12:00:00.000000001+00:00"),
            ("1969-12-31T23:59:59.9Z", "1969-12-31T23:59:59.9+00:00"),
        ] {
            assert_eq!(text.spell(given.parse().unwrap()), spelled);
        }
    }

    #[test]
    fn reads_what_other_programs_write() {
        let noon: Timestamp = "2024-01-31T12:00:00Z".parse().unwrap();
        for spelling in ["2024-01-31T12:00:00Z", "2024-01-31 12:00:00", "2024-01-31T13:00:00+01:00"] {
            assert_eq!(read(spelling), Some(noon), "{spelling}");
        }
        for wrong in [
            "",
            "soon",
            "2024-02-30T00:00:00+00:00",
            "2023-02-29T00:00:00+00:00",
            "2024-01-31T25:00:00+00:00",
            "2024-01-31T12:00:00.+00:00",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn reading_a_spelling_gives_the_instant(ns in any::<i64>(), other in any::<i64>()) {
            let (mut text, mut bound) = (TimeText::new(), TimeText::new());
            let (at, other) = (Timestamp::from_nanos(ns), Timestamp::from_nanos(other));
            prop_assert_eq!(read(text.spell(at)), Some(at));
            prop_assert_eq!(text.spell(at).parse::<Timestamp>(), Ok(at));
            let day = Timestamp::from_nanos(at.day().saturating_mul(NANOS_PER_DAY));
            let (year, month, date) = day.ymd();
            prop_assert_eq!(day_number(year.into(), month.into(), date.into()), Some(day.day()));
            let spelled = text.spell(at).to_owned();
            prop_assert_eq!(spelled.as_str() >= bound.bound(other), at >= other);
        }

        #[test]
        fn order_of_texts_is_order_of_instants(start in any::<i32>(), a in 0i64..3_000_000_000, b in 0i64..3_000_000_000) {
            let at = |offset| Timestamp::from_nanos(i64::from(start) * NANOS_PER_SECOND + offset);
            let (mut left, mut right) = (TimeText::new(), TimeText::new());
            prop_assert_eq!(left.spell(at(a)).cmp(right.spell(at(b))), at(a).cmp(&at(b)));
            prop_assert_eq!(left.spell(at(a)) >= right.bound(at(b)), at(a) >= at(b));
        }
    }
}
