//! What a model's word does to what a strategy has decided.
//!
//! A pure function of both, so that it is the same live, in replay and in research. A model may be one voice beside the strategy's rules, may
//! only forbid, or may decide alone; leaving a position is never made harder by a filter or a vote.

mod blend;

use mem_types::{Decision, Intent, PositionSide};
use serde::{Deserialize, Serialize};

pub use blend::Blend;

/// What a model's word counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The confidence of an entry is blended with the model's, by a bounded weight; only a model that is as sure of the opposite as it would have
    /// to be to enter forbids it.
    Vote,
    /// An entry that the model does not lean to is dropped.
    #[default]
    Filter,
    /// The model enters and leaves alone.
    Decider,
}

impl Role {
    /// Its name, as in `filter`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vote => "vote",
            Self::Filter => "filter",
            Self::Decider => "decider",
        }
    }
}

/// What a model says at the close of a bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Advice {
    /// The probability of a rise, 0 to 1.
    pub up: f64,
    /// From this probability on it is sure enough to enter, above 0.5; of a fall from 1 less it down.
    pub enter: f64,
    /// Its weight in a vote, 0 to 1.
    pub weight: f64,
    /// What is held.
    pub held: Option<PositionSide>,
    /// Average true range, in price units, where it is known.
    pub range: Option<f64>,
    /// Where a deciding model leaves at the latest.
    pub levels: Levels,
}

/// Distances of stop and target from the entry, in average true ranges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levels {
    /// Of the stop, above 0.
    pub stop: f64,
    /// Of the target, above 0; `None` for none.
    pub target: Option<f64>,
}

/// A stop two ranges away, and no target.
impl Default for Levels {
    fn default() -> Self {
        Self { stop: 2.0, target: None }
    }
}

impl Advice {
    /// The probability that a position of that side gains.
    pub fn of(&self, side: PositionSide) -> f64 {
        if side == PositionSide::Long { self.up } else { 1.0 - self.up }
    }
}

/// Changes what the strategy decided at bar `bar` by what a model says.
pub fn advise(role: Role, advice: &Advice, bar: usize, decisions: &mut Vec<Decision>) {
    match role {
        Role::Filter => decisions.retain(|decision| decision.intent.enters().is_none_or(|side| advice.of(side) >= 0.5)),
        Role::Vote => {
            decisions
                .retain(|decision| decision.intent.enters().is_none_or(|side| advice.of(side) > 1.0 - advice.enter));
            for decision in decisions.iter_mut() {
                if let Some(side) = decision.intent.enters() {
                    let blended = (1.0 - advice.weight) * decision.confidence + advice.weight * advice.of(side) * 100.0;
                    decision.confidence = blended.clamp(0.0, 100.0);
                }
            }
        }
        Role::Decider => decide(advice, bar, decisions),
    }
}

/// Leaves out entries that are thought to gain with less than a probability: what a meta-label says of what a strategy has decided.
pub fn believe(gain: f64, least: f64, decisions: &mut Vec<Decision>) {
    decisions.retain(|decision| decision.intent.enters().is_none() || gain >= least);
}

/// The side that is entered at a bar at which this was decided; `None` where nothing is.
pub fn entered<'a>(decisions: impl IntoIterator<Item = &'a Decision>) -> Option<PositionSide> {
    decisions.into_iter().filter_map(|decision| decision.intent.enters()).last()
}

fn decide(advice: &Advice, bar: usize, decisions: &mut Vec<Decision>) {
    decisions.clear();
    let confidence = (advice.up.max(1.0 - advice.up) * 100.0).clamp(0.0, 100.0);
    let mut take = |intent: Intent, range: Option<f64>| {
        let stop_distance = range.map(|range| range * advice.levels.stop);
        let target_distance = range.zip(advice.levels.target).map(|(range, ranges)| range * ranges);
        decisions.push(Decision { bar, intent, confidence, stop_distance, target_distance });
    };
    match advice.held {
        Some(PositionSide::Long) if advice.up < 0.5 => take(Intent::ExitLong, None),
        Some(PositionSide::Short) if advice.up > 0.5 => take(Intent::ExitShort, None),
        Some(_) => return,
        None => {}
    }
    if advice.up >= advice.enter {
        take(Intent::EnterLong, advice.range);
    } else if advice.up <= 1.0 - advice.enter {
        take(Intent::EnterShort, advice.range);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn advice(up: f64, held: Option<PositionSide>) -> Advice {
        Advice { up, enter: 0.6, weight: 0.25, held, range: Some(2.0), levels: Levels::default() }
    }

    fn decision(intent: Intent, confidence: f64) -> Decision {
        Decision { bar: 7, intent, confidence, stop_distance: Some(1.0), target_distance: None }
    }

    fn intents(role: Role, up: f64, held: Option<PositionSide>, said: &[Intent]) -> Vec<Intent> {
        let mut decisions: Vec<Decision> = said.iter().map(|intent| decision(*intent, 60.0)).collect();
        advise(role, &advice(up, held), 7, &mut decisions);
        decisions.iter().map(|decision| decision.intent).collect()
    }

    #[test]
    fn each_role_by_hand() {
        use Intent::{EnterLong, EnterShort, ExitLong, ExitShort};
        assert_eq!(intents(Role::Filter, 0.51, None, &[ExitShort, EnterLong]), [ExitShort, EnterLong]);
        assert_eq!(intents(Role::Filter, 0.49, None, &[ExitShort, EnterLong]), [ExitShort]);
        assert_eq!(intents(Role::Filter, 0.49, None, &[EnterShort]), [EnterShort]);
        assert_eq!(intents(Role::Vote, 0.45, None, &[EnterLong]), [EnterLong]);
        assert_eq!(intents(Role::Vote, 0.40, None, &[EnterLong]), []);
        assert_eq!(intents(Role::Decider, 0.61, None, &[EnterShort]), [EnterLong]);
        assert_eq!(intents(Role::Decider, 0.55, Some(PositionSide::Long), &[ExitLong]), []);
        assert_eq!(intents(Role::Decider, 0.45, Some(PositionSide::Long), &[]), [ExitLong]);
        assert_eq!(intents(Role::Decider, 0.39, Some(PositionSide::Long), &[]), [ExitLong, EnterShort]);
        assert_eq!(intents(Role::Decider, 0.70, Some(PositionSide::Short), &[]), [ExitShort, EnterLong]);
        let mut voted = vec![decision(EnterLong, 60.0)];
        advise(Role::Vote, &advice(0.8, None), 7, &mut voted);
        assert_eq!(voted[0].confidence, 65.0);
        let mut decided = Vec::new();
        advise(Role::Decider, &advice(0.8, None), 7, &mut decided);
        assert_eq!((decided[0].stop_distance, decided[0].target_distance, decided[0].bar), (Some(4.0), None, 7));
        let levels = Levels { stop: 1.5, target: Some(3.0) };
        advise(Role::Decider, &Advice { levels, ..advice(0.1, None) }, 7, &mut decided);
        assert_eq!((decided[0].stop_distance, decided[0].target_distance), (Some(3.0), Some(6.0)));
        advise(Role::Decider, &Advice { levels, range: None, ..advice(0.1, None) }, 7, &mut decided);
        assert_eq!((decided[0].stop_distance, decided[0].target_distance), (None, None));
    }

    proptest! {
        /// A filter or a vote never keeps anybody in, adds nothing, and moves a confidence by its weight at most.
        #[test]
        fn rules_are_bounded(up in 0.0_f64..=1.0, weight in 0.0_f64..=1.0, confidence in 0.0_f64..=100.0, kinds in prop::collection::vec(0_usize..4, 0..4)) {
            let all = [Intent::EnterLong, Intent::EnterShort, Intent::ExitLong, Intent::ExitShort];
            let before: Vec<Decision> = kinds.iter().map(|kind| decision(all[*kind], confidence)).collect();
            for role in [Role::Filter, Role::Vote] {
                let mut after = before.clone();
                advise(role, &Advice { weight, ..advice(up, None) }, 7, &mut after);
                let exits = |list: &[Decision]| list.iter().filter(|decision| decision.intent.enters().is_none()).count();
                prop_assert_eq!(exits(&before), exits(&after));
                prop_assert!(after.len() <= before.len());
                for decision in &after {
                    prop_assert!((decision.confidence - confidence).abs() <= weight * 100.0 + 1e-9);
                    prop_assert!((0.0..=100.0).contains(&decision.confidence));
                }
            }
        }
    }
}
