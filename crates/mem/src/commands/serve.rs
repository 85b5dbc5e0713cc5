//! `mem serve`: pages and API.

use std::sync::Arc;

use anyhow::Context as _;
use mem_engine::live::Control;
use mem_server::{Parts, Server};

use super::sentiment::scorer_of;
use super::{Context, open_in_browser, pages, records, series, until_stopped};
use crate::cli::ServeArgs;
use crate::exit::{Outcome, UsageError};
use crate::output;
use crate::settings::Desk;

pub(super) fn run(context: &Context, arguments: &ServeArgs) -> anyhow::Result<Outcome> {
    let mut config = context.config.server.clone();
    config.bind = arguments.bind.unwrap_or(config.bind);
    config.compat_ports |= arguments.compat_ports;
    config.validate().map_err(|error| UsageError(error.to_string()))?;
    let folder = &context.config.data.folder;
    let records = records::open(context)?;
    let desk = Desk::open(context.given.clone(), folder, records.clone(), None)?;
    let parts = Parts {
        beside: Some(Control::in_folder(&context.config.engine_folder())),
        settings: Some(Arc::new(desk)),
        ..pages::parts(context, folder, series::open_catalog(context), records, scorer_of(context, None)?)
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
    runtime.block_on(async {
        let server = Server::bind(config, parts).await?;
        // Before anybody learns the address: whoever starts a server may end it at once.
        let stop = until_stopped().context("cannot listen for signals")?;
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
