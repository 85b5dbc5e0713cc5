//! `mem`: parse, configure, run one command, map the outcome to an exit code.

use std::process::ExitCode;

use clap::Parser;

use mem_app::cli::Cli;
use mem_app::{commands, config, exit, logging};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = config::load(&cli.global).map_err(anyhow::Error::from).and_then(|loaded| {
        logging::start(&loaded.config.log, cli.global.verbose, cli.global.quiet);
        commands::run(cli.command, &cli.global, loaded)
    });
    exit::report(outcome, cli.global.json)
}
