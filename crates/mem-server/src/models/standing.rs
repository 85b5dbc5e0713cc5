//! Who decides, and how far the candidate beside it has come, as whoever drives the rollout last said.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use mem_store::records::DashboardRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{ApiError, QueryRefused};
use crate::records::{ask, milliseconds};
use crate::state::AppState;

/// A model that has a part in a rollout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct SeatedView {
    id: u64,
    /// Name and version.
    title: String,
}

/// How a rollout stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RolloutView {
    /// When that was said, in the market's time.
    ts: i64,
    symbols: Vec<String>,
    /// Length of the bars.
    timeframe: String,
    /// The model that decides.
    champion: Option<SeatedView>,
    /// The one that is tried.
    candidate: Option<SeatedView>,
    /// `shadow`, `canary`, `full` or `rolled_back`; null without a candidate.
    phase: Option<String>,
    /// Share of the signals that the candidate decides, 0 to 1.
    share: f64,
    /// What is waited for, or why something has changed.
    why: String,
    /// The numbers that verdicts are taken from: `samples`, `min_samples`, `brier_difference_lower`, `brier_margin`, ...
    numbers: BTreeMap<String, f64>,
    /// Weights of rules, model and memory where they are blended.
    weights: Option<[f64; 3]>,
}

/// How all rollouts stand.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RolloutList {
    rows: Vec<RolloutView>,
}

/// As it is kept.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Kept {
    champion: Option<SeatedView>,
    candidate: Option<SeatedView>,
    phase: Option<KeptPhase>,
    share: f64,
    why: String,
    numbers: BTreeMap<String, Option<f64>>,
    weights: Option<[f64; 3]>,
}

#[derive(Debug, Deserialize)]
struct KeptPhase {
    phase: String,
}

/// How the rollout of each scope stands.
#[utoipa::path(get, path = "/api/models/rollouts", tag = "models", responses(
    (status = 200, description = "The rollouts", body = RolloutList),
    QueryRefused,
))]
pub(crate) async fn rollouts(State(state): State<AppState>) -> Result<Json<RolloutList>, ApiError> {
    ask(&state, |records| {
        let rows = records.latest_dashboard("rollout")?;
        let rows = rows.into_iter().map(view).collect::<Result<Vec<_>, ApiError>>()?;
        Ok(Json(RolloutList { rows }))
    })
    .await
}

fn view(row: DashboardRow) -> Result<RolloutView, ApiError> {
    let kept: Kept = serde_json::from_value(row.payload).map_err(|error| ApiError::internal(&error))?;
    Ok(RolloutView {
        ts: milliseconds(row.timestamp),
        symbols: row.symbol.split(',').map(str::to_owned).collect(),
        timeframe: row.timeframe,
        champion: kept.champion,
        candidate: kept.candidate,
        phase: kept.phase.map(|kept| kept.phase),
        share: kept.share,
        why: kept.why,
        numbers: kept.numbers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
        weights: kept.weights,
    })
}
