//! Runs `mem` in an empty folder.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// A folder of its own and the program to run in it.
pub(crate) struct Program {
    folder: TempDir,
}

/// A program that goes on running; killed when it is dropped.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a run of the program gave.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Writes 1,000 hourly candles that swing up and down, as a CSV file.
    pub(crate) fn write_candles(&self, name: &str) -> PathBuf {
        let mut text = String::from("timestamp_ms,open,high,low,close,volume\n");
        let mut close = 100.0;
        for hour in 0..1_000_u64 {
            let open: f64 = close;
            let angle = hour as f64;
            close = 100.0 + 20.0 * (angle / 40.0).sin() + 3.0 * (angle / 5.0).cos();
            let (high, low) = (open.max(close) + 0.5, open.min(close) - 0.5);
            let ts = 1_672_531_200_000 + hour * 3_600_000;
            text.push_str(&format!("{ts},{open:.4},{high:.4},{low:.4},{close:.4},{}\n", 10 + hour % 7));
        }
        self.write(name, &text)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mem"));
        command.args(arguments).current_dir(self.folder.path());
        // The tester's own settings must not reach the program.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MEM_")) {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }

    /// Starts a program that goes on running, and reads the JSON object that it says first.
    pub(crate) fn start(&self, arguments: &[&str]) -> (Running, serde_json::Value) {
        let mut process = self.command(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        for line in BufReader::new(process.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            said.push_str(&line);
            if line == "}" {
                break;
            }
        }
        (Running(process), serde_json::from_str(&said).unwrap())
    }

    /// Runs and expects success.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "mem {}\n{}\n{}", arguments.join(" "), ran.stdout, ran.stderr);
        ran.stdout
    }

    /// Runs with `--json`, expects success, reads the answer.
    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let mut with_json = arguments.to_vec();
        with_json.push("--json");
        let text = self.ok(&with_json);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("mem {with_json:?}: {error}\n{text}"))
    }

    /// Runs and expects an error with this exit code; gives what was said.
    pub(crate) fn fails(&self, code: i32, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, code, "mem {}\n{}\n{}", arguments.join(" "), ran.stdout, ran.stderr);
        ran.stderr
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Files below a folder, sorted, as text relative to it.
pub(crate) fn files_below(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    files.sort();
    files
}
