//! Requests of accounts: signed, and answered from the matching engine.
//!
//! `X-MEM-KEY` names the key, `X-MEM-TIMESTAMP` the time in milliseconds, `X-MEM-SIGN` is
//! `HMAC-SHA256(secret, timestamp + method + path with query + body)` in hexadecimal. A time that is off by more than five
//! seconds is refused. An order's `client_order_id` makes it idempotent: sent again, it is answered and not made again.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Query, Request};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use mem_types::{FillId, OrderId, Symbol, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Shared;
use super::public::refusal;
use crate::session::sign::hmac_sha256_matches;
use crate::sim::matching::{AccountId, Matching, OrderRef, Reject};

/// How far a client's clock may be off.
const WINDOW_MS: i64 = 5_000;
/// Longest body of a request.
const LONGEST_BODY: usize = 64 << 10;
/// Most fills in one answer.
const FILLS: usize = 1000;

pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/account", get(account))
        .route("/api/v1/orders", post(submit).get(open_orders).delete(cancel_all))
        .route("/api/v1/orders/oco", post(submit_oco))
        .route("/api/v1/orders/bracket", post(submit_bracket))
        .route("/api/v1/orders/{id}", delete(cancel).get(order))
        .route("/api/v1/fills", get(fills))
}

/// Our time in milliseconds, as clients see it: with the skew of the fault.
pub(super) fn now_ms(shared: &Shared) -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX) + shared.faults.skew_nanos() / 1_000_000
}

/// The account that a signature acts for, or why none.
pub(super) fn signed_by<'a>(
    shared: &'a Shared,
    key: &str,
    timestamp: &str,
    sign: &str,
    signed: &[&str],
) -> Result<&'a AccountId, &'static str> {
    let at: i64 = timestamp.parse().map_err(|_| "the timestamp is not milliseconds since the epoch")?;
    if (now_ms(shared) - at).abs() > WINDOW_MS {
        return Err("the timestamp is more than five seconds off: /api/v1/time tells the time");
    }
    let parts: Vec<&str> = std::iter::once(timestamp).chain(signed.iter().copied()).collect();
    let known = |secret: &str| hmac_sha256_matches(secret.as_bytes(), &parts, sign);
    // One answer for an unknown key and a wrong signature: nothing is told about which keys there are.
    shared.accounts.of_key(key, known).ok_or("the key is unknown or the signature is wrong")
}

/// Who asks, shown by a signature, and what.
struct Caller {
    shared: Arc<Shared>,
    account: AccountId,
    uri: Uri,
    body: Bytes,
}

impl FromRequest<Arc<Shared>> for Caller {
    type Rejection = Response;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let [key, timestamp, sign] = ["x-mem-key", "x-mem-timestamp", "x-mem-sign"].map(header);
        if [key, timestamp, sign].contains(&"") {
            return Err(refusal(StatusCode::UNAUTHORIZED, "send X-MEM-KEY, X-MEM-TIMESTAMP and X-MEM-SIGN"));
        }
        let body = axum::body::to_bytes(body, LONGEST_BODY)
            .await
            .map_err(|_| refusal(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long"))?;
        let text = std::str::from_utf8(&body).map_err(|_| refusal(StatusCode::BAD_REQUEST, "the body is not text"))?;
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let account = signed_by(shared, key, timestamp, sign, &[parts.method.as_str(), path, text])
            .map_err(|why| refusal(StatusCode::UNAUTHORIZED, why))?
            .clone();
        Ok(Self { shared: Arc::clone(shared), account, uri: parts.uri, body })
    }
}

impl Caller {
    fn act<T: Serialize>(
        &self,
        act: impl FnOnce(&mut Matching, &AccountId, Timestamp) -> Result<T, Reject>,
    ) -> Response {
        let (answer, events) =
            self.shared.accounts.act(&self.shared.exchange, |matching, now| act(matching, &self.account, now));
        self.shared.tell_accounts(events);
        match answer {
            Ok(answer) => json_of(&answer),
            Err(reject) => {
                let status = match reject {
                    Reject::UnknownOrder | Reject::UnknownSymbol { .. } => StatusCode::NOT_FOUND,
                    Reject::ClientOrderIdReused { .. } | Reject::NotOpen => StatusCode::CONFLICT,
                    _ => StatusCode::UNPROCESSABLE_ENTITY,
                };
                let body = json!({"error": reject.to_string(), "reject": reject});
                (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
            }
        }
    }

    /// As [`Caller::act`], with what the body holds.
    fn act_on<B: DeserializeOwned, T: Serialize>(
        &self,
        act: impl FnOnce(&mut Matching, &AccountId, B, Timestamp) -> Result<T, Reject>,
    ) -> Response {
        match serde_json::from_slice(&self.body) {
            Ok(body) => self.act(|matching, account, now| act(matching, account, body, now)),
            Err(error) => refusal(StatusCode::BAD_REQUEST, &error.to_string()),
        }
    }

    /// As [`Caller::act`], with what the query holds.
    fn act_for<Q: DeserializeOwned, T: Serialize>(
        &self,
        act: impl FnOnce(&mut Matching, &AccountId, Q, Timestamp) -> Result<T, Reject>,
    ) -> Response {
        match Query::try_from_uri(&self.uri) {
            Ok(Query(query)) => self.act(|matching, account, now| act(matching, account, query, now)),
            Err(error) => refusal(StatusCode::BAD_REQUEST, &error.body_text()),
        }
    }

    /// As [`Caller::act`], with the order that the path names: the exchange's number, or `client:` and the client's name.
    fn act_at<T: Serialize>(
        &self,
        named: &str,
        act: impl FnOnce(&mut Matching, &AccountId, &OrderRef, Timestamp) -> Result<T, Reject>,
    ) -> Response {
        let order = match named.strip_prefix("client:") {
            Some(id) => id.parse().map(OrderRef::ClientId).ok(),
            None => named.parse().map(|id| OrderRef::Id(OrderId(id))).ok(),
        };
        match order {
            Some(order) => self.act(|matching, account, now| act(matching, account, &order, now)),
            None => refusal(
                StatusCode::BAD_REQUEST,
                "an order is named by its number, or by client: and its client_order_id",
            ),
        }
    }
}

fn json_of(answer: &impl Serialize) -> Response {
    match serde_json::to_string(answer) {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => refusal(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

async fn account(caller: Caller) -> Response {
    caller.act(|matching, account, _| {
        matching.account(account).ok_or_else(|| Reject::UnknownAccount { account: account.clone() })
    })
}

async fn submit(caller: Caller) -> Response {
    caller.act_on(Matching::submit)
}

async fn submit_oco(caller: Caller) -> Response {
    caller.act_on(Matching::submit_oco)
}

async fn submit_bracket(caller: Caller) -> Response {
    caller.act_on(Matching::submit_bracket)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfSymbol {
    symbol: Option<Symbol>,
}

async fn open_orders(caller: Caller) -> Response {
    caller.act_for(|matching, account, of: OfSymbol, _| Ok(matching.open_orders(account, of.symbol.as_ref())))
}

async fn cancel_all(caller: Caller) -> Response {
    caller.act_for(|matching, account, of: OfSymbol, now| matching.cancel_all(account, of.symbol.as_ref(), now))
}

async fn cancel(Path(id): Path<String>, caller: Caller) -> Response {
    caller.act_at(&id, Matching::cancel)
}

async fn order(Path(id): Path<String>, caller: Caller) -> Response {
    caller.act_at(&id, |matching, account, order, _| matching.order(account, order).ok_or(Reject::UnknownOrder))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FillsQuery {
    symbol: Option<Symbol>,
    since: Option<u64>,
    limit: Option<usize>,
}

async fn fills(caller: Caller) -> Response {
    caller.act_for(|matching, account, of: FillsQuery, _| {
        let limit = of.limit.unwrap_or(FILLS).min(FILLS);
        Ok(matching.fills(account, of.symbol.as_ref(), of.since.map(FillId), limit))
    })
}
