//! HTTP requests in, JSON and pages out.
//!
//! What comes in: requests of the strategy API, the analytics API and the pages. What goes out: answers computed from
//! the candles sent or from the catalog, jobs for long work, the OpenAPI description, counters, the embedded pages. It
//! owns no trading state. Async stays here: whatever takes a processor longer than a moment runs on
//! threads for such work, and jobs on a rayon pool of their own.
//!
//! Modules in reading order: [`config`], [`state`] (what requests share), `strategy`, `analytics`, `browse`, `records`, `models`, `sentiment`, [`settings`] (the APIs), [`live`] (a running engine),
//! `candles`, `body`, `query` (reading requests), `cache`, `jobs`, `guard` (who may ask), `error`, `request_id`,
//! `metrics`, `docs` (the description and its page), `pages`.

mod analytics;
mod body;
mod browse;
mod cache;
mod candles;
pub mod config;
mod docs;
mod error;
mod guard;
mod jobs;
pub mod live;
mod metrics;
mod models;
mod pages;
mod query;
mod records;
mod request_id;
mod sentiment;
pub mod settings;
pub mod state;
mod strategy;

use std::any::Any;
use std::net::SocketAddr;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;

pub use config::{ServerConfig, Token};
pub use docs::openapi_json;
pub use error::ServerError;
pub use state::Parts;

use config::Serves;
use error::ApiError;
use state::AppState;

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    state: AppState,
    listeners: Vec<(TcpListener, Serves)>,
}

impl Server {
    /// Listens on the configured addresses.
    ///
    /// # Errors
    /// If the configuration makes no sense or an address is taken.
    pub async fn bind(config: ServerConfig, parts: Parts) -> Result<Self, ServerError> {
        config.validate()?;
        let mut listeners = Vec::new();
        for (address, serves) in config.addresses() {
            let listener = TcpListener::bind(address).await;
            listeners.push((listener.map_err(|source| ServerError::Listen { address, source })?, serves));
        }
        Ok(Self { state: AppState::new(config, parts)?, listeners })
    }

    /// Where it listens, the main address first.
    pub fn local_addrs(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|(listener, _)| listener.local_addr().ok()).collect()
    }

    /// Answers until `shutdown` is over; then takes no more requests, stops jobs, and ends when the last answer is out.
    ///
    /// # Errors
    /// If a listener fails for good.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), ServerError> {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mut serving = tokio::task::JoinSet::new();
        for (listener, serves) in self.listeners {
            let app = router(self.state.clone(), serves);
            let mut stopped = stopped.clone();
            let until = async move {
                // An error means that the sender is gone, which also is the end.
                let _ = stopped.wait_for(|stop| *stop).await;
            };
            serving.spawn(async move { axum::serve(listener, app).with_graceful_shutdown(until).await });
        }
        tokio::pin!(shutdown);
        loop {
            tokio::select! {
                // Told to stop.
                () = &mut shutdown, if !*stop.borrow() => {
                    self.state.jobs.cancel_all();
                    if let Some(hub) = &self.state.hub {
                        hub.stop();
                    }
                    stop.send_replace(true);
                }
                // A listener has answered its last request, or failed.
                ended = serving.join_next() => match ended {
                    None => return Ok(()),
                    Some(Ok(Ok(()))) => {}
                    Some(Ok(Err(source))) => return Err(ServerError::Stopped(source)),
                    Some(Err(error)) => return Err(ServerError::Stopped(std::io::Error::other(error))),
                },
            }
        }
    }
}

/// All routes with everything around them.
fn router(state: AppState, serves: Serves) -> Router {
    let limit = state.config.body_limit_mb << 20;
    let routes = match serves {
        Serves::Everything => {
            let (api, description) = docs::api().split_for_parts();
            api.merge(docs::router(description)).route("/ws", get(live::socket::open)).fallback(pages::serve)
        }
        Serves::Sockets => Router::new().fallback(get(live::socket::open)),
    };
    routes
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(limit))
        .layer(middleware::from_fn_with_state(state.clone(), guard::check))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(state.clone(), metrics::count))
        .layer(middleware::from_fn(request_id::give))
        .with_state(state)
}

async fn method_not_allowed() -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "this address does not take this method; /docs shows which it takes")
}

fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let text = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    ApiError::internal(&text.unwrap_or("panicked")).into_response()
}
