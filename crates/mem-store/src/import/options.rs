//! What the caller may say about a file, where the file does not say it itself.

use std::str::FromStr;

use mem_types::{Symbol, Timeframe, Venue};

use super::field::{Field, FieldError};
use super::time::TimeUnit;
use crate::catalog::Kind;

/// Says what a file does not: every `None` is recognised from the content or the name of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportOptions {
    /// What the rows are.
    pub kind: Option<Kind>,
    /// Where they come from; else from the file name, else `local`.
    pub venue: Option<Venue>,
    /// What they are of; else from a symbol column, else from the file name.
    pub symbol: Option<Symbol>,
    /// How long the bars last; else from the file name, else from their spacing.
    pub timeframe: Option<Timeframe>,
    /// What whole numbers in the time column count.
    pub time_unit: Option<TimeUnit>,
    /// The byte between cells of a CSV file.
    pub delimiter: Option<u8>,
    /// Whether the first line of a CSV file names the columns.
    pub header: Option<bool>,
    /// What certain columns mean; the others are recognised by name.
    pub columns: Vec<ColumnChoice>,
    /// How many bytes a file may hold once unpacked (a Parquet file: eight for each value). A text file is held in memory
    /// as a whole, so this guards against archives that unpack without end.
    pub unpacked_max: u64,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            kind: None,
            venue: None,
            symbol: None,
            timeframe: None,
            time_unit: None,
            delimiter: None,
            header: None,
            columns: Vec::new(),
            unpacked_max: 8 << 30,
        }
    }
}

/// That a column means a field. Written `open=First Price`, or `open=2` for the second column of a file without names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnChoice {
    /// The meaning.
    pub field: Field,
    /// The column: its name, or its position counted from 1.
    pub column: String,
}

/// Why a text is not a [`ColumnChoice`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnChoiceError {
    /// There is no `=`.
    #[error("'{0}' does not say what a column means: expected FIELD=COLUMN, for example time=Date or open=2")]
    NoEquals(String),
    /// The part before `=` is no field.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl FromStr for ColumnChoice {
    type Err = ColumnChoiceError;

    fn from_str(text: &str) -> Result<Self, ColumnChoiceError> {
        let (field, column) = text.split_once('=').ok_or_else(|| ColumnChoiceError::NoEquals(text.to_owned()))?;
        Ok(Self { field: field.parse()?, column: column.trim().to_owned() })
    }
}
