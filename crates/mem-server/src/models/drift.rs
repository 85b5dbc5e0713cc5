//! Features beside those of the training, as a heat map: a row a feature, the worst first; a column a time.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use mem_store::records::{DriftFilter, DriftRow};
use mem_types::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::{ApiError, QueryRefused};
use crate::query::Query;
use crate::records::{ask, milliseconds};
use crate::state::AppState;

/// Newest comparisons of a model that are looked at.
const MOST: usize = 20_000;
/// Newest times that are shown.
const TIMES: usize = 48;
/// From nothing to worst.
const SEVERITIES: [&str; 5] = ["none", "low", "medium", "high", "critical"];

/// Of which model.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DriftQuery {
    /// Its number.
    model: i64,
    /// In this market only; else of all the worst.
    symbol: Option<String>,
}

/// A feature at a time; of several markets the worst.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct DriftCell {
    /// In which market.
    symbol: String,
    /// `none`, `low`, `medium`, `high` or `critical`.
    severity: String,
    /// Kolmogorov-Smirnov distance, 0 to 1.
    ks: Option<f64>,
    /// Its p-value, corrected for the number of features of all markets.
    p_value: Option<f64>,
    /// Population stability index.
    psi: Option<f64>,
}

/// A feature over time.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct DriftLine {
    feature: String,
    /// One a time; null where it was not compared.
    cells: Vec<Option<DriftCell>>,
}

/// Features beside those of the training.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DriftMap {
    /// When they were compared, in order, in the market's time.
    ts: Vec<i64>,
    /// The worst now first.
    features: Vec<DriftLine>,
}

/// Features beside those that a model was trained on, over time.
#[utoipa::path(get, path = "/api/models/drift", tag = "models", params(DriftQuery), responses(
    (status = 200, description = "The comparisons", body = DriftMap),
    QueryRefused,
))]
pub(crate) async fn drift(
    State(state): State<AppState>,
    Query(query): Query<DriftQuery>,
) -> Result<Json<DriftMap>, ApiError> {
    ask(&state, move |records| {
        let DriftQuery { model, symbol } = query;
        let filter = DriftFilter { model_id: Some(model), symbol, limit: MOST, ..DriftFilter::default() };
        Ok(Json(map(&records.drift(&filter)?)))
    })
    .await
}

fn rank(row: &DriftRow) -> usize {
    SEVERITIES.iter().position(|known| *known == row.drift_severity).unwrap_or(0)
}

/// Worse is more severe, or else further away.
fn badness(row: &DriftRow) -> (usize, f64) {
    (rank(row), row.ks_statistic.unwrap_or(0.0))
}

fn map(rows: &[DriftRow]) -> DriftMap {
    let times: BTreeSet<Timestamp> = rows.iter().map(|row| row.timestamp).collect();
    let times: Vec<Timestamp> = times.into_iter().rev().take(TIMES).rev().collect();
    let mut features: BTreeMap<&str, BTreeMap<Timestamp, &DriftRow>> = BTreeMap::new();
    for row in rows.iter().filter(|row| times.first().is_some_and(|first| row.timestamp >= *first)) {
        let cell = features.entry(&row.feature_name).or_default().entry(row.timestamp).or_insert(row);
        if badness(row) > badness(cell) {
            *cell = row;
        }
    }
    let newest = |cells: &BTreeMap<Timestamp, &DriftRow>| cells.values().next_back().map(|row| badness(row));
    let mut features: Vec<_> = features.into_iter().collect();
    features
        .sort_by(|(_, one), (_, other)| newest(other).partial_cmp(&newest(one)).unwrap_or(std::cmp::Ordering::Equal));
    let line = |(feature, cells): (&str, BTreeMap<Timestamp, &DriftRow>)| DriftLine {
        feature: feature.to_owned(),
        cells: times.iter().map(|at| cells.get(at).map(|row| cell(row))).collect(),
    };
    DriftMap {
        ts: times.iter().map(|at| milliseconds(*at)).collect(),
        features: features.into_iter().map(line).collect(),
    }
}

fn cell(row: &DriftRow) -> DriftCell {
    DriftCell {
        symbol: row.symbol.clone(),
        severity: SEVERITIES[rank(row)].to_owned(),
        ks: row.ks_statistic,
        p_value: row.ks_p_value,
        psi: row.psi,
    }
}
