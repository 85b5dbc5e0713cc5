//! What models said, and what became of it.

use axum::Json;
use axum::extract::State;
use mem_store::records::{PredictionFilter, PredictionRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::{ApiError, QueryRefused};
use crate::query::Query;
use crate::records::{a_hundred, ask, at_most, milliseconds, number, one_of, time};
use crate::state::AppState;

/// Which predictions.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PredictionsQuery {
    /// Of this model.
    model: Option<i64>,
    /// Of this symbol.
    symbol: Option<String>,
    /// `champion` or `candidate`.
    role: Option<String>,
    /// Only those whose truth is known, or only the others.
    resolved: Option<bool>,
    /// Not earlier than this.
    from: Option<i64>,
    /// Earlier than this.
    to: Option<i64>,
    /// After leaving out so many.
    #[serde(default)]
    #[param(default = 0)]
    offset: usize,
    /// At most so many, 1 to 1,000.
    #[serde(default = "a_hundred")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: usize,
}

/// A prediction.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PredictionView {
    /// When everything that it rests on was known, in the market's time.
    ts: i64,
    symbol: String,
    timeframe: String,
    model: u64,
    version: String,
    /// `champion` or `candidate`.
    role: String,
    /// `up` or `down`.
    direction: String,
    /// The probability of a rise, 0 to 1.
    probability: f64,
    /// When the truth is known.
    due: i64,
    /// `up` or `down`, once it is known.
    outcome: Option<String>,
    /// The logarithmic return until then.
    log_return: Option<f64>,
    /// The squared difference of probability and truth.
    brier: Option<f64>,
}

/// Predictions, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PredictionsPage {
    /// How many there are.
    total: u64,
    /// How many were left out before these.
    offset: usize,
    rows: Vec<PredictionView>,
}

/// What models said, and what became of it, the newest first.
#[utoipa::path(get, path = "/api/models/predictions", tag = "models", params(PredictionsQuery), responses(
    (status = 200, description = "The predictions", body = PredictionsPage),
    QueryRefused,
))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Query(query): Query<PredictionsQuery>,
) -> Result<Json<PredictionsPage>, ApiError> {
    let filter = PredictionFilter {
        model_id: query.model,
        symbol: query.symbol,
        role: one_of("role", query.role, &["champion", "candidate"])?,
        resolved: query.resolved,
        from: time("from", query.from)?,
        to: time("to", query.to)?,
        limit: at_most(query.limit)?,
        offset: query.offset,
    };
    ask(&state, move |records| {
        let page = records.predictions(&filter)?;
        let rows = page.rows.into_iter().map(view).collect();
        Ok(Json(PredictionsPage { total: page.total, offset: filter.offset, rows }))
    })
    .await
}

fn view(row: PredictionRow) -> PredictionView {
    PredictionView {
        ts: milliseconds(row.timestamp),
        symbol: row.symbol,
        timeframe: row.timeframe,
        model: number(row.model_id),
        version: row.model_version,
        role: row.role,
        direction: row.predicted_direction,
        probability: row.predicted_probability,
        due: milliseconds(row.future_timestamp),
        outcome: row.actual_outcome,
        log_return: row.realized_return,
        brier: row.brier,
    }
}
