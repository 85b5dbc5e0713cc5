//! Named columns to a file, for whoever wants to hand out results.
//!
//! What comes in: columns of equal length. What goes out: a CSV, gzipped CSV, Parquet or JSON file that is replaced as a
//! whole: a reader sees the old file or the new one. The same table always gives the same bytes.
//!
//! An unknown value, and a float that is not finite, is an empty cell in CSV and `null` in Parquet and JSON. Times are
//! RFC 3339 text in CSV and JSON, and `TIMESTAMP(NANOS, UTC)` in Parquet. Floats are written with as many digits as
//! bring back the same 64 bits.

mod read;

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use flate2::Compression;
use flate2::write::GzEncoder;
use mem_types::Timestamp;
use parquet::errors::ParquetError;

use crate::atomic;
use crate::parquet_columns::{Chunk, ColumnsWriter, Field, FieldKind, ROWS_PER_GROUP};

pub use read::read_table;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum TableFormat {
    /// Comma-separated values with a header.
    #[serde(rename = "csv")]
    Csv,
    /// The same, gzipped.
    #[serde(rename = "csv.gz")]
    CsvGz,
    /// Apache Parquet.
    #[serde(rename = "parquet")]
    Parquet,
    /// A JSON array with one object a row.
    #[serde(rename = "json")]
    Json,
}

/// Why a text or a file name is not a [`TableFormat`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a table format: expected csv, csv.gz, parquet or json")]
pub struct TableFormatError(pub String);

impl TableFormat {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Csv, Self::CsvGz, Self::Parquet, Self::Json];

    /// The ending of file names, without the first dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::CsvGz => "csv.gz",
            Self::Parquet => "parquet",
            Self::Json => "json",
        }
    }

    /// The format that the ending of a file name asks for.
    ///
    /// # Errors
    /// If the ending is none of the four.
    pub fn of_path(path: &Path) -> Result<Self, TableFormatError> {
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|format| name.ends_with(&format!(".{}", format.extension())))
            .ok_or_else(|| TableFormatError(path.display().to_string()))
    }
}

impl FromStr for TableFormat {
    type Err = TableFormatError;

    fn from_str(text: &str) -> Result<Self, TableFormatError> {
        Self::ALL
            .into_iter()
            .find(|format| format.extension() == text.trim().to_ascii_lowercase())
            .ok_or_else(|| TableFormatError(text.to_owned()))
    }
}

impl fmt::Display for TableFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.extension())
    }
}

/// The values of one column; `None` is unknown.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Whole numbers.
    Int(Vec<Option<i64>>),
    /// Numbers; one that is not finite counts as unknown.
    Float(Vec<Option<f64>>),
    /// Text.
    Text(Vec<Option<String>>),
    /// Instants.
    Time(Vec<Option<Timestamp>>),
}

impl Column {
    /// How many values.
    pub fn len(&self) -> usize {
        match self {
            Self::Int(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Time(values) => values.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    const fn kind(&self) -> FieldKind {
        match self {
            Self::Int(_) => FieldKind::Int,
            Self::Float(_) => FieldKind::Float,
            Self::Text(_) => FieldKind::Text,
            Self::Time(_) => FieldKind::Time,
        }
    }

    pub(crate) fn chunk(&self, from: usize, to: usize) -> Chunk<'_> {
        match self {
            Self::Int(values) => Chunk::some_ints(values[from..to].iter().copied()),
            Self::Float(values) => Chunk::some_floats(values[from..to].iter().map(|value| finite(*value))),
            Self::Text(values) => Chunk::some_texts(values[from..to].iter().map(Option::as_deref)),
            Self::Time(values) => Chunk::some_ints(values[from..to].iter().map(|t| t.map(Timestamp::as_nanos))),
        }
    }
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

/// Why a table was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Two columns differ in length.
    #[error("column '{name}' has {found} rows, the ones before it have {expected}")]
    Lengths {
        /// The column.
        name: String,
        /// Its rows.
        found: usize,
        /// The rows of the first column.
        expected: usize,
    },
    /// Two columns have one name.
    #[error("there are two columns named '{0}'")]
    TwiceNamed(String),
    /// The file could not be written.
    #[error("cannot write {}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Parquet refused the columns.
    #[error("cannot write {} as Parquet", .path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ParquetError,
    },
    /// The file could not be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ParquetError,
    },
}

/// Writes named columns to `path`, replacing what is there as a whole. The folder must exist.
///
/// # Errors
/// If columns differ in length or share a name, or the file cannot be written; the old file is then still there.
pub fn write_table(path: &Path, format: TableFormat, columns: &[(String, Column)]) -> Result<(), TableError> {
    let rows = check(columns)?;
    atomic::replace(path, |file| match format {
        TableFormat::Csv => Ok(write_csv(file, columns, rows)?),
        TableFormat::CsvGz => {
            let mut packed = GzEncoder::new(file, Compression::default());
            write_csv(&mut packed, columns, rows)?;
            packed.finish()?;
            Ok(())
        }
        TableFormat::Parquet => Ok(write_parquet(file, columns, rows)?),
        TableFormat::Json => Ok(write_json(file, columns, rows)?),
    })
    .map_err(|failure| match failure {
        Failure::Io(source) => TableError::Io { path: path.to_owned(), source },
        Failure::Parquet(source) => TableError::Parquet { path: path.to_owned(), source },
    })
}

/// What goes wrong inside, before the path is known.
#[derive(Debug)]
enum Failure {
    Io(io::Error),
    Parquet(ParquetError),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ParquetError> for Failure {
    fn from(error: ParquetError) -> Self {
        Self::Parquet(error)
    }
}

fn check(columns: &[(String, Column)]) -> Result<usize, TableError> {
    let rows = columns.first().map_or(0, |(_, column)| column.len());
    for (index, (name, column)) in columns.iter().enumerate() {
        if column.len() != rows {
            return Err(TableError::Lengths { name: name.clone(), found: column.len(), expected: rows });
        }
        if columns[..index].iter().any(|(earlier, _)| earlier == name) {
            return Err(TableError::TwiceNamed(name.clone()));
        }
    }
    Ok(rows)
}

fn write_csv(sink: impl Write, columns: &[(String, Column)], rows: usize) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(sink);
    writer.write_record(columns.iter().map(|(name, _)| name))?;
    let mut cell = String::new();
    for row in 0..rows {
        for (_, column) in columns {
            cell.clear();
            write_cell(&mut cell, column, row).map_err(io::Error::other)?;
            writer.write_field(&cell)?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}

fn write_cell(cell: &mut String, column: &Column, row: usize) -> fmt::Result {
    use fmt::Write;
    match column {
        Column::Int(values) => values[row].map_or(Ok(()), |value| write!(cell, "{value}")),
        Column::Float(values) => finite(values[row]).map_or(Ok(()), |value| write!(cell, "{value:?}")),
        Column::Text(values) => cell.write_str(values[row].as_deref().unwrap_or_default()),
        Column::Time(values) => values[row].map_or(Ok(()), |value| write!(cell, "{value}")),
    }
}

fn write_json(mut sink: impl Write, columns: &[(String, Column)], rows: usize) -> io::Result<()> {
    let names: Vec<String> = columns.iter().map(|(name, _)| serde_json::to_string(name)).collect::<Result<_, _>>()?;
    sink.write_all(b"[")?;
    for row in 0..rows {
        sink.write_all(if row == 0 { b"\n{" } else { b",\n{" })?;
        for (index, (name, (_, column))) in names.iter().zip(columns).enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(sink, "{comma}{name}:")?;
            write_json_value(&mut sink, column, row)?;
        }
        sink.write_all(b"}")?;
    }
    sink.write_all(b"\n]\n")
}

fn write_json_value(sink: &mut impl Write, column: &Column, row: usize) -> io::Result<()> {
    match column {
        Column::Int(values) => serde_json::to_writer(sink, &values[row])?,
        Column::Float(values) => serde_json::to_writer(sink, &finite(values[row]))?,
        Column::Text(values) => serde_json::to_writer(sink, &values[row])?,
        Column::Time(values) => serde_json::to_writer(sink, &values[row])?,
    }
    Ok(())
}

fn write_parquet(
    file: &mut BufWriter<std::fs::File>,
    columns: &[(String, Column)],
    rows: usize,
) -> Result<(), ParquetError> {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, column)| Field { name: name.clone().into(), kind: column.kind(), optional: true })
        .collect();
    let mut writer = ColumnsWriter::new(file, &fields)?;
    for from in (0..rows).step_by(ROWS_PER_GROUP) {
        let to = rows.min(from + ROWS_PER_GROUP);
        let chunks: Vec<Chunk<'_>> = columns.iter().map(|(_, column)| column.chunk(from, to)).collect();
        writer.write_group(&chunks)?;
    }
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use std::fs;
    use std::io::Read;

    fn columns() -> Vec<(String, Column)> {
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        vec![
            ("when".to_owned(), Column::Time(vec![at("2024-01-31T12:00:00Z"), None, at("1969-12-31")])),
            ("count".to_owned(), Column::Int(vec![Some(-1), Some(i64::MAX), None])),
            ("price".to_owned(), Column::Float(vec![Some(0.1), Some(f64::NAN), Some(1e300)])),
            (
                "note".to_owned(),
                Column::Text(vec![Some("a \"quote\", a comma".to_owned()), None, Some("plain".to_owned())]),
            ),
        ]
    }

    fn written(format: TableFormat) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("table.{format}"));
        assert_eq!(TableFormat::of_path(&path), Ok(format));
        write_table(&path, format, &columns()).unwrap();
        let bytes = fs::read(&path).unwrap();
        write_table(&path, format, &columns()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes, "the same table gives the same bytes");
        bytes
    }

    #[test]
    fn csv_leaves_the_unknown_empty() {
        let expected = "when,count,price,note\n\
            2024-01-31T12:00:00Z,-1,0.1,\"a \"\"quote\"\", a comma\"\n\
            ,9223372036854775807,,\n\
            1969-12-31T00:00:00Z,,1e300,plain\n";
        assert_eq!(String::from_utf8(written(TableFormat::Csv)).unwrap(), expected);
        let mut unpacked = String::new();
        flate2::read::GzDecoder::new(written(TableFormat::CsvGz).as_slice()).read_to_string(&mut unpacked).unwrap();
        assert_eq!(unpacked, expected);
    }

    #[test]
    fn json_says_null() {
        let rows: serde_json::Value = serde_json::from_slice(&written(TableFormat::Json)).unwrap();
        assert_eq!(
            rows,
            serde_json::json!([
                {"when": "2024-01-31T12:00:00Z", "count": -1, "price": 0.1, "note": "a \"quote\", a comma"},
                {"when": null, "count": i64::MAX, "price": null, "note": null},
                {"when": "1969-12-31T00:00:00Z", "count": null, "price": 1e300, "note": "plain"},
            ])
        );
    }

    #[test]
    fn parquet_has_types_and_nulls() {
        let reader = SerializedFileReader::new(bytes::Bytes::from(written(TableFormat::Parquet))).unwrap();
        let rows: Vec<String> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
        assert_eq!(rows.len(), 3);
        assert!(rows[1].contains("count: 9223372036854775807, price: null, note: null"), "{}", rows[1]);
        assert!(rows[1].contains("when: null"), "{}", rows[1]);
    }

    #[test]
    fn an_empty_table_has_its_header() {
        let folder = tempfile::tempdir().unwrap();
        for format in TableFormat::ALL {
            let path = folder.path().join(format!("table.{format}"));
            write_table(&path, format, &[("a".to_owned(), Column::Int(vec![]))]).unwrap();
            assert!(fs::metadata(&path).unwrap().len() > 0);
        }
        assert_eq!(fs::read_to_string(folder.path().join("table.csv")).unwrap(), "a\n");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        let uneven = [("a".to_owned(), Column::Int(vec![None])), ("b".to_owned(), Column::Int(vec![]))];
        assert!(matches!(write_table(&path, TableFormat::Csv, &uneven), Err(TableError::Lengths { .. })));
        let twice = [("a".to_owned(), Column::Int(vec![])), ("a".to_owned(), Column::Int(vec![]))];
        assert!(matches!(write_table(&path, TableFormat::Csv, &twice), Err(TableError::TwiceNamed(_))));
        let nowhere = folder.path().join("no/such/folder.csv");
        assert!(matches!(write_table(&nowhere, TableFormat::Csv, &columns()), Err(TableError::Io { .. })));
        assert!("xls".parse::<TableFormat>().is_err());
        assert!(TableFormat::of_path(Path::new("a.xls")).is_err());
    }
}
