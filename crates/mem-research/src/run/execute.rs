//! Running: load, decide, simulate and measure, series by series on all cores.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use mem_model::feature::Score;
use mem_store::catalog::{Catalog, CatalogError, Instrument};
use mem_store::records::Records;
use mem_strategy::Strategy;
use mem_types::{Bars, Funding, SeriesKey, Symbol, Timestamp};
use rayon::prelude::*;

use super::{Outcome, Run, RunConfig, SeriesRun, Tested, code_version};
use crate::error::ResearchError;
use crate::market::{Market, Scope};

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

    /// The scores of texts about a symbol that make up a series, in the order in which they were known; none by default.
    ///
    /// # Errors
    /// If they cannot be read.
    fn scores(&self, _symbol: &Symbol, _series: &str) -> Result<Vec<Score>, ResearchError> {
        Ok(Vec::new())
    }
}

/// Candles and funding of a catalog, with the scores of texts that are on record.
#[derive(Debug)]
pub struct WithTexts<'a> {
    /// The catalog.
    pub catalog: &'a Catalog,
    /// The records.
    pub records: &'a Records,
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

impl SeriesSource for WithTexts<'_> {
    fn load(&self, key: &SeriesKey, from: Option<Timestamp>, to: Option<Timestamp>) -> Result<Bars, ResearchError> {
        self.catalog.load(key, from, to)
    }

    fn funding(
        &self,
        key: &SeriesKey,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Vec<Funding>, ResearchError> {
        self.catalog.funding(key, from, to)
    }

    fn scores(&self, symbol: &Symbol, series: &str) -> Result<Vec<Score>, ResearchError> {
        let scores = self.records.scores(symbol.as_str(), series)?;
        Ok(scores.into_iter().map(|(known_at, value)| Score { known_at, value }).collect())
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
    let config = RunConfig { strategy: strategy.name().to_owned(), params: strategy.params(), ..config.clone() };
    let scope = Scope { higher: &config.higher, from: config.from, to: config.to };
    let test = |key: &SeriesKey| Market::load(key, scope, source)?.test(strategy, &config.sim);
    each(&config, series, &test, progress, cancel)
}

/// Does `test` with every series.
pub(super) fn each(
    config: &RunConfig,
    series: &[SeriesKey],
    test: &(dyn Fn(&SeriesKey) -> Result<Tested, ResearchError> + Sync),
    progress: &(dyn Fn(Progress<'_>) + Sync),
    cancel: &AtomicBool,
) -> Result<Run, ResearchError> {
    config.sim.validate()?;
    if series.is_empty() {
        return Err(ResearchError::NoSeries);
    }
    let done = AtomicUsize::new(0);
    let results = series.par_iter().map(|key| {
        if cancel.load(Ordering::Relaxed) {
            return SeriesRun { key: key.clone(), outcome: Outcome::NotRun };
        }
        let outcome = match test(key) {
            Ok(tested) => Outcome::Tested(Box::new(tested)),
            Err(error) => Outcome::Failed(error.with_causes()),
        };
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        progress(Progress { done, total: series.len(), key, outcome: &outcome });
        SeriesRun { key: key.clone(), outcome }
    });
    Ok(Run::new(config.clone(), code_version(), results.collect()))
}
