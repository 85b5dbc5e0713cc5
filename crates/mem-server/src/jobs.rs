//! Long work: as many jobs at a time as there are processors for, a bounded queue, progress, cancelling.
//!
//! A full queue refuses. Finished jobs are remembered up to a number, the oldest go first.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use mem_types::Timestamp;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::{Semaphore, watch};
use utoipa::ToSchema;

use crate::config::ServerConfig;
use crate::error::{ApiError, ErrorBody, LookupRefused, Refused};
use crate::state::AppState;

/// Jobs worked on at a time: each spreads over all processors by itself.
const RUNNING: usize = 1;

/// Seconds after which a client that found the queue full may try again.
const RETRY_AFTER_S: u32 = 5;

/// All jobs that are known.
#[derive(Debug)]
pub(crate) struct Jobs {
    known: Mutex<VecDeque<Arc<Job>>>,
    turns: Arc<Semaphore>,
    /// Threads of their own: a long search must not keep short requests waiting.
    pool: Arc<rayon::ThreadPool>,
    next: AtomicUsize,
    waiting_at_most: usize,
    kept: usize,
    clock: fn() -> Timestamp,
}

/// One piece of long work.
#[derive(Debug)]
pub(crate) struct Job {
    id: String,
    kind: &'static str,
    created_at: Timestamp,
    /// Raised to stop the work.
    pub(crate) cancel: AtomicBool,
    done: AtomicUsize,
    total: AtomicUsize,
    message: Mutex<String>,
    state: watch::Sender<JobState>,
}

#[derive(Debug, Clone)]
enum JobState {
    Queued,
    Running,
    Ended { how: Ended, at: Timestamp, result: Option<Arc<Value>>, error: Option<Arc<ErrorBody>> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Done,
    Failed,
    Cancelled,
}

/// A job as clients see it. Times are milliseconds since the Unix epoch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobView {
    /// Its id.
    id: String,
    /// What it does.
    kind: &'static str,
    /// queued, running, done, failed or cancelled.
    state: &'static str,
    /// How far it is.
    progress: ProgressView,
    /// When it was asked for.
    created_at: i64,
    /// When it ended.
    finished_at: Option<i64>,
    /// The response that the request would have had, once it is done.
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
    /// Why it failed.
    error: Option<Value>,
}

/// How far a job is.
#[derive(Debug, Serialize, ToSchema)]
struct ProgressView {
    /// Steps done.
    done: usize,
    /// Steps in all; 0 while that is not known.
    total: usize,
    /// What it is at.
    message: String,
}

/// The answer to a request whose work goes on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Accepted {
    /// Always true.
    success: bool,
    /// The job.
    job_id: String,
    /// Where to ask for it.
    status_url: String,
}

impl Job {
    /// Says how far the work is.
    pub(crate) fn tell(&self, done: usize, total: usize, message: impl Into<String>) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        *self.message.lock().unwrap_or_else(PoisonError::into_inner) = message.into();
    }

    fn view(&self, with_result: bool) -> JobView {
        let state = self.state.borrow().clone();
        let (name, finished_at, result, error) = match state {
            JobState::Queued => ("queued", None, None, None),
            JobState::Running => ("running", None, None, None),
            JobState::Ended { how, at, result, error } => {
                let name = match how {
                    Ended::Done => "done",
                    Ended::Failed => "failed",
                    Ended::Cancelled => "cancelled",
                };
                (name, Some(at.as_nanos() / 1_000_000), result, error)
            }
        };
        JobView {
            id: self.id.clone(),
            kind: self.kind,
            state: name,
            progress: ProgressView {
                done: self.done.load(Ordering::Relaxed),
                total: self.total.load(Ordering::Relaxed),
                message: self.message.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            },
            created_at: self.created_at.as_nanos() / 1_000_000,
            finished_at,
            result: result.filter(|_| with_result).map(|value| (*value).clone()),
            error: error.map(|error| serde_json::json!(*error)),
        }
    }

    fn is_over(&self) -> bool {
        matches!(*self.state.borrow(), JobState::Ended { .. })
    }
}

impl Jobs {
    /// # Errors
    /// If the system gives no threads.
    pub(crate) fn new(config: &ServerConfig, clock: fn() -> Timestamp) -> Result<Self, rayon::ThreadPoolBuildError> {
        let threads = rayon::ThreadPoolBuilder::new().num_threads(rayon::current_num_threads());
        let pool = threads.thread_name(|index| format!("job-{index}")).build()?;
        Ok(Self {
            known: Mutex::default(),
            turns: Arc::new(Semaphore::new(RUNNING)),
            pool: Arc::new(pool),
            next: AtomicUsize::new(1),
            waiting_at_most: config.jobs_waiting,
            kept: config.jobs_kept,
            clock,
        })
    }

    /// How many are running, and how many wait.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |wanted: fn(&JobState) -> bool| known.iter().filter(|job| wanted(&job.state.borrow())).count();
        (count(|state| matches!(state, JobState::Running)), count(|state| matches!(state, JobState::Queued)))
    }

    /// Stops everything that is not over.
    pub(crate) fn cancel_all(&self) {
        for job in self.known.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            self.cancel(job);
        }
    }

    /// A job that waits ends here and now; one that is being worked on ends by itself soon.
    fn cancel(&self, job: &Job) {
        job.cancel.store(true, Ordering::Relaxed);
        let at = (self.clock)();
        job.state.send_if_modified(|state| {
            let waits = matches!(state, JobState::Queued);
            if waits {
                *state = JobState::Ended { how: Ended::Cancelled, at, result: None, error: None };
            }
            waits
        });
    }

    /// Begins a job.
    ///
    /// # Errors
    /// 503 if too many wait.
    fn submit(
        &self,
        kind: &'static str,
        work: impl FnOnce(&Job) -> Result<Value, ApiError> + Send + 'static,
    ) -> Result<Arc<Job>, ApiError> {
        if self.counts().1 >= self.waiting_at_most {
            return Err(ApiError::busy("too many jobs wait already", RETRY_AFTER_S));
        }
        let job = Arc::new(Job {
            id: format!("{:06x}", self.next.fetch_add(1, Ordering::Relaxed)),
            kind,
            created_at: (self.clock)(),
            cancel: AtomicBool::new(false),
            done: AtomicUsize::new(0),
            total: AtomicUsize::new(0),
            message: Mutex::default(),
            state: watch::Sender::new(JobState::Queued),
        });
        self.remember(Arc::clone(&job));
        let (turns, pool) = (Arc::clone(&self.turns), Arc::clone(&self.pool));
        let (clock, begun) = (self.clock, Arc::clone(&job));
        tokio::spawn(async move {
            let Ok(_turn) = turns.acquire_owned().await else { return };
            // It may have been cancelled while it waited.
            let waits = |state: &mut JobState| {
                let waits = matches!(state, JobState::Queued);
                if waits {
                    *state = JobState::Running;
                }
                waits
            };
            if !begun.state.send_if_modified(waits) {
                return;
            }
            let at_work = Arc::clone(&begun);
            let (done, result) = tokio::sync::oneshot::channel();
            pool.spawn(move || {
                // Nobody listens any more if the server has gone.
                let _ = done.send(work(&at_work));
            });
            let ended = result.await.unwrap_or_else(|_| Err(ApiError::internal(&"the job panicked")));
            let cancelled = begun.cancel.load(Ordering::Relaxed);
            let (how, result, error) = match ended {
                _ if cancelled => (Ended::Cancelled, None, None),
                Ok(result) => (Ended::Done, Some(Arc::new(result)), None),
                Err(error) => (Ended::Failed, None, Some(Arc::new(error.body()))),
            };
            begun.state.send_replace(JobState::Ended { how, at: clock(), result, error });
        });
        Ok(job)
    }

    fn remember(&self, job: Arc<Job>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.push_back(job);
        while known.iter().filter(|job| job.is_over()).count() > self.kept {
            let Some(oldest) = known.iter().position(|job| job.is_over()) else { break };
            known.remove(oldest);
        }
    }

    fn find(&self, id: &str) -> Result<Arc<Job>, ApiError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|job| job.id == id).cloned();
        found.ok_or_else(|| {
            ApiError::not_found(format!("there is no job '{id}'; finished ones are forgotten after a while"))
        })
    }
}

/// What became of work that was given so long to be done at once.
pub(crate) enum Worked {
    /// The result.
    Done(Arc<Value>),
    /// It goes on as a job.
    Continues(Accepted),
}

/// Begins long work and waits a moment for its result.
///
/// # Errors
/// What the work says, if it says it in that moment; 503 if too many jobs wait.
pub(crate) async fn work(
    state: &AppState,
    kind: &'static str,
    work: impl FnOnce(&Job) -> Result<Value, ApiError> + Send + 'static,
) -> Result<Worked, ApiError> {
    // An error that comes in time is this request's own answer, with its status.
    let (failed, failure) = std::sync::mpsc::channel();
    let job = state.jobs.submit(kind, move |job| {
        work(job).inspect_err(|error| {
            let _ = failed.send(error.clone());
        })
    })?;
    let mut ended = job.state.subscribe();
    let over = ended.wait_for(|state| matches!(state, JobState::Ended { .. }));
    match tokio::time::timeout(Duration::from_millis(state.config.quick_ms), over).await {
        Ok(Ok(state)) => match &*state {
            JobState::Ended { result: Some(result), .. } => Ok(Worked::Done(Arc::clone(result))),
            _ => {
                Err(failure.try_recv().unwrap_or_else(|_| ApiError::new(StatusCode::CONFLICT, "the job was cancelled")))
            }
        },
        Ok(Err(_)) => Err(ApiError::internal(&"a job was lost")),
        Err(_) => {
            let status_url = format!("/api/jobs/{}", job.id);
            Ok(Worked::Continues(Accepted { success: true, job_id: job.id.clone(), status_url }))
        }
    }
}

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        (StatusCode::ACCEPTED, Json(self)).into_response()
    }
}

/// All jobs that are known, without their results.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobList {
    /// The jobs, the latest first.
    jobs: Vec<JobView>,
}

/// All jobs, without their results.
#[utoipa::path(get, path = "/api/jobs", tag = "jobs", responses(
    (status = 200, description = "The jobs, the latest first", body = JobList),
    Refused,
))]
pub(crate) async fn list(State(state): State<AppState>) -> Json<JobList> {
    let known = state.jobs.known.lock().unwrap_or_else(PoisonError::into_inner);
    Json(JobList { jobs: known.iter().rev().map(|job| job.view(false)).collect() })
}

/// One job, with its result once it is done.
#[utoipa::path(get, path = "/api/jobs/{id}", tag = "jobs", params(("id" = String, Path, description = "Id of the job")),
    responses(
        (status = 200, description = "The job", body = JobView),
    LookupRefused,
))]
pub(crate) async fn show(State(state): State<AppState>, Path(id): Path<String>) -> Result<Json<JobView>, ApiError> {
    Ok(Json(state.jobs.find(&id)?.view(true)))
}

/// Stops a job. A search or a backtest keeps what it has done in the run log, marked partial; a job that is over stays
/// as it is.
#[utoipa::path(delete, path = "/api/jobs/{id}", tag = "jobs", params(("id" = String, Path, description = "Id of the job")),
    responses(
        (status = 200, description = "The job, which ends soon", body = JobView),
    LookupRefused,
))]
pub(crate) async fn cancel(State(state): State<AppState>, Path(id): Path<String>) -> Result<Json<JobView>, ApiError> {
    let job = state.jobs.find(&id)?;
    if !job.is_over() {
        state.jobs.cancel(&job);
    }
    Ok(Json(job.view(true)))
}
