//! Files of texts: headlines and messages with the times at which they were known, and what they are about.
//!
//! What comes in: CSV with a header, JSON (an array of objects, or one a line), or plain text (one a line, after a time and a tab
//! where there is one), any of them gzipped. What goes out: texts, and the rows that were refused with the reasons.
//!
//! A time is when the text could be known. Where a row says only a day, that is the end of the day: whoever looked earlier would see the
//! future.

use std::path::{Path, PathBuf};

use mem_types::time::NANOS_PER_DAY;
use mem_types::{Symbol, Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::cell::Cell;
use super::error::ImportError;
use super::field::{Field, plain, unit_in_name};
use super::json::cell;
use super::options::ImportOptions;
use super::parse::{Fault, unpack};
use super::time::TimeReader;
use super::write::write_faults;
use crate::catalog::{CatalogError, hex};

/// Names of columns that hold the text, the most telling first.
const TEXT: [&str; 10] =
    ["text", "headline", "title", "message", "tweet", "sentence", "summary", "content", "body", "description"];
/// Names of time columns beyond those of market data.
const TIME: [&str; 8] =
    ["knownat", "receivedat", "fetchedat", "publishedat", "published", "pubdate", "datepublished", "createdat"];
/// Names of symbol columns beyond those of market data.
const SYMBOL: [&str; 3] = ["coin", "asset", "currency"];
const URL: [&str; 2] = ["url", "link"];
/// Rows that are looked at before it is decided how times are written.
const SAMPLE_ROWS: usize = 1_000;
/// Longest text that is taken, in bytes: texts are a line or two.
const LONGEST: usize = 20_000;

/// A text of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileText {
    /// Its line in a text file, its number in any other; from 1.
    pub line: u64,
    /// When it was known; `None` where the file has no times.
    pub known_at: Option<Timestamp>,
    /// About what; `*` for the market as a whole; `None` where the row does not say.
    pub symbol: Option<String>,
    /// The text.
    pub text: String,
    /// Where more of it can be read.
    pub url: Option<String>,
    /// The row as it stands in the file.
    pub raw: String,
}

/// What a file of texts holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParsedTexts {
    /// The texts, in the order of the file.
    pub texts: Vec<FileText>,
    /// The rows that were refused.
    pub faults: Vec<Fault>,
    /// Columns that are not used.
    pub ignored_columns: Vec<String>,
    /// The first eight digits of the content's SHA-256.
    pub hash: String,
}

/// A row before it is understood: its line, its text, and its values by column.
struct RawRow {
    line: u64,
    raw: String,
    values: Result<Vec<Value>, String>,
}

/// Which column is what.
struct Columns {
    text: usize,
    time: Option<usize>,
    symbol: Option<usize>,
    url: Option<usize>,
}

/// Reads a file of texts in memory; `name` is what the file is called.
///
/// # Errors
/// If it is neither UTF-8 nor gzip of that, has a header without a text column, or times that could mean several things.
pub fn parse_texts(name: &str, content: &[u8]) -> Result<ParsedTexts, ImportError> {
    let hash = hex(&Sha256::digest(content))[..8].to_owned();
    let unpacked;
    let content = if content.starts_with(&[0x1f, 0x8b]) {
        unpacked = unpack(name, content, &ImportOptions { unpacked_max: 1 << 30, ..ImportOptions::default() })?;
        &unpacked[..]
    } else {
        content
    };
    let wrong = |found: String| ImportError::Format { file: name.to_owned(), found };
    let text = std::str::from_utf8(content).map_err(|error| wrong(format!("text that is not UTF-8 ({error})")))?;
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let (names, rows) = if first.trim_start().starts_with(['{', '[']) {
        json(text).map_err(wrong)?
    } else if let Some(delimiter) = delimiter(first) {
        csv(text, delimiter)
    } else {
        let mut parsed = lines(text);
        parsed.hash = hash;
        return Ok(parsed);
    };
    let columns = Columns::among(&names).ok_or_else(|| {
        wrong(format!("no column of texts (text, headline, title, message): its columns are {}", names.join(", ")))
    })?;
    let times = columns.times(name, &names, &rows)?;
    let mut parsed = ParsedTexts { hash, ignored_columns: columns.ignored(&names), ..ParsedTexts::default() };
    for row in rows {
        match row.values.and_then(|values| columns.read(&values, times.as_ref())) {
            Ok(text) => parsed.texts.push(FileText { line: row.line, raw: row.raw, ..text }),
            Err(reason) => parsed.faults.push(Fault { line: row.line, reason, raw: row.raw }),
        }
    }
    Ok(parsed)
}

/// Writes refused rows of a file of texts to `folder/NAME.HASH.csv` and says where that is.
///
/// # Errors
/// If it cannot be written.
pub fn quarantine_texts(folder: &Path, name: &str, hash: &str, faults: &[Fault]) -> Result<PathBuf, CatalogError> {
    let name = Path::new(name).file_name().map_or_else(|| "texts".into(), |name| name.to_string_lossy());
    let path = folder.join(format!("{name}.{hash}.csv"));
    write_faults(&path, faults)?;
    Ok(path)
}

/// What stands between the cells of a header that names a column of texts; `None` for a line of prose.
fn delimiter(header: &str) -> Option<u8> {
    let names_text = |delimiter: &u8| {
        let mut cells = header.split(char::from(*delimiter));
        cells.any(|cell| TEXT.contains(&plain(cell).as_str()) && cell.trim().len() < 32)
    };
    b",;\t|".iter().copied().find(|delimiter| names_text(delimiter))
}

fn csv(text: &str, delimiter: u8) -> (Vec<String>, Vec<RawRow>) {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(text.as_bytes());
    let (mut names, mut rows) = (Vec::new(), Vec::new());
    let mut record = csv::StringRecord::new();
    // Where the last row began, and on which line.
    let (mut counted, mut line) = (0, 1);
    // The text is UTF-8 and in memory: nothing can fail.
    while reader.read_record(&mut record).unwrap_or(false) {
        // The reader leaves the second half of a line's end, and empty lines, to the next record.
        let from = record.position().map_or(0, |position| position.byte() as usize);
        let from = text.len() - text[from..].trim_start_matches(['\r', '\n']).len();
        line += ends(&text[counted..from]);
        counted = from;
        if names.is_empty() {
            names = record.iter().map(|cell| cell.trim().to_owned()).collect();
            continue;
        }
        let to = (reader.position().byte() as usize).clamp(from, text.len());
        let values = if record.len() == names.len() {
            Ok(record.iter().map(|cell| Value::String(cell.to_owned())).collect())
        } else {
            Err(format!("{} cells instead of {}", record.len(), names.len()))
        };
        rows.push(RawRow { line, raw: text[from..to].trim().to_owned(), values });
    }
    (names, rows)
}

/// How many lines end in a text: at a line feed, a carriage return, or both.
fn ends(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let ends = (0..bytes.len()).filter(|at| match bytes[*at] {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    });
    ends.count() as u64
}

fn json(text: &str) -> Result<(Vec<String>, Vec<RawRow>), String> {
    let objects: Vec<(u64, String, Result<Value, String>)> = if text.trim_start().starts_with('[') {
        let values: Vec<Value> = serde_json::from_str(text).map_err(|error| format!("no JSON ({error})"))?;
        (1..).zip(values).map(|(number, value)| (number, value.to_string(), Ok(value))).collect()
    } else {
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let read = |line: &str| serde_json::from_str(line).map_err(|error| format!("not JSON: {error}"));
        lines.map(|(number, line)| (number, line.trim().to_owned(), read(line))).collect()
    };
    let mut names: Vec<String> = Vec::new();
    for (_, _, value) in &objects {
        for key in value.as_ref().ok().and_then(Value::as_object).into_iter().flatten().map(|(key, _)| key) {
            if !names.contains(key) && names.len() < 1_000 {
                names.push(key.clone());
            }
        }
    }
    let row = |(line, raw, value): (u64, String, Result<Value, String>)| {
        let values = value.and_then(|value| match value {
            Value::Object(object) => {
                Ok(names.iter().map(|name| object.get(name).cloned().unwrap_or_default()).collect())
            }
            _ => Err("no object".to_owned()),
        });
        RawRow { line, raw, values }
    };
    let rows = objects.into_iter().map(row).collect();
    Ok((names, rows))
}

/// A text a line, after a time and a tab where the first line has one.
fn lines(text: &str) -> ParsedTexts {
    let rows: Vec<(u64, &str)> = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).collect();
    let stamps: Vec<Cell<'_>> = rows
        .iter()
        .take(SAMPLE_ROWS)
        .filter_map(|(_, line)| line.split_once('\t').map(|(time, _)| Cell::Text(time.as_bytes())))
        .collect();
    let reader = (!stamps.is_empty()).then(|| TimeReader::decide("time", None, None, &stamps).ok()).flatten();
    let mut parsed = ParsedTexts::default();
    for (line, raw) in rows {
        let read = match &reader {
            None => Ok((None, raw)),
            Some(reader) => raw
                .split_once('\t')
                .and_then(|(time, text)| Some((Some(known(time, reader)?), text)))
                .ok_or("no time and tab before the text"),
        };
        let read = read.map_err(str::to_owned).and_then(|(at, text)| Ok((at, checked(text)?)));
        let raw = raw.to_owned();
        match read {
            Ok((known_at, text)) => {
                parsed.texts.push(FileText { line, known_at, symbol: None, text, url: None, raw });
            }
            Err(reason) => parsed.faults.push(Fault { line, reason, raw }),
        }
    }
    parsed
}

/// A time; of a mere day its end.
fn known(text: &str, reader: &TimeReader) -> Option<Timestamp> {
    let nanos = reader.read(Cell::Text(text.as_bytes()))?;
    let day_only = nanos % NANOS_PER_DAY == 0 && text.trim().len() <= 10 && !text.contains(':');
    let is_epoch = text.trim().len() > 8 && text.trim().bytes().all(|byte| byte.is_ascii_digit());
    Some(Timestamp::from_nanos(if day_only && !is_epoch { nanos.checked_add(NANOS_PER_DAY)? } else { nanos }))
}

fn checked(text: &str) -> Result<String, String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.len() {
        0 => Err("no text".to_owned()),
        length if length > LONGEST => Err(format!("a text of {length} bytes, {LONGEST} are the most")),
        _ => Ok(text),
    }
}

impl Columns {
    fn among(names: &[String]) -> Option<Self> {
        let plain: Vec<String> = names.iter().map(|name| plain(name)).collect();
        let best = |rank: &dyn Fn(&str) -> Option<usize>| {
            let ranked = plain.iter().enumerate().filter_map(|(at, name)| Some((rank(name)?, at)));
            ranked.min().map(|(_, at)| at)
        };
        let of = |known: &'static [&'static str]| move |name: &str| known.iter().position(|known| *known == name);
        let time = |name: &str| of(&TIME)(name).or_else(|| Some(TIME.len() + Field::Time.rank(name)?));
        let symbol = |name: &str| of(&SYMBOL)(name).or_else(|| Some(SYMBOL.len() + Field::Symbol.rank(name)?));
        Some(Self { text: best(&of(&TEXT))?, time: best(&time), symbol: best(&symbol), url: best(&of(&URL)) })
    }

    fn ignored(&self, names: &[String]) -> Vec<String> {
        let used = [Some(self.text), self.time, self.symbol, self.url];
        (0..names.len()).filter(|at| !used.contains(&Some(*at))).map(|at| names[at].clone()).collect()
    }

    fn times(&self, file: &str, names: &[String], rows: &[RawRow]) -> Result<Option<TimeReader>, ImportError> {
        let Some(column) = self.time else { return Ok(None) };
        let filled = rows.iter().filter_map(|row| row.values.as_ref().ok()?.get(column)).map(cell);
        let sample: Vec<Cell<'_>> = filled.filter(|cell| !cell.is_absent()).take(SAMPLE_ROWS).collect();
        TimeReader::decide(&names[column], unit_in_name(&names[column]), None, &sample)
            .map(Some)
            .map_err(|source| ImportError::Time { file: file.to_owned(), source })
    }

    fn read(&self, values: &[Value], times: Option<&TimeReader>) -> Result<FileText, String> {
        let said = |column: Option<usize>| {
            let value = column.and_then(|column| values.get(column)).filter(|value| !cell(value).is_absent())?;
            Some(value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_owned()))
        };
        let known_at = match (times, self.time) {
            (Some(reader), Some(column)) => match &values[column] {
                Value::String(text) => known(text, reader),
                value => reader.read(cell(value)).map(Timestamp::from_nanos),
            }
            .map(Some)
            .ok_or_else(|| format!("no time: '{}'", said(self.time).unwrap_or_default()))?,
            _ => None,
        };
        let symbol = said(self.symbol).map(|symbol| match symbol.as_str() {
            "*" => Ok(symbol),
            named => named.parse::<Symbol>().map(String::from).map_err(|error| error.to_string()),
        });
        let symbol = symbol.transpose()?;
        let text = checked(&said(Some(self.text)).unwrap_or_default())?;
        Ok(FileText { line: 0, known_at, symbol, text, url: said(self.url), raw: String::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(content: &str) -> (Vec<String>, Vec<String>) {
        let parsed = parse_texts("some.csv", content.as_bytes()).unwrap();
        let text = |text: &FileText| {
            let at = text.known_at.map_or_else(|| "-".to_owned(), |at| at.to_string());
            format!("{} {at} {} {}", text.line, text.symbol.as_deref().unwrap_or("-"), text.text)
        };
        let fault = |fault: &Fault| format!("{} {}: {}", fault.line, fault.reason, fault.raw);
        (parsed.texts.iter().map(text).collect(), parsed.faults.iter().map(fault).collect())
    }

    #[test]
    fn tables_with_a_header() {
        let (texts, faults) = show(
            "published_at,ticker,headline,author\n2024-01-31T10:00:00Z,BTCUSDT,\"Up, and\nup\",me\n2024-01-31,*,Quiet,\n\
             soon,ETHUSDT,Never,x\n2024-02-01 09:30,,Later,x\n2024-02-01 09:30,A B,Odd,x\n2024-02-02 01:00,X, ,x\nshort\n",
        );
        assert_eq!(
            texts,
            [
                "2 2024-01-31T10:00:00Z BTCUSDT Up, and up",
                "4 2024-02-01T00:00:00Z * Quiet",
                "6 2024-02-01T09:30:00Z - Later"
            ]
        );
        assert_eq!(faults[0], "5 no time: 'soon': soon,ETHUSDT,Never,x");
        assert!(faults[1].starts_with("7 ") && faults[1].ends_with("A B,Odd,x"), "{}", faults[1]);
        assert_eq!(faults[2..], ["8 no text: 2024-02-02 01:00,X, ,x", "9 1 cells instead of 4: short"]);
        let parsed = parse_texts("a", b"text;author\nx;y\n").unwrap();
        assert_eq!((parsed.texts[0].known_at, &parsed.ignored_columns[..]), (None, &["author".to_owned()][..]));
        assert!(parse_texts("a", b"when|body\nx|y").is_ok() && parse_texts("a", &[0xff, 0xfe]).is_err());
    }

    #[test]
    fn rows_are_numbered_by_their_lines_however_these_end() {
        for content in ["text,by\nA,x\n\nB\nC,x", "text,by\r\nA,x\r\n\r\nB\r\nC,x\r\n", "text,by\rA,x\r\rB\rC,x\r"] {
            let (texts, faults) = show(content);
            assert_eq!(texts, ["2 - - A", "5 - - C"], "{content:?}");
            assert_eq!(faults, ["4 1 cells instead of 2: B"], "{content:?}");
        }
        let (texts, _) = show("text,by\nA,x\r\nB,x\nC,\"x\r\ny\"\rD,x\n");
        assert_eq!(texts, ["2 - - A", "3 - - B", "4 - - C", "6 - - D"]);
    }

    #[test]
    fn json_and_plain_lines() {
        let (texts, faults) = show(
            "{\"time\": 1706695200000, \"text\": \"One\", \"symbol\": \"BTCUSDT\"}\nnot json\n{\"time\": null, \"text\": \"Two\"}\n",
        );
        assert_eq!(texts, ["1 2024-01-31T10:00:00Z BTCUSDT One"]);
        assert!(faults[0].starts_with("2 not JSON") && faults[1].starts_with("3 no time: ''"), "{faults:?}");
        assert_eq!(show("[{\"title\": \"A\"}, 5]").0, ["1 - - A"]);
        assert_eq!(show("Prices rise\n\nPrices fall\n").0, ["1 - - Prices rise", "3 - - Prices fall"]);
        let (texts, faults) = show("2024-01-31T10:00:00Z\tOne\nTwo\n");
        assert_eq!((texts, faults.len()), (vec!["1 2024-01-31T10:00:00Z - One".to_owned()], 1));
        assert_eq!(show(""), (vec![], vec![]));
    }
}
