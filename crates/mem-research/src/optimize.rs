//! The parameters that did best, and how much that is worth.
//!
//! What comes in: a strategy, genes (which parameters, and where to look), a [`Fitness`], a [`Search`], candles. What
//! goes out: an [`Optimization`] with every trial. Candidates are judged in parallel, decided upon one after the other:
//! same seed, same result, whatever the thread count.
//!
//! The best of many tries looks good even if none is. So the last part of the bars is held out: no candidate is chosen
//! by it, and the finalists are tested on it afterwards; and the Sharpe ratio of the winner is set against what the
//! best of as many skill-less tries would show.
//!
//! Modules in reading order: `space` (genes), `judge` (one candidate over all series), `genetic`, `grid` (the searches),
//! `deflated` (the Sharpe ratio after so many tries).

mod deflated;
mod genetic;
mod grid;
mod judge;
mod space;

use std::sync::atomic::{AtomicBool, Ordering};

use mem_indicators::ParamValue;
use mem_types::{SeriesKey, Symbol, Timeframe, Timestamp, Venue};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::config::SimConfig;
use crate::error::ResearchError;
use crate::fitness::Fitness;
use crate::market::{Market, Scope};
use crate::metrics::Metrics;
use crate::run::{SeriesSource, code_version, content_id};
use judge::Judge;

pub use deflated::deflated_sharpe;
pub use genetic::Genetic;
pub use judge::Figures;
pub(crate) use judge::mean;
pub use space::{Gene, GeneRange};

/// The best trials that are tested on the held-out bars.
const FINALISTS: usize = 20;

/// Trials of one search at the most: every one of them is kept.
pub const MOST_TRIALS: usize = 1_000_000;

/// How candidates are found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "method")]
pub enum Search {
    /// Generations of candidates, each bred from the best of the one before.
    Genetic(Genetic),
    /// Every combination. A number without a step is taken at eleven points.
    Grid,
    /// Candidates drawn evenly from the space.
    Random {
        /// How many.
        samples: usize,
    },
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptimizeConfig {
    /// Name of the strategy.
    pub strategy: String,
    /// Parameters that are not searched and do not have their defaults.
    pub params: Vec<(String, ParamValue)>,
    /// Parameters that are searched, and where.
    pub genes: Vec<Gene>,
    /// How.
    pub search: Search,
    /// What is made large. Over several series: its mean over those where it is defined, at least half of them.
    pub fitness: Fitness,
    /// Closed positions that a test needs in order to count.
    pub min_trades: usize,
    /// Where randomness begins: equal seeds give equal results.
    pub seed: u64,
    /// Share of the bars, the latest ones, that no candidate is chosen by. 0 searches on all.
    pub holdout: f64,
    /// Only series of this venue, if one was named.
    pub venue: Option<Venue>,
    /// The symbols asked for.
    pub symbols: Vec<Symbol>,
    /// Length of the bars.
    pub timeframe: Timeframe,
    /// Longer timeframes whose own recorded bars the strategy is given.
    pub higher: Vec<Timeframe>,
    /// Bars that open at or after this instant; from the beginning where absent.
    pub from: Option<Timestamp>,
    /// Bars that open before this instant; to the end where absent.
    pub to: Option<Timestamp>,
    /// The assumptions of the simulation.
    pub sim: SimConfig,
}

/// A finished search, or as much of it as was done when it was stopped.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimization {
    /// First 12 hexadecimal digits of the SHA-256 of what determines the results.
    pub id: String,
    /// Version of the program.
    pub code_version: String,
    /// What was asked.
    pub config: OptimizeConfig,
    /// Whether it was stopped before its end.
    pub partial: bool,
    /// What it was judged on.
    pub series: Vec<Judged>,
    /// How many different candidates the space holds; `None` if a number may be anything in between.
    pub possible: Option<u64>,
    /// Every candidate that was judged, in the order of the search; each once.
    pub trials: Vec<Trial>,
    /// How the search went on; a single entry for grid and random search.
    pub generations: Vec<Generation>,
    /// The winner; `None` if no candidate had a fitness.
    pub best: Option<Best>,
    /// The best trials of all, best first, on the held-out bars.
    pub finalists: Vec<Finalist>,
}

/// One series that candidates were judged on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// Which series.
    pub key: SeriesKey,
    /// How many bars, the held-out ones included.
    pub bars: usize,
    /// Bars that candidates were chosen by: the first so many.
    pub searched_bars: usize,
    /// Open time of the first bar.
    pub first: Timestamp,
    /// Open time of the first held-out bar, if any is held out.
    pub held_out_from: Option<Timestamp>,
    /// Open time of the last bar.
    pub last: Timestamp,
    /// SHA-256 over the values of the bars.
    pub fingerprint: String,
    /// Fingerprints of whatever else was looked at, by name.
    pub further_data: Vec<(String, String)>,
}

/// One candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Values of the genes, in their order.
    pub values: Vec<ParamValue>,
    /// The generation that it was first judged in, from 0.
    pub generation: usize,
    /// How good it is: larger is better. `None` if it cannot be said.
    pub fitness: Option<f64>,
    /// Why it could not be tested at all: parameters that do not go together.
    pub failure: Option<String>,
    /// Its figures over all series.
    pub figures: Figures,
}

/// One generation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generation {
    /// Which, from 0.
    pub generation: usize,
    /// Candidates judged in it for the first time.
    pub judged: usize,
    /// The trial that is best so far.
    pub best_trial: Option<usize>,
    /// Its fitness.
    pub best_fitness: Option<f64>,
    /// Mean fitness of the generation's candidates that have one.
    pub mean_fitness: Option<f64>,
    /// Standard deviation of a mutation as a share of a gene's range; 0 where nothing mutates.
    pub mutation_scale: f64,
}

/// The winner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Best {
    /// Which trial.
    pub trial: usize,
    /// Every parameter of the strategy, in its own order.
    pub params: Vec<(String, ParamValue)>,
    /// Its fitness on the bars searched.
    pub fitness: f64,
    /// Its fitness on the held-out bars.
    pub holdout_fitness: Option<f64>,
    /// Probability that its Sharpe ratio is more than luck among so many tries; see [`deflated_sharpe`].
    pub deflated_sharpe: Option<f64>,
    /// Its figures, series by series.
    pub series: Vec<BestSeries>,
}

/// The winner on one series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BestSeries {
    /// Which series.
    pub key: SeriesKey,
    /// On the bars searched.
    pub searched: Metrics,
    /// On the held-out bars.
    pub held_out: Option<Metrics>,
}

/// One of the best trials on bars that it was not chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finalist {
    /// Which trial.
    pub trial: usize,
    /// Its fitness there.
    pub holdout_fitness: Option<f64>,
    /// Its mean total return there, as a fraction.
    pub holdout_return: Option<f64>,
}

/// How far a search has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Searched {
    /// Candidates judged.
    pub done: usize,
    /// Candidates to be judged at the most.
    pub total: usize,
    /// The best fitness so far.
    pub best: Option<f64>,
}

impl OptimizeConfig {
    /// Whether everything lies in its range.
    ///
    /// # Errors
    /// Names the first thing that does not.
    pub fn validate(&self) -> Result<(), ResearchError> {
        self.sim.validate()?;
        ResearchError::check_range("holdout", self.holdout, 0.0..=0.9)?;
        if self.genes.is_empty() {
            let problem = "nothing is searched: name a parameter and its range".to_owned();
            return Err(ResearchError::Space { gene: self.strategy.clone(), problem });
        }
        for (index, gene) in self.genes.iter().enumerate() {
            let twice = self.genes[..index].iter().any(|other| other.name == gene.name)
                || self.params.iter().any(|(name, _)| *name == gene.name);
            if twice {
                let problem = "it is given twice".to_owned();
                return Err(ResearchError::Space { gene: gene.name.clone(), problem });
            }
        }
        match &self.search {
            Search::Genetic(genetic) => genetic.validate(),
            Search::Random { samples } => {
                ResearchError::check_range("samples", *samples as f64, 1.0..=MOST_TRIALS as f64)
            }
            Search::Grid => {
                let count = grid::count(&self.genes);
                if count > MOST_TRIALS as u64 {
                    let problem = format!(
                        "the grid has {count} combinations, {MOST_TRIALS} at most are tried: take wider steps, or search \
                         at random or genetically"
                    );
                    return Err(ResearchError::Space { gene: self.gene_names().join(", "), problem });
                }
                Ok(())
            }
        }
    }

    /// Names of the genes, in order.
    pub fn gene_names(&self) -> Vec<&str> {
        self.genes.iter().map(|gene| gene.name.as_str()).collect()
    }
}

/// Searches, on as many threads as the current rayon pool has.
///
/// Once `cancel` is set, candidates that have not begun are left out and the result is marked partial.
///
/// # Errors
/// If the configuration is invalid, a series cannot be read or has no bars, or no combination of parameters can be
/// tested at all.
pub fn optimize(
    config: &OptimizeConfig,
    series: &[SeriesKey],
    source: &dyn SeriesSource,
    progress: &(dyn Fn(Searched) + Sync),
    cancel: &AtomicBool,
) -> Result<Optimization, ResearchError> {
    config.validate()?;
    if series.is_empty() {
        return Err(ResearchError::NoSeries);
    }
    let scope = Scope { higher: &config.higher, from: config.from, to: config.to };
    let markets = series.par_iter().map(|key| Market::load(key, scope, source)).collect::<Result<Vec<_>, _>>()?;
    let judge = Judge::new(config, &markets)?;
    let total = match &config.search {
        Search::Genetic(genetic) => genetic.population * genetic.generations,
        Search::Grid => grid::count(&config.genes) as usize,
        Search::Random { samples } => *samples,
    };
    let mut tell = |trials: &[Trial], best: Option<usize>| {
        let best = best.and_then(|best| trials[best].fitness);
        progress(Searched { done: trials.len(), total: total.max(trials.len()), best });
    };
    let found = match &config.search {
        Search::Genetic(genetic) => genetic::search(genetic, &judge, &mut tell, cancel),
        Search::Grid => grid::search(grid::every(&config.genes), total, &judge, &mut tell, cancel),
        Search::Random { samples } => {
            grid::search(grid::random(&config.genes, config.seed), *samples, &judge, &mut tell, cancel)
        }
    };
    let partial = cancel.load(Ordering::Relaxed) && found.trials.len() < total;
    let nothing_tested = found.trials.iter().all(|trial| trial.failure.is_some());
    if let (false, true, Some(first)) = (partial, nothing_tested, found.trials.first()) {
        let problem = format!("no combination can be tested: {}", first.failure.as_deref().unwrap_or_default());
        return Err(ResearchError::Space { gene: config.gene_names().join(", "), problem });
    }
    finish(config, &judge, found, partial)
}

/// What a search found.
struct Found {
    trials: Vec<Trial>,
    generations: Vec<Generation>,
}

fn finish(
    config: &OptimizeConfig,
    judge: &Judge<'_>,
    found: Found,
    partial: bool,
) -> Result<Optimization, ResearchError> {
    let Found { trials, generations } = found;
    let mut ranked: Vec<usize> = (0..trials.len()).filter(|index| trials[*index].fitness.is_some()).collect();
    // Stable: of equals the one that was found first.
    ranked.sort_by(|a, b| compare_fitness(trials[*b].fitness, trials[*a].fitness));
    ranked.truncate(FINALISTS);
    let finalists = ranked
        .par_iter()
        .map(|index| judge.finalist(*index, &trials[*index].values))
        .collect::<Result<Vec<Finalist>, _>>()?;
    let best = match ranked.first() {
        Some(index) => Some(judge.winner(*index, &trials)?),
        None => None,
    };
    let best = best
        .map(|best| Best { holdout_fitness: finalists.first().and_then(|finalist| finalist.holdout_fitness), ..best });
    let series = judge.judged();
    let mut optimization = Optimization {
        id: String::new(),
        code_version: code_version(),
        config: config.clone(),
        partial,
        series,
        possible: possible(&config.genes),
        trials,
        generations,
        best,
        finalists: if config.holdout > 0.0 { finalists } else { Vec::new() },
    };
    optimization.id = optimization.content_id();
    Ok(optimization)
}

/// How many candidates there are.
fn possible(genes: &[Gene]) -> Option<u64> {
    genes.iter().try_fold(1_u64, |count, gene| Some(count.saturating_mul(gene.count()? as u64)))
}

/// Orders by fitness; none is less than any.
fn compare_fitness(a: Option<f64>, b: Option<f64>) -> std::cmp::Ordering {
    let number = |fitness: Option<f64>| fitness.unwrap_or(f64::NEG_INFINITY);
    number(a).total_cmp(&number(b))
}

impl Optimization {
    /// The id of this content.
    pub(crate) fn content_id(&self) -> String {
        let data: Vec<_> = self.series.iter().map(|one| (&one.key, &one.fingerprint, &one.further_data)).collect();
        let done = self.partial.then_some(self.trials.len());
        content_id(&("optimization", &self.config, &self.code_version, done, data))
    }

    /// Whether any of the candles come from a simulated market.
    pub fn is_simulated(&self) -> bool {
        self.series.iter().any(|series| series.key.venue.as_str() == crate::run::SIMULATED_VENUE)
    }
}
