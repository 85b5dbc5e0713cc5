//! The section `[models]` of the configuration: whose word counts, and for how much.

use mem_model::label::LabelDef;
use mem_model::lifecycle::{ModelRecord, Registry, RetrainConfig, RolloutConfig, Stage};
use mem_strategy::advice::Role;
use mem_types::{BarSpec, Symbol};
use serde::{Deserialize, Serialize};

use crate::core::EngineConfig;
use crate::core::seat::{Foreseen, SeatConfig, Seated};

/// What a user says of models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSettings {
    /// The name of the models that advise; empty for none, or for those in `lines` alone.
    pub line: String,
    /// What the word of the one that decides counts for.
    pub role: Role,
    /// From this probability on a model is sure enough to enter: above 0.5 of a rise, above 0 of an entry's gain, below 1.
    pub enter: f64,
    /// By which rules a candidate comes to decide.
    pub rollout: RolloutConfig,
    /// When the next one is trained.
    pub retrain: RetrainConfig,
    /// More lines. Where two are made for the same symbol and bars, the one that comes first speaks of it.
    pub lines: Vec<LineSettings>,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self {
            line: String::new(),
            role: Role::default(),
            enter: 0.55,
            rollout: RolloutConfig::default(),
            retrain: RetrainConfig::default(),
            lines: Vec::new(),
        }
    }
}

/// One of several lines of models. What is left out is as for all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineSettings {
    /// The name of its models.
    pub name: String,
    /// What the word of the one that decides counts for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// From this probability on a model is sure enough to enter: above 0.5 of a rise, above 0 of an entry's gain, below 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enter: Option<f64>,
    /// By which rules a candidate comes to decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<RolloutConfig>,
    /// When the next one is trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retrain: Option<RetrainConfig>,
}

/// A line with everything that holds for it.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// The name of its models.
    pub name: &'a str,
    role: Role,
    enter: f64,
    rollout: &'a RolloutConfig,
    /// When the next one is trained.
    pub retrain: &'a RetrainConfig,
}

impl ModelSettings {
    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// Names the first that does not.
    pub fn validate(&self) -> Result<(), String> {
        let of_all = LineSettings { name: "all".to_owned(), role: None, enter: None, rollout: None, retrain: None };
        self.with(&of_all).validate("models")?;
        for (number, line) in self.lines.iter().enumerate() {
            if line.name.trim().is_empty() {
                return Err("models.lines: a line without a name".to_owned());
            }
            if self.lines[..number].iter().any(|other| other.name == line.name) {
                return Err(format!("models.lines: {} is there twice", line.name));
            }
            self.with(line).validate(&format!("models.lines.{}", line.name))?;
        }
        Ok(())
    }

    /// All lines, in the order in which they claim symbols: `line` first.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let first = (!self.line.is_empty() && self.lines.iter().all(|line| line.name != self.line)).then_some(Line {
            name: &self.line,
            role: self.role,
            enter: self.enter,
            rollout: &self.rollout,
            retrain: &self.retrain,
        });
        first.into_iter().chain(self.lines.iter().map(|line| self.with(line)))
    }

    /// When models of that name are trained; those that have no say are trained as all are.
    pub fn retrain_of(&self, name: &str) -> &RetrainConfig {
        self.lines().find(|line| line.name == name).map_or(&self.retrain, |line| line.retrain)
    }

    fn with<'a>(&'a self, line: &'a LineSettings) -> Line<'a> {
        Line {
            name: &line.name,
            role: line.role.unwrap_or(self.role),
            enter: line.enter.unwrap_or(self.enter),
            rollout: line.rollout.as_ref().unwrap_or(&self.rollout),
            retrain: line.retrain.as_ref().unwrap_or(&self.retrain),
        }
    }

    /// The seats in a session. A symbol that two lines are made for is left to the one that comes first.
    ///
    /// # Errors
    /// A model that cannot be asked live.
    pub fn seats(&self, registry: &Registry, session: &EngineConfig) -> Result<Vec<SeatConfig>, String> {
        let mut seats: Vec<SeatConfig> = Vec::new();
        for line in self.lines() {
            let Some(mut seat) = line.seat(registry, session)? else { continue };
            for lane in session.lanes.iter().filter(|lane| seat.speaks_of(lane)).collect::<Vec<_>>() {
                if let Some(before) = seats.iter().find(|before| before.speaks_of(lane)) {
                    let why = format!("{} speaks of it, and comes first in [models]", before.line);
                    seat.left.insert(lane.instrument.symbol.clone(), why);
                } else {
                    seat.suits(lane)?;
                }
            }
            seats.push(seat);
        }
        Ok(seats)
    }
}

impl Line<'_> {
    fn validate(&self, section: &str) -> Result<(), String> {
        // What filters may be a model that tells of gains, which are rarer than rises: which it is, its line knows.
        let least = if self.role == Role::Filter { 0.0 } else { 0.5 };
        if !(self.enter > least && self.enter < 1.0) {
            return Err(format!("{section}.enter is {}: expected above {least} and below 1", self.enter));
        }
        self.rollout.validate().map_err(|error| format!("{section}.{error}"))?;
        self.retrain.validate().map_err(|error| format!("{section}.{error}"))
    }

    /// The seat in a session: the model of the line that decides on its bars, and the newest that is tried for the same scope.
    fn seat(&self, registry: &Registry, session: &EngineConfig) -> Result<Option<SeatConfig>, String> {
        let of_line = || registry.models().filter(|model| model.name == self.name);
        if let Some(model) = of_line().next()
            && of_line().all(|model| !model.scope.advises())
        {
            return Err(format!(
                "models named {} tell {}, not where the price goes: they predict and do not decide ([models] names others)",
                self.name, model.scope.target
            ));
        }
        let fits = |model: &&ModelRecord| {
            model.name == self.name
                && model.scope.advises()
                && session.lanes.iter().any(|lane| lane.bars == BarSpec::Time(model.scope.timeframe))
        };
        let newest = |stages: &[Stage], like: Option<&ModelRecord>| {
            let scope = |model: &&ModelRecord| like.is_none_or(|like| like.scope == model.scope);
            registry.models().rev().filter(fits).filter(scope).find(|model| stages.contains(&model.stage))
        };
        let champion = newest(&[Stage::Production], None);
        let candidate = newest(&[Stage::Canary, Stage::Shadow], champion);
        let Some(first) = champion.or(candidate) else { return Ok(None) };
        let asked = |model: &ModelRecord, key: &str| model.params.get("config")?.get(key).cloned();
        // One that was made of other features is not compared bar by bar: it waits until it is promoted.
        let rows = |model: &ModelRecord| {
            (model.features.clone(), ["reference", "label", "primary"].map(|key| asked(model, key)))
        };
        let candidate = candidate.filter(|model| rows(model) == rows(first));
        let wrong = |error| format!("{}: {error}", first.title());
        let label = asked(first, "label").ok_or_else(|| format!("nobody knows what {} foresees", first.title()))?;
        let label: LabelDef = serde_json::from_value(label).map_err(wrong)?;
        let reference: Option<Symbol> =
            asked(first, "reference").map(serde_json::from_value).transpose().map_err(wrong)?.flatten();
        let primary = asked(first, "primary").map(serde_json::from_value).transpose().map_err(wrong)?.flatten();
        let seat = SeatConfig {
            line: self.name.to_owned(),
            scope: first.scope.clone(),
            role: self.role,
            enter: self.enter,
            features: first.features.split('@').next().unwrap_or_default().to_owned(),
            reference,
            label,
            primary,
            champion: champion.and_then(seated),
            candidate: candidate.and_then(seated),
            in_canary: candidate.is_some_and(|model| model.stage == Stage::Canary),
            rollout: self.rollout.clone(),
            left: Default::default(),
        };
        if seat.foresees() == Foreseen::Rise && seat.enter <= 0.5 {
            let title = first.title();
            return Err(format!("enter is {}: {title} tells of rises, expected above 0.5 and below 1", seat.enter));
        }
        Ok(Some(seat))
    }
}

fn seated(model: &ModelRecord) -> Option<Seated> {
    let sha256 = model.artefact.as_ref()?.sha256.clone();
    Some(Seated { id: model.id, title: model.title(), sha256 })
}
