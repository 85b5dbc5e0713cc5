//! Who advises the engine: a model that decides, a candidate beside it, and how far that has come.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use mem_model::drift::{Adwin, AdwinConfig};
use mem_model::label::LabelDef;
use mem_model::lifecycle::{ModelId, Rollout, RolloutConfig, Scope};
use mem_model::model::Model;
use mem_strategy::advice::Role;
use mem_types::{BarSpec, Symbol, Timestamp};
use serde::{Deserialize, Serialize};

use super::account::Advised;
use super::config::LaneConfig;

/// Chance that a champion that is as good as ever is called worse.
const DECAY_DELTA: f64 = 0.002;

/// Models by the checksums of their files.
pub type Models = BTreeMap<String, Arc<Model>>;

/// A model in a seat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seated {
    /// Its number.
    pub id: ModelId,
    /// Name and version.
    pub title: String,
    /// Of its file.
    pub sha256: String,
}

/// The seat of models in a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeatConfig {
    /// The name of its models.
    pub line: String,
    /// What they predict, and for whom.
    pub scope: Scope,
    /// What the word of the one that decides counts for.
    pub role: Role,
    /// From this probability on it is sure enough to enter, above 0.5.
    pub enter: f64,
    /// The name of their set of features.
    pub features: String,
    /// The symbol that stands for the market as a whole in them; `None` where they look at no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Symbol>,
    /// What is foreseen: whether the class of this label is above 0.
    pub label: LabelDef,
    /// The one that decides; `None` where nothing does yet.
    pub champion: Option<Seated>,
    /// The one that is tried.
    pub candidate: Option<Seated>,
    /// By which rules it is tried.
    pub rollout: RolloutConfig,
    /// Symbols of its scope that it says nothing of, and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left: BTreeMap<Symbol, String>,
}

impl SeatConfig {
    /// Whether its models have a say in how this symbol is traded.
    pub fn speaks_of(&self, lane: &LaneConfig) -> bool {
        let symbol = &lane.instrument.symbol;
        !lane.watched
            && lane.bars == BarSpec::Time(self.scope.timeframe)
            && self.scope.symbols.contains(symbol)
            && !self.left.contains_key(symbol)
    }
}

/// Predictions whose truth is not known yet, each with the model that made it: by the time the truth is known, another may sit there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) symbol: Symbol,
    /// The close of the bar that it was made at.
    pub(super) at: Timestamp,
    pub(super) champion: Option<Advised>,
    pub(super) candidate: Option<Advised>,
}

/// Predictions whose truth is known, counted.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Score {
    /// How many.
    pub count: u64,
    /// Sum of squared differences of probability and truth.
    pub brier: f64,
    /// Sum of logarithmic losses.
    pub log_loss: f64,
    /// How many were on the right side of one half.
    pub right: u64,
}

impl Score {
    pub(super) fn take(&mut self, said: f64, truth: bool) -> f64 {
        let target = f64::from(u8::from(truth));
        let brier = (said - target) * (said - target);
        self.count += 1;
        self.brier += brier;
        let chance = if truth { said } else { 1.0 - said };
        self.log_loss -= libm::log(chance.max(1e-15));
        self.right += u64::from((said >= 0.5) == truth);
        brier
    }
}

/// How much rules, model and memory have been worth on trades that are over, newer ones counting more, and the weights that follow.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Blend {
    /// Weighted sums of the squared differences of what rules, model and memory said from what came.
    losses: [f64; 3],
    /// Weighted counts.
    counts: [f64; 3],
}

impl Default for Blend {
    fn default() -> Self {
        Self { losses: [0.0; 3], counts: [0.0; 3] }
    }
}

/// What an older trade counts beside the one after it.
const FADES: f64 = 0.98;
/// How much a better Brier score is worth: weights go with exp(-STRENGTH * score).
const STRENGTH: f64 = 20.0;
/// Trades that everybody is thought to have said one half of before the first.
const BEFORE: f64 = 10.0;
/// No voice has less.
const LEAST: f64 = 0.1;

impl Blend {
    /// Takes what was said of a trade that is over: probabilities of gain by rules, model and memory, where they said something.
    pub fn take(&mut self, said: [Option<f64>; 3], gained: bool) {
        let truth = f64::from(u8::from(gained));
        for ((loss, count), said) in self.losses.iter_mut().zip(&mut self.counts).zip(said) {
            let Some(said) = said else { continue };
            *loss = *loss * FADES + (said - truth) * (said - truth);
            *count = *count * FADES + 1.0;
        }
    }

    /// The weights of rules, model and memory: at least 0.1 each, and 1 together.
    pub fn weights(&self) -> [f64; 3] {
        let mut weights = [0.0; 3];
        for (weight, (loss, count)) in weights.iter_mut().zip(self.losses.iter().zip(self.counts)) {
            let score = (loss + 0.25 * BEFORE) / (count + BEFORE);
            *weight = libm::exp(-STRENGTH * score);
        }
        let total: f64 = weights.iter().sum();
        weights.map(|weight| LEAST + (1.0 - 3.0 * LEAST) * weight / total)
    }

    /// The weight of the model beside the rules alone.
    pub fn of_model(&self) -> f64 {
        let [rules, model, _] = self.weights();
        model / (rules + model)
    }
}

/// How the seat stands: what survives a restart.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// The one that decides.
    pub champion: Option<Seated>,
    /// The one that is tried.
    pub candidate: Option<Seated>,
    /// How far it has come.
    pub rollout: Option<Rollout>,
    /// What the champion's predictions were worth.
    pub champion_score: Score,
    /// What the candidate's were worth.
    pub candidate_score: Score,
    /// Times that one of the two was to have the word, so far.
    #[serde(default)]
    pub turns: u64,
    /// Labels seen, and how many were up: what is said where nothing decides yet.
    pub labels: (u64, u64),
    /// What voices are worth.
    pub blend: Blend,
    /// The champion's losses; `None` before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    losses: Option<Adwin>,
    pub(super) pending: VecDeque<Pending>,
}

impl Standing {
    /// Goes on with what the session is given: what concerns models that are no longer there is forgotten.
    pub(super) fn take_seats(&mut self, config: &SeatConfig) -> Result<(), String> {
        if self.champion != config.champion {
            (self.champion_score, self.losses) = (Score::default(), None);
            self.champion = config.champion.clone();
        }
        let goes_on = self.candidate == config.candidate && self.rollout.is_some();
        if !goes_on {
            self.candidate_score = Score::default();
            self.candidate = config.candidate.clone();
            let begin = || Rollout::begin(config.rollout.clone());
            self.rollout = self.candidate.is_some().then(begin).transpose()?;
        }
        Ok(())
    }

    /// Whether a model is the candidate; `None` where it sits in neither seat any more.
    pub(super) fn seat_of(&self, model: ModelId) -> Option<bool> {
        let sits = |seated: &Option<Seated>| seated.as_ref().is_some_and(|seated| seated.id == model);
        if sits(&self.candidate) { Some(true) } else { sits(&self.champion).then_some(false) }
    }

    /// Takes a loss of the champion's; whether it has become worse by more than chance.
    pub(super) fn lost(&mut self, loss: f64) -> bool {
        let losses = self.losses.get_or_insert_with(|| Adwin::new(AdwinConfig::with_delta(DECAY_DELTA)));
        let before = losses.mean();
        losses.push(loss) && losses.mean() > before
    }

    /// The candidate decides from now on.
    pub(super) fn succeed(&mut self) {
        (self.champion_score, self.losses) = (std::mem::take(&mut self.candidate_score), None);
        (self.champion, self.rollout) = (self.candidate.take(), None);
    }

    /// What the frequency of the label so far would say.
    pub(super) fn share(&self) -> f64 {
        (self.labels.1 as f64 + 1.0) / (self.labels.0 as f64 + 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_that_is_right_gains_weight_within_bounds() {
        let mut blend = Blend::default();
        let before = blend.weights();
        assert!(before.iter().all(|weight| (weight - 1.0 / 3.0).abs() < 1e-12));
        for trade in 0..200 {
            let gained = trade % 2 == 0;
            let right = if gained { 0.8 } else { 0.2 };
            blend.take([Some(0.5), Some(right), Some(1.0 - right)], gained);
        }
        let [rules, model, memory] = blend.weights();
        assert!(model > rules && rules > memory && memory >= LEAST && model <= 1.0 - 2.0 * LEAST);
        assert!((rules + model + memory - 1.0).abs() < 1e-12);
        assert!(blend.of_model() > 0.5);
    }
}
