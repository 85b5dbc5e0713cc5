//! The public requests of the exchange's own protocol.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mem_types::{Quote, Symbol, Timeframe, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::Shared;
use crate::sim::native::{bar_fields, side};
use crate::sim::view::MarketView;

/// Most candles or trades in one answer.
pub(in crate::sim) const PAGE: usize = 1000;

pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/time", get(time))
        .route("/api/v1/instruments", get(instruments))
        .route("/api/v1/bars", get(bars))
        .route("/api/v1/trades", get(trades))
        .route("/api/v1/quote", get(quote))
        .route("/api/v1/book", get(book))
}

/// The body of every refusal.
pub(super) fn refusal(status: StatusCode, error: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], json!({"error": error}).to_string()).into_response()
}

fn json_text(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn unknown(symbol: &Symbol) -> Response {
    refusal(StatusCode::NOT_FOUND, &format!("no instrument {symbol}; /api/v1/instruments lists them"))
}

async fn time(State(shared): State<Arc<Shared>>) -> Response {
    json_text(
        json!({
            "now": shared.exchange.now().as_nanos() + shared.faults.skew_nanos(),
            "real_ms": super::private::now_ms(&shared),
            "simulated": true,
        })
        .to_string(),
    )
}

async fn instruments(State(shared): State<Arc<Shared>>) -> Response {
    json_text(json!({"instruments": shared.exchange.listings(), "simulated": true}).to_string())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BarsQuery {
    symbol: Symbol,
    timeframe: Timeframe,
    from: Option<i64>,
    to: Option<i64>,
    limit: Option<usize>,
}

type Asked<T> = Result<Query<T>, axum::extract::rejection::QueryRejection>;

async fn bars(State(shared): State<Arc<Shared>>, query: Asked<BarsQuery>) -> Response {
    let query = match query {
        Ok(Query(query)) => query,
        Err(error) => return refusal(StatusCode::BAD_REQUEST, &error.body_text()),
    };
    let at = |ns: Option<i64>| ns.map(Timestamp::from_nanos);
    let limit = query.limit.unwrap_or(500).min(PAGE);
    // Months of minutes are a walk over many trades: not on a connection's thread.
    let exchange = Arc::clone(&shared.exchange);
    let symbol = query.symbol.clone();
    let walk = move || exchange.bars(&symbol, query.timeframe, at(query.from), at(query.to), limit);
    match tokio::task::spawn_blocking(walk).await {
        Ok(Some(bars)) => {
            let bars: Vec<String> = bars.iter().map(|bar| format!("{{{}}}", bar_fields(bar))).collect();
            json_text(format!("[{}]", bars.join(",")))
        }
        Ok(None) => unknown(&query.symbol),
        Err(_) => refusal(StatusCode::INTERNAL_SERVER_ERROR, "the walk over the tape failed"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TradesQuery {
    symbol: Symbol,
    from_id: Option<i64>,
    since: Option<i64>,
    limit: Option<usize>,
}

async fn trades(State(shared): State<Arc<Shared>>, query: Asked<TradesQuery>) -> Response {
    let query = match query {
        Ok(Query(query)) => query,
        Err(error) => return refusal(StatusCode::BAD_REQUEST, &error.body_text()),
    };
    let from_id = match (query.from_id, query.since) {
        (Some(_), Some(_)) => return refusal(StatusCode::BAD_REQUEST, "give from_id or since, not both"),
        (None, Some(since)) => match shared.exchange.first_trade_since(&query.symbol, Timestamp::from_nanos(since)) {
            Some(id) => Some(id),
            None => return json_text("[]".to_owned()),
        },
        (from_id, None) => from_id,
    };
    let Some(trades) = shared.exchange.trades(&query.symbol, from_id, query.limit.unwrap_or(500).min(PAGE)) else {
        return unknown(&query.symbol);
    };
    let trades: Vec<String> = trades
        .iter()
        .map(|trade| {
            format!(
                r#"{{"ts":{},"id":{},"price":"{}","qty":"{}","side":"{}"}}"#,
                trade.ts_venue.as_nanos(),
                trade.id.unwrap_or(0),
                trade.price,
                trade.qty,
                side(trade.aggressor)
            )
        })
        .collect();
    json_text(format!("[{}]", trades.join(",")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BookQuery {
    symbol: Symbol,
    levels: Option<usize>,
}

async fn quote(State(shared): State<Arc<Shared>>, query: Asked<BookQuery>) -> Response {
    let query = match query {
        Ok(Query(query)) => query,
        Err(error) => return refusal(StatusCode::BAD_REQUEST, &error.body_text()),
    };
    let Some(Quote { ts_venue, bid, ask, .. }) = shared.exchange.quote(&query.symbol) else {
        return unknown(&query.symbol);
    };
    let price = |level: Option<(f64, Option<f64>)>| level.map(|(price, _)| price.to_string());
    let qty = |level: Option<(f64, Option<f64>)>| level.and_then(|(_, qty)| qty).map(|qty| qty.to_string());
    json_text(
        json!({
            "symbol": query.symbol, "ts": ts_venue.as_nanos(),
            "bid": price(bid), "bid_qty": qty(bid), "ask": price(ask), "ask_qty": qty(ask),
        })
        .to_string(),
    )
}

async fn book(State(shared): State<Arc<Shared>>, query: Asked<BookQuery>) -> Response {
    let query = match query {
        Ok(Query(query)) => query,
        Err(error) => return refusal(StatusCode::BAD_REQUEST, &error.body_text()),
    };
    let Some(depth) = shared.exchange.depth(&query.symbol, query.levels.unwrap_or(20).clamp(1, 500)) else {
        return unknown(&query.symbol);
    };
    let side = |levels: &[(f64, f64)]| -> Vec<[String; 2]> {
        levels.iter().map(|(price, qty)| [price.to_string(), qty.to_string()]).collect()
    };
    json_text(
        json!({
            "symbol": query.symbol, "update_id": depth.update_id,
            "bids": side(&depth.bids), "asks": side(&depth.asks),
        })
        .to_string(),
    )
}
