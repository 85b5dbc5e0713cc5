//! One series, loaded once and tested many times.
//!
//! What comes in: a series and where its candles come from. What goes out: a [`Market`], which tests any strategy on
//! its bars, with everything kept ([`Market::test`]) or with the figures alone ([`Market::figures_on`],
//! [`Market::figures_from`]).

use mem_store::catalog::fingerprint_bars;
use mem_strategy::{Shelf, Strategy, StrategyInput};
use mem_types::{Bars, BarsRef, Decisions, Funding, SeriesKey, Timeframe, Timestamp};
use sha2::{Digest, Sha256};

use crate::calendar::{PeriodsPerYear, periods_per_year};
use crate::config::SimConfig;
use crate::error::ResearchError;
use crate::metrics::{Metrics, MetricsInput, metrics};
use crate::result::Backtest;
use crate::run::{SeriesSource, Summary, Tested, hex};
use crate::simulate::{Adviser, simulate, simulate_advised};

/// The span and the further data that a market is loaded with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope<'a> {
    /// Longer timeframes whose own recorded bars are loaded too.
    pub higher: &'a [Timeframe],
    /// Bars that open at or after this instant; from the beginning where absent.
    pub from: Option<Timestamp>,
    /// Bars that open before this instant; to the end where absent.
    pub to: Option<Timestamp>,
}

/// The bars of one series with whatever belongs to them.
#[derive(Debug)]
pub struct Market {
    key: SeriesKey,
    bars: Bars,
    higher: Vec<(Timeframe, Bars)>,
    funding: Vec<Funding>,
    fingerprint: String,
    further_data: Vec<(String, String)>,
    periods: PeriodsPerYear,
}

impl Market {
    /// Loads a series.
    ///
    /// # Errors
    /// If it cannot be read or has no bars in that span.
    pub fn load(key: &SeriesKey, scope: Scope<'_>, source: &dyn SeriesSource) -> Result<Self, ResearchError> {
        let Scope { higher: timeframes, from, to } = scope;
        let bars = source.load(key, from, to)?;
        if bars.is_empty() {
            return Err(ResearchError::NoBars { key: key.clone() });
        }
        let mut further_data = Vec::new();
        let mut higher = Vec::with_capacity(timeframes.len());
        for timeframe in timeframes {
            let longer = source.load(&SeriesKey { timeframe: *timeframe, ..key.clone() }, from, to)?;
            further_data.push((timeframe.to_string(), fingerprint_bars(longer.view())));
            higher.push((*timeframe, longer));
        }
        let funding = source.funding(key, from, to)?;
        if !funding.is_empty() {
            further_data.push(("funding".to_owned(), fingerprint_funding(&funding)));
        }
        let fingerprint = fingerprint_bars(bars.view());
        let periods = periods_per_year(bars.view().ts_ns, key.timeframe);
        Ok(Self { key: key.clone(), bars, higher, funding, fingerprint, further_data, periods })
    }

    /// Which series it is.
    pub fn key(&self) -> &SeriesKey {
        &self.key
    }

    /// The bars, at least one.
    pub fn bars(&self) -> BarsRef<'_> {
        self.bars.view()
    }

    /// SHA-256 over the values of the bars.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Fingerprints of whatever else a strategy or the simulation looks at, by name.
    pub fn further_data(&self) -> &[(String, String)] {
        &self.further_data
    }

    /// The results of a strategy, with trades and equity.
    ///
    /// # Errors
    /// If the strategy cannot decide on these bars, or the configuration is invalid.
    pub fn test(&self, strategy: &dyn Strategy, sim: &SimConfig) -> Result<Tested, ResearchError> {
        let decisions = self.decide(strategy)?;
        let backtest = simulate(self.bars(), self.key.timeframe, &decisions, &self.funding, sim)?;
        Ok(self.tested(0, backtest, sim))
    }

    /// The results of a strategy on the bars from position `begin` on, which is there, with somebody who has a say in its decisions; bars are
    /// counted from there. The account is fresh and flat there; the strategy has seen the bars before.
    ///
    /// # Errors
    /// As [`Market::test`].
    pub(crate) fn test_advised(
        &self,
        begin: usize,
        strategy: &dyn Strategy,
        sim: &SimConfig,
        adviser: &mut dyn Adviser,
    ) -> Result<Tested, ResearchError> {
        let decisions = self.decide_from(begin, strategy)?;
        let bars = self.bars().slice(begin..self.bars.len());
        let backtest = simulate_advised(bars, self.key.timeframe, &decisions, (&self.funding, sim), adviser)?;
        Ok(self.tested(begin, backtest, sim))
    }

    /// Everything that is told of a simulation of the bars from `begin` on.
    fn tested(&self, begin: usize, backtest: Backtest, sim: &SimConfig) -> Tested {
        let bars = self.bars().slice(begin..self.bars.len());
        let (first, last) = (bars.ts_ns[0], bars.ts_ns[bars.len() - 1]);
        let mut further_data = self.further_data.clone();
        let fingerprint = if begin == 0 {
            self.fingerprint.clone()
        } else {
            further_data.push(("bars before".to_owned(), fingerprint_bars(self.bars().slice(0..begin))));
            fingerprint_bars(bars)
        };
        let summary = Summary {
            first: Timestamp::from_nanos(first),
            last: Timestamp::from_nanos(last),
            bars: bars.len(),
            fingerprint,
            further_data,
            buy_and_hold_pct: (bars.close[bars.len() - 1] / bars.open[0] - 1.0) * 100.0,
            metrics: self.metrics(bars, &backtest, sim),
            open_position: backtest.open_position,
            fees_paid: backtest.fees_paid,
            carry_paid: backtest.carry_paid,
            traded_notional: backtest.traded_notional,
            refused_entries: backtest.refused_entries,
        };
        Tested { summary, trades: backtest.trades, ts_ns: bars.ts_ns.to_vec(), equity: backtest.equity }
    }

    /// Columns over the bars before position `end`, to be shared by many calls of [`Market::figures_on`]; up to so many
    /// bytes of them.
    pub fn shelf(&self, end: usize, bytes: usize) -> Shelf<'_> {
        Shelf::new(self.bars().slice(0..end), bytes)
    }

    /// The figures of a strategy on the bars of a shelf of this market, as if there were no others.
    ///
    /// # Errors
    /// As [`Market::test`].
    pub fn figures_on(
        &self,
        shelf: &Shelf<'_>,
        strategy: &dyn Strategy,
        sim: &SimConfig,
    ) -> Result<Metrics, ResearchError> {
        let higher = self.higher();
        let input = StrategyInput { bars: shelf.bars(), timeframe: self.key.timeframe, higher: &higher };
        self.figures(shelf.bars(), &strategy.decide_sharing(&input, shelf)?, sim)
    }

    /// The figures of a strategy on the bars from position `begin` on. The account is fresh and flat there; the
    /// strategy has seen the bars before, as it would have in life.
    ///
    /// # Errors
    /// As [`Market::test`].
    pub fn figures_from(
        &self,
        begin: usize,
        strategy: &dyn Strategy,
        sim: &SimConfig,
    ) -> Result<Metrics, ResearchError> {
        self.figures(self.bars().slice(begin..self.bars.len()), &self.decide_from(begin, strategy)?, sim)
    }

    /// The figures and the equity of decisions on some of the bars, counted from the first of them. The account is fresh and flat there.
    ///
    /// # Errors
    /// If the configuration is invalid, or a decision is.
    pub(crate) fn simulated(
        &self,
        span: std::ops::Range<usize>,
        decisions: &Decisions,
        sim: &SimConfig,
    ) -> Result<(Metrics, Vec<f64>), ResearchError> {
        let bars = self.bars().slice(span);
        let backtest = simulate(bars, self.key.timeframe, decisions, &self.funding, sim)?;
        Ok((self.metrics(bars, &backtest, sim), backtest.equity))
    }

    /// What a strategy decides from position `begin` on, counted from there; it has seen the bars before.
    fn decide_from(&self, begin: usize, strategy: &dyn Strategy) -> Result<Decisions, ResearchError> {
        let mut decisions = self.decide(strategy)?;
        decisions.list.retain(|decision| decision.bar >= begin);
        for decision in &mut decisions.list {
            decision.bar -= begin;
        }
        Ok(decisions)
    }

    pub(crate) fn decide(&self, strategy: &dyn Strategy) -> Result<Decisions, ResearchError> {
        let input = StrategyInput { bars: self.bars(), timeframe: self.key.timeframe, higher: &self.higher() };
        Ok(strategy.decide(&input)?)
    }

    /// All longer bars: one that is not closed when the bars decided on end is not looked at by any strategy.
    fn higher(&self) -> Vec<(Timeframe, BarsRef<'_>)> {
        self.higher.iter().map(|(timeframe, longer)| (*timeframe, longer.view())).collect()
    }

    fn figures(&self, bars: BarsRef<'_>, decisions: &Decisions, sim: &SimConfig) -> Result<Metrics, ResearchError> {
        let backtest = simulate(bars, self.key.timeframe, decisions, &self.funding, sim)?;
        Ok(self.metrics(bars, &backtest, sim))
    }

    fn metrics(&self, bars: BarsRef<'_>, backtest: &Backtest, sim: &SimConfig) -> Metrics {
        metrics(&MetricsInput {
            equity: &backtest.equity,
            initial_capital: sim.initial_capital,
            ts_ns: bars.ts_ns,
            trades: &backtest.trades,
            open_position: backtest.open_position.as_ref(),
            periods: self.periods,
        })
    }
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
