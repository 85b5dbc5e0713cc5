//! What the pages show: series, candles, indicators, strategies, runs.
//!
//! Times are milliseconds since the Unix epoch, undefined values null.

mod candles;
mod registry;
mod runs;

pub(crate) use registry::ParamValueSchema;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::Refused;
use crate::live::view::board::Mode;
use crate::state::AppState;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(status))
        .routes(routes!(candles::series))
        .routes(routes!(candles::bars))
        .routes(routes!(registry::indicators))
        .routes(routes!(registry::values))
        .routes(routes!(registry::strategies))
        .routes(routes!(runs::list))
        .routes(routes!(runs::show))
        .routes(routes!(runs::report))
}

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Status {
    version: &'static str,
    /// Where orders go; research: nothing is traded here.
    mode: Mode,
    /// Where catalog and runs lie.
    data_folder: String,
    started_at: i64,
    uptime_s: u64,
    jobs: JobCounts,
    /// Whether requests need a token.
    auth_required: bool,
}

/// How many jobs there are.
#[derive(Debug, Serialize, ToSchema)]
struct JobCounts {
    running: usize,
    queued: usize,
}

/// How the server is.
#[utoipa::path(get, path = "/api/status", tag = "pages", responses(
    (status = 200, description = "How it is", body = Status),
    Refused,
))]
async fn status(State(state): State<AppState>) -> Json<Status> {
    let (running, queued) = state.jobs.counts();
    Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        mode: state.hub.as_ref().map_or(Mode::Research, |hub| hub.live().mode()),
        data_folder: state.parts.data_folder.clone(),
        started_at: milliseconds(state.started_at),
        uptime_s: state.started.elapsed().as_secs(),
        jobs: JobCounts { running, queued },
        auth_required: state.config.token.is_set(),
    })
}

fn milliseconds(time: mem_types::Timestamp) -> i64 {
    time.as_nanos() / 1_000_000
}
