//! The import of made-up files: clean ones of every form, and dirty ones with every kind of dirt.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use mem_store::catalog::{Catalog, Kind, MergeReport, Series};
use mem_store::import::{
    ColumnChoice, FileFormat, ImportError, ImportOptions, Parsed, Rows, Stage, TimeColumnError, TimeUnit, import_file,
    parse_bytes,
};
use mem_store::table::{Column, TableFormat, write_table};
use mem_types::{Aggressor, Bars, Timestamp};
use proptest::prelude::*;

use crate::sample::at;

fn parse(name: &str, text: &str) -> Result<Parsed, ImportError> {
    parse_bytes(name, text.as_bytes(), &ImportOptions::default())
}

fn parse_with(name: &str, text: &str, options: ImportOptions) -> Result<Parsed, ImportError> {
    parse_bytes(name, text.as_bytes(), &options)
}

fn bars(parsed: &Parsed) -> &Bars {
    match &parsed.series[0].rows {
        Rows::Bars(bars) => bars,
        other => panic!("{other:?}"),
    }
}

/// Line numbers and reasons of the refused rows.
fn faults(parsed: &Parsed) -> Vec<(u64, &str)> {
    parsed.faults.iter().map(|fault| (fault.line, fault.reason.as_str())).collect()
}

/// A folder that lives as long as the first part, an empty catalog in it, and a folder for files.
fn place() -> (tempfile::TempDir, Catalog, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    fs::create_dir(&files).unwrap();
    let catalog = Catalog::open(folder.path().join("catalog"));
    (folder, catalog, files)
}

const THREE_HOURS: &str = "timestamp_ms,open,high,low,close,volume\n\
    1704067200000,10,12,9,11,5\n\
    1704070800000,11,13,10,12,6\n\
    1704074400000,12,14,11,13,7\n";

#[test]
fn the_same_bars_in_every_form() {
    let expected = parse("x_BTCUSDT_1h.csv", THREE_HOURS).unwrap();
    assert_eq!(expected.summary().time_unit, Some("ms"));
    let gz = {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(THREE_HOURS.as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    let gz =
        parse_bytes("anything", &gz, &ImportOptions { symbol: Some("A".parse().unwrap()), ..ImportOptions::default() });
    assert!(gz.as_ref().unwrap().summary().gzipped);
    assert_eq!(bars(&gz.unwrap()), bars(&expected));
    for (name, text) in [
        (
            "semicolons",
            "Date;Open;High;Low;Close;Vol\r\n2024-01-01 00:00;10;12;9;11;5\r\n2024-01-01 01:00;11;13;10;12;6\r\n2024-01-01 02:00;12;14;11;13;7",
        ),
        (
            "tabs",
            "time\to\th\tl\tc\tv\n1704067200\t10\t12\t9\t11\t5\n1704070800\t11\t13\t10\t12\t6\n1704074400\t12\t14\t11\t13\t7\n",
        ),
        (
            "byte order mark and quotes",
            "\u{feff}\"Open Time\",\"Open\",\"High\",\"Low\",\"Close\",\"Volume\"\n\"2024-01-01T00:00:00Z\",\"10\",\"12\",\"9\",\"11\",\"5\"\n\"2024-01-01T01:00:00Z\",\"11\",\"13\",\"10\",\"12\",\"6\"\n\"2024-01-01T02:00:00Z\",\"12\",\"14\",\"11\",\"13\",\"7\"\n",
        ),
        (
            "date and time apart",
            "<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>\n20240101,000000,10,12,9,11,5\n20240101,010000,11,13,10,12,6\n20240101,020000,12,14,11,13,7\n",
        ),
        (
            "dotted date and time apart",
            "Date,Time,Open,High,Low,Close,Volume\n2024.01.01,00:00,10,12,9,11,5\n2024.01.01,01:00,11,13,10,12,6\n2024.01.01,02:00,12,14,11,13,7\n",
        ),
        (
            "klines without names",
            "1704067200000,10,12,9,11,5,1704070799999,55,1,2,22,0\n1704070800000,11,13,10,12,6,1704074399999,66,1,2,22,0\n1704074400000,12,14,11,13,7,1704077999999,77,1,2,22,0\n",
        ),
        (
            "klines in microseconds",
            "1704067200000000,10,12,9,11,5,1704070799999999,55,1,2,22,0\n1704070800000000,11,13,10,12,6,1704074399999999,66,1,2,22,0\n1704074400000000,12,14,11,13,7,1704077999999999,77,1,2,22,0\n",
        ),
        (
            "six columns without names",
            "1704067200000,10,12,9,11,5\n1704070800000,11,13,10,12,6\n1704074400000,12,14,11,13,7\n",
        ),
        (
            "Bitfinex order",
            "[[1704067200000,10,11,12,9,5],[1704070800000,11,12,13,10,6],[1704074400000,12,13,14,11,7]]",
        ),
        (
            "Bybit, newest first",
            r#"{"retCode":0,"result":{"symbol":"BTCUSDT","list":[["1704074400000","12","14","11","13","7","1"],["1704070800000","11","13","10","12","6","1"],["1704067200000","10","12","9","11","5","1"]]}}"#,
        ),
        (
            "objects",
            r#"[{"t":1704067200000,"o":10,"h":12,"l":9,"c":11,"v":5},{"t":1704070800000,"o":11,"h":13,"l":10,"c":12,"v":6},{"t":1704074400000,"o":12,"h":14,"l":11,"c":13,"v":7}]"#,
        ),
        (
            "lines of objects",
            "{\"time\":1704067200.0,\"open\":\"10\",\"high\":\"12\",\"low\":\"9\",\"close\":\"11\",\"volume\":\"5\"}\n{\"time\":1704070800.0,\"open\":\"11\",\"high\":\"13\",\"low\":\"10\",\"close\":\"12\",\"volume\":\"6\"}\n{\"time\":1704074400.0,\"open\":\"12\",\"high\":\"14\",\"low\":\"11\",\"close\":\"13\",\"volume\":\"7\"}\n",
        ),
        (
            "envelope",
            r#"{"data":[{"ts":"2024-01-01 00:00:00","open":10,"high":12,"low":9,"close":11,"volume":5},{"ts":"2024-01-01 01:00:00","open":11,"high":13,"low":10,"close":12,"volume":6},{"ts":"2024-01-01 02:00:00","open":12,"high":14,"low":11,"close":13,"volume":7}]}"#,
        ),
        (
            "titles before the table",
            "https://www.example.com/data\nUnix,Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USDT,tradecount\n1704067200,2024-01-01 00:00,BTC/USDT,10,12,9,11,5,1,1\n1704070800,2024-01-01 01:00,BTC/USDT,11,13,10,12,6,1,1\n1704074400,2024-01-01 02:00,BTC/USDT,12,14,11,13,7,1,1\n",
        ),
        (
            "a column more at the end",
            "date,open,high,low,close,volume,\n2024-01-01 00:00,10,12,9,11,5,\n2024-01-01 01:00,11,13,10,12,6,\n2024-01-01 02:00,12,14,11,13,7,\n",
        ),
    ] {
        let parsed = parse("x_BTCUSDT_1h.txt", text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(bars(&parsed), bars(&expected), "{name}");
        assert_eq!(parsed.faults, [], "{name}");
        assert_eq!(parsed.series[0].series, expected.series[0].series, "{name}");
    }
}

#[test]
fn parquet_of_our_own_tables() {
    let (_folder, catalog, files) = place();
    let path = files.join("BTCUSDT.parquet");
    let hours =
        [0, 1, 2].map(|hour| Some(Timestamp::from_nanos(at("2024-01-01").as_nanos() + hour * 3_600_000_000_000)));
    let floats = |values: [f64; 3]| Column::Float(values.map(Some).to_vec());
    let columns = [
        ("symbol", Column::Text(vec![Some("BTCUSDT".into()), Some("BTCUSDT".into()), None])),
        ("timestamp", Column::Time(hours.to_vec())),
        ("open", floats([10.0, 11.0, 12.0])),
        ("high", floats([12.0, 13.0, 14.0])),
        ("low", floats([9.0, 10.0, 11.0])),
        ("close", floats([11.0, 12.0, 13.0])),
        ("volume", Column::Float(vec![Some(5.0), None, Some(7.0)])),
    ]
    .map(|(name, column)| (name.to_owned(), column));
    write_table(&path, TableFormat::Parquet, &columns).unwrap();
    let summary = import_file(&catalog, &path, &ImportOptions::default(), &mut |_| {}).unwrap();
    assert_eq!((summary.format, summary.rows, summary.kept, summary.quarantined), (FileFormat::Parquet, 3, 2, 1));
    let quarantine = fs::read_to_string(summary.quarantine.unwrap()).unwrap();
    assert!(quarantine.contains("3,") && quarantine.contains("2024-01-01T02:00:00Z"), "{quarantine}");
    let bars = catalog.read_bars(&summary.series[0].series.key().unwrap(), None, None).unwrap();
    assert_eq!(bars.view().open, [10.0, 11.0]);
    assert!(bars.view().volume[1].is_nan(), "null is unknown");
}

#[test]
fn an_export_imports_as_the_same_series() {
    let (_folder, catalog, files) = place();
    let key = crate::sample::key("1m");
    catalog.write_bars(&key, &crate::sample::minutes(0, 500, 0.0)).unwrap();
    let before = catalog.fingerprint(&key).unwrap();
    for format in TableFormat::ALL {
        let path = files.join(format!("binance_um_BTCUSDT_1m.{format}"));
        catalog.export(&Series::bars(&key), &path, format, None, None).unwrap();
        let summary = import_file(&catalog, &path, &ImportOptions::default(), &mut |_| {}).unwrap();
        assert_eq!(summary.series[0].series.key(), Some(key.clone()), "{format}");
        assert_eq!(summary.merged().unchanged, 500, "{format}");
        assert_eq!(catalog.fingerprint(&key).unwrap(), before, "{format}");
    }
}

#[test]
fn every_kind_of_dirt_is_refused_with_its_reason() {
    let text = "timestamp_ms,open,high,low,close,volume\n\
        1704067200000,10,12,9,11,5\n\
        1704067260000,10,9.5,9,11,5\n\
        1704067320000,10,12,11,11,5\n\
        1704067380000,-10,12,9,11,5\n\
        1704067440000,10,inf,9,11,5\n\
        1704067500000,10,,9,11,5\n\
        1704067560000,10,12,9,11,-1\n\
        1704067620000,ten,12,9,11,5\n\
        not a time,10,12,9,11,5\n\
        1704067740000,10,12\n\
        1704067740000,10,12,9,11,5,6,7\n\
        \n\
        1704067800,10,12,9,11,5\n\
        1704067860000,10,12,9,11,\n\
        1704067200000,10,12,9,11,5\n\
        1704067860000,10,12,9,11,6\n\
        1704067230000,10,12,9,11,5\n\
        1704067920000,10,12,9,11,0\n";
    let parsed = parse("x_A_1m.csv", text).unwrap();
    assert_eq!(
        faults(&parsed),
        [
            (3, "high is below open or close"),
            (4, "low is above open or close"),
            (5, "open is not positive"),
            (6, "high 'inf' is not a number"),
            (7, "high is missing"),
            (8, "volume is negative"),
            (9, "open 'ten' is not a number"),
            (10, "'not a time' is not a time"),
            (11, "3 cells instead of 6"),
            (12, "8 cells instead of 6"),
            (14, "'1704067800' is not a time in ms, as the others are"),
            (17, "contradicts row 15, which has the same time"),
            (18, "time goes backwards: 2024-01-01T00:00:30Z after 2024-01-01T00:11:00Z"),
        ]
    );
    let summary = parsed.summary();
    assert_eq!((summary.rows, summary.kept, summary.quarantined, summary.duplicates), (17, 3, 13, 1));
    assert_eq!(parsed.faults[7].raw, "not a time,10,12,9,11,5");
    assert!(bars(&parsed).view().volume[1].is_nan(), "no volume is an unknown volume");
    assert_eq!(bars(&parsed).view().volume[2], 0.0);
    let series = &summary.series[0];
    assert_eq!((series.gaps, series.missing), (1, 10));
}

#[test]
fn a_broken_line_of_json_is_kept_as_it_is() {
    let text = "{\"time\":\"2024-01-01\",\"open\":1,\"high\":1,\"low\":1,\"close\":1}\n{\"time\":\n\
        {\"time\":\"2024-01-02\",\"open\":1,\"high\":0.5,\"low\":1,\"close\":1}\n\
        {\"time\":\"2024-01-03\",\"open\":1,\"high\":1,\"low\":1,\"close\":1}\n";
    let parsed = parse("A_1d.jsonl", text).unwrap();
    let raw: Vec<(u64, &str)> = parsed.faults.iter().map(|fault| (fault.line, fault.raw.as_str())).collect();
    assert_eq!(raw[0], (2, "{\"time\":"));
    assert!(raw[1].0 == 3 && raw[1].1.contains("\"high\":0.5"), "{raw:?}");
}

#[test]
fn quarantine_and_summary_account_for_every_row() {
    let (_folder, catalog, files) = place();
    let path = files.join("dirty_A_1h.csv");
    fs::write(&path, format!("{THREE_HOURS}1704078000000,\"a, \"\"b\"\"\",1,1,1,1\n")).unwrap();
    let mut stages = Vec::new();
    let summary = import_file(&catalog, &path, &ImportOptions::default(), &mut |progress| {
        assert!(progress.done <= progress.total);
        stages.push(progress.stage);
    })
    .unwrap();
    stages.dedup();
    assert_eq!(stages, [Stage::Reading, Stage::Parsing, Stage::Writing]);
    assert_eq!((summary.kept, summary.quarantined, summary.merged().added), (3, 1, 3));
    let quarantine = summary.quarantine.clone().unwrap();
    let name = quarantine.file_name().unwrap().to_string_lossy().into_owned();
    assert!(name.starts_with("dirty_A_1h.csv.") && name.len() == "dirty_A_1h.csv.".len() + 8 + 4, "{name}");
    assert_eq!(
        fs::read_to_string(&quarantine).unwrap(),
        "line,reason,raw\n5,\"open 'a, \"\"\"\"b\"\"\"\"' is not a number\",\"1704078000000,\"\"a, \"\"\"\"b\"\"\"\"\"\",1,1,1,1\"\n"
    );
    let again = import_file(&catalog, &path, &ImportOptions::default(), &mut |_| {}).unwrap();
    assert_eq!(again.merged(), MergeReport { before: 3, after: 3, added: 0, unchanged: 3, replaced: 0 });
    assert_eq!(again.replaced, None);
    assert_eq!(fs::read_dir(catalog.quarantine()).unwrap().count(), 1);
    let json = serde_json::to_value(&summary).unwrap();
    assert_eq!(json["series"][0]["symbol"], "A");
    assert_eq!(json["kind"], "bars");
}

#[test]
fn other_values_for_the_same_time_win_and_the_old_are_kept_aside() {
    let (_folder, catalog, files) = place();
    let (old, new) = (files.join("x_A_1h.csv"), files.join("x_A_1h_2024.csv"));
    fs::write(&old, THREE_HOURS).unwrap();
    fs::write(&new, THREE_HOURS.replace(",13,10,12,6", ",13,10,12.5,6")).unwrap();
    let import = |path: &PathBuf| import_file(&catalog, path, &ImportOptions::default(), &mut |_| {}).unwrap();
    import(&old);
    let summary = import(&new);
    assert_eq!(summary.merged(), MergeReport { before: 3, after: 3, added: 0, unchanged: 2, replaced: 1 });
    let replaced = summary.replaced.unwrap();
    let expected = "series,time,old values\n\
        x/A/1h,2024-01-01T01:00:00Z,open=11.0 high=13.0 low=10.0 close=12.0 volume=6.0\n";
    assert_eq!(fs::read_to_string(&replaced).unwrap(), expected);
    import(&old);
    import(&new);
    assert_eq!(fs::read_to_string(&replaced).unwrap(), expected, "the same loss is written once");
    assert_eq!(fs::read_dir(catalog.quarantine()).unwrap().count(), 2);
}

#[test]
fn a_file_with_nothing_usable_writes_nothing() {
    let (_folder, catalog, files) = place();
    let path = files.join("A_1h.csv");
    fs::write(&path, "time,open,high,low,close\n2024-01-01,1,0.5,1,1\n2024-01-02,1,0.5,1,1\n").unwrap();
    let error = import_file(&catalog, &path, &ImportOptions::default(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, ImportError::NothingUsable { rows: 2, .. }), "{error}");
    assert!(error.to_string().contains("the first (line 2) because high is below open or close"), "{error}");
    assert!(!catalog.root().exists());
    let missing = import_file(&catalog, &files.join("absent.csv"), &ImportOptions::default(), &mut |_| {});
    assert!(matches!(missing, Err(ImportError::Io { .. })));
}

#[test]
fn what_is_no_table_says_what_it_is() {
    let packed = {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(THREE_HOURS.repeat(50).as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    let options = ImportOptions::default();
    for (content, expected) in [
        (&b""[..], "is empty"),
        (b"\n\n", "is empty"),
        (b"PK\x03\x04zip", "a zip archive"),
        (b"\xff\xfet\0i\0m\0e\0", "UTF-16"),
        (b"\x00\x01\x02\x03", "not text"),
        (b"just words", "no table (its first line is 'just words')"),
        (b"PAR1 and nothing more", "cannot be read as Parquet"),
        (b"{\"open\": [1", "cannot be read as JSON"),
        (b"{\"a\": 1, \"b\": {}}", "found an object without an array of rows"),
        (&packed[..packed.len() / 2], "damaged or cut short"),
        (b"time,open,high,low,close\n", "nothing usable: 0 rows"),
        (b"time,price_factor\n2024-01-01,2\n", "found the columns time, price_factor"),
        (b"1,2,3\n4,5,6\n", "no header and 3 columns"),
    ] {
        let error = parse_bytes("a.csv", content, &options).unwrap_err().to_string();
        assert!(error.contains(expected), "{}: {error}", String::from_utf8_lossy(content));
    }
    let small = ImportOptions { unpacked_max: 1000, ..ImportOptions::default() };
    assert!(matches!(parse_bytes("a.csv", &packed, &small), Err(ImportError::TooLarge { max: 1000, .. })));
    let parquet = parse_bytes("a.parquet", &parquet_file(), &small);
    assert!(matches!(parquet, Err(ImportError::TooLarge { .. })), "fifty rows of seven columns");
}

#[test]
fn what_is_ambiguous_asks_for_the_option_that_settles_it() {
    let error = |text: &str| parse("A.csv", text).unwrap_err();
    let ohlc = |times: [&str; 2]| format!("time,open,high,low,close\n{},1,1,1,1\n{},1,1,1,1\n", times[0], times[1]);
    let unit = ohlc(["12345", "12346"]);
    assert!(matches!(error(&unit), ImportError::Time { source: TimeColumnError::AmbiguousUnit(_), .. }));
    let seconds = ImportOptions { time_unit: Some(TimeUnit::Seconds), ..ImportOptions::default() };
    assert_eq!(parse_with("A.csv", &unit, seconds).unwrap().series[0].series.timeframe.unwrap().to_string(), "1s");
    let slashes = error(&ohlc(["1/2/2024", "1/3/2024"]));
    assert!(matches!(slashes, ImportError::Time { source: TimeColumnError::AmbiguousDate(_), .. }));
    assert!(parse("A.csv", &ohlc(["1/12/2024", "1/13/2024"])).is_ok());
    assert!(matches!(
        error("timestamp_ms,open,high,low,close\n1704067200,1,1,1,1\n"),
        ImportError::Time { source: TimeColumnError::UnitContradicted { .. }, .. }
    ));
    assert!(matches!(error("time,open,high,low,close\n2024-01-01,1,1,1,1\n"), ImportError::NoTimeframe(_)));
    assert!(matches!(parse("é.csv", THREE_HOURS), Err(ImportError::NoSymbol(_))));
    assert!(matches!(parse("A_1d.csv", THREE_HOURS), Err(ImportError::TimeframeTooLong { .. })));
    assert!(matches!(
        error("time,bid,ask,price,qty\n2024-01-01,1,2,1.5,1\n"),
        ImportError::WhichKind { kinds: [Kind::Trades, Kind::Quotes], .. }
    ));
    let trades = ImportOptions { kind: Some(Kind::Trades), ..ImportOptions::default() };
    let parsed = parse_with("A.csv", "time,bid,ask,price,qty\n2024-01-01,1,2,1.5,1\n", trades.clone()).unwrap();
    assert_eq!(parsed.summary().ignored_columns, ["bid", "ask"]);
    let missing = parse_with("A.csv", THREE_HOURS, trades).unwrap_err().to_string();
    assert!(missing.contains("no column for price, which trades need"), "{missing}");
}

#[test]
fn columns_may_be_named_by_hand() {
    let choose = |choices: &[&str]| ImportOptions {
        columns: choices.iter().map(|choice| choice.parse::<ColumnChoice>().unwrap()).collect(),
        ..ImportOptions::default()
    };
    let text = "When,First,Top,Bottom,End,Other\n2024-01-01,1,3,0.5,2,9\n2024-01-02,1,3,0.5,2,9\n";
    let options = choose(&["time=When", "open=first", "high=Top", "low=Bottom", "close=5"]);
    let parsed = parse_with("A.csv", text, options).unwrap();
    assert_eq!(bars(&parsed).view().close, [2.0, 2.0]);
    assert_eq!(parsed.summary().ignored_columns, ["Other"]);
    assert_eq!(parsed.summary().columns.len(), 5);
    let bare = "9,2024-01-01,2,1,3,0.5\n9,2024-01-02,2,1,3,0.5\n";
    let parsed = parse_with("A.csv", bare, choose(&["time=2", "close=3", "open=4", "high=5", "low=6"])).unwrap();
    assert_eq!(bars(&parsed).view().high, [3.0, 3.0]);
    let unknown = parse_with("A.csv", text, choose(&["time=Never"])).unwrap_err().to_string();
    assert!(unknown.contains("no column 'Never'; found the columns When, First"), "{unknown}");
    assert!("time".parse::<ColumnChoice>().is_err() && "tim=a".parse::<ColumnChoice>().is_err());
}

#[test]
fn trades_of_every_form() {
    let buy_sell = |parsed: Parsed| match &parsed.series[0].rows {
        Rows::Trades(trades) => {
            trades.iter().map(|t| (t.ts_venue.as_millis(), t.id, t.price, t.qty, t.aggressor)).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let expected = vec![
        (1_704_067_200_000, Some(7), 10.5, 2.0, Aggressor::Buy),
        (1_704_067_200_000, Some(8), 10.6, 3.0, Aggressor::Sell),
    ];
    for text in [
        "id,price,qty,quote_qty,time,is_buyer_maker\n7,10.5,2,21,1704067200000,false\n8,10.6,3,31.8,1704067200000,true\n",
        "7,10.5,2,21,1704067200000,False,True\n8,10.6,3,31.8,1704067200000,True,True\n",
        "7,10.5,2,1,2,1704067200000000,False,True\n8,10.6,3,3,4,1704067200000000,True,True\n",
        "timestamp,trade_id,side,price,amount\n2024-01-01T00:00:00Z,7,buy,10.5,2\n2024-01-01T00:00:00Z,8,SELL,10.6,3\n",
        r#"[{"T":1704067200000,"tid":7,"price":"10.5","size":"2","m":false},{"T":1704067200000,"tid":8,"price":"10.6","size":"3","m":true}]"#,
    ] {
        assert_eq!(buy_sell(parse("A_trades.csv", text).unwrap()), expected, "{text}");
    }
    let dirty = "timestamp_ms,recv_ns,trade_id,price,qty,aggressor\n\
        1704067200000,1704067200000000123,1,10,1,buy\n\
        1704067200000,,1,10,1,buy\n\
        1704067200000,,1,11,1,buy\n\
        1704067200000,,2,0,1,buy\n\
        1704067200000,,3,10,0,buy\n\
        1704067200000,,4,10,1,both\n\
        1704067200000,,5,10,1,\n";
    let parsed = parse("A.csv", dirty).unwrap();
    assert_eq!(
        faults(&parsed),
        [
            (4, "contradicts row 2, which has the same id"),
            (5, "price is not positive"),
            (6, "qty is not positive"),
            (7, "side 'both' is neither buy nor sell"),
        ]
    );
    assert_eq!((parsed.summary().kept, parsed.summary().duplicates), (2, 1));
    let Rows::Trades(trades) = &parsed.series[0].rows else { panic!("trades") };
    assert_eq!(trades[0].ts_local, Some(Timestamp::from_nanos(1_704_067_200_000_000_123)));
    assert_eq!(trades[1].aggressor, Aggressor::Unknown);
    let repeated = "time,price,size\n2024-01-01,10,1\n2024-01-01,10,1\n";
    assert_eq!(parse("A.csv", repeated).unwrap().summary().kept, 2, "without ids two alike are two trades");
}

#[test]
fn quotes_may_be_one_sided() {
    let text = "timestamp_ms,bid,bid_size,ask,ask_size\n\
        1704067200000,10,1,11,2\n1704067200000,0,0,11,2\n1704067200001,10,,,\n1704067200002,0,0,0,0\n\
        1704067200003,-1,1,11,2\n1704067200004,10,-1,11,2\n";
    let parsed = parse("A.csv", text).unwrap();
    let Rows::Quotes(quotes) = &parsed.series[0].rows else { panic!("quotes") };
    let sides: Vec<_> = quotes.iter().map(|quote| (quote.bid, quote.ask)).collect();
    assert_eq!(
        sides,
        [
            (Some((10.0, Some(1.0))), Some((11.0, Some(2.0)))),
            (None, Some((11.0, Some(2.0)))),
            (Some((10.0, None)), None),
            (None, None),
        ]
    );
    assert_eq!(faults(&parsed), [(6, "bid is negative"), (7, "bid_qty is negative")]);
}

#[test]
fn funding_rates_of_archives_and_interfaces() {
    for text in [
        "calc_time,funding_interval_hours,last_funding_rate\n1704067200000,8,0.0001\n1704096000000,8,-0.0002\n",
        r#"[{"symbol":"BTCUSDT","fundingTime":1704067200000,"fundingRate":"0.0001"},{"symbol":"BTCUSDT","fundingTime":1704096000000,"fundingRate":"-0.0002"}]"#,
    ] {
        let parsed = parse("binance_um_BTCUSDT_funding.csv", text).unwrap();
        let Rows::Funding(rows) = &parsed.series[0].rows else { panic!("funding") };
        assert_eq!((rows.len(), rows[1].rate), (2, -0.0002));
        assert_eq!(parsed.series[0].series.to_string(), "binance_um/BTCUSDT/funding");
    }
}

#[test]
fn symbols_come_from_the_column_the_option_or_the_name() {
    let panel = "date,symbol,open,high,low,close\n2024-01-01,AA,1,1,1,1\n2024-01-01,T,2,2,2,2\n2024-01-02,AA,1,1,1,1\n2024-01-02,x y,1,1,1,1\n2024-01-02,T,2,2,2,2\n";
    let parsed = parse("panel.csv", panel).unwrap();
    let names: Vec<String> = parsed.series.iter().map(|series| series.series.to_string()).collect();
    assert_eq!(names, ["local/AA/1d", "local/T/1d"]);
    assert!(parsed.faults[0].reason.contains("'X Y' cannot be a symbol name"), "{:?}", parsed.faults);
    let only = |symbol: &str| ImportOptions { symbol: Some(symbol.parse().unwrap()), ..ImportOptions::default() };
    let parsed = parse_with("panel.csv", panel, only("T")).unwrap();
    assert_eq!((parsed.summary().kept, parsed.summary().left_out), (2, 2));
    let absent = parse_with("panel.csv", panel, only("ZZ"));
    assert!(matches!(absent, Err(ImportError::NoSuchSymbol { .. })));
    let one = panel.replace(",T,", ",AA,").replace("2,2,2,2", "1,1,1,1");
    let renamed = parse_with("panel.csv", &one, only("NEW")).unwrap();
    assert_eq!(renamed.series[0].series.symbol.as_str(), "NEW", "a single symbol may be renamed");
}

const SEEDS: [&str; 7] = [
    THREE_HOURS,
    "date,symbol,open,high,low,close,volume\n2024-01-01,A,1,1,1,1,1\n2024-01-02,A,1,1,1,1,1\n",
    "1704067200000,10,12,9,11,5,1704070799999,55,1,2,22,0\n1704070800000,11,13,10,12,6,1704074399999,66,1,2,22,0\n",
    r#"{"data":[{"t":1704067200000,"o":10,"h":12,"l":9,"c":11,"v":5},{"t":1704070800000,"o":11,"h":13,"l":10,"c":12,"v":6}]}"#,
    "[1704067200000,10,12,9,11,5]\n[1704070800000,11,13,10,12,6]\n",
    "timestamp_ms,recv_ns,trade_id,price,qty,aggressor\n1704067200000,1704067200000000123,1,10,1,buy\n",
    "time;bid;ask\n01.02.2024 00:00:00.000;1;2\n31/12/2024;1;0\n",
];

fn is_sound(parsed: &Parsed) -> bool {
    let summary = parsed.summary();
    let counted = summary.kept + summary.quarantined + summary.duplicates + summary.left_out == summary.rows;
    counted
        && !parsed.series.is_empty()
        && parsed.series.iter().all(|series| match &series.rows {
            Rows::Bars(bars) => bars.view().iter().all(|bar| bar.check().is_ok()) && !bars.is_empty(),
            Rows::Trades(rows) => rows.windows(2).all(|pair| pair[0].ts_venue <= pair[1].ts_venue) && !rows.is_empty(),
            Rows::Quotes(rows) => rows.windows(2).all(|pair| pair[0].ts_venue <= pair[1].ts_venue) && !rows.is_empty(),
            Rows::Funding(rows) => rows.windows(2).all(|pair| pair[0].ts < pair[1].ts) && !rows.is_empty(),
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(parsed) = parse_bytes("A_1h.csv", &bytes, &ImportOptions::default()) {
            prop_assert!(is_sound(&parsed));
        }
    }

    #[test]
    fn arbitrary_tables_never_panic(text in "[0-9a-z,;.:\"\\[\\]{}T /\n-]{0,200}") {
        if let Ok(parsed) = parse("A_1h.csv", &text) {
            prop_assert!(is_sound(&parsed));
        }
    }

    #[test]
    fn mutated_files_never_panic(
        seed in 0..SEEDS.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0u8..4, any::<u8>()), 0..8),
    ) {
        let mut bytes = SEEDS[seed].as_bytes().to_vec();
        for (index, edit, value) in edits {
            let at = index.index(bytes.len());
            match edit {
                0 => bytes[at] = value,
                1 => bytes.insert(at, b"0123456789.,-\n\"e:"[usize::from(value) % 17]),
                2 if bytes.len() > 1 => { bytes.remove(at); }
                _ => bytes.truncate(at.max(1)),
            }
        }
        if let Ok(parsed) = parse_bytes("A_1h.csv", &bytes, &ImportOptions::default()) {
            prop_assert!(is_sound(&parsed));
        }
    }

    #[test]
    fn mutated_parquet_never_panics(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        static FILE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let mut bytes = FILE.get_or_init(parquet_file).clone();
        for (index, value) in edits {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(parsed) = parse_bytes("A_1h.parquet", &bytes, &ImportOptions::default()) {
            prop_assert!(is_sound(&parsed));
        }
    }
}

fn parquet_file() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let prices = || Column::Float((0..50).map(|i| Some(f64::from(i % 7) + 1.0)).collect());
    let hours = (0..50).map(|hour| Timestamp::from_millis(1_704_067_200_000 + hour * 3_600_000)).collect();
    let columns = [
        ("time", Column::Time(hours)),
        ("symbol", Column::Text((0..50).map(|i| (i % 9 != 8).then(|| "AB".to_owned())).collect())),
        ("open", prices()),
        ("high", prices()),
        ("low", prices()),
        ("close", prices()),
        ("volume", Column::Int((0..50).map(|i| (i % 5 != 0).then_some(i)).collect())),
    ]
    .map(|(name, column)| (name.to_owned(), column));
    write_table(&path, TableFormat::Parquet, &columns).unwrap();
    fs::read(&path).unwrap()
}
