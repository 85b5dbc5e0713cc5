//! The simulated exchange, a recording of it, and faults in between, as a user meets them.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::{Program, Running};

/// `mem sim` on a free port, ended when it is dropped.
pub(crate) struct Exchange {
    _process: Running,
    pub(crate) address: String,
}

impl Exchange {
    pub(crate) fn start(program: &Program, arguments: &[&str]) -> Self {
        let all: Vec<&str> = ["sim", "--port", "0", "--json"].iter().chain(arguments).copied().collect();
        let (process, said) = program.start(&all);
        assert_eq!(said["simulated"], true);
        Self { _process: process, address: said["address"].as_str().unwrap().to_owned() }
    }
}

/// Asks again, for half a minute at most, until the answer is right.
pub(crate) fn eventually(what: &str, mut right: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !right() {
        assert!(Instant::now() < until, "{what} never came");
        std::thread::yield_now();
    }
}

#[test]
fn what_is_recorded_through_faults_is_what_was_traded() {
    let program = Program::new();
    let candles = program.write_candles("binance_um_BTCUSDT_1h.csv");
    let script = program.write("faults.jsonl", "{\"at_ms\": 1, \"fault\": \"duplicate\", \"count\": 5}\n");
    let (data, script) = (candles.to_str().unwrap(), script.to_str().unwrap());
    let exchange = Exchange::start(&program, &["--data", data, "--speed", "10000", "--faults", script]);
    let at = ["--endpoint", exchange.address.as_str()];
    let record = ["data", "record", "sim", "--symbols", "BTCUSDT", "--timeframe", "1h", "--json"];
    let record: Vec<&str> = record.iter().chain(&at).copied().collect();
    let mut recording = Running(program.command(&record).stdout(Stdio::piped()).spawn().unwrap());
    let status = || -> serde_json::Value {
        let ran = program.run(&["feed", "status", "--json"]);
        serde_json::from_str(&ran.stdout).unwrap_or_default()
    };
    eventually("a healthy feed", || status()[0]["status"] == "healthy");
    let pull = |arguments: &[&str]| {
        let all: Vec<&str> = ["sim", "fault"].iter().chain(arguments).chain(&at).copied().collect();
        program.ok(&all);
    };
    pull(&["lose", "--count", "3"]);
    pull(&["corrupt"]);
    eventually("a second WebSocket", || status()[0]["metrics"]["failbacks"].as_u64() >= Some(1));
    pull(&["restart", "--for", "100ms"]);
    eventually("a third WebSocket", || status()[0]["metrics"]["failbacks"].as_u64() >= Some(2));
    assert!(status()[0]["metrics"]["duplicates"].as_u64() >= Some(1));
    assert!(status()[0]["metrics"]["total_errors"].as_u64() >= Some(2));
    // The tape ends; the recording has all of it.
    let step: Vec<&str> = ["sim", "clock", "--step", "990h"].iter().chain(&at).copied().collect();
    program.ok(&step);
    let end: Vec<&str> = ["sim", "status"].iter().chain(&at).copied().collect();
    let end = program.json(&end);
    assert_eq!((&end["finished"], &end["faults_pulled"]), (&true.into(), &4.into()));
    // A tenth of the thousand candles was history.
    eventually("the last candle", || {
        let bars = &status()[0]["streams"][1];
        bars["stream"] == "bars.1h:BTCUSDT" && bars["delivered"].as_u64() >= Some(899)
    });
    assert!(Command::new("kill").args(["-TERM", &recording.0.id().to_string()]).status().unwrap().success());
    assert!(recording.0.wait().unwrap().success());
    assert!(program.fails(1, &["feed", "status"]).contains("no feed is running here"));

    // What was recorded is a whole stretch of the file, to the digit; no trade is missing or double.
    program.ok(&["data", "export", "BTCUSDT", "trades.csv", "--kind", "trades"]);
    let trades = mem_testkit::Table::read(&program.path("trades.csv"));
    assert!(trades.column("id").windows(2).all(|pair| pair[1] == pair[0] + 1.0));
    program.ok(&["data", "import", candles.to_str().unwrap()]);
    program.ok(&["data", "export", "binance_um/BTCUSDT/1h", "file.csv"]);
    program.ok(&["data", "export", "simulated/BTCUSDT/1h", "recorded.csv"]);
    let lines = |name| -> Vec<String> {
        mem_testkit::read_text(&program.path(name)).lines().skip(1).map(str::to_owned).collect()
    };
    let (file, recorded) = (lines("file.csv"), lines("recorded.csv"));
    assert!(recorded.len() > 850, "{}", recorded.len());
    let from = file.iter().position(|line| *line == recorded[0]).unwrap();
    assert_eq!(file[from..from + recorded.len()], recorded);
}

/// The same through another venue's eyes: the adapter for Binance, fetching from and following the exchange in Binance's
/// own protocol.
#[test]
fn binance_is_fetched_and_followed() {
    let program = Program::new();
    let candles = program.write_candles("binance_BTCUSDT_1h.csv");
    let data = ["--data", candles.to_str().unwrap(), "--speed", "3600"];
    let exchange = Exchange::start(&program, &data);
    let endpoint = format!("{}/binance", exchange.address);
    let fetch = ["data", "fetch", "binance", "BTC/USDT", "--since", "2023-01-01", "--endpoint", &endpoint];
    assert!(program.json(&fetch)[0]["fetched"]["new"].as_u64() >= Some(100));
    let record = ["data", "record", "binance", "--symbols", "BTC/USDT", "--timeframe", "1h", "--endpoint", &endpoint];
    let record: Vec<&str> = record.iter().chain(&["--kinds", "trades,quotes,bars", "--json"]).copied().collect();
    let mut recording = Running(program.command(&record).stdout(Stdio::piped()).spawn().unwrap());
    let status = || -> serde_json::Value {
        serde_json::from_str(&program.run(&["feed", "status", "--json"]).stdout).unwrap_or_default()
    };
    eventually("a healthy feed", || status()[0]["status"] == "healthy");
    program.ok(&["sim", "fault", "drop", "--endpoint", &exchange.address]);
    eventually("a second WebSocket", || status()[0]["metrics"]["failbacks"].as_u64() >= Some(1));
    // Two more candles after that.
    let delivered = || status()[0]["streams"].as_array().and_then(|all| all.last().cloned()).unwrap_or_default();
    let before = delivered()["delivered"].as_u64().unwrap_or(0);
    eventually("more candles", || delivered()["delivered"].as_u64() >= Some(before + 2));
    assert!(Command::new("kill").args(["-TERM", &recording.0.id().to_string()]).status().unwrap().success());
    assert!(recording.0.wait().unwrap().success());
    program.ok(&["data", "export", "BTCUSDT", "trades.csv", "--kind", "trades"]);
    let trades = mem_testkit::Table::read(&program.path("trades.csv"));
    assert!(trades.column("id").windows(2).all(|pair| pair[1] == pair[0] + 1.0));
    // Fetched and recorded, without a hole: the beginning of the file. It says what it is, whatever protocol it came by.
    program.ok(&["data", "import", candles.to_str().unwrap(), "--venue", "file"]);
    program.ok(&["data", "export", "file/BTCUSDT/1h", "file.csv"]);
    program.ok(&["data", "export", "simulated/BTCUSDT/1h", "kept.csv"]);
    let (file, kept) =
        (mem_testkit::read_text(&program.path("file.csv")), mem_testkit::read_text(&program.path("kept.csv")));
    assert!(kept.lines().count() > 102 && file.starts_with(&kept), "{kept}");
}

/// Binance's futures serve trades and candles at one path and quotes at another: two WebSockets, one recording.
#[test]
fn streams_of_two_paths_come_together() {
    let program = Program::new();
    let candles = program.write_candles("binance_um_BTCUSDT_1h.csv");
    let exchange = Exchange::start(&program, &["--data", candles.to_str().unwrap(), "--speed", "3600", "--perpetual"]);
    let endpoint = format!("{}/binance_um", exchange.address);
    let record = ["data", "record", "binance_um", "--symbols", "BTCUSDT", "--endpoint", &endpoint, "--for", "3s"];
    let record: Vec<&str> = record.iter().chain(&["--kinds", "trades,quotes"]).copied().collect();
    let done = program.json(&record);
    assert_eq!(done["health"]["status"], "healthy", "{done}");
    assert!(done["written"]["trades"].as_u64() >= Some(5) && done["written"]["quotes"].as_u64() >= Some(5), "{done}");
    let sockets = done["health"]["events"].as_array().unwrap().iter().filter(|event| event["event"] == "connected");
    assert_eq!(sockets.count(), 2);
}

#[test]
fn a_client_written_from_the_documentation_agrees() {
    let Some(python) = mem_testkit::python("websockets") else { return };
    let program = Program::new();
    let exchange = Exchange::start(&program, &["--speed", "600"]);
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/python/simulated_exchange.py");
    let output = Command::new(python).args([example, "--url", &exchange.address, "--seconds", "3"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("candles exactly") && said.contains("bought 1.0"), "{said}");
}

#[test]
fn mistakes_are_named_before_anything_starts() {
    let program = Program::new();
    let cases: [(i32, &[&str], &str); 9] = [
        (2, &["sim", "--speed", "99999"], "0 (stands) to 10000"),
        (2, &["sim", "--from", "1999-01-01"], "the market lasts from 2023-01-01"),
        (2, &["sim", "fault", "stal"], "did you mean stall?"),
        (2, &["sim", "fault", "stall", "--for", "9h"], "at most 3600000 ms"),
        (1, &["sim", "fault", "drop", "--endpoint", "http://127.0.0.1:1"], "is `mem sim` running"),
        (2, &["sim", "clock"], "say --speed, --step or both"),
        (2, &["data", "record", "simm"], "did you mean sim?"),
        (2, &["data", "record", "sim", "--kinds", "funding", "--endpoint", "ftp://x"], "expected http"),
        (2, &["--set", "feed.poll_ms=0", "data", "list"], "feed.poll_ms must be at least 1"),
    ];
    for (code, arguments, expected) in cases {
        let said = program.fails(code, arguments);
        assert!(said.contains(expected), "mem {}: {said}", arguments.join(" "));
    }
    let script = program.write("faults.jsonl", "{\"at_ms\": 1, \"fault\": \"drop\"}\n{\"at_ms\": 2}\n");
    let said = program.fails(2, &["sim", "--faults", script.to_str().unwrap()]);
    assert!(said.contains("line 2"), "{said}");
}

#[test]
fn past_candles_are_downloaded_once_and_the_rest_later() {
    let program = Program::new();
    let candles = program.write_candles("binance_um_BTCUSDT_1h.csv");
    // The clock stands: half of the thousand hours are past.
    let from = ["--from", "2023-01-21T20:00:00Z", "--speed", "0"];
    let data = ["--data", candles.to_str().unwrap()];
    let exchange = Exchange::start(&program, &[data, [from[0], from[1]], [from[2], from[3]]].concat());
    let at = ["--endpoint", exchange.address.as_str()];
    let fetch = |since: &str| {
        let all = ["data", "fetch", "sim", "BTCUSDT", "--timeframe", "1h", "--since", since];
        program.json(&all.iter().chain(&at).copied().collect::<Vec<_>>())[0]["fetched"].clone()
    };
    let all: Vec<&str> = ["sim", "fault", "server_error", "--count", "2"].iter().chain(&at).copied().collect();
    program.ok(&all);
    assert_eq!(fetch("2023-01-11T00:00:00Z")["new"], 260);
    assert_eq!(fetch("2023-01-11T00:00:00Z")["new"], 0);
    // Before the first and after the last, and nothing twice.
    let all: Vec<&str> = ["sim", "clock", "--step", "40h"].iter().chain(&at).copied().collect();
    program.ok(&all);
    assert_eq!(fetch("2023-01-01T00:00:00Z")["new"], 240 + 40);
    program.ok(&["data", "import", candles.to_str().unwrap()]);
    program.ok(&["data", "export", "binance_um/BTCUSDT/1h", "file.csv"]);
    program.ok(&["data", "export", "simulated/BTCUSDT/1h", "fetched.csv"]);
    let (file, fetched) =
        (mem_testkit::read_text(&program.path("file.csv")), mem_testkit::read_text(&program.path("fetched.csv")));
    assert_eq!(fetched.lines().count(), 541);
    assert!(file.starts_with(&fetched), "what was fetched is the beginning of the file");
    let unknown: Vec<&str> =
        ["data", "fetch", "sim", "BTCUSD", "--since", "2023-01-01"].iter().chain(&at).copied().collect();
    assert!(program.fails(2, &unknown).contains("did you mean BTCUSDT?"));
}
