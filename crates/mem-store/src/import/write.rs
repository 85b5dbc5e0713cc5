//! A parsed file into the catalog, and what it refused or replaced into the quarantine folder.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use mem_types::{Bar, Funding, Quote, Trade};

use super::error::ImportError;
use super::parse::{Fault, Parsed, ParsedSeries, Rows};
use super::summary::ImportSummary;
use super::{Progress, Stage};
use crate::atomic;
use crate::catalog::{Catalog, CatalogError, MergeReport, Series, aggressor_name, split_side};

impl Parsed {
    /// Merges every series into the catalog. Refused rows are written before, replaced ones before they are overwritten.
    ///
    /// # Errors
    /// If the catalog cannot be read or written. Series merged until then stay; writing again completes the rest.
    pub fn write(self, catalog: &Catalog, progress: &mut dyn FnMut(Progress)) -> Result<ImportSummary, ImportError> {
        let Self { series, faults, mut summary, hash } = self;
        let name = Path::new(&summary.file).file_name().map_or_else(|| "data".into(), |name| name.to_string_lossy());
        let base = catalog.quarantine().join(format!("{name}.{hash}"));
        if !faults.is_empty() {
            let path = with_ending(&base, "csv");
            write_faults(&path, &faults)?;
            summary.quarantine = Some(path);
        }
        let mut replaced = Replaced { path: with_ending(&base, "replaced.csv"), any: false };
        let (mut done, total) = (0, summary.kept);
        progress(Progress { stage: Stage::Writing, done, total });
        for (part, summary) in series.into_iter().zip(&mut summary.series) {
            summary.merge = Some(merge(catalog, &part, &mut replaced)?);
            done += part.rows.len() as u64;
            progress(Progress { stage: Stage::Writing, done, total });
        }
        summary.replaced = replaced.any.then_some(replaced.path);
        Ok(summary)
    }
}

fn with_ending(base: &Path, ending: &str) -> PathBuf {
    let mut name = base.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn merge(catalog: &Catalog, part: &ParsedSeries, replaced: &mut Replaced) -> Result<MergeReport, CatalogError> {
    let series = &part.series;
    let instrument = series.instrument();
    match &part.rows {
        Rows::Bars(bars) => match series.key() {
            Some(key) => catalog.merge_bars_telling(&key, bars, &mut |old| replaced.keep(series, old)),
            None => Ok(MergeReport::default()),
        },
        Rows::Trades(rows) => catalog.merge_ticks(&instrument, rows, &mut |old| replaced.keep(series, old)),
        Rows::Quotes(rows) => catalog.merge_ticks(&instrument, rows, &mut |old| replaced.keep(series, old)),
        Rows::Funding(rows) => catalog.merge_ticks(&instrument, rows, &mut |old| replaced.keep(series, old)),
    }
}

pub(super) fn write_faults(path: &Path, faults: &[Fault]) -> Result<(), CatalogError> {
    write_csv(path, |writer| {
        writer.write_record(["line", "reason", "raw"])?;
        faults.iter().try_for_each(|fault| writer.write_record([&fault.line.to_string(), &fault.reason, &fault.raw]))
    })
}

type CsvWriter<'a> = csv::Writer<&'a mut std::io::BufWriter<fs::File>>;

fn write_csv(
    path: &Path,
    write: impl FnOnce(&mut CsvWriter<'_>) -> Result<(), csv::Error>,
) -> Result<(), CatalogError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(CatalogError::io("create", folder))?;
    }
    atomic::replace(path, |file| {
        let mut writer = csv::Writer::from_writer(file);
        write(&mut writer).map_err(std::io::Error::other)?;
        writer.flush()
    })
    .map_err(CatalogError::io("write", path))
}

/// The file of rows that this import overwrites in the catalog.
struct Replaced {
    path: PathBuf,
    any: bool,
}

impl Replaced {
    /// Adds rows to the file. It is kept from an earlier import of the same file, so nothing that was ever replaced is
    /// lost; a line that is there already (from an import that was killed) is not written twice.
    fn keep<T: OldRow>(&mut self, series: &Series, rows: &[T]) -> Result<(), CatalogError> {
        self.any = true;
        let earlier = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(CatalogError::io("read", &self.path)(error)),
        };
        let known: std::collections::HashSet<&str> = earlier.lines().collect();
        let mut lines = String::new();
        if earlier.is_empty() {
            lines.push_str("series,time,old values\n");
        }
        for row in rows {
            let line = format!("{series},{},{}", row.time(), row.values());
            if !known.contains(line.as_str()) {
                lines.push_str(&line);
                lines.push('\n');
            }
        }
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(CatalogError::io("create", folder))?;
        }
        atomic::replace(&self.path, |file| {
            file.write_all(earlier.as_bytes())?;
            file.write_all(lines.as_bytes())
        })
        .map_err(CatalogError::io("write", &self.path))
    }
}

/// A row that gives way, as text without commas or quotes.
trait OldRow {
    fn time(&self) -> mem_types::Timestamp;
    fn values(&self) -> String;
}

fn or_empty<T: std::fmt::Debug>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| format!("{value:?}"))
}

impl OldRow for Bar {
    fn time(&self) -> mem_types::Timestamp {
        self.ts
    }

    fn values(&self) -> String {
        let volume = or_empty(Some(self.volume).filter(|volume| !volume.is_nan()));
        format!("open={:?} high={:?} low={:?} close={:?} volume={volume}", self.open, self.high, self.low, self.close)
    }
}

impl OldRow for Trade {
    fn time(&self) -> mem_types::Timestamp {
        self.ts_venue
    }

    fn values(&self) -> String {
        let aggressor = aggressor_name(self.aggressor).unwrap_or_default();
        format!("id={} price={:?} qty={:?} aggressor={aggressor}", or_empty(self.id), self.price, self.qty)
    }
}

impl OldRow for Quote {
    fn time(&self) -> mem_types::Timestamp {
        self.ts_venue
    }

    fn values(&self) -> String {
        let ((bid, bid_qty), (ask, ask_qty)) = (split_side(self.bid), split_side(self.ask));
        format!(
            "id={} bid={} bid_qty={} ask={} ask_qty={}",
            or_empty(self.id),
            or_empty(bid),
            or_empty(bid_qty),
            or_empty(ask),
            or_empty(ask_qty)
        )
    }
}

impl OldRow for Funding {
    fn time(&self) -> mem_types::Timestamp {
        self.ts
    }

    fn values(&self) -> String {
        format!("rate={:?}", self.rate)
    }
}
