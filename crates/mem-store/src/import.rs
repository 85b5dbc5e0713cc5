//! Market data files into the catalog.
//!
//! What comes in: CSV, JSON (either may be gzipped) and Parquet files of candles, trades, quotes and funding rates, as
//! exchanges, archives and data frames write them. What goes out: series in a [`Catalog`], a file of the rows that were
//! refused with the reasons, and a summary that accounts for every row. A file is never changed, no row is mended or
//! filled in, and nothing is written if not a single row is usable.
//!
//! # What is recognised
//!
//! - **Format** by content: gzip and Parquet by their first bytes, JSON by its first letter, the rest is CSV, with
//!   `,` `;` tab or `|` between cells, with or without a header.
//! - **Columns** by name, whatever their case and separators; the most telling name wins (`timestamp_ms` before `date`)
//!   and columns that are not used are listed. Tables without names are recognised by shape (candles of Binance, Bybit,
//!   OKX, Kraken, Bitfinex, Coinbase; `time,open,high,low,close,volume`).
//! - **Times**: whole numbers by magnitude, text as ISO 8601 and its relatives; see [`TimeUnit`] and the table in the
//!   source of the time module. Without an offset they are UTC. What is ambiguous is an error that says which option
//!   settles it.
//! - **Venue, symbol, timeframe** from the options, else the symbol from a symbol column (one series each), else from the
//!   file name: `binance_um_BTCUSDT_1h.csv.gz`. Words such as `mark` and `raw` stay in the symbol (`BTCUSDT_MARK`,
//!   `AAPL_RAW`), so that different prices of one instrument do not mix. The venue is else `local`, the timeframe else
//!   the commonest distance between bars.
//!
//! # What becomes of each row
//!
//! - Every bar passes [`mem_types::Bar::check`]. A row that cannot be read, or whose bar is faulty, is refused.
//! - A row with the time (bars, funding) or id (trades, quotes) of an earlier one is dropped if it says the same and
//!   refused if it does not. Trades and quotes without ids may repeat; all are kept, in their order.
//! - A file written last row first is reversed. Otherwise, of rows whose time goes backwards, as few as possible are
//!   refused.
//! - A quote with a price of zero on one side has no quote on that side. A volume that is missing is unknown, not zero.
//! - Refused rows go to `quarantine/<file>.<hash>.csv` (line, reason, raw text), the hash being the first eight digits of
//!   the file's SHA-256.
//! - Where the catalog has other values for the same time or id, the file wins; the old rows go to
//!   `quarantine/<file>.<hash>.replaced.csv` before they are overwritten, and are counted.
//! - Gaps are counted and the longest is reported. They are never an error: markets close.
//!
//! Importing a file twice changes nothing the second time.
//!
//! ```no_run
//! use mem_store::catalog::Catalog;
//! use mem_store::import::{ImportOptions, import_file};
//!
//! let catalog = Catalog::open("catalog");
//! let summary = import_file(
//!     &catalog,
//!     "binance_um_BTCUSDT_1h.csv.gz".as_ref(),
//!     &ImportOptions::default(),
//!     &mut |progress| eprintln!("{} of {}", progress.done, progress.total),
//! )?;
//! println!("{} bars, {} refused", summary.kept, summary.quarantined);
//! # Ok::<(), mem_store::import::ImportError>(())
//! ```
//!
//! Modules in reading order: `name` (what a file name says), `field` and `layout` (what columns mean), `csv`, `json`,
//! `parquet` (rows of cells), `cell` and `time` (values), `row` (bars, trades, quotes, funding), `order`, `parse` (all of
//! it together), `write` (into the catalog), `summary`; beside them `texts` (headlines and messages, for whoever scores them).

use std::fs::File;
use std::io::Read;
use std::path::Path;

use bytes::Bytes;

use crate::catalog::Catalog;

mod cell;
mod csv;
mod error;
mod field;
mod json;
mod layout;
mod name;
mod options;
mod order;
mod parquet;
mod parse;
mod row;
mod spacing;
mod summary;
mod texts;
mod time;
mod write;

pub use error::ImportError;
pub use field::{Field, FieldError};
pub use options::{ColumnChoice, ColumnChoiceError, ImportOptions};
pub use parse::{Fault, Parsed, ParsedSeries, Rows};
pub use summary::{FileFormat, ImportSummary, SeriesSummary};
pub use texts::{FileText, ParsedTexts, parse_texts, quarantine_texts};
pub use time::{TimeColumnError, TimeUnit, TimeUnitError};

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub stage: Stage,
    /// How much of it is done: bytes while reading, bytes or rows while parsing, rows while writing.
    pub done: u64,
    /// How much there is to do, in the same unit.
    pub total: u64,
}

/// What an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Reading the file from the disk.
    Reading,
    /// Making rows of it.
    Parsing,
    /// Merging them into the catalog.
    Writing,
}

/// Imports a file: [`parse_file`], then [`Parsed::write`].
///
/// # Errors
/// If the file cannot be read or understood, holds nothing usable, or the catalog cannot be written.
pub fn import_file(
    catalog: &Catalog,
    path: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<ImportSummary, ImportError> {
    parse_file(path, options, progress)?.write(catalog, progress)
}

/// Reads a file and checks every row, without touching a catalog.
///
/// # Errors
/// If the file cannot be read or understood, or holds nothing usable.
pub fn parse_file(
    path: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Parsed, ImportError> {
    let content = read(path, progress).map_err(|source| ImportError::Io { path: path.to_owned(), source })?;
    parse::parse(&path.display().to_string(), content.into(), options, progress)
}

/// As [`parse_file`], of a file in memory; `name` is what the file would be called.
///
/// # Errors
/// If the content cannot be understood, or holds nothing usable.
pub fn parse_bytes(name: &str, content: &[u8], options: &ImportOptions) -> Result<Parsed, ImportError> {
    parse::parse(name, Bytes::copy_from_slice(content), options, &mut |_| {})
}

/// Bytes read between two reports of progress.
const READ_STEP: u64 = 4 << 20;

fn read(path: &Path, progress: &mut dyn FnMut(Progress)) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let total = file.metadata()?.len();
    let mut content = Vec::with_capacity(usize::try_from(total).unwrap_or_default());
    loop {
        progress(Progress { stage: Stage::Reading, done: content.len() as u64, total });
        if (&mut file).take(READ_STEP).read_to_end(&mut content)? == 0 {
            return Ok(content);
        }
    }
}
