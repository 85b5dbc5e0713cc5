//! How fast the catalog is: `cargo bench -p mem-store --bench catalog [-- --json]`.
//!
//! One million one-minute bars (tick-sized prices, eight-digit volumes, from a fixed seed) are written to a catalog in a
//! temporary folder and read back, file cache warm, on one thread; medians of several runs. With `--json` each figure is
//! one line, and `--keep FOLDER` leaves the catalog there, so that `bench/catalog.py` can let Polars and pyarrow read
//! the same file in the same run. The import is that of a gzipped CSV file of 520,000 rows into an empty catalog.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use mem_store::catalog::{Catalog, fingerprint_bars};
use mem_store::import::{ImportOptions, import_file, parse_file};
use mem_types::{Bar, Bars, SeriesKey, Timeframe, Timestamp};

const BARS: usize = 1_000_000;
const CSV_ROWS: usize = 520_000;
const RUNS: usize = 9;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let keep = arguments.iter().position(|argument| argument == "--keep").and_then(|at| arguments.get(at + 1));
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let root = keep.map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let catalog = Catalog::open(root);
    let key = SeriesKey {
        venue: "simulated".parse().expect("a venue name"),
        symbol: "BENCH".parse().expect("a symbol name"),
        timeframe: Timeframe::M1,
    };
    let bars = bars();
    let day = |n: i64| Some(Timestamp::from_nanos(bars.view().ts_ns[0] + n * 86_400_000_000_000));

    let write = median(|| catalog.write_bars(&key, &bars).expect("the catalog is writable"));
    let size = catalog.list().expect("the catalog is readable").iter().map(|info| info.bytes).sum::<u64>();
    let read = median(|| assert_eq!(catalog.read_bars(&key, None, None).expect("the series is there").len(), BARS));
    let range = median(|| black_box(catalog.read_bars(&key, day(100), day(130)).expect("the series is there").len()));
    let list = median(|| catalog.list().expect("the catalog is readable").len());
    let fingerprint = median(|| fingerprint_bars(bars.view()));
    let merge = median(|| catalog.merge_bars(&key, &bars).expect("the catalog is writable"));

    let csv = temporary.path().join("simulated_CSV_1m.csv.gz");
    write_csv(&csv, &bars);
    let options = ImportOptions::default();
    let parse = median(|| parse_file(&csv, &options, &mut |_| {}).expect("the file is sound").series.len());
    let import = median(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let summary = import_file(&Catalog::open(folder.path()), &csv, &options, &mut |_| {});
        assert_eq!(summary.expect("the file is sound").kept, CSV_ROWS as u64);
    });

    let rate = |seconds: f64| BARS as f64 / seconds;
    let figures = [
        ("read 1M bars", "bars/s", rate(read)),
        ("write 1M bars", "bars/s", rate(write)),
        ("merge the same 1M bars", "bars/s", rate(merge)),
        ("fingerprint 1M bars", "bars/s", rate(fingerprint)),
        ("read 30 days of 694", "us", range * 1e6),
        ("list one series", "us", list * 1e6),
        ("parse 520k rows of csv.gz", "ms", parse * 1e3),
        ("import 520k rows of csv.gz", "ms", import * 1e3),
        ("size", "bytes/bar", size as f64 / BARS as f64),
    ];
    for (name, unit, value) in figures {
        if json {
            println!("{}", serde_json::json!({"bench": "catalog", "name": name, "unit": unit, "value": value}));
        } else {
            println!("{name:<26} {value:>16.1} {unit}");
        }
    }
}

/// The first bars as a CSV file, as archives publish them.
fn write_csv(path: &Path, bars: &Bars) {
    let mut text = String::from("timestamp_ms,open,high,low,close,volume\n");
    for bar in bars.view().slice(0..CSV_ROWS).iter() {
        let (ms, volume) = (bar.ts.as_millis(), bar.volume);
        let _ = writeln!(text, "{ms},{},{},{},{},{volume}", bar.open, bar.high, bar.low, bar.close);
    }
    let file = std::fs::File::create(path).expect("a file in the temporary folder");
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::default());
    packed.write_all(text.as_bytes()).and_then(|()| packed.finish().map(drop)).expect("room in the temporary folder");
}

fn median<T>(mut work: impl FnMut() -> T) -> f64 {
    let mut seconds: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[RUNS / 2]
}

/// A random walk on a grid of 0.1 around 40,000, as a liquid future looks.
fn bars() -> Bars {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let mut price = 400_000_i64;
    Bars::from_bars((0..BARS as i64).map(|minute| {
        let open = price;
        price = (price + random(401) as i64 - 200).clamp(50_000, 900_000);
        let high = open.max(price) + random(150) as i64;
        let low = open.min(price) - random(150) as i64;
        Bar {
            ts: Timestamp::from_nanos(1_600_000_020_000_000_000 + minute * 60_000_000_000),
            open: open as f64 / 10.0,
            high: high as f64 / 10.0,
            low: low as f64 / 10.0,
            close: price as f64 / 10.0,
            volume: random(5_000_000_000) as f64 / 1e8,
        }
    }))
    .expect("the walk makes sound bars")
}
