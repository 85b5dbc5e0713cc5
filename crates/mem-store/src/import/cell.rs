//! One value of a source, whatever the source.

use std::fmt;
use std::ops::ControlFlow;

/// A cell of a row: bytes of a text file, or a value that the file format already types.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    /// The source says that there is no value.
    Null,
    /// Text, as it stands in the file but for the quotes around it.
    Text(&'a [u8]),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// An instant, nanoseconds since the Unix epoch.
    Time(i64),
}

/// Takes the rows of a source one by one: the number (a line or a count, from 1), and the cells or why there are none.
pub(super) type Visit<'v> = dyn FnMut(u64, Result<&[Cell<'_>], String>) -> ControlFlow<()> + 'v;

/// Words that stand for "no value".
const ABSENT: [&str; 8] = ["", "null", "none", "nan", "na", "n/a", "-", "\\n"];

impl<'a> Cell<'a> {
    /// The text without blanks around it; `None` if this is no text.
    pub(super) fn text(self) -> Option<&'a [u8]> {
        match self {
            Self::Text(bytes) => Some(bytes.trim_ascii()),
            _ => None,
        }
    }

    pub(super) fn is_absent(self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(bytes) => {
                let bytes = bytes.trim_ascii();
                bytes.len() <= 4 && ABSENT.iter().any(|word| bytes.eq_ignore_ascii_case(word.as_bytes()))
            }
            Self::Float(value) => value.is_nan(),
            Self::Int(_) | Self::Bool(_) | Self::Time(_) => false,
        }
    }

    /// A finite number; `Ok(None)` where there is no value.
    pub(super) fn number(self) -> Result<Option<f64>, NotANumber> {
        let value = match self {
            Self::Text(bytes) => match text_number(bytes.trim_ascii()) {
                Some(value) => value,
                None if self.is_absent() => return Ok(None),
                None => return Err(NotANumber),
            },
            Self::Int(value) => value as f64,
            Self::Float(value) if value.is_nan() => return Ok(None),
            Self::Float(value) => value,
            Self::Null => return Ok(None),
            Self::Bool(_) | Self::Time(_) => return Err(NotANumber),
        };
        if value.is_finite() { Ok(Some(value)) } else { Err(NotANumber) }
    }

    /// A whole number; `None` where there is no value or it is not whole.
    pub(super) fn whole(self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(value),
            Self::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => Some(value as i64),
            Self::Text(bytes) => std::str::from_utf8(bytes.trim_ascii()).ok()?.parse().ok(),
            _ => None,
        }
    }
}

/// A text that does not say a number (or says an infinite one).
#[derive(Debug, PartialEq)]
pub(super) struct NotANumber;

fn text_number(bytes: &[u8]) -> Option<f64> {
    // Rust also reads words such as "inf"; a price never begins with a letter.
    let numeric = bytes.first().is_some_and(|first| first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.'));
    if numeric { std::str::from_utf8(bytes).ok()?.parse().ok() } else { None }
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Text(bytes) => f.write_str(&String::from_utf8_lossy(bytes)),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Time(ns) => write!(f, "{}", mem_types::Timestamp::from_nanos(*ns)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_their_absence() {
        let number = |text: &str| Cell::Text(text.as_bytes()).number();
        for (text, value) in [("1.5", 1.5), (" -2e3 ", -2000.0), ("+.5", 0.5), ("007", 7.0)] {
            assert_eq!(number(text), Ok(Some(value)), "{text}");
        }
        for absent in ["", "  ", "NaN", "null", "N/A", "-", "None"] {
            assert_eq!(number(absent), Ok(None), "{absent}");
        }
        for wrong in ["inf", "-inf", "1,5", "abc", "1e999", "0x10", "--1"] {
            assert_eq!(number(wrong), Err(NotANumber), "{wrong}");
        }
        assert_eq!(Cell::Float(f64::INFINITY).number(), Err(NotANumber));
        assert_eq!(Cell::Bool(true).number(), Err(NotANumber));
        assert_eq!((Cell::Float(3.0).whole(), Cell::Float(3.5).whole()), (Some(3), None));
    }
}
