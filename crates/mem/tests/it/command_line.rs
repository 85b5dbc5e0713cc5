//! Help, completions, exit codes.

use crate::program::Program;

#[test]
fn every_command_explains_itself() {
    let program = Program::new();
    for command in [
        "demo",
        "data import",
        "data list",
        "data show",
        "data check",
        "data resample",
        "data export",
        "indicators calculate",
        "signal",
        "backtest",
        "runs export",
        "records list",
        "completions",
    ] {
        let mut words: Vec<&str> = command.split(' ').collect();
        words.push("--help");
        let help = program.ok(&words);
        assert!(help.contains("Example"), "mem {command} --help shows no example:\n{help}");
    }
    assert_eq!(program.run(&[]).code, 2);
    assert_eq!(program.run(&["frobnicate"]).code, 2);
}

#[test]
fn completions_exist_for_every_shell() {
    let program = Program::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(program.ok(&["completions", shell]).contains("backtest"), "{shell}");
    }
}

#[test]
fn mistakes_get_a_hint_and_exit_code_2() {
    let program = Program::new();
    for (arguments, hint) in [
        (vec!["indicators", "show", "rsj"], "did you mean rsi?"),
        (vec!["strategies", "show", "ma_crss"], "did you mean ma_cross?"),
        (vec!["backtest", "ma_crss", "--timeframe", "1h"], "ma_cross"),
        (vec!["data", "show", "BTCUSDT/1h"], "mem data import"),
        (vec!["data", "show", "a/b/c/d"], "expected SYMBOL"),
        (vec!["data", "list", "--timeframe", "soon"], "not a timeframe"),
    ] {
        let said = program.fails(2, &arguments);
        assert!(said.contains(hint), "mem {arguments:?}: {said}");
    }
}

#[test]
fn errors_are_json_when_json_is_asked_for() {
    let program = Program::new();
    let said = program.fails(2, &["indicators", "show", "rsj", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert!(said["error"].as_str().unwrap().contains("rsj"));
}
