//! The table of logs.

use std::ops::Range;

use mem_types::Timestamp;
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::error::RecordsError;
use super::field::{Check, Fields, words};
use super::operations::Tx;
use super::query::{Newest, Page};
use super::time_text::TimeText;

words! {
    /// How grave a log line is: the column `level`.
    LogLevel, "INFO, WARNING, ERROR or DEBUG",
    /// For who looks for a fault.
    Debug = "DEBUG",
    /// As it should be.
    Info = "INFO",
    /// Odd, but it goes on.
    Warning = "WARNING",
    /// Something failed.
    Error = "ERROR",
}

/// A log line to be stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLog {
    /// When it happened; now, if not given.
    #[serde(default)]
    pub timestamp: Option<Timestamp>,
    /// How grave it is.
    pub level: LogLevel,
    /// What happened.
    pub message: String,
    /// Which part of the system says so.
    #[serde(default)]
    pub source: Option<String>,
}

impl NewLog {
    /// A line of now, without source.
    pub fn new(level: LogLevel, message: impl Into<String>) -> Self {
        Self { timestamp: None, level, message: message.into(), source: None }
    }
}

/// A stored log line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Log {
    /// Its number, rising in the order of recording.
    pub id: i64,
    /// When it happened.
    pub timestamp: Timestamp,
    /// How grave it is.
    pub level: LogLevel,
    /// What happened.
    pub message: String,
    /// Which part of the system says so.
    pub source: Option<String>,
    /// When the row was stored.
    pub created_at: Option<Timestamp>,
}

/// Which log lines to read, the newest recorded first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogFilter {
    /// Of exactly this level.
    pub level: Option<LogLevel>,
    /// From this part of the system.
    pub source: Option<String>,
    /// With this text in its message, in upper or lower case.
    pub text: Option<String>,
    /// Not earlier than this.
    pub from: Option<Timestamp>,
    /// Earlier than this.
    pub to: Option<Timestamp>,
    /// At most so many; 100 by default.
    pub limit: usize,
    /// After leaving out so many.
    pub offset: usize,
}

impl Default for LogFilter {
    fn default() -> Self {
        Self { level: None, source: None, text: None, from: None, to: None, limit: 100, offset: 0 }
    }
}

const CHECK: Check = Check("logs");
const COLUMNS: &str = "id, timestamp, level, message, source, created_at";

pub(super) fn add(tx: &Tx<'_>, log: &NewLog) -> Result<i64, RecordsError> {
    CHECK.not_blank("message", &log.message)?;
    let now = tx.clock.now();
    let (mut at, mut recorded) = (TimeText::new(), TimeText::new());
    let sql = "INSERT INTO logs (created_at, timestamp, level, message, source) VALUES (?1, ?2, ?3, ?4, ?5)";
    tx.connection.prepare_cached(sql)?.execute(params![
        recorded.spell(now),
        at.spell(log.timestamp.unwrap_or(now)),
        log.level.as_str(),
        log.message,
        log.source,
    ])?;
    Ok(tx.connection.last_insert_rowid())
}

pub(super) fn add_batch(tx: &Tx<'_>, logs: &[NewLog]) -> Result<Range<i64>, RecordsError> {
    tx.add_all(logs, add)
}

pub(super) fn list(tx: &Tx<'_>, filter: &LogFilter) -> Result<Vec<Log>, RecordsError> {
    matching(filter).fetch(tx, filter.limit, filter.offset, read)
}

pub(super) fn page(tx: &Tx<'_>, filter: &LogFilter) -> Result<Page<Log>, RecordsError> {
    matching(filter).page(tx, filter.limit, filter.offset, read)
}

pub(super) fn matching(filter: &LogFilter) -> Newest<'_> {
    Newest::of("logs", COLUMNS)
        .matching("level = ? COLLATE NOCASE", filter.level.map(LogLevel::as_str))
        .matching("source = ?", filter.source.as_deref())
        .holding("message LIKE ? ESCAPE '!'", filter.text.as_deref())
        .between(filter.from, filter.to)
}

fn read(row: &Row<'_>) -> Result<Log, RecordsError> {
    let fields = Fields::new("logs", row)?;
    Ok(Log {
        id: fields.id,
        timestamp: fields.time(1, "timestamp")?,
        level: fields.word(2, "level", LogLevel::EXPECTED)?,
        message: fields.text(3)?,
        source: fields.some_text(4)?,
        created_at: fields.some_time(5, "created_at")?,
    })
}
