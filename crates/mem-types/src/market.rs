//! Where something trades and what it is called there.

use std::fmt;
use std::str::FromStr;

use crate::timeframe::Timeframe;

/// Why a text cannot name a venue or a symbol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' cannot be a {1} name: 1 to 64 letters, digits or one of . _ - : ^ , not beginning with a dot")]
pub struct NameError(pub String, pub &'static str);

/// Names become folder names in the catalog, so they keep to characters that every file system and URL allows.
fn check_name(text: &str, what: &'static str) -> Result<(), NameError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '^');
    if text.is_empty() || text.len() > 64 || text.starts_with('.') || !text.chars().all(allowed) {
        return Err(NameError(text.to_owned(), what));
    }
    Ok(())
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $normalise:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                let normalise: fn(&str) -> String = $normalise;
                let text = normalise(text.trim());
                check_name(&text, $what)?;
                Ok(Self(text))
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

name! {
    /// A market place or a source of data, in lower case: `binance_um`, `bitfinex`, `us`, `simulated`.
    Venue, "venue", str::to_ascii_lowercase
}

name! {
    /// What a venue calls an instrument, in upper case and without slashes: `BTCUSDT`, `SPY`, `BRK.B`.
    ///
    /// `BTC/USDT` is read as `BTCUSDT`.
    Symbol, "symbol", |text| {
        let mut name = text.to_ascii_uppercase();
        name.retain(|c| c != '/');
        name
    }
}

name! {
    /// What is held and paid with, in upper case: `BTC`, `USDT`, `USD`.
    Asset, "asset", str::to_ascii_uppercase
}

/// One series of bars: a symbol of a venue in a timeframe.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct SeriesKey {
    /// Where it trades.
    pub venue: Venue,
    /// What it is.
    pub symbol: Symbol,
    /// How long its bars last.
    pub timeframe: Timeframe,
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.venue, self.symbol, self.timeframe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_folder_names() {
        assert_eq!("btc/usdt".parse::<Symbol>().unwrap().as_str(), "BTCUSDT");
        assert_eq!("Binance_UM".parse::<Venue>().unwrap().as_str(), "binance_um");
        for wrong in ["", "..", "../etc", "a b", "x=y", "日経", &"A".repeat(65)] {
            assert!(wrong.parse::<Venue>().is_err(), "{wrong}");
        }
    }
}
