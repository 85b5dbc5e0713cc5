//! Trading as a user meets it: run, status, kill-switch, stop, replay.

use std::process::Stdio;

use crate::exchange::{Exchange, eventually};
use crate::program::{Program, Running};

/// A simulated exchange with an hour of the market in a second, and the engine on it. How full the machine's disk is is not what is
/// tested.
fn trading(program: &Program, exchange: &Exchange, more: &[&str]) -> Running {
    let disk = ["--set", "alerts.disk_free_percent=0", "--set", "alerts.disk_free_bytes=0"];
    let run = ["run", "fast_score", "--param", "min_confidence=30", "--bars", "1m", "--endpoint", &exchange.address];
    let all: Vec<&str> = disk.iter().chain(&run).chain(more).chain(&["--json"]).copied().collect();
    Running(program.command(&all).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

fn status(program: &Program) -> serde_json::Value {
    serde_json::from_str(&program.run(&["status", "--json"]).stdout).unwrap_or_default()
}

#[test]
fn a_session_from_start_to_replay() {
    let program = Program::new();
    let exchange = Exchange::start(&program, &["--seed", "3", "--speed", "3600"]);
    assert!(program.fails(1, &["status"]).contains("no engine runs"));
    let mut engine = trading(&program, &exchange, &[]);
    eventually("decisions", || status(&program)["decisions"].as_u64() >= Some(5));
    let board = status(&program);
    assert_eq!((&board["paper"], &board["balanced"], &board["late_trades"]), (&true.into(), &true.into(), &0.into()));
    let shown = program.run(&["status"]);
    assert_eq!(shown.code, 0, "{}", shown.stdout);

    // Only one engine works in a folder.
    let second = ["run", "ma_cross", "--endpoint", &exchange.address];
    assert!(program.fails(2, &second).contains("an engine runs in"));

    // The drawdown is measured anew.
    assert!(program.json(&["resume"])["drawdown_was_pct"].is_number());

    // No entries any more: the strategy goes on deciding, risk refuses.
    program.ok(&["kill-switch", "on", "--reason", "a test"]);
    eventually("the kill switch", || status(&program)["kill_switch"] == "a test");
    assert_eq!(program.run(&["status"]).code, 3);
    let decided = status(&program)["decisions"].as_u64();
    eventually("decisions that are refused", || status(&program)["decisions"].as_u64() > decided);
    program.ok(&["stop", "--flatten"]);
    let ended = engine.0.wait().unwrap();
    assert!(ended.success());
    assert!(program.fails(1, &["stop"]).contains("no engine runs"));

    let logs = program.json(&["records", "list", "logs"]);
    let text = logs.to_string();
    assert!(text.contains("kill switch on: a test") && text.contains("every position is closed"), "{text}");
    let memories = program.json(&["records", "list", "memories", "--limit", "500"]).to_string();
    assert!(memories.contains("refused by kill_switch: the kill switch is on: a test"), "{memories}");

    let replay = program.json(&["replay"]);
    assert_eq!(
        (&replay["replay"]["identical"], &replay["replay"]["difference"]),
        (&true.into(), &serde_json::Value::Null)
    );
    assert!(program.fails(2, &["replay", "nothing"]).contains("no session nothing"));

    // The switch outlives the engine, and so do the books.
    assert_eq!(program.json(&["kill-switch"])["on"], true);
    program.ok(&["kill-switch", "off"]);
    assert_eq!(program.json(&["kill-switch"])["on"], false);
    let mut engine = trading(&program, &exchange, &["--for", "3s"]);
    eventually("more decisions", || status(&program)["decisions"].as_u64() > decided);
    assert!(engine.0.wait().unwrap().success());
    assert_eq!(program.json(&["replay"])["replay"]["identical"], true);
    // A real account is another one.
    let live = ["run", "ma_cross", "--live", "--endpoint", &exchange.address];
    assert!(program.fails(2, &live).contains("give it a --data-folder of its own"));
}

#[test]
fn what_cannot_be_traded_is_said_before_anything_is_sent() {
    let program = Program::new();
    assert!(program.fails(2, &["run", "ma_cros"]).contains("ma_cross"));
    assert!(program.fails(2, &["run", "ma_cross", "--param", "fast=0"]).contains("fast"));
    assert!(program.fails(2, &["run", "--venue", "kraken"]).contains("unknown venue 'kraken'"));
    assert!(program.fails(2, &["run", "--venue", "binance", "--live"]).contains("sends no orders to binance"));
    assert!(program.fails(2, &["run", "--bars", "1x"]).contains("1x"));
    assert!(program.fails(1, &["run", "--endpoint", "http://127.0.0.1:1"]).contains("cannot ask the venue"));
    assert!(program.fails(2, &["run", "--set", "risk.max_position=-1"]).contains("risk.max_position is -1"));
    assert!(program.fails(1, &["replay"]).contains("no session here"));
    let exchange = Exchange::start(&program, &["--seed", "3"]);
    let unknown = ["run", "--symbols", "NOPE", "--endpoint", &exchange.address];
    assert!(program.fails(2, &unknown).contains("lists no NOPE"));
}

#[test]
fn the_catalog_goes_through_the_engine() {
    let program = Program::new();
    let candles = program.write_candles("binance_um_BTCUSDT_1h.csv");
    program.ok(&["data", "import", candles.to_str().unwrap()]);
    let replay = ["replay", "--catalog", "fast_score", "--param", "min_confidence=20", "--timeframe", "1h"];
    let off = program.json(&replay);
    let keep: Vec<&str> = replay.iter().chain(&["--keep", "kept"]).copied().collect();
    let on = program.json(&keep);
    for field in ["bars", "trades", "wins", "pnl", "fees", "equity", "balanced"] {
        assert_eq!(off[field], on[field], "{field}");
    }
    assert!(off["trades"].as_u64() > Some(3), "{off}");
    assert!(program.path("kept/mem_data.db").exists());
    assert!(program.fails(2, &keep).contains("holds records already"));
}

#[test]
fn alerts_are_raised_noted_and_recover() {
    let program = Program::new();
    let exchange = Exchange::start(&program, &["--seed", "3", "--speed", "600"]);
    assert!(program.fails(1, &["alerts", "watch", "SIM-ALPHA", "above", "1"]).contains("no engine runs"));
    let mut engine = trading(&program, &exchange, &[]);
    eventually("a price", || status(&program)["last_prices"]["SIM-ALPHA"].as_f64() > Some(0.0));
    let alerts = || -> Vec<serde_json::Value> {
        program.json(&["alerts", "list"])["alerts"].as_array().cloned().unwrap_or_default()
    };
    let raised =
        |kind: &str, state: &str| alerts().iter().any(|alert| alert["kind"] == kind && alert["state"] == state);

    // A price that is reached at once, and one that never is.
    program.ok(&["alerts", "watch", "SIM-ALPHA", "above", "1", "--note", "there already"]);
    program.ok(&["alerts", "watch", "SIM-BETA", "below", "0.0000001"]);
    eventually("the price level", || raised("PRICE_LEVEL", "active"));
    eventually("a price that is waited for", || {
        status(&program)["watched"].as_array().is_some_and(|all| !all.is_empty())
    });
    let level = alerts().into_iter().find(|alert| alert["kind"] == "PRICE_LEVEL").unwrap();
    assert!(level["message"].as_str().unwrap().contains("there already"), "{level}");
    let id = level["id"].to_string();
    program.ok(&["alerts", "ack", &id, "--by", "a test"]);
    eventually("the note", || raised("PRICE_LEVEL", "acknowledged"));
    assert!(program.fails(2, &["alerts", "ack", "999"]).contains("no alert 999 holds"));
    assert!(program.fails(2, &["alerts", "watch", "SIM-ALPHA", "above", "0"]).contains("above zero"));

    // The feed dies, and the engine says so.
    let stall = ["sim", "fault", "stall", "--for", "4s", "--endpoint", &exchange.address];
    program.ok(&stall);
    eventually("the fail-over", || {
        alerts().iter().any(|alert| alert["kind"] == "FAIL_OVER" || alert["kind"] == "STALE_FEED")
    });
    program.ok(&["kill-switch", "on"]);
    eventually("the kill switch", || raised("KILL_SWITCH", "active"));
    program.ok(&["stop"]);
    assert!(engine.0.wait().unwrap().success());
    assert!(program.ok(&["alerts", "list"]).contains("PRICE_LEVEL"));
}

/// The board of an engine that ran for a moment, as JSON after everything else it printed.
fn last_json(text: &str) -> serde_json::Value {
    let values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
    values.map(Result::unwrap).last().unwrap()
}

#[test]
fn a_demo_on_real_minutes_is_killed_and_goes_on() {
    let Some(minutes) = mem_testkit::real_data("crypto_1m/binance_um_BTCUSDT_1m.csv.gz") else { return };
    let program = Program::new();
    let data = minutes.to_str().unwrap();
    let demo = |more: &[&str]| {
        let all: Vec<&str> = ["demo", "--data", data, "--no-open", "--json"].iter().chain(more).copied().collect();
        Running(program.command(&all).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    };
    let mut first = demo(&[]);
    eventually("a demo that trades", || status(&program)["events"].as_u64() > Some(200));
    let before = status(&program);
    first.0.kill().unwrap();
    first.0.wait().unwrap();
    let mut second = demo(&["--for", "2s"]);
    let mut text = String::new();
    std::io::Read::read_to_string(second.0.stdout.as_mut().unwrap(), &mut text).unwrap();
    assert!(second.0.wait().unwrap().success());
    let after = last_json(&text)["trading"].clone();
    assert_eq!((&after["balanced"], &after["paper"]), (&true.into(), &true.into()));
    assert!(before["decisions"].as_u64() > Some(20), "{before}");
    assert!(after["decisions"].as_u64() >= before["decisions"].as_u64() && after["market_time"].is_string());
    let folder = format!("mem-data/demo/{}", minutes.file_name().unwrap().to_str().unwrap());
    let trades = program.json(&["--data-folder", &folder, "records", "list", "trades", "--limit", "1000"]);
    assert!(trades.as_array().is_some_and(|trades| trades.len() > 10), "{trades}");
}

#[test]
fn real_ticks_are_traded_and_replayed() {
    let Some(ticks) = mem_testkit::real_data("ticks_binance/trades_spot_btcusdt_20240808.csv.gz") else { return };
    let program = Program::new();
    let exchange = Exchange::start(&program, &["--data", ticks.to_str().unwrap(), "--speed", "100"]);
    let run = ["run", "ma_cross", "--param", "fast=2", "--param", "slow=4", "--bars", "20t", "--for", "2s"];
    let all: Vec<&str> = run.iter().chain(&["--endpoint", exchange.address.as_str()]).copied().collect();
    let board = program.json(&all);
    assert!(board["events"].as_u64() > Some(500) && board["decisions"].as_u64() > Some(2), "{board}");
    assert_eq!((&board["balanced"], &board["unknown_orders"]), (&true.into(), &0.into()));
    let replay = program.json(&["replay"]);
    assert_eq!(replay["replay"]["identical"], true, "{replay}");
}
