//! `POST /api/phase2/strategy-comparison`: several strategies on the same candles.

use std::collections::BTreeMap;
use std::time::Instant;

use axum::extract::State;
use axum::response::Response;
use mem_indicators::ParamValue;
use mem_research::compare::{
    Candidate, CompareConfig, Comparison, Rankings, Statistics, compare, rankings, statistics,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
pub(super) struct ComparisonRequest {
    /// A symbol of the catalog.
    symbol: String,
    /// Who is compared: 1 to 100, each with its own name.
    #[schema(min_items = 1, max_items = 100)]
    strategies: Vec<CandidateView>,
    /// How far back from the last candle: a number and d, wk, mo or y, or max.
    #[serde(default = "request::one_year")]
    #[schema(default = "1y")]
    period: String,
    /// Length of the candles.
    #[serde(default = "request::one_day")]
    #[schema(default = "1d")]
    interval: String,
    /// Venue, where several have the symbol.
    venue: Option<String>,
    /// Fee of every order as a fraction, 0 to 0.1.
    #[serde(default = "request::tenth_percent")]
    #[schema(default = 0.001, minimum = 0.0, maximum = 0.1)]
    commission: f64,
    /// Quote currency for each candidate.
    #[serde(default = "request::ten_thousand")]
    #[schema(default = 10000.0, exclusive_minimum = 0.0)]
    initial_capital: f64,
}

/// One of those compared.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CandidateView {
    /// What it is called.
    name: String,
    /// Confidence in percent that a trade needs, 0 to 100; the strategy's default where absent.
    #[schema(minimum = 0.0, maximum = 100.0)]
    min_confidence: Option<f64>,
    /// Strategy.
    #[serde(default = "request::fast_score")]
    #[schema(default = "fast_score")]
    strategy: String,
    /// Its parameters that do not have their defaults.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, ParamValueSchema>)]
    params: BTreeMap<String, ParamValue>,
}

/// What came out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ComparisonResults {
    /// Id in the run log.
    run_id: String,
    total_strategies: usize,
    /// Seconds.
    execution_time: f64,
    results: Vec<Compared>,
    /// Names from best to worst; who never traded stands last.
    #[schema(value_type = Object)]
    rankings: Rankings,
    /// The best by composite, if it traded at all.
    best_strategy: Option<Compared>,
    /// The spread of the returns, percent.
    #[schema(value_type = Object)]
    statistics: Option<Statistics>,
}

/// One candidate's results.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Compared {
    strategy_name: String,
    /// The candidate as it was asked for.
    #[schema(value_type = Object)]
    config: serde_json::Value,
    /// Its backtest, without trades: they are in the run `run_id`.
    #[schema(value_type = ResultView)]
    results: serde_json::Value,
    /// Its own run in the log.
    run_id: String,
    /// `0.4 return + 0.2 win rate + 0.2 Sharpe + 0.2 (1 - |drawdown|)`; null without trades.
    composite_score: Option<f64>,
}

/// Several strategies on the candles of one symbol.
#[utoipa::path(post, path = "/api/phase2/strategy-comparison", tag = "analytics", request_body = ComparisonRequest, responses(
    (status = 200, description = "What came out; `cached` says whether it was known", body = Answered<ComparisonResults>),
    (status = 202, description = "The work goes on as a job", body = Accepted),
    BodyRefused,
    WorkRefused,
))]
pub(super) async fn strategy_comparison(State(state): State<AppState>, body: JsonBody) -> Result<Response, ApiError> {
    let asked: ComparisonRequest = body.read()?;
    if asked.strategies.is_empty() || asked.strategies.len() > 100 {
        return Err(ApiError::field("strategies", "expected 1 to 100 strategies"));
    }
    let mut candidates: Vec<Candidate> = Vec::with_capacity(asked.strategies.len());
    for (index, one) in asked.strategies.iter().enumerate() {
        let field = format!("strategies[{index}]");
        if one.name.is_empty() || candidates.iter().any(|other| other.label == one.name) {
            return Err(ApiError::field(format!("{field}.name"), "expected a name that no other strategy has"));
        }
        let (built, params) = request::strategy(&one.strategy, &one.params, one.min_confidence, &field)?;
        let sim = request::simulation(&state, &*built, asked.commission, asked.initial_capital, "initial_capital")?;
        candidates.push(Candidate { label: one.name.clone(), strategy: one.strategy.clone(), params, sim });
    }
    let symbols = vec![asked.symbol.clone()];
    let data = request::data(&state, symbols, "symbol", asked.venue.clone(), &asked.interval, &asked.period).await?;
    let config = CompareConfig {
        candidates,
        venue: data.venue.clone(),
        symbols: data.keys.iter().map(|key| key.symbol.clone()).collect(),
        timeframe: data.timeframe,
        higher: Vec::new(),
        from: data.from,
        to: None,
    };
    let keys = data.keys.clone();
    let echo = asked.strategies.clone();
    answer(&state, "strategy-comparison", &asked, data.keys, move |state, job| {
        let started = Instant::now();
        let tell = |label: &str, progress: mem_research::run::Progress<'_>| {
            job.tell(progress.done, progress.total, label);
        };
        let found = compare(&config, &keys, &state.parts.catalog, &tell, &job.cancel)?;
        state.parts.runs.keep(&found, (state.parts.clock)())?;
        view(&found, &echo, started.elapsed().as_secs_f64())
    })
    .await
}

fn view(found: &Comparison, asked: &[CandidateView], execution_time: f64) -> Result<ComparisonResults, ApiError> {
    let mut results = Vec::with_capacity(found.rows.len());
    for ((row, run), candidate) in found.rows.iter().zip(&found.runs).zip(asked) {
        let Some((key, tested)) = run.tested().next() else {
            let reasons: Vec<&str> = run.series.iter().filter_map(|series| series.outcome.failure()).collect();
            return Err(ApiError::cannot("symbol", format!("{} cannot be tested: {}", row.label, reasons.join("; "))));
        };
        let tested = result(key.symbol.as_str(), tested, run.config.sim.initial_capital, false);
        results.push(Compared {
            strategy_name: row.label.clone(),
            config: super::object(candidate)?,
            results: super::object(tested)?,
            run_id: run.id.clone(),
            composite_score: row.composite,
        });
    }
    let rankings = rankings(&found.rows);
    let best = rankings.by_composite.first();
    let best_strategy =
        results.iter().find(|one| Some(&one.strategy_name) == best && one.composite_score.is_some()).cloned();
    let spread = statistics(&found.rows).map(|spread| Statistics {
        mean_return: spread.mean_return * 100.0,
        median_return: spread.median_return * 100.0,
        std_return: spread.std_return * 100.0,
        min_return: percent(Some(spread.min_return)).unwrap_or_default(),
        max_return: percent(Some(spread.max_return)).unwrap_or_default(),
    });
    Ok(ComparisonResults {
        run_id: found.id.clone(),
        total_strategies: results.len(),
        execution_time,
        results,
        rankings,
        best_strategy,
        statistics: spread,
    })
}
