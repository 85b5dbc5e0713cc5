//! Several strategies on the same candles, ranked.
//!
//! What comes in: candidates (a strategy, its parameters, its assumptions) and series. What goes out: a
//! [`Comparison`]: a [`Run`] for each candidate, and what they rank by. A candidate that never trades ranks last
//! everywhere: it did nothing.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use mem_indicators::ParamValue;
use mem_types::{SeriesKey, Symbol, Timeframe, Timestamp, Venue};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::config::SimConfig;
use crate::error::ResearchError;
use crate::metrics::Metrics;
use crate::optimize::Figures;
use crate::run::{Progress, Run, RunConfig, SeriesSource, code_version, content_id, run};

/// One of those compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// What it is called, unlike any other.
    pub label: String,
    /// Name of the strategy.
    pub strategy: String,
    /// Parameters that do not have their defaults.
    pub params: Vec<(String, ParamValue)>,
    /// The assumptions of its simulation.
    pub sim: SimConfig,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompareConfig {
    /// Who is compared.
    pub candidates: Vec<Candidate>,
    /// Only series of this venue, if one was named.
    pub venue: Option<Venue>,
    /// The symbols asked for.
    pub symbols: Vec<Symbol>,
    /// Length of the bars.
    pub timeframe: Timeframe,
    /// Longer timeframes whose own recorded bars the strategies are given.
    pub higher: Vec<Timeframe>,
    /// Bars that open at or after this instant; from the beginning where absent.
    pub from: Option<Timestamp>,
    /// Bars that open before this instant; to the end where absent.
    pub to: Option<Timestamp>,
}

/// A finished comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// First 12 hexadecimal digits of the SHA-256 of what determines the results.
    pub id: String,
    /// Version of the program.
    pub code_version: String,
    /// What was asked.
    pub config: CompareConfig,
    /// Whether it was stopped before every candidate had its turn on every series.
    pub partial: bool,
    /// One entry a candidate, in the order asked.
    pub rows: Vec<Row>,
    /// The runs behind the rows.
    pub runs: Vec<Run>,
}

/// One candidate's results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The candidate.
    pub label: String,
    /// Its run.
    pub run: String,
    /// Means over the series, each series weighing the same.
    pub figures: Figures,
    /// `0.4 return + 0.2 win rate + 0.2 Sharpe + 0.2 (1 - |drawdown|)` of those means, as the reference system mixes
    /// them; `None` without trades.
    pub composite: Option<f64>,
    /// Mean of the final equities, in quote currency.
    pub final_equity: Option<f64>,
    /// Series tested.
    pub tested: usize,
    /// Series on which it did better than buying and holding.
    pub beat_buy_and_hold: usize,
}

/// Labels from best to worst. Who has no trades, or whose figure is undefined, stands at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rankings {
    /// By mean total return.
    pub by_return: Vec<String>,
    /// By mean Sharpe ratio.
    pub by_sharpe: Vec<String>,
    /// By mean win rate.
    pub by_win_rate: Vec<String>,
    /// By mean profit factor.
    pub by_profit_factor: Vec<String>,
    /// By [`Row::composite`].
    pub by_composite: Vec<String>,
}

/// The spread of the candidates' mean returns, as fractions; the deviation is that of the population.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Statistics {
    pub mean_return: f64,
    pub median_return: f64,
    pub std_return: f64,
    pub min_return: f64,
    pub max_return: f64,
}

/// Tests every candidate on every series.
///
/// `progress` is told of every series of every candidate, with the candidate's label. Once `cancel` is set, tests that
/// have not begun are left out and the result is marked partial.
///
/// # Errors
/// If there is no candidate or no series, two candidates have the same label, or a candidate cannot be built.
pub fn compare(
    config: &CompareConfig,
    series: &[SeriesKey],
    source: &dyn SeriesSource,
    progress: &(dyn Fn(&str, Progress<'_>) + Sync),
    cancel: &AtomicBool,
) -> Result<Comparison, ResearchError> {
    let mut labels = HashSet::new();
    for candidate in &config.candidates {
        if !labels.insert(candidate.label.as_str()) {
            return Err(ResearchError::SameLabel { label: candidate.label.clone() });
        }
    }
    if series.is_empty() || config.candidates.is_empty() {
        return Err(ResearchError::NoSeries);
    }
    let strategies = config.candidates.iter().map(|one| mem_strategy::build(&one.strategy, &one.params));
    let strategies = strategies.collect::<Result<Vec<_>, _>>()?;
    let (done, total) = (AtomicUsize::new(0), series.len() * strategies.len());
    let tests = config.candidates.par_iter().zip(&strategies).map(|(candidate, strategy)| {
        let config = RunConfig {
            strategy: candidate.strategy.clone(),
            params: candidate.params.clone(),
            venue: config.venue.clone(),
            symbols: config.symbols.clone(),
            timeframe: config.timeframe,
            higher: config.higher.clone(),
            from: config.from,
            to: config.to,
            sim: candidate.sim.clone(),
            model: None,
        };
        let tell = |one: Progress<'_>| {
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            progress(&candidate.label, Progress { done, total, ..one });
        };
        run(&config, series, &**strategy, source, &tell, cancel)
    });
    let runs = tests.collect::<Result<Vec<Run>, _>>()?;
    Ok(Comparison::of(config.clone(), runs))
}

impl Comparison {
    pub(crate) fn of(config: CompareConfig, runs: Vec<Run>) -> Self {
        let rows: Vec<Row> =
            config.candidates.iter().zip(&runs).map(|(candidate, run)| row(&candidate.label, run)).collect();
        let code_version = code_version();
        let id = Self::content_id(&config, &code_version, &rows);
        Self { id, code_version, partial: runs.iter().any(|run| run.partial), config, rows, runs }
    }

    /// The id of a comparison: what was asked, and the runs that came of it.
    pub(crate) fn content_id(config: &CompareConfig, code_version: &str, rows: &[Row]) -> String {
        let members: Vec<&str> = rows.iter().map(|row| row.run.as_str()).collect();
        content_id(&("comparison", config, code_version, members))
    }

    /// Whether any of the candles come from a simulated market.
    pub fn is_simulated(&self) -> bool {
        self.runs.iter().any(Run::is_simulated)
    }
}

/// The rankings of some rows.
pub fn rankings(rows: &[Row]) -> Rankings {
    let by = |value: fn(&Row) -> Option<f64>| {
        let mut ranked: Vec<&Row> = rows.iter().collect();
        let key = |row: &Row| value(row).filter(|_| row.figures.trades > 0).unwrap_or(f64::NEG_INFINITY);
        ranked.sort_by(|a, b| key(b).total_cmp(&key(a)));
        ranked.into_iter().map(|row| row.label.clone()).collect()
    };
    Rankings {
        by_return: by(|row| row.figures.total_return),
        by_sharpe: by(|row| row.figures.sharpe),
        by_win_rate: by(|row| row.figures.win_rate),
        by_profit_factor: by(|row| row.figures.profit_factor),
        by_composite: by(|row| row.composite),
    }
}

/// The spread of the returns of some rows; `None` if none is defined.
pub fn statistics(rows: &[Row]) -> Option<Statistics> {
    let mut returns: Vec<f64> = rows.iter().filter_map(|row| row.figures.total_return).collect();
    returns.sort_by(f64::total_cmp);
    let (min, max) = (*returns.first()?, *returns.last()?);
    let count = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / count;
    let variance = returns.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    let middle = returns.len() / 2;
    let median =
        if returns.len() % 2 == 1 { returns[middle] } else { f64::midpoint(returns[middle - 1], returns[middle]) };
    Some(Statistics {
        mean_return: mean,
        median_return: median,
        std_return: variance.sqrt(),
        min_return: min,
        max_return: max,
    })
}

fn row(label: &str, run: &Run) -> Row {
    let metrics: Vec<Metrics> = run.tested().map(|(_, tested)| tested.summary.metrics.clone()).collect();
    let figures = Figures::mean(&metrics);
    let ends: Vec<f64> = run.tested().filter_map(|(_, tested)| tested.equity.last().copied()).collect();
    let totals = run.totals();
    Row {
        label: label.to_owned(),
        run: run.id.clone(),
        composite: composite(&figures),
        final_equity: (!ends.is_empty()).then(|| ends.iter().sum::<f64>() / ends.len() as f64),
        tested: totals.tested,
        beat_buy_and_hold: totals.beat_buy_and_hold,
        figures,
    }
}

fn composite(figures: &Figures) -> Option<f64> {
    let Figures { total_return, win_rate, sharpe, max_drawdown, .. } = figures;
    Some(0.4 * (*total_return)? + 0.2 * (*win_rate)? + 0.2 * (*sharpe)? + 0.2 * (1.0 - max_drawdown.as_ref()?.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(label: &str, trades: usize, total_return: f64, sharpe: Option<f64>) -> Row {
        let figures = Figures {
            trades,
            total_return: Some(total_return),
            sharpe,
            win_rate: (trades > 0).then_some(0.5),
            max_drawdown: Some(-0.1),
            ..Figures::default()
        };
        let composite = composite(&figures);
        Row {
            label: label.to_owned(),
            run: String::new(),
            figures,
            composite,
            final_equity: None,
            tested: 1,
            beat_buy_and_hold: 0,
        }
    }

    #[test]
    fn who_does_nothing_ranks_last() {
        let rows = [row("idle", 0, 0.0, None), row("loss", 5, -0.2, Some(-1.0)), row("gain", 5, 0.3, Some(0.5))];
        let found = rankings(&rows);
        for ranking in [&found.by_return, &found.by_sharpe, &found.by_composite] {
            assert_eq!(*ranking, ["gain", "loss", "idle"]);
        }
        assert!((rows[2].composite.unwrap() - (0.12 + 0.1 + 0.1 + 0.18)).abs() < 1e-12);
    }

    #[test]
    fn the_spread_of_returns() {
        let rows = [row("a", 1, 0.1, None), row("b", 1, 0.3, None)];
        let found = statistics(&rows).unwrap();
        assert!((found.mean_return - 0.2).abs() < 1e-12 && (found.std_return - 0.1).abs() < 1e-12);
        assert!((found.median_return - 0.2).abs() < 1e-12);
        assert_eq!(statistics(&[]), None);
    }
}
