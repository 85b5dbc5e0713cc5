//! Whether what models see is still like what they were trained on, and whether what they say is still as good.

use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::row::row;
use crate::records::error::RecordsError;
use crate::records::operations::Tx;
use crate::records::query::Newest;

row! {
    /// A feature beside what it was like in training.
    DriftRow, "INSERT" "feature_drift_metrics" {
        /// When, in the market's time.
        timestamp: Timestamp,
        /// Of which model.
        model_id: i64,
        /// In which market.
        symbol: String,
        /// Which feature.
        feature_name: String,
        /// Kolmogorov-Smirnov distance, 0 to 1.
        ks_statistic: Option<f64>,
        /// Its p-value, corrected for the number of features of all symbols.
        ks_p_value: Option<f64>,
        /// Population stability index.
        psi: Option<f64>,
        /// `none`, `low`, `medium`, `high` or `critical`.
        drift_severity: String,
        /// Whether it counts as drift.
        drift_detected: bool,
    }
}

row! {
    /// What a model has been worth over its newest predictions.
    PerformanceRow, "INSERT" "model_performance_history" {
        /// When, in the market's time.
        timestamp: Timestamp,
        /// Which model.
        model_id: i64,
        /// `champion` or `candidate`.
        role: String,
        /// Over how many predictions.
        samples: i64,
        /// Mean Brier score.
        brier: Option<f64>,
        /// Mean logarithmic loss.
        log_loss: Option<f64>,
        /// Share of right directions.
        accuracy: Option<f64>,
        /// `stable` or `drift`.
        verdict: String,
    }
}

/// Which comparisons to read, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DriftFilter {
    /// Of this model.
    pub model_id: Option<i64>,
    /// In this market.
    pub symbol: Option<String>,
    /// Put on record after this row.
    pub after: Option<i64>,
    /// Not earlier than this.
    pub from: Option<Timestamp>,
    /// At most so many rows; 10,000 by default.
    pub limit: usize,
}

impl Default for DriftFilter {
    fn default() -> Self {
        Self { model_id: None, symbol: None, after: None, from: None, limit: 10_000 }
    }
}

pub(in crate::records) fn add_drift(tx: &Tx<'_>, rows: &[DriftRow]) -> Result<(), RecordsError> {
    tx.atomically(|tx| rows.iter().try_for_each(|row| row.store(tx).map(drop)))
}

pub(in crate::records) fn drift(tx: &Tx<'_>, filter: &DriftFilter) -> Result<Vec<DriftRow>, RecordsError> {
    Newest::of(DriftRow::TABLE, DriftRow::COLUMNS)
        .whole("model_id = ?", filter.model_id)
        .matching("symbol = ?", filter.symbol.as_deref())
        .whole("id > ?", filter.after)
        .between(filter.from, None)
        .fetch(tx, filter.limit, 0, DriftRow::read)
}

pub(in crate::records) fn add_performance(tx: &Tx<'_>, row: &PerformanceRow) -> Result<i64, RecordsError> {
    row.store(tx)
}

/// The newest rows of a model, the newest first.
pub(in crate::records) fn performance(
    tx: &Tx<'_>,
    model_id: i64,
    limit: usize,
) -> Result<Vec<PerformanceRow>, RecordsError> {
    Newest::of(PerformanceRow::TABLE, PerformanceRow::COLUMNS).whole("model_id = ?", Some(model_id)).fetch(
        tx,
        limit,
        0,
        PerformanceRow::read,
    )
}
