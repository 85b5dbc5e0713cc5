//! What models learn from, what they say, what became of it, and what was decided about them.
//!
//! Modules in reading order: `row` (a table as a struct), `models`, `predictions`, `observations` (labels, features, sentiment), `texts` (what moods are made of), `health` (drift
//! and performance), `steps` (stages and gates), `jobs` (trainings), `board` (what pages show).

mod board;
mod health;
mod jobs;
mod models;
mod observations;
mod predictions;
mod row;
mod steps;
mod texts;

pub use board::DashboardRow;
pub use health::{DriftFilter, DriftRow, PerformanceRow};
pub use jobs::{JobFilter, JobLogRow, JobRow, JobStatus, JobUpdate, NewJob, TriggerKind};
pub use models::ModelRow;
pub use observations::{FeatureFilter, FeatureRow, LabelFilter, LabelRow, SentimentRow};
pub use predictions::{PredictionFilter, PredictionRow, Resolved};
pub use steps::{EvaluationRow, ModelEventFilter, ModelEventRow};
pub use texts::{MARKET_WIDE, OWN_SERIES, TextFilter, TextRow};

pub(super) use board::{latest as latest_dashboard, put as put_dashboard};
pub(super) use health::{add_drift, add_performance, drift, performance};
pub(super) use jobs::{
    add as add_job, add_log as add_job_log, get as job, list as jobs, logs as job_logs, next as next_job,
    update as update_job,
};
pub(super) use models::{all as models, put as put_model};
pub(super) use observations::{
    features, forget_features, forget_sentiment, labels, put_features, put_label, put_sentiment, sentiment,
};
pub(super) use predictions::{add as add_prediction, page as predictions, resolve as resolve_prediction};
pub(super) use steps::{add_evaluation, add_event as add_model_event, evaluations, events as model_events};
pub(super) use texts::{
    add as add_text, after as texts_after, count_before as texts_before, has as has_text, in_order as texts_in_order,
    known as texts_known, known_later as text_known_later, page as texts, scores,
};
