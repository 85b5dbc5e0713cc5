//! Tables as CSV or Parquet, streamed.

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, future, stream};
use mem_store::records::{
    AlertFilter, DecisionFilter, Export, ExportFormat, ExportStream, FillFilter, LedgerFilter, LogFilter, LogLevel,
    MemoryFilter, MemoryType, MetricFilter, OrderFilter, RecordsError, RoundTripFilter, SignalFilter, SignalType,
};
use serde::Deserialize;
use tokio::sync::mpsc;
use utoipa::IntoParams;

use super::trades::side;
use super::{one_of, part, time, word};
use crate::error::{ApiError, LookupRefused};
use crate::query::Query;
use crate::state::{AppState, compute};

/// Parts of an answer that may wait for a slow client.
const WAITING: usize = 2;

/// In which form, and which rows: what a table has no column for is refused.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `csv` or `parquet`.
    #[serde(default = "csv")]
    #[param(default = "csv")]
    format: String,
    /// Trades, fills, orders, signals, memories, decisions.
    symbol: Option<String>,
    /// Trades.
    strategy: Option<String>,
    /// Trades: `long` or `short`.
    side: Option<String>,
    /// Trades: `buy` or `sell`.
    action: Option<String>,
    /// Trades: at least so sure, 0 to 1.
    min_confidence: Option<f64>,
    /// Trades: `win` or `loss`.
    result: Option<String>,
    /// Orders.
    stage: Option<String>,
    /// Orders.
    purpose: Option<String>,
    /// Signals, memories.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    of_type: Option<String>,
    /// Memories, logs: with this text.
    q: Option<String>,
    /// Metrics.
    name: Option<String>,
    /// Metrics.
    period: Option<String>,
    /// Logs.
    level: Option<String>,
    /// Logs.
    source: Option<String>,
    /// Decisions.
    intent: Option<String>,
    /// Decisions.
    refused: Option<bool>,
    /// Alerts.
    state: Option<String>,
    /// Alerts.
    severity: Option<String>,
    /// Alerts; of the ledger `deposit`, `fill` or `adjustment`.
    kind: Option<String>,
    /// Not earlier than this.
    from: Option<i64>,
    /// Earlier than this.
    to: Option<i64>,
}

fn csv() -> String {
    "csv".to_owned()
}

/// A table as CSV or Parquet, the oldest row first, with the filters that its list has. Times are RFC 3339 in CSV and instants in
/// Parquet; exact amounts are decimal text in CSV and doubles in Parquet. In CSV, text that a spreadsheet would take for a formula has an
/// apostrophe before it.
#[utoipa::path(get, path = "/api/live/export/{table}", tag = "records",
    params(
        ("table" = String, Path, description = "trades (round trips), fills, orders, signals, memories, metrics, logs, decisions, alerts or ledger"),
        ExportQuery,
    ),
    responses(
        (status = 200, description = "The table", content((String = "text/csv"), (Vec<u8> = "application/vnd.apache.parquet"))),
    LookupRefused,
))]
pub(crate) async fn export(
    State(state): State<AppState>,
    Path(table): Path<String>,
    Query(query): Query<ExportQuery>,
) -> Result<Response, ApiError> {
    let format: ExportFormat = query
        .format
        .parse()
        .map_err(|known| ApiError::field("format", format!("'{}': expected {known}", query.format)))?;
    let what = what(&table, query)?;
    let mut parts = state.parts.records.export(what, format);
    // The first part is made before the answer begins: what cannot be read is said with a status.
    let (first, parts) = compute(move || {
        let first = parts.next().transpose()?.unwrap_or_default();
        Ok((first, parts))
    })
    .await?;
    let (kind, ending) = match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8", "csv"),
        ExportFormat::Parquet => ("application/vnd.apache.parquet", "parquet"),
    };
    let name = format!("attachment; filename=\"{table}.{ending}\"");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).map_err(|error| ApiError::internal(&error))?),
    ];
    let mut rest = send(parts);
    let body = stream::once(future::ready(Ok(Bytes::from(first))))
        .chain(stream::poll_fn(move |context| rest.poll_recv(context)));
    Ok((headers, Body::from_stream(body)).into_response())
}

/// Makes the parts on a thread for such work, as fast as they are taken.
fn send(parts: ExportStream) -> mpsc::Receiver<Result<Bytes, RecordsError>> {
    let (to, from) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        for part in parts {
            if let Err(error) = &part {
                tracing::error!(%error, "an export broke off");
            }
            // Whoever wanted it has gone.
            if to.blocking_send(part.map(Bytes::from)).is_err() {
                return;
            }
        }
    });
    from
}

fn what(table: &str, query: ExportQuery) -> Result<Export, ApiError> {
    only_known(table, &query)?;
    let (from, to) = (time("from", query.from)?, time("to", query.to)?);
    Ok(match table {
        "trades" => Export::Trades(RoundTripFilter {
            symbol: query.symbol,
            strategy: query.strategy,
            side: side(query.side, query.action)?,
            from,
            to,
            min_confidence: part("min_confidence", query.min_confidence)?,
            won: one_of("result", query.result, &["win", "loss"])?.map(|result| result == "win"),
            ..RoundTripFilter::default()
        }),
        "fills" => Export::Fills(FillFilter { symbol: query.symbol, from, to, ..FillFilter::default() }),
        "orders" => Export::Orders(OrderFilter {
            symbol: query.symbol,
            stage: query.stage,
            purpose: query.purpose,
            from,
            to,
            ..OrderFilter::default()
        }),
        "signals" => Export::Signals(SignalFilter {
            symbol: query.symbol,
            signal_type: word::<SignalType>("type", query.of_type.as_deref())?,
            from,
            to,
            ..SignalFilter::default()
        }),
        "memories" => Export::Memories(MemoryFilter {
            memory_type: word::<MemoryType>("type", query.of_type.as_deref())?,
            tag: query.symbol,
            text: query.q,
            from,
            to,
            ..MemoryFilter::default()
        }),
        "metrics" => Export::Metrics(MetricFilter {
            metric_name: query.name,
            period: query.period,
            from,
            to,
            ..MetricFilter::default()
        }),
        "logs" => Export::Logs(LogFilter {
            level: word::<LogLevel>("level", query.level.as_deref())?,
            source: query.source,
            text: query.q,
            from,
            to,
            ..LogFilter::default()
        }),
        "decisions" => Export::Decisions(DecisionFilter {
            symbol: query.symbol,
            intent: query.intent,
            refused: query.refused,
            from,
            to,
            ..DecisionFilter::default()
        }),
        "alerts" => Export::Alerts(AlertFilter {
            state: query.state,
            severity: query.severity,
            kind: query.kind,
            from,
            to,
            ..AlertFilter::default()
        }),
        "ledger" => Export::Ledger(LedgerFilter { kind: query.kind, from, to, ..LedgerFilter::default() }),
        other => return Err(ApiError::not_found(format!("there is no table {other} to export"))),
    })
}

/// A filter that a table does not have would be no filter: it is refused.
fn only_known(table: &str, query: &ExportQuery) -> Result<(), ApiError> {
    let given = [
        ("symbol", query.symbol.is_some(), &["trades", "fills", "orders", "signals", "memories", "decisions"][..]),
        ("strategy", query.strategy.is_some(), &["trades"]),
        ("side", query.side.is_some(), &["trades"]),
        ("action", query.action.is_some(), &["trades"]),
        ("min_confidence", query.min_confidence.is_some(), &["trades"]),
        ("result", query.result.is_some(), &["trades"]),
        ("stage", query.stage.is_some(), &["orders"]),
        ("purpose", query.purpose.is_some(), &["orders"]),
        ("type", query.of_type.is_some(), &["signals", "memories"]),
        ("q", query.q.is_some(), &["memories", "logs"]),
        ("name", query.name.is_some(), &["metrics"]),
        ("period", query.period.is_some(), &["metrics"]),
        ("level", query.level.is_some(), &["logs"]),
        ("source", query.source.is_some(), &["logs"]),
        ("intent", query.intent.is_some(), &["decisions"]),
        ("refused", query.refused.is_some(), &["decisions"]),
        ("state", query.state.is_some(), &["alerts"]),
        ("severity", query.severity.is_some(), &["alerts"]),
        ("kind", query.kind.is_some(), &["alerts", "ledger"]),
    ];
    for (name, is_given, tables) in given {
        if is_given && !tables.contains(&table) {
            return Err(ApiError::field(name, format!("{table} has no filter {name}: {} have it", tables.join(", "))));
        }
    }
    Ok(())
}
