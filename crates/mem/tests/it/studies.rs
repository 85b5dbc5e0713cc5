//! `mem optimize`, `mem compare`, `mem portfolio`: from candles to what is kept, listed, exported and read again.

use crate::program::Program;

fn with_candles() -> Program {
    let program = Program::new();
    for (name, symbol) in [("a.csv", "AAA"), ("b.csv", "BBB"), ("c.csv", "CCC")] {
        let file = program.write_candles(name);
        program.ok(&["data", "import", "--symbol", symbol, "--timeframe", "1h", &file.display().to_string()]);
    }
    program
}

#[test]
fn a_search_is_kept_with_every_trial() {
    let program = with_candles();
    let search = ["optimize", "ma_cross", "--vary", "fast=3..12", "--vary", "slow=15..60:5", "--no-report"];
    let text = program.ok(&search);
    assert!(text.contains("ma_cross on 1h bars of 3 symbols: sharpe made large over fast, slow"), "{text}");
    assert!(text.contains("the best on the latest 30.0 % of the bars, which it was not chosen by"), "{text}");
    assert!(text.contains("try it: mem backtest ma_cross --timeframe 1h --param fast_type=sma"), "{text}");
    let found = program.json(&search);
    assert_eq!((found["kind"].as_str(), found["possible"].as_u64()), (Some("optimization"), Some(100)));
    let id = found["id"].as_str().unwrap();
    assert!(text.contains(&format!("kept as run {id}")), "the same search is the same run");
    let trials = found["trials"].as_u64().unwrap();
    assert!((20..=100).contains(&trials));
    let exported = program.json(&["runs", "export", id, "out"]);
    let csv = std::fs::read_to_string(program.path(exported["files"][0].as_str().unwrap())).unwrap();
    assert_eq!(csv.lines().count() as u64, trials + 1);
    assert!(csv.starts_with("trial,generation,fast,slow,fitness,trades,total_return"), "{csv}");
    assert!(program.ok(&["runs", "show", id]).contains("candidates judged of 100 possible"));
    assert!(program.ok(&["runs", "list"]).contains("optimization"));
    assert_eq!(program.json(&["runs", "show", id])["best"], found["best"]);
}

#[test]
fn what_the_thread_count_is_changes_nothing() {
    let program = with_candles();
    let id = |threads: &str| {
        let threads = format!("run.threads={threads}");
        let found = program.json(&["optimize", "fast_score", "--seed", "3", "--no-report", "--set", &threads]);
        (found["id"].clone(), found["best"].clone(), found["generations"].clone())
    };
    assert_eq!(id("1"), id("3"));
}

#[test]
fn candidates_are_compared_and_kept_as_backtests() {
    let program = with_candles();
    let found = program.json(&["compare", "ma_cross", "slow=ma_cross:fast=20,slow=80", "fast_score", "--no-report"]);
    assert_eq!(found["rows"].as_array().unwrap().len(), 3);
    assert_eq!(found["rankings"]["by_return"].as_array().unwrap().len(), 3);
    for row in found["rows"].as_array().unwrap() {
        assert!(program.ok(&["runs", "show", row["run"].as_str().unwrap()]).contains("3 of 3 series tested"));
    }
    let text = program.ok(&["runs", "show", found["id"].as_str().unwrap()]);
    assert!(text.contains("3 candidates on 1h bars of 3 symbols"), "{text}");
}

#[test]
fn a_portfolio_adds_up() {
    let program = with_candles();
    let found = program.json(&["portfolio", "ma_cross", "--weights", "AAA=0.5,BBB=0.3,CCC=0.2", "--no-report"]);
    let result = &found["result"];
    let gain: f64 = result["sleeves"].as_array().unwrap().iter().map(|one| one["contribution"].as_f64().unwrap()).sum();
    let total = result["metrics"]["total_return"].as_f64().unwrap();
    let cost = result["rebalance_cost"].as_f64().unwrap();
    assert!((gain - cost - total * 10_000.0).abs() < 1e-6, "{gain} {cost} {total}");
    let text = program.ok(&["runs", "show", found["id"].as_str().unwrap()]);
    assert!(text.contains("correlation of prices") && text.contains("diversification ratio"), "{text}");
    let exported = program.json(&["runs", "export", found["id"].as_str().unwrap(), "out"]);
    let csv = std::fs::read_to_string(program.path(exported["files"][0].as_str().unwrap())).unwrap();
    assert!(csv.starts_with("ts,equity,capital AAA,capital BBB,capital CCC\n"), "{csv}");
}

#[test]
fn mistakes_say_what_to_do() {
    let program = with_candles();
    for (arguments, words) in [
        (&["optimize", "ma_cross", "--vary", "fats=3..9"][..], "the strategy takes fast_type, fast, slow_type"),
        (&["optimize", "ma_cross", "--vary", "fast=9..3"], "9 lies above 3"),
        (&["optimize", "ma_cross", "--fitness", "sharp"], "there is no fitness 'sharp'"),
        (&["optimize", "ma_cross", "--param", "fast=5", "--vary", "fast=2..9"], "fast: it is given twice"),
        (&["optimize", "ma_cross", "--holdout", "2"], "holdout is 2: expected 0 to 0.9"),
        (&["compare", "=ma_cross"], "expected STRATEGY:NAME=VALUE"),
        (&["compare", "ma_crss"], "ma_cross"),
        (&["compare", "ma_cross:fast"], "expected NAME=VALUE"),
        (&["portfolio", "ma_cross", "--weights", "half"], "expected equal, inverse_volatility, risk_parity"),
        (&["portfolio", "ma_cross", "--weights", "AAA=-1"], "weights.custom is -1"),
    ] {
        let said = program.fails(2, arguments);
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    assert!(program.fails(1, &["compare", "ma_cross", "ma_cross"]).contains("two candidates are called 'ma_cross'"));
}
