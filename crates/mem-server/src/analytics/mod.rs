//! The analytics API: backtests over many symbols, genetic search, comparison, portfolios, on the candles of the catalog.
//!
//! Paths and field names are those of the reference system's service on port 5005; `docs/api.md` lists what was mended.
//! Every request is a job: its result comes at once when it is quick, else under the job's id. Results join the run log.

mod compare;
mod genetic;
mod parallel;
mod portfolio;
mod request;
mod view;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use mem_types::SeriesKey;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::cache::key;
use crate::error::{ApiError, Refused};
use crate::jobs::{Job, Worked, work};
use crate::state::{AppState, compute};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(parallel::parallel_backtest))
        .routes(routes!(genetic::genetic_optimize))
        .routes(routes!(compare::strategy_comparison))
        .routes(routes!(portfolio::portfolio_backtest))
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AnalyticsHealth)]
struct Health {
    /// healthy: the catalog can be read; degraded: it cannot.
    status: &'static str,
    service: &'static str,
    version: &'static str,
    features: [&'static str; 4],
    /// Series of bars in the catalog.
    series: usize,
    /// RFC 3339.
    timestamp: String,
}

/// Whether the analytics service can work.
#[utoipa::path(get, path = "/api/phase2/health", tag = "analytics", responses(
    (status = 200, description = "How it is", body = Health),
    Refused,
))]
async fn health(State(state): State<AppState>) -> Json<Health> {
    let parts = state.parts.clone();
    let series = compute(move || parts.catalog.series().map_err(|error| ApiError::internal(&error))).await;
    Json(Health {
        status: if series.is_ok() { "healthy" } else { "degraded" },
        service: "MEM Phase 2 Advanced API",
        version: env!("CARGO_PKG_VERSION"),
        features: ["parallel_backtest", "genetic_optimization", "strategy_comparison", "portfolio_backtest"],
        series: series.map_or(0, |series| series.len()),
        timestamp: (state.parts.clock)().to_string(),
    })
}

/// What every analytics response looks like.
#[derive(Debug, Serialize, ToSchema)]
#[allow(dead_code, reason = "the form of the response for the API's description")]
struct Answered<R> {
    /// Always true.
    success: bool,
    /// What came out.
    results: R,
    /// When it was computed, RFC 3339.
    timestamp: String,
    /// Whether it came from the cache.
    cached: bool,
}

/// The same before the cache has added its word.
#[derive(Debug, Serialize)]
struct Envelope<R> {
    success: bool,
    results: R,
    timestamp: String,
}

/// Answers from the cache, or does the work as a job. The key holds what was asked and the data it is about.
async fn answer<R: Serialize>(
    state: &AppState,
    kind: &'static str,
    asked: &impl Serialize,
    keys: Vec<SeriesKey>,
    make: impl FnOnce(&AppState, &Job) -> Result<R, ApiError> + Send + 'static,
) -> Result<Response, ApiError> {
    let asked = serde_json::to_vec(asked).map_err(|error| ApiError::internal(&error))?;
    let catalog = state.parts.catalog.clone();
    let data = compute(move || {
        let print = |key: &SeriesKey| {
            let fingerprint = catalog.fingerprint(key).map_err(|error| ApiError::internal(&error))?;
            Ok(format!("{key} {fingerprint}\n"))
        };
        keys.iter().map(print).collect::<Result<String, ApiError>>()
    })
    .await?;
    let key = key(kind, &[&asked, data.as_bytes()]);
    if let Some(known) = state.cache.get(&key).await {
        return Ok(known);
    }
    let shared = state.clone();
    let worked = work(state, kind, move |job| {
        let results = make(&shared, job)?;
        let envelope = Envelope { success: true, results, timestamp: (shared.parts.clock)().to_string() };
        serde_json::to_value(&envelope).map_err(|error| ApiError::internal(&error))
    })
    .await?;
    match worked {
        Worked::Done(value) => state.cache.put(key, &*value).await,
        Worked::Continues(accepted) => Ok(accepted.into_response()),
    }
}

/// The value as JSON, for runs that are kept as they are.
fn object(value: impl Serialize) -> Result<Value, ApiError> {
    serde_json::to_value(value).map_err(|error| ApiError::internal(&error))
}
