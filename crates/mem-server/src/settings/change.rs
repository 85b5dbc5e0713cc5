//! What may be asked of settings, and what came of it.

use mem_store::records::RecordsError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::{SettingValue, Takes};

/// A new value of a field.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// Of which: `risk.max_position`, `engine.params.fast`.
    pub path: String,
    /// The value; null takes back what was saved here, so that the layer below counts again.
    #[schema(value_type = Option<SettingValue>)]
    pub value: serde_json::Value,
}

/// Changes that are wanted.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRequest {
    /// All of them are made, or none.
    #[schema(min_items = 1, max_items = 100)]
    pub changes: Vec<Assignment>,
    /// Who wants it; needed unless it is only checked.
    #[serde(default)]
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
    /// Only check.
    #[serde(default)]
    pub dry_run: bool,
    /// The version that the changes were made on: where that is not the newest, nothing is changed.
    pub version: u64,
    /// That what is dangerous is meant: leverage above 1.
    #[serde(default)]
    pub confirm: bool,
}

/// A change that is to be taken back.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevertRequest {
    /// Its number.
    pub id: i64,
    /// Who wants it.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
    /// That what is dangerous is meant: leverage above 1.
    #[serde(default)]
    pub confirm: bool,
}

/// A value before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ValueChange {
    /// Of which field.
    pub path: String,
    /// Before.
    #[schema(value_type = Option<SettingValue>)]
    pub before: serde_json::Value,
    /// After.
    #[schema(value_type = Option<SettingValue>)]
    pub after: serde_json::Value,
}

/// A change that was made, or would be.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Applied {
    /// What.
    #[serde(flatten)]
    pub change: ValueChange,
    /// What it takes.
    pub takes: Takes,
    /// What it does, in words.
    pub effect: String,
}

/// What came of changes.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Changed {
    /// Always true.
    pub success: bool,
    /// The version after it.
    pub version: u64,
    /// The number in the audit; null where it was only checked.
    pub id: Option<i64>,
    /// What was changed; values that were so before are left out.
    pub applied: Vec<Applied>,
    /// When the running engine took it over; null where it has not, or none runs in this process.
    pub applied_at: Option<i64>,
}

/// Why settings were not changed, or cannot be shown. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value that is refused.
    #[error("{problem}")]
    Value {
        /// Of which field.
        path: String,
        /// Why.
        problem: String,
    },
    /// Somebody else was quicker.
    #[error("the settings have been changed meanwhile: they are at version {version}, this was meant for {meant}")]
    Stale {
        /// The version they are at.
        version: u64,
        /// The version the change was meant for.
        meant: u64,
    },
    /// Not in the audit, or no change of settings.
    #[error("there is no change {0} of settings")]
    NoSuchChange(i64),
    /// The records.
    #[error("the records failed: {0}")]
    Records(#[from] RecordsError),
    /// The file of saved settings.
    #[error("cannot write {path}: {source}")]
    File {
        /// Where.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Something that should not happen.
    #[error("{0}")]
    Inside(String),
}
