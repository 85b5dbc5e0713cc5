//! Settings as a page changes them: checked, saved, applied to the running engine, audited, taken back.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::exchange::eventually;
use crate::program::{Program, Running};

/// Sends a request and reads the whole answer.
fn ask(address: &str, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<(u16, Value)> {
    let mut stream = TcpStream::connect(address)?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Ok((status, serde_json::from_str(body).unwrap_or_default()))
}

fn get(address: &str, path: &str) -> Value {
    let (status, answer) = ask(address, "GET", path, None).unwrap();
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

fn post(address: &str, path: &str, body: &Value) -> (u16, Value) {
    ask(address, "POST", path, Some(body)).unwrap()
}

fn change(version: u64, changes: &[(&str, Value)]) -> Value {
    let changes: Vec<Value> = changes.iter().map(|(path, value)| json!({ "path": path, "value": value })).collect();
    json!({ "version": version, "by": "a test", "why": "to see", "changes": changes })
}

fn value(config: &Value, path: &str) -> (Value, Value) {
    let sections = config["sections"].as_array().unwrap();
    let fields = sections.iter().flat_map(|section| section["fields"].as_array().unwrap());
    let field = fields.clone().find(|field| field["path"] == path).unwrap_or_else(|| panic!("no {path}"));
    (field["value"].clone(), field["source"].clone())
}

#[test]
fn changes_are_checked_saved_audited_and_taken_back() {
    let program = Program::new();
    program.write("mem.toml", "[risk]\nmax_daily_loss = 0.04\n");
    let (_serving, said) = program.start(&["serve", "--bind", "127.0.0.1:0", "--json", "--set", "alerts.drawdown=20"]);
    let address = said["addresses"][0].as_str().unwrap().trim_start_matches("http://").to_owned();
    let file = program.path("mem-data/settings.toml");
    let config = get(&address, "/api/live/config");
    assert_eq!(config["version"], 0);
    assert_eq!(value(&config, "risk.max_position"), (json!(0.25), json!("default")));
    assert_eq!(value(&config, "risk.max_daily_loss"), (json!(0.04), json!("mem.toml")));
    assert_eq!(value(&config, "alerts.drawdown"), (json!(20.0), json!("flag")));

    // What is wrong is said with its path, and nothing has changed.
    for (changes, status, field) in [
        (vec![("risk.max_position", json!(-1))], 400, "risk.max_position"),
        (vec![("risk.max_position", json!(0.1)), ("alerts.win_rate", json!(101))], 400, "alerts.win_rate"),
        (vec![("risk.max_position", json!("a lot"))], 400, "risk.max_position"),
        (vec![("risk.max_positon", json!(0.1))], 400, "risk.max_positon"),
        (vec![("engine.strategy", json!("astrology"))], 400, "engine.strategy"),
        (vec![("engine.params.no_such", json!(1))], 400, "engine.params.no_such"),
        (vec![("engine.bars", json!("often"))], 400, "engine.bars"),
        (vec![("data.folder", json!("/tmp"))], 400, "data.folder"),
        (vec![("server.token", json!("0123456789abcdef"))], 400, "server.token"),
        (vec![("alerts.drawdown", json!(10))], 400, "alerts.drawdown"),
        (vec![("risk.max_leverage", json!(3))], 400, "confirm"),
        (vec![], 400, "changes"),
    ] {
        let (found, answer) = post(&address, "/api/live/config", &change(0, &changes));
        assert_eq!((found, answer["field"].as_str().unwrap_or_default()), (status, field), "{changes:?}: {answer}");
    }
    let (status, answer) = post(&address, "/api/live/config", &change(7, &[("risk.max_position", json!(0.1))]));
    assert_eq!(status, 409, "{answer}");
    let mut nobody = change(0, &[("risk.max_position", json!(0.1))]);
    nobody["by"] = json!(" ");
    assert_eq!(post(&address, "/api/live/config", &nobody).1["field"], "by");
    nobody["dry_run"] = json!(true);
    let (status, answer) = post(&address, "/api/live/config", &nobody);
    assert_eq!((status, &answer["applied"][0]["after"]), (200, &json!(0.1)), "{answer}");
    assert!(!file.exists());
    assert_eq!(get(&address, "/api/live/config/history")["total"], 0);
    assert_eq!(get(&address, "/api/live/config"), config);

    // Saved, seen, audited.
    let wanted =
        [("risk.max_position", json!(0.1)), ("engine.strategy", json!("ma_cross")), ("engine.params.fast", json!(5))];
    let (status, answer) = post(&address, "/api/live/config", &change(0, &wanted));
    assert_eq!((status, &answer["version"], &answer["applied_at"]), (200, &json!(1), &Value::Null), "{answer}");
    let first = answer["id"].as_i64().unwrap();
    let (status, _) = post(&address, "/api/live/config", &change(0, &[("risk.max_position", json!(0.3))]));
    assert_eq!(status, 409, "somebody else was quicker");
    let shown = program.ok(&["config", "show"]);
    let line = shown.lines().find(|line| line.starts_with("max_position")).unwrap();
    assert!(line.contains("0.1") && line.contains("# saved settings"), "{line}");
    let mut danger = change(1, &[("risk.max_leverage", json!(2.0))]);
    danger["confirm"] = json!(true);
    let (status, answer) = post(&address, "/api/live/config", &danger);
    assert_eq!((status, &answer["version"]), (200, &json!(2)), "{answer}");
    let history = get(&address, "/api/live/config/history");
    assert_eq!((&history["total"], &history["rows"][1]["by"]), (&json!(2), &json!("a test")));
    assert_eq!(history["rows"][0]["changes"], json!([{ "path": "risk.max_leverage", "before": 1.0, "after": 2.0 }]));

    // Taken back: the values before it, as a new change.
    let (status, answer) = post(&address, "/api/live/config/revert", &json!({ "id": first, "by": "a test" }));
    assert_eq!((status, &answer["version"]), (200, &json!(3)), "{answer}");
    let config = get(&address, "/api/live/config");
    assert_eq!(value(&config, "risk.max_position").0, 0.25);
    assert_eq!(value(&config, "engine.strategy").0, "confluence");
    assert_eq!(value(&config, "risk.max_leverage").0, 2.0);
    assert_eq!(get(&address, "/api/live/config/history")["rows"][0]["reverts"], first);
    assert_eq!(post(&address, "/api/live/config/revert", &json!({ "id": 99, "by": "a test" })).0, 404);
    // Null takes a saved value out, and the layer below counts again.
    let (status, _) = post(&address, "/api/live/config", &change(3, &[("risk.max_position", Value::Null)]));
    assert_eq!(status, 200);
    assert_eq!(value(&get(&address, "/api/live/config"), "risk.max_position"), (json!(0.25), json!("default")));
}

#[test]
fn a_kill_leaves_the_old_settings_or_the_new_ones() {
    let program = Program::new();
    let file = program.path("mem-data/settings.toml");
    let mut version = 0;
    for round in 0..6 {
        let (mut serving, said) = program.start(&["serve", "--bind", "127.0.0.1:0", "--json"]);
        let address = said["addresses"][0].as_str().unwrap().trim_start_matches("http://").to_owned();
        let changing = std::thread::spawn(move || {
            let mut version = version;
            // Until the program is gone.
            while let Ok((200, answer)) = ask(
                &address,
                "POST",
                "/api/live/config",
                Some(&change(version, &[("risk.max_position", json!((version % 7 + 1) as f64 / 10.0))])),
            ) {
                version = answer["version"].as_u64().unwrap();
            }
            version
        });
        eventually("a change", || {
            std::fs::read_to_string(&file).is_ok_and(|text| !text.contains(&format!("version = {version}\n")))
        });
        for _ in 0..round * 40_000 {
            std::hint::spin_loop();
        }
        serving.0.kill().unwrap();
        serving.0.wait().unwrap();
        let acknowledged = changing.join().unwrap();
        // The file is whole, and holds the last change that was acknowledged or the one after it.
        let text = std::fs::read_to_string(&file).unwrap();
        let table: Value = serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap();
        let saved = table["version"].as_u64().unwrap();
        assert!(saved == acknowledged || saved == acknowledged + 1, "{saved} {acknowledged}");
        assert_eq!(table["risk"]["max_position"].as_f64().unwrap(), ((saved - 1) % 7 + 1) as f64 / 10.0);
        assert_eq!(program.json(&["config", "show"])["risk"]["max_position"], table["risk"]["max_position"]);
        version = saved;
    }
}

/// A demo whose pages are at an address of their own. How full the machine's disk is is not what is tested.
fn demo(program: &Program) -> (Running, String) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let bind = format!("server.bind={address}");
    let disk = ["--set", "alerts.disk_free_percent=0", "--set", "alerts.disk_free_bytes=0", "--set", &bind];
    // Ten bars a second: entries are not waited for long.
    let run = ["demo", "--no-open", "--bars", "500", "--speed", "9000", "--json"];
    let all: Vec<&str> = disk.iter().chain(&run).copied().collect();
    let running = Running(program.command(&all).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    (running, address)
}

#[test]
fn a_running_engine_goes_by_what_is_changed() {
    let program = Program::new();
    let (mut engine, address) = demo(&program);
    let folder = ["--data-folder", "mem-data/demo/simulated"];
    let mem = |arguments: &[&str]| -> Vec<String> {
        folder.iter().chain(arguments).map(|argument| (*argument).to_owned()).collect()
    };
    let status = || -> Value {
        let arguments = mem(&["status", "--json"]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        serde_json::from_str(&program.run(&arguments).stdout).unwrap_or_default()
    };
    eventually("a demo that trades", || status()["events"].as_u64() > Some(50));
    let config = get(&address, "/api/live/config");
    assert_eq!(value(&config, "engine.bars").0, "15m");
    assert_eq!(config["lanes"].as_array().unwrap().len(), 6);
    let session = status()["session"].as_str().unwrap().to_owned();

    // Smaller positions, from the next decision on.
    let (code, answer) = post(&address, "/api/live/config", &change(0, &[("risk.max_position", json!(0.01))]));
    assert_eq!(code, 200, "{answer}");
    assert!(answer["applied_at"].is_i64(), "{answer}");
    let seen = status()["decisions"].as_u64().unwrap();
    let mut small = Value::Null;
    eventually("a small entry", || {
        let page = get(&address, "/api/live/decisions?limit=50");
        let rows = page["rows"].as_array().unwrap().clone();
        let entered = |row: &Value| row["qty"].is_string() && row["decision"].as_u64() > Some(seen);
        small = rows.into_iter().find(entered).unwrap_or_default();
        !small.is_null()
    });
    let notional = small["qty"].as_str().unwrap().parse::<f64>().unwrap() * small["price"].as_f64().unwrap();
    assert!(notional <= status()["equity"].as_f64().unwrap() * 0.0101, "{small}");
    assert!(small["findings"].to_string().contains("position_cap"), "{small}");

    // Other bars: the session is turned over, and what is held is still held and managed.
    let before = status();
    let (code, answer) = post(&address, "/api/live/config", &change(1, &[("engine.bars", json!("5m"))]));
    assert_eq!((code, &answer["applied"][0]["takes"]), (200, &json!("new_session")), "{answer}");
    assert!(answer["applied_at"].is_i64(), "{answer}");
    eventually("the next session", || status()["session"].as_str().is_some_and(|now| now != session));
    eventually("a session that trades", || status()["events"].as_u64() > Some(20));
    let after = status();
    assert_eq!((&after["balanced"], &after["pid"]), (&json!(true), &before["pid"]));
    assert!(after["ledger_entries"].as_u64() >= before["ledger_entries"].as_u64());
    assert!(after["decisions"].as_u64() >= before["decisions"].as_u64());

    // A symbol that is switched off takes no entries; the others go on.
    let symbols: Vec<&str> = ["SIM-ALPHA", "SIM-BETA"].to_vec();
    let (code, answer) = post(&address, "/api/live/config", &change(2, &[("engine.symbols", json!(symbols))]));
    assert_eq!(code, 200, "{answer}");
    let config = get(&address, "/api/live/config");
    let on: Vec<&str> = config["lanes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|lane| lane["enabled"] == true)
        .map(|lane| lane["symbol"].as_str().unwrap())
        .collect();
    assert_eq!((on, config["lanes"].as_array().unwrap().len()), (symbols, 6));
    let (code, answer) = post(&address, "/api/live/config", &change(3, &[("engine.symbols", json!(["NOPE"]))]));
    assert_eq!((code, &answer["field"]), (400, &json!("engine.symbols")), "{answer}");

    let stop = mem(&["stop"]);
    program.ok(&stop.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(engine.0.wait().unwrap().success());
    // Each session replays on its own, byte for byte.
    let sessions = std::fs::read_dir(program.path("mem-data/demo/simulated/engine/sessions")).unwrap();
    let mut count = 0;
    for session in sessions {
        let name = session.unwrap().file_name().into_string().unwrap();
        let replay = mem(&["replay", &name]);
        let replayed = program.json(&replay.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(replayed["replay"]["identical"], true, "{replayed}");
        count += 1;
    }
    assert_eq!(count, 3);
}
