//! The table of metrics: named numbers over time.

use std::ops::Range;

use mem_types::Timestamp;
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::error::RecordsError;
use super::field::{Check, Fields};
use super::operations::Tx;
use super::query::{Newest, Page};
use super::time_text::TimeText;

/// A metric to be stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMetric {
    /// When it was measured; now, if not given.
    #[serde(default)]
    pub timestamp: Option<Timestamp>,
    /// What was measured; not empty.
    pub metric_name: String,
    /// The value; finite.
    pub metric_value: f64,
    /// Over how long, for example `1h` or `1d`.
    #[serde(default)]
    pub period: Option<String>,
    /// Anything else, as JSON.
    #[serde(default)]
    pub metadata: Option<serde_json::Value>,
}

impl NewMetric {
    /// A metric of now, without period or metadata.
    pub fn new(metric_name: impl Into<String>, metric_value: f64) -> Self {
        Self { timestamp: None, metric_name: metric_name.into(), metric_value, period: None, metadata: None }
    }
}

/// A stored metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// Its number, rising in the order of recording.
    pub id: i64,
    /// When it was measured.
    pub timestamp: Timestamp,
    /// What was measured.
    pub metric_name: String,
    /// The value.
    pub metric_value: f64,
    /// Over how long.
    pub period: Option<String>,
    /// Anything else.
    pub metadata: Option<serde_json::Value>,
    /// When the row was stored.
    pub created_at: Option<Timestamp>,
    /// When the row was last changed.
    pub updated_at: Option<Timestamp>,
}

/// Changes to a stored metric; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricUpdate {
    /// Another time.
    pub timestamp: Option<Timestamp>,
    /// Another value; finite.
    pub metric_value: Option<f64>,
    /// Another period.
    pub period: Option<String>,
    /// Other metadata, instead of the old.
    pub metadata: Option<serde_json::Value>,
}

/// Which metrics to read, the newest recorded first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricFilter {
    /// Of this name.
    pub metric_name: Option<String>,
    /// Over this period.
    pub period: Option<String>,
    /// Not earlier than this.
    pub from: Option<Timestamp>,
    /// Earlier than this.
    pub to: Option<Timestamp>,
    /// At most so many; 100 by default.
    pub limit: usize,
    /// After leaving out so many.
    pub offset: usize,
}

impl Default for MetricFilter {
    fn default() -> Self {
        Self { metric_name: None, period: None, from: None, to: None, limit: 100, offset: 0 }
    }
}

const CHECK: Check = Check("metrics");
const COLUMNS: &str = "id, timestamp, metric_name, metric_value, period, metadata, created_at, updated_at";

pub(super) fn add(tx: &Tx<'_>, metric: &NewMetric) -> Result<i64, RecordsError> {
    CHECK.not_blank("metric_name", &metric.metric_name)?;
    CHECK.finite("metric_value", metric.metric_value)?;
    let now = tx.clock.now();
    let (mut at, mut recorded) = (TimeText::new(), TimeText::new());
    let sql = "INSERT INTO metrics (created_at, updated_at, timestamp, metric_name, metric_value, period, metadata) \
               VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6)";
    tx.connection.prepare_cached(sql)?.execute(params![
        recorded.spell(now),
        at.spell(metric.timestamp.unwrap_or(now)),
        metric.metric_name,
        metric.metric_value,
        metric.period,
        metric.metadata.as_ref().map(|metadata| CHECK.json("metadata", metadata)).transpose()?,
    ])?;
    Ok(tx.connection.last_insert_rowid())
}

pub(super) fn add_batch(tx: &Tx<'_>, metrics: &[NewMetric]) -> Result<Range<i64>, RecordsError> {
    tx.add_all(metrics, add)
}

pub(super) fn get(tx: &Tx<'_>, id: i64) -> Result<Option<Metric>, RecordsError> {
    let mut statement = tx.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM metrics WHERE id = ?1"))?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(read).transpose()
}

pub(super) fn list(tx: &Tx<'_>, filter: &MetricFilter) -> Result<Vec<Metric>, RecordsError> {
    matching(filter).fetch(tx, filter.limit, filter.offset, read)
}

pub(super) fn page(tx: &Tx<'_>, filter: &MetricFilter) -> Result<Page<Metric>, RecordsError> {
    matching(filter).page(tx, filter.limit, filter.offset, read)
}

/// Every value that fulfils the filter with its time, in the order of time.
pub(super) fn series(tx: &Tx<'_>, filter: &MetricFilter) -> Result<Vec<(Timestamp, f64)>, RecordsError> {
    let mut found = Vec::new();
    matching(filter).each(tx, "0, timestamp, metric_value", "ORDER BY timestamp", |row| {
        let fields = Fields::new("metrics", row)?;
        found.push((fields.time(1, "timestamp")?, fields.number(2)?));
        Ok(())
    })?;
    Ok(found)
}

pub(super) fn matching(filter: &MetricFilter) -> Newest<'_> {
    Newest::of("metrics", COLUMNS)
        .matching("metric_name = ?", filter.metric_name.as_deref())
        .matching("period = ?", filter.period.as_deref())
        .between(filter.from, filter.to)
}

pub(super) fn update(tx: &Tx<'_>, id: i64, update: &MetricUpdate) -> Result<(), RecordsError> {
    CHECK.finite("metric_value", update.metric_value.unwrap_or(0.0))?;
    let (mut at, mut changed) = (TimeText::new(), TimeText::new());
    let sql = "UPDATE metrics SET timestamp = coalesce(?2, timestamp), metric_value = coalesce(?3, metric_value), \
               period = coalesce(?4, period), metadata = coalesce(?5, metadata), updated_at = ?6 WHERE id = ?1";
    let rows = tx.connection.prepare_cached(sql)?.execute(params![
        id,
        update.timestamp.map(|timestamp| at.spell(timestamp)),
        update.metric_value,
        update.period,
        update.metadata.as_ref().map(|metadata| CHECK.json("metadata", metadata)).transpose()?,
        changed.spell(tx.clock.now()),
    ])?;
    if rows == 0 { Err(RecordsError::NotFound { table: "metrics", id }) } else { Ok(()) }
}

fn read(row: &Row<'_>) -> Result<Metric, RecordsError> {
    let fields = Fields::new("metrics", row)?;
    Ok(Metric {
        id: fields.id,
        timestamp: fields.time(1, "timestamp")?,
        metric_name: fields.text(2)?,
        metric_value: fields.number(3)?,
        period: fields.some_text(4)?,
        metadata: fields.some_json(5, "metadata")?,
        created_at: fields.some_time(6, "created_at")?,
        updated_at: fields.some_time(7, "updated_at")?,
    })
}
