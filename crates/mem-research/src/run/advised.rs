//! A strategy with a model beside it: what the engine lets a model say at each close, said on candles of the past.
//!
//! Predictions come from the same rows of features as live, what they do to decisions from the same `mem_strategy::advice`. A model that has
//! been trained on bars knows what became of them: unless that is asked for by name, a run begins after them.

use std::sync::atomic::AtomicBool;

use mem_indicators::Atr;
use mem_model::model::{Model, Tells};
use mem_store::catalog::fingerprint_bars;
use mem_strategy::Strategy;
use mem_strategy::advice::{Advice, Blend, Levels, Role, advise, believe};
use mem_types::{Bars, BarsRef, Decision, PositionSide, SeriesKey, Symbol, Timestamp};
use serde::{Deserialize, Serialize};

use super::execute::each;
use super::{Progress, Run, RunConfig, SeriesSource, Tested};
use crate::config::Fill;
use crate::error::ResearchError;
use crate::learn::{LearnConfig, Thresholds, fingerprint_scores, said_at_closes, sources, with_scores};
use crate::market::{Market, Scope};
use crate::simulate::{Adviser, Standing};

/// Bars that the average true range of a deciding model's stop is taken over, as in the engine.
const RANGE_BARS: usize = 14;

/// The model of a run, and what its word counts for. Stored with the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelUse {
    /// Its number in the registry.
    pub id: u64,
    /// Name and version.
    pub title: String,
    /// Of its file.
    pub sha256: String,
    /// Its set of features, `name@version`.
    pub features: String,
    /// The symbol that stands for the market as a whole for its features.
    pub reference: Option<Symbol>,
    /// What its word counts for.
    pub role: Role,
    /// From this probability on it is sure enough to enter, above 0.5.
    pub enter: f64,
    /// When the last label that it was trained on was known.
    pub trained_until: Timestamp,
    /// When the last bar that its gate judged it by was decided: a model that has passed was chosen by these bars.
    pub judged_until: Option<Timestamp>,
    /// Whether bars that it was trained on are tested, too.
    pub in_sample: bool,
}

impl ModelUse {
    /// What it was used for, and what that is worth, in plain English.
    pub fn words(&self) -> Vec<String> {
        let Self { id, title, role, enter, trained_until, .. } = self;
        let mut words = vec![format!(
            "{title} (model {id}, {}) as {}, entering from {enter} on.",
            self.sha256.get(..12).unwrap_or(&self.sha256),
            role.as_str()
        )];
        if self.in_sample {
            words.push(format!(
                "IN-SAMPLE: the model was trained on bars up to {trained_until} and knows what became of them. Nothing here says what it is worth."
            ));
        } else {
            words.push(format!("Only bars after {trained_until} are tested: the model was trained on those before."));
        }
        if let Some(judged) = self.judged_until {
            words.push(format!(
                "Bars up to {judged} were those of its gate: it has not learned from them, but if it passed, it was chosen by them."
            ));
        }
        words
    }

    /// The first bar that it may be tested on opens then or later.
    ///
    /// # Errors
    /// If bars are asked for that it was trained on, and not by name.
    fn begins(&self, config: &RunConfig) -> Result<Option<Timestamp>, ResearchError> {
        let RunConfig { from, to, .. } = config;
        let seen = from.is_some_and(|from| from < self.trained_until) || to.is_some_and(|to| to <= self.trained_until);
        match (self.in_sample, seen) {
            (true, _) => Ok(*from),
            (false, true) => Err(ResearchError::SeenByModel { title: self.title.clone(), until: self.trained_until }),
            (false, false) => Ok(from.or(Some(self.trained_until))),
        }
    }
}

/// A model, and how it was trained.
#[derive(Debug, Clone, Copy)]
pub struct Advising<'a> {
    /// The model.
    pub model: &'a Model,
    /// How it was trained: what its features look at.
    pub learned: &'a LearnConfig,
    /// What it is used for.
    pub used: &'a ModelUse,
}

/// As [`super::run`], with a model that has a say at every close. Bars before the first that is tested warm strategy and features up, as far
/// back as the model's own training went.
///
/// # Errors
/// As [`super::run`]; a model that cannot advise, or bars that it was trained on.
pub fn run_advised(
    config: &RunConfig,
    advising: Advising<'_>,
    series: &[SeriesKey],
    strategy: &dyn Strategy,
    source: &dyn SeriesSource,
    progress: &(dyn Fn(Progress<'_>) + Sync),
    cancel: &AtomicBool,
) -> Result<Run, ResearchError> {
    let Advising { model, learned, used } = advising;
    let judges = match (&model.parts().tells, &learned.primary) {
        (Tells::Up, _) => false,
        (Tells::Gain, Some(primary)) if primary.is(strategy) && used.role == Role::Filter => true,
        (Tells::Gain, Some(primary)) => {
            let told = format!(
                "{} tells whether entries of {primary} gain: it can filter those, and nothing else",
                used.title
            );
            return Err(ResearchError::Model(told));
        }
        _ => return Err(ResearchError::NoAdvice { title: used.title.clone() }),
    };
    Thresholds { enter: used.enter, short: true }.validate(judges)?;
    let config = RunConfig {
        strategy: strategy.name().to_owned(),
        params: strategy.params(),
        from: used.begins(config)?,
        model: Some(used.clone()),
        ..config.clone()
    };
    let learned = LearnConfig { to: config.to, ..learned.clone() };
    let set = learned.feature_set()?;
    let (sources, reference) = sources(&learned, &set, series, source)?;
    let scope = Scope { higher: &config.higher, from: learned.from, to: config.to };
    let test = |key: &SeriesKey| -> Result<Tested, ResearchError> {
        let market = Market::load(key, scope, source)?;
        let bars = market.bars();
        let begin = config.from.map_or(0, |from| bars.ts_ns.partition_point(|ts| *ts < from.as_nanos()));
        if begin == bars.len() {
            return Err(ResearchError::NoBars { key: key.clone() });
        }
        let until = bars.ts_ns.last().map(|ts| learned.timeframe.close_of(Timestamp::from_nanos(*ts)));
        let sources = with_scores(&sources, &set, key, source, until)?;
        let up = said_at_closes(&learned, &set, model, bars, &sources)?;
        let mut beside = Beside {
            judges,
            role: used.role,
            enter: used.enter,
            up: &up[begin..],
            range: &ranges(bars)[begin..],
            levels: strategy.levels(),
            blend: Blend::default(),
            heard: 0,
            delay: usize::from(config.sim.fill == Fill::NextOpen),
        };
        let mut tested = market.test_advised(begin, strategy, &config.sim, &mut beside)?;
        tested.summary.further_data.extend(reference.as_ref().map(|bars| fingerprint_of(&learned, bars)));
        tested.summary.further_data.extend(fingerprint_scores(&sources).map(|print| ("texts".to_owned(), print)));
        Ok(tested)
    };
    each(&config, series, &test, progress, cancel)
}

fn fingerprint_of(learned: &LearnConfig, bars: &Bars) -> (String, String) {
    let name = learned.reference.as_ref().map_or_else(String::new, ToString::to_string);
    (format!("reference {name}"), fingerprint_bars(bars.view()))
}

/// Average true ranges at each close.
fn ranges(bars: BarsRef<'_>) -> Vec<f64> {
    let mut range = Atr::new(RANGE_BARS);
    bars.iter().map(|bar| range.push(bar.high, bar.low, bar.close)).collect()
}

/// A model beside a strategy, in the course of a simulation.
struct Beside<'a> {
    /// Whether it tells of gains, not of rises.
    judges: bool,
    role: Role,
    enter: f64,
    /// What the model says at each close, of a rise or a gain; NaN where it says nothing.
    up: &'a [f64],
    range: &'a [f64],
    levels: Levels,
    blend: Blend,
    /// Trades whose outcome the weights know.
    heard: usize,
    /// Bars from a decision to its fill.
    delay: usize,
}

impl Adviser for Beside<'_> {
    fn at_close(&mut self, bar: usize, standing: Standing<'_>, decisions: &mut Vec<Decision>) {
        if self.judges {
            // What is not known yet is not believed.
            return believe(self.up[bar], self.enter, decisions);
        }
        for trade in &standing.trades[self.heard..] {
            let up = self.up[trade.entry_bar - self.delay];
            if up.is_finite() {
                let gains = if trade.side == PositionSide::Long { up } else { 1.0 - up };
                self.blend.take([Some(trade.confidence / 100.0), Some(gains), None], trade.pnl > 0.0);
            }
        }
        self.heard = standing.trades.len();
        let (up, range) = (self.up[bar], self.range[bar]);
        if up.is_finite() {
            let range = (range > 0.0).then_some(range);
            let advice = Advice {
                up,
                enter: self.enter,
                weight: self.blend.of_model(),
                held: standing.held,
                range,
                levels: self.levels,
            };
            advise(self.role, &advice, bar, decisions);
        }
    }
}
