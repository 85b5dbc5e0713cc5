//! What an engine trades by, looked at and changed by pages: limits of risk, strategy and symbols, limits of alerts.
//!
//! The server knows the forms of requests and answers; what there is to set, and how a change is checked, saved and applied, is told by
//! whoever starts it ([`Settings`]).
//!
//! Modules in reading order: [`view`] (what settings look like), [`change`] (what may be asked and what came of it).

pub mod change;
pub mod view;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use mem_store::records::{AuditFilter, AuditKind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, IntoResponses, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::JsonBody;
use crate::error::{ApiError, BodyRefused, ErrorBody, QueryRefused};
use crate::query::Query;
use crate::records::{AuditView, audit_view};
use crate::state::{AppState, compute};
use change::{Applied, ChangeRequest, Changed, RevertRequest, SettingsError, ValueChange};
use view::ConfigView;

/// Settings that can be looked at and changed. Methods may block for a moment: they are called on threads for such work.
pub trait Settings: Send + Sync + std::fmt::Debug {
    /// All of them, as they are in force.
    ///
    /// # Errors
    /// If they cannot be read.
    fn view(&self) -> Result<ConfigView, SettingsError>;

    /// Checks, saves and applies changes, all or none.
    ///
    /// # Errors
    /// A value that is refused, settings that were changed meanwhile, a file that cannot be written; nothing has changed then.
    fn change(&self, request: &ChangeRequest) -> Result<Changed, SettingsError>;

    /// Takes a change back, as a new change.
    ///
    /// # Errors
    /// As for a change; or if there is no such change.
    fn revert(&self, request: &RevertRequest) -> Result<Changed, SettingsError>;
}

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(show, change)).routes(routes!(history)).routes(routes!(revert))
}

/// How settings may be refused beside that.
#[derive(Debug, IntoResponses)]
#[allow(dead_code, reason = "the refusals for the API's description")]
pub(crate) enum SettingsRefused {
    /// There is no such change
    #[response(status = 404)]
    NotFound(#[to_schema] ErrorBody),
    /// The settings have been changed meanwhile, or there are none to change here
    #[response(status = 409)]
    Conflict(#[to_schema] ErrorBody),
    /// The records are locked by another process: try again
    #[response(status = 503)]
    Busy(#[to_schema] ErrorBody),
}

impl From<SettingsError> for ApiError {
    fn from(error: SettingsError) -> Self {
        let text = error.to_string();
        match error {
            SettingsError::Value { path, .. } => Self::field(path, text),
            SettingsError::Stale { .. } => Self::new(StatusCode::CONFLICT, text),
            SettingsError::NoSuchChange(_) => Self::not_found(text),
            SettingsError::Records(error) => error.into(),
            SettingsError::File { .. } | SettingsError::Inside(_) => Self::internal(&text),
        }
    }
}

async fn with<T: Send + 'static>(
    state: &AppState,
    work: impl FnOnce(&dyn Settings) -> Result<T, SettingsError> + Send + 'static,
) -> Result<T, ApiError> {
    let settings: Option<Arc<dyn Settings>> = state.parts.settings.clone();
    let Some(settings) = settings else {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "this server was started without settings that can be changed",
        ));
    };
    compute(move || Ok(work(settings.as_ref())?)).await
}

/// Everything that can be set: what it means, its range, its value and where that comes from, and what a change takes.
#[utoipa::path(get, path = "/api/live/config", tag = "settings", responses(
    (status = 200, description = "The settings", body = ConfigView),
    QueryRefused, SettingsRefused,
))]
async fn show(State(state): State<AppState>) -> Result<Json<ConfigView>, ApiError> {
    with(&state, |settings| settings.view()).await.map(Json)
}

/// Changes settings, all of those named or none: checked as at a start, saved, applied to the running engine, written to the audit. With
/// `dry_run` only checked.
#[utoipa::path(post, path = "/api/live/config", tag = "settings", request_body = ChangeRequest, responses(
    (status = 200, description = "What was changed", body = Changed),
    BodyRefused, SettingsRefused,
))]
async fn change(State(state): State<AppState>, body: JsonBody) -> Result<Json<Changed>, ApiError> {
    let request: ChangeRequest = body.read()?;
    let changed = with(&state, move |settings| settings.change(&request)).await?;
    Ok(told(&state, changed))
}

/// Writes the values before a change again, as a new change.
#[utoipa::path(post, path = "/api/live/config/revert", tag = "settings", request_body = RevertRequest, responses(
    (status = 200, description = "What was changed", body = Changed),
    BodyRefused, SettingsRefused,
))]
async fn revert(State(state): State<AppState>, body: JsonBody) -> Result<Json<Changed>, ApiError> {
    let request: RevertRequest = body.read()?;
    let changed = with(&state, move |settings| settings.revert(&request)).await?;
    Ok(told(&state, changed))
}

/// Tells the pages of a change that was made.
fn told(state: &AppState, changed: Changed) -> Json<Changed> {
    if let (Some(hub), Some(_)) = (&state.hub, changed.id) {
        let section = |applied: &Applied| applied.change.path.split('.').next().unwrap_or_default().to_owned();
        let sections: BTreeSet<String> = changed.applied.iter().map(section).collect();
        hub.settings_changed(changed.version, sections.into_iter().collect());
    }
    Json(changed)
}

/// Which changes.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryQuery {
    /// After leaving out so many.
    #[serde(default)]
    #[param(default = 0)]
    offset: usize,
    /// At most so many, 1 to 1,000.
    #[serde(default = "fifty")]
    #[param(default = 50, minimum = 1, maximum = 1000)]
    limit: usize,
}

fn fifty() -> usize {
    50
}

/// A change of settings.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ConfigChange {
    id: i64,
    /// When it was wanted, by our clock.
    ts: i64,
    by: String,
    why: String,
    changes: Vec<ValueChange>,
    /// When it took effect; null while it has not.
    applied_at: Option<i64>,
    /// The change that it takes back.
    reverts: Option<i64>,
}

/// Changes, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfigHistory {
    /// How many there are.
    total: u64,
    /// How many were left out before these.
    offset: usize,
    rows: Vec<ConfigChange>,
}

/// Changes of settings, the newest first.
#[utoipa::path(get, path = "/api/live/config/history", tag = "settings", params(HistoryQuery), responses(
    (status = 200, description = "The changes", body = ConfigHistory),
    QueryRefused,
))]
async fn history(
    State(state): State<AppState>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<ConfigHistory>, ApiError> {
    if !(1..=1_000).contains(&query.limit) {
        return Err(ApiError::field("limit", format!("{} is not allowed: expected 1 to 1000", query.limit)));
    }
    let filter = AuditFilter { kind: Some(AuditKind::Config), limit: query.limit, offset: query.offset };
    let records = state.parts.records.clone();
    compute(move || {
        let page = records.page_audit(&filter)?;
        let rows = page.rows.into_iter().map(|row| of_audit(audit_view(row))).collect();
        Ok(Json(ConfigHistory { total: page.total, offset: filter.offset, rows }))
    })
    .await
}

fn of_audit(entry: AuditView) -> ConfigChange {
    let AuditView { id, ts, by, why, detail, applied_at, reverts, .. } = entry;
    let changes = serde_json::from_value(detail).unwrap_or_default();
    ConfigChange { id, ts, by, why, changes, applied_at, reverts }
}
