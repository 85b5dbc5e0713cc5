//! Logs: on standard error, for people on a terminal, as JSON lines otherwise.

use std::io::IsTerminal;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogConfig, LogFormat};

/// Starts logging for the whole program. Each `-v` asks for more than the configured level, `-q` for errors only.
pub fn start(config: &LogConfig, verbose: u8, quiet: bool) {
    let level = match (quiet, verbose) {
        (true, _) => "error",
        (false, 0) => config.level.as_str(),
        (false, 1) => "debug",
        (false, _) => "trace",
    };
    let filter: Targets = level.parse().unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
    let human = match config.format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Human => true,
        LogFormat::Json => false,
    };
    let lines = fmt::layer().with_writer(std::io::stderr);
    // A second start (in tests) keeps the first subscriber.
    let _ = if human {
        let lines = lines.with_target(false).with_ansi(std::io::stderr().is_terminal());
        tracing_subscriber::registry().with(lines).with(filter).try_init()
    } else {
        tracing_subscriber::registry().with(lines.json().flatten_event(true)).with(filter).try_init()
    };
}
