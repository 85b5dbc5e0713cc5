//! Text tables: lines of cells.
//!
//! A cell may stand in double quotes; a line break inside quotes is not understood, which market data never has. Blank
//! lines are passed over. Lines before the table (titles, links) are passed over too, and told of in the summary.

use super::cell::{Cell, Visit};
use super::field::is_known;
use super::layout::is_header;
use super::options::ImportOptions;

/// How many lines may stand before the table.
const PREAMBLE_MAX: usize = 20;

/// A text table: where its rows begin, and what separates their cells.
#[derive(Debug)]
pub(super) struct CsvTable<'a> {
    text: &'a [u8],
    delimiter: u8,
    /// The line on which the rows begin, from 1, and where that is.
    first_line: u64,
    first_byte: usize,
    pub(super) names: Option<Vec<String>>,
    pub(super) width: usize,
    pub(super) preamble: usize,
}

/// Why text is no table.
#[derive(Debug)]
pub(super) struct NoTable(pub(super) String);

impl<'a> CsvTable<'a> {
    pub(super) fn open(text: &'a [u8], options: &ImportOptions) -> Result<Self, NoTable> {
        let (start, delimiter, preamble) = first_row(text, options)?;
        let mut lines = Lines { text, at: start.byte, number: start.line - 1 };
        let line = lines.next_filled().map_or(&[][..], |(_, _, line)| line);
        let mut cells = Vec::new();
        split(line, delimiter, &mut cells);
        if cells.len() < 2 {
            return Err(NoTable(format!("no table (its first line is '{}')", excerpt(line))));
        }
        let width = cells.len();
        let header = options.header.unwrap_or_else(|| is_header(&cells));
        let names = header.then(|| {
            let name = |cell: &Cell<'_>| cell.to_string().trim_start_matches('#').trim().to_owned();
            cells.iter().map(name).collect()
        });
        let (first_line, first_byte) = if header { (lines.number + 1, lines.at) } else { (start.line, start.byte) };
        Ok(Self { text, delimiter, first_line, first_byte, names, width, preamble })
    }

    /// The length of the text.
    pub(super) fn bytes(&self) -> u64 {
        self.text.len() as u64
    }

    /// Hands out each row with the number of its line, and says how far it has come.
    pub(super) fn walk(&self, visit: &mut Visit<'_>, progress: &mut dyn FnMut(u64)) {
        let mut lines = Lines { text: self.text, at: self.first_byte, number: self.first_line - 1 };
        let mut cells = Vec::with_capacity(self.width + 1);
        while let Some((number, start, line)) = lines.next_filled() {
            split(line, self.delimiter, &mut cells);
            while cells.len() > self.width && cells.last().is_some_and(|cell| cell.is_absent()) {
                cells.pop();
            }
            let row = if cells.len() == self.width {
                Ok(cells.as_slice())
            } else {
                Err(format!("{} cells instead of {}", cells.len(), self.width))
            };
            if visit(number, row).is_break() {
                return;
            }
            if number % 65_536 == 0 {
                progress(start as u64);
            }
        }
    }

    /// The text of the lines whose numbers are wanted.
    pub(super) fn raw(&self, is_wanted: &dyn Fn(u64) -> bool, take: &mut dyn FnMut(u64, &str)) {
        let mut lines = Lines { text: self.text, at: self.first_byte, number: self.first_line - 1 };
        while let Some((number, _, line)) = lines.next_filled() {
            if is_wanted(number) {
                take(number, &String::from_utf8_lossy(line));
            }
        }
    }
}

/// Where a line begins.
#[derive(Debug, Clone, Copy)]
struct Start {
    line: u64,
    byte: usize,
}

/// Where the table begins, its delimiter, and how many lines stand before it.
///
/// It begins with a line of known names or of values. Names that mean nothing here directly above the values, as many
/// as those, are its names all the same. Without any such line the first one has to do.
fn first_row(text: &[u8], options: &ImportOptions) -> Result<(Start, u8, usize), NoTable> {
    let mut lines = Lines { text, at: 0, number: 0 };
    let mut cells = Vec::new();
    let mut first = None;
    let mut above: Option<(Start, usize)> = None;
    for preamble in 0..=PREAMBLE_MAX {
        let Some((number, byte, line)) = lines.next_filled() else { break };
        if let Some(recording) = recording(line) {
            return Err(NoTable(recording));
        }
        let start = Start { line: number, byte };
        let delimiter = options.delimiter.unwrap_or_else(|| delimiter(line));
        split(line, delimiter, &mut cells);
        let names = cells.iter().filter(|cell| is_known(&cell.to_string())).count();
        let values = cells.iter().filter(|cell| cell.number().is_ok_and(|value| value.is_some())).count();
        if names >= 2 {
            return Ok((start, delimiter, preamble));
        }
        if values >= 2 {
            return Ok(match above {
                Some((names, width)) if width == cells.len() => (names, delimiter, preamble - 1),
                _ => (start, delimiter, preamble),
            });
        }
        first.get_or_insert((start, delimiter, 0));
        above = Some((start, cells.len()));
    }
    first.ok_or_else(|| NoTable("empty".to_owned()))
}

/// What a line says that is no cell but a message: the recording of a stream.
fn recording(line: &[u8]) -> Option<String> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let rest = line[digits..].trim_ascii_start();
    (digits >= 10 && matches!(rest.first(), Some(b'{' | b'[')))
        .then(|| format!("a recording of raw messages ('{}')", excerpt(line)))
}

fn excerpt(line: &[u8]) -> String {
    String::from_utf8_lossy(line).chars().take(60).collect()
}

/// The separator that cuts a line into most cells.
fn delimiter(line: &[u8]) -> u8 {
    let mut best = (0, b',');
    for candidate in [b',', b';', b'\t', b'|'] {
        let count = line.iter().filter(|byte| **byte == candidate).count();
        if count > best.0 {
            best = (count, candidate);
        }
    }
    best.1
}

/// Lines with their numbers from 1.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    number: u64,
}

impl<'a> Lines<'a> {
    /// The next line that is not blank: its number, where it begins, and its content without the line break.
    fn next_filled(&mut self) -> Option<(u64, usize, &'a [u8])> {
        while self.at < self.text.len() {
            let start = self.at;
            let rest = &self.text[start..];
            let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            self.at = start + length + 1;
            self.number += 1;
            let line = rest[..length].strip_suffix(b"\r").unwrap_or(&rest[..length]);
            if !line.trim_ascii().is_empty() {
                return Some((self.number, start, line));
            }
        }
        None
    }
}

fn split<'a>(line: &'a [u8], delimiter: u8, cells: &mut Vec<Cell<'a>>) {
    cells.clear();
    let mut start = 0;
    loop {
        if line.get(start) == Some(&b'"') {
            let end = closing_quote(line, start + 1);
            cells.push(Cell::Text(&line[start + 1..end]));
            let after = line[end..].iter().position(|byte| *byte == delimiter);
            match after {
                Some(length) => start = end + length + 1,
                None => return,
            }
        } else {
            let rest = &line[start..];
            match memchr::memchr(delimiter, rest) {
                Some(length) => {
                    cells.push(Cell::Text(&rest[..length]));
                    start += length + 1;
                }
                None => {
                    cells.push(Cell::Text(rest));
                    return;
                }
            }
        }
    }
}

/// Where the quoted cell ends; doubled quotes are part of it.
fn closing_quote(line: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < line.len() {
        if line[at] == b'"' {
            if line.get(at + 1) != Some(&b'"') {
                return at;
            }
            at += 1;
        }
        at += 1;
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(line: &str, delimiter: u8) -> Vec<String> {
        let mut cells = Vec::new();
        split(line.as_bytes(), delimiter, &mut cells);
        cells.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lines_are_cut_at_delimiters_outside_quotes() {
        assert_eq!(cells("a,b,,c", b','), ["a", "b", "", "c"]);
        assert_eq!(cells("", b','), [""]);
        assert_eq!(cells("a,", b','), ["a", ""]);
        assert_eq!(cells("\"a,b\",c", b','), ["a,b", "c"]);
        assert_eq!(cells("\"a\"\"b\";c", b';'), ["a\"\"b", "c"]);
        assert_eq!(cells("\"never closed,c", b','), ["never closed,c"]);
        assert_eq!(cells("\"a\",", b','), ["a", ""]);
    }

    fn open(text: &str) -> Result<CsvTable<'_>, NoTable> {
        CsvTable::open(text.as_bytes(), &ImportOptions::default())
    }

    #[test]
    fn tables_begin_where_their_names_or_values_do() {
        let titled = "https://example.com\nMy data, of today\n\nunix;open;high\n1;2;3\n";
        let table = open(titled).unwrap();
        assert_eq!((table.delimiter, table.width, table.first_line, table.preamble), (b';', 3, 5, 2));
        assert_eq!(table.names.as_deref().unwrap()[0], "unix");
        let bare = open("1,2,3\r\n4,5,6").unwrap();
        assert_eq!((bare.names, bare.width, bare.first_line), (None, 3, 1));
        let strange = open("what,ever\n1,2\n").unwrap();
        assert_eq!(strange.names.unwrap(), ["what", "ever"]);
        assert!(open("").is_err());
        assert!(open("one line of words").is_err());
        assert!(open("1723161254087891268 {\"e\":\"trade\"}").unwrap_err().0.contains("raw messages"));
    }
}
