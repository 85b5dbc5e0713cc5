//! The catalog: a folder of market data that MEM, pandas, Polars and DuckDB read as it is.
//!
//! What comes in: sound bars, trades, quotes and funding rates. What goes out: the same, by series and time range. It
//! never reads or writes anything outside its folder (but for exports), never shows a half-written file, and never
//! loses what another process is writing at the same time.
//!
//! ```text
//! bars/venue=binance_um/symbol=BTCUSDT/timeframe=1h/bars.parquet
//! trades/venue=spot/symbol=BTCUSDT/date=2024-08-08/trades.parquet      quotes likewise
//! funding/venue=binance_um/symbol=BTCUSDT/funding.parquet
//! quarantine/…                                                         what imports refused or replaced
//! .locks/…                                                             one empty file a series
//! ```
//!
//! - **Hive partitions.** Venue, symbol, timeframe and date are in the folder names and not in the files. A month is
//!   `timeframe=1mo`, because `1M` and `1m` are one folder where file names ignore case.
//! - **Columns.** Bars: `ts, open, high, low, close, volume`. Trades: `ts, ts_local, id, price, qty, aggressor`.
//!   Quotes: `ts, ts_local, id, bid, bid_qty, ask, ask_qty`. Funding: `ts, rate`. `ts` and `ts_local` are
//!   `TIMESTAMP(NANOS, UTC)`; what the source did not say is null. Rows are in time order.
//! - **Atomic.** A partition is replaced as a whole: temporary file in the same folder (its name begins with a dot and
//!   ends in `.tmp`), flush to disk, rename, flush of the folder. Whoever reads sees the old or the new file.
//! - **Merging.** Writers of a series take turns through an advisory lock, so none loses the rows of another. Bars and
//!   funding merge by time, trades and quotes by id, or where there is none by their whole content, counting how often
//!   it occurs. Where an incoming row differs from the one that is there, the incoming one wins and the report counts
//!   it. A merge that changes nothing writes nothing.
//! - **Range reads.** Row groups hold 131,072 rows with their first and last time, so a range reads no others.
//!
//! Modules in reading order: `series` (names and folders), `bars`, `ticks` (trades, quotes, funding), `check`,
//! `export`, `fingerprint`.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use mem_types::near::edit_distance;
use mem_types::{SeriesKey, Symbol, Timeframe, Timestamp, Venue};

use crate::atomic;
use crate::parquet_columns::{ColumnsReader, ColumnsWriter, Field};

mod bars;
mod check;
mod error;
mod export;
mod fingerprint;
mod series;
mod ticks;

pub use check::{CheckReport, Gap, Outlier};
pub use error::CatalogError;
pub use fingerprint::fingerprint_bars;
pub use series::{Instrument, Kind, KindError, Series, SeriesInfo};

pub(crate) use bars::is_same_bar;
pub(crate) use check::gap;
pub(crate) use fingerprint::hex;
pub(crate) use ticks::{Tick, aggressor_name, split_side};

use error::WriteFailure;

/// A folder of market data. Cheap to make and to clone; holds no file open.
#[derive(Debug, Clone)]
pub struct Catalog {
    root: PathBuf,
}

/// What a merge did to a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct MergeReport {
    /// Rows there were before, in the partitions that the merge touched.
    pub before: u64,
    /// Rows there are now, in the same partitions.
    pub after: u64,
    /// Incoming rows that are new.
    pub added: u64,
    /// Incoming rows that were there already, with the same values.
    pub unchanged: u64,
    /// Incoming rows that took the place of one with other values.
    pub replaced: u64,
}

impl MergeReport {
    pub(crate) fn absorb(&mut self, part: Self) {
        self.before += part.before;
        self.after += part.after;
        self.added += part.added;
        self.unchanged += part.unchanged;
        self.replaced += part.replaced;
    }

    /// Whether the merge left everything as it was.
    pub const fn is_empty(&self) -> bool {
        self.added == 0 && self.replaced == 0
    }
}

impl Catalog {
    /// The catalog in that folder, which may not exist yet: it is made by the first write.
    pub fn open(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of rows that imports refused or replaced; it may not exist.
    pub fn quarantine(&self) -> PathBuf {
        self.root.join("quarantine")
    }

    /// Every series, by folder names alone: in order of kind, venue, symbol, timeframe. An absent folder holds none.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub fn series(&self) -> Result<Vec<Series>, CatalogError> {
        let mut found = Vec::new();
        for kind in Kind::ALL {
            for (venue, venue_folder) in self.partitions::<Venue>(&self.root.join(kind.name()), "venue")? {
                for (symbol, symbol_folder) in self.partitions::<Symbol>(&venue_folder, "symbol")? {
                    let series = Series { kind, venue: venue.clone(), symbol, timeframe: None };
                    if kind == Kind::Bars {
                        for (timeframe, _) in self.partitions::<Timeframe>(&symbol_folder, "timeframe")? {
                            found.push(Series { timeframe: Some(timeframe), ..series.clone() });
                        }
                    } else {
                        found.push(series);
                    }
                }
            }
        }
        found.retain(|series| self.files(series).is_ok_and(|files| !files.is_empty()));
        found.sort();
        Ok(found)
    }

    /// Every series with its size and range, read from the files' footers.
    ///
    /// # Errors
    /// If a folder cannot be read or a file is damaged.
    pub fn list(&self) -> Result<Vec<SeriesInfo>, CatalogError> {
        self.series()?.iter().map(|series| self.info(series)).collect()
    }

    /// Size and range of one series.
    ///
    /// # Errors
    /// If it does not exist or one of its files is damaged.
    pub fn info(&self, series: &Series) -> Result<SeriesInfo, CatalogError> {
        let files = self.files(series)?;
        let mut rows = 0;
        let mut bytes = 0;
        let mut range: Option<(i64, i64)> = None;
        for path in &files {
            bytes += fs::metadata(path).map_err(CatalogError::io("read", path))?.len();
            let reader = ColumnsReader::open(path, fields(series.kind)).map_err(CatalogError::damaged(path))?;
            for group in reader.groups().map_err(CatalogError::damaged(path))? {
                rows += group.rows as u64;
                let (first, last) = range.unwrap_or((group.first_ns, group.last_ns));
                range = Some((first.min(group.first_ns), last.max(group.last_ns)));
            }
        }
        let (first, last) = range.ok_or_else(|| self.not_found(series))?;
        Ok(SeriesInfo {
            series: series.clone(),
            rows,
            first: Timestamp::from_nanos(first),
            last: Timestamp::from_nanos(last),
            bytes,
            files: files.len(),
        })
    }

    /// The bar series of these symbols in that timeframe, in the order of the symbols; of all symbols if none is given.
    ///
    /// # Errors
    /// If one is missing (the message names what comes near, and what there is), or trades at several venues and none
    /// was named.
    pub fn find(
        &self,
        symbols: &[Symbol],
        venue: Option<&Venue>,
        timeframe: Timeframe,
    ) -> Result<Vec<SeriesKey>, CatalogError> {
        let all: Vec<SeriesKey> = self.series()?.iter().filter_map(Series::key).collect();
        let at_venue = |key: &&SeriesKey| venue.is_none_or(|venue| key.venue == *venue);
        if symbols.is_empty() {
            let found: Vec<SeriesKey> =
                all.iter().filter(at_venue).filter(|key| key.timeframe == timeframe).cloned().collect();
            if found.is_empty() {
                let place = venue.map_or(String::new(), |venue| format!(" of {venue}"));
                return Err(self.missing(format!("bars of {timeframe}{place}"), hint_any(&all)));
            }
            return Ok(found);
        }
        let mut found = Vec::with_capacity(symbols.len());
        for symbol in symbols {
            let matching: Vec<&SeriesKey> =
                all.iter().filter(at_venue).filter(|key| key.symbol == *symbol && key.timeframe == timeframe).collect();
            match matching.as_slice() {
                [key] => found.push((*key).clone()),
                [] => {
                    let place = venue.map_or(String::new(), |venue| format!("{venue}/"));
                    return Err(self.missing(format!("{place}{symbol}/{timeframe}"), hint(&all, symbol)));
                }
                several => {
                    let venues = several.iter().map(|key| key.venue.clone()).collect();
                    return Err(CatalogError::WhichVenue { symbol: symbol.clone(), venues });
                }
            }
        }
        Ok(found)
    }

    fn missing(&self, wanted: String, hint: String) -> CatalogError {
        CatalogError::NotFound { wanted, root: self.root.clone(), hint }
    }

    fn not_found(&self, series: &Series) -> CatalogError {
        let all: Vec<SeriesKey> = self.series().unwrap_or_default().iter().filter_map(Series::key).collect();
        self.missing(series.to_string(), hint(&all, &series.symbol))
    }

    /// The folders `name=value` in a folder, by value. Other folders are none of ours.
    fn partitions<T: FromStr>(&self, folder: &Path, name: &str) -> Result<Vec<(T, PathBuf)>, CatalogError> {
        let mut found = Vec::new();
        for entry in entries(folder)? {
            let file_name = entry.file_name();
            let value = file_name.to_str().and_then(|text| text.strip_prefix(name)?.strip_prefix('='));
            if let Some(value) = value.and_then(|value| value.parse().ok()) {
                found.push((value, entry.path()));
            }
        }
        Ok(found)
    }

    /// The files of a series in time order; none if there is no such series.
    fn files(&self, series: &Series) -> Result<Vec<PathBuf>, CatalogError> {
        let folder = self.root.join(series.folder());
        if !series.kind.is_daily() {
            let path = folder.join(series.file_name());
            return Ok(if path.is_file() { vec![path] } else { vec![] });
        }
        let mut days: Vec<(Timestamp, PathBuf)> = self.partitions(&folder, "date")?;
        days.sort();
        let files = days.into_iter().map(|(_, folder)| folder.join(series.file_name()));
        Ok(files.filter(|path| path.is_file()).collect())
    }

    /// Waits for its turn to change a series; the turn ends when the returned file is dropped.
    fn lock(&self, series: &Series) -> Result<File, CatalogError> {
        let folder = self.root.join(".locks");
        fs::create_dir_all(&folder).map_err(CatalogError::io("create", &folder))?;
        let name = series.folder().to_string_lossy().replace(['/', '\\'], ",");
        let path = folder.join(format!("{name}.lock"));
        let file = File::create(&path).map_err(CatalogError::io("create", &path))?;
        file.lock().map_err(CatalogError::io("lock", &path))?;
        Ok(file)
    }

    /// Replaces a partition's file. The caller holds the lock of its series.
    fn write_partition(
        &self,
        path: &Path,
        fields: &[Field],
        write: impl FnOnce(&mut ColumnsWriter<&mut io::BufWriter<File>>) -> Result<(), parquet::errors::ParquetError>,
    ) -> Result<(), CatalogError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(CatalogError::io("create", folder))?;
        }
        atomic::remove_leftovers(path).map_err(CatalogError::io("write", path))?;
        atomic::replace(path, |file| {
            let mut writer = ColumnsWriter::new(file, fields)?;
            write(&mut writer)?;
            Ok::<(), WriteFailure>(writer.finish()?)
        })
        .map_err(|failure| failure.at(path))
    }
}

/// The columns of a kind's files.
fn fields(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Bars => bars::FIELDS,
        Kind::Trades => ticks::TRADE_FIELDS,
        Kind::Quotes => ticks::QUOTE_FIELDS,
        Kind::Funding => ticks::FUNDING_FIELDS,
    }
}

/// The folders in a folder; none if it does not exist.
fn entries(folder: &Path) -> Result<Vec<fs::DirEntry>, CatalogError> {
    let reader = match fs::read_dir(folder) {
        Ok(reader) => reader,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(CatalogError::io("read", folder)(error)),
    };
    let mut found = Vec::new();
    for entry in reader {
        let entry = entry.map_err(CatalogError::io("read", folder))?;
        if entry.path().is_dir() {
            found.push(entry);
        }
    }
    Ok(found)
}

/// How many names an error message lists at most.
const NAMES_MAX: usize = 12;

/// What to ask for instead of a symbol that is missing, or is missing in a timeframe.
fn hint(all: &[SeriesKey], symbol: &Symbol) -> String {
    let same: Vec<String> = all.iter().filter(|key| key.symbol == *symbol).map(SeriesKey::to_string).collect();
    if !same.is_empty() {
        return format!("; of that symbol there is {} (resample makes longer timeframes)", listed(&same));
    }
    let symbols: BTreeSet<&str> = all.iter().map(|key| key.symbol.as_str()).collect();
    let near: Vec<String> =
        symbols.iter().filter(|other| is_near(symbol.as_str(), other)).map(|other| (*other).to_owned()).collect();
    if near.is_empty() { hint_any(all) } else { format!("; did you mean {}?", listed(&near)) }
}

fn hint_any(all: &[SeriesKey]) -> String {
    if all.is_empty() {
        return "; it holds no bars: import some first".to_owned();
    }
    let names: Vec<String> = all.iter().map(SeriesKey::to_string).collect();
    format!("; there is {}", listed(&names))
}

fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMES_MAX);
    let shown = names[..names.len() - more].join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

/// Whether one name is part of the other, or at most two letters were mistyped.
fn is_near(a: &str, b: &str) -> bool {
    let (shorter, longer) = if a.len() < b.len() { (a, b) } else { (b, a) };
    (shorter.len() >= 2 && longer.contains(shorter)) || edit_distance(a, b) <= 2.min(a.len() / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near() {
        for (a, b, near) in
            [("BTC", "BTCUSDT", true), ("BTCUSD", "BTCUSDT", true), ("A", "B", false), ("SPY", "IBM", false)]
        {
            assert_eq!(is_near(a, b), near, "{a} {b}");
        }
    }
}
