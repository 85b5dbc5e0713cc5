//! Every request has an id: in its response, in errors, in the log.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;

static NEXT: AtomicU64 = AtomicU64::new(1);

tokio::task_local! {
    static ID: u64;
}

/// The id of the request that is being answered.
pub(crate) fn current() -> String {
    // Outside of a request there is none: work that went on after its request was answered.
    ID.try_with(|id| format!("{id:08x}")).unwrap_or_else(|_| "-".to_owned())
}

/// Gives a request its id.
pub(crate) async fn give(request: Request, next: Next) -> Response {
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut response = ID.scope(id, next.run(request)).await;
    if let Ok(value) = HeaderValue::from_str(&format!("{id:08x}")) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}
