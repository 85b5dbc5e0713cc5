//! Bars at which models spoke, with their indicators.

use axum::Json;
use axum::extract::State;
use mem_store::records::{FeatureFilter, FeatureRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::{ApiError, QueryRefused};
use crate::query::Query;
use crate::records::{a_hundred, ask, at_most, milliseconds};
use crate::state::AppState;

/// Which bars.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeaturesQuery {
    /// Of this symbol.
    symbol: Option<String>,
    /// Of bars of this length.
    timeframe: Option<String>,
    /// After leaving out so many.
    #[serde(default)]
    #[param(default = 0)]
    offset: usize,
    /// At most so many, 1 to 1,000.
    #[serde(default = "a_hundred")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: usize,
}

/// A bar with its indicators, as they were known at its close.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FeaturesView {
    /// The close of the bar, in the market's time.
    ts: i64,
    symbol: String,
    timeframe: String,
    open_price: f64,
    high_price: f64,
    low_price: f64,
    close_price: f64,
    volume: Option<f64>,
    vwap: Option<f64>,
    atr: Option<f64>,
    rsi: Option<f64>,
    macd: Option<f64>,
    macd_signal: Option<f64>,
    macd_histogram: Option<f64>,
    bollinger_upper: Option<f64>,
    bollinger_middle: Option<f64>,
    bollinger_lower: Option<f64>,
    stoch_k: Option<f64>,
    stoch_d: Option<f64>,
    williams_r: Option<f64>,
    cci: Option<f64>,
    adx: Option<f64>,
    obv: Option<f64>,
    mfi: Option<f64>,
}

/// Bars with their indicators, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeaturesPage {
    /// How many there are.
    total: u64,
    /// How many were left out before these.
    offset: usize,
    rows: Vec<FeaturesView>,
}

/// The bars at which models spoke live, with the indicators of the reference's table, the newest first; 90 days of the market are kept.
#[utoipa::path(get, path = "/api/models/features", tag = "models", params(FeaturesQuery), responses(
    (status = 200, description = "The bars", body = FeaturesPage),
    QueryRefused,
))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Query(query): Query<FeaturesQuery>,
) -> Result<Json<FeaturesPage>, ApiError> {
    let limit = at_most(query.limit)?;
    let filter = FeatureFilter { symbol: query.symbol, timeframe: query.timeframe, limit, offset: query.offset };
    ask(&state, move |records| {
        let page = records.features(&filter)?;
        let rows = page.rows.into_iter().map(view).collect();
        Ok(Json(FeaturesPage { total: page.total, offset: filter.offset, rows }))
    })
    .await
}

fn view(row: FeatureRow) -> FeaturesView {
    FeaturesView {
        ts: milliseconds(row.timestamp),
        symbol: row.symbol,
        timeframe: row.timeframe,
        open_price: row.open_price,
        high_price: row.high_price,
        low_price: row.low_price,
        close_price: row.close_price,
        volume: row.volume,
        vwap: row.vwap,
        atr: row.atr,
        rsi: row.rsi,
        macd: row.macd,
        macd_signal: row.macd_signal,
        macd_histogram: row.macd_histogram,
        bollinger_upper: row.bollinger_upper,
        bollinger_middle: row.bollinger_middle,
        bollinger_lower: row.bollinger_lower,
        stoch_k: row.stoch_k,
        stoch_d: row.stoch_d,
        williams_r: row.williams_r,
        cci: row.cci,
        adx: row.adx,
        obv: row.obv,
        mfi: row.mfi,
    }
}
