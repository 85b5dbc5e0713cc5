//! What Prometheus reads at `/metrics`.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::error::{ApiError, Refused};
use crate::state::AppState;

/// Counters of this server.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    registry: Arc<Registry>,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabels, Histogram, fn() -> Histogram>,
    cache: Family<CacheLabels, Counter>,
    jobs_running: Gauge,
    jobs_waiting: Gauge,
    uptime: Gauge,
    memory: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CacheLabels {
    outcome: CacheOutcome,
}

/// Whether a response came from the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum CacheOutcome {
    Hit,
    Miss,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("mem");
        let requests = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let seconds = Family::new_with_constructor(durations as fn() -> Histogram);
        registry.register_with_unit("http_request_duration", "Time to answer", Unit::Seconds, seconds.clone());
        let cache = Family::default();
        registry.register("cache_requests", "Responses that may be cached", cache.clone());
        let mut gauge = |name: &str, help: &str, unit: Option<Unit>| {
            let gauge = Gauge::default();
            match unit {
                Some(unit) => registry.register_with_unit(name, help, unit, gauge.clone()),
                None => registry.register(name, help, gauge.clone()),
            }
            gauge
        };
        let jobs_running = gauge("jobs_running", "Jobs being worked on", None);
        let jobs_waiting = gauge("jobs_waiting", "Jobs that wait for their turn", None);
        let uptime = gauge("uptime", "Time since the server started", Some(Unit::Seconds));
        let memory = gauge("resident_memory", "Memory of the process", Some(Unit::Bytes));
        Self { registry: Arc::new(registry), requests, seconds, cache, jobs_running, jobs_waiting, uptime, memory }
    }

    pub(crate) fn cache(&self, outcome: CacheOutcome) {
        self.cache.get_or_create(&CacheLabels { outcome }).inc();
    }
}

/// From a tenth of a millisecond to half a minute, each bucket about three times the one before.
fn durations() -> Histogram {
    Histogram::new([1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0])
}

/// Counts and times every request by its route; requests that match none are counted together.
pub(crate) async fn count(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let matched = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = matched.unwrap_or_else(|| "other".to_owned());
    let method = request.method().to_string();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    tracing::debug!(%method, %route, status, "answered");
    let metrics = &state.metrics;
    metrics.seconds.get_or_create(&RouteLabels { route: route.clone() }).observe(started.elapsed().as_secs_f64());
    metrics.requests.get_or_create(&RequestLabels { method, route, status }).inc();
    response
}

/// Prometheus' text.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses(
    (status = 200, description = "Counters in OpenMetrics text", body = String, content_type = "application/openmetrics-text"),
    Refused,
))]
pub(crate) async fn metrics(State(state): State<AppState>) -> Result<Response, ApiError> {
    let metrics = &state.metrics;
    let (running, waiting) = state.jobs.counts();
    metrics.jobs_running.set(running as i64);
    metrics.jobs_waiting.set(waiting as i64);
    metrics.uptime.set(state.started.elapsed().as_secs() as i64);
    if let Some(bytes) = mem_engine::live::machine::resident_memory() {
        metrics.memory.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }
    let mut text = String::new();
    encode(&mut text, &metrics.registry).map_err(|error| ApiError::internal(&error))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
