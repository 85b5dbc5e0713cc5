//! Which fields a venue's credentials have.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Venues whose fields are known, with the fields they need.
const KNOWN: &[(&str, &[&str])] = &[
    ("alpaca", &["api_key", "api_secret"]),
    ("binance", &["api_key", "api_secret"]),
    ("bybit", &["api_key", "api_secret"]),
    ("coinbase", &["api_key", "api_secret"]),
    ("deribit", &["client_id", "client_secret"]),
    ("discord", &["webhook_url"]),
    ("kraken", &["api_key", "api_secret"]),
    ("okx", &["api_key", "api_secret", "passphrase"]),
    ("polygon", &["api_key"]),
    ("simulated", &["api_key", "api_secret"]),
    ("smtp", &["user", "password"]),
    ("snowflake", &["account", "user", "password"]),
    ("telegram", &["bot_token", "chat_id"]),
];

/// A name that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{shown}' cannot name a {what}: lower-case letters, digits and _, beginning with a letter, at most 40")]
pub struct NameError {
    shown: String,
    what: &'static str,
}

fn check(text: &str, what: &'static str) -> Result<String, NameError> {
    let text = text.trim().to_ascii_lowercase();
    let good = text.len() <= 40
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if good {
        return Ok(text);
    }
    // Somebody may have typed a secret in its place: only its beginning is shown.
    Err(NameError { shown: text.chars().take(8).chain(text.chars().nth(8).map(|_| '…')).collect(), what })
}

/// Whose credentials: a venue, or another service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VenueName(String);

/// One of the texts that make up credentials, such as `api_key`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldName(String);

macro_rules! name {
    ($name:ident, $what:literal) => {
        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                check(text, $what).map(Self)
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
    };
}

name!(VenueName, "venue");
name!(FieldName, "field");

impl VenueName {
    /// The fields it needs; none for a venue that is not known, which takes any.
    pub fn fields(&self) -> Vec<FieldName> {
        let known = KNOWN.iter().find(|(name, _)| *name == self.0);
        known.into_iter().flat_map(|(_, fields)| fields.iter()).map(|field| FieldName((*field).to_owned())).collect()
    }

    /// Every venue whose fields are known.
    pub fn known() -> impl Iterator<Item = Self> {
        KNOWN.iter().map(|(name, _)| Self((*name).to_owned()))
    }

    /// The environment variables that may hold a field, the first one first: MEM's own name, then the customary one.
    pub fn variables(&self, field: &FieldName) -> [String; 2] {
        let (venue, field) = (self.0.to_ascii_uppercase(), field.0.to_ascii_uppercase());
        [format!("MEM_CREDENTIALS_{venue}_{field}"), format!("{venue}_{field}")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_a_secret_in_their_place_is_not_shown() {
        let okx: VenueName = "OKX".parse().unwrap();
        assert_eq!(
            okx.fields().iter().map(FieldName::as_str).collect::<Vec<_>>(),
            ["api_key", "api_secret", "passphrase"]
        );
        assert_eq!(okx.variables(&"passphrase".parse().unwrap()), ["MEM_CREDENTIALS_OKX_PASSPHRASE", "OKX_PASSPHRASE"]);
        assert!("my_venue2".parse::<VenueName>().unwrap().fields().is_empty());
        for wrong in ["", "../x", "2x", "a b", "sk-live-0123456789abcdef"] {
            let error = wrong.parse::<VenueName>().unwrap_err().to_string();
            assert!(!error.contains("0123456789"), "{error}");
        }
    }
}
