//! The newest of everything, by request.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use mem_engine::live::history::{CPU, ERRORS, FEED_UP, LAG, RESIDENT};
use mem_store::records::{MetricFilter, Records};
use mem_types::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::health::{EngineState, HealthHistory};
use super::view::{BoardView, FeedState, HealthView, LatestView};
use super::{no_engine, standing};
use crate::error::{ApiError, LiveRefused};
use crate::query::Query;
use crate::state::{AppState, compute};

/// Rows of one metric in an answer at the most: a month of minutes.
const MOST_MINUTES: usize = 50_000;
/// Longest history in hours.
const MOST_HOURS: f64 = 24.0 * 31.0;
/// Bars or trades of each market in an answer at the most.
const MOST: usize = 500;

/// Of what, and how much.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LatestQuery {
    /// Of which symbol; all where it is left out.
    symbol: Option<String>,
    /// Bars and trades of each, at most 500.
    #[serde(default = "one")]
    #[param(default = 1, minimum = 1, maximum = 500)]
    limit: usize,
}

fn one() -> usize {
    1
}

/// The newest market data, and how the engine stands.
#[utoipa::path(get, path = "/latest", tag = "live", params(LatestQuery), responses(
    (status = 200, description = "The newest", body = LatestView),
    LiveRefused,
))]
pub(crate) async fn latest(
    State(state): State<AppState>,
    Query(query): Query<LatestQuery>,
) -> Result<Json<LatestView>, ApiError> {
    let Some(hub) = &state.hub else { return Err(no_engine()) };
    if !(1..=MOST).contains(&query.limit) {
        return Err(ApiError::field("limit", format!("{} is not allowed: expected 1 to {MOST}", query.limit)));
    }
    let symbols = hub.latest(query.symbol.as_deref(), query.limit);
    let symbols = symbols.ok_or_else(|| ApiError::field("symbol", "is not traded here"))?;
    let board = hub.board().map(|board| BoardView::of(&board, hub.live().mode()));
    Ok(Json(LatestView { symbols, board }))
}

/// How the engine stands. Where none runs in this process, one in another process on the same data folder is looked for.
#[utoipa::path(get, path = "/api/live/board", tag = "live", responses(
    (status = 200, description = "How it stands", body = BoardView),
    LiveRefused,
))]
pub(crate) async fn board(State(state): State<AppState>) -> Result<Json<BoardView>, ApiError> {
    let standing = standing(&state).await.ok_or_else(no_engine)?;
    Ok(Json(BoardView::of(&standing.board, standing.mode)))
}

/// How process, machine, feeds and records are, as of the last second.
#[utoipa::path(get, path = "/api/live/health", tag = "live", responses(
    (status = 200, description = "How everything is", body = HealthView),
    LiveRefused,
))]
pub(crate) async fn health(State(state): State<AppState>) -> Result<Json<HealthView>, ApiError> {
    let hub = state.hub.as_ref().ok_or_else(no_engine)?;
    hub.health().map(Json).ok_or_else(|| ApiError::busy("the engine has not said yet how it is", 1))
}

/// How far back.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryQuery {
    /// So many hours, up to 744.
    #[serde(default = "a_day")]
    #[param(default = 24.0, minimum = 0.1, maximum = 744.0)]
    hours: f64,
}

fn a_day() -> f64 {
    24.0
}

/// How everything was, a row a minute in which an engine ran: from the records.
#[utoipa::path(get, path = "/api/live/health/history", tag = "live", params(HistoryQuery), responses(
    (status = 200, description = "How it was", body = HealthHistory),
    LiveRefused,
))]
pub(crate) async fn history(
    State(state): State<AppState>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<HealthHistory>, ApiError> {
    if !(0.1..=MOST_HOURS).contains(&query.hours) {
        return Err(ApiError::field("hours", format!("{} is not allowed: expected 0.1 to {MOST_HOURS}", query.hours)));
    }
    let (records, now) = (state.parts.records.clone(), (state.parts.clock)());
    let from = Timestamp::from_nanos(now.as_nanos() - (query.hours * 3.6e12) as i64);
    compute(move || Ok(read(&records, from, now)?)).await.map(Json)
}

/// The rows of the metrics, put together by their time.
fn read(records: &Records, from: Timestamp, now: Timestamp) -> Result<HealthHistory, mem_store::records::RecordsError> {
    let mut rows: BTreeMap<i64, [Option<f64>; 5]> = BTreeMap::new();
    for (column, name) in [CPU, RESIDENT, LAG, FEED_UP, ERRORS].into_iter().enumerate() {
        let filter = MetricFilter {
            metric_name: Some(name.to_owned()),
            from: Some(from),
            limit: MOST_MINUTES,
            ..MetricFilter::default()
        };
        for metric in records.get_metrics(&filter)? {
            rows.entry(metric.timestamp.as_millis()).or_default()[column] = Some(metric.metric_value);
        }
    }
    let column = |column: usize| rows.values().map(|row| row[column]).collect::<Vec<_>>();
    let feed_up = column(3);
    // A row tells of the minute before it.
    let minutes = rows.keys().next().map(|first| ((now.as_millis() - first) as f64 / 60_000.0 + 1.0).max(1.0));
    let up: f64 = feed_up.iter().flatten().sum();
    Ok(HealthHistory {
        ts: rows.keys().copied().collect(),
        cpu_pct: column(0),
        rss: column(1),
        lag_ms: column(2),
        feed_up,
        errors: column(4),
        uptime_pct: minutes.map(|minutes| (up / minutes * 100.0).min(100.0)),
    })
}

/// The engine in short, for `/health`; `None` where none runs here.
pub(crate) fn engine_state(state: &AppState) -> Option<EngineState> {
    let hub = state.hub.as_ref()?;
    let board = hub.board();
    let now = (state.parts.clock)();
    let feeds = board.iter().filter_map(|board| board.feed.as_ref());
    Some(EngineState {
        // It says how it stands at least every second.
        running: board
            .as_ref()
            .is_some_and(|board| now.as_nanos() - board.updated_at.as_nanos() < super::BELIEVED_NANOS),
        session: hub.session(),
        mode: hub.live().mode(),
        market_time: board.as_ref().and_then(|board| board.market_time).map(Timestamp::as_millis),
        feeds: feeds.map(|feed| FeedState::of(feed, now)).collect(),
    })
}
