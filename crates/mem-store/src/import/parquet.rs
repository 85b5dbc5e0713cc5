//! Parquet tables of any writer, as far as their columns are flat.
//!
//! Whole numbers, floats, decimals, text, booleans, dates and timestamps of any unit are read; nested columns are
//! passed over. A timestamp without a zone is UTC.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit as ParquetUnit};
use parquet::column::reader::{ColumnReader, get_typed_column_reader};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type, Int64Type,
    Int96Type,
};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::cell::{Cell, Visit};
use crate::parquet_columns::guarded;

/// Rows decoded at a time.
const BATCH: usize = 16 * 1024;

/// A Parquet file.
pub(super) struct ParquetTable {
    reader: Box<dyn FileReader>,
    /// The flat columns: position in the file, and meaning.
    columns: Vec<(usize, Meaning)>,
    pub(super) names: Vec<String>,
    /// Columns that are passed over.
    pub(super) nested: Vec<String>,
}

/// What the values of a column stand for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Meaning {
    Plain,
    /// Times since the Unix epoch, in units of so many nanoseconds.
    Time(i64),
    /// Whole numbers, to be multiplied by this.
    Decimal(f64),
}

impl ParquetTable {
    pub(super) fn open<R: ChunkReader + 'static>(source: R) -> Result<Self, ParquetError> {
        guarded(|| {
            let reader = SerializedFileReader::new(source)?;
            let schema = reader.metadata().file_metadata().schema_descr_ptr();
            let (mut columns, mut names, mut nested) = (Vec::new(), Vec::new(), Vec::new());
            for (at, column) in schema.columns().iter().enumerate() {
                let name = column.path().string();
                if column.max_rep_level() == 0 && column.path().parts().len() == 1 {
                    columns.push((at, meaning(column)));
                    names.push(name);
                } else {
                    nested.push(name);
                }
            }
            Ok(Self { reader: Box::new(reader), columns, names, nested })
        })
    }

    /// How many rows the file says that it has.
    pub(super) fn rows(&self) -> u64 {
        let groups = self.reader.metadata().row_groups().iter();
        groups.map(|group| u64::try_from(group.num_rows()).unwrap_or_default()).fold(0, u64::saturating_add)
    }

    /// Hands out each row with its number from 1.
    pub(super) fn walk(&self, visit: &mut Visit<'_>, progress: &mut dyn FnMut(u64, u64)) -> Result<(), ParquetError> {
        let total = self.rows();
        let mut number = 0;
        for group in 0..self.reader.metadata().num_row_groups() {
            let mut columns = self.group(group)?;
            loop {
                let batches = columns
                    .iter_mut()
                    .zip(&self.columns)
                    .map(|(column, (_, meaning))| guarded(|| column.next_batch(*meaning)))
                    .collect::<Result<Vec<Batch>, _>>()?;
                let rows = batches.first().map_or(0, Batch::len);
                if batches.iter().any(|batch| batch.len() != rows) {
                    return Err(ParquetError::General("columns of one row group differ in length".into()));
                }
                if rows == 0 {
                    break;
                }
                let mut cells = Vec::with_capacity(batches.len());
                for row in 0..rows {
                    number += 1;
                    if number > total {
                        return Err(ParquetError::General(format!("more rows than the {total} that the file says")));
                    }
                    cells.clear();
                    cells.extend(batches.iter().map(|batch| batch.cell(row)));
                    if visit(number, Ok(&cells)).is_break() {
                        return Ok(());
                    }
                }
                progress(number, total);
            }
        }
        Ok(())
    }

    fn group(&self, index: usize) -> Result<Vec<Column>, ParquetError> {
        guarded(|| {
            let group = self.reader.get_row_group(index)?;
            let group: &dyn RowGroupReader = group.as_ref();
            self.columns
                .iter()
                .map(|(at, _)| {
                    let optional = group.metadata().column(*at).column_descr().max_def_level() > 0;
                    Ok(Column { reader: Some(group.get_column_reader(*at)?), optional })
                })
                .collect()
        })
    }
}

fn meaning(column: &ColumnDescriptor) -> Meaning {
    match column.logical_type_ref() {
        Some(LogicalType::Timestamp(timestamp)) => Meaning::Time(match timestamp.unit {
            ParquetUnit::MILLIS => 1_000_000,
            ParquetUnit::MICROS => 1_000,
            ParquetUnit::NANOS => 1,
        }),
        Some(LogicalType::Date) => Meaning::Time(mem_types::time::NANOS_PER_DAY),
        Some(LogicalType::Decimal(decimal)) => Meaning::Decimal(10_f64.powi(-decimal.scale)),
        Some(_) => Meaning::Plain,
        None => match column.converted_type() {
            ConvertedType::TIMESTAMP_MILLIS => Meaning::Time(1_000_000),
            ConvertedType::TIMESTAMP_MICROS => Meaning::Time(1_000),
            ConvertedType::DATE => Meaning::Time(mem_types::time::NANOS_PER_DAY),
            ConvertedType::DECIMAL => Meaning::Decimal(10_f64.powi(-column.type_scale())),
            _ => Meaning::Plain,
        },
    }
}

struct Column {
    /// Taken out while a batch is read, and put back.
    reader: Option<ColumnReader>,
    optional: bool,
}

/// Some rows of one column.
enum Batch {
    Values(Vec<Value>),
    Texts(Vec<Option<ByteArray>>),
}

/// A value that is no text.
#[derive(Clone, Copy)]
enum Value {
    Null,
    Int(i64),
    Float(f64),
    Bool(bool),
    Time(i64),
    /// A time outside 1677 to 2262.
    Unreadable,
}

impl Batch {
    fn len(&self) -> usize {
        match self {
            Self::Values(values) => values.len(),
            Self::Texts(values) => values.len(),
        }
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Values(values) => match values[row] {
                Value::Null => Cell::Null,
                Value::Int(value) => Cell::Int(value),
                Value::Float(value) => Cell::Float(value),
                Value::Bool(value) => Cell::Bool(value),
                Value::Time(ns) => Cell::Time(ns),
                Value::Unreadable => Cell::Text(b"(out of range)"),
            },
            Self::Texts(values) => values[row].as_ref().map_or(Cell::Null, |text| Cell::Text(text.data())),
        }
    }
}

impl Column {
    fn next_batch(&mut self, meaning: Meaning) -> Result<Batch, ParquetError> {
        let Some(reader) = self.reader.take() else { return Ok(Batch::Values(vec![])) };
        let optional = self.optional;
        let number = |value: i64| match meaning {
            Meaning::Plain => Value::Int(value),
            Meaning::Time(unit) => value.checked_mul(unit).map_or(Value::Unreadable, Value::Time),
            Meaning::Decimal(factor) => Value::Float(value as f64 * factor),
        };
        let decimal = |bytes: &[u8]| match meaning {
            Meaning::Decimal(factor) => Value::Float(big_endian(bytes) * factor),
            _ => Value::Unreadable,
        };
        macro_rules! values {
            ($type:ty, $variant:ident, $reader:expr, $convert:expr) => {{
                let mut reader = get_typed_column_reader::<$type>(ColumnReader::$variant($reader));
                let values = read::<$type, _>(&mut reader, optional, Value::Null, $convert)?;
                (Batch::Values(values), ColumnReader::$variant(reader))
            }};
        }
        let (batch, reader) = match reader {
            ColumnReader::BoolColumnReader(r) => values!(BoolType, BoolColumnReader, r, Value::Bool),
            ColumnReader::Int32ColumnReader(r) => {
                values!(Int32Type, Int32ColumnReader, r, |value| number(i64::from(value)))
            }
            ColumnReader::Int64ColumnReader(r) => values!(Int64Type, Int64ColumnReader, r, number),
            ColumnReader::Int96ColumnReader(r) => values!(Int96Type, Int96ColumnReader, r, |value| {
                // Two words of nanoseconds within the day, then one of Julian days; 2,440,588 is 1970-01-01.
                let [low, high, day] = value.data() else { return Value::Unreadable };
                let nanos = (i64::from(*high) << 32) | i64::from(*low);
                (i64::from(*day) - 2_440_588)
                    .checked_mul(mem_types::time::NANOS_PER_DAY)
                    .and_then(|midnight| midnight.checked_add(nanos))
                    .map_or(Value::Unreadable, Value::Time)
            }),
            ColumnReader::FloatColumnReader(r) => {
                values!(FloatType, FloatColumnReader, r, |value| Value::Float(f64::from(value)))
            }
            ColumnReader::DoubleColumnReader(r) => values!(DoubleType, DoubleColumnReader, r, Value::Float),
            ColumnReader::FixedLenByteArrayColumnReader(r) => {
                values!(FixedLenByteArrayType, FixedLenByteArrayColumnReader, r, |value| decimal(value.data()))
            }
            ColumnReader::ByteArrayColumnReader(r) => {
                let mut reader = get_typed_column_reader::<ByteArrayType>(ColumnReader::ByteArrayColumnReader(r));
                let batch = if matches!(meaning, Meaning::Decimal(_)) {
                    let values = read::<ByteArrayType, _>(&mut reader, optional, Value::Null, |v| decimal(v.data()))?;
                    Batch::Values(values)
                } else {
                    Batch::Texts(read::<ByteArrayType, _>(&mut reader, optional, None, Some)?)
                };
                (batch, ColumnReader::ByteArrayColumnReader(reader))
            }
        };
        self.reader = Some(reader);
        Ok(batch)
    }
}

fn read<T: DataType, V: Clone>(
    reader: &mut parquet::column::reader::ColumnReaderImpl<T>,
    optional: bool,
    absent: V,
    convert: impl Fn(T::T) -> V,
) -> Result<Vec<V>, ParquetError> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    let (rows, _, _) = reader.read_records(BATCH, optional.then_some(&mut levels), None, &mut values)?;
    if !optional {
        return Ok(values.into_iter().map(convert).collect());
    }
    let mut values = values.into_iter();
    let at =
        |level: &i16| if *level > 0 { values.next().map_or_else(|| absent.clone(), &convert) } else { absent.clone() };
    Ok(levels.iter().take(rows).map(at).collect())
}

/// A two's complement number of any length, most significant byte first.
fn big_endian(bytes: &[u8]) -> f64 {
    let mut value = 0.0;
    for byte in bytes {
        value = value * 256.0 + f64::from(*byte);
    }
    let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    if negative { value - 256_f64.powi(i32::try_from(bytes.len()).unwrap_or(i32::MAX)) } else { value }
}

/// Whether bytes begin as a Parquet file does.
pub(super) fn is_parquet(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PAR1")
}
