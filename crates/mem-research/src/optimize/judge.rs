//! One candidate over all series: figures and fitness.

use mem_indicators::ParamValue;
use mem_strategy::{Shelf, Strategy, StrategyError, build};
use mem_types::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Best, BestSeries, Finalist, Judged, OptimizeConfig, Trial, deflated_sharpe};
use crate::error::ResearchError;
use crate::market::Market;
use crate::metrics::Metrics;

/// Fewer bars than these on either side of the split tell nothing.
const FEWEST_BARS: usize = 30;

/// Indicator columns that candidates share take up so much memory at the most, over all series.
const SHARED_BYTES: usize = 128 << 20;

/// What is kept of every trial: means over the series where a figure is defined, as fractions and ratios.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Closed positions of all series.
    pub trades: usize,
    /// Mean of [`Metrics::total_return`].
    pub total_return: Option<f64>,
    /// Mean of [`Metrics::annual_return`].
    pub annual_return: Option<f64>,
    /// Mean of [`Metrics::volatility`].
    pub volatility: Option<f64>,
    /// Mean of [`Metrics::sharpe`].
    pub sharpe: Option<f64>,
    /// Mean of [`Metrics::sortino`].
    pub sortino: Option<f64>,
    /// Mean of [`Metrics::calmar`].
    pub calmar: Option<f64>,
    /// Mean of [`Metrics::max_drawdown`].
    pub max_drawdown: Option<f64>,
    /// Mean of [`Metrics::win_rate`].
    pub win_rate: Option<f64>,
    /// Mean of [`Metrics::profit_factor`].
    pub profit_factor: Option<f64>,
    /// Mean of [`Metrics::exposure`].
    pub exposure: Option<f64>,
    /// Mean of [`Metrics::turnover`].
    pub turnover: Option<f64>,
}

impl Figures {
    /// The means over some tests.
    pub fn mean(of: &[Metrics]) -> Self {
        let mean = |value: fn(&Metrics) -> Option<f64>| mean(of.iter().filter_map(value));
        Self {
            trades: of.iter().map(|metrics| metrics.total_trades).sum(),
            total_return: mean(|metrics| metrics.total_return),
            annual_return: mean(|metrics| metrics.annual_return),
            volatility: mean(|metrics| metrics.volatility),
            sharpe: mean(|metrics| metrics.sharpe),
            sortino: mean(|metrics| metrics.sortino),
            calmar: mean(|metrics| metrics.calmar),
            max_drawdown: mean(|metrics| metrics.max_drawdown),
            win_rate: mean(|metrics| metrics.win_rate),
            profit_factor: mean(|metrics| metrics.profit_factor),
            exposure: mean(|metrics| metrics.exposure),
            turnover: mean(|metrics| metrics.turnover),
        }
    }
}

/// The mean of what there is.
pub(crate) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

/// Judges candidates.
pub(super) struct Judge<'a> {
    pub(super) config: &'a OptimizeConfig,
    markets: &'a [Market],
    /// Of each market the first held-out bar, or the end.
    splits: Vec<usize>,
    /// Of each market what the candidates share over the bars searched.
    shelves: Vec<Shelf<'a>>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(config: &'a OptimizeConfig, markets: &'a [Market]) -> Result<Self, ResearchError> {
        let mut splits = Vec::with_capacity(markets.len());
        for market in markets {
            let bars = market.bars().len();
            let split = if config.holdout > 0.0 { (bars as f64 * (1.0 - config.holdout)) as usize } else { bars };
            let held_out = bars - split;
            if split < FEWEST_BARS || (config.holdout > 0.0 && held_out < FEWEST_BARS) {
                return Err(ResearchError::TooFewBars { key: market.key().clone(), bars, searched: split, held_out });
            }
            splits.push(split);
        }
        let shelf = |(market, split): (&'a Market, &usize)| market.shelf(*split, SHARED_BYTES / markets.len());
        let shelves = markets.iter().zip(&splits).map(shelf).collect();
        Ok(Self { config, markets, splits, shelves })
    }

    /// The strategy of a candidate.
    fn strategy(&self, values: &[ParamValue]) -> Result<Box<dyn Strategy>, StrategyError> {
        let mut params = self.config.params.clone();
        params.extend(self.config.genes.iter().map(|gene| gene.name.clone()).zip(values.iter().cloned()));
        build(&self.config.strategy, &params)
    }

    /// One candidate on the bars searched.
    pub(super) fn trial(&self, values: Vec<ParamValue>, generation: usize) -> Trial {
        let tested = self.strategy(&values).map_err(ResearchError::from).and_then(|strategy| self.searched(&*strategy));
        match tested {
            Ok(metrics) => {
                let fitness = self.fitness(&metrics);
                Trial { values, generation, fitness, failure: None, figures: Figures::mean(&metrics) }
            }
            Err(error) => {
                let failure = Some(error.with_causes());
                Trial { values, generation, fitness: None, failure, figures: Figures::default() }
            }
        }
    }

    /// The mean over the series where fitness is defined; `None` if those are less than half.
    fn fitness(&self, metrics: &[Metrics]) -> Option<f64> {
        let fitness: Vec<f64> =
            metrics.iter().filter_map(|metrics| self.config.fitness.of(metrics, self.config.min_trades)).collect();
        if 2 * fitness.len() < metrics.len() {
            return None;
        }
        mean(fitness.into_iter())
    }

    fn searched(&self, strategy: &dyn Strategy) -> Result<Vec<Metrics>, ResearchError> {
        let markets = self.markets.par_iter().zip(&self.shelves);
        markets.map(|(market, shelf)| market.figures_on(shelf, strategy, &self.config.sim)).collect()
    }

    fn held_out(&self, strategy: &dyn Strategy) -> Result<Vec<Metrics>, ResearchError> {
        let markets = self.markets.par_iter().zip(&self.splits);
        markets.map(|(market, split)| market.figures_from(*split, strategy, &self.config.sim)).collect()
    }

    /// One of the best on the held-out bars, if any are.
    pub(super) fn finalist(&self, trial: usize, values: &[ParamValue]) -> Result<Finalist, ResearchError> {
        if self.config.holdout == 0.0 {
            return Ok(Finalist { trial, holdout_fitness: None, holdout_return: None });
        }
        let metrics = self.held_out(&*self.strategy(values)?)?;
        Ok(Finalist {
            trial,
            holdout_fitness: self.fitness(&metrics),
            holdout_return: Figures::mean(&metrics).total_return,
        })
    }

    /// Everything about the best trial but its fitness on the held-out bars.
    pub(super) fn winner(&self, index: usize, trials: &[Trial]) -> Result<Best, ResearchError> {
        let trial = &trials[index];
        let strategy = self.strategy(&trial.values)?;
        let held_out = if self.config.holdout > 0.0 { self.held_out(&*strategy)? } else { Vec::new() };
        let searched = self.searched(&*strategy)?;
        let series = self.markets.iter().zip(searched).enumerate().map(|(place, (market, searched))| BestSeries {
            key: market.key().clone(),
            searched,
            held_out: held_out.get(place).cloned(),
        });
        let series: Vec<BestSeries> = series.collect();
        let of_trials: Vec<f64> = trials.iter().filter_map(|trial| trial.figures.sharpe).collect();
        Ok(Best {
            trial: index,
            params: strategy.params(),
            fitness: trial.fitness.unwrap_or_default(),
            holdout_fitness: None,
            deflated_sharpe: self.deflated(&series, &of_trials),
            series,
        })
    }

    /// Bar by bar: ratios are annual, so their squares are divided by the bars of a year.
    fn deflated(&self, series: &[BestSeries], sharpe_of_trials: &[f64]) -> Option<f64> {
        let of = |value: fn(&Metrics) -> Option<f64>| mean(series.iter().filter_map(|one| value(&one.searched)));
        let per_bar = of(|metrics| Some(metrics.bars_per_year))?.sqrt().recip();
        let sharpe = of(|metrics| metrics.sharpe)? * per_bar;
        let trials: Vec<f64> = sharpe_of_trials.iter().map(|sharpe| sharpe * per_bar).collect();
        let bars = self.splits.iter().copied().min()?;
        deflated_sharpe(sharpe, &trials, bars, of(|metrics| metrics.skew)?, of(|metrics| metrics.kurtosis)?)
    }

    /// What candidates are judged on.
    pub(super) fn judged(&self) -> Vec<Judged> {
        let describe = |(market, split): (&Market, &usize)| {
            let times = market.bars().ts_ns;
            let time = |index: usize| Timestamp::from_nanos(times[index]);
            Judged {
                key: market.key().clone(),
                bars: times.len(),
                searched_bars: *split,
                first: time(0),
                held_out_from: (*split < times.len()).then(|| time(*split)),
                last: time(times.len() - 1),
                fingerprint: market.fingerprint().to_owned(),
                further_data: market.further_data().to_vec(),
            }
        };
        self.markets.iter().zip(&self.splits).map(describe).collect()
    }
}
