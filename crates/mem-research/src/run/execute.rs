//! Running: load, decide, simulate and measure, series by series on all cores.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use mem_store::catalog::{Catalog, CatalogError, Instrument, fingerprint_bars};
use mem_strategy::{Strategy, StrategyInput};
use mem_types::{Bars, Funding, SeriesKey, Timestamp};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{Outcome, Run, RunConfig, SeriesRun, Summary, Tested, code_version, hex};
use crate::calendar::periods_per_year;
use crate::error::ResearchError;
use crate::metrics::{MetricsInput, metrics};
use crate::simulate::simulate;

/// Where the candles of a run come from.
pub trait SeriesSource: Sync {
    /// The bars of a series that open within `[from, to)`; an open end is unbounded.
    ///
    /// # Errors
    /// If there is no such series or it cannot be read.
    fn load(&self, key: &SeriesKey, from: Option<Timestamp>, to: Option<Timestamp>) -> Result<Bars, ResearchError>;

    /// The funding payments of the series' instrument in the same span, in order of time; none by default.
    ///
    /// # Errors
    /// If they cannot be read.
    fn funding(
        &self,
        _key: &SeriesKey,
        _from: Option<Timestamp>,
        _to: Option<Timestamp>,
    ) -> Result<Vec<Funding>, ResearchError> {
        Ok(Vec::new())
    }
}

/// One more series is done; told from whichever thread did it.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// How many series are done, this one included.
    pub done: usize,
    /// How many there are.
    pub total: usize,
    /// The series.
    pub key: &'a SeriesKey,
    /// What became of it.
    pub outcome: &'a Outcome,
}

impl SeriesSource for Catalog {
    fn load(&self, key: &SeriesKey, from: Option<Timestamp>, to: Option<Timestamp>) -> Result<Bars, ResearchError> {
        Ok(self.read_bars(key, from, to)?)
    }

    /// The recorded payments, if the catalog has any for this instrument.
    fn funding(
        &self,
        key: &SeriesKey,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Vec<Funding>, ResearchError> {
        let instrument = Instrument { venue: key.venue.clone(), symbol: key.symbol.clone() };
        match self.read_funding(&instrument, from, to) {
            Err(CatalogError::NotFound { .. }) => Ok(Vec::new()),
            payments => Ok(payments?),
        }
    }
}

/// Tests a strategy on every series, on as many threads as the current rayon pool has. The strategy's own name and
/// parameters take the place of those in `config`.
///
/// A series that cannot be tested keeps its reason in the result and does not disturb the others. Once `cancel` is
/// set, series that have not begun are left out and the run is marked partial; those under way are finished. The
/// bars of a series are dropped as soon as it is done.
///
/// # Errors
/// If the configuration is invalid or no series is given.
pub fn run(
    config: &RunConfig,
    series: &[SeriesKey],
    strategy: &dyn Strategy,
    source: &dyn SeriesSource,
    progress: &(dyn Fn(Progress<'_>) + Sync),
    cancel: &AtomicBool,
) -> Result<Run, ResearchError> {
    config.sim.validate()?;
    if series.is_empty() {
        return Err(ResearchError::NoSeries);
    }
    let config = &RunConfig { strategy: strategy.name().to_owned(), params: strategy.params(), ..config.clone() };
    let done = AtomicUsize::new(0);
    let results = series.par_iter().map(|key| {
        if cancel.load(Ordering::Relaxed) {
            return SeriesRun { key: key.clone(), outcome: Outcome::NotRun };
        }
        let outcome = match test_series(config, key, strategy, source) {
            Ok(tested) => Outcome::Tested(Box::new(tested)),
            Err(error) => Outcome::Failed(error.with_causes()),
        };
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        progress(Progress { done, total: series.len(), key, outcome: &outcome });
        SeriesRun { key: key.clone(), outcome }
    });
    Ok(Run::new(config.clone(), code_version(), results.collect()))
}

fn test_series(
    config: &RunConfig,
    key: &SeriesKey,
    strategy: &dyn Strategy,
    source: &dyn SeriesSource,
) -> Result<Tested, ResearchError> {
    let (from, to) = (config.from, config.to);
    let bars = source.load(key, from, to)?;
    let mut further_data = Vec::new();
    let mut higher = Vec::with_capacity(config.higher.len());
    for timeframe in &config.higher {
        let longer = source.load(&SeriesKey { timeframe: *timeframe, ..key.clone() }, from, to)?;
        further_data.push((timeframe.to_string(), fingerprint_bars(longer.view())));
        higher.push((*timeframe, longer));
    }
    let funding = source.funding(key, from, to)?;
    if !funding.is_empty() {
        further_data.push(("funding".to_owned(), fingerprint_funding(&funding)));
    }
    let higher: Vec<_> = higher.iter().map(|(timeframe, longer)| (*timeframe, longer.view())).collect();
    let input = StrategyInput { bars: bars.view(), timeframe: key.timeframe, higher: &higher };
    test_bars(config, key, strategy, &input, &funding, further_data)
}

/// Tests a strategy on the bars of one series.
fn test_bars(
    config: &RunConfig,
    key: &SeriesKey,
    strategy: &dyn Strategy,
    input: &StrategyInput<'_>,
    funding: &[Funding],
    further_data: Vec<(String, String)>,
) -> Result<Tested, ResearchError> {
    let bars = input.bars;
    let (Some(first), Some(last)) = (bars.ts_ns.first(), bars.ts_ns.last()) else {
        return Err(ResearchError::NoBars { key: key.clone() });
    };
    let decisions = strategy.decide(input)?;
    let backtest = simulate(bars, key.timeframe, &decisions, funding, &config.sim)?;
    let metrics = metrics(&MetricsInput {
        equity: &backtest.equity,
        initial_capital: config.sim.initial_capital,
        ts_ns: bars.ts_ns,
        trades: &backtest.trades,
        open_position: backtest.open_position.as_ref(),
        periods: periods_per_year(bars.ts_ns, key.timeframe),
    });
    let summary = Summary {
        first: Timestamp::from_nanos(*first),
        last: Timestamp::from_nanos(*last),
        bars: bars.len(),
        fingerprint: fingerprint_bars(bars),
        further_data,
        buy_and_hold_pct: (bars.close[bars.len() - 1] / bars.open[0] - 1.0) * 100.0,
        metrics,
        open_position: backtest.open_position,
        fees_paid: backtest.fees_paid,
        carry_paid: backtest.carry_paid,
        traded_notional: backtest.traded_notional,
        refused_entries: backtest.refused_entries,
    };
    Ok(Tested { summary, trades: backtest.trades, ts_ns: bars.ts_ns.to_vec(), equity: backtest.equity })
}

/// SHA-256 over funding payments: their times and rates as little-endian 64-bit words, column by column.
fn fingerprint_funding(funding: &[Funding]) -> String {
    let mut hasher = Sha256::new();
    for payment in funding {
        hasher.update(payment.ts.as_nanos().to_le_bytes());
    }
    for payment in funding {
        hasher.update(payment.rate.to_le_bytes());
    }
    hex(&hasher.finalize())
}
