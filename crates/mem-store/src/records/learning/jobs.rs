//! Trainings: asked for, done, failed, tried again.

use mem_types::Timestamp;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::row::{row, word_cell};
use crate::records::error::RecordsError;
use crate::records::field::{Check, words};
use crate::records::operations::Tx;
use crate::records::query::{Newest, Page};
use crate::records::time_text::TimeText;

words! {
    /// Why a training was asked for: the column `event_type`.
    TriggerKind, "scheduled, data_volume, performance_triggered, drift_triggered or manual",
    /// Its time had come.
    Scheduled = "scheduled",
    /// There were enough new bars.
    DataVolume = "data_volume",
    /// The model had become worse.
    Performance = "performance_triggered",
    /// What it saw was no longer like what it was trained on.
    Drift = "drift_triggered",
    /// Somebody wanted it.
    Manual = "manual",
}

words! {
    /// How far a training has come: the column `status`.
    JobStatus, "pending, running, completed, failed or cancelled",
    /// It waits.
    Pending = "pending",
    /// It is under way.
    Running = "running",
    /// It has ended, with a model.
    Completed = "completed",
    /// It has ended, without one.
    Failed = "failed",
    /// It was called off.
    Cancelled = "cancelled",
}

word_cell!(TriggerKind);
word_cell!(JobStatus);

row! {
    /// A training.
    JobRow, "INSERT" "ml_training_jobs" {
        /// When it was asked for, by our clock.
        timestamp: Timestamp,
        /// The line of models.
        line: String,
        /// Why.
        event_type: TriggerKind,
        /// Why, in plain English.
        trigger_reason: String,
        /// How far it has come.
        status: JobStatus,
        /// Which attempt, from 1.
        attempt: i64,
        /// Not to be begun before this.
        not_before: Option<Timestamp>,
        /// When it was begun.
        started_at: Option<Timestamp>,
        /// When it ended.
        finished_at: Option<Timestamp>,
        /// The model that came of it.
        model_id: Option<i64>,
        /// Why it failed.
        error_message: Option<String>,
    }
}

row! {
    /// A line of a training's log.
    JobLogRow, "INSERT" "retraining_logs" {
        /// When, by our clock.
        timestamp: Timestamp,
        /// Of which training.
        job_id: i64,
        /// `info`, `warning` or `error`.
        level: String,
        /// What.
        message: String,
    }
}

/// A training that is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewJob {
    /// The line of models.
    pub line: String,
    /// Why.
    pub trigger: TriggerKind,
    /// Why, in plain English; not empty.
    pub reason: String,
}

/// What has changed of a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobUpdate {
    /// How far it has come.
    pub status: JobStatus,
    /// Which attempt, from 1.
    pub attempt: i64,
    /// Not to be begun before this.
    pub not_before: Option<Timestamp>,
    /// The model that came of it.
    pub model_id: Option<i64>,
    /// Why it failed.
    pub error_message: Option<String>,
}

/// Which trainings to read, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JobFilter {
    /// Of this line.
    pub line: Option<String>,
    /// That have come so far.
    pub status: Option<JobStatus>,
    /// At most so many; 100 by default.
    pub limit: usize,
    /// After leaving out so many.
    pub offset: usize,
}

impl Default for JobFilter {
    fn default() -> Self {
        Self { line: None, status: None, limit: 100, offset: 0 }
    }
}

impl JobRow {
    /// The change to that status, which takes nothing else with it.
    pub fn becomes(&self, status: JobStatus) -> JobUpdate {
        JobUpdate { status, attempt: self.attempt, not_before: None, model_id: None, error_message: None }
    }
}

const CHECK: Check = Check("ml_training_jobs");

/// Stores a training that waits from now on. Where one of the same line waits already, its number is given and nothing is stored.
pub(in crate::records) fn add(tx: &Tx<'_>, job: &NewJob) -> Result<i64, RecordsError> {
    CHECK.not_blank("line", &job.line)?;
    CHECK.not_blank("trigger_reason", &job.reason)?;
    let waiting = JobFilter { line: Some(job.line.clone()), status: Some(JobStatus::Pending), ..JobFilter::default() };
    if let Some(row) = list(tx, &waiting)?.rows.first() {
        return Ok(row.id);
    }
    let row = JobRow {
        id: 0,
        timestamp: tx.clock.now(),
        line: job.line.clone(),
        event_type: job.trigger,
        trigger_reason: job.reason.clone(),
        status: JobStatus::Pending,
        attempt: 1,
        not_before: None,
        started_at: None,
        finished_at: None,
        model_id: None,
        error_message: None,
    };
    row.store(tx)
}

/// Changes a training that has not ended; the times of beginning and end are set by our clock.
pub(in crate::records) fn update(tx: &Tx<'_>, id: i64, update: &JobUpdate) -> Result<(), RecordsError> {
    let mut now = TimeText::new();
    let now = now.spell(tx.clock.now());
    let (begins, ends) = match update.status {
        JobStatus::Pending => (None, None),
        JobStatus::Running => (Some(now), None),
        JobStatus::Completed | JobStatus::Failed | JobStatus::Cancelled => (None, Some(now)),
    };
    let mut waits = TimeText::new();
    let sql = "UPDATE ml_training_jobs SET status = ?2, attempt = ?3, not_before = ?4, model_id = coalesce(?5, model_id), \
               error_message = ?6, started_at = coalesce(?7, started_at), finished_at = ?8 \
               WHERE id = ?1 AND status IN ('pending', 'running')";
    let rows = tx.connection.prepare_cached(sql)?.execute(params![
        id,
        update.status.as_str(),
        update.attempt,
        update.not_before.map(|at| waits.spell(at)),
        update.model_id,
        update.error_message,
        begins,
        ends,
    ])?;
    if rows == 0 { Err(RecordsError::NotFound { table: "ml_training_jobs", id }) } else { Ok(()) }
}

/// The training of that number.
pub(in crate::records) fn get(tx: &Tx<'_>, id: i64) -> Result<Option<JobRow>, RecordsError> {
    let found = Newest::of(JobRow::TABLE, JobRow::COLUMNS).whole("id = ?", Some(id));
    Ok(found.fetch(tx, 1, 0, JobRow::read)?.into_iter().next())
}

/// The training that has waited longest and may begin now.
pub(in crate::records) fn next(tx: &Tx<'_>) -> Result<Option<JobRow>, RecordsError> {
    let now = tx.clock.now();
    let waiting = Newest::of(JobRow::TABLE, JobRow::COLUMNS)
        .matching("status = ?", Some(JobStatus::Pending.as_str()))
        .ordered("id".to_owned());
    let rows = waiting.fetch(tx, 1_000, 0, JobRow::read)?;
    Ok(rows.into_iter().find(|row| row.not_before.is_none_or(|at| at <= now)))
}

pub(in crate::records) fn list(tx: &Tx<'_>, filter: &JobFilter) -> Result<Page<JobRow>, RecordsError> {
    Newest::of(JobRow::TABLE, JobRow::COLUMNS)
        .matching("line = ?", filter.line.as_deref())
        .matching("status = ?", filter.status.map(JobStatus::as_str))
        .page(tx, filter.limit, filter.offset, JobRow::read)
}

/// Adds a line to the log of a training.
pub(in crate::records) fn add_log(tx: &Tx<'_>, job_id: i64, level: &str, message: &str) -> Result<i64, RecordsError> {
    let (level, message) = (level.to_owned(), message.to_owned());
    JobLogRow { id: 0, timestamp: tx.clock.now(), job_id, level, message }.store(tx)
}

/// The log of a training, in order.
pub(in crate::records) fn logs(tx: &Tx<'_>, job_id: i64) -> Result<Vec<JobLogRow>, RecordsError> {
    Newest::of(JobLogRow::TABLE, JobLogRow::COLUMNS).whole("job_id = ?", Some(job_id)).ordered("id".to_owned()).fetch(
        tx,
        10_000,
        0,
        JobLogRow::read,
    )
}
