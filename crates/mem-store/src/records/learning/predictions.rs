//! What models said, and what became of it.

use mem_types::Timestamp;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::row::row;
use crate::records::error::RecordsError;
use crate::records::operations::Tx;
use crate::records::query::{Newest, Page};
use crate::records::time_text::TimeText;

row! {
    /// A prediction; one of a model, a symbol and a time that is there already stays as it is.
    PredictionRow, "INSERT OR IGNORE" "ml_predictions" {
        /// When everything that it rests on was known: the close of the bar, in the market's time.
        timestamp: Timestamp,
        /// Of what.
        symbol: String,
        /// Length of the bars.
        timeframe: String,
        /// By which model.
        model_id: i64,
        /// Its version.
        model_version: String,
        /// `champion` or `candidate`.
        role: String,
        /// `up` or `down`.
        predicted_direction: String,
        /// The probability of a rise, 0 to 1.
        predicted_probability: f64,
        /// The probability of the direction, 0.5 to 1.
        confidence_score: f64,
        /// How far ahead, in minutes.
        prediction_horizon: i64,
        /// The set of features, with its version.
        features_used: String,
        /// The weights by which rules, model and memory were blended; `None` where nothing was blended.
        ensemble_weights: Option<serde_json::Value>,
        /// When the truth will be known.
        future_timestamp: Timestamp,
        /// `up` or `down`, once it is known.
        actual_outcome: Option<String>,
        /// The logarithmic return until then.
        realized_return: Option<f64>,
        /// The squared difference of probability and truth.
        brier: Option<f64>,
        /// When it was known.
        resolved_at: Option<Timestamp>,
    }
}

/// What became of a prediction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resolved {
    /// By which model.
    pub model_id: i64,
    /// Of what.
    pub symbol: String,
    /// When it was made.
    pub timestamp: Timestamp,
    /// What came: `up` or `down` of a price, `gain` or `loss` of an entry.
    pub outcome: String,
    /// The logarithmic return.
    pub realized_return: f64,
    /// The squared difference of probability and truth.
    pub brier: f64,
    /// When it was known.
    pub resolved_at: Timestamp,
}

/// Which predictions to read, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PredictionFilter {
    /// By this model.
    pub model_id: Option<i64>,
    /// Of this symbol.
    pub symbol: Option<String>,
    /// `champion` or `candidate`.
    pub role: Option<String>,
    /// Only those whose truth is known, or only the others.
    pub resolved: Option<bool>,
    /// Not earlier than this.
    pub from: Option<Timestamp>,
    /// Earlier than this.
    pub to: Option<Timestamp>,
    /// At most so many; 100 by default.
    pub limit: usize,
    /// After leaving out so many.
    pub offset: usize,
}

impl Default for PredictionFilter {
    fn default() -> Self {
        Self { model_id: None, symbol: None, role: None, resolved: None, from: None, to: None, limit: 100, offset: 0 }
    }
}

pub(in crate::records) fn add(tx: &Tx<'_>, row: &PredictionRow) -> Result<i64, RecordsError> {
    row.store(tx)
}

pub(in crate::records) fn resolve(tx: &Tx<'_>, resolved: &Resolved) -> Result<(), RecordsError> {
    let sql = "UPDATE ml_predictions SET actual_outcome = ?4, realized_return = ?5, brier = ?6, resolved_at = ?7 \
               WHERE model_id = ?1 AND symbol = ?2 AND timestamp = ?3";
    let (mut made, mut known) = (TimeText::new(), TimeText::new());
    tx.connection.prepare_cached(sql)?.execute(params![
        resolved.model_id,
        resolved.symbol,
        made.spell(resolved.timestamp),
        resolved.outcome,
        resolved.realized_return,
        resolved.brier,
        known.spell(resolved.resolved_at),
    ])?;
    Ok(())
}

pub(in crate::records) fn page(tx: &Tx<'_>, filter: &PredictionFilter) -> Result<Page<PredictionRow>, RecordsError> {
    Newest::of(PredictionRow::TABLE, PredictionRow::COLUMNS)
        .whole("model_id = ?", filter.model_id)
        .matching("symbol = ?", filter.symbol.as_deref())
        .matching("role = ?", filter.role.as_deref())
        .only("resolved_at IS NOT NULL", filter.resolved == Some(true))
        .only("resolved_at IS NULL", filter.resolved == Some(false))
        .between(filter.from, filter.to)
        .page(tx, filter.limit, filter.offset, PredictionRow::read)
}
