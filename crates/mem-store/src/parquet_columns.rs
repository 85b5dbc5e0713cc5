//! Flat columns to Parquet, without Arrow.
//!
//! What comes in: a description of the columns and their values, one row group at a time. What goes out: a Parquet file
//! whose times are `TIMESTAMP(NANOS, UTC)`, so that pandas, Polars and DuckDB show instants, and in which unknown
//! values are null, never NaN. The same values always give the same bytes.

use std::borrow::Cow;
use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, LogicalType, Repetition, TimeUnit, Type as PhysicalType, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
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
    Ints(&'a [i64]),
    Floats(&'a [f64]),
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
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
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
