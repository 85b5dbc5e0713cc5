//! The strategy API: what the confluence strategy and the indicators say of candles that a client sends.
//!
//! Paths and field names are those of the reference system's service on port 5004. What differs is listed in
//! `docs/api.md`: `action` is BUY, SELL or HOLD, and `entry_action` carries the ENTER_* names; every indicator of the
//! registry can be calculated, with parameters.

mod analyze;
mod calculate;
mod market;

use axum::Json;
use axum::extract::State;
use mem_indicators::registry;
use mem_types::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::Refused;
use crate::state::AppState;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(indicators))
        .routes(routes!(analyze::analyze))
        .routes(routes!(calculate::calculate))
        .routes(routes!(market::market_analysis))
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StrategyHealth)]
struct Health {
    /// healthy: the service computes from what it is sent and depends on nothing.
    status: &'static str,
    service: &'static str,
    version: &'static str,
    /// RFC 3339.
    timestamp: String,
}

/// Whether the strategy service answers.
#[utoipa::path(get, path = "/api/strategy/health", tag = "strategy", responses(
    (status = 200, description = "It does", body = Health),
    Refused,
))]
async fn health(State(state): State<AppState>) -> Json<Health> {
    let timestamp = (state.parts.clock)().to_string();
    Json(Health {
        status: "healthy",
        service: "MEM Advanced Strategy API",
        version: env!("CARGO_PKG_VERSION"),
        timestamp,
    })
}

#[derive(Debug, Serialize, ToSchema)]
struct IndicatorNames {
    /// Always true.
    success: bool,
    /// How many.
    total_indicators: usize,
    /// Names by category.
    categories: BTreeMap<String, Vec<&'static str>>,
}

/// The indicators that can be calculated, by category.
#[utoipa::path(get, path = "/api/strategy/indicators", tag = "strategy", responses(
    (status = 200, description = "Their names", body = IndicatorNames),
    Refused,
))]
async fn indicators() -> Json<IndicatorNames> {
    let mut categories: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    for spec in registry() {
        categories.entry(spec.category.to_string()).or_default().push(spec.name);
    }
    Json(IndicatorNames { success: true, total_indicators: registry().len(), categories })
}

/// A time as clients read it.
fn words(time: Timestamp) -> String {
    time.to_string()
}
