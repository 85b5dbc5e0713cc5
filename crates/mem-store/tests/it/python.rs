//! pandas, Polars and DuckDB read a catalog folder as it is.

use std::path::Path;
use std::process::Command;

use mem_store::catalog::{Catalog, Series};
use mem_types::Funding;

use crate::sample::{at, instrument, key, minutes, quotes, trades};

/// The python named by `MEM_PYTHON`; without it the test says loudly that it was skipped, and fails under CI.
#[test]
fn python_libraries_read_the_catalog() {
    let skip = |why: &str| {
        let message = format!("SKIPPED python_libraries_read_the_catalog: {why}");
        assert!(std::env::var_os("CI").is_none(), "{message}");
        eprintln!("{message}");
    };
    let Some(python) = std::env::var_os("MEM_PYTHON") else {
        return skip("set MEM_PYTHON to a python with pandas, pyarrow, polars and duckdb");
    };
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path().join("catalog"));
    catalog.merge_bars(&key("1m"), &minutes(0, 200_000, 0.0)).unwrap();
    catalog.merge_bars(&key("1h"), &minutes(0, 50, 0.0)).unwrap();
    catalog.merge_trades(&instrument(), &trades(0..500)).unwrap();
    catalog.merge_quotes(&instrument(), &quotes(500)).unwrap();
    catalog.merge_funding(&instrument(), &[Funding { ts: at("2024-01-01"), rate: 1e-4 }]).unwrap();
    // What MEM itself says the values are, in a format that needs no Parquet.
    let expected = folder.path().join("expected.csv");
    catalog.export(&Series::bars(&key("1m")), &expected, mem_store::table::TableFormat::Csv, None, None).unwrap();

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/read_catalog.py");
    let output = Command::new(python).arg(script).arg(catalog.root()).arg(&expected).output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    match output.status.code() {
        Some(0) => {}
        Some(77) => skip(&stderr),
        _ => panic!("{stdout}\n{stderr}"),
    }
}
