//! One strategy over many series: what was asked, and everything that came out.
//!
//! What comes in: a [`RunConfig`], a strategy and a [`SeriesSource`] of candles. What goes out: a [`Run`], in the
//! order of the series, the same bytes whatever the thread count. It reads no clock and writes no file.

mod advised;
mod execute;

use mem_indicators::ParamValue;
use mem_types::{SeriesKey, Symbol, Timeframe, Timestamp, Venue};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::SimConfig;
use crate::metrics::Metrics;
use crate::result::{OpenPosition, TradeRecord};

pub use advised::{Advising, ModelUse, run_advised};
pub use execute::{Progress, SeriesSource, WithTexts, run};

/// What a run was asked to do. Stored with its results; equal configurations print to equal bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// Name of the strategy.
    pub strategy: String,
    /// Every parameter of the strategy with the value that was used, in the strategy's own order.
    pub params: Vec<(String, ParamValue)>,
    /// Only series of this venue, if one was named.
    pub venue: Option<Venue>,
    /// The symbols asked for.
    pub symbols: Vec<Symbol>,
    /// Length of the bars.
    pub timeframe: Timeframe,
    /// Longer timeframes whose own recorded bars the strategy is given. Without any, a strategy that wants longer bars
    /// builds them from closed bars of the series.
    pub higher: Vec<Timeframe>,
    /// Bars that open at or after this instant; from the beginning where absent.
    pub from: Option<Timestamp>,
    /// Bars that open before this instant; to the end where absent.
    pub to: Option<Timestamp>,
    /// The assumptions of the simulation.
    pub sim: SimConfig,
    /// The model that has a say, if one has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelUse>,
}

/// A finished run, or as much of it as was done when it was stopped.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// First 12 hexadecimal digits of the SHA-256 of what determines the results: configuration, data, code.
    pub id: String,
    /// Version of the program, with the commit where it is known.
    pub code_version: String,
    /// What was asked.
    pub config: RunConfig,
    /// Whether the run was stopped before every series was done.
    pub partial: bool,
    /// One entry per series, in the order asked.
    pub series: Vec<SeriesRun>,
}

/// One series of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRun {
    /// Which series.
    pub key: SeriesKey,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of one series.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It was tested.
    Tested(Box<Tested>),
    /// It could not be tested, and why. The other series are not affected.
    Failed(String),
    /// The run was stopped before its turn.
    NotRun,
}

/// The results of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Tested {
    /// Everything but the columns.
    pub summary: Summary,
    /// Closed positions in order of exit.
    pub trades: Vec<TradeRecord>,
    /// Open times of the bars, nanoseconds since the Unix epoch.
    pub ts_ns: Vec<i64>,
    /// Account value at each bar's close.
    pub equity: Vec<f64>,
}

/// The results of one series without its columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Open time of the first bar.
    pub first: Timestamp,
    /// Open time of the last bar.
    pub last: Timestamp,
    /// How many bars.
    pub bars: usize,
    /// SHA-256 over the values of the bars, see [`mem_store::catalog::fingerprint_bars`].
    pub fingerprint: String,
    /// Fingerprints of whatever else was looked at, by name: bars of longer timeframes (`4h`), recorded `funding`.
    pub further_data: Vec<(String, String)>,
    /// Return in percent of buying at the first bar's open and holding to the last close, before costs.
    pub buy_and_hold_pct: f64,
    /// The figures.
    pub metrics: Metrics,
    /// The position that was open at the end, if any.
    pub open_position: Option<OpenPosition>,
    /// All fees paid.
    pub fees_paid: f64,
    /// All funding and borrow cost paid.
    pub carry_paid: f64,
    /// Traded notional, entries and exits added up.
    pub traded_notional: f64,
    /// Entries wanted but not made.
    pub refused_entries: usize,
}

/// Simple figures over all series of a run. Every series has its own account: this is no portfolio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// Series tested.
    pub tested: usize,
    /// Series that could not be tested.
    pub failed: usize,
    /// Series not reached before the run was stopped.
    pub not_run: usize,
    /// Closed positions of all series.
    pub trades: usize,
    /// Winners among all closed positions in percent, every trade weighing the same; `None` without trades.
    pub win_rate_pct: Option<f64>,
    /// Mean of the total returns in percent; `None` if nothing was tested.
    pub mean_return_pct: Option<f64>,
    /// Median of the total returns in percent.
    pub median_return_pct: Option<f64>,
    /// Highest total return in percent, and whose.
    pub best: Option<(SeriesKey, f64)>,
    /// Lowest total return in percent, and whose.
    pub worst: Option<(SeriesKey, f64)>,
    /// How many series did better than buying and holding.
    pub beat_buy_and_hold: usize,
}

impl Run {
    /// Puts a run together and names it by its content.
    pub(crate) fn new(config: RunConfig, code_version: String, series: Vec<SeriesRun>) -> Self {
        let partial = series.iter().any(|series| series.outcome == Outcome::NotRun);
        let id = run_id(&config, &code_version, partial, &series);
        Self { id, code_version, config, partial, series }
    }

    /// The id that this content has; differs from [`Run::id`] only if a stored run was tampered with.
    pub(crate) fn content_id(&self) -> String {
        run_id(&self.config, &self.code_version, self.partial, &self.series)
    }

    /// The series that were tested, with their results.
    pub fn tested(&self) -> impl Iterator<Item = (&SeriesKey, &Tested)> {
        self.series.iter().filter_map(|series| Some((&series.key, series.outcome.tested()?)))
    }

    /// Whether any of the candles come from a simulated market.
    pub fn is_simulated(&self) -> bool {
        self.series.iter().any(|series| series.key.venue.as_str() == SIMULATED_VENUE)
    }

    /// Simple figures over all series.
    pub fn totals(&self) -> Totals {
        let count = |wanted: fn(&Outcome) -> bool| self.series.iter().filter(|series| wanted(&series.outcome)).count();
        let returns: Vec<(&SeriesKey, f64)> =
            self.tested().map(|(key, tested)| (key, self.return_pct(tested))).collect();
        let trades = self.tested().map(|(_, tested)| tested.trades.len()).sum();
        let winners = self.tested().flat_map(|(_, tested)| &tested.trades).filter(|trade| trade.pnl > 0.0).count();
        // The first of equals, so that the answer does not depend on how the maximum is searched.
        let best = returns.iter().copied().reduce(|best, next| if next.1 > best.1 { next } else { best });
        let worst = returns.iter().copied().reduce(|worst, next| if next.1 < worst.1 { next } else { worst });
        let named = |(key, value): (&SeriesKey, f64)| (key.clone(), value);
        Totals {
            tested: returns.len(),
            failed: count(|outcome| matches!(outcome, Outcome::Failed(_))),
            not_run: count(|outcome| matches!(outcome, Outcome::NotRun)),
            trades,
            win_rate_pct: (trades > 0).then(|| winners as f64 / trades as f64 * 100.0),
            mean_return_pct: mean(returns.iter().map(|(_, value)| *value)),
            median_return_pct: median(returns.iter().map(|(_, value)| *value).collect()),
            best: best.map(named),
            worst: worst.map(named),
            beat_buy_and_hold: self
                .tested()
                .filter(|(_, tested)| self.return_pct(tested) > tested.summary.buy_and_hold_pct)
                .count(),
        }
    }

    /// Total return of one series in percent of the initial capital.
    pub(crate) fn return_pct(&self, tested: &Tested) -> f64 {
        let start = self.config.sim.initial_capital;
        tested.equity.last().map_or(0.0, |end| (end / start - 1.0) * 100.0)
    }
}

/// The venue whose candles were made up by MEM's own generator.
pub const SIMULATED_VENUE: &str = "simulated";

impl Outcome {
    /// The results, if it was tested.
    pub fn tested(&self) -> Option<&Tested> {
        match self {
            Self::Tested(tested) => Some(tested),
            Self::Failed(_) | Self::NotRun => None,
        }
    }

    /// Why there are no results, in words; `None` if there are.
    pub fn failure(&self) -> Option<&str> {
        match self {
            Self::Tested(_) => None,
            Self::Failed(reason) => Some(reason),
            Self::NotRun => Some("not tested: the run was stopped before its turn"),
        }
    }
}

/// The version of this program that goes into every run: the crate's version and the first eight hexadecimal digits
/// of a hash over the sources that determine results, so that a run made by changed code is another run.
pub fn code_version() -> String {
    format!("{}+{}", env!("CARGO_PKG_VERSION"), env!("MEM_SOURCES"))
}

/// What determines the results, in the order in which it is hashed.
#[derive(Serialize)]
struct Identity<'a> {
    config: &'a RunConfig,
    code_version: &'a str,
    partial: bool,
    data: Vec<DataIdentity<'a>>,
}

/// What one series was tested on, or why it was not.
#[derive(Serialize)]
struct DataIdentity<'a> {
    key: &'a SeriesKey,
    fingerprint: Option<&'a str>,
    further_data: &'a [(String, String)],
    failure: Option<&'a str>,
}

fn run_id(config: &RunConfig, code_version: &str, partial: bool, series: &[SeriesRun]) -> String {
    let data = series.iter().map(|series| {
        let summary = series.outcome.tested().map(|tested| &tested.summary);
        DataIdentity {
            key: &series.key,
            fingerprint: summary.map(|summary| summary.fingerprint.as_str()),
            further_data: summary.map_or(&[], |summary| &summary.further_data),
            failure: series.outcome.failure(),
        }
    });
    content_id(&Identity { config, code_version, partial, data: data.collect() })
}

/// First 12 hexadecimal digits of the SHA-256 of a content.
pub(crate) fn content_id(content: &impl Serialize) -> String {
    let json = serde_json::to_vec(content).expect("a configuration has text keys only");
    hex(&Sha256::digest(json))[..12].to_owned()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let count = values.len();
    (count > 0).then(|| values.sum::<f64>() / count as f64)
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}
