//! `mem backtest`, `mem runs`, `mem signal`, `mem demo`.

use crate::program::{Program, files_below};

fn with_candles() -> Program {
    let program = Program::new();
    for name in ["AAA_1h.csv", "BBB_1h.csv"] {
        program.write_candles(name);
        program.ok(&["data", "import", name]);
    }
    program
}

#[test]
fn the_same_run_gives_the_same_bytes_on_any_number_of_threads() {
    let program = with_candles();
    let backtest = |threads: &str| {
        let _ = std::fs::remove_dir_all(program.path("mem-data/runs"));
        let setting = format!("run.threads={threads}");
        program.json(&["backtest", "ma_cross", "--timeframe", "1h", "--set", &setting]);
        let files = files_below(&program.path("mem-data/runs"));
        files
            .into_iter()
            .filter(|file| !file.ends_with("meta.json"))
            .map(|file| (std::fs::read(program.path("mem-data/runs").join(&file)).unwrap(), file))
            .collect::<Vec<_>>()
    };
    let one = backtest("1");
    assert!(one.iter().any(|(_, file)| file.ends_with("report.html")));
    assert_eq!(one, backtest("2"));
    assert_eq!(one, backtest("5"));
}

#[test]
fn runs_are_listed_shown_compared_exported_and_removed() {
    let program = with_candles();
    program.ok(&["backtest", "ma_cross", "--timeframe", "1h", "--no-report"]);
    program.ok(&["backtest", "ma_cross", "--timeframe", "1h", "--param", "fast=5", "--no-report"]);
    let listed = program.json(&["runs", "list"]);
    let runs = listed.as_array().unwrap();
    assert_eq!(runs.len(), 2, "{listed}");
    let id = |index: usize| runs[index]["id"].as_str().unwrap().to_owned();
    assert!(program.ok(&["runs", "show", &id(0)]).contains("AAA"));
    let diff = program.ok(&["runs", "diff", &id(0), &id(1)]);
    assert!(diff.contains("fast"), "{diff}");
    for format in ["csv", "parquet", "json"] {
        program.ok(&["runs", "export", &id(0)[..6], "exported", "--format", format]);
    }
    assert!(files_below(&program.path("exported")).iter().any(|file| file.ends_with("trades.csv")));
    let report = program.json(&["runs", "report", &id(0)]);
    assert!(std::fs::read_to_string(program.path(report["report"].as_str().unwrap())).unwrap().contains("<html"));
    program.ok(&["runs", "remove", &id(0)]);
    assert_eq!(program.json(&["runs", "list"]).as_array().unwrap().len(), 1);
    assert!(program.fails(1, &["runs", "show", "ffffffffffff"]).contains("ffffffffffff"));
}

#[test]
fn a_backtest_needs_something_to_run_on() {
    let program = with_candles();
    assert!(program.fails(2, &["backtest", "ma_cross", "--timeframe", "1d"]).contains("1h"));
    assert!(
        program
            .fails(2, &["backtest", "ma_cross", "--symbols", "AAB", "--timeframe", "1h"])
            .contains("did you mean AAA?")
    );
    assert!(program.fails(2, &["backtest", "ma_cross", "--timeframe", "1h", "--param", "fast=0"]).contains("fast"));
}

#[test]
fn a_signal_gives_its_reasons() {
    let program = with_candles();
    let said = program.json(&["signal", "confluence", "AAA/1h"]);
    assert!(!said["signal"]["reasons"].as_array().unwrap().is_empty(), "{said}");
}

#[test]
fn the_demo_shows_the_whole_line() {
    let program = Program::new();
    let said = program.ok(&["demo", "--no-trade", "--bars", "1500", "--no-open"]);
    assert!(said.to_lowercase().contains("simulated"), "{said}");
    for strategy in ["confluence", "fast_score", "ma_cross"] {
        assert!(said.contains(strategy), "{said}");
    }
    let again = program.json(&["demo", "--no-trade", "--bars", "1500", "--no-open"]);
    let other = Program::new().json(&["demo", "--no-trade", "--bars", "1500", "--no-open"]);
    assert_eq!(again["runs"], other["runs"], "the same seed gives the same results anywhere");
    let report = std::fs::read_to_string(program.path(again["report"].as_str().unwrap())).unwrap();
    assert!(report.contains("SIMULATED"));
}

#[test]
fn the_demo_runs_on_real_candles_too() {
    let program = Program::new();
    std::fs::create_dir(program.path("candles")).unwrap();
    program.write_candles("candles/AAA_1h.csv");
    let said = program.json(&["demo", "--no-trade", "--data", "candles", "--no-open"]);
    assert_eq!(said["runs"].as_array().unwrap().len(), 3, "{said}");
}

#[test]
fn the_records_are_there_from_the_start() {
    let program = Program::new();
    let stats = program.json(&["records", "stats"]);
    for table in ["trades", "memories", "metrics", "signals", "logs"] {
        assert_eq!(stats[table], 0, "{stats}");
    }
    assert!(program.json(&["records", "list", "trades"]).as_array().unwrap().is_empty());
    program.ok(&["records", "purge", "--days", "30"]);
}
