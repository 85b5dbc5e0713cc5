//! The strings behind the scenes: faults, the clock, and what state the exchange is in. No fault stops these requests.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use super::Shared;
use super::public::refusal;
use crate::sim::clock::MAX_SPEED;
use crate::sim::fault::{Fault, read_script};
use crate::sim::view::MarketView;

pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/sim/status", get(status))
        .route("/sim/faults", post(pull).delete(clear))
        .route("/sim/script", post(script))
        .route("/sim/clock", post(clock))
}

fn answer(body: &serde_json::Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// A page from elsewhere must not pull strings through a visitor's browser.
fn foreign(headers: &HeaderMap) -> Option<Response> {
    headers
        .contains_key(header::ORIGIN)
        .then(|| refusal(StatusCode::FORBIDDEN, "requests from web pages are refused here"))
}

async fn status(State(shared): State<Arc<Shared>>) -> Response {
    let exchange = &shared.exchange;
    answer(&json!({
        "simulated": true,
        "now": exchange.now(),
        "span": exchange.span().map(|(from, to)| [from, to]),
        "finished": exchange.is_finished(),
        "speed": exchange.speed(),
        "clock_skew_ms": shared.faults.skew_nanos() / 1_000_000,
        "symbols": exchange.listings().into_iter().map(|listing| listing.symbol).collect::<Vec<_>>(),
        "sockets": shared.sockets.load(Ordering::Relaxed),
        "faults_pulled": shared.faults.pulled(),
        "uptime_seconds": shared.real().as_secs_f64(),
    }))
}

async fn pull(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: String) -> Response {
    if let Some(refused) = foreign(&headers) {
        return refused;
    }
    let fault: Result<Fault, String> = serde_json::from_str(&body)
        .map_err(|error| error.to_string())
        .and_then(|fault: Fault| fault.check().map_err(|error| error.to_string()));
    match fault {
        Ok(fault) => {
            shared.pull(fault);
            answer(&json!({"ok": true, "pulled": fault}))
        }
        Err(error) => refusal(StatusCode::BAD_REQUEST, &error),
    }
}

async fn clear(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if let Some(refused) = foreign(&headers) {
        return refused;
    }
    shared.faults.clear();
    shared.script().clear();
    answer(&json!({"ok": true}))
}

async fn script(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: String) -> Response {
    if let Some(refused) = foreign(&headers) {
        return refused;
    }
    match read_script(&body) {
        Ok(script) => {
            shared.play(&script);
            answer(&json!({"ok": true, "faults": script.len()}))
        }
        Err(error) => refusal(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockOrder {
    speed: Option<f64>,
    step_ms: Option<u64>,
}

async fn clock(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: String) -> Response {
    if let Some(refused) = foreign(&headers) {
        return refused;
    }
    let order: ClockOrder = match serde_json::from_str(&body) {
        Ok(order) => order,
        Err(error) => return refusal(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    if let Some(speed) = order.speed {
        if !(0.0..=MAX_SPEED).contains(&speed) {
            return refusal(StatusCode::BAD_REQUEST, &format!("speed must be 0 (stands) to {MAX_SPEED}, not {speed}"));
        }
        shared.exchange.set_speed(shared.real(), speed);
    }
    if let Some(step) = order.step_ms {
        shared.exchange.step(Duration::from_millis(step));
        shared.tick();
    }
    answer(&json!({"ok": true, "now": shared.exchange.now(), "speed": shared.exchange.speed()}))
}
