//! Many accounts in, one portfolio out.
//!
//! What comes in: [`Sleeve`]s (a strategy's account over one symbol, marked at every bar's close) and a
//! [`PortfolioConfig`]. What goes out: a [`PortfolioResult`] on a common timeline, marked to market at every bar,
//! rebalanced with costs. No files, no clock; what is known at a bar depends on nothing after it.
//!
//! A sleeve's account scales with the capital that is in it: twice the capital, twice the position. That holds for
//! positions sized as a share of equity, and leaves out that a larger order may have a larger impact.
//!
//! The timeline has a row for every time at which any sleeve closes a bar; a sleeve without a bar at that time keeps
//! the value of its last close. Where all sleeves have one timeframe a row is named by its bar's open time; otherwise
//! sleeves are lined up by the ends of their bars, so that no long bar is known before it has ended, and a row is named
//! by that end less the shortest bar.
//!
//! Capital is placed before the first row and moved at the close of a rebalance's bar, with weights that have seen
//! closes up to the bar before.
//!
//! Modules in reading order: `config` (every assumption), `timeline` (the common rows), `shares` (target weights),
//! `moments` (scatter of returns), `risk_parity` (equal risk contributions), `account` (capital moved between sleeves), `course` (from row to row),
//! `dependence` (correlations and diversification).

mod account;
mod config;
mod course;
mod dependence;
mod moments;
mod risk_parity;
mod shares;
mod timeline;

use mem_types::{SeriesKey, Timeframe};
use serde::{Deserialize, Serialize};

use crate::calendar::periods_per_year;
use crate::error::ResearchError;
use crate::metrics::{Metrics, MetricsInput, metrics};
use course::Course;
use dependence::Dependence;
use shares::Shares;
use timeline::Timeline;

pub use config::{MissingData, PortfolioConfig, Rebalance, Weights};

/// One account to be combined: a strategy over one symbol.
#[derive(Debug, Clone, PartialEq)]
pub struct Sleeve<'a> {
    /// What it is called, unique among the sleeves: the symbol, or `strategy:symbol`.
    pub name: String,
    /// The series that it trades.
    pub key: SeriesKey,
    /// Open times of the bars, nanoseconds since the Unix epoch, ascending.
    pub ts_ns: &'a [i64],
    /// Close of every bar, above 0.
    pub close: &'a [f64],
    /// Account value at every bar's close.
    pub equity: &'a [f64],
    /// Account value before the first bar.
    pub initial_capital: f64,
    /// Position at every bar's close as a signed quantity in base units, run-length coded: `(first bar, quantity)`.
    pub positions: &'a [(usize, f64)],
}

/// A portfolio over time and what can be said about it. Money is in quote currency, shares are fractions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortfolioResult {
    /// The assumptions it was combined with.
    pub config: PortfolioConfig,
    /// Times of the rows, nanoseconds since the Unix epoch.
    pub ts_ns: Vec<i64>,
    /// Value of the portfolio at every row, after the costs of a rebalance at that row: the sum of what is in the
    /// sleeves.
    pub equity: Vec<f64>,
    /// The sleeves, in the order given.
    pub sleeves: Vec<SleeveResult>,
    /// Every placing of capital in order of time; the first is the start, before the first row.
    pub rebalances: Vec<Rebalancing>,
    /// The usual figures of `equity`. Trades belong to the sleeves' own tests: those figures are zero or undefined here,
    /// and so is the turnover. The exposure is the share of rows at which any sleeve with capital had a position.
    pub metrics: Metrics,
    /// Pearson correlation of the assets' returns for every pair of sleeves, over the bars that both have within the
    /// timeline; `None` with fewer than three returns or where one does not move.
    pub asset_correlation: Vec<Vec<Option<f64>>>,
    /// The same of the returns of the sleeves' accounts.
    pub strategy_correlation: Vec<Vec<Option<f64>>>,
    /// The pairs of different sleeves with a correlation beyond 0.7 either way.
    pub highly_correlated: Vec<CorrelatedPair>,
    /// Weighted average of the sleeves' volatilities over the volatility of the whole (Choueifaty and Coignard 2008), of
    /// the accounts' returns between bars that all sleeves with capital have, with `average_weight`. At least 1;
    /// `None` where nothing moves.
    pub diversification_ratio: Option<f64>,
    /// How many equally large sleeves would be as concentrated: 1 over the sum of squared average weights.
    pub effective_bets: Option<f64>,
    /// All that was paid for moving capital, the start included.
    pub rebalance_cost: f64,
    /// Capital moved between sleeves over the portfolio's value, added up over all rebalances and divided by the years;
    /// the start is not counted.
    pub turnover: Option<f64>,
    /// Returns that volatility weights were computed from; `None` for other weights.
    pub lookback_bars: Option<usize>,
    /// What was done with missing data and odd weights, in plain sentences.
    pub notes: Vec<String>,
}

/// One sleeve of a portfolio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SleeveResult {
    /// What it is called.
    pub name: String,
    /// The series that it trades.
    pub key: SeriesKey,
    /// What is in it at every row, in quote currency.
    pub capital: Vec<f64>,
    /// Mean share of the portfolio over all rows; 0 where it never had capital.
    pub average_weight: f64,
    /// Profit that the capital in it made. The contributions of all sleeves, less `rebalance_cost` of all, are the
    /// portfolio's profit.
    pub contribution: f64,
    /// Paid for moving capital into and out of it.
    pub rebalance_cost: f64,
}

/// One placing of capital.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rebalancing {
    /// Time of the row at whose close capital was moved; of the first row for the start, which is before it.
    pub ts_ns: i64,
    /// The target share of each sleeve, in their order; they add up to 1.
    pub weights: Vec<f64>,
    /// Capital that changed its place in quote currency: half the sum of all changes; all of it at the start.
    pub moved: f64,
    /// What that cost.
    pub cost: f64,
}

/// What a correlation is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnsOf {
    /// The close prices.
    Assets,
    /// The accounts.
    Strategies,
}

/// Two sleeves that move together, or against each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorrelatedPair {
    /// Name of the one.
    pub first: String,
    /// Name of the other.
    pub second: String,
    /// What moves together.
    pub of: ReturnsOf,
    /// How closely, -1 to 1.
    pub correlation: f64,
}

/// Combines accounts into a portfolio.
///
/// # Errors
/// An assumption is out of its range, a sleeve makes no sense, the sleeves have no common time, or there is too little
/// history for volatility weights.
pub fn combine(sleeves: &[Sleeve<'_>], config: &PortfolioConfig) -> Result<PortfolioResult, ResearchError> {
    config.validate()?;
    check_sleeves(sleeves)?;
    let mut notes = Vec::new();
    let shares = Shares::of(sleeves, config, &mut notes)?;
    let timeline = Timeline::of(sleeves, &shares.takes_part, config.missing, &mut notes)?;
    let course = Course::follow(sleeves, config, &shares, &timeline, &mut notes)?;

    let rows = course.first_row..timeline.ts_ns.len();
    let ts_ns = &timeline.ts_ns[rows.clone()];
    let periods = periods_per_year(ts_ns, timeline.shortest);
    let mut metrics = metrics(&MetricsInput {
        equity: &course.equity,
        initial_capital: config.initial_capital,
        ts_ns,
        trades: &[],
        open_position: None,
        periods,
    });
    metrics.exposure = metrics.exposure.map(|_| course.rows_in_market as f64 / ts_ns.len() as f64);
    metrics.turnover = None;

    let average_weights = course.average_weights();
    let dependence = Dependence::of(sleeves, &timeline, rows, &average_weights);
    let years = ts_ns.len() as f64 / periods.bars_per_year();
    let squares: f64 = average_weights.iter().map(|weight| weight * weight).sum();
    Ok(PortfolioResult {
        config: config.clone(),
        ts_ns: ts_ns.to_vec(),
        sleeves: sleeves
            .iter()
            .zip(course.sleeves)
            .zip(&average_weights)
            .map(|((sleeve, held), average_weight)| SleeveResult {
                name: sleeve.name.clone(),
                key: sleeve.key.clone(),
                capital: held.capital,
                average_weight: *average_weight,
                contribution: held.contribution,
                rebalance_cost: held.cost,
            })
            .collect(),
        equity: course.equity,
        rebalance_cost: course.rebalances.iter().map(|placing| placing.cost).sum(),
        rebalances: course.rebalances,
        metrics,
        highly_correlated: dependence.highly_correlated(sleeves),
        asset_correlation: dependence.assets,
        strategy_correlation: dependence.strategies,
        diversification_ratio: dependence.diversification_ratio,
        effective_bets: Some(1.0 / squares).filter(|bets| bets.is_finite()),
        turnover: Some(course.moved_shares / years).filter(|turnover| turnover.is_finite()),
        lookback_bars: shares.lookback_bars,
        notes,
    })
}

/// Whether the sleeves can be read at all.
fn check_sleeves(sleeves: &[Sleeve<'_>]) -> Result<(), ResearchError> {
    if sleeves.is_empty() {
        return Err(ResearchError::NoSleeves);
    }
    for (index, sleeve) in sleeves.iter().enumerate() {
        let problem = if sleeves[..index].iter().any(|other| other.name == sleeve.name) {
            Some("another sleeve has the same name".to_owned())
        } else {
            problem_of(sleeve)
        };
        if let Some(problem) = problem {
            return Err(ResearchError::Sleeve { name: sleeve.name.clone(), problem });
        }
    }
    Ok(())
}

fn problem_of(sleeve: &Sleeve<'_>) -> Option<String> {
    let bars = sleeve.ts_ns.len();
    if bars == 0 {
        return Some("it has no bars".to_owned());
    }
    if sleeve.close.len() != bars || sleeve.equity.len() != bars {
        return Some(format!("{bars} times, {} closes and {} values", sleeve.close.len(), sleeve.equity.len()));
    }
    if !(sleeve.initial_capital > 0.0 && sleeve.initial_capital.is_finite()) {
        return Some(format!("its initial capital is {}", sleeve.initial_capital));
    }
    if let Some(bar) = sleeve.ts_ns.windows(2).position(|pair| pair[0] >= pair[1]) {
        return Some(format!("bar {} is not later than the one before", bar + 1));
    }
    if let Some(bar) = sleeve.close.iter().position(|close| !(*close > 0.0 && close.is_finite())) {
        return Some(format!("the close of bar {bar} is {}", sleeve.close[bar]));
    }
    if let Some(bar) = sleeve.equity.iter().position(|equity| !equity.is_finite()) {
        return Some(format!("the value at bar {bar} is {}", sleeve.equity[bar]));
    }
    let in_order = sleeve.positions.windows(2).all(|pair| pair[0].0 < pair[1].0);
    let in_range = sleeve.positions.iter().all(|(bar, quantity)| *bar < bars && quantity.is_finite());
    (!in_order || !in_range).then(|| "its positions are not in order or beyond its bars".to_owned())
}

/// Most names in one sentence.
const MOST_NAMES: usize = 8;

/// Names one after the other; of many only the first and how many more.
fn list_names(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(MOST_NAMES);
    let listed: Vec<String> = names.take(MOST_NAMES).collect();
    let listed = listed.join(", ");
    if more > 0 { format!("{listed} and {more} more") } else { listed }
}

impl Sleeve<'_> {
    fn timeframe(&self) -> Timeframe {
        self.key.timeframe
    }

    /// Account value after so many bars.
    fn value_after(&self, bars: usize) -> f64 {
        bars.checked_sub(1).map_or(self.initial_capital, |bar| self.equity[bar])
    }

    /// Quantity held after so many bars, signed.
    fn position_after(&self, bars: usize) -> f64 {
        let changes = self.positions.partition_point(|(bar, _)| *bar < bars);
        changes.checked_sub(1).map_or(0.0, |change| self.positions[change].1)
    }

    /// Size of the position over the account's value after so many bars; 0 of an account that has lost everything.
    fn exposure_after(&self, bars: usize) -> f64 {
        let value = self.value_after(bars);
        if bars == 0 || value <= 0.0 {
            return 0.0;
        }
        self.position_after(bars).abs() * self.close[bars - 1] / value
    }
}
