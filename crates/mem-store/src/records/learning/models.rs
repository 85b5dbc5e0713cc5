//! The models. Whoever keeps the registry reads and writes whole records; the other columns are for those who ask in SQL.

use mem_types::Timestamp;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use crate::records::error::RecordsError;
use crate::records::field::{Check, Fields};
use crate::records::operations::Tx;
use crate::records::query::Newest;
use crate::records::time_text::TimeText;

/// A model as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRow {
    /// Its number.
    pub model_id: i64,
    /// Its name.
    pub model_name: String,
    /// Its version.
    pub model_version: String,
    /// What kind of model.
    pub model_type: String,
    /// Its file in the folder of models; `None` while it is being trained.
    pub model_path: Option<String>,
    /// When it was registered.
    pub training_timestamp: Timestamp,
    /// Whether it decides.
    pub is_active: bool,
    /// Where it stands.
    pub stage: String,
    /// What was measured.
    pub performance_metrics: serde_json::Value,
    /// Settings of its training.
    pub hyperparameters: serde_json::Value,
    /// Rows that it was trained on.
    pub training_data_size: i64,
    /// Everything that is known of it.
    pub record: serde_json::Value,
}

const CHECK: Check = Check("ml_models_metadata");
const COLUMNS: &str = "model_id, model_name, model_version, model_type, model_path, training_timestamp, is_active, stage, \
                       performance_metrics, hyperparameters, training_data_size, record";

pub(in crate::records) fn put(tx: &Tx<'_>, row: &ModelRow) -> Result<(), RecordsError> {
    CHECK.not_blank("model_name", &row.model_name)?;
    let sql = format!(
        "INSERT INTO ml_models_metadata ({COLUMNS}, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT (model_id) DO UPDATE SET model_path = excluded.model_path, is_active = excluded.is_active,
         stage = excluded.stage, performance_metrics = excluded.performance_metrics, record = excluded.record"
    );
    let (mut at, mut now) = (TimeText::new(), TimeText::new());
    tx.connection.prepare_cached(&sql)?.execute(params![
        row.model_id,
        row.model_name,
        row.model_version,
        row.model_type,
        row.model_path,
        at.spell(row.training_timestamp),
        row.is_active,
        row.stage,
        CHECK.json("performance_metrics", &row.performance_metrics)?,
        CHECK.json("hyperparameters", &row.hyperparameters)?,
        row.training_data_size,
        CHECK.json("record", &row.record)?,
        now.spell(tx.clock.now()),
    ])?;
    Ok(())
}

/// All models, the oldest first.
pub(in crate::records) fn all(tx: &Tx<'_>) -> Result<Vec<ModelRow>, RecordsError> {
    let models = Newest::of("ml_models_metadata", COLUMNS).ordered("model_id".to_owned());
    models.fetch(tx, usize::MAX, 0, |row| {
        let fields = Fields::new("ml_models_metadata", row)?;
        Ok(ModelRow {
            model_id: fields.id,
            model_name: fields.text(1)?,
            model_version: fields.text(2)?,
            model_type: fields.text(3)?,
            model_path: fields.some_text(4)?,
            training_timestamp: fields.time(5, "training_timestamp")?,
            is_active: row.get(6)?,
            stage: fields.text(7)?,
            performance_metrics: fields.some_json(8, "performance_metrics")?.unwrap_or_default(),
            hyperparameters: fields.some_json(9, "hyperparameters")?.unwrap_or_default(),
            training_data_size: row.get(10)?,
            record: fields.some_json(11, "record")?.unwrap_or_default(),
        })
    })
}
