//! `POST /api/phase2/parallel-backtest`: one strategy over many symbols, each with its own account.

use std::collections::BTreeMap;
use std::time::Instant;

use axum::extract::State;
use axum::response::Response;
use mem_indicators::ParamValue;
use mem_research::portfolio::{PortfolioConfig, Rebalance};
use mem_research::portfolio_run::PortfolioRun;
use mem_research::run::{Run, RunConfig, run};
use mem_strategy::Strategy;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::{FailureView, ResultView, failures, result};
use super::{Answered, answer, request};
use crate::body::JsonBody;
use crate::browse::ParamValueSchema;
use crate::error::{ApiError, BodyRefused, WorkRefused};
use crate::jobs::{Accepted, Job};
use crate::state::AppState;

/// What is asked.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ParallelRequest {
    /// Symbols of the catalog, each once.
    #[schema(min_items = 1, max_items = 1000)]
    symbols: Vec<String>,
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
    /// Quote currency for each symbol.
    #[serde(default = "request::ten_thousand")]
    #[schema(default = 10000.0, exclusive_minimum = 0.0)]
    initial_capital_per_symbol: f64,
    /// Whether the trades of every symbol are answered as well.
    #[serde(default = "yes")]
    #[schema(default = true)]
    include_trades: bool,
}

fn yes() -> bool {
    true
}

/// What came out. Percents, each symbol weighing the same.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ParallelResults {
    /// Always true.
    success: bool,
    /// Id in the run log.
    run_id: String,
    /// Seconds.
    execution_time: f64,
    total_symbols: usize,
    successful_symbols: usize,
    failed_symbols: usize,
    /// Mean of the returns, percent.
    portfolio_return: Option<f64>,
    /// Annual Sharpe ratio of all accounts taken together.
    portfolio_sharpe: Option<f64>,
    total_trades: usize,
    /// Percent, every trade weighing the same.
    weighted_win_rate: Option<f64>,
    /// Mean over the symbols where it is defined.
    avg_profit_factor: Option<f64>,
    /// Percent, positive.
    avg_max_drawdown: Option<f64>,
    best_symbol: Option<String>,
    best_return: Option<f64>,
    worst_symbol: Option<String>,
    worst_return: Option<f64>,
    individual_results: Vec<ResultView>,
    failed_symbols_details: Vec<FailureView>,
}

/// One strategy over many symbols.
#[utoipa::path(post, path = "/api/phase2/parallel-backtest", tag = "analytics", request_body = ParallelRequest, responses(
    (status = 200, description = "What came out; `cached` says whether it was known", body = Answered<ParallelResults>),
    (status = 202, description = "The work goes on as a job", body = Accepted),
    BodyRefused,
    WorkRefused,
))]
pub(super) async fn parallel_backtest(State(state): State<AppState>, body: JsonBody) -> Result<Response, ApiError> {
    let asked: ParallelRequest = body.read()?;
    let (strategy, _) = request::strategy(&asked.strategy, &asked.params, Some(asked.min_confidence), "")?;
    let capital = asked.initial_capital_per_symbol;
    let sim = request::simulation(&state, &*strategy, asked.commission, capital, "initial_capital_per_symbol")?;
    let data =
        request::data(&state, asked.symbols.clone(), "symbols", asked.venue.clone(), &asked.interval, &asked.period)
            .await?;
    let config = config_of(&*strategy, &data, sim);
    let keys = data.keys.clone();
    let with_trades = asked.include_trades;
    answer(&state, "parallel-backtest", &asked, data.keys, move |state, job| {
        let started = Instant::now();
        let run = tested(state, job, &config, &keys, &*strategy)?;
        let together = together(state, &run);
        Ok(view(&run, together, started.elapsed().as_secs_f64(), with_trades))
    })
    .await
}

/// A run of a strategy over the series of a request.
pub(super) fn config_of(strategy: &dyn Strategy, data: &request::Data, sim: mem_research::SimConfig) -> RunConfig {
    RunConfig {
        strategy: strategy.name().to_owned(),
        params: strategy.params(),
        venue: data.venue.clone(),
        symbols: data.keys.iter().map(|key| key.symbol.clone()).collect(),
        timeframe: data.timeframe,
        higher: Vec::new(),
        from: data.from,
        to: None,
        sim,
        model: None,
    }
}

/// Runs and keeps it. 422 if nothing could be tested.
pub(super) fn tested(
    state: &AppState,
    job: &Job,
    config: &RunConfig,
    keys: &[mem_types::SeriesKey],
    strategy: &dyn Strategy,
) -> Result<Run, ApiError> {
    let tell = |progress: mem_research::run::Progress<'_>| {
        job.tell(progress.done, progress.total, progress.key.to_string());
    };
    let run = run(config, keys, strategy, &state.parts.catalog, &tell, &job.cancel)?;
    if run.tested().next().is_none() {
        let reasons: Vec<&str> = run.series.iter().filter_map(|series| series.outcome.failure()).collect();
        return Err(ApiError::cannot("symbols", format!("nothing could be tested: {}", reasons.join("; "))));
    }
    state.parts.runs.keep(&run, (state.parts.clock)())?;
    Ok(run)
}

/// The Sharpe ratio of all accounts taken together, where they have a common time.
fn together(state: &AppState, run: &Run) -> Option<f64> {
    let free = PortfolioConfig { rebalance: Rebalance::Never, cost: 0.0, ..PortfolioConfig::default() };
    PortfolioRun::new(run.clone(), &free, &state.parts.catalog).ok()?.result.metrics.sharpe
}

fn view(run: &Run, portfolio_sharpe: Option<f64>, execution_time: f64, with_trades: bool) -> ParallelResults {
    let totals = run.totals();
    let mean = |values: Vec<f64>| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
    let metrics = || run.tested().map(|(_, tested)| &tested.summary.metrics);
    let capital = run.config.sim.initial_capital;
    ParallelResults {
        success: true,
        run_id: run.id.clone(),
        execution_time,
        total_symbols: run.series.len(),
        successful_symbols: totals.tested,
        failed_symbols: totals.failed + totals.not_run,
        portfolio_return: totals.mean_return_pct,
        portfolio_sharpe,
        total_trades: totals.trades,
        weighted_win_rate: totals.win_rate_pct,
        avg_profit_factor: mean(metrics().filter_map(|metrics| metrics.profit_factor).collect()),
        avg_max_drawdown: mean(
            metrics().filter_map(|metrics| metrics.max_drawdown).map(|fall| -fall * 100.0).collect(),
        ),
        best_symbol: totals.best.as_ref().map(|best| best.0.symbol.to_string()),
        best_return: totals.best.map(|best| best.1),
        worst_symbol: totals.worst.as_ref().map(|worst| worst.0.symbol.to_string()),
        worst_return: totals.worst.map(|worst| worst.1),
        individual_results: run
            .tested()
            .map(|(key, tested)| result(key.symbol.as_str(), tested, capital, with_trades))
            .collect(),
        failed_symbols_details: failures(&run.series),
    }
}
