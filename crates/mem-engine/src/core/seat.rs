//! Who advises the engine: a model that decides, a candidate beside it, and how far that has come.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use mem_model::drift::{Adwin, AdwinConfig};
use mem_model::label::LabelDef;
use mem_model::lifecycle::{ModelId, Rollout, RolloutConfig, Scope};
use mem_model::model::Model;
use mem_strategy::Primary;
pub use mem_strategy::advice::Blend;
use mem_strategy::advice::Role;
use mem_types::{BarSpec, PositionSide, Symbol, Timestamp};
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
    /// From this probability on it is sure enough to enter: above 0.5 of a rise, above 0 of a gain.
    pub enter: f64,
    /// The name of their set of features.
    pub features: String,
    /// The symbol that stands for the market as a whole in them; `None` where they look at no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Symbol>,
    /// What is foreseen: whether the class of this label is above 0.
    pub label: LabelDef,
    /// Whose entries are judged; with a meta-label, and only then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<Primary>,
    /// The one that decides; `None` where nothing does yet.
    pub champion: Option<Seated>,
    /// The one that is tried.
    pub candidate: Option<Seated>,
    /// Whether it is in canary already: where nothing is known of how far it has come, it begins there and not in the shadow.
    #[serde(default)]
    pub in_canary: bool,
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

    /// What its models give the probability of.
    pub fn foresees(&self) -> Foreseen {
        if matches!(self.label, LabelDef::Meta { .. }) { Foreseen::Gain } else { Foreseen::Rise }
    }

    /// Whether its models can have their say in how a symbol is traded: those that judge the entries of a strategy filter that strategy, with
    /// the parameters that it had then.
    ///
    /// # Errors
    /// Says why not.
    pub fn suits(&self, lane: &LaneConfig) -> Result<(), String> {
        let (line, symbol) = (&self.line, &lane.instrument.symbol);
        if self.foresees() == Foreseen::Rise {
            return Ok(());
        }
        let primary = self.primary.as_ref();
        let primary = primary.ok_or_else(|| format!("nobody knows whose entries models of {line} judge"))?;
        let only =
            format!("models of {line} tell whether entries of {primary} gain: they filter those, and nothing else");
        if self.role != Role::Filter {
            return Err(format!("{only}; their role here is {}", self.role.as_str()));
        }
        let strategy = mem_strategy::build(&lane.strategy, &lane.params).map_err(|error| error.to_string())?;
        if !primary.is(strategy.as_ref()) {
            return Err(format!("{only}; {symbol} is traded by {}", Primary::of(strategy.as_ref())));
        }
        Ok(())
    }
}

/// What models give the probability of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Foreseen {
    /// That the price rises.
    #[default]
    Rise,
    /// That an entry of the strategy gains.
    Gain,
}

impl Foreseen {
    pub(super) fn is_rise(&self) -> bool {
        *self == Self::Rise
    }

    /// What came, or is expected, in the words of the records.
    pub fn word(self, came: bool) -> &'static str {
        match (self, came) {
            (Self::Rise, true) => "up",
            (Self::Rise, false) => "down",
            (Self::Gain, true) => "gain",
            (Self::Gain, false) => "loss",
        }
    }
}

/// Predictions whose truth is not known yet, each with the model that made it: by the time the truth is known, another may sit there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) symbol: Symbol,
    /// The close of the bar that it was made at.
    pub(super) at: Timestamp,
    /// The side of the entry that it judges; `None` where it judges none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) side: Option<PositionSide>,
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
            let begin = || {
                let rollout = Rollout::begin(config.rollout.clone())?;
                Ok::<_, String>(if config.in_canary { rollout.in_canary() } else { rollout })
            };
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
