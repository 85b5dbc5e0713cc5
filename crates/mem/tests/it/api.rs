//! `mem serve` from outside: it says where it listens, answers, ends when told to, and keeps to its own description.

use std::process::Command;

use crate::program::{Program, Running};

/// A server over a simulated market, ended when it is dropped.
struct Serving {
    process: Running,
    address: String,
    _program: Program,
}

impl Serving {
    fn start() -> Self {
        let program = Program::new();
        program.ok(&["demo", "--no-trade", "--no-open", "--bars", "700"]);
        let arguments = ["--data-folder", "mem-data/demo/simulated", "serve", "--bind", "127.0.0.1:0", "--json"];
        let (process, said) = program.start(&arguments);
        let address = said["addresses"][0].as_str().unwrap().to_owned();
        Self { process, address, _program: program }
    }
}

#[cfg(unix)]
#[test]
fn it_ends_when_it_is_told_to() {
    let mut serving = Serving::start();
    assert!(serving.address.starts_with("http://127.0.0.1:"));
    let id = serving.process.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(serving.process.0.wait().unwrap().success());
}

/// Thousands of requests made from the description, sound and unsound: nothing fails inside, and every answer has the
/// form that the description promises. That sound-looking requests are all accepted is not asked: no description says
/// that a high is not below a low, or which symbols there are.
#[test]
fn requests_made_from_the_description_find_no_fault() {
    let Some(python) = mem_testkit::python("schemathesis") else { return };
    let serving = Serving::start();
    let output = Command::new(python)
        .args(["-m", "schemathesis.cli", "run", &format!("{}/openapi.json", serving.address)])
        .args(["--exclude-checks", "positive_data_acceptance", "--max-examples", "25", "--seed", "1"])
        .args(["--generation-database", "none", "--no-color"])
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("generated"), "{said}");
}

/// Every page in a browser, against the running server: what there is stands there, and nothing is said to have failed.
#[test]
fn a_browser_shows_the_pages() {
    let serving = Serving::start();
    let at = |path: &str| mem_testkit::drawn(&format!("{}{path}", serving.address), 1400, 900);
    let Some(home) = at("/") else { return };
    if home.contains("was built without its pages") {
        return mem_testkit::skipped("this build has no pages: it was made without npm");
    }
    for (path, words) in [
        ("/", &["SIM-ALPHA", "Latest runs"][..]),
        (
            "/charts/simulated/SIM-ALPHA/1h?ind=ema:period=21;rsi",
            &["Exponential Moving Average 21", "Relative Strength Index", "<canvas"],
        ),
        ("/runs", &["confluence", "fast_score", "ma_cross"]),
    ] {
        let Some(dom) = at(path) else { return };
        for word in words {
            assert!(dom.contains(word), "{path}: no {word}");
        }
        assert!(dom.to_lowercase().contains("simulated"), "{path}: a made-up market is named");
    }
}
