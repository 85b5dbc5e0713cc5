//! Single fields on their way in and out: checked before they are stored, explained where they cannot be read.

use std::str::FromStr;

use mem_types::Timestamp;
use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::RecordsError;
use super::time_text;

/// Checks the fields of one table's rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Check(pub(super) &'static str);

impl Check {
    pub(super) fn finite(self, field: &'static str, value: f64) -> Result<(), RecordsError> {
        if value.is_finite() { Ok(()) } else { Err(self.invalid(field, format!("{value} is not a finite number"))) }
    }

    pub(super) fn not_blank(self, field: &'static str, text: &str) -> Result<(), RecordsError> {
        if text.trim().is_empty() { Err(self.invalid(field, "is empty".to_owned())) } else { Ok(()) }
    }

    /// A value as JSON text.
    pub(super) fn json(self, field: &'static str, value: &impl Serialize) -> Result<String, RecordsError> {
        serde_json::to_string(value).map_err(|error| self.invalid(field, error.to_string()))
    }

    /// A list as JSON text; an empty one is not stored.
    pub(super) fn list<T: Serialize>(self, field: &'static str, list: &[T]) -> Result<Option<String>, RecordsError> {
        if list.is_empty() { Ok(None) } else { self.json(field, &list).map(Some) }
    }

    fn invalid(self, field: &'static str, problem: String) -> RecordsError {
        RecordsError::Invalid { table: self.0, field, problem }
    }
}

/// One row being read, its id in column 0.
#[derive(Debug)]
pub(super) struct Fields<'r> {
    table: &'static str,
    row: &'r Row<'r>,
    pub(super) id: i64,
}

impl<'r> Fields<'r> {
    pub(super) fn new(table: &'static str, row: &'r Row<'r>) -> Result<Self, RecordsError> {
        Ok(Self { table, row, id: row.get(0)? })
    }

    pub(super) fn text(&self, column: usize) -> Result<String, RecordsError> {
        Ok(self.row.get(column)?)
    }

    pub(super) fn some_text(&self, column: usize) -> Result<Option<String>, RecordsError> {
        Ok(self.row.get(column)?)
    }

    /// A number; null, which other programs may store where the schema allows it, counts as 0.
    pub(super) fn number(&self, column: usize) -> Result<f64, RecordsError> {
        Ok(self.row.get::<_, Option<f64>>(column)?.unwrap_or(0.0))
    }

    pub(super) fn time(&self, column: usize, field: &'static str) -> Result<Timestamp, RecordsError> {
        let text = self.text_or_null(column)?.unwrap_or_default();
        self.parsed(text, field, "a time such as 2024-01-31T12:00:00+00:00", time_text::read)
    }

    pub(super) fn some_time(&self, column: usize, field: &'static str) -> Result<Option<Timestamp>, RecordsError> {
        let Some(text) = self.text_or_null(column)? else { return Ok(None) };
        self.parsed(text, field, "a time such as 2024-01-31T12:00:00+00:00", time_text::read).map(Some)
    }

    /// One of a few words, in upper or lower case.
    pub(super) fn word<T: FromStr<Err = &'static str>>(
        &self,
        column: usize,
        field: &'static str,
        expected: &'static str,
    ) -> Result<T, RecordsError> {
        let text = self.text_or_null(column)?.unwrap_or_default();
        self.parsed(text, field, expected, |text| text.parse().ok())
    }

    pub(super) fn list<T: DeserializeOwned>(&self, column: usize, field: &'static str) -> Result<Vec<T>, RecordsError> {
        match self.text_or_null(column)? {
            None | Some("") => Ok(Vec::new()),
            Some(text) => self.parsed(text, field, "a JSON array", |text| serde_json::from_str(text).ok()),
        }
    }

    pub(super) fn some_json(
        &self,
        column: usize,
        field: &'static str,
    ) -> Result<Option<serde_json::Value>, RecordsError> {
        match self.text_or_null(column)? {
            None | Some("") => Ok(None),
            Some(text) => self.parsed(text, field, "JSON", |text| serde_json::from_str(text).ok()).map(Some),
        }
    }

    fn parsed<T>(
        &self,
        text: &str,
        field: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, RecordsError> {
        parse(text).ok_or_else(|| RecordsError::Unreadable {
            table: self.table,
            id: self.id,
            field,
            value: text.to_owned(),
            expected,
        })
    }

    fn text_or_null(&self, column: usize) -> Result<Option<&str>, RecordsError> {
        let value = self.row.get_ref(column)?;
        value.as_str_or_null().map_err(|_| {
            let name = self.row.as_ref().column_name(column).unwrap_or_default().to_owned();
            RecordsError::Sqlite(rusqlite::Error::InvalidColumnType(column, name, value.data_type()))
        })
    }
}

/// Defines an enum of words that a column may hold.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// What the column may hold, for messages.
            pub(super) const EXPECTED: &'static str = $expected;

            /// The word that the column holds.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = &'static str;

            /// Reads the word in upper or lower case; an error says which words there are.
            fn from_str(text: &str) -> Result<Self, &'static str> {
                $(if text.eq_ignore_ascii_case($word) {
                    return Ok(Self::$variant);
                })+
                Err($expected)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(super) use words;
