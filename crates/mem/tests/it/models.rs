//! `mem validate`, `mem train`, `mem models`, `mem predict`, `mem drift`: a model from candles to where it decides, and back.

use crate::program::Program;

const SMALL: [&str; 6] = ["--folds", "3", "--rounds", "20", "--horizon", "4"];

fn with_candles() -> Program {
    let program = Program::new();
    for (name, symbol) in [("a.csv", "AAA"), ("b.csv", "BBB")] {
        let file = program.write_candles(name);
        program.ok(&["data", "import", "--symbol", symbol, "--timeframe", "1h", &file.display().to_string()]);
    }
    program
}

#[test]
fn what_is_validated_is_not_kept() {
    let program = with_candles();
    let asked = [&["validate"][..], &SMALL].concat();
    let (one, again) = (program.json(&asked), program.json(&asked));
    assert_eq!(one, again, "the same data and settings");
    assert_eq!(one["folds"].as_array().unwrap().len(), 3);
    let card = std::fs::read_to_string(program.path(one["card"].as_str().unwrap())).unwrap();
    assert!(card.contains("Model card") && card.contains("<polyline"));
    assert!(program.ok(&asked).contains("it rests on:"));
    // Every other try on these bars counts, and the same again does not.
    let tries = |more: &[&str]| program.json(&[&asked[..], more].concat())["verdict"]["deflated"]["tries"].as_u64();
    assert_eq!((tries(&[]), tries(&["--learning-rate", "0.2"]), tries(&[])), (None, Some(2), Some(2)));
    program.ok(&["backtest", "ma_cross", "--symbols", "AAA"]);
    assert_eq!(tries(&[]), Some(3));
    program.ok(&["optimize", "ma_cross", "--symbols", "BBB", "--vary", "fast=5..6", "--search", "grid"]);
    assert!(tries(&[]) > Some(3));
    assert!(program.ok(&["models", "list"]).contains("no models"));
}

#[test]
fn an_ensemble_is_trained_and_trained_again_as_it_was() {
    let program = with_candles();
    let train = |more: &[&str]| program.json(&[&["train", "crowd"], &SMALL[..], more].concat());
    let first = train(&["--model", "weighted"]);
    let learner = |trained: &serde_json::Value| trained["learned"]["config"]["learner"].clone();
    assert_eq!(first["learned"]["members"].as_array().unwrap().len(), 2);
    let again = program.json(&["train", "crowd", "--again"]);
    assert_eq!((learner(&again)["kind"].as_str(), learner(&again)), (Some("weighted"), learner(&first)));
    assert_eq!(program.json(&["models", "show", "2"])["kind"], "weighted");
    assert_eq!(program.json(&["predict", "2"]).as_array().unwrap().len(), 2);
    let said = program.ok(&[&["validate", "--model", "switched", "--members", "logistic"], &SMALL[..]].concat());
    assert!(said.contains("its members count: volatility_ratio_24_168 below"), "{said}");
    for (asked, why) in [
        (&["--members", "trees"][..], "--members goes with"),
        (&["--regime", "adx"], "--regime goes with"),
        (&["--model", "weighted", "--members", "trees,lstm"], "possible values: trees, logistic"),
        (&["--model", "stacked", "--members", "trees"], "two members"),
        (&["--model", "switched", "--members", "trees,logistic"], "one member"),
        (&["--model", "switched", "--regime", "adx"], "no feature is named adx"),
    ] {
        let refused = program.fails(2, &[&["validate"], asked].concat());
        assert!(refused.contains(why), "{asked:?} {refused}");
    }
}

#[test]
fn a_model_lives() {
    let program = with_candles();
    let train = |more: &[&str]| program.json(&[&["train", "trend"], &SMALL[..], more].concat());
    let first = train(&[]);
    assert_eq!((first["model_id"].as_u64(), first["version"].as_str()), (Some(1), Some("1.0.0")));
    // Nothing passes by being told to; what the gate said is what became of it.
    let passed = first["gate"]["passed"].as_bool().unwrap();
    assert_eq!(first["stage"].as_str(), Some(if passed { "staging" } else { "archived" }));
    assert_eq!(train(&["--leaves", "15"])["version"], "1.1.0", "other parameters");
    let card = std::fs::read_to_string(program.path(first["card"].as_str().unwrap())).unwrap();
    assert!(card.contains("trend 1.0.0") && card.contains(first["gate"]["reason"].as_str().unwrap()));

    program.ok(&["models", "promote", "1", "--why", "to begin with"]);
    program.ok(&["models", "promote", "2", "--why", "newer"]);
    let stage = |id: &str| program.json(&["models", "show", id])["stage"].as_str().unwrap().to_owned();
    assert_eq!((stage("1"), stage("2")), ("archived".to_owned(), "production".to_owned()));
    let said = program.json(&["predict", "trend"]);
    assert_eq!(said.as_array().unwrap().len(), 2);
    assert_eq!((said[0]["model_version"].as_str(), said[0]["prediction_horizon"].as_u64()), (Some("1.1.0"), Some(240)));
    program.ok(&["models", "rollback", "trend", "--why", "it was better before"]);
    assert_eq!((stage("1"), stage("2")), ("production".to_owned(), "failed".to_owned()));
    assert!(program.ok(&["models", "compare", "1", "2"]).contains("walk.roc_auc"));
    assert!(program.ok(&["drift", "1"]).contains("features have moved"));

    program.ok(&["models", "export", "1", "one.model"]);
    program.ok(&["models", "import", "one.model", "--name", "theirs", "--like", "1"]);
    assert_eq!(stage("theirs"), "staging");
    assert_eq!(program.json(&["predict", "theirs"])[0]["confidence"], program.json(&["predict", "1"])[0]["confidence"]);
    assert!(program.ok(&["models", "list"]).contains("theirs 1.0.0"));
}

#[test]
fn a_model_is_backtested_beside_a_strategy_on_what_it_has_not_seen() {
    let program = with_candles();
    program.ok(&[&["train", "trend"], &SMALL[..]].concat());
    let until = program.json(&["models", "show", "1"])["trained_on"][1].as_str().unwrap().to_owned();
    let asked = ["backtest", "ma_cross", "--model", "trend", "--model-role", "decider"];
    let run = program.json(&asked);
    assert_eq!(run["config"]["from"].as_str().unwrap(), until);
    assert_eq!(run["config"]["model"]["role"], "decider");
    let sha256 = program.json(&["models", "show", "1"])["artefact"]["sha256"].clone();
    assert_eq!(run["config"]["model"]["sha256"], sha256);
    assert_eq!(run["id"], program.json(&asked)["id"], "the same again");
    assert_ne!(run["id"], program.json(&[&asked[..4], &["--model-role", "filter"]].concat())["id"]);
    let early = [&asked[..], &["--from", "2023-01-02"]].concat();
    assert!(program.fails(2, &early).contains("knows what became of them"));
    assert!(program.ok(&[&early[..], &["--in-sample"]].concat()).contains("IN-SAMPLE"));
    assert!(program.ok(&["runs", "list"]).contains("with trend 1.0.0 as decider, IN-SAMPLE"));
    assert!(program.fails(2, &["backtest", "ma_cross", "--in-sample"]).contains("--model"));
}

#[test]
fn forecasters_predict_and_do_not_decide() {
    let program = with_candles();
    let train = |name: &str, more: &[&str]| program.json(&[&["train", name], &SMALL[..], more].concat());
    assert_eq!(train("wild", &["--target", "volatility"])["model_id"], 1);
    train("risk", &["--target", "quantiles", "--levels", "0.1,0.5,0.9"]);
    train("price", &["--target", "return"]);
    let said = |name: &str| program.json(&["predict", name])[0].clone();
    assert!(said("wild")["predicted_volatility"].as_f64().unwrap() > 0.0);
    assert!(said("wild")["predicted_direction"].is_null());
    let bounds = said("risk")["predicted_quantiles"].as_array().unwrap().clone();
    assert!(bounds.len() == 3 && bounds[0]["price"].as_f64() <= bounds[2]["price"].as_f64());
    assert!(said("price")["predicted_price"].as_f64().unwrap() > 0.0);
    assert!(program.ok(&["predict", "wild"]).contains("volatility"));
    assert!(program.ok(&["models", "promote", "wild", "--why", "to be compared with"]).contains("does not decide"));
    assert!(program.fails(2, &["backtest", "ma_cross", "--model", "wild"]).contains("does not decide"));
    let card = program.json(&["models", "show", "risk"]);
    assert!(card["metrics"]["gate.coverage.0.5"].as_f64().is_some());
    // Once more, on the newest bars, as it was.
    assert_eq!(program.json(&["train", "risk", "--again"])["version"], "1.0.1");
    assert!(program.json(&[&["validate", "--target", "return"], &SMALL[..]].concat())["fitness"]["skill"].is_number());
}

const NETWORK: &[u8] = include_bytes!("../../../mem-model/tests/fixtures/network.onnx");

#[cfg(not(feature = "onnx"))]
#[test]
fn a_build_without_networks_says_so() {
    let program = with_candles();
    program.json(&[&["train", "trend"], &SMALL[..]].concat());
    std::fs::write(program.path("network.onnx"), NETWORK).unwrap();
    let said = program.fails(2, &["models", "import", "network.onnx", "--name", "network", "--like", "1"]);
    assert!(said.contains("this build cannot run ONNX models; build it with `--features onnx`"), "{said}");
}

#[cfg(feature = "onnx")]
#[test]
fn a_network_takes_the_place_of_a_model() {
    const HEIGHT: &[u8] = include_bytes!("../../../mem-model/tests/fixtures/height.onnx");
    let program = with_candles();
    program.json(&[&["train", "trend"], &SMALL[..]].concat());
    std::fs::write(program.path("network.onnx"), NETWORK).unwrap();
    std::fs::write(program.path("height.onnx"), HEIGHT).unwrap();
    let import = |file: &'static str| ["models", "import", file, "--name", "network", "--like", "1"];
    let said = program.fails(2, &import("network.onnx"));
    assert!(said.contains("network.onnx: the inputs of the ONNX model do not fit: `row` takes 3 numbers, "), "{said}");
    program.ok(&import("height.onnx"));
    let shown = program.json(&["models", "show", "network"]);
    assert_eq!((shown["kind"].as_str(), shown["stage"].as_str()), (Some("onnx"), Some("staging")));
    program.ok(&["models", "promote", "network", "--why", "to try it"]);
    let said = program.json(&["predict", "network"]);
    assert_eq!(said, program.json(&["predict", "network"]), "the same bits each time");
    let confidence = said[0]["confidence"].as_f64().unwrap();
    assert!((0.5..0.74).contains(&confidence), "{confidence}");
    program.ok(&["models", "export", "network", "network.model"]);
    program.ok(&["models", "import", "network.model", "--name", "again", "--like", "1"]);
    assert_eq!(program.json(&["models", "show", "again"])["kind"].as_str(), Some("onnx"));
    assert_eq!(program.json(&["predict", "again"])[0]["confidence"].as_f64(), Some(confidence));
}
