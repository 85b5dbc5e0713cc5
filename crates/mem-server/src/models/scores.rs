//! What live predictions have been worth: of each model as a whole, and of several side by side on what all of them have predicted.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use mem_engine::core::seat::Foreseen;
use mem_store::records::{PredictionFilter, PredictionRow, Records};
use mem_types::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::number;
use crate::error::{ApiError, QueryRefused};
use crate::query::Query;
use crate::records::{ask, milliseconds};
use crate::state::AppState;

/// Newest resolved predictions of a model that are looked at.
const MOST: usize = 20_000;
/// Points of a curve at the most.
const POINTS: usize = 600;
/// Models of one answer at the most.
const MODELS: usize = 4;
/// Probabilities are kept so far from 0 and 1, so that one certain mistake does not make a loss infinite.
const LEAST: f64 = 1e-15;

/// Of which models.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScoresQuery {
    /// Numbers of 1 to 4 models, with commas in between.
    models: String,
}

/// What the predictions of a model have been worth.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct ScoreView {
    model: u64,
    /// Predictions whose truth is known; the newest 20,000 at the most.
    count: usize,
    /// Mean squared difference of probability and truth; 0.25 is knowing nothing.
    brier: Option<f64>,
    /// Mean logarithmic loss; 0.693 is knowing nothing.
    log_loss: Option<f64>,
    /// Share on the right side of one half.
    accuracy: Option<f64>,
}

/// The running means of a model.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct ScoreCurve {
    model: u64,
    brier: Vec<f64>,
    log_loss: Vec<f64>,
}

/// What predictions have been worth.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Scores {
    /// Of each model, over all that it has predicted.
    models: Vec<ScoreView>,
    /// Predictions that all of the models have made.
    shared: usize,
    /// When the truth of those was known.
    ts: Vec<i64>,
    /// The means up to then, over those.
    curves: Vec<ScoreCurve>,
}

/// What the predictions of models have been worth once the truth was known, side by side on those that all of them have made.
#[utoipa::path(get, path = "/api/models/scores", tag = "models", params(ScoresQuery), responses(
    (status = 200, description = "The scores", body = Scores),
    QueryRefused,
))]
pub(crate) async fn scores(
    State(state): State<AppState>,
    Query(query): Query<ScoresQuery>,
) -> Result<Json<Scores>, ApiError> {
    let wrong = || ApiError::field("models", format!("expected the numbers of 1 to {MODELS} models, as in 3,5"));
    let models = query.models.split(',').map(|id| number(id.trim()).map(|id| id.0)).collect::<Result<Vec<u64>, _>>();
    let models = models.ok().filter(|models| models.len() <= MODELS).ok_or_else(wrong)?;
    ask(&state, move |records| {
        let known = models.iter().map(|model| resolved(records, *model)).collect::<Result<Vec<_>, _>>()?;
        Ok(Json(side_by_side(&models, &known)))
    })
    .await
}

/// A prediction and its truth.
#[derive(Debug, Clone, Copy)]
struct Seen {
    known_at: Timestamp,
    brier: f64,
    log_loss: f64,
    right: bool,
}

/// By when and of what they were made.
type Known = BTreeMap<(Timestamp, String), Seen>;

fn resolved(records: &Records, model: u64) -> Result<Known, ApiError> {
    let filter = PredictionFilter {
        model_id: i64::try_from(model).ok(),
        resolved: Some(true),
        limit: MOST,
        ..PredictionFilter::default()
    };
    let seen = |row: PredictionRow| {
        let came = [Foreseen::Rise, Foreseen::Gain].map(|of| of.word(true)).contains(&row.actual_outcome.as_deref()?);
        let said = row.predicted_probability;
        let chance = if came { said } else { 1.0 - said };
        let seen = Seen {
            known_at: row.resolved_at?,
            brier: row.brier?,
            log_loss: -chance.max(LEAST).ln(),
            right: (said >= 0.5) == came,
        };
        Some(((row.timestamp, row.symbol), seen))
    };
    Ok(records.predictions(&filter)?.rows.into_iter().filter_map(seen).collect())
}

fn side_by_side(models: &[u64], known: &[Known]) -> Scores {
    let mut shared: Vec<(Timestamp, Vec<Seen>)> = known
        .first()
        .into_iter()
        .flatten()
        .filter_map(|(key, seen)| {
            let all = known.iter().map(|one| one.get(key).copied()).collect::<Option<Vec<_>>>()?;
            Some((seen.known_at, all))
        })
        .collect();
    // Those of one time in the order of their symbols.
    shared.sort_by_key(|(at, _)| *at);
    let step = shared.len().div_ceil(POINTS).max(1);
    let drawn = |index: &usize| (index + 1).is_multiple_of(step) || index + 1 == shared.len();
    let at: Vec<usize> = (0..shared.len()).filter(drawn).collect();
    let running = |of: fn(&Seen) -> f64, model: usize| {
        let mut sum = 0.0;
        let means = shared.iter().enumerate().map(|(index, (_, all))| {
            sum += of(&all[model]);
            sum / (index + 1) as f64
        });
        let means: Vec<f64> = means.collect();
        at.iter().map(|index| means[*index]).collect()
    };
    let curve = |(index, model): (usize, &u64)| ScoreCurve {
        model: *model,
        brier: running(|seen| seen.brier, index),
        log_loss: running(|seen| seen.log_loss, index),
    };
    Scores {
        models: models.iter().zip(known).map(|(model, known)| whole(*model, known)).collect(),
        shared: shared.len(),
        ts: at.iter().map(|index| milliseconds(shared[*index].0)).collect(),
        curves: models.iter().enumerate().map(curve).collect(),
    }
}

fn whole(model: u64, known: &Known) -> ScoreView {
    let mean =
        |of: fn(&Seen) -> f64| (!known.is_empty()).then(|| known.values().map(of).sum::<f64>() / known.len() as f64);
    ScoreView {
        model,
        count: known.len(),
        brier: mean(|seen| seen.brier),
        log_loss: mean(|seen| seen.log_loss),
        accuracy: mean(|seen| f64::from(u8::from(seen.right))),
    }
}
