//! What was decided about models: stages of a rollout, and gates.

use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::row::row;
use crate::records::error::RecordsError;
use crate::records::operations::Tx;
use crate::records::query::{Newest, Page};

row! {
    /// A step of a model, with the numbers that it was decided by.
    ModelEventRow, "INSERT" "canary_deployment_events" {
        /// When, in the market's time.
        timestamp: Timestamp,
        /// Which model.
        model_id: i64,
        /// The model that decided then.
        champion_id: Option<i64>,
        /// `deployment_started`, `stage_advanced`, `promoted_to_production`, `deployment_rollback` or `stage_changed`.
        event_type: String,
        /// The stage that it came to.
        phase: String,
        /// The share of signals that it decides from then on, 0 to 1.
        share: f64,
        /// Why, in plain English.
        why: String,
        /// The numbers.
        numbers: serde_json::Value,
    }
}

row! {
    /// A gate: a candidate beside the champion on the same unseen window.
    EvaluationRow, "INSERT" "ml_eval_history" {
        /// When.
        timestamp: Timestamp,
        /// Which model wanted to pass.
        candidate_id: i64,
        /// The champion; `None` where there was none and it was measured against knowing nothing.
        baseline_id: Option<i64>,
        /// Where the window begins.
        test_from: Timestamp,
        /// Where it ends.
        test_to: Timestamp,
        /// The numbers.
        metrics: serde_json::Value,
        /// `promote` or `reject`.
        decision: String,
        /// Why, in plain English.
        reason: String,
    }
}

/// Which steps to read, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelEventFilter {
    /// Of this model.
    pub model_id: Option<i64>,
    /// Of this kind.
    pub event_type: Option<String>,
    /// At most so many; 100 by default.
    pub limit: usize,
    /// After leaving out so many.
    pub offset: usize,
}

impl Default for ModelEventFilter {
    fn default() -> Self {
        Self { model_id: None, event_type: None, limit: 100, offset: 0 }
    }
}

pub(in crate::records) fn add_event(tx: &Tx<'_>, row: &ModelEventRow) -> Result<i64, RecordsError> {
    row.store(tx)
}

pub(in crate::records) fn events(tx: &Tx<'_>, filter: &ModelEventFilter) -> Result<Page<ModelEventRow>, RecordsError> {
    Newest::of(ModelEventRow::TABLE, ModelEventRow::COLUMNS)
        .whole("model_id = ?", filter.model_id)
        .matching("event_type = ?", filter.event_type.as_deref())
        .page(tx, filter.limit, filter.offset, ModelEventRow::read)
}

pub(in crate::records) fn add_evaluation(tx: &Tx<'_>, row: &EvaluationRow) -> Result<i64, RecordsError> {
    row.store(tx)
}

/// The newest gates, the newest first.
pub(in crate::records) fn evaluations(tx: &Tx<'_>, limit: usize) -> Result<Vec<EvaluationRow>, RecordsError> {
    Newest::of(EvaluationRow::TABLE, EvaluationRow::COLUMNS).fetch(tx, limit, 0, EvaluationRow::read)
}
