//! Trainings: which there are, why, what they say, and how one is asked for or called off.

use axum::Json;
use axum::extract::{Path, State};
use mem_store::records::{
    AuditKind, JobFilter, JobLogRow, JobRow, JobStatus, JobUpdate, NewAudit, NewJob, Records, RecordsError, TriggerKind,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::{Reason, on_shelf};
use crate::body::JsonBody;
use crate::error::{ApiError, LookupRefused, ModelRefused, QueryRefused};
use crate::query::Query;
use crate::records::{a_hundred, ask, at_most, milliseconds, number, word};
use crate::state::AppState;

/// Which trainings.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobsQuery {
    /// `pending`, `running`, `completed`, `failed` or `cancelled`.
    status: Option<String>,
    /// After leaving out so many.
    #[serde(default)]
    #[param(default = 0)]
    offset: usize,
    /// At most so many, 1 to 1,000.
    #[serde(default = "a_hundred")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: usize,
}

/// A training.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TrainingView {
    id: u64,
    /// When it was asked for, by our clock.
    ts: i64,
    /// The name of the models.
    line: String,
    /// `scheduled`, `data_volume`, `performance_triggered`, `drift_triggered` or `manual`.
    trigger: String,
    /// Why, in plain English.
    why: String,
    /// `pending`, `running`, `completed`, `failed` or `cancelled`.
    status: String,
    /// Which attempt, from 1.
    attempt: u64,
    /// Not to be begun before this.
    not_before: Option<i64>,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    /// The model that came of it.
    model: Option<u64>,
    /// Why it failed.
    error: Option<String>,
}

/// Trainings, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrainingsPage {
    /// How many there are.
    total: u64,
    /// How many were left out before these.
    offset: usize,
    rows: Vec<TrainingView>,
}

/// Trainings, the newest first.
#[utoipa::path(get, path = "/api/models/jobs", tag = "models", params(JobsQuery), responses(
    (status = 200, description = "The trainings", body = TrainingsPage),
    QueryRefused,
))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Query(query): Query<JobsQuery>,
) -> Result<Json<TrainingsPage>, ApiError> {
    let filter = JobFilter {
        line: None,
        status: word::<JobStatus>("status", query.status.as_deref())?,
        limit: at_most(query.limit)?,
        offset: query.offset,
    };
    ask(&state, move |records| {
        let page = records.jobs(&filter)?;
        let rows = page.rows.into_iter().map(view).collect();
        Ok(Json(TrainingsPage { total: page.total, offset: filter.offset, rows }))
    })
    .await
}

/// A training that is wanted.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrainingRequest {
    /// The name of the models, as in `trend`: there is one already, which says how it is trained.
    line: String,
    /// Why: not empty, at most 500 characters.
    why: String,
    /// Who: `operator` where nobody says.
    #[serde(default)]
    by: String,
}

/// Asks for a training. Where one of the same models waits already, that is the answer.
#[utoipa::path(post, path = "/api/models/jobs", tag = "models", request_body = TrainingRequest, responses(
    (status = 200, description = "It waits for its turn", body = TrainingView),
    ModelRefused,
))]
pub(crate) async fn add(State(state): State<AppState>, body: JsonBody) -> Result<Json<TrainingView>, ApiError> {
    let TrainingRequest { line, why, by } = body.read()?;
    let reason = Reason { why, by }.checked()?;
    let now = (state.parts.clock)();
    on_shelf(&state, move |shelf| {
        if shelf.registry()?.models().all(|model| model.name != line) {
            return Err(ApiError::not_found(format!("no model is named {line:.64}: `mem train` trains the first")));
        }
        let records = shelf.records();
        let job = NewJob { line: line.clone(), trigger: TriggerKind::Manual, reason: reason.why.clone() };
        let id = records.transaction(|tx| -> Result<i64, RecordsError> {
            let id = tx.add_job(&job)?;
            tx.add_audit(&NewAudit {
                kind: AuditKind::Command,
                who: reason.by.clone(),
                why: reason.why.clone(),
                detail: json!({ "models": "retrain", "line": line, "job": id }),
                applied_at: Some(now),
                reverts: None,
            })?;
            Ok(id)
        })?;
        Ok(Json(view(find(records, id)?)))
    })
    .await
}

/// A line of a training's log.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TrainingLine {
    ts: i64,
    /// `info`, `warning` or `error`.
    level: String,
    message: String,
}

/// The log of a training.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrainingLog {
    /// In order.
    rows: Vec<TrainingLine>,
}

/// What a training has said.
#[utoipa::path(get, path = "/api/models/jobs/{id}/logs", tag = "models",
    params(("id" = i64, Path, description = "Number of the training")),
    responses(
        (status = 200, description = "Its log", body = TrainingLog),
    LookupRefused,
))]
pub(crate) async fn logs(State(state): State<AppState>, Path(id): Path<String>) -> Result<Json<TrainingLog>, ApiError> {
    let id = job_number(&id)?;
    ask(&state, move |records| {
        find(records, id)?;
        let line =
            |row: JobLogRow| TrainingLine { ts: milliseconds(row.timestamp), level: row.level, message: row.message };
        Ok(Json(TrainingLog { rows: records.job_logs(id)?.into_iter().map(line).collect() }))
    })
    .await
}

/// Calls a training off that has not ended.
#[utoipa::path(post, path = "/api/models/jobs/{id}/cancel", tag = "models", request_body = Reason,
    params(("id" = i64, Path, description = "Number of the training")),
    responses(
        (status = 200, description = "It is called off", body = TrainingView),
    ModelRefused,
))]
pub(crate) async fn cancel(
    State(state): State<AppState>,
    Path(id): Path<String>,
    body: JsonBody,
) -> Result<Json<TrainingView>, ApiError> {
    let id = job_number(&id)?;
    let reason = Reason::read(&body)?;
    let now = (state.parts.clock)();
    ask(&state, move |records| {
        let job = find(records, id)?;
        if !matches!(job.status, JobStatus::Pending | JobStatus::Running) {
            let error = format!("training {id} is over already: {}", job.status.as_str());
            return Err(ApiError::new(axum::http::StatusCode::CONFLICT, error));
        }
        let error_message = Some(format!("called off by {}: {}", reason.by, reason.why));
        let update = JobUpdate { error_message, ..job.becomes(JobStatus::Cancelled) };
        records.transaction(|tx| -> Result<(), RecordsError> {
            tx.update_job(id, &update)?;
            tx.add_audit(&NewAudit {
                kind: AuditKind::Command,
                who: reason.by.clone(),
                why: reason.why.clone(),
                detail: json!({ "models": "cancel", "line": job.line, "job": id }),
                applied_at: Some(now),
                reverts: None,
            })?;
            Ok(())
        })?;
        Ok(Json(view(find(records, id)?)))
    })
    .await
}

fn job_number(id: &str) -> Result<i64, ApiError> {
    id.parse().map_err(|_| ApiError::field("id", "expected the number of a training"))
}

fn find(records: &Records, id: i64) -> Result<JobRow, ApiError> {
    records.job(id)?.ok_or_else(|| ApiError::not_found(format!("there is no training {id}")))
}

fn view(row: JobRow) -> TrainingView {
    TrainingView {
        id: number(row.id),
        ts: milliseconds(row.timestamp),
        line: row.line,
        trigger: row.event_type.as_str().to_owned(),
        why: row.trigger_reason,
        status: row.status.as_str().to_owned(),
        attempt: number(row.attempt),
        not_before: row.not_before.map(milliseconds),
        started_at: row.started_at.map(milliseconds),
        finished_at: row.finished_at.map(milliseconds),
        model: row.model_id.map(number),
        error: row.error_message,
    }
}
