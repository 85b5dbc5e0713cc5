//! Files go both ways: pandas, Polars and DuckDB read a catalog folder as it is, and what pandas and Polars write is
//! imported.
//!
//! The python is the one named by `MEM_PYTHON`; without it, or without its libraries, the tests say loudly that they
//! were skipped, and fail under CI.

use std::path::Path;
use std::process::Command;

use mem_store::catalog::{Catalog, Series};
use mem_store::import::{ImportOptions, Rows, parse_file};
use mem_store::table::TableFormat;
use mem_types::Funding;

use crate::sample::{at, instrument, key, minutes, quotes, trades};

/// Runs a script of `tests/python`; false if that is not possible here.
fn run(script: &str, arguments: &[&Path]) -> bool {
    let skip = |why: &str| {
        mem_testkit::skipped(&format!("{script}: {why}"));
        false
    };
    let Some(python) = mem_testkit::python("pandas, pyarrow, polars and duckdb") else { return false };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(script);
    let output = Command::new(python).arg(script).args(arguments).output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    match output.status.code() {
        Some(0) => true,
        Some(77) => skip(&stderr),
        _ => panic!("{stdout}\n{stderr}"),
    }
}

#[test]
fn python_libraries_read_the_catalog() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path().join("catalog"));
    catalog.merge_bars(&key("1m"), &minutes(0, 200_000, 0.0)).unwrap();
    catalog.merge_bars(&key("1h"), &minutes(0, 50, 0.0)).unwrap();
    catalog.merge_trades(&instrument(), &trades(0..500)).unwrap();
    catalog.merge_quotes(&instrument(), &quotes(500)).unwrap();
    catalog.merge_funding(&instrument(), &[Funding { ts: at("2024-01-01"), rate: 1e-4 }]).unwrap();
    // What MEM itself says the values are, in a format that needs no Parquet.
    let expected = folder.path().join("expected.csv");
    catalog.export(&Series::bars(&key("1m")), &expected, TableFormat::Csv, None, None).unwrap();
    run("read_catalog.py", &[catalog.root(), &expected]);
}

#[test]
fn parquet_of_pandas_and_polars_imports() {
    let folder = tempfile::tempdir().unwrap();
    if !run("write_parquet.py", &[folder.path()]) {
        return;
    }
    let mut files = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let parsed = parse_file(&path, &ImportOptions::default(), &mut |_| {})
            .unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
        let Rows::Bars(bars) = &parsed.series[0].rows else { panic!("{}: bars", path.display()) };
        let view = bars.view();
        assert_eq!((view.len(), parsed.faults.len()), (1000, 0), "{}", path.display());
        assert_eq!((view.ts(0), view.ts(999)), (at("2024-01-01"), at("2024-02-11T15:00:00Z")), "{}", path.display());
        assert_eq!(parsed.series[0].series.timeframe, Some("1h".parse().unwrap()));
        for n in 0..1000 {
            let open = 100.0 + (n % 17) as f64;
            let bar = view.bar(n);
            let expected = (open, open + 2.0, open - 1.0, open + 1.0, (n % 5) as f64);
            assert_eq!((bar.open, bar.high, bar.low, bar.close, bar.volume), expected, "{}", path.display());
        }
        if path.to_string_lossy().contains("nested") {
            assert_eq!(parsed.series[0].series.symbol.as_str(), "ABC");
            assert_eq!(parsed.summary().ignored_columns, ["nested.list.element"]);
        }
        files += 1;
    }
    assert_eq!(files, 11);
}
