//! Versions of models: `major.minor.patch`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A version. Major: other features, another kind of model or another target, so that predictions are not comparable; minor: other
/// parameters; patch: the same, trained on other data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version {
    /// Counts changes of meaning.
    pub major: u32,
    /// Counts changes of parameters.
    pub minor: u32,
    /// Counts trainings.
    pub patch: u32,
}

/// How a model differs from the one before it of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// Other data only.
    Data,
    /// Other parameters.
    Parameters,
    /// Other features, kind or target.
    Meaning,
}

impl Version {
    /// The version of a name's first model.
    pub const FIRST: Self = Self { major: 1, minor: 0, patch: 0 };

    /// The version after this one.
    pub fn after(self, difference: Difference) -> Self {
        match difference {
            Difference::Meaning => Self { major: self.major + 1, minor: 0, patch: 0 },
            Difference::Parameters => Self { minor: self.minor + 1, patch: 0, ..self },
            Difference::Data => Self { patch: self.patch + 1, ..self },
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// A text that is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no version: expected three numbers such as 1.0.2")]
pub struct NoVersion(String);

impl FromStr for Version {
    type Err = NoVersion;

    fn from_str(text: &str) -> Result<Self, NoVersion> {
        let wrong = || NoVersion(text.to_owned());
        let mut numbers = text.strip_prefix('v').unwrap_or(text).split('.').map(str::parse::<u32>);
        let mut next = || numbers.next().and_then(Result::ok).ok_or_else(wrong);
        let version = Self { major: next()?, minor: next()?, patch: next()? };
        if numbers.next().is_some() { Err(wrong()) } else { Ok(version) }
    }
}

impl TryFrom<String> for Version {
    type Error = NoVersion;

    fn try_from(text: String) -> Result<Self, NoVersion> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in ["1.0.0", "2.10.3"] {
            assert_eq!(text.parse::<Version>().unwrap().to_string(), text);
        }
        assert_eq!("v1.2.3".parse::<Version>().unwrap(), Version { major: 1, minor: 2, patch: 3 });
        for text in ["", "1", "1.2", "1.2.3.4", "a.b.c", "1.2.-3"] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }

    #[test]
    fn versions_count_up() {
        let from = Version { major: 1, minor: 2, patch: 3 };
        let after = |difference| from.after(difference).to_string();
        assert_eq!(after(Difference::Data), "1.2.4");
        assert_eq!(after(Difference::Parameters), "1.3.0");
        assert_eq!(after(Difference::Meaning), "2.0.0");
        assert!(from < from.after(Difference::Data));
    }
}
