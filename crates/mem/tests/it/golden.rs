//! Golden replay on real data: import everything, backtest both built-in strategies over all of it. A change of any
//! figure is a change of behaviour, and has to be meant.

use mem_testkit::real_data;

use crate::program::{Program, files_below};

/// Imports a folder of the real data; gives the program that holds it, or `None` without the data.
fn import(folder: &str, venue: &str) -> Option<Program> {
    let folder = real_data(folder)?;
    let program = Program::new();
    let files: Vec<String> = files_below(&folder).iter().map(|file| folder.join(file).display().to_string()).collect();
    let mut arguments = vec!["data", "import", "--venue", venue];
    arguments.extend(files.iter().map(String::as_str));
    let said = program.json(&arguments);
    assert_eq!(said["failed"].as_array().unwrap().len(), 0, "{said}");
    for summary in said["imported"].as_array().unwrap() {
        assert_eq!(summary["rows"], summary["kept"], "{summary}");
    }
    assert!(program.json(&["data", "check"]).as_array().unwrap().iter().all(|report| report["faults"] == 0));
    Some(program)
}

/// Series tested, trades, and the sum of final equities to the cent: enough to notice any change.
fn backtest(program: &Program, strategy: &str, timeframe: &str) -> (usize, u64, String) {
    let run = program.json(&["backtest", strategy, "--timeframe", timeframe]);
    let series = run["series"].as_array().unwrap();
    let capital = run["config"]["sim"]["initial_capital"].as_f64().unwrap();
    let mut equity = 0.0;
    for series in series {
        equity += capital * (1.0 + series["summary"]["metrics"]["total_return"].as_f64().unwrap());
    }
    let report = std::fs::read_to_string(program.path(run["report"].as_str().unwrap())).unwrap();
    assert!(report.contains(strategy) && !report.contains("SIMULATED MARKET"));
    (series.len(), run["totals"]["trades"].as_u64().unwrap(), format!("{equity:.2}"))
}

#[test]
fn ten_perpetual_futures_hour_by_hour() {
    let Some(program) = import("crypto_1h", "binance_um") else { return };
    assert_eq!(backtest(&program, "confluence", "1h"), (10, 3_226, "59705.66".to_owned()));
    assert_eq!(backtest(&program, "fast_score", "1h"), (10, 816, "80054.37".to_owned()));
    assert_eq!(backtest(&program, "ma_cross", "1h"), (10, 5_548, "1146586.09".to_owned()));
}

#[test]
fn thirty_stocks_day_by_day() {
    let Some(program) = import("us_stock_daily", "us") else { return };
    assert_eq!(backtest(&program, "confluence", "1d"), (30, 2_642, "310606.46".to_owned()));
    assert_eq!(backtest(&program, "fast_score", "1d"), (30, 335, "284999.56".to_owned()));
}
