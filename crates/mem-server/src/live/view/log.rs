//! Lines of the log.

use mem_engine::core::Note;
use mem_engine::core::output::Level;
use mem_store::records::Log;
use serde::Serialize;
use utoipa::ToSchema;

/// A line.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LogView {
    /// Its number in the records; null of what has only just been said.
    pub id: Option<i64>,
    /// When, in the market's time.
    pub ts: i64,
    /// `DEBUG`, `INFO`, `WARNING` or `ERROR`.
    pub level: String,
    /// What.
    pub message: String,
    /// Which part of the system says so.
    pub source: Option<String>,
}

/// Lines, oldest first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, ToSchema)]
pub struct LogsData {
    /// The newest 100 in a snapshot, the new ones in a delta.
    pub logs: Vec<LogView>,
}

impl LogView {
    pub(crate) fn of(note: &Note) -> Self {
        let level = match note.level {
            Level::Info => "INFO",
            Level::Warning => "WARNING",
            Level::Error => "ERROR",
        };
        Self {
            id: None,
            ts: note.at.as_millis(),
            level: level.to_owned(),
            message: note.text.clone(),
            source: Some(format!("engine.{}", note.source)),
        }
    }

    pub(crate) fn of_row(row: &Log) -> Self {
        Self {
            id: Some(row.id),
            ts: row.timestamp.as_millis(),
            level: row.level.as_str().to_owned(),
            message: row.message.clone(),
            source: row.source.clone(),
        }
    }
}
