//! The catalog as its users see it.

use std::fs;
use std::path::Path;

use mem_store::catalog::{Catalog, CatalogError, Kind, MergeReport, Series, fingerprint_bars};
use mem_store::table::TableFormat;
use mem_types::{Bars, Funding, SeriesKey, Symbol, Timeframe};
use proptest::prelude::*;

use crate::sample::{at, instrument, key, minutes, quotes, trades};

fn catalog() -> (tempfile::TempDir, Catalog) {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path().join("catalog"));
    (folder, catalog)
}

fn bars_file(catalog: &Catalog, timeframe: &str) -> std::path::PathBuf {
    catalog.root().join(format!("bars/venue=binance_um/symbol=BTCUSDT/timeframe={timeframe}/bars.parquet"))
}

/// NaN equals NaN here: an unknown volume is one value.
fn assert_same(a: &Bars, b: &Bars) {
    assert_eq!(a.len(), b.len());
    assert_eq!(fingerprint_bars(a.view()), fingerprint_bars(b.view()));
}

#[test]
fn an_absent_catalog_is_empty_and_stays_absent() {
    let (_folder, catalog) = catalog();
    assert_eq!(catalog.list().unwrap(), []);
    let error = catalog.read_bars(&key("1m"), None, None).unwrap_err().to_string();
    assert!(error.contains("no binance_um/BTCUSDT/1m") && error.contains("import some first"), "{error}");
    assert!(!catalog.root().exists());
}

#[test]
fn bars_come_back_as_they_went_in() {
    let (_folder, catalog) = catalog();
    let bars = minutes(0, 300_000, 0.0);
    catalog.write_bars(&key("1m"), &bars).unwrap();
    assert_same(&catalog.read_bars(&key("1m"), None, None).unwrap(), &bars);
    assert_eq!(catalog.fingerprint(&key("1m")).unwrap(), fingerprint_bars(bars.view()));
    let info = &catalog.list().unwrap()[0];
    assert_eq!(info.series, Series::bars(&key("1m")));
    assert_eq!((info.rows, info.files), (300_000, 1));
    assert_eq!((info.first, info.last), (at("2024-01-01"), bars.view().ts(299_999)));
    assert_eq!(info.bytes, fs::metadata(bars_file(&catalog, "1m")).unwrap().len());
    assert_eq!(
        serde_json::to_value(info).unwrap()["timeframe"],
        serde_json::json!("1m"),
        "the series stands flat beside its figures"
    );
}

#[test]
fn ranges_are_half_open_and_pass_row_groups() {
    let (_folder, catalog) = catalog();
    let bars = minutes(0, 300_000, 0.0);
    catalog.write_bars(&key("1m"), &bars).unwrap();
    let view = bars.view();
    for (from, to) in [(0, 1), (131_071, 131_073), (100_000, 290_000), (299_999, 300_000), (5, 5)] {
        let to_ts = (to < view.len()).then(|| view.ts(to));
        let read = catalog.read_bars(&key("1m"), Some(view.ts(from)), to_ts).unwrap();
        assert_same(&read, &view.slice(from..to).to_bars());
    }
    assert_eq!(catalog.read_bars(&key("1m"), Some(at("2030-01-01")), None).unwrap().len(), 0);
    assert_eq!(catalog.read_bars(&key("1m"), Some(at("2024-01-02")), Some(at("2024-01-01"))).unwrap().len(), 0);
}

#[test]
fn merging_the_same_writes_nothing() {
    let (_folder, catalog) = catalog();
    let bars = minutes(0, 1000, 0.0);
    let first = catalog.merge_bars(&key("1m"), &bars).unwrap();
    assert_eq!(first, MergeReport { before: 0, after: 1000, added: 1000, unchanged: 0, replaced: 0 });
    let path = bars_file(&catalog, "1m");
    let (bytes, modified) = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
    let second = catalog.merge_bars(&key("1m"), &bars).unwrap();
    assert_eq!(second, MergeReport { before: 1000, after: 1000, added: 0, unchanged: 1000, replaced: 0 });
    assert!(second.is_empty());
    assert_eq!(fs::read(&path).unwrap(), bytes);
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), modified);
}

#[test]
fn overlapping_bars_merge_by_time_and_the_incoming_win() {
    let (_folder, catalog) = catalog();
    catalog.merge_bars(&key("1m"), &minutes(0, 100, 0.0)).unwrap();
    let report = catalog.merge_bars(&key("1m"), &minutes(50, 150, 1.0)).unwrap();
    assert_eq!(report, MergeReport { before: 100, after: 150, added: 50, unchanged: 0, replaced: 50 });
    let merged = catalog.read_bars(&key("1m"), None, None).unwrap();
    assert_same(&merged.view().slice(0..50).to_bars(), &minutes(0, 50, 0.0));
    assert_same(&merged.view().slice(50..150).to_bars(), &minutes(50, 150, 1.0));
}

#[test]
fn the_bytes_do_not_depend_on_how_the_bars_came() {
    let (_a, at_once) = catalog();
    at_once.merge_bars(&key("1m"), &minutes(0, 3000, 0.0)).unwrap();
    let (_b, in_parts) = catalog();
    for (from, to) in [(2000, 3000), (0, 1500), (1000, 2500)] {
        in_parts.merge_bars(&key("1m"), &minutes(from, to, 0.0)).unwrap();
    }
    assert_eq!(fs::read(bars_file(&at_once, "1m")).unwrap(), fs::read(bars_file(&in_parts, "1m")).unwrap());
}

#[test]
fn a_month_and_a_minute_do_not_share_a_folder() {
    let (_folder, catalog) = catalog();
    catalog.write_bars(&key("1m"), &minutes(0, 10, 0.0)).unwrap();
    catalog.write_bars(&key("1M"), &minutes(0, 20, 0.0)).unwrap();
    let rows: Vec<(String, u64)> =
        catalog.list().unwrap().iter().map(|info| (info.series.to_string(), info.rows)).collect();
    assert_eq!(rows, [("binance_um/BTCUSDT/1m".to_owned(), 10), ("binance_um/BTCUSDT/1M".to_owned(), 20)]);
    assert!(bars_file(&catalog, "1mo").is_file());
}

#[test]
fn trades_are_cut_by_day_and_keep_their_order() {
    let (_folder, catalog) = catalog();
    let all = trades(0..200);
    catalog.merge_trades(&instrument(), &all[100..]).unwrap();
    let report = catalog.merge_trades(&instrument(), &all[..150]).unwrap();
    assert_eq!((report.added, report.unchanged, report.replaced), (100, 50, 0));
    assert_eq!(catalog.read_trades(&instrument(), None, None).unwrap(), all);
    let info = catalog.info(&Series::ticks(Kind::Trades, &instrument())).unwrap();
    assert_eq!((info.rows, info.files), (200, 2));
    assert_eq!(info.first, at("2024-08-08T23:59:00Z"));
    let midnight = at("2024-08-09");
    assert_eq!(catalog.read_trades(&instrument(), Some(midnight), None).unwrap(), all[120..]);
    assert_eq!(catalog.read_trades(&instrument(), None, Some(midnight)).unwrap(), all[..120]);
    let backwards = [all[5].clone(), all[0].clone()];
    let refused = catalog.merge_trades(&instrument(), &backwards);
    assert!(matches!(refused, Err(CatalogError::OutOfOrder { index: 1, .. })));
}

#[test]
fn quotes_without_ids_merge_by_content() {
    let (_folder, catalog) = catalog();
    let all = quotes(1000);
    catalog.merge_quotes(&instrument(), &all).unwrap();
    let report = catalog.merge_quotes(&instrument(), &all).unwrap();
    assert_eq!((report.added, report.unchanged), (0, 1000));
    assert_eq!(catalog.read_quotes(&instrument(), None, None).unwrap(), all);
}

#[test]
fn funding_merges_by_time() {
    let (_folder, catalog) = catalog();
    let payment = |day: &str, rate| Funding { ts: at(day), rate };
    catalog.merge_funding(&instrument(), &[payment("2024-01-01", 1e-4), payment("2024-01-02", -2e-4)]).unwrap();
    let report = catalog.merge_funding(&instrument(), &[payment("2024-01-02", 3e-4)]).unwrap();
    assert_eq!((report.replaced, report.after), (1, 2));
    assert_eq!(
        catalog.read_funding(&instrument(), None, None).unwrap(),
        [payment("2024-01-01", 1e-4), payment("2024-01-02", 3e-4)]
    );
}

#[test]
fn find_helps_whoever_mistypes() {
    let (_folder, catalog) = catalog();
    let symbol = |text: &str| text.parse::<Symbol>().unwrap();
    let write = |venue: &str, name: &str, timeframe: &str| {
        let key =
            SeriesKey { venue: venue.parse().unwrap(), symbol: symbol(name), timeframe: timeframe.parse().unwrap() };
        catalog.write_bars(&key, &minutes(0, 10, 0.0)).unwrap();
        key
    };
    let btc = write("binance_um", "BTCUSDT", "1h");
    let eth = write("binance_um", "ETHUSDT", "1h");
    let spy_a = write("us", "SPY", "1d");
    write("local", "SPY", "1d");
    let find = |names: &[&str], venue: Option<&str>, timeframe: &str| {
        let names: Vec<Symbol> = names.iter().map(|name| symbol(name)).collect();
        let venue = venue.map(|venue| venue.parse().unwrap());
        catalog.find(&names, venue.as_ref(), timeframe.parse().unwrap())
    };
    assert_eq!(find(&["ETHUSDT", "BTCUSDT"], None, "1h").unwrap(), [eth.clone(), btc.clone()]);
    assert_eq!(find(&[], None, "1h").unwrap(), [btc, eth]);
    assert_eq!(find(&["SPY"], Some("us"), "1d").unwrap(), [spy_a]);
    for (names, timeframe, expected) in [
        (vec!["BTCUSD"], "1h", "did you mean BTCUSDT?"),
        (vec!["BTC"], "1h", "did you mean BTCUSDT?"),
        (vec!["BTCUSDT"], "4h", "of that symbol there is binance_um/BTCUSDT/1h (resample makes longer timeframes)"),
        (vec!["SPY"], "1d", "several venues: local, us; name one"),
        (vec!["QQQQQQQQ"], "1h", "there is binance_um/BTCUSDT/1h, binance_um/ETHUSDT/1h, local/SPY/1d, us/SPY/1d"),
        (vec![], "5m", "no bars of 5m in the catalog"),
    ] {
        let error = find(&names, None, timeframe).unwrap_err().to_string();
        assert!(error.contains(expected), "{names:?}: {error}");
    }
}

#[test]
fn resampling_adds_a_longer_series() {
    let (_folder, catalog) = catalog();
    catalog.write_bars(&key("1m"), &minutes(0, 125, 0.0)).unwrap();
    let (longer, report) = catalog.resample(&key("1m"), Timeframe::H1).unwrap();
    assert_eq!((longer.clone(), report.added), (key("1h"), 2));
    assert_eq!(catalog.read_bars(&longer, None, None).unwrap().len(), 2);
    for wrong in ["1m", "90s"] {
        let refused = catalog.resample(&key("1m"), wrong.parse().unwrap());
        assert!(matches!(refused, Err(CatalogError::NotAMultiple { .. })), "{wrong}");
    }
}

#[test]
fn exports_are_written_in_every_format() {
    let (folder, catalog) = catalog();
    catalog.write_bars(&key("1m"), &minutes(0, 100, 0.0)).unwrap();
    for format in TableFormat::ALL {
        let path = folder.path().join(format!("out.{format}"));
        let count =
            catalog.export(&Series::bars(&key("1m")), &path, format, Some(at("2024-01-01T00:49:00Z")), None).unwrap();
        assert_eq!(count, 51);
        assert!(fs::metadata(&path).unwrap().len() > 100);
    }
    let csv = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert_eq!(
        csv.lines().take(2).collect::<Vec<_>>(),
        ["timestamp,open,high,low,close,volume", "2024-01-01T00:49:00Z,109.6,110.3,109.3,109.69999999999999,"]
    );
}

#[test]
fn a_check_reads_everything_again() {
    let (_folder, catalog) = catalog();
    catalog.merge_bars(&key("1m"), &minutes(0, 100, 0.0)).unwrap();
    catalog.merge_bars(&key("1m"), &minutes(110, 200, 0.0)).unwrap();
    let report = catalog.check(&key("1m")).unwrap();
    assert!(report.is_sound());
    assert_eq!((report.rows, report.gaps, report.missing, report.misaligned), (190, 1, 10, 0));
    assert_eq!(report.longest_gaps[0].after, at("2024-01-01T01:39:00Z"));
    assert_eq!(report.unknown_volume, 4);
}

#[test]
fn damaged_files_are_errors_that_name_them() {
    let (_folder, catalog) = catalog();
    catalog.write_bars(&key("1m"), &minutes(0, 1000, 0.0)).unwrap();
    let path = bars_file(&catalog, "1m");
    let good = fs::read(&path).unwrap();
    let named = |result: Result<Bars, CatalogError>| {
        let error = result.unwrap_err();
        assert!(matches!(error, CatalogError::Damaged { .. } | CatalogError::Unsound { .. }), "{error}");
        assert!(error.to_string().contains("bars.parquet"), "{error}");
    };
    for bytes in [&good[..good.len() / 2], &[], b"PAR1PAR1", &good[..good.len() - 1]] {
        fs::write(&path, bytes).unwrap();
        named(catalog.read_bars(&key("1m"), None, None));
        assert!(catalog.list().is_err());
        assert!(catalog.merge_bars(&key("1m"), &minutes(0, 10, 0.0)).is_err(), "a damaged file is not overwritten");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    // A sound Parquet file with other columns.
    let columns = [("ts".to_owned(), mem_store::table::Column::Int(vec![Some(1)]))];
    mem_store::table::write_table(&path, TableFormat::Parquet, &columns).unwrap();
    named(catalog.read_bars(&key("1m"), None, None));
}

#[test]
fn leftovers_and_strangers_in_the_folder_do_no_harm() {
    let (_folder, catalog) = catalog();
    catalog.write_bars(&key("1m"), &minutes(0, 10, 0.0)).unwrap();
    let path = bars_file(&catalog, "1m");
    let leftover = path.with_file_name(".bars.parquet.1.0.tmp");
    fs::write(&leftover, "half a file").unwrap();
    fs::create_dir_all(catalog.root().join("bars/venue=Not A Name/symbol=X/timeframe=1m")).unwrap();
    fs::create_dir_all(catalog.root().join("bars/venue=v/symbol=EMPTY/timeframe=1m")).unwrap();
    fs::write(catalog.root().join("bars/README"), "notes").unwrap();
    assert_eq!(catalog.list().unwrap().len(), 1);
    catalog.merge_bars(&key("1m"), &minutes(10, 20, 0.0)).unwrap();
    assert!(!leftover.exists(), "the next writer clears up");
    assert!(catalog.root().join("bars/README").exists());
}

#[test]
fn writers_in_parallel_lose_nothing() {
    let (_folder, catalog) = catalog();
    std::thread::scope(|scope| {
        for part in 0..8 {
            let catalog = &catalog;
            scope.spawn(move || {
                for step in 0..5 {
                    let from = (step * 8 + part) * 20;
                    catalog.merge_bars(&key("1m"), &minutes(from, from + 20, 0.0)).unwrap();
                }
            });
        }
    });
    assert_same(&catalog.read_bars(&key("1m"), None, None).unwrap(), &minutes(0, 800, 0.0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// A flipped byte is an error or sound bars, never a panic.
    #[test]
    fn a_flipped_byte_never_panics(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let (_folder, catalog) = catalog();
        catalog.write_bars(&key("1m"), &minutes(0, 500, 0.0)).unwrap();
        let path = bars_file(&catalog, "1m");
        let mut bytes = fs::read(&path).unwrap();
        for (index, value) in flips {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        fs::write(&path, bytes).unwrap();
        if let Ok(bars) = catalog.read_bars(&key("1m"), None, None) {
            prop_assert!(bars.view().iter().all(|bar| bar.check().is_ok()));
        }
        let _ = catalog.list();
        let _ = catalog.check(&key("1m"));
    }

    /// Merging is the same as collecting into a map by time, later ones winning.
    #[test]
    fn merging_is_a_map_by_time(parts in prop::collection::vec((0i64..200, 1i64..80, 0u8..3), 1..6)) {
        let (_folder, catalog) = catalog();
        let mut model = std::collections::BTreeMap::new();
        for (from, length, shift) in parts {
            let bars = minutes(from, from + length, f64::from(shift));
            model.extend(bars.view().iter().map(|bar| (bar.ts, bar)));
            catalog.merge_bars(&key("1m"), &bars).unwrap();
        }
        let merged = catalog.read_bars(&key("1m"), None, None).unwrap();
        assert_same(&merged, &Bars::from_bars(model.into_values()).unwrap());
    }
}

#[test]
fn the_folder_is_what_the_documentation_says() {
    let (_folder, catalog) = catalog();
    catalog.merge_bars(&key("1m"), &minutes(0, 10, 0.0)).unwrap();
    catalog.merge_trades(&instrument(), &trades(0..10)).unwrap();
    catalog.merge_quotes(&instrument(), &quotes(10)).unwrap();
    catalog.merge_funding(&instrument(), &[Funding { ts: at("2024-01-01"), rate: 1e-4 }]).unwrap();
    for path in [
        "bars/venue=binance_um/symbol=BTCUSDT/timeframe=1m/bars.parquet",
        "trades/venue=binance_um/symbol=BTCUSDT/date=2024-08-08/trades.parquet",
        "quotes/venue=binance_um/symbol=BTCUSDT/date=2024-08-08/quotes.parquet",
        "funding/venue=binance_um/symbol=BTCUSDT/funding.parquet",
    ] {
        assert!(catalog.root().join(Path::new(path)).is_file(), "{path}");
    }
    assert_eq!(catalog.series().unwrap().len(), 4);
}
