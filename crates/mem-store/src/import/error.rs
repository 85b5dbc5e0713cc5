//! Why a file was not imported, said so that the user knows what to do.

use std::io;
use std::path::PathBuf;

use mem_types::{Symbol, Timeframe};
use parquet::errors::ParquetError;

use super::time::TimeColumnError;
use crate::catalog::{CatalogError, Kind};

/// Why a file was not imported. Nothing has been written then, but for [`ImportError::Catalog`].
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file could not be read.
    #[error("cannot read {}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The content is none of the formats.
    #[error("{file} is {found}; expected CSV, JSON (either may be gzipped) or Parquet")]
    Format {
        /// The file.
        file: String,
        /// What it looks like.
        found: String,
    },
    /// The file unpacks to more than the options allow.
    #[error("{file} unpacks to more than {max} bytes; split it, or raise the limit")]
    TooLarge {
        /// The file.
        file: String,
        /// The limit.
        max: u64,
    },
    /// The Parquet reader refuses the file.
    #[error("{file} cannot be read as Parquet")]
    Parquet {
        /// The file.
        file: String,
        /// Why.
        source: ParquetError,
    },
    /// The JSON reader refuses the file.
    #[error("{file} cannot be read as JSON")]
    Json {
        /// The file.
        file: String,
        /// Why.
        source: serde_json::Error,
    },
    /// The columns are not those of market data.
    #[error(
        "{file} holds no candles, trades, quotes or funding rates: found {found}; needed are time, open, high, low and \
         close, or time, price and quantity, or time, bid and ask, or time and funding_rate (name columns with the \
         columns option if they are called otherwise)"
    )]
    NotMarketData {
        /// The file.
        file: String,
        /// The columns, or what else is there.
        found: String,
    },
    /// The columns would do for several kinds.
    #[error("{file} could hold {} or {}; say which with the kind option", .kinds[0], .kinds[1])]
    WhichKind {
        /// The file.
        file: String,
        /// The kinds.
        kinds: [Kind; 2],
    },
    /// A column that the kind needs is missing.
    #[error("{file} has no column for {missing}, which {kind} need; found {found}")]
    MissingColumn {
        /// The file.
        file: String,
        /// The kind.
        kind: Kind,
        /// The fields that are missing.
        missing: String,
        /// The columns that there are.
        found: String,
    },
    /// An option names a column that is not there.
    #[error("{file} has no column '{column}'; found {found}")]
    NoSuchColumn {
        /// The file.
        file: String,
        /// The column asked for.
        column: String,
        /// The columns that there are.
        found: String,
    },
    /// The columns have no names and no known shape.
    #[error(
        "{file} has no header and {width} columns, which is no shape that is known; name the columns with the columns \
         option, for example time=1, open=2"
    )]
    UnknownShape {
        /// The file.
        file: String,
        /// How many columns.
        width: usize,
    },
    /// The time column cannot be read without help.
    #[error("{file}: {source}")]
    Time {
        /// The file.
        file: String,
        /// Why.
        source: TimeColumnError,
    },
    /// No symbol was given and none can be read from the content or the name.
    #[error("{0} does not say which symbol it holds; say it with the symbol option")]
    NoSymbol(String),
    /// The symbol that was asked for is not among those of the file.
    #[error("{file} holds several symbols, and no usable row of {symbol}")]
    NoSuchSymbol {
        /// The file.
        file: String,
        /// The symbol.
        symbol: Symbol,
    },
    /// No timeframe was given and none can be told from the name or the spacing.
    #[error("{0} does not say how long its bars last, nor does their spacing; say it with the timeframe option")]
    NoTimeframe(String),
    /// The bars lie closer together than their timeframe.
    #[error(
        "{file} should hold bars of {timeframe}, but they lie {spacing} apart; correct the timeframe option or the file name"
    )]
    TimeframeTooLong {
        /// The file.
        file: String,
        /// The timeframe of the options or the file name.
        timeframe: Timeframe,
        /// The commonest distance between bars.
        spacing: String,
    },
    /// Not one row could be used.
    #[error("{file} holds nothing usable: {rows} rows, of which every one was refused{example}")]
    NothingUsable {
        /// The file.
        file: String,
        /// How many rows it has.
        rows: u64,
        /// The first refusal; begins with `, ` unless empty.
        example: String,
    },
    /// The catalog could not be written. Series before the failing one have been merged; importing again completes.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}
