//! One file a command.

mod alerting;
mod alerts;
mod backtest;
mod beside;
mod compare;
mod config;
mod control;
mod credentials;
mod data;
mod demo;
mod demo_trading;
mod drill;
mod feed;
mod fetch;
mod forecasting;
mod import;
mod import_model;
mod indicators;
mod learning;
mod models;
mod optimize;
mod pages;
mod portfolio;
mod record;
mod records;
mod replay;
mod run;
mod runs;
mod sentiment;
mod series;
mod serve;
mod signal;
mod sim;
mod strategies;
mod train;
mod validate;
mod venue;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::CommandFactory;
use mem_indicators::ParamValue;
use mem_types::Timestamp;

use crate::cli::{Cli, Command, Global};
use crate::config::{Config, Given, Loaded};
use crate::exit::{Outcome, UsageError};

/// What every command is given.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) config: Config,
    /// Where each configuration value that is no default came from.
    pub(crate) sources: BTreeMap<String, String>,
    /// What it was put together from.
    pub(crate) given: Given,
    /// Print JSON instead of tables.
    pub(crate) json: bool,
    /// No progress bars.
    pub(crate) silent: bool,
}

/// Runs one command.
///
/// # Errors
/// Whatever the command could not do; [`crate::exit::report`] says it and picks the exit code.
pub fn run(command: Command, global: &Global, loaded: Loaded) -> anyhow::Result<Outcome> {
    if let Command::Config(command) = command {
        return config::run(&command, &loaded, global.json);
    }
    let context = Context {
        config: loaded.config,
        sources: loaded.sources,
        given: loaded.given,
        json: global.json,
        silent: global.quiet || global.json,
    };
    if context.config.run.threads > 0 {
        rayon::ThreadPoolBuilder::new().num_threads(context.config.run.threads).build_global()?;
    }
    match command {
        Command::Demo(arguments) => demo::run(&context, &arguments),
        Command::Data(command) => data::run(&context, command),
        Command::Indicators(command) => indicators::run(&context, command),
        Command::Strategies(command) => strategies::run(&context, &command),
        Command::Signal(arguments) => signal::run(&context, &arguments),
        Command::Backtest(arguments) => backtest::run(&context, arguments),
        Command::Optimize(arguments) => optimize::run(&context, arguments),
        Command::Compare(arguments) => compare::run(&context, arguments),
        Command::Portfolio(arguments) => portfolio::run(&context, arguments),
        Command::Serve(arguments) => serve::run(&context, &arguments),
        Command::Sim(arguments) => sim::run(&context, &arguments),
        Command::Feed(command) => feed::run(&context, &command),
        Command::Validate(arguments) => validate::run(&context, &arguments),
        Command::Train(arguments) => train::run(&context, &arguments),
        Command::Predict(arguments) => models::predict(&context, &arguments),
        Command::Drift(arguments) => models::drift(&context, &arguments),
        Command::Models(command) => models::run(&context, &command),
        Command::Sentiment(command) => sentiment::run(&context, &command),
        Command::Run(arguments) => run::run(&context, &arguments),
        Command::Replay(arguments) => replay::run(&context, &arguments),
        Command::Status(arguments) => control::status(&context, &arguments),
        Command::Stop(arguments) => control::stop(&context, &arguments),
        Command::KillSwitch(arguments) => control::kill_switch(&context, &arguments),
        Command::Resume => control::resume(&context),
        Command::Alerts(command) => alerts::run(&context, &command),
        Command::Runs(command) => runs::run(&context, command),
        Command::Credentials(command) => credentials::run(&context, command),
        Command::Records(command) => records::run(&context, &command),
        Command::Config(_) => unreachable!("taken above"),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "mem", &mut std::io::stdout());
            Ok(Outcome::Done)
        }
    }
}

/// A flag that Ctrl-C and SIGTERM raise. The second Ctrl-C ends the program at once.
fn interrupt_flag() -> anyhow::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    ctrlc::set_handler(move || {
        if raised.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        eprintln!("\ninterrupted: finishing what is being worked on (again to stop at once)");
    })?;
    Ok(flag)
}

/// A future that is over when somebody presses Ctrl-C or the system asks to end. Signals are heard from this call on.
#[cfg(unix)]
fn until_stopped() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// A future that is over when somebody presses Ctrl-C.
#[cfg(not(unix))]
fn until_stopped() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler only the system ends the program.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    })
}

/// Reads `NAME=VALUE` parameters as typed; whole numbers and decimals become numbers.
fn parse_params(typed: &[String]) -> Result<Vec<(String, ParamValue)>, UsageError> {
    typed
        .iter()
        .map(|assignment| {
            let (name, value) = assignment
                .split_once('=')
                .ok_or_else(|| UsageError(format!("--param {assignment}: expected NAME=VALUE")))?;
            let value: ParamValue = value.parse().unwrap_or_else(|never| match never {});
            Ok((name.trim().to_owned(), value))
        })
        .collect()
}

/// The time on the wall: the one place where the program reads it. It only ever dates what is kept.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// Opens a file or an address in the browser.
fn open_in_browser(place: impl AsRef<std::ffi::OsStr>) -> anyhow::Result<()> {
    let place = place.as_ref();
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let status = std::process::Command::new(program)
        .arg(place)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status();
    if !status.is_ok_and(|status| status.success()) {
        anyhow::bail!("cannot open a browser on this machine: open {} yourself", place.display());
    }
    Ok(())
}
