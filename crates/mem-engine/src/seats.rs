//! The section `[models]` of the configuration: whose word counts, and for how much.

use mem_model::label::LabelDef;
use mem_model::lifecycle::{ModelRecord, Registry, RetrainConfig, RolloutConfig, Stage};
use mem_strategy::advice::Role;
use mem_types::{BarSpec, Symbol};
use serde::{Deserialize, Serialize};

use crate::core::EngineConfig;
use crate::core::seat::{SeatConfig, Seated};

/// What a user says of models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSettings {
    /// The name of the models that advise; empty for none.
    pub line: String,
    /// What the word of the one that decides counts for.
    pub role: Role,
    /// From this probability on a model is sure enough to enter: above 0.5, below 1.
    pub enter: f64,
    /// By which rules a candidate comes to decide.
    pub rollout: RolloutConfig,
    /// When the next one is trained.
    pub retrain: RetrainConfig,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self {
            line: String::new(),
            role: Role::default(),
            enter: 0.55,
            rollout: RolloutConfig::default(),
            retrain: RetrainConfig::default(),
        }
    }
}

impl ModelSettings {
    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// Names the first that does not.
    pub fn validate(&self) -> Result<(), String> {
        if !(self.enter > 0.5 && self.enter < 1.0) {
            return Err(format!("models.enter is {}: expected above 0.5 and below 1", self.enter));
        }
        self.rollout.validate().map_err(|error| format!("models.{error}"))?;
        self.retrain.validate().map_err(|error| format!("models.{error}"))
    }

    /// The seat in a session: the model of the line that decides on its bars, and the newest that is tried for the same scope.
    ///
    /// # Errors
    /// A model that cannot be asked live.
    pub fn seat(&self, registry: &Registry, session: &EngineConfig) -> Result<Option<SeatConfig>, String> {
        if self.line.is_empty() {
            return Ok(None);
        }
        let fits = |model: &&ModelRecord| {
            model.name == self.line
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
        let rows = |model: &ModelRecord| (model.features.clone(), asked(model, "reference"), asked(model, "label"));
        let candidate = candidate.filter(|model| rows(model) == rows(first));
        let wrong = |error| format!("{}: {error}", first.title());
        let label = asked(first, "label").ok_or_else(|| format!("nobody knows what {} foresees", first.title()))?;
        let label: LabelDef = serde_json::from_value(label).map_err(wrong)?;
        let reference: Option<Symbol> =
            asked(first, "reference").map(serde_json::from_value).transpose().map_err(wrong)?.flatten();
        Ok(Some(SeatConfig {
            scope: first.scope.clone(),
            role: self.role,
            enter: self.enter,
            features: first.features.split('@').next().unwrap_or_default().to_owned(),
            reference,
            label,
            champion: champion.and_then(seated),
            candidate: candidate.and_then(seated),
            rollout: self.rollout.clone(),
        }))
    }
}

fn seated(model: &ModelRecord) -> Option<Seated> {
    let sha256 = model.artefact.as_ref()?.sha256.clone();
    Some(Seated { id: model.id, title: model.title(), sha256 })
}
