//! What was run and kept.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use mem_research::report;
use mem_research::runlog::{Headline, Listed};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::milliseconds;
use crate::error::{ApiError, LookupRefused, Refused};
use crate::state::{AppState, compute};

/// All runs, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunList {
    runs: Vec<RunView>,
    /// Folders of the run log that hold no run.
    unreadable: Vec<UnreadableView>,
}

/// One run.
#[derive(Debug, Serialize, ToSchema)]
struct RunView {
    id: String,
    /// backtest, optimization, comparison or portfolio.
    kind: String,
    created_at: Option<i64>,
    /// In a few words.
    title: String,
    strategy: String,
    timeframe: String,
    symbols: Vec<String>,
    /// Whether the candles were made up.
    simulated: bool,
    /// Whether it was stopped early.
    partial: bool,
    code_version: String,
    /// The few figures that matter most: label, value, unit, text.
    #[schema(value_type = Vec<Object>)]
    headline: Vec<Headline>,
}

/// A folder that should hold a run.
#[derive(Debug, Serialize, ToSchema)]
struct UnreadableView {
    id: String,
    reason: String,
}

/// All runs.
#[utoipa::path(get, path = "/api/runs", tag = "pages", responses(
    (status = 200, description = "The runs, the latest first", body = RunList),
    Refused,
))]
pub(crate) async fn list(State(state): State<AppState>) -> Result<Json<RunList>, ApiError> {
    let log = state.parts.runs.clone();
    compute(move || {
        let mut list = RunList { runs: Vec::new(), unreadable: Vec::new() };
        for listed in log.list()? {
            match listed {
                Listed::Unreadable { id, reason } => list.unreadable.push(UnreadableView { id, reason }),
                Listed::Readable(run) => list.runs.push(RunView {
                    id: run.id,
                    kind: run.kind.to_string(),
                    created_at: run.created_at.map(milliseconds),
                    title: run.brief.title,
                    strategy: run.brief.strategy,
                    timeframe: run.brief.timeframe.to_string(),
                    symbols: run.brief.symbols,
                    simulated: run.brief.simulated,
                    partial: run.partial,
                    code_version: run.code_version,
                    headline: run.brief.headline,
                }),
            }
        }
        Ok(Json(list))
    })
    .await
}

/// One run as it is stored, with `has_report`.
#[utoipa::path(get, path = "/api/runs/{id}", tag = "pages",
    params(("id" = String, Path, description = "Id of the run, or as much of it as is unique")),
    responses(
        (status = 200, description = "The run", body = Object),
    LookupRefused,
))]
pub(crate) async fn show(State(state): State<AppState>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let log = state.parts.runs.clone();
    compute(move || {
        let id = log.find(&id)?;
        let mut run = log.json(&id)?;
        run["kind"] = json!(log.kind(&id)?);
        run["has_report"] = json!(log.report_path(&id).exists());
        Ok(Json(run))
    })
    .await
}

/// The report of a run: one HTML file that needs nothing else. Written when it is asked for the first time.
#[utoipa::path(get, path = "/api/runs/{id}/report", tag = "pages",
    params(("id" = String, Path, description = "Id of the run, or as much of it as is unique")),
    responses(
        (status = 200, description = "The report", body = String, content_type = "text/html"),
    LookupRefused,
))]
pub(crate) async fn report(State(state): State<AppState>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let parts = state.parts.clone();
    compute(move || {
        let id = parts.runs.find(&id)?;
        let path = parts.runs.report_path(&id);
        if !path.exists() {
            report::write_kept(&parts.runs, &id, &parts.catalog, &path)?;
        }
        let html = std::fs::read(&path).map_err(|error| ApiError::internal(&error))?;
        Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response())
    })
    .await
}
