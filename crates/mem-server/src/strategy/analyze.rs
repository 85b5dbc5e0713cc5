//! `POST /api/strategy/analyze`: buy, sell or hold, at what price, how much, and why.

use axum::extract::State;
use axum::response::Response;
use mem_indicators::{ParamValue, find};
use mem_research::{MetricsInput, periods_per_year};
use mem_strategy::StrategyInput;
use mem_strategy::confluence::{Analysis, Confluence, Direction, Trend, VolatilityLevel};
use mem_types::{Bars, BarsRef, Timeframe};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words;
use crate::body::JsonBody;
use crate::cache::key;
use crate::candles::{Envelope, enough};
use crate::error::{ApiError, BodyRefused};
use crate::state::{AppState, compute};

/// Bars before the strategy's first decision.
const FEWEST: usize = 34;

/// What is asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AnalyzeRequest {
    /// Echoed.
    #[serde(default = "unknown")]
    #[schema(default = "UNKNOWN")]
    symbol: String,
    /// Hourly candles, at least 34.
    data_1h: Envelope,
    /// Four-hour candles.
    data_4h: Option<Envelope>,
    /// Daily candles.
    data_1d: Option<Envelope>,
    /// Money in the account, above 0.
    #[serde(default = "ten_thousand")]
    #[schema(default = 10000.0, exclusive_minimum = 0.0)]
    account_balance: f64,
    /// Settings.
    #[serde(default)]
    config: AnalyzeConfig,
}

/// Settings of an analysis.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct AnalyzeConfig {
    /// Confidence in percent that a signal needs, 0 to 100.
    #[schema(default = 70.0, minimum = 0.0, maximum = 100.0)]
    min_confidence: f64,
    /// Fraction of the account that a stop may lose, above 0, at most 1.
    #[schema(default = 0.02, exclusive_minimum = 0.0, maximum = 1.0)]
    max_risk_per_trade: f64,
    /// Whether longer candles are heard; by default if both are given.
    use_multi_timeframe: Option<bool>,
}

impl Default for AnalyzeConfig {
    fn default() -> Self {
        Self { min_confidence: 70.0, max_risk_per_trade: 0.02, use_multi_timeframe: None }
    }
}

fn unknown() -> String {
    "UNKNOWN".to_owned()
}

fn ten_thousand() -> f64 {
    10_000.0
}

/// What is answered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AnalyzeResponse {
    /// Always true.
    success: bool,
    /// As it was sent.
    symbol: String,
    /// The signal.
    signal: SignalView,
    /// When this was computed, RFC 3339.
    timestamp: String,
}

/// The same with the word that the cache adds.
#[derive(Debug, Serialize, ToSchema)]
#[allow(dead_code, reason = "the form of the response for the API's description")]
pub(super) struct AnalyzeAnswer {
    #[serde(flatten)]
    answer: AnalyzeResponse,
    /// Whether it came from the cache; `timestamp` is then that of the first answer.
    cached: bool,
}

/// What the strategy says. A HOLD has no stop, target and size.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AnalyzeSignal)]
struct SignalView {
    /// BUY, SELL or HOLD.
    action: &'static str,
    /// ENTER_LONG, ENTER_SHORT or HOLD.
    entry_action: &'static str,
    /// Which way the indicators lean: BUY, SELL or NEUTRAL.
    #[schema(value_type = String)]
    signal: Direction,
    /// Strength in that direction, percent.
    confidence: f64,
    /// Why it is a HOLD.
    reason: Option<String>,
    /// Close of the last candle.
    entry_price: f64,
    stop_loss: Option<f64>,
    take_profit: Option<f64>,
    /// Base units.
    position_size: Option<f64>,
    /// Money lost at the stop.
    risk_amount: Option<f64>,
    /// The same in percent of the account.
    risk_percent: Option<f64>,
    /// Distance to the target over distance to the stop.
    risk_reward_ratio: Option<f64>,
    /// Average true range of 14 candles.
    atr: Option<f64>,
    /// UPTREND, DOWNTREND or SIDEWAYS.
    #[schema(value_type = Option<String>)]
    trend: Option<Trend>,
    /// LOW, MEDIUM or HIGH: the width of the Bollinger bands.
    #[schema(value_type = Option<String>)]
    volatility: Option<VolatilityLevel>,
    /// LOW, MEDIUM or HIGH: annual volatility up to 20 %, up to 40 %, above.
    risk_level: Option<&'static str>,
    /// Of holding over the candles sent, annual.
    sharpe_ratio: Option<f64>,
    /// Where the close lies between the Bollinger bands: 0 at the lower, 100 at the upper.
    bb_position: Option<f64>,
    /// Distance of the close from the pivot point of the day before, percent.
    distance_from_pivot: Option<f64>,
    /// How many timeframes look the same way, of how many that say anything.
    timeframes_aligned: String,
    /// Open of the last candle, RFC 3339.
    timestamp: String,
    /// Plain sentences, the outcome first.
    reasoning: Vec<String>,
}

/// Buy, sell or hold: the confluence strategy on the candles sent.
#[utoipa::path(post, path = "/api/strategy/analyze", tag = "strategy", request_body = AnalyzeRequest, responses(
    (status = 200, description = "The signal", body = AnalyzeAnswer),
    BodyRefused,
))]
pub(super) async fn analyze(State(state): State<AppState>, body: JsonBody) -> Result<Response, ApiError> {
    let clock = state.parts.clock;
    let key = key("analyze", &[&body.0]);
    state.cache.answer(key, compute(move || answer(&body, words(clock())))).await
}

fn answer(body: &JsonBody, timestamp: String) -> Result<AnalyzeResponse, ApiError> {
    let request: AnalyzeRequest = body.read()?;
    let config = &request.config;
    let in_range = |field: &str, value: f64, low: f64, high: f64| {
        if value >= low && value <= high {
            return Ok(());
        }
        Err(ApiError::field(field, format!("{value} is not allowed: expected {low} to {high}")))
    };
    in_range("config.min_confidence", config.min_confidence, 0.0, 100.0)?;
    in_range("config.max_risk_per_trade", config.max_risk_per_trade, 1e-9, 1.0)?;
    in_range("account_balance", request.account_balance, 1e-6, 1e15)?;
    let bars = request.data_1h.into_bars("data_1h")?;
    enough(&bars, FEWEST, "data_1h", "the strategy")?;
    let wanted = config.use_multi_timeframe.unwrap_or(request.data_4h.is_some() && request.data_1d.is_some());
    let mut longer: Vec<(Timeframe, Bars)> = Vec::new();
    for (field, timeframe, envelope) in
        [("data_4h", Timeframe::H4, request.data_4h), ("data_1d", Timeframe::D1, request.data_1d)]
    {
        if let Some(envelope) = envelope {
            longer.push((timeframe, envelope.into_bars(field)?));
        }
    }
    let higher: Vec<(Timeframe, BarsRef<'_>)> =
        if wanted { longer.iter().map(|(timeframe, bars)| (*timeframe, bars.view())).collect() } else { Vec::new() };
    let params = [
        ("min_confidence".to_owned(), ParamValue::Float(config.min_confidence)),
        ("timeframes".to_owned(), ParamValue::Int(higher.len() as i64)),
    ];
    let cannot = |error: mem_strategy::StrategyError| ApiError::cannot("data_1h", error.to_string());
    let strategy = Confluence::from_params(&params).map_err(cannot)?;
    let input = StrategyInput { bars: bars.view(), timeframe: Timeframe::H1, higher: &higher };
    let analysis = strategy.analyze(&input, bars.len() - 1).map_err(cannot)?;
    let signal = view(&strategy, &analysis, &bars, request.account_balance, config.max_risk_per_trade);
    Ok(AnalyzeResponse { success: true, symbol: request.symbol, signal, timestamp })
}

fn view(strategy: &Confluence, analysis: &Analysis, bars: &Bars, account: f64, max_risk: f64) -> SignalView {
    let acts = analysis.decision.is_some();
    let (action, entry_action, sign) = match analysis.overall_signal {
        Direction::Buy if acts => ("BUY", "ENTER_LONG", 1.0),
        Direction::Sell if acts => ("SELL", "ENTER_SHORT", -1.0),
        _ => ("HOLD", "HOLD", 0.0),
    };
    let decision = analysis.decision.as_ref();
    let level = |distance: Option<f64>, towards: f64| distance.map(|distance| analysis.price + towards * distance);
    let size = decision.and_then(|_| strategy.position_size(analysis, account, max_risk));
    let bands = &analysis.indicators.volatility;
    let bb_position = bands.bb_upper.zip(bands.bb_lower).and_then(|(upper, lower)| {
        Some((analysis.price - lower) / (upper - lower) * 100.0).filter(|place| place.is_finite())
    });
    let risk = holding(bars.view());
    SignalView {
        action,
        entry_action,
        signal: analysis.overall_signal,
        confidence: analysis.signal_strength,
        reason: (!acts).then(|| analysis.reasoning.first().cloned()).flatten(),
        entry_price: analysis.price,
        stop_loss: level(decision.and_then(|decision| decision.stop_distance), -sign),
        take_profit: level(decision.and_then(|decision| decision.target_distance), sign),
        position_size: size.map(|size| size.position_size),
        risk_amount: size.map(|size| size.risk_amount),
        risk_percent: size.map(|size| size.risk_percent),
        risk_reward_ratio: size.map(|size| size.risk_reward_ratio),
        atr: bands.atr,
        trend: analysis.trend_direction,
        volatility: analysis.volatility_level,
        risk_level: risk.volatility.map(|volatility| match volatility {
            volatility if volatility > 0.4 => "HIGH",
            volatility if volatility > 0.2 => "MEDIUM",
            _ => "LOW",
        }),
        sharpe_ratio: risk.sharpe,
        bb_position,
        distance_from_pivot: pivot(bars).map(|pivot| (analysis.price / pivot - 1.0) * 100.0),
        timeframes_aligned: analysis.timeframes_aligned.clone(),
        timestamp: words(analysis.timestamp),
        reasoning: analysis.reasoning.clone(),
    }
}

/// Figures of holding from the first close to the last.
fn holding(bars: BarsRef<'_>) -> mem_research::Metrics {
    mem_research::metrics(&MetricsInput {
        equity: bars.close,
        initial_capital: bars.close[0],
        ts_ns: bars.ts_ns,
        trades: &[],
        open_position: None,
        periods: periods_per_year(bars.ts_ns, Timeframe::H1),
    })
}

/// The standard pivot point in force at the last candle.
fn pivot(bars: &Bars) -> Option<f64> {
    let spec = find("pivot_points")?;
    let place = spec.outputs.iter().position(|output| *output == "pivot")?;
    let columns = spec.batch(bars.view(), &spec.defaults());
    columns.get(place)?.last().copied().filter(|pivot| pivot.is_finite())
}
