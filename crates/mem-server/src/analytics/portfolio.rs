//! `POST /api/phase2/portfolio-backtest`: one strategy over many symbols with one capital.

use std::collections::BTreeMap;
use std::time::Instant;

use axum::extract::State;
use axum::response::Response;
use mem_indicators::ParamValue;
use mem_research::portfolio::{CorrelatedPair, MissingData, PortfolioConfig, Rebalance, Rebalancing, Weights};
use mem_research::portfolio_run::PortfolioRun;
use mem_types::{Symbol, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::parallel::{config_of, tested};
use super::view::{ResultView, percent, result};
use super::{Answered, answer, request};
use crate::body::JsonBody;
use crate::browse::ParamValueSchema;
use crate::error::{ApiError, BodyRefused, WorkRefused};
use crate::jobs::Accepted;
use crate::state::AppState;

/// What is asked.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PortfolioRequest {
    /// Symbols of the catalog, each once.
    #[schema(min_items = 1, max_items = 1000)]
    symbols: Vec<String>,
    /// Shares by symbol, for `allocation_strategy` custom; scaled to add up to 1.
    #[serde(default)]
    weights: BTreeMap<String, f64>,
    /// How far back from the last candle: a number and d, wk, mo or y, or max.
    #[serde(default = "request::one_year")]
    #[schema(default = "1y")]
    period: String,
    /// Length of the candles.
    #[serde(default = "request::one_day")]
    #[schema(default = "1d")]
    interval: String,
    /// Venue, where several have the symbols.
    venue: Option<String>,
    /// Strategy.
    #[serde(default = "request::fast_score")]
    #[schema(default = "fast_score")]
    strategy: String,
    /// Its parameters that do not have their defaults.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, ParamValueSchema>)]
    params: BTreeMap<String, ParamValue>,
    /// Confidence in percent that a trade needs, 0 to 100.
    #[serde(default = "request::sixty")]
    #[schema(default = 60.0, minimum = 0.0, maximum = 100.0)]
    min_confidence: f64,
    /// Fee of every order as a fraction, 0 to 0.1.
    #[serde(default = "request::tenth_percent")]
    #[schema(default = 0.001, minimum = 0.0, maximum = 0.1)]
    commission: f64,
    /// Quote currency of the whole.
    #[serde(default = "hundred_thousand")]
    #[schema(default = 100000.0, exclusive_minimum = 0.0)]
    initial_capital: f64,
    /// How capital is shared out.
    #[serde(default)]
    allocation_strategy: Allocation,
    /// When the shares are restored.
    #[serde(default)]
    rebalance_frequency: Frequency,
    /// Candles that volatility weights look back, 2 to 10,000,000; a rule by their length where absent.
    #[schema(minimum = 2, maximum = 10000000)]
    lookback_bars: Option<usize>,
    /// What is done with symbols that do not cover the same times.
    #[serde(default)]
    missing_data: Missing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Allocation {
    #[default]
    Equal,
    Custom,
    InverseVolatility,
    RiskParity,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Frequency {
    Never,
    Daily,
    Weekly,
    #[default]
    Monthly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Missing {
    #[default]
    Intersection,
    LateJoin,
    Fail,
}

fn hundred_thousand() -> f64 {
    100_000.0
}

/// What came out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PortfolioResults {
    /// Id in the run log, with the equity at every bar.
    run_id: String,
    portfolio_metrics: PortfolioMetrics,
    /// By symbol, without trades: each symbol's own account before capital was moved.
    individual_results: BTreeMap<String, ResultView>,
    /// Correlation of the prices by symbol and symbol; null where undefined.
    correlation_matrix: BTreeMap<String, BTreeMap<String, Option<f64>>>,
    /// The same of the accounts.
    strategy_correlation_matrix: BTreeMap<String, BTreeMap<String, Option<f64>>>,
    /// Pairs with a correlation beyond 0.7.
    #[schema(value_type = Vec<Object>)]
    highly_correlated: Vec<CorrelatedPair>,
    /// Money in each symbol at the start.
    allocation: BTreeMap<String, f64>,
    /// Money in each symbol at the end.
    final_allocation: BTreeMap<String, f64>,
    /// Every placing of capital.
    #[schema(value_type = Vec<Object>)]
    rebalances: Vec<Rebalancing>,
    /// What was done with missing data and odd weights.
    notes: Vec<String>,
    /// Seconds.
    total_time: f64,
}

/// The whole.
#[derive(Debug, Serialize, ToSchema)]
struct PortfolioMetrics {
    initial_capital: f64,
    /// Marked to market.
    final_value: Option<f64>,
    /// Percent.
    total_return: Option<f64>,
    total_trades: usize,
    /// Percent, every trade weighing the same.
    portfolio_win_rate: Option<f64>,
    /// Annual, from the portfolio's equity.
    portfolio_sharpe: Option<f64>,
    portfolio_sortino: Option<f64>,
    /// Percent, positive, of the portfolio's equity.
    portfolio_max_dd: Option<f64>,
    /// Mean of the symbols' own returns, percent.
    avg_individual_return: Option<f64>,
    /// Return less that mean, percent points.
    diversification_benefit: Option<f64>,
    /// Weighted volatility over the volatility of the whole.
    diversification_ratio: Option<f64>,
    num_symbols: usize,
    /// Paid for moving capital.
    rebalance_cost: f64,
    /// RFC 3339.
    start_date: Option<String>,
    /// RFC 3339.
    end_date: Option<String>,
}

/// One strategy over many symbols with one capital.
#[utoipa::path(post, path = "/api/phase2/portfolio-backtest", tag = "analytics", request_body = PortfolioRequest, responses(
    (status = 200, description = "What came out; `cached` says whether it was known", body = Answered<PortfolioResults>),
    (status = 202, description = "The work goes on as a job", body = Accepted),
    BodyRefused,
    WorkRefused,
))]
pub(super) async fn portfolio_backtest(State(state): State<AppState>, body: JsonBody) -> Result<Response, ApiError> {
    let asked: PortfolioRequest = body.read()?;
    let (strategy, _) = request::strategy(&asked.strategy, &asked.params, Some(asked.min_confidence), "")?;
    let sim = request::simulation(&state, &*strategy, asked.commission, asked.initial_capital, "initial_capital")?;
    let portfolio = settings(&asked)?;
    let data =
        request::data(&state, asked.symbols.clone(), "symbols", asked.venue.clone(), &asked.interval, &asked.period)
            .await?;
    let config = config_of(&*strategy, &data, sim);
    let keys = data.keys.clone();
    answer(&state, "portfolio-backtest", &asked, data.keys, move |state, job| {
        let started = Instant::now();
        let run = tested(state, job, &config, &keys, &*strategy)?;
        let found = PortfolioRun::new(run, &portfolio, &state.parts.catalog)?;
        state.parts.runs.keep(&found, (state.parts.clock)())?;
        Ok(view(&found, started.elapsed().as_secs_f64()))
    })
    .await
}

fn settings(asked: &PortfolioRequest) -> Result<PortfolioConfig, ApiError> {
    let weights = match asked.allocation_strategy {
        Allocation::Equal => Weights::Equal,
        Allocation::InverseVolatility => Weights::InverseVolatility,
        Allocation::RiskParity => Weights::RiskParity,
        Allocation::Custom => {
            if asked.weights.is_empty() {
                return Err(ApiError::field("weights", "allocation_strategy custom needs a share for each symbol"));
            }
            Weights::Custom(shares(asked)?)
        }
    };
    let config = PortfolioConfig {
        weights,
        rebalance: match asked.rebalance_frequency {
            Frequency::Never => Rebalance::Never,
            Frequency::Daily => Rebalance::Daily,
            Frequency::Weekly => Rebalance::Weekly,
            Frequency::Monthly => Rebalance::Monthly,
        },
        lookback_bars: asked.lookback_bars,
        missing: match asked.missing_data {
            Missing::Intersection => MissingData::Intersection,
            Missing::LateJoin => MissingData::LateJoin,
            Missing::Fail => MissingData::Fail,
        },
        cost: asked.commission,
        initial_capital: asked.initial_capital,
    };
    config.validate()?;
    Ok(config)
}

/// The shares with their symbols in the form that the catalog has.
fn shares(asked: &PortfolioRequest) -> Result<Vec<(String, f64)>, ApiError> {
    let mut shares: Vec<(String, f64)> = Vec::new();
    for (name, share) in &asked.weights {
        let field = format!("weights.{name}");
        let symbol: Symbol =
            name.parse().map_err(|error: mem_types::NameError| ApiError::field(field.as_str(), error.to_string()))?;
        if !asked.symbols.iter().any(|asked| asked.parse().is_ok_and(|asked: Symbol| asked == symbol)) {
            return Err(ApiError::field(field, format!("{symbol} is not among the symbols")));
        }
        if !(0.0..=1e9).contains(share) {
            return Err(ApiError::field(field, format!("{share} is not allowed: expected 0 to 1e9")));
        }
        shares.push((symbol.to_string(), *share));
    }
    if shares.iter().map(|(_, share)| share).sum::<f64>() <= 0.0 {
        return Err(ApiError::field("weights", "the shares add up to nothing"));
    }
    Ok(shares)
}

fn view(found: &PortfolioRun, total_time: f64) -> PortfolioResults {
    let PortfolioRun { run, result: portfolio, .. } = found;
    let totals = run.totals();
    let total_return = percent(portfolio.metrics.total_return);
    let named = |matrix: &[Vec<Option<f64>>]| {
        let names = || portfolio.sleeves.iter().map(|sleeve| sleeve.name.clone());
        names().zip(matrix).map(|(name, row)| (name, names().zip(row.iter().copied()).collect())).collect()
    };
    let date = |ts: Option<&i64>| ts.map(|ts| Timestamp::from_nanos(*ts).to_string());
    let start = portfolio.rebalances.first().map_or(&[][..], |start| start.weights.as_slice());
    let invested = portfolio.config.initial_capital;
    PortfolioResults {
        run_id: found.id.clone(),
        portfolio_metrics: PortfolioMetrics {
            initial_capital: invested,
            final_value: portfolio.equity.last().copied(),
            total_return,
            total_trades: totals.trades,
            portfolio_win_rate: totals.win_rate_pct,
            portfolio_sharpe: portfolio.metrics.sharpe,
            portfolio_sortino: portfolio.metrics.sortino,
            portfolio_max_dd: percent(portfolio.metrics.max_drawdown.map(f64::abs)),
            avg_individual_return: totals.mean_return_pct,
            diversification_benefit: total_return.zip(totals.mean_return_pct).map(|(whole, mean)| whole - mean),
            diversification_ratio: portfolio.diversification_ratio,
            num_symbols: portfolio.sleeves.len(),
            rebalance_cost: portfolio.rebalance_cost,
            start_date: date(portfolio.ts_ns.first()),
            end_date: date(portfolio.ts_ns.last()),
        },
        individual_results: run
            .tested()
            .map(|(key, tested)| {
                let symbol = key.symbol.to_string();
                let view = result(&symbol, tested, run.config.sim.initial_capital, false);
                (symbol, view)
            })
            .collect(),
        correlation_matrix: named(&portfolio.asset_correlation),
        strategy_correlation_matrix: named(&portfolio.strategy_correlation),
        highly_correlated: portfolio.highly_correlated.clone(),
        allocation: portfolio
            .sleeves
            .iter()
            .zip(start)
            .map(|(sleeve, weight)| (sleeve.name.clone(), weight * invested))
            .collect(),
        final_allocation: portfolio
            .sleeves
            .iter()
            .filter_map(|sleeve| Some((sleeve.name.clone(), *sleeve.capital.last()?)))
            .collect(),
        rebalances: portfolio.rebalances.clone(),
        notes: portfolio.notes.clone(),
        total_time,
    }
}
