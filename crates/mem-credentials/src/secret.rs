//! A text that is never printed and is wiped from memory when it goes.

use std::fmt;

use zeroize::Zeroizing;

/// A text shorter than this shows nothing of itself when it is masked.
const SHOWS_ITS_END: usize = 12;

/// A secret text. It has no `Display`; `Debug` prints `<redacted>`; its memory is wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `***` and the last four characters, or `***` alone where four characters would say too much.
    pub fn masked(&self) -> String {
        let count = self.0.chars().count();
        if count < SHOWS_ITS_END {
            return "***".to_owned();
        }
        std::iter::once("***".to_owned()).chain(self.0.chars().skip(count - 4).map(String::from)).collect()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_end_is_shown() {
        let secret = Secret::new("abcdefghijklWXYZ");
        assert_eq!(secret.masked(), "***WXYZ");
        assert_eq!(Secret::new("short").masked(), "***");
        assert_eq!(Secret::new("ключ-из-двенадцати").masked(), "***цати");
        assert_eq!(format!("{secret:?}"), "<redacted>");
    }
}
