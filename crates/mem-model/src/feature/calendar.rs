//! Where a bar's close lies in the day and the week, UTC.

use std::f64::consts::TAU;
use std::fmt;

use mem_types::Timestamp;
use mem_types::time::{NANOS_PER_DAY, NANOS_PER_SECOND};
use serde::{Deserialize, Serialize};

/// A number of the calendar. Sine and cosine together say where on a circle the time lies, so that the end of a day is near its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calendar {
    /// Sine of the time of day; one turn is a UTC day from midnight.
    HourSin,
    /// Cosine of the time of day.
    HourCos,
    /// Sine of the time of week; one turn is a week from Monday 00:00 UTC.
    DaySin,
    /// Cosine of the time of week.
    DayCos,
    /// Minutes until the end of a session that runs between the same UTC minutes every day: from just above 0 (at the close it is
    /// undefined) to the session's length at its open. Undefined outside. With 0 and 1440: minutes to midnight UTC.
    SessionLeft {
        /// First minute of the session.
        open_minute: u32,
        /// First minute after it, at most 1440.
        close_minute: u32,
    },
}

impl Calendar {
    /// Its value at `t`.
    pub(super) fn at(self, t: Timestamp) -> f64 {
        let into_day = t.as_nanos().rem_euclid(NANOS_PER_DAY) as f64;
        let of_day = into_day / NANOS_PER_DAY as f64;
        // 1970-01-01 was a Thursday, the fourth day of its week.
        let of_week = ((t.day() + 3).rem_euclid(7) as f64 + of_day) / 7.0;
        match self {
            Self::HourSin => libm::sin(TAU * of_day),
            Self::HourCos => libm::cos(TAU * of_day),
            Self::DaySin => libm::sin(TAU * of_week),
            Self::DayCos => libm::cos(TAU * of_week),
            Self::SessionLeft { open_minute, close_minute } => {
                let minute = into_day / (60 * NANOS_PER_SECOND) as f64;
                let inside = f64::from(open_minute) <= minute && minute < f64::from(close_minute);
                if inside { f64::from(close_minute) - minute } else { f64::NAN }
            }
        }
    }
}

impl fmt::Display for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HourSin => f.write_str("sin(2 pi time_of_day)"),
            Self::HourCos => f.write_str("cos(2 pi time_of_day)"),
            Self::DaySin => f.write_str("sin(2 pi time_of_week)"),
            Self::DayCos => f.write_str("cos(2 pi time_of_week)"),
            Self::SessionLeft { open_minute, close_minute } => {
                write!(f, "minutes_left({open_minute}, {close_minute})")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(part: Calendar, time: &str) -> f64 {
        part.at(time.parse().unwrap())
    }

    #[test]
    fn a_turn_is_a_day_or_a_week() {
        for (part, time, expected) in [
            (Calendar::HourSin, "2024-01-31T00:00:00Z", 0.0),
            (Calendar::HourSin, "2024-01-31T06:00:00Z", 1.0),
            (Calendar::HourCos, "2024-01-31T12:00:00Z", -1.0),
            // A Monday, and half a week later.
            (Calendar::DaySin, "2024-01-29T00:00:00Z", 0.0),
            (Calendar::DayCos, "2024-01-29T00:00:00Z", 1.0),
            (Calendar::DayCos, "2024-02-01T12:00:00Z", -1.0),
            (Calendar::DayCos, "1969-12-29T00:00:00Z", 1.0),
        ] {
            assert!((at(part, time) - expected).abs() < 1e-12, "{part} at {time}");
        }
    }

    #[test]
    fn minutes_of_a_session_run_down() {
        // 14:30 to 21:00.
        let session = Calendar::SessionLeft { open_minute: 870, close_minute: 1260 };
        assert_eq!(at(session, "2024-01-31T14:30:00Z"), 390.0);
        assert_eq!(at(session, "2024-01-31T20:59:30Z"), 0.5);
        assert!(at(session, "2024-01-31T21:00:00Z").is_nan());
        assert!(at(session, "2024-01-31T14:29:59Z").is_nan());
    }
}
