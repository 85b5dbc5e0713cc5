//! Pages and API beside an engine, in the same process.

use std::path::Path;
use std::sync::Arc;

use mem_engine::core::EngineConfig;
use mem_engine::live::{Control, Tap};
use mem_model::sentiment::Scorer;
use mem_research::runlog::RunLog;
use mem_server::live::Live;
use mem_server::{Parts, Server, ServerConfig, ServerError};
use mem_store::catalog::Catalog;
use mem_store::records::Records;
use mem_venue::sim::server::SimHandle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Context, now};

/// Pages that are being served.
pub(super) struct Pages {
    /// Where, for people.
    pub(super) address: String,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), ServerError>>,
}

impl Pages {
    /// Serves pages and API of a data folder. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// A configuration that makes no sense, or an address that is taken.
    pub(super) async fn start(config: ServerConfig, parts: Parts) -> Result<Self, ServerError> {
        let server = Server::bind(config, parts).await?;
        let address = server.local_addrs().first().map(|address| format!("http://{address}")).unwrap_or_default();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(server.serve(async {
            // An error means that the sender is gone, which also is the end.
            let _ = stopped.await;
        }));
        Ok(Self { address, stop, serving })
    }

    /// Ends them once the last answer is out.
    pub(super) async fn end(self) {
        let _ = self.stop.send(());
        match self.serving.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the pages ended badly"),
            Err(error) => tracing::warn!(%error, "the pages ended badly"),
        }
    }
}

/// What the server works on in a data folder.
pub(super) fn parts(
    context: &Context,
    folder: &Path,
    catalog: Catalog,
    records: Records,
    scorer: Arc<dyn Scorer>,
) -> Parts {
    Parts {
        data_folder: folder.display().to_string(),
        catalog,
        runs: RunLog::new(folder),
        records,
        live: None,
        beside: None,
        settings: None,
        simulation: context.config.simulation.clone(),
        scorer,
        clock: now,
    }
}

/// The engine as the server is given it.
pub(super) fn live(
    config: &EngineConfig,
    venue: &str,
    tap: Tap,
    control: Control,
    exchange: Option<SimHandle>,
) -> Live {
    Live {
        tap,
        control,
        session: config.session.clone(),
        venue: venue.to_owned(),
        paper: config.paper,
        symbols: config.lanes.iter().map(|lane| lane.instrument.symbol.to_string()).collect(),
        exchange,
    }
}
