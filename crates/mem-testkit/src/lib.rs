//! Fixtures for tests. A dev-dependency only.
//!
//! What comes in: the folder named by `MEM_TEST_DATA`, or `../shared/data` beside the repository. What goes out:
//! paths of real market data files, and real candles as [`Bars`]. Where the data is absent a test that needs it says
//! loudly that it was skipped; with `CI=true` it fails instead.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use mem_types::Bars;

/// The folder of real market data, if this machine has one.
pub fn data_folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("MEM_TEST_DATA").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// A file or folder of the real market data, by its path below the data folder.
///
/// `None`, with a loud line on standard error, where it is absent.
///
/// # Panics
/// With `CI` set, if the file is absent: there a skipped test is a failed one.
pub fn real_data(path: &str) -> Option<PathBuf> {
    let found = data_folder().map(|folder| folder.join(path)).filter(|path| path.exists());
    if found.is_none() {
        skipped(&format!("no real data '{path}'; set MEM_TEST_DATA to the folder that holds it"));
    }
    found
}

/// The Python named by `MEM_PYTHON`, with the libraries that a test needs.
///
/// `None`, with a loud line on standard error, where none is named.
///
/// # Panics
/// With `CI` set, if none is named: there a skipped test is a failed one.
pub fn python(needed: &str) -> Option<std::ffi::OsString> {
    let python = std::env::var_os("MEM_PYTHON");
    if python.is_none() {
        skipped(&format!("set MEM_PYTHON to a python with {needed} (bench/requirements.txt)"));
    }
    python
}

/// A page as headless Chromium leaves it after its scripts have run; `None`, said loudly, where there is no Chromium
/// (`MEM_CHROMIUM`, or `/usr/bin/chromium`).
///
/// # Panics
/// With `CI` set, if there is none; if it cannot be started.
pub fn drawn(address: &str, width: u32, height: u32) -> Option<String> {
    let named = std::env::var_os("MEM_CHROMIUM").map(PathBuf::from);
    let found = named.or_else(|| Some(PathBuf::from("/usr/bin/chromium"))).filter(|path| path.exists());
    let Some(browser) = found else {
        skipped("no Chromium to look with; set MEM_CHROMIUM to its path");
        return None;
    };
    let profile = tempfile::tempdir().expect("a folder for the browser's profile");
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"])
        .args(["--disable-background-networking", "--disable-component-update", "--virtual-time-budget=8000"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args([&format!("--window-size={width},{height}"), "--dump-dom", address])
        .output()
        .expect("Chromium starts");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Says loudly that a test was skipped, and why.
///
/// # Panics
/// With `CI` set: there a skipped test is a failed one.
pub fn skipped(why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let message = format!("SKIPPED {test}: {why}");
    assert!(std::env::var_os("CI").is_none(), "{message}");
    eprintln!("{message}");
}

/// Reads a text file, unpacking it if its name ends in `.gz`.
///
/// # Panics
/// If it cannot be read.
pub fn read_text(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    let mut text = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::MultiGzDecoder::new(bytes.as_slice())
            .read_to_string(&mut text)
            .expect("a gzip file of UTF-8 text");
    } else {
        text = String::from_utf8(bytes).expect("UTF-8 text");
    }
    text
}

/// A table of numbers by column name; empty cells are NaN.
#[derive(Debug, Clone)]
pub struct Table {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
}

impl Table {
    /// Reads a CSV file with a header, unpacking it if its name ends in `.gz`. Cells that are no numbers are NaN.
    ///
    /// # Panics
    /// If the file is not CSV.
    pub fn read(path: &Path) -> Self {
        let text = read_text(path);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let names: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
        let mut columns = vec![Vec::new(); names.len()];
        for record in reader.records() {
            let record = record.expect("a CSV row");
            for (column, cell) in columns.iter_mut().zip(record.iter()) {
                column.push(cell.parse().unwrap_or(f64::NAN));
            }
        }
        Self { names, columns }
    }

    /// The column of that name.
    ///
    /// # Panics
    /// If there is none.
    pub fn column(&self, name: &str) -> &[f64] {
        let index = self.names.iter().position(|known| known == name);
        &self.columns[index.unwrap_or_else(|| panic!("no column {name} among {:?}", self.names))]
    }

    /// The columns `timestamp_ms, open, high, low, close, volume` as bars.
    ///
    /// # Panics
    /// If a column is missing or a bar is faulty.
    pub fn bars(&self) -> Bars {
        let price = |name: &str| self.column(name).to_vec();
        let ts_ns = self.column("timestamp_ms").iter().map(|ms| *ms as i64 * 1_000_000).collect();
        let volume = if self.names.iter().any(|name| name == "volume") {
            price("volume")
        } else {
            vec![f64::NAN; self.columns[0].len()]
        };
        Bars::from_columns(ts_ns, price("open"), price("high"), price("low"), price("close"), volume)
            .expect("the data folder holds sound bars")
    }
}

/// Real candles, by the path of their file below the data folder; `None` as for [`real_data`].
pub fn real_bars(path: &str) -> Option<Bars> {
    real_data(path).map(|path| Table::read(&path).bars())
}
