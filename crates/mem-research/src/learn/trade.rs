//! Predictions into decisions: a model that decides.

use mem_types::{Decision, Intent, PositionSide};
use serde::{Deserialize, Serialize};

use crate::error::ResearchError;

/// When a probability is acted on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Long from this probability on; short, where shorts are allowed, from 1 less it down. Above 0.5, below 1. Of a meta-label: what the primary
    /// strategy decides is done from this probability on. Above 0, below 1.
    pub enter: f64,
    /// Whether positions may be sold short.
    pub short: bool,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { enter: 0.55, short: true }
    }
}

impl Thresholds {
    /// Whether they make sense; `of_gain` says that a meta-label is meant.
    ///
    /// # Errors
    /// If not.
    pub fn validate(&self, of_gain: bool) -> Result<(), ResearchError> {
        let least = if of_gain { 0.0 } else { 0.5 };
        if self.enter > least && self.enter < 1.0 {
            return Ok(());
        }
        let expected = format!("above {least} and below 1");
        Err(ResearchError::Config { field: "thresholds.enter", value: self.enter, expected })
    }

    /// Decisions from probabilities, each said at the close of a bar, in order: in where it is sure enough, out where it is no longer of the
    /// same mind.
    pub fn decide(&self, said: impl IntoIterator<Item = (usize, f64)>) -> Vec<Decision> {
        let mut held: Option<PositionSide> = None;
        let mut decisions = Vec::new();
        for (bar, probability) in said {
            let confidence = (probability.max(1.0 - probability) * 100.0).clamp(0.0, 100.0);
            let mut take = |intent: Intent| {
                decisions.push(Decision { bar, intent, confidence, stop_distance: None, target_distance: None });
            };
            let wanted = if probability >= self.enter {
                Some(PositionSide::Long)
            } else if self.short && probability <= 1.0 - self.enter {
                Some(PositionSide::Short)
            } else {
                None
            };
            match held {
                Some(PositionSide::Long) if probability < 0.5 => take(Intent::ExitLong),
                Some(PositionSide::Short) if probability > 0.5 => take(Intent::ExitShort),
                Some(_) => continue,
                None => {}
            }
            held = wanted;
            match wanted {
                Some(PositionSide::Long) => take(Intent::EnterLong),
                Some(PositionSide::Short) => take(Intent::EnterShort),
                None => {}
            }
        }
        decisions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_when_sure_and_out_when_of_another_mind() {
        let thresholds = Thresholds { enter: 0.6, short: true };
        let said = [0.55, 0.61, 0.55, 0.49, 0.45, 0.39, 0.5, 0.51, 0.7, 0.3];
        let decided: Vec<(usize, Intent)> =
            thresholds.decide(said.into_iter().enumerate()).iter().map(|one| (one.bar, one.intent)).collect();
        let expected = [
            (1, Intent::EnterLong),
            (3, Intent::ExitLong),
            (5, Intent::EnterShort),
            (7, Intent::ExitShort),
            (8, Intent::EnterLong),
            (9, Intent::ExitLong),
            (9, Intent::EnterShort),
        ];
        assert_eq!(decided, expected);
        let long_only = Thresholds { short: false, ..thresholds };
        assert!(long_only.decide(said.into_iter().enumerate()).iter().all(|one| one.intent != Intent::EnterShort));
        assert!(Thresholds { enter: 0.5, short: true }.validate(false).is_err());
    }
}
