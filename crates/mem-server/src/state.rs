//! What every request can reach.

use std::sync::Arc;
use std::time::Instant;

use mem_engine::live::Control;
use mem_model::sentiment::Scorer;
use mem_research::SimConfig;
use mem_research::runlog::RunLog;
use mem_store::catalog::Catalog;
use mem_store::records::Records;
use mem_types::Timestamp;

use crate::cache::Cache;
use crate::config::ServerConfig;
use crate::error::{ApiError, ServerError};
use crate::jobs::Jobs;
use crate::live::Live;
use crate::live::hub::Hub;
use crate::metrics::Metrics;
use crate::settings::Settings;

/// What the server works on, given by whoever starts it.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Folder of catalog and runs, for people to read.
    pub data_folder: String,
    /// Market data.
    pub catalog: Catalog,
    /// What was run.
    pub runs: RunLog,
    /// What an engine has put on record.
    pub records: Records,
    /// The engine that runs in this process.
    pub live: Option<Live>,
    /// Where an engine of another process on the same data folder says how it stands.
    pub beside: Option<Control>,
    /// Settings that can be looked at and changed; `None` where there are none.
    pub settings: Option<Arc<dyn Settings>>,
    /// The assumptions of simulations, where a request does not say otherwise.
    pub simulation: SimConfig,
    /// Who scores texts that are sent, unless a request names another.
    pub scorer: Arc<dyn Scorer>,
    /// The time, for what is dated.
    pub clock: fn() -> Timestamp,
}

/// Shared by all requests.
#[derive(Debug, Clone)]
pub(crate) struct AppState(Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: ServerConfig,
    pub(crate) parts: Parts,
    pub(crate) cache: Cache,
    pub(crate) jobs: Jobs,
    pub(crate) metrics: Metrics,
    /// What pages are told of the engine of this process.
    pub(crate) hub: Option<Arc<Hub>>,
    pub(crate) started: Instant,
    pub(crate) started_at: Timestamp,
}

impl AppState {
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// If the system gives no threads for jobs.
    pub(crate) fn new(config: ServerConfig, parts: Parts) -> Result<Self, ServerError> {
        let jobs =
            Jobs::new(&config, parts.clock).map_err(|source| ServerError::Stopped(std::io::Error::other(source)))?;
        let metrics = Metrics::new();
        Ok(Self(Arc::new(Shared {
            cache: Cache::new(&config, &metrics),
            jobs,
            metrics,
            hub: parts.live.clone().map(|live| Hub::start(live, parts.records.clone(), parts.clock)),
            started: Instant::now(),
            started_at: (parts.clock)(),
            config,
            parts,
        })))
    }
}

impl std::ops::Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// Does work for a processor on a thread for such work, so that no connection waits behind it. Long work is a job, with
/// threads of its own.
pub(crate) async fn compute<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(ApiError::internal(&error)))
}
