//! A file in memory into checked series.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::ops::ControlFlow;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use mem_types::{Bar, Bars, Funding, Quote, SeriesKey, Symbol, Timeframe, Timestamp, Trade, Venue};
use sha2::{Digest, Sha256};

use super::cell::{Cell, Visit};
use super::csv::CsvTable;
use super::error::ImportError;
use super::field::Field;
use super::json::{JsonTable, NoRows};
use super::layout::{Head, Layout};
use super::name::FileName;
use super::options::ImportOptions;
use super::order::arrange;
use super::parquet::ParquetTable;
use super::row::{ImportRow, RowView};
use super::spacing::Spacing;
use super::summary::{FileFormat, ImportSummary, SeriesSummary};
use super::{Progress, Stage};
use crate::catalog::{Gap, Instrument, Kind, Series, gap, hex};

/// Where data comes from that does not say it.
const VENUE: &str = "local";

/// How many rows are looked at before the columns are decided upon.
const SAMPLE_ROWS: usize = 1000;

/// A file that has been read and checked, ready to be written to a catalog.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// Its series, in order of their names; at least one, none of them empty.
    pub series: Vec<ParsedSeries>,
    /// Rows that were refused, in order of their lines.
    pub faults: Vec<Fault>,
    pub(super) summary: ImportSummary,
    /// The first eight digits of the content's SHA-256.
    pub(super) hash: String,
}

/// One series of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedSeries {
    /// Which one.
    pub series: Series,
    /// Its rows.
    pub rows: Rows,
}

/// Rows in time order, every one sound.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// Candles.
    Bars(Bars),
    /// Trades.
    Trades(Vec<Trade>),
    /// Quotes.
    Quotes(Vec<Quote>),
    /// Funding payments.
    Funding(Vec<Funding>),
}

impl Rows {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::Bars(rows) => rows.len(),
            Self::Trades(rows) => rows.len(),
            Self::Quotes(rows) => rows.len(),
            Self::Funding(rows) => rows.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn range(&self) -> Option<(Timestamp, Timestamp)> {
        fn ends<T>(rows: &[T], ts: impl Fn(&T) -> Timestamp) -> Option<(Timestamp, Timestamp)> {
            Some((ts(rows.first()?), ts(rows.last()?)))
        }
        match self {
            Self::Bars(rows) => ends(rows.view().ts_ns, |ns| Timestamp::from_nanos(*ns)),
            Self::Trades(rows) => ends(rows, |row| row.ts_venue),
            Self::Quotes(rows) => ends(rows, |row| row.ts_venue),
            Self::Funding(rows) => ends(rows, |row| row.ts),
        }
    }
}

/// A row that was refused.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// Its line in a text file, its number in any other; from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
    /// What it says.
    pub raw: String,
}

impl Parsed {
    /// What was found; nothing has been written yet.
    pub const fn summary(&self) -> &ImportSummary {
        &self.summary
    }
}

pub(super) fn parse(
    file: &str,
    content: Bytes,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Parsed, ImportError> {
    let hash = hex(&Sha256::digest(&content))[..8].to_owned();
    let gzipped = content.starts_with(&[0x1f, 0x8b]);
    let content = if gzipped { Bytes::from(unpack(file, &content, options)?) } else { content };
    let source = Source::open(file, &content, options)?;
    let mut report = |done: u64, total: u64| progress(Progress { stage: Stage::Parsing, done, total });
    report(0, content.len() as u64);
    let parsed = Parser { file, source: &source, options, hash, gzipped }.parse(&mut report)?;
    report(content.len() as u64, content.len() as u64);
    Ok(parsed)
}

pub(super) fn unpack(file: &str, packed: &[u8], options: &ImportOptions) -> Result<Vec<u8>, ImportError> {
    let mut content = Vec::with_capacity(packed.len().saturating_mul(4).min(1 << 28));
    // One byte past the limit tells that there is more.
    let limit = options.unpacked_max.saturating_add(1);
    MultiGzDecoder::new(packed).take(limit).read_to_end(&mut content).map_err(|error| ImportError::Format {
        file: file.to_owned(),
        found: format!("a gzip file that is damaged or cut short ({error})"),
    })?;
    if content.len() as u64 > options.unpacked_max {
        return Err(ImportError::TooLarge { file: file.to_owned(), max: options.unpacked_max });
    }
    Ok(content)
}

/// A table of any format.
enum Source<'a> {
    Csv(CsvTable<'a>),
    Json(JsonTable),
    Parquet(ParquetTable),
}

impl<'a> Source<'a> {
    fn open(file: &str, content: &'a Bytes, options: &ImportOptions) -> Result<Self, ImportError> {
        let format = |found: String| ImportError::Format { file: file.to_owned(), found };
        if super::parquet::is_parquet(content) {
            let table = ParquetTable::open(content.clone())
                .map_err(|source| ImportError::Parquet { file: file.to_owned(), source })?;
            // A few bytes may stand for billions of equal values.
            let unpacked = table.rows().saturating_mul(8 * table.names.len() as u64);
            if unpacked > options.unpacked_max {
                return Err(ImportError::TooLarge { file: file.to_owned(), max: options.unpacked_max });
            }
            return Ok(Self::Parquet(table));
        }
        if content.starts_with(b"PK\x03\x04") {
            return Err(format("a zip archive; unpack it first".to_owned()));
        }
        if content.starts_with(&[0xff, 0xfe]) || content.starts_with(&[0xfe, 0xff]) {
            return Err(format("text in UTF-16; save it as UTF-8".to_owned()));
        }
        let text = content.strip_prefix(b"\xef\xbb\xbf".as_slice()).unwrap_or(content);
        if text[..text.len().min(4096)].contains(&0) {
            return Err(format("not text".to_owned()));
        }
        if matches!(text.trim_ascii_start().first(), Some(b'{' | b'[')) {
            return JsonTable::open(text).map(Self::Json).map_err(|why| match why {
                NoRows::Syntax(source) => ImportError::Json { file: file.to_owned(), source },
                NoRows::Shape(found) => ImportError::NotMarketData { file: file.to_owned(), found },
            });
        }
        CsvTable::open(text, options).map(Self::Csv).map_err(|why| {
            if why.0 == "empty" {
                format("empty".to_owned())
            } else {
                ImportError::NotMarketData { file: file.to_owned(), found: why.0 }
            }
        })
    }

    fn format(&self) -> FileFormat {
        match self {
            Self::Csv(_) => FileFormat::Csv,
            Self::Json(_) => FileFormat::Json,
            Self::Parquet(_) => FileFormat::Parquet,
        }
    }

    fn names(&self) -> Option<&[String]> {
        match self {
            Self::Csv(table) => table.names.as_deref(),
            Self::Json(table) => table.names.as_deref(),
            Self::Parquet(table) => Some(&table.names),
        }
    }

    fn width(&self) -> usize {
        match self {
            Self::Csv(table) => table.width,
            Self::Json(table) => table.width,
            Self::Parquet(table) => table.names.len(),
        }
    }

    /// What progress counts while the table is walked.
    fn total(&self) -> u64 {
        match self {
            Self::Csv(table) => table.bytes(),
            // These count rows, and say how many there are.
            Self::Json(_) | Self::Parquet(_) => 0,
        }
    }

    fn walk(
        &self,
        file: &str,
        visit: &mut Visit<'_>,
        progress: &mut dyn FnMut(u64, u64),
        total: u64,
    ) -> Result<(), ImportError> {
        match self {
            Self::Csv(table) => table.walk(visit, &mut |done| progress(done, total)),
            Self::Json(table) => table.walk(visit, progress),
            Self::Parquet(table) => {
                table.walk(visit, progress).map_err(|source| ImportError::Parquet { file: file.to_owned(), source })?;
            }
        }
        Ok(())
    }

    /// Fills in what refused rows say. Read again from the source, so that good rows need not remember it.
    fn fill_raw(&self, file: &str, faults: &mut [Fault]) -> Result<(), ImportError> {
        if faults.is_empty() {
            return Ok(());
        }
        let mut missing: HashMap<u64, Vec<usize>> = HashMap::new();
        for (index, fault) in faults.iter().enumerate() {
            missing.entry(fault.line).or_default().push(index);
        }
        let mut fill = |number: u64, raw: &str| {
            for index in missing.get(&number).into_iter().flatten() {
                raw.clone_into(&mut faults[*index].raw);
            }
        };
        match self {
            Self::Csv(table) => table.raw(&|number| missing.contains_key(&number), &mut fill),
            Self::Json(table) => table.raw(&|number| missing.contains_key(&number), &mut fill),
            Self::Parquet(_) => {
                let visit = &mut |number: u64, row: Result<&[Cell<'_>], String>| {
                    if missing.contains_key(&number) {
                        let cells = row.unwrap_or_default();
                        fill(number, &cells.iter().map(ToString::to_string).collect::<Vec<_>>().join(","));
                    }
                    ControlFlow::Continue(())
                };
                self.walk(file, visit, &mut |_, _| {}, 0)?;
            }
        }
        Ok(())
    }
}

struct Parser<'a> {
    file: &'a str,
    source: &'a Source<'a>,
    options: &'a ImportOptions,
    hash: String,
    gzipped: bool,
}

/// What all rows of a file gave, by symbol.
struct Collected<T> {
    rows: BTreeMap<Symbol, Vec<(u64, T)>>,
    read: u64,
    left_out: u64,
    faults: Vec<Fault>,
}

impl Parser<'_> {
    fn parse(self, progress: &mut dyn FnMut(u64, u64)) -> Result<Parsed, ImportError> {
        let sample = self.sample()?;
        let sample: Vec<Vec<Cell<'_>>> = sample.iter().map(|row| row.iter().map(Owned::cell).collect()).collect();
        let head = Head { file: self.file, names: self.source.names(), width: self.source.width(), sample: &sample };
        let layout = Layout::decide(&head, self.options)?;
        if sample.is_empty() {
            return Err(self.nothing_usable(0, &[]));
        }
        let time = layout.time_reader(&head, self.options)?;
        let local = layout.local_reader(&head);
        let view = View { layout: &layout, time, local };
        match layout.kind {
            Kind::Bars => self.finish::<Bar>(&view, progress),
            Kind::Trades => self.finish::<Trade>(&view, progress),
            Kind::Quotes => self.finish::<Quote>(&view, progress),
            Kind::Funding => self.finish::<Funding>(&view, progress),
        }
    }

    /// The first rows that have the right number of cells.
    fn sample(&self) -> Result<Vec<Vec<Owned>>, ImportError> {
        let mut sample = Vec::new();
        let visit = &mut |_: u64, row: Result<&[Cell<'_>], String>| {
            if let Ok(cells) = row {
                sample.push(cells.iter().map(|cell| Owned::of(*cell)).collect());
            }
            if sample.len() == SAMPLE_ROWS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        self.source.walk(self.file, visit, &mut |_, _| {}, 0)?;
        Ok(sample)
    }

    fn finish<T: IntoRows>(&self, view: &View<'_>, progress: &mut dyn FnMut(u64, u64)) -> Result<Parsed, ImportError> {
        let name = FileName::read(self.file.rsplit(['/', '\\']).next().unwrap_or(self.file));
        let Collected { rows, read, left_out, mut faults } = self.collect::<T>(view, &name, progress)?;
        let mut notes = view.layout.notes.clone();
        if let Source::Csv(table) = self.source
            && table.preamble > 0
        {
            notes.push(format!("{} lines before the table were passed over", table.preamble));
        }
        if left_out > 0 {
            notes.push(format!("{left_out} rows of other symbols were left out"));
        }
        let mut duplicates = 0;
        let mut arranged = Vec::new();
        for (symbol, rows) in rows {
            let found = arrange(rows);
            duplicates += found.duplicates;
            let fault = |(line, reason)| Fault { line, reason, raw: String::new() };
            faults.extend(found.faults.into_iter().map(fault));
            if found.reversed {
                notes.push(format!("{symbol} was written last row first, and is reversed"));
            }
            if !found.rows.is_empty() {
                arranged.push((symbol, T::into_rows(found.rows)));
            }
        }
        faults.sort_by_key(|fault| fault.line);
        if arranged.is_empty() {
            return Err(self.nothing_usable(read, &faults));
        }
        self.source.fill_raw(self.file, &mut faults)?;
        let timeframe = if T::KIND == Kind::Bars { Some(self.timeframe(&name, &arranged)?) } else { None };
        let venue = self.options.venue.clone().or(name.venue);
        let venue = match venue {
            Some(venue) => venue,
            None => VENUE.parse::<Venue>().map_err(|_| ImportError::NoSymbol(self.file.to_owned()))?,
        };
        let series: Vec<ParsedSeries> = arranged
            .into_iter()
            .map(|(symbol, rows)| {
                let instrument = Instrument { venue: venue.clone(), symbol };
                ParsedSeries { series: Series { timeframe, ..Series::ticks(T::KIND, &instrument) }, rows }
            })
            .collect();
        let mut ignored_columns = view.layout.ignored.clone();
        if let Source::Parquet(table) = self.source {
            ignored_columns.extend(table.nested.iter().cloned());
        }
        let summary = ImportSummary {
            file: self.file.to_owned(),
            format: self.source.format(),
            gzipped: self.gzipped,
            kind: T::KIND,
            rows: read,
            kept: series.iter().map(|series| series.rows.len() as u64).sum(),
            quarantined: faults.len() as u64,
            duplicates,
            left_out,
            columns: view.layout.used.clone(),
            ignored_columns,
            time_unit: view.time.describe(),
            notes,
            series: series.iter().filter_map(summarise).collect(),
            quarantine: None,
            replaced: None,
        };
        Ok(Parsed { series, faults, summary, hash: self.hash.clone() })
    }

    fn collect<T: ImportRow>(
        &self,
        view: &View<'_>,
        name: &FileName,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Collected<T>, ImportError> {
        let mut buckets: Vec<(Symbol, Vec<(u64, T)>)> = Vec::new();
        let mut by_text: HashMap<Vec<u8>, usize> = HashMap::new();
        let symbol_column = view.layout.column(Field::Symbol);
        let of_file = self.file_symbol(name);
        if symbol_column.is_none() {
            let symbol = of_file.clone().ok_or_else(|| ImportError::NoSymbol(self.file.to_owned()))?;
            buckets.push((symbol, Vec::new()));
        }
        let (mut read, mut faults) = (0, Vec::new());
        // The bucket of the row before: most files have long stretches of one symbol.
        let mut last: (Vec<u8>, usize) = (Vec::new(), usize::MAX);
        let visit = &mut |number: u64, row: Result<&[Cell<'_>], String>| {
            read += 1;
            let result = row.and_then(|cells| {
                let row = RowView { cells, layout: view.layout, time: view.time, local: view.local };
                let value = T::from_row(&row)?;
                let bucket = match symbol_column.and_then(|at| cells.get(at)) {
                    None => 0,
                    Some(Cell::Text(text)) if last.1 != usize::MAX && *text == last.0.as_slice() => last.1,
                    Some(cell) => {
                        let text = cell.to_string();
                        let bucket = match by_text.get(text.as_bytes()) {
                            Some(bucket) => *bucket,
                            None => {
                                let symbol: Symbol = text.parse().map_err(|error| format!("{error}"))?;
                                let known = buckets.iter().position(|(other, _)| *other == symbol);
                                let bucket = known.unwrap_or_else(|| {
                                    buckets.push((symbol, Vec::new()));
                                    buckets.len() - 1
                                });
                                by_text.insert(text.clone().into_bytes(), bucket);
                                bucket
                            }
                        };
                        last = (text.into_bytes(), bucket);
                        bucket
                    }
                };
                buckets[bucket].1.push((number, value));
                Ok(())
            });
            if let Err(reason) = result {
                faults.push(Fault { line: number, reason, raw: String::new() });
            }
            ControlFlow::Continue(())
        };
        self.source.walk(self.file, visit, progress, self.source.total())?;
        let mut left_out = 0;
        if let Some(wanted) = &self.options.symbol
            && symbol_column.is_some()
        {
            if let [(symbol, _)] = buckets.as_mut_slice() {
                *symbol = wanted.clone();
            } else {
                let is_wanted = |bucket: &(Symbol, Vec<(u64, T)>)| bucket.0 == *wanted;
                left_out = buckets.iter().filter(|bucket| !is_wanted(bucket)).map(|bucket| bucket.1.len() as u64).sum();
                buckets.retain(is_wanted);
                if buckets.is_empty() {
                    return Err(ImportError::NoSuchSymbol { file: self.file.to_owned(), symbol: wanted.clone() });
                }
            }
        }
        Ok(Collected { rows: buckets.into_iter().collect(), read, left_out, faults })
    }

    /// The one symbol of a file without a symbol column.
    fn file_symbol(&self, name: &FileName) -> Option<Symbol> {
        let of_envelope = match self.source {
            Source::Json(table) => table.symbol.as_deref().and_then(|symbol| symbol.parse().ok()),
            _ => None,
        };
        self.options.symbol.clone().or(of_envelope).or_else(|| name.symbol.clone())
    }

    fn timeframe(&self, name: &FileName, series: &[(Symbol, Rows)]) -> Result<Timeframe, ImportError> {
        let mut spacing = Spacing::default();
        for (_, rows) in series {
            if let Rows::Bars(bars) = rows {
                spacing.add(bars);
            }
        }
        let Some(said) = self.options.timeframe.or(name.timeframe) else {
            return spacing.timeframe().ok_or_else(|| ImportError::NoTimeframe(self.file.to_owned()));
        };
        // A tenth of slack: months, and days on which clocks change, are shorter than their nominal length.
        if !spacing.is_mostly_below(said.nanos() / 10 * 9) {
            return Ok(said);
        }
        let shown = spacing.timeframe().map(|timeframe| timeframe.to_string());
        let shown = shown.unwrap_or_else(|| format!("{} ns", spacing.commonest().unwrap_or_default()));
        Err(ImportError::TimeframeTooLong { file: self.file.to_owned(), timeframe: said, spacing: shown })
    }

    fn nothing_usable(&self, rows: u64, faults: &[Fault]) -> ImportError {
        let example = faults.first().map(|fault| format!(", the first (line {}) because {}", fault.line, fault.reason));
        ImportError::NothingUsable { file: self.file.to_owned(), rows, example: example.unwrap_or_default() }
    }
}

/// How rows of this file are to be read.
struct View<'a> {
    layout: &'a Layout,
    time: super::time::TimeReader,
    local: Option<super::time::TimeReader>,
}

/// A cell of the sample, which outlives the walk that found it.
enum Owned {
    Text(Vec<u8>),
    Other(Cell<'static>),
}

impl Owned {
    fn of(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Text(bytes) => Self::Text(bytes.to_vec()),
            Cell::Null => Self::Other(Cell::Null),
            Cell::Int(value) => Self::Other(Cell::Int(value)),
            Cell::Float(value) => Self::Other(Cell::Float(value)),
            Cell::Bool(value) => Self::Other(Cell::Bool(value)),
            Cell::Time(value) => Self::Other(Cell::Time(value)),
        }
    }

    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Text(bytes) => Cell::Text(bytes),
            Self::Other(cell) => *cell,
        }
    }
}

/// Arranged rows as a column of their kind.
trait IntoRows: ImportRow {
    fn into_rows(rows: Vec<Self>) -> Rows;
}

impl IntoRows for Bar {
    fn into_rows(rows: Vec<Self>) -> Rows {
        Rows::Bars(
            Bars::from_bars(rows).expect("rows were checked one by one, and arranged in order without repetition"),
        )
    }
}

impl IntoRows for Trade {
    fn into_rows(rows: Vec<Self>) -> Rows {
        Rows::Trades(rows)
    }
}

impl IntoRows for Quote {
    fn into_rows(rows: Vec<Self>) -> Rows {
        Rows::Quotes(rows)
    }
}

impl IntoRows for Funding {
    fn into_rows(rows: Vec<Self>) -> Rows {
        Rows::Funding(rows)
    }
}

fn summarise(series: &ParsedSeries) -> Option<SeriesSummary> {
    let (first, last) = series.rows.range()?;
    let gaps = match (&series.rows, series.series.key()) {
        (Rows::Bars(bars), Some(key)) => gaps(&key, bars),
        _ => vec![],
    };
    Some(SeriesSummary {
        series: series.series.clone(),
        rows: series.rows.len() as u64,
        first,
        last,
        gaps: gaps.len() as u64,
        missing: gaps.iter().map(|gap| gap.missing).sum(),
        longest_gap: gaps.iter().copied().max_by_key(|gap| gap.missing),
        merge: None,
    })
}

fn gaps(key: &SeriesKey, bars: &Bars) -> Vec<Gap> {
    let ts = |ns: i64| Timestamp::from_nanos(ns);
    bars.view().ts_ns.windows(2).filter_map(|pair| gap(key, ts(pair[0]), ts(pair[1]))).collect()
}
