//! Tables as CSV or Parquet, a part at a time.
//!
//! What comes in: a table with a filter. What goes out: bytes in parts of some thousand rows, oldest row first, each read on its own,
//! so that a slow receiver holds up nobody. Floats are written with as many digits as bring back the same 64 bits, times as RFC 3339
//! in CSV and `TIMESTAMP(NANOS, UTC)` in Parquet; exact amounts are their decimal text in CSV and doubles in Parquet. What is unknown is
//! empty or null.
//!
//! Spreadsheets take text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula: in CSV such text has an
//! apostrophe before it.

mod columns;

use std::io::{self, Write};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use mem_types::Timestamp;
use parquet::errors::ParquetError;
use rusqlite::Row;
use rusqlite::types::{Value, ValueRef};

use super::error::RecordsError;
use super::filters::{AlertFilter, DecisionFilter, FillFilter, LedgerFilter, OrderFilter};
use super::logs::LogFilter;
use super::memories::MemoryFilter;
use super::metrics::MetricFilter;
use super::round_trips::RoundTripFilter;
use super::signals::SignalFilter;
use super::{Records, time_text};
use crate::parquet_columns::{ColumnsWriter, Field, FieldKind};
use crate::table::Column;
use columns::{Kind, Layout};

/// Rows that are read at once, and a row group of Parquet.
const PART: usize = 8_192;

/// What is exported; limits, offsets and orders of filters do not count.
#[derive(Debug, Clone, PartialEq)]
pub enum Export {
    /// Finished round trips.
    Trades(RoundTripFilter),
    /// Fills.
    Fills(FillFilter),
    /// Orders.
    Orders(OrderFilter),
    /// Signals.
    Signals(SignalFilter),
    /// Memories.
    Memories(MemoryFilter),
    /// Metrics.
    Metrics(MetricFilter),
    /// Log lines.
    Logs(LogFilter),
    /// Decisions.
    Decisions(DecisionFilter),
    /// Alerts.
    Alerts(AlertFilter),
    /// Postings of the ledger with their entries.
    Ledger(LedgerFilter),
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma-separated values with a header.
    Csv,
    /// Apache Parquet.
    Parquet,
}

impl FromStr for ExportFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "csv" => Ok(Self::Csv),
            "parquet" => Ok(Self::Parquet),
            _ => Err("csv or parquet"),
        }
    }
}

impl Records {
    /// The rows of a table in that format, part by part.
    pub fn export(&self, what: Export, format: ExportFormat) -> ExportStream {
        ExportStream { records: self.clone(), what, format, last: Vec::new(), state: State::Begins }
    }
}

/// Bytes of an export, part by part; after an error it is over.
#[derive(Debug)]
pub struct ExportStream {
    records: Records,
    what: Export,
    format: ExportFormat,
    /// The keys of the last row that was read.
    last: Vec<Value>,
    state: State,
}

enum State {
    Begins,
    Csv,
    Parquet(Box<ColumnsWriter<Written>>, Written),
    Over,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Begins => "Begins",
            Self::Csv => "Csv",
            Self::Parquet(..) => "Parquet",
            Self::Over => "Over",
        })
    }
}

impl Iterator for ExportStream {
    type Item = Result<Vec<u8>, RecordsError>;

    fn next(&mut self) -> Option<Self::Item> {
        let state = std::mem::replace(&mut self.state, State::Over);
        let part = match state {
            State::Over => return None,
            State::Begins => self.begin(),
            State::Csv => self.csv_part(Vec::new()),
            State::Parquet(writer, written) => self.parquet_part(writer, written),
        };
        Some(part)
    }
}

impl ExportStream {
    fn begin(&mut self) -> Result<Vec<u8>, RecordsError> {
        let layout = self.what.layout();
        match self.format {
            ExportFormat::Csv => {
                let mut header = layout.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(",");
                header.push('\n');
                self.csv_part(header.into_bytes())
            }
            ExportFormat::Parquet => {
                let fields: Vec<Field> =
                    layout.columns.iter().map(|column| Field::optional(column.name, column.kind.field())).collect();
                let written = Written::default();
                let writer = ColumnsWriter::new(written.clone(), &fields).map_err(parquet_failed)?;
                self.parquet_part(Box::new(writer), written)
            }
        }
    }

    fn csv_part(&mut self, mut bytes: Vec<u8>) -> Result<Vec<u8>, RecordsError> {
        let layout = self.what.layout();
        let mut cell = String::new();
        let mut writer = csv::Writer::from_writer(&mut bytes);
        let rows = self.read(&layout, |row, first| {
            for (index, column) in layout.columns.iter().enumerate() {
                cell.clear();
                write_cell(&mut cell, column.kind, row.get_ref(first + index)?);
                writer.write_field(&cell).map_err(csv_failed)?;
            }
            writer.write_record(None::<&[u8]>).map_err(csv_failed)
        })?;
        writer.flush().map_err(|error| csv_failed(error.into()))?;
        drop(writer);
        self.state = if rows == PART { State::Csv } else { State::Over };
        Ok(bytes)
    }

    fn parquet_part(
        &mut self,
        mut writer: Box<ColumnsWriter<Written>>,
        written: Written,
    ) -> Result<Vec<u8>, RecordsError> {
        let layout = self.what.layout();
        let mut columns: Vec<Column> = layout.columns.iter().map(|column| column.kind.column()).collect();
        let rows = self.read(&layout, |row, first| {
            for (index, column) in columns.iter_mut().enumerate() {
                push(column, row.get_ref(first + index)?);
            }
            Ok(())
        })?;
        if rows > 0 {
            let chunks: Vec<_> = columns.iter().map(|column| column.chunk(0, rows)).collect();
            writer.write_group(&chunks).map_err(parquet_failed)?;
        }
        if rows == PART {
            let bytes = written.take();
            self.state = State::Parquet(writer, written);
            return Ok(bytes);
        }
        writer.finish().map_err(parquet_failed)?;
        Ok(written.take())
    }

    /// Reads the next part; gives how many rows it has. `take` is told where the columns of the layout begin.
    fn read(
        &mut self,
        layout: &Layout,
        mut take: impl FnMut(&Row<'_>, usize) -> Result<(), RecordsError>,
    ) -> Result<usize, RecordsError> {
        let keys = layout.keys.split(", ").count();
        let mut rows = 0;
        let mut last = Vec::new();
        let (before, what) = (&self.last, &self.what);
        self.records.read(|tx| {
            what.query().each_after(tx, (layout.keys, before), &layout.sql(), PART, |row| {
                rows += 1;
                if rows == PART {
                    last = (0..keys).map(|key| row.get(key)).collect::<Result<_, _>>()?;
                }
                take(row, keys)
            })
        })?;
        self.last = last;
        Ok(rows)
    }
}

/// A place that Parquet writes to and bytes are taken from.
#[derive(Debug, Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// An instant as it is stored; `None` for what is none, which other programs may have written.
fn time(value: ValueRef<'_>) -> Option<Timestamp> {
    value.as_str().ok().and_then(time_text::read)
}

fn write_cell(cell: &mut String, kind: Kind, value: ValueRef<'_>) {
    use std::fmt::Write;
    let said = match (kind, value) {
        (_, ValueRef::Null) => Ok(()),
        (Kind::Time, value) => match (time(value), value) {
            (Some(at), _) => write!(cell, "{at}"),
            (None, ValueRef::Text(bytes)) => safe(cell, &text(bytes)),
            (None, _) => Ok(()),
        },
        (_, ValueRef::Integer(number)) => write!(cell, "{number}"),
        (_, ValueRef::Real(number)) if number.is_finite() => write!(cell, "{number:?}"),
        (_, ValueRef::Real(_)) => Ok(()),
        // A number in decimal text is no formula, whatever its sign.
        (Kind::Amount, ValueRef::Text(bytes)) if text(bytes).parse::<f64>().is_ok() => cell.write_str(&text(bytes)),
        (_, ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => safe(cell, &text(bytes)),
    };
    // Writing to a string never fails.
    debug_assert!(said.is_ok());
}

/// Text that no spreadsheet takes for a formula.
fn safe(cell: &mut String, text: &str) -> std::fmt::Result {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        cell.push('\'');
    }
    cell.push_str(text);
    Ok(())
}

fn push(column: &mut Column, value: ValueRef<'_>) {
    match column {
        Column::Int(values) => values.push(value.as_i64().ok()),
        Column::Float(values) => values.push(match value {
            ValueRef::Real(number) => Some(number),
            ValueRef::Integer(number) => Some(number as f64),
            ValueRef::Text(bytes) => text(bytes).parse().ok(),
            ValueRef::Null | ValueRef::Blob(_) => None,
        }),
        Column::Text(values) => values.push(match value {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(text(bytes).into_owned()),
            ValueRef::Integer(number) => Some(number.to_string()),
            ValueRef::Real(number) => Some(number.to_string()),
            ValueRef::Null => None,
        }),
        Column::Time(values) => values.push(time(value)),
    }
}

impl Kind {
    const fn field(self) -> FieldKind {
        match self {
            Self::Int => FieldKind::Int,
            Self::Float | Self::Amount => FieldKind::Float,
            Self::Text => FieldKind::Text,
            Self::Time => FieldKind::Time,
        }
    }

    fn column(self) -> Column {
        match self {
            Self::Int => Column::Int(Vec::with_capacity(PART)),
            Self::Float | Self::Amount => Column::Float(Vec::with_capacity(PART)),
            Self::Text => Column::Text(Vec::with_capacity(PART)),
            Self::Time => Column::Time(Vec::with_capacity(PART)),
        }
    }
}

fn csv_failed(error: csv::Error) -> RecordsError {
    RecordsError::Export { source: Box::new(error) }
}

fn parquet_failed(error: ParquetError) -> RecordsError {
    RecordsError::Export { source: Box::new(error) }
}
