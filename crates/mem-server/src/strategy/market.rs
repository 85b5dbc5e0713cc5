//! `POST /api/strategy/market-analysis`: everything that the strategy sees.

use axum::extract::State;
use axum::response::Response;
use mem_strategy::StrategyInput;
use mem_strategy::confluence::{Analysis, Confluence};
use mem_types::Timeframe;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words;
use crate::body::JsonBody;
use crate::cache::key;
use crate::candles::{Envelope, enough};
use crate::error::{ApiError, BodyRefused};
use crate::state::{AppState, compute};

/// What is asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MarketRequest {
    /// Candles, at least 34.
    data: Envelope,
}

#[derive(Debug, Serialize)]
struct MarketResponse {
    success: bool,
    analysis: AnalysisView,
    timestamp: String,
}

/// The analysis, and what tells volume's direction: the reference has it beside the readings.
#[derive(Debug, Serialize)]
struct AnalysisView {
    #[serde(flatten)]
    analysis: Analysis,
}

/// The analysis of the last candle.
#[derive(Debug, Serialize, ToSchema)]
#[allow(dead_code, reason = "the form of the response for the API's description")]
pub(super) struct MarketAnswer {
    /// Always true.
    success: bool,
    /// Indicators, signals of the groups, reasons, trend, volatility, overall signal and strength; `raw` holds the
    /// reference's own score of the same readings.
    #[schema(value_type = Object)]
    analysis: serde_json::Value,
    /// When this was computed, RFC 3339.
    timestamp: String,
    /// Whether it came from the cache.
    cached: bool,
}

/// Everything that the confluence strategy sees at the last candle.
#[utoipa::path(post, path = "/api/strategy/market-analysis", tag = "strategy", request_body = MarketRequest, responses(
    (status = 200, description = "The analysis", body = MarketAnswer),
    BodyRefused,
))]
pub(super) async fn market_analysis(State(state): State<AppState>, body: JsonBody) -> Result<Response, ApiError> {
    let clock = state.parts.clock;
    let key = key("market-analysis", &[&body.0]);
    state.cache.answer(key, compute(move || answer(&body, words(clock())))).await
}

fn answer(body: &JsonBody, timestamp: String) -> Result<MarketResponse, ApiError> {
    let request: MarketRequest = body.read()?;
    let bars = request.data.into_bars("data")?;
    enough(&bars, 34, "data", "the analysis")?;
    let cannot = |error: mem_strategy::StrategyError| ApiError::cannot("data", error.to_string());
    let alone = [("timeframes".to_owned(), mem_indicators::ParamValue::Int(0))];
    let strategy = Confluence::from_params(&alone).map_err(cannot)?;
    let input = StrategyInput::new(bars.view(), Timeframe::H1);
    let analysis = strategy.analyze(&input, bars.len() - 1).map_err(cannot)?;
    Ok(MarketResponse { success: true, analysis: AnalysisView { analysis }, timestamp })
}
