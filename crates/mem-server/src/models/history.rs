//! What was decided about models: steps of rollouts, and gates, with their numbers.

use axum::Json;
use axum::extract::State;
use mem_store::records::{EvaluationRow, ModelEventFilter, ModelEventRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::{ApiError, QueryRefused};
use crate::query::Query;
use crate::records::{a_hundred, ask, at_most, milliseconds, number};
use crate::state::AppState;

/// Which steps.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// Of this model.
    model: Option<i64>,
    /// After leaving out so many.
    #[serde(default)]
    #[param(default = 0)]
    offset: usize,
    /// At most so many, 1 to 1,000.
    #[serde(default = "a_hundred")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: usize,
}

/// A step of a rollout.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EventView {
    /// When, in the market's time.
    ts: i64,
    model: u64,
    /// The model that decided then.
    champion: Option<u64>,
    /// `stage_advanced`, `promoted_to_production`, `deployment_rollback`, ...
    event: String,
    /// The stage that it came to.
    phase: String,
    /// The share of signals that it decides from then on, 0 to 1.
    share: f64,
    why: String,
    /// The numbers that it was decided by.
    #[schema(value_type = Object)]
    numbers: serde_json::Value,
}

/// Steps, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventsPage {
    /// How many there are.
    total: u64,
    /// How many were left out before these.
    offset: usize,
    rows: Vec<EventView>,
}

/// Steps of rollouts, the newest first.
#[utoipa::path(get, path = "/api/models/events", tag = "models", params(EventsQuery), responses(
    (status = 200, description = "The steps", body = EventsPage),
    QueryRefused,
))]
pub(crate) async fn events(
    State(state): State<AppState>,
    Query(query): Query<EventsQuery>,
) -> Result<Json<EventsPage>, ApiError> {
    let filter = ModelEventFilter {
        model_id: query.model,
        event_type: None,
        limit: at_most(query.limit)?,
        offset: query.offset,
    };
    ask(&state, move |records| {
        let page = records.model_events(&filter)?;
        let rows = page.rows.into_iter().map(event).collect();
        Ok(Json(EventsPage { total: page.total, offset: filter.offset, rows }))
    })
    .await
}

fn event(row: ModelEventRow) -> EventView {
    EventView {
        ts: milliseconds(row.timestamp),
        model: number(row.model_id),
        champion: row.champion_id.map(number),
        event: row.event_type,
        phase: row.phase,
        share: row.share,
        why: row.why,
        numbers: row.numbers,
    }
}

/// How many gates.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EvaluationsQuery {
    /// At most so many, 1 to 1,000.
    #[serde(default = "a_hundred")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: usize,
}

/// A gate: a candidate beside the champion on rows that neither had seen.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EvaluationView {
    ts: i64,
    /// Which model wanted to pass.
    model: u64,
    /// The champion; null where there was none.
    against: Option<u64>,
    /// Where the window begins.
    from: i64,
    /// Where it ends.
    to: i64,
    /// Whether it passed.
    passed: bool,
    why: String,
    /// The numbers that it was decided by.
    #[schema(value_type = Object)]
    numbers: serde_json::Value,
}

/// Gates, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvaluationList {
    rows: Vec<EvaluationView>,
}

/// Gates, the newest first.
#[utoipa::path(get, path = "/api/models/evaluations", tag = "models", params(EvaluationsQuery), responses(
    (status = 200, description = "The gates", body = EvaluationList),
    QueryRefused,
))]
pub(crate) async fn evaluations(
    State(state): State<AppState>,
    Query(query): Query<EvaluationsQuery>,
) -> Result<Json<EvaluationList>, ApiError> {
    let limit = at_most(query.limit)?;
    ask(&state, move |records| {
        let rows = records.evaluations(limit)?.into_iter().map(evaluation).collect();
        Ok(Json(EvaluationList { rows }))
    })
    .await
}

fn evaluation(row: EvaluationRow) -> EvaluationView {
    EvaluationView {
        ts: milliseconds(row.timestamp),
        model: number(row.candidate_id),
        against: row.baseline_id.map(number),
        from: milliseconds(row.test_from),
        to: milliseconds(row.test_to),
        passed: row.decision == "promote",
        why: row.reason,
        numbers: row.metrics,
    }
}
