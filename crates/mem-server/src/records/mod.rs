//! What is on record, for pages and programs: round trips with everything that explains them, memories, decisions, orders, fills, alerts,
//! logs, curves, and all of it as CSV or Parquet.
//!
//! Reads the records file only: it answers the same whether an engine runs in this process, in another, or not at all. SQL stays in
//! `mem-store`; here are the parameters and the forms of answers. Times are milliseconds since the Unix epoch, undefined is null.
//!
//! Modules in reading order: `trades` (round trips, their curve), `detail` (one of them with all that explains it), `summary`,
//! `memories`, `decisions`, `books` (orders, fills), `notes` (signals, metrics, logs, alerts), `stats`, `audit`, `export`, `curve` (thinning).

mod audit;
mod books;
mod curve;
mod decisions;
mod detail;
mod export;
mod memories;
mod notes;
mod stats;
mod summary;
mod trades;

use mem_store::records::Records;
use mem_types::Timestamp;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiError;
use crate::state::{AppState, compute};

pub(crate) use audit::{AuditView, audit_view};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(summary::summary))
        .routes(routes!(trades::list))
        .routes(routes!(detail::show))
        .routes(routes!(trades::pnl))
        .routes(routes!(trades::confidence))
        .routes(routes!(memories::list))
        .routes(routes!(memories::stats))
        .routes(routes!(memories::similar))
        .routes(routes!(decisions::list))
        .routes(routes!(notes::signals))
        .routes(routes!(notes::metrics))
        .routes(routes!(notes::logs))
        .routes(routes!(notes::alerts))
        .routes(routes!(books::orders))
        .routes(routes!(books::fills))
        .routes(routes!(stats::stats))
        .routes(routes!(audit::list))
        .routes(routes!(export::export))
}

/// Rows of one answer at the most.
const MOST: usize = 1_000;

/// Asks the records on a thread for such work.
pub(crate) async fn ask<T: Send + 'static>(
    state: &AppState,
    work: impl FnOnce(&Records) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let records = state.parts.records.clone();
    compute(move || work(&records)).await
}

pub(crate) fn at_most(limit: usize) -> Result<usize, ApiError> {
    if (1..=MOST).contains(&limit) {
        Ok(limit)
    } else {
        Err(ApiError::field("limit", format!("{limit} is not allowed: expected 1 to {MOST}")))
    }
}

pub(crate) fn time(field: &str, ms: Option<i64>) -> Result<Option<Timestamp>, ApiError> {
    ms.map(|ms| {
        let nanos = ms.checked_mul(1_000_000).map(Timestamp::from_nanos);
        nanos.ok_or_else(|| ApiError::field(field, format!("{ms} is not a time in milliseconds")))
    })
    .transpose()
}

/// One of a few words.
pub(crate) fn word<T: std::str::FromStr<Err = &'static str>>(
    field: &str,
    text: Option<&str>,
) -> Result<Option<T>, ApiError> {
    let read = |text: &str| text.parse().map_err(|known| ApiError::field(field, format!("'{text}': expected {known}")));
    text.map(read).transpose()
}

pub(crate) fn one_of(field: &str, text: Option<String>, known: &[&str]) -> Result<Option<String>, ApiError> {
    match text {
        Some(text) if !known.contains(&text.as_str()) => {
            Err(ApiError::field(field, format!("'{text}': expected {}", known.join(", "))))
        }
        text => Ok(text),
    }
}

/// A part of 1.
fn part(field: &str, number: Option<f64>) -> Result<Option<f64>, ApiError> {
    match number {
        Some(number) if !(0.0..=1.0).contains(&number) => {
            Err(ApiError::field(field, format!("{number}: expected 0 to 1")))
        }
        number => Ok(number),
    }
}

pub(crate) fn milliseconds(at: Timestamp) -> i64 {
    at.as_nanos().div_euclid(1_000_000)
}

/// Numbers of the records count from 0 or 1.
pub(crate) fn number(id: i64) -> u64 {
    u64::try_from(id).unwrap_or(0)
}

pub(crate) fn a_hundred() -> usize {
    100
}
