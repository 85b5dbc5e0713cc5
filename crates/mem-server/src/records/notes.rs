//! Signals, metrics, log lines and alerts.

use axum::Json;
use axum::extract::State;
use mem_store::records::{
    AlertFilter, AlertRow, Log, LogFilter, LogLevel, Metric, MetricFilter, SignalFilter, SignalType, StoredSignal,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{a_hundred, ask, at_most, milliseconds, number, one_of, time, word};
use crate::error::{ApiError, QueryRefused};
use crate::live::view::{AlertView, LogView};
use crate::query::Query;
use crate::state::AppState;

/// Which signals.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SignalsQuery {
    /// In this symbol.
    symbol: Option<String>,
    /// `entry`, `exit`, `stop_loss` or `take_profit`.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    signal_type: Option<String>,
    /// Not earlier than this.
    from: Option<i64>,
    /// Earlier than this.
    to: Option<i64>,
    /// After leaving out so many.
    #[serde(default)]
    #[param(default = 0)]
    offset: usize,
    /// At most so many, 1 to 1,000.
    #[serde(default = "a_hundred")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: usize,
}

/// A signal as it is on record.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SignalRow {
    id: i64,
    ts: i64,
    symbol: String,
    /// `entry`, `exit`, `stop_loss` or `take_profit`.
    signal_type: String,
    /// As the strategy stores it; the engine's are 0 to 1.
    confidence: f64,
    /// Why.
    trigger_reason: Option<String>,
    /// Anything else: of the engine's the decision, the strategy, the intent, the price, stop and target.
    #[schema(value_type = Option<Object>)]
    metadata: Option<serde_json::Value>,
}

/// Signals, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignalsPage {
    /// How many there are.
    total: u64,
    /// How many were left out before these.
    offset: usize,
    rows: Vec<SignalRow>,
}

/// Signals, the newest first.
#[utoipa::path(get, path = "/api/live/signals", tag = "records", params(SignalsQuery), responses(
    (status = 200, description = "The signals", body = SignalsPage),
    QueryRefused,
))]
pub(crate) async fn signals(
    State(state): State<AppState>,
    Query(query): Query<SignalsQuery>,
) -> Result<Json<SignalsPage>, ApiError> {
    let filter = SignalFilter {
        symbol: query.symbol,
        signal_type: word::<SignalType>("type", query.signal_type.as_deref())?,
        from: time("from", query.from)?,
        to: time("to", query.to)?,
        limit: at_most(query.limit)?,
        offset: query.offset,
    };
    ask(&state, move |records| {
        let page = records.page_signals(&filter)?;
        let rows = page.rows.into_iter().map(signal_row).collect();
        Ok(Json(SignalsPage { total: page.total, offset: filter.offset, rows }))
    })
    .await
}

fn signal_row(row: StoredSignal) -> SignalRow {
    SignalRow {
        id: row.id,
        ts: milliseconds(row.timestamp),
        symbol: row.symbol,
        signal_type: row.signal_type.as_str().to_owned(),
        confidence: row.confidence,
        trigger_reason: row.trigger_reason,
        // Only objects are metadata to a reader; other programs may have stored anything.
        metadata: row.metadata.filter(serde_json::Value::is_object),
    }
}

/// Which metrics.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MetricsQuery {
    /// Of this name: `equity`, `win_rate`, `pnl`, ...
    name: Option<String>,
    /// Over this period.
    period: Option<String>,
    /// Not earlier than this.
    from: Option<i64>,
    /// Earlier than this.
    to: Option<i64>,
    /// After leaving out so many.
    #[serde(default)]
    #[param(default = 0)]
    offset: usize,
    /// At most so many, 1 to 1,000.
    #[serde(default = "a_hundred")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: usize,
}

/// A metric.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MetricView {
    id: i64,
    ts: i64,
    metric_name: String,
    metric_value: f64,
    /// The window that it is over, where it is over one.
    period: Option<String>,
}

/// Metrics, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MetricsPage {
    /// How many there are.
    total: u64,
    /// How many were left out before these.
    offset: usize,
    rows: Vec<MetricView>,
}

/// Metrics, the newest first.
#[utoipa::path(get, path = "/api/live/metrics", tag = "records", params(MetricsQuery), responses(
    (status = 200, description = "The metrics", body = MetricsPage),
    QueryRefused,
))]
pub(crate) async fn metrics(
    State(state): State<AppState>,
    Query(query): Query<MetricsQuery>,
) -> Result<Json<MetricsPage>, ApiError> {
    let filter = MetricFilter {
        metric_name: query.name,
        period: query.period,
        from: time("from", query.from)?,
        to: time("to", query.to)?,
        limit: at_most(query.limit)?,
        offset: query.offset,
    };
    ask(&state, move |records| {
        let page = records.page_metrics(&filter)?;
        let rows = page.rows.into_iter().map(metric_view).collect();
        Ok(Json(MetricsPage { total: page.total, offset: filter.offset, rows }))
    })
    .await
}

fn metric_view(row: Metric) -> MetricView {
    MetricView {
        id: row.id,
        ts: milliseconds(row.timestamp),
        metric_name: row.metric_name,
        metric_value: row.metric_value,
        period: row.period,
    }
}

/// Which log lines.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogsQuery {
    /// `DEBUG`, `INFO`, `WARNING` or `ERROR`.
    level: Option<String>,
    /// Which part of the system says so: `engine.risk`, ...
    source: Option<String>,
    /// With this text in its message, in upper or lower case.
    q: Option<String>,
    /// Not earlier than this.
    from: Option<i64>,
    /// Earlier than this.
    to: Option<i64>,
    /// After leaving out so many.
    #[serde(default)]
    #[param(default = 0)]
    offset: usize,
    /// At most so many, 1 to 1,000.
    #[serde(default = "a_hundred")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: usize,
}

/// Log lines, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogsPage {
    /// How many there are.
    total: u64,
    /// How many were left out before these.
    offset: usize,
    rows: Vec<LogView>,
}

/// Log lines, the newest first.
#[utoipa::path(get, path = "/api/live/logs", tag = "records", params(LogsQuery), responses(
    (status = 200, description = "The lines", body = LogsPage),
    QueryRefused,
))]
pub(crate) async fn logs(
    State(state): State<AppState>,
    Query(query): Query<LogsQuery>,
) -> Result<Json<LogsPage>, ApiError> {
    let filter = LogFilter {
        level: word::<LogLevel>("level", query.level.as_deref())?,
        source: query.source,
        text: query.q,
        from: time("from", query.from)?,
        to: time("to", query.to)?,
        limit: at_most(query.limit)?,
        offset: query.offset,
    };
    ask(&state, move |records| {
        let page = records.page_logs(&filter)?;
        let rows = page.rows.into_iter().map(log_view).collect();
        Ok(Json(LogsPage { total: page.total, offset: filter.offset, rows }))
    })
    .await
}

fn log_view(row: Log) -> LogView {
    LogView {
        id: Some(row.id),
        ts: milliseconds(row.timestamp),
        level: row.level.as_str().to_owned(),
        message: row.message,
        source: row.source,
    }
}

/// Which alerts.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlertsQuery {
    /// `active`, `acknowledged` or `recovered`.
    state: Option<String>,
    /// `info`, `yellow` or `red`.
    severity: Option<String>,
    /// Of this kind: `STALE_FEED`, `PRICE_LEVEL`, ...
    kind: Option<String>,
    /// Raised not earlier than this.
    from: Option<i64>,
    /// Raised earlier than this.
    to: Option<i64>,
    /// After leaving out so many.
    #[serde(default)]
    #[param(default = 0)]
    offset: usize,
    /// At most so many, 1 to 1,000.
    #[serde(default = "a_hundred")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: usize,
}

/// Alerts, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertsPage {
    /// How many there are.
    total: u64,
    /// How many were left out before these.
    offset: usize,
    rows: Vec<AlertView>,
}

/// Alerts, the newest first.
#[utoipa::path(get, path = "/api/live/alerts", tag = "records", params(AlertsQuery), responses(
    (status = 200, description = "The alerts", body = AlertsPage),
    QueryRefused,
))]
pub(crate) async fn alerts(
    State(state): State<AppState>,
    Query(query): Query<AlertsQuery>,
) -> Result<Json<AlertsPage>, ApiError> {
    let filter = AlertFilter {
        state: one_of("state", query.state, &["active", "acknowledged", "recovered"])?,
        severity: one_of("severity", query.severity, &["info", "yellow", "red"])?,
        kind: query.kind,
        from: time("from", query.from)?,
        to: time("to", query.to)?,
        limit: at_most(query.limit)?,
        offset: query.offset,
    };
    ask(&state, move |records| {
        let page = records.page_alerts(&filter)?;
        let rows = page.rows.iter().map(alert_view).collect();
        Ok(Json(AlertsPage { total: page.total, offset: filter.offset, rows }))
    })
    .await
}

pub(super) fn alert_view(row: &AlertRow) -> AlertView {
    let number_of = |name: &str| row.detail.get(name).and_then(serde_json::Value::as_f64);
    let time_of = |found: Option<&serde_json::Value>| {
        let at: mem_types::Timestamp = serde_json::from_value(found?.clone()).ok()?;
        Some(milliseconds(at))
    };
    let noted = row.detail.get("acknowledged");
    AlertView {
        id: number(row.id),
        kind: row.kind.clone(),
        subject: row.subject.clone(),
        severity: row.severity.clone(),
        state: row.state.clone(),
        message: row.message.clone(),
        value: number_of("value"),
        limit: number_of("limit"),
        raised_at: milliseconds(row.timestamp),
        escalated_at: time_of(row.detail.get("escalated_at")),
        acknowledged_by: noted.and_then(|noted| noted.get("by")?.as_str().map(str::to_owned)),
        acknowledged_at: time_of(noted.and_then(|noted| noted.get("at"))),
        recovered_at: time_of(row.detail.get("recovered_at")),
    }
}
