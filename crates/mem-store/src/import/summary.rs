//! What an import found and did.

use std::path::PathBuf;

use mem_types::Timestamp;

use super::field::Field;
use crate::catalog::{Gap, Kind, MergeReport, Series};

/// How the file was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileFormat {
    /// Lines of cells.
    Csv,
    /// An array of rows, or a row a line.
    Json,
    /// Apache Parquet.
    Parquet,
}

/// What an import found in a file, and what it did to the catalog.
///
/// `rows = kept + quarantined + duplicates + left_out`.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ImportSummary {
    /// The file, as it was given.
    pub file: String,
    /// Its format, unpacked.
    pub format: FileFormat,
    /// Whether it was gzipped.
    pub gzipped: bool,
    /// What its rows are.
    pub kind: Kind,
    /// How many rows it has.
    pub rows: u64,
    /// How many are used.
    pub kept: u64,
    /// How many were refused, and stand in the quarantine file.
    pub quarantined: u64,
    /// How many say the same as another row with the same time or id, and were dropped.
    pub duplicates: u64,
    /// How many are of other symbols than the one asked for.
    pub left_out: u64,
    /// Which columns were used, and for what.
    pub columns: Vec<(Field, String)>,
    /// Columns that were not used.
    pub ignored_columns: Vec<String>,
    /// How whole numbers in the time column were read: `s`, `ms`, `us`, `ns`, `YYYYMMDD`; absent for text.
    pub time_unit: Option<&'static str>,
    /// What else a reader should know: that the file was written last row first, how a table without names was read.
    pub notes: Vec<String>,
    /// The series found, in order of their names.
    pub series: Vec<SeriesSummary>,
    /// The file with the refused rows, if there are any.
    pub quarantine: Option<PathBuf>,
    /// The file with the values that this import replaced, if there are any.
    pub replaced: Option<PathBuf>,
}

impl ImportSummary {
    /// The sum of the merges of all series; all zero before the import has been written.
    pub fn merged(&self) -> MergeReport {
        let mut total = MergeReport::default();
        for series in &self.series {
            total.absorb(series.merge.unwrap_or_default());
        }
        total
    }
}

/// What an import found of one series.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SeriesSummary {
    /// Which one.
    #[serde(flatten)]
    pub series: Series,
    /// How many rows are used.
    pub rows: u64,
    /// Time of the first.
    pub first: Timestamp,
    /// Time of the last.
    pub last: Timestamp,
    /// How many gaps there are against the timeframe; zero where there is none. Closed markets make gaps too.
    pub gaps: u64,
    /// How many bars would fill them.
    pub missing: u64,
    /// The longest gap.
    pub longest_gap: Option<Gap>,
    /// What the merge did; `None` as long as nothing was written.
    pub merge: Option<MergeReport>,
}
