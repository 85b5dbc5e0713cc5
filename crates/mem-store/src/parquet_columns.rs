//! Flat columns to Parquet and back, without Arrow.
//!
//! What comes in: a description of the columns and their values, one row group at a time. What goes out: a Parquet file
//! whose times are `TIMESTAMP(NANOS, UTC)`, so that pandas, Polars and DuckDB show instants, and in which unknown
//! values are null, never NaN. The same values always give the same bytes. A damaged file is an error, never a panic.
//!
//! # Encoding
//!
//! Times and ids are `DELTA_BINARY_PACKED` (evenly spaced times take next to nothing), floats `PLAIN`, all Snappy.
//! Chosen by measuring `benches/catalog.rs`, one million one-minute bars, one core, file cache warm:
//!
//! | times, floats, codec | read, M bars/s | write, M bars/s | bytes a bar |
//! | --- | --- | --- | --- |
//! | plain, plain, none | 22.0 | 11.9 | 48.0 |
//! | delta, plain, none | 17.8 | 13.9 | 40.1 |
//! | **delta, plain, snappy** | **15.0** | **8.0** | **25.1** |
//! | delta, byte-stream-split, snappy | 14.1 | 7.8 | 24.6 |
//! | delta, dictionary, snappy | 10.4 | 3.1 | 23.9 |
//! | delta, plain, zstd 1 | 12.3 | 6.6 | 18.2 |
//! | delta, byte-stream-split, zstd 1 | 9.0 | 5.7 | 18.2 |
//! | plain, plain, zstd 1 | 7.0 | 4.9 | 24.8 |
//!
//! Plain Snappy halves the size for a third of the reading speed and keeps a margin over 10 M bars/s.

use std::borrow::Cow;
use std::fs::File;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, LogicalType, Repetition, TimeUnit, Type as PhysicalType};
use parquet::column::reader::{ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::statistics::Statistics;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type};

/// Rows in a row group: small enough that a time range reads little more than it needs, large enough that a group's
/// own cost does not show.
pub(crate) const ROWS_PER_GROUP: usize = 128 * 1024;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldKind {
    Int,
    Float,
    Text,
    Time,
}

/// One column of a file.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: FieldKind,
    /// Whether there may be nulls.
    pub(crate) optional: bool,
}

impl Field {
    pub(crate) const fn required(name: &'static str, kind: FieldKind) -> Self {
        Self { name: Cow::Borrowed(name), kind, optional: false }
    }

    pub(crate) const fn optional(name: &'static str, kind: FieldKind) -> Self {
        Self { name: Cow::Borrowed(name), kind, optional: true }
    }
}

/// The values of one column in one row group: those that are there, and, for an optional column, where they are.
#[derive(Debug)]
pub(crate) enum Chunk<'a> {
    Ints(Cow<'a, [i64]>),
    Floats(Cow<'a, [f64]>),
    SomeInts { values: Vec<i64>, present: Vec<i16> },
    SomeFloats { values: Vec<f64>, present: Vec<i16> },
    SomeTexts { values: Vec<ByteArray>, present: Vec<i16> },
}

impl Chunk<'_> {
    pub(crate) fn some_ints(values: impl Iterator<Item = Option<i64>>) -> Self {
        let (values, present) = split(values);
        Self::SomeInts { values, present }
    }

    /// NaN counts as absent.
    pub(crate) fn some_floats(values: impl Iterator<Item = Option<f64>>) -> Self {
        let (values, present) = split(values.map(|value| value.filter(|value| !value.is_nan())));
        Self::SomeFloats { values, present }
    }

    pub(crate) fn some_texts<'t>(values: impl Iterator<Item = Option<&'t str>>) -> Self {
        let (values, present) = split(values.map(|value| value.map(ByteArray::from)));
        Self::SomeTexts { values, present }
    }
}

fn split<T>(values: impl Iterator<Item = Option<T>>) -> (Vec<T>, Vec<i16>) {
    let mut there = Vec::with_capacity(values.size_hint().0);
    let mut present = Vec::with_capacity(values.size_hint().0);
    for value in values {
        present.push(i16::from(value.is_some()));
        there.extend(value);
    }
    (there, present)
}

/// Writes a Parquet file row group by row group.
pub(crate) struct ColumnsWriter<W: Write + Send> {
    writer: SerializedFileWriter<W>,
}

impl<W: Write + Send> ColumnsWriter<W> {
    pub(crate) fn new(sink: W, fields: &[Field]) -> Result<Self, ParquetError> {
        let types = fields.iter().map(field_type).collect::<Result<Vec<_>, _>>()?;
        let schema = Type::group_type_builder("schema").with_fields(types).build()?;
        let writer = SerializedFileWriter::new(sink, Arc::new(schema), Arc::new(properties(fields)?))?;
        Ok(Self { writer })
    }

    /// Appends rows; `chunks` are in the order of the fields, of their kinds and of equal length.
    pub(crate) fn write_group(&mut self, chunks: &[Chunk<'_>]) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for chunk in chunks {
            let Some(mut column) = group.next_column()? else {
                return Err(ParquetError::General("more columns than the schema has".into()));
            };
            match chunk {
                Chunk::Ints(values) => column.typed::<Int64Type>().write_batch(values, None, None)?,
                Chunk::Floats(values) => column.typed::<DoubleType>().write_batch(values, None, None)?,
                Chunk::SomeInts { values, present } => {
                    column.typed::<Int64Type>().write_batch(values, Some(present), None)?
                }
                Chunk::SomeFloats { values, present } => {
                    column.typed::<DoubleType>().write_batch(values, Some(present), None)?
                }
                Chunk::SomeTexts { values, present } => {
                    column.typed::<ByteArrayType>().write_batch(values, Some(present), None)?
                }
            };
            column.close()?;
        }
        group.close()?;
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<(), ParquetError> {
        self.writer.close().map(|_| ())
    }
}

fn field_type(field: &Field) -> Result<Arc<Type>, ParquetError> {
    let (physical, logical) = match field.kind {
        FieldKind::Int => (PhysicalType::INT64, None),
        FieldKind::Float => (PhysicalType::DOUBLE, None),
        FieldKind::Text => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
        FieldKind::Time => (PhysicalType::INT64, Some(LogicalType::timestamp(true, TimeUnit::NANOS))),
    };
    let repetition = if field.optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    Type::primitive_type_builder(&field.name, physical)
        .with_logical_type(logical)
        .with_repetition(repetition)
        .build()
        .map(Arc::new)
}

fn properties(fields: &[Field]) -> Result<WriterProperties, ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("mem ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .set_dictionary_enabled(false);
    for field in fields {
        let path = ColumnPath::from(field.name.as_ref());
        properties = match field.kind {
            FieldKind::Int | FieldKind::Time => properties.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED),
            FieldKind::Float => properties.set_column_encoding(path, Encoding::PLAIN),
            FieldKind::Text => properties.set_column_dictionary_enabled(path, true),
        };
    }
    Ok(properties.build())
}

/// Runs Parquet decoding and turns a panic into an error.
///
/// The crate means to return errors for malformed files, yet decoders of a format with so many lengths and offsets
/// still index and assert in places; a damaged file must not take the process down. What `work` leaves behind is
/// dropped by the caller, which is why crossing the unwind border is sound.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(ParquetError::General("the file is damaged: decoding it failed midway".into())))
}

/// One row group: how many rows, and the range of the first column, which is the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) rows: usize,
    pub(crate) first_ns: i64,
    pub(crate) last_ns: i64,
}

/// Reads files that [`ColumnsWriter`] wrote with the same fields.
pub(crate) struct ColumnsReader {
    reader: SerializedFileReader<File>,
    /// The position in the file of each field.
    positions: Vec<usize>,
    optional: Vec<bool>,
}

impl ColumnsReader {
    /// Opens a file; the order of its columns does not matter, nor do further ones.
    pub(crate) fn open(path: &Path, fields: &[Field]) -> Result<Self, ParquetError> {
        let file = File::open(path)?;
        guarded(|| {
            let reader = SerializedFileReader::new(file)?;
            let schema = reader.metadata().file_metadata().schema_descr_ptr();
            let mut positions = Vec::with_capacity(fields.len());
            let mut optional = Vec::with_capacity(fields.len());
            for field in fields {
                let position = (0..schema.num_columns())
                    .find(|position| schema.column(*position).path().string() == field.name)
                    .ok_or_else(|| ParquetError::General(format!("column '{}' is missing", field.name)))?;
                let column = schema.column(position);
                let wanted = field_type(field)?;
                if column.physical_type() != wanted.get_physical_type()
                    || column.logical_type_ref() != wanted.get_basic_info().logical_type_ref()
                    || column.max_rep_level() > 0
                    || column.max_def_level() > 1
                    || (column.max_def_level() == 1 && !field.optional)
                {
                    return Err(ParquetError::General(format!(
                        "column '{}' is not of the type MEM writes",
                        field.name
                    )));
                }
                positions.push(position);
                optional.push(column.max_def_level() == 1);
            }
            Ok(Self { reader, positions, optional })
        })
    }

    /// The row groups in order. The first field must be a required time.
    pub(crate) fn groups(&self) -> Result<Vec<Group>, ParquetError> {
        self.reader.metadata().row_groups().iter().map(|group| self.group(group)).collect()
    }

    fn group(&self, group: &RowGroupMetaData) -> Result<Group, ParquetError> {
        let rows = usize::try_from(group.num_rows())
            .map_err(|_| ParquetError::General("a row group has a negative number of rows".into()))?;
        match group.column(self.positions[0]).statistics() {
            Some(Statistics::Int64(range)) => match (range.min_opt(), range.max_opt()) {
                (Some(first_ns), Some(last_ns)) => Ok(Group { rows, first_ns: *first_ns, last_ns: *last_ns }),
                _ => Err(ParquetError::General("a row group does not say which times it holds".into())),
            },
            _ => Err(ParquetError::General("a row group does not say which times it holds".into())),
        }
    }

    fn column<T: DataType>(&self, group: usize, field: usize) -> Result<ColumnReaderImpl<T>, ParquetError> {
        let group = self.reader.get_row_group(group)?;
        Ok(get_typed_column_reader(group.get_column_reader(self.positions[field])?))
    }

    /// Appends the values of a required column.
    pub(crate) fn read<T: DataType>(
        &self,
        group: usize,
        field: usize,
        out: &mut Vec<T::T>,
    ) -> Result<(), ParquetError> {
        guarded(|| {
            let expected = self.rows(group)?;
            let (rows, _, _) = self.column::<T>(group, field)?.read_records(expected, None, None, out)?;
            all_rows(rows, expected)
        })
    }

    /// Appends the values of an optional column, `absent` where there is none.
    pub(crate) fn read_or<T: DataType, V: Clone>(
        &self,
        group: usize,
        field: usize,
        absent: V,
        present: impl Fn(T::T) -> V,
        out: &mut Vec<V>,
    ) -> Result<(), ParquetError> {
        guarded(|| {
            let expected = self.rows(group)?;
            let (mut values, mut levels) = (Vec::with_capacity(expected), Vec::new());
            let levels_wanted = self.optional[field].then_some(&mut levels);
            let (rows, _, _) =
                self.column::<T>(group, field)?.read_records(expected, levels_wanted, None, &mut values)?;
            all_rows(rows, expected)?;
            if values.len() == expected {
                out.extend(values.into_iter().map(present));
                return Ok(());
            }
            let mut values = values.into_iter();
            for level in levels {
                let value = if level == 1 { values.next() } else { None };
                out.push(value.map_or_else(|| absent.clone(), &present));
            }
            Ok(())
        })
    }

    fn rows(&self, group: usize) -> Result<usize, ParquetError> {
        Ok(self.group(self.reader.metadata().row_group(group))?.rows)
    }
}

fn all_rows(rows: usize, expected: usize) -> Result<(), ParquetError> {
    if rows == expected {
        return Ok(());
    }
    Err(ParquetError::General(format!("a row group holds {rows} rows instead of {expected}")))
}
