//! The project's own chores. `cargo xtask` lists them.
//!
//! `cargo xtask test` is the one command that runs every check; CI runs nothing else. Checks that need a program
//! which this machine lacks (Python, Chromium) are skipped loudly, and fail when `CI` is set.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

const HELP: &str = "\
cargo xtask test     every check: formatting, lints, tests, parity with other tools, fuzzing in a short form
cargo xtask quick    formatting, lints and tests only: what to run while working
cargo xtask fuzz [SECONDS]   each fuzz target for so long (default 60)
cargo xtask bench    all benchmarks beside their peers; prints the tables of bench/RESULTS.md";

/// Fuzz targets in `fuzz/`.
const FUZZ_TARGETS: &[&str] = &[
    "import_csv",
    "import_json",
    "import_parquet",
    "config",
    "binance",
    "sim",
    "credentials",
    "engine",
    "live",
    "texts",
    "models",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test"] => test(),
        ["quick"] => quick(&[]),
        ["fuzz"] => fuzz(60),
        ["fuzz", seconds] => seconds.parse().context("SECONDS must be a whole number").and_then(fuzz),
        ["bench"] => bench(),
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn test() -> Result<()> {
    let mut environment = Vec::new();
    match python() {
        Ok(path) => environment.push(("MEM_PYTHON", path)),
        Err(error) => skip(&format!("tests beside pandas, Polars, DuckDB, vectorbt: {error:#}"))?,
    }
    quick(&environment)?;
    // What the default build leaves out.
    cargo(&["test", "-p", "mem-model", "--features", "deep", "--lib", "sequence"], &[])?;
    pages()?;
    fuzz(10)
}

/// Types and unit tests of the pages, then the pages of a running demo in a browser.
fn pages() -> Result<()> {
    let npm = |arguments: &[&str]| {
        step(&format!("npm {} (web)", arguments.join(" ")));
        let mut command = Command::new("npm");
        command.current_dir(root().join("web")).args(arguments);
        command
    };
    if Command::new("npm").arg("--version").output().is_err() {
        return skip("the pages' own tests: npm is not on the path");
    }
    run(&mut npm(&["ci", "--no-audit", "--no-fund"]))?;
    run(&mut npm(&["run", "check"]))?;
    run(&mut npm(&["test"]))?;
    let chromium = std::env::var_os("MEM_CHROMIUM").map_or_else(|| PathBuf::from("/usr/bin/chromium"), PathBuf::from);
    if !chromium.exists() {
        return skip(&format!("the pages in a browser: there is no Chromium at {}", chromium.display()));
    }
    cargo(&["build", "-p", "mem"], &[])?;
    let binary = target_folder().join("debug").join(format!("mem{}", std::env::consts::EXE_SUFFIX));
    run(npm(&["run", "e2e"]).env("MEM_CHROMIUM", chromium).env("MEM_BINARY", binary))
}

fn quick(environment: &[(&str, PathBuf)]) -> Result<()> {
    cargo(&["fmt", "--all", "--check"], &[])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[])?;
    cargo(&["test", "--workspace", "--no-fail-fast"], environment)?;
    // What is not built in by default.
    let networks = ["-p", "mem-model", "-p", "mem", "--features", "mem/onnx"];
    cargo(&[&["clippy"], &networks[..], &["--all-targets", "--", "-D", "warnings"]].concat(), &[])?;
    cargo(
        &[&["test"], &networks[..], &["--no-fail-fast"], &["--", "network", "onnx", "transformer", "wordpiece"]]
            .concat(),
        environment,
    )
}

fn fuzz(seconds: u32) -> Result<()> {
    for target in FUZZ_TARGETS {
        step(&format!("fuzz {target} for {seconds} s"));
        let corpus = root().join("fuzz/corpus").join(target);
        std::fs::create_dir_all(&corpus)?;
        let mut command = Command::new(env!("CARGO"));
        command
            .current_dir(root().join("fuzz"))
            .args(["run", "--quiet", "--release", "--bin", target, "--"])
            .arg(&corpus)
            .arg(format!("-max_total_time={seconds}"))
            .args(["-rss_limit_mb=4096", "-timeout=20", "-verbosity=0", "-print_final_stats=1"])
            // The folder's own settings ask for coverage; flags from outside would take their place.
            .env_remove("RUSTFLAGS")
            .env("CARGO_TARGET_DIR", target_folder().join("fuzz"));
        run(&mut command)?;
    }
    Ok(())
}

fn bench() -> Result<()> {
    let python = python().context("the benchmarks run beside Python peers")?;
    for script in ["indicators", "backtest", "optimize", "sqlite", "catalog", "ingest", "models", "online"] {
        step(&format!("bench/{script}.py"));
        run(Command::new(&python).current_dir(root()).arg(format!("bench/{script}.py")))?;
    }
    cargo(&["bench", "-p", "mem-server", "--bench", "load"], &[])?;
    cargo(&["bench", "-p", "mem-types", "--bench", "bars"], &[])?;
    cargo(&["bench", "-p", "mem-feed", "--bench", "drill"], &[])?;
    cargo(&["bench", "-p", "mem-memory", "--bench", "recall"], &[])?;
    cargo(&["bench", "-p", "mem-model", "--bench", "features"], &[])?;
    cargo(&["bench", "-p", "mem-engine", "--bench", "replay"], &[])?;
    cargo(&["bench", "-p", "mem", "--bench", "kill"], &[])
}

/// The Python of an environment with the peers of `bench/requirements.txt`, made on first use.
fn python() -> Result<PathBuf> {
    let requirements = root().join("bench/requirements.txt");
    let wanted = std::fs::read_to_string(&requirements)?;
    let folder = target_folder().join("peers");
    let python = folder.join("bin/python");
    let stamp = folder.join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    step("python environment for the peers");
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(&requirements))?;
    std::fs::write(&stamp, wanted)?;
    Ok(python)
}

fn skip(what: &str) -> Result<()> {
    if std::env::var_os("CI").is_some() {
        bail!("CI cannot skip {what}");
    }
    eprintln!("\n*** SKIPPED {what}\n");
    Ok(())
}

fn cargo(arguments: &[&str], environment: &[(&str, PathBuf)]) -> Result<()> {
    step(&format!("cargo {}", arguments.join(" ")));
    let variables = environment.iter().map(|(name, value)| (name, value.as_os_str()));
    run(Command::new(env!("CARGO")).current_dir(root()).args(arguments).envs(variables))
}

fn step(what: &str) {
    eprintln!("\n== {what}");
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {}", command.get_program().display()))?;
    if !status.success() {
        bail!("{} {} ended with {status}", command.get_program().display(), words(command));
    }
    Ok(())
}

fn words(command: &Command) -> String {
    command.get_args().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}

fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
