//! `mem serve`: pages and API.

use anyhow::Context as _;
use mem_research::runlog::RunLog;
use mem_server::{Parts, Server};

use super::{Context, now, open_in_browser, series};
use crate::cli::ServeArgs;
use crate::exit::{Outcome, UsageError};
use crate::output;

pub(super) fn run(context: &Context, arguments: &ServeArgs) -> anyhow::Result<Outcome> {
    let mut config = context.config.server.clone();
    config.bind = arguments.bind.unwrap_or(config.bind);
    config.compat_ports |= arguments.compat_ports;
    config.validate().map_err(|error| UsageError(error.to_string()))?;
    let folder = &context.config.data.folder;
    let parts = Parts {
        data_folder: folder.display().to_string(),
        catalog: series::open_catalog(context),
        runs: RunLog::new(folder),
        simulation: context.config.simulation.clone(),
        clock: now,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
    runtime.block_on(async {
        let server = Server::bind(config, parts).await?;
        // Before anybody learns the address: whoever starts a server may end it at once.
        let stop = told_to_stop().context("cannot listen for signals")?;
        let addresses: Vec<String> = server.local_addrs().iter().map(|address| format!("http://{address}")).collect();
        let main = addresses.first().cloned().unwrap_or_default();
        if context.json {
            output::json(&serde_json::json!({ "addresses": addresses, "data_folder": folder }))?;
        } else {
            output::line(format!("serving {} at {} (API: {main}/docs)", folder.display(), addresses.join(", ")))?;
            output::line("Ctrl-C ends it")?;
        }
        if arguments.open {
            open_in_browser(&main)?;
        }
        server.serve(stop).await?;
        Ok(Outcome::Done)
    })
}

/// A future that is over when somebody presses Ctrl-C or the system asks to end. Signals are heard from this call on.
#[cfg(unix)]
fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
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
fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler only the system ends the program.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    })
}
