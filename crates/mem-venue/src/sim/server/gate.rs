//! What stands before every connection and every request: refusals, budgets and the faults of answers.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::net::{TcpListener, TcpStream};

use super::Shared;
use super::public::refusal;
use crate::sim::SIMULATED_HEADER;
use crate::sim::fault::Verdict;

/// Requests that may still be made: a bucket that fills up evenly.
#[derive(Debug)]
pub(super) struct Budget {
    per_minute: f64,
    left: Mutex<(f64, Duration)>,
}

impl Budget {
    pub(super) fn new(per_minute: u32) -> Self {
        let per_minute = f64::from(per_minute.max(1));
        Self { per_minute, left: Mutex::new((per_minute, Duration::ZERO)) }
    }

    /// Takes one request out, or says in how many seconds there will be one.
    pub(super) fn take(&self, now: Duration) -> Result<(), u64> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let grown = now.saturating_sub(left.1).as_secs_f64() * self.per_minute / 60.0;
        *left = ((left.0 + grown).min(self.per_minute), now);
        if left.0 >= 1.0 {
            left.0 -= 1.0;
            return Ok(());
        }
        Err(((1.0 - left.0) * 60.0 / self.per_minute).ceil().max(1.0) as u64)
    }
}

/// Lets a request through, late or not at all.
pub(super) async fn check(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    if let Err(seconds) = shared.budget.take(shared.real()) {
        return too_many(seconds);
    }
    match shared.faults.verdict(shared.real()) {
        Verdict::TooMany { retry_after_s } => return too_many(retry_after_s),
        Verdict::Fail { status } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            return refusal(status, "a fault was pulled: the server failed");
        }
        Verdict::Serve { late } if !late.is_zero() => tokio::time::sleep(late).await,
        Verdict::Serve { .. } => {}
    }
    let mut answer = next.run(request).await;
    answer.headers_mut().insert(SIMULATED_HEADER, HeaderValue::from_static("true"));
    answer
}

fn too_many(seconds: u64) -> Response {
    let body = refusal(StatusCode::TOO_MANY_REQUESTS, "too many requests");
    ([(header::RETRY_AFTER, seconds.to_string())], body).into_response()
}

/// A listener that turns connections away while it is told to.
#[derive(Debug)]
pub(super) struct Door {
    listener: TcpListener,
    shared: Arc<Shared>,
}

impl Door {
    pub(super) fn new(listener: TcpListener, shared: Arc<Shared>) -> Self {
        Self { listener, shared }
    }
}

impl axum::serve::Listener for Door {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            match self.listener.accept().await {
                // The connection ends at once when its stream goes.
                Ok((stream, _)) if self.shared.faults.refuses(self.shared.real()) => drop(stream),
                Ok((stream, from)) => {
                    // Small messages must not wait for each other; without the option they are merely later.
                    let _ = stream.set_nodelay(true);
                    return (stream, from);
                }
                // Such as too many open files: it may pass.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_fills_up_evenly() {
        let budget = Budget::new(60);
        let second = Duration::from_secs(1);
        assert!((0..60).all(|_| budget.take(second).is_ok()));
        assert_eq!(budget.take(second), Err(1));
        assert_eq!(budget.take(second * 2), Ok(()));
        assert_eq!(budget.take(second * 2), Err(1));
    }
}
