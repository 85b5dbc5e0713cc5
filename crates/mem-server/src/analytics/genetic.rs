//! `POST /api/phase2/genetic-optimize`: the parameters that did best.

use std::collections::BTreeMap;
use std::time::Instant;

use axum::extract::State;
use axum::response::Response;
use mem_indicators::ParamValue;
use mem_research::fitness::Fitness;
use mem_research::optimize::{Gene, Genetic, Optimization, OptimizeConfig, Search, Searched, optimize};
use mem_strategy::builtins;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Answered, answer, request};
use crate::body::JsonBody;
use crate::browse::ParamValueSchema;
use crate::error::{ApiError, BodyRefused, WorkRefused};
use crate::jobs::{Accepted, Job};
use crate::state::AppState;

/// What is asked.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GeneticRequest {
    /// A symbol of the catalog.
    symbol: String,
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
    /// Strategy.
    #[serde(default = "request::fast_score")]
    #[schema(default = "fast_score")]
    strategy: String,
    /// Parameters that are not searched and do not have their defaults.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, ParamValueSchema>)]
    params: BTreeMap<String, ParamValue>,
    /// Parameters that are searched: lowest, highest and perhaps the step; at least one.
    #[serde(default = "confidence")]
    parameter_ranges: BTreeMap<String, Vec<f64>>,
    /// Members of a generation, 2 to 10,000.
    #[serde(default = "twenty")]
    #[schema(default = 20, minimum = 2, maximum = 10000)]
    population_size: usize,
    /// Generations; together at most a million candidates.
    #[serde(default = "ten")]
    #[schema(default = 10, minimum = 1)]
    generations: usize,
    /// composite, or the name of a metric.
    #[serde(default = "composite")]
    #[schema(default = "composite")]
    fitness_function: String,
    /// Fee of every order as a fraction, 0 to 0.1.
    #[serde(default = "request::tenth_percent")]
    #[schema(default = 0.001, minimum = 0.0, maximum = 0.1)]
    commission: f64,
    /// Where randomness begins.
    #[serde(default = "seven")]
    #[schema(default = 7)]
    seed: u64,
    /// Share of the candles, the latest, that nothing is chosen by, 0 to 0.9.
    #[serde(default)]
    #[schema(default = 0.0, minimum = 0.0, maximum = 0.9)]
    holdout: f64,
    /// Stops after so many generations without anything better.
    #[schema(minimum = 1)]
    patience: Option<usize>,
}

fn confidence() -> BTreeMap<String, Vec<f64>> {
    [("min_confidence".to_owned(), vec![50.0, 90.0])].into()
}

fn twenty() -> usize {
    20
}

fn ten() -> usize {
    10
}

fn seven() -> u64 {
    7
}

fn composite() -> String {
    "composite".to_owned()
}

/// What came out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GeneticResults {
    /// Whether any candidate had a fitness.
    success: bool,
    /// Id in the run log, where every trial is.
    run_id: String,
    /// The parameters that were searched.
    #[schema(value_type = Option<Object>)]
    best_parameters: Option<serde_json::Value>,
    best_fitness: Option<f64>,
    /// The winner's fitness on the candles that nothing was chosen by.
    holdout_fitness: Option<f64>,
    /// Probability that the winner's Sharpe ratio is more than luck among so many tries.
    deflated_sharpe: Option<f64>,
    /// Seconds.
    total_time: f64,
    /// Generations that were bred.
    generations: usize,
    /// Candidates that were judged: none twice.
    evaluations: usize,
    history: Vec<GenerationView>,
}

/// One generation.
#[derive(Debug, Serialize, ToSchema)]
struct GenerationView {
    /// From 0.
    generation: usize,
    /// Best so far.
    best_fitness: Option<f64>,
    /// Mean of this generation.
    avg_fitness: Option<f64>,
    /// Parameters of the best so far.
    #[schema(value_type = Option<Object>)]
    best_genes: Option<serde_json::Value>,
}

/// The parameters of a strategy that did best on one symbol.
#[utoipa::path(post, path = "/api/phase2/genetic-optimize", tag = "analytics", request_body = GeneticRequest, responses(
    (status = 200, description = "What came out; `cached` says whether it was known", body = Answered<GeneticResults>),
    (status = 202, description = "The work goes on as a job", body = Accepted),
    BodyRefused,
    WorkRefused,
))]
pub(super) async fn genetic_optimize(State(state): State<AppState>, body: JsonBody) -> Result<Response, ApiError> {
    let asked: GeneticRequest = body.read()?;
    let (strategy, params) = request::strategy(&asked.strategy, &asked.params, None, "")?;
    let sim = request::simulation(&state, &*strategy, asked.commission, 10_000.0, "initial_capital")?;
    let fitness: Fitness = asked.fitness_function.parse().map_err(|error: mem_research::fitness::UnknownFitness| {
        ApiError::field("fitness_function", error.to_string())
    })?;
    let genes = genes(&asked)?;
    if !(0.0..=0.9).contains(&asked.holdout) {
        return Err(ApiError::field("holdout", format!("{} is not allowed: expected 0 to 0.9", asked.holdout)));
    }
    if asked.population_size < 2 || asked.population_size > 10_000 {
        let error = format!("{} is not allowed: expected 2 to 10000", asked.population_size);
        return Err(ApiError::field("population_size", error));
    }
    let elitism = 3.max(asked.population_size / 10).min(asked.population_size - 1);
    let symbols = vec![asked.symbol.clone()];
    let data = request::data(&state, symbols, "symbol", asked.venue.clone(), &asked.interval, &asked.period).await?;
    let config = OptimizeConfig {
        strategy: strategy.name().to_owned(),
        params,
        genes,
        search: Search::Genetic(Genetic {
            population: asked.population_size,
            generations: asked.generations,
            elitism,
            tournament: 3.min(asked.population_size),
            patience: asked.patience,
            ..Genetic::default()
        }),
        fitness,
        min_trades: 1,
        seed: asked.seed,
        holdout: asked.holdout,
        venue: data.venue.clone(),
        symbols: data.keys.iter().map(|key| key.symbol.clone()).collect(),
        timeframe: data.timeframe,
        higher: Vec::new(),
        from: data.from,
        to: None,
        sim,
    };
    config.validate()?;
    let keys = data.keys.clone();
    answer(&state, "genetic-optimize", &asked, data.keys, move |state, job| {
        let started = Instant::now();
        let found = search(state, job, &config, &keys)?;
        Ok(view(&found, started.elapsed().as_secs_f64()))
    })
    .await
}

fn genes(asked: &GeneticRequest) -> Result<Vec<Gene>, ApiError> {
    let specs = builtins().iter().find(|spec| spec.name == asked.strategy).map_or(&[][..], |spec| spec.params);
    let genes = asked.parameter_ranges.iter().map(|(name, range)| {
        let field = format!("parameter_ranges.{name}");
        let (low, high, step) = match range.as_slice() {
            [low, high] => (*low, *high, None),
            [low, high, step] => (*low, *high, Some(*step)),
            _ => return Err(ApiError::field(field, "expected [lowest, highest] or [lowest, highest, step]")),
        };
        Gene::between(name, low, high, step, specs).map_err(|error| ApiError::field(field, error.to_string()))
    });
    let genes = genes.collect::<Result<Vec<_>, _>>()?;
    if genes.is_empty() {
        return Err(ApiError::field("parameter_ranges", "nothing is searched: name a parameter and its range"));
    }
    Ok(genes)
}

fn search(
    state: &AppState,
    job: &Job,
    config: &OptimizeConfig,
    keys: &[mem_types::SeriesKey],
) -> Result<Optimization, ApiError> {
    let tell = |searched: Searched| {
        let best = searched.best.map_or_else(String::new, |best| format!("best {best:.4}"));
        job.tell(searched.done, searched.total, best);
    };
    let found = optimize(config, keys, &state.parts.catalog, &tell, &job.cancel)?;
    state.parts.runs.keep(&found, (state.parts.clock)())?;
    Ok(found)
}

fn view(found: &Optimization, total_time: f64) -> GeneticResults {
    let genes = |trial: usize| {
        let names = found.config.gene_names();
        let values = found.trials[trial].values.iter().map(|value| serde_json::json!(value));
        let named = names.into_iter().map(str::to_owned).zip(values);
        serde_json::Value::Object(named.collect())
    };
    GeneticResults {
        success: found.best.is_some(),
        run_id: found.id.clone(),
        best_parameters: found.best.as_ref().map(|best| genes(best.trial)),
        best_fitness: found.best.as_ref().map(|best| best.fitness),
        holdout_fitness: found.best.as_ref().and_then(|best| best.holdout_fitness),
        deflated_sharpe: found.best.as_ref().and_then(|best| best.deflated_sharpe),
        total_time,
        generations: found.generations.len(),
        evaluations: found.trials.len(),
        history: found
            .generations
            .iter()
            .map(|one| GenerationView {
                generation: one.generation,
                best_fitness: one.best_fitness,
                avg_fitness: one.mean_fitness,
                best_genes: one.best_trial.map(genes),
            })
            .collect(),
    }
}
