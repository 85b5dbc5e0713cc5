//! Tables back from Parquet.

use std::fs::File;
use std::path::Path;

use mem_types::Timestamp;
use parquet::basic::{LogicalType, TimeUnit, Type as PhysicalType};
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::{Column, TableError};
use crate::parquet_columns::guarded;

/// Reads a Parquet file that [`super::write_table`] wrote: its columns in the order of the file.
///
/// # Errors
/// If the file is missing or damaged, or holds columns of kinds that no table of MEM has.
pub fn read_table(path: &Path) -> Result<Vec<(String, Column)>, TableError> {
    let file = File::open(path).map_err(|source| TableError::Read { path: path.to_owned(), source: source.into() })?;
    guarded(|| read(file)).map_err(|source| TableError::Read { path: path.to_owned(), source })
}

fn read(file: File) -> Result<Vec<(String, Column)>, ParquetError> {
    let reader = SerializedFileReader::new(file)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let mut columns = Vec::with_capacity(schema.num_columns());
    for (position, descriptor) in schema.columns().iter().enumerate() {
        let mut column = empty_column(descriptor)?;
        for group in 0..reader.num_row_groups() {
            append(reader.get_row_group(group)?.as_ref(), position, descriptor, &mut column)?;
        }
        columns.push((descriptor.name().to_owned(), column));
    }
    Ok(columns)
}

fn empty_column(descriptor: &ColumnDescriptor) -> Result<Column, ParquetError> {
    let flat = descriptor.max_rep_level() == 0 && descriptor.max_def_level() <= 1;
    match (descriptor.physical_type(), descriptor.logical_type_ref()) {
        (PhysicalType::INT64, Some(LogicalType::Timestamp(time))) if flat && time.unit == TimeUnit::NANOS => {
            Ok(Column::Time(Vec::new()))
        }
        (PhysicalType::INT64, None) if flat => Ok(Column::Int(Vec::new())),
        (PhysicalType::DOUBLE, _) if flat => Ok(Column::Float(Vec::new())),
        (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)) if flat => Ok(Column::Text(Vec::new())),
        _ => Err(ParquetError::General(format!("column '{}' is not of a type that MEM writes", descriptor.name()))),
    }
}

fn append(
    group: &dyn RowGroupReader,
    position: usize,
    descriptor: &ColumnDescriptor,
    column: &mut Column,
) -> Result<(), ParquetError> {
    match column {
        Column::Int(out) => values::<Int64Type, _>(group, position, descriptor, out, Ok),
        Column::Float(out) => values::<DoubleType, _>(group, position, descriptor, out, Ok),
        Column::Time(out) => {
            values::<Int64Type, _>(group, position, descriptor, out, |ns| Ok(Timestamp::from_nanos(ns)))
        }
        Column::Text(out) => values::<ByteArrayType, _>(group, position, descriptor, out, |bytes| {
            String::from_utf8(bytes.data().to_vec())
                .map_err(|_| ParquetError::General(format!("column '{}' is not UTF-8", descriptor.name())))
        }),
    }
}

/// Appends one column of one row group, unknown values as `None`.
fn values<T: DataType, V>(
    group: &dyn RowGroupReader,
    position: usize,
    descriptor: &ColumnDescriptor,
    out: &mut Vec<Option<V>>,
    convert: impl Fn(T::T) -> Result<V, ParquetError>,
) -> Result<(), ParquetError> {
    let rows = usize::try_from(group.metadata().num_rows())
        .map_err(|_| ParquetError::General("a row group has a negative number of rows".into()))?;
    let optional = descriptor.max_def_level() == 1;
    let (mut present, mut levels) = (Vec::new(), Vec::new());
    let mut reader = get_typed_column_reader::<T>(group.get_column_reader(position)?);
    let (found, _, _) = reader.read_records(rows, optional.then_some(&mut levels), None, &mut present)?;
    if found != rows {
        return Err(ParquetError::General(format!("a row group holds {found} rows instead of {rows}")));
    }
    let mut present = present.into_iter();
    for row in 0..rows {
        let there = !optional || levels.get(row) == Some(&1);
        out.push(if there { present.next().map(&convert).transpose()? } else { None });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{TableFormat, write_table};
    use super::*;

    fn columns(rows: usize) -> Vec<(String, Column)> {
        let some = |row: usize| row % 3 != 1;
        vec![
            (
                "when".to_owned(),
                Column::Time((0..rows).map(|row| some(row).then(|| Timestamp::from_nanos(row as i64 * 7))).collect()),
            ),
            ("count".to_owned(), Column::Int((0..rows).map(|row| some(row + 1).then_some(-(row as i64))).collect())),
            (
                "price".to_owned(),
                Column::Float((0..rows).map(|row| some(row + 2).then_some(row as f64 / 7.0)).collect()),
            ),
            (
                "note".to_owned(),
                Column::Text((0..rows).map(|row| some(row).then(|| format!("n{}", row % 5))).collect()),
            ),
        ]
    }

    #[test]
    fn what_was_written_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.parquet");
        for rows in [0, 1, 1000, 140_000] {
            write_table(&path, TableFormat::Parquet, &columns(rows)).unwrap();
            assert_eq!(read_table(&path).unwrap(), columns(rows));
        }
    }

    #[test]
    fn damage_is_an_error_and_never_a_panic() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.parquet");
        write_table(&path, TableFormat::Parquet, &columns(500)).unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(matches!(read_table(&path), Err(TableError::Read { .. })));
        std::fs::write(&path, b"").unwrap();
        assert!(matches!(read_table(&path), Err(TableError::Read { .. })));
        assert!(matches!(read_table(&folder.path().join("none.parquet")), Err(TableError::Read { .. })));
    }
}
