//! What memory is told, and what it says.

use mem_memory::discovery::discover;
use mem_memory::{Case, Judgement, Memory, Outcome, Remembered};
use mem_types::{PositionSide, Timestamp};

use super::account::Account;
use super::config::EngineConfig;
use super::engine::Engine;
use super::features::NAMES;
use super::output::{InsightNote, Output, PatternNote};
use super::trading::Led;

/// The memory that a session begins with.
pub(super) fn recollect(config: &EngineConfig, state: &Account, remembered: Vec<Remembered>) -> Option<Memory> {
    if !config.memory.enabled {
        return None;
    }
    let mut memory = Memory::recollect(config.memory.clone(), NAMES.len(), remembered);
    memory.set_uplift(state.uplift);
    for plan in state.plans.values().chain(state.coming.values()) {
        if let Some((without, with)) = plan.probabilities {
            memory.judged(plan.decision, without, with);
        }
    }
    Some(memory)
}

impl Engine {
    /// What became of situations like this one.
    pub(super) fn ask_memory(&mut self, side: PositionSide, confidence: f64, features: &[f64]) -> Option<Judgement> {
        let now = self.market_now;
        self.memory.as_mut().map(|memory| memory.judge(now, side, confidence, features))
    }

    /// Why memory forbids an entry, where it may.
    pub(super) fn vetoed(&self, judgement: &Judgement) -> Option<String> {
        let config = &self.config.memory;
        let forbids =
            config.veto_below > 0.0 && judgement.known >= config.min_support && judgement.adjusted < config.veto_below;
        forbids.then(|| {
            let won = judgement.similar.iter().filter(|case| case.return_pct > 0.0).count();
            format!(
                "{won} of {} similar cases won: confidence {:.1} becomes {:.1}, below {:.1}",
                judgement.similar.len(),
                judgement.raw,
                judgement.adjusted,
                config.veto_below
            )
        })
    }

    /// Remembers an entry that was approved. Gives the probabilities that it will be scored by.
    pub(super) fn remember(
        &mut self,
        decision: u64,
        side: PositionSide,
        confidence: f64,
        led: &Led,
    ) -> Option<(f64, f64)> {
        let at = self.market_now;
        let needed = self.config.memory.min_support;
        let memory = self.memory.as_mut()?;
        memory.remember(Case { id: decision, at, side, confidence, features: led.features.clone() });
        let judgement = led.memory.as_ref().filter(|judgement| judgement.known >= needed)?;
        let probabilities = (judgement.base_probability, judgement.probability);
        memory.judged(decision, probabilities.0, probabilities.1);
        Some(probabilities)
    }

    /// An entry led to nothing.
    pub(super) fn forget(&mut self, decision: u64) {
        if let Some(memory) = &mut self.memory {
            memory.forget(decision);
        }
    }

    /// A trade is over: its outcome is remembered, patterns are watched, and now and then looked for.
    pub(super) fn learn(&mut self, decision: u64, closed_at: Timestamp, return_pct: f64) {
        let Some(memory) = &mut self.memory else { return };
        let Some(case) = memory.open(decision).cloned() else { return };
        memory.resolve(decision, Outcome { closed_at, return_pct });
        // Now, when a trade is over, rather than when the next decision waits for it.
        memory.prepare();
        self.account.uplift = *memory.uplift();
        let retired = self.account.patterns.resolve(case.side, &case.features, return_pct > 0.0, closed_at);
        for watched in retired {
            let why = watched.retired.as_ref().map(|(_, why)| why.clone()).unwrap_or_default();
            let text = format!("no longer holds: {}. {why}", watched.pattern.words(&NAMES));
            self.say(Output::Pattern(Box::new(PatternNote { at: closed_at, watched, text })));
        }
        let every = self.config.memory.discover_every as u64;
        let closed = self.account.record.wins + self.account.record.losses + 1;
        if every > 0 && closed.is_multiple_of(every) {
            self.look_for_patterns(closed_at);
        }
    }

    fn look_for_patterns(&mut self, at: Timestamp) {
        let Some(memory) = &self.memory else { return };
        let found = discover(memory.known());
        let report = memory.uplift().report();
        for watched in self.account.patterns.found(found, at) {
            let text = watched.pattern.words(&NAMES);
            self.say(Output::Pattern(Box::new(PatternNote { at, watched, text })));
        }
        if let Some(uplift) = report {
            let text = format!(
                "memory over {} judged trades: Brier score {:.4} with it, {:.4} without, {:+.4} (standard error {:.4}); {} raised \
                 by it brought {} on average, {} lowered by it {}",
                uplift.judged,
                uplift.brier_with,
                uplift.brier_without,
                uplift.improvement,
                uplift.standard_error,
                uplift.raised,
                percent(uplift.raised_return_pct),
                uplift.lowered,
                percent(uplift.lowered_return_pct),
            );
            self.say(Output::Insight(Box::new(InsightNote { at, uplift, text })));
        }
    }
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| format!("{value:+.2} %"))
}
