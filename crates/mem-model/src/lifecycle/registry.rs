//! All models, and which one of each scope decides.

use std::collections::BTreeMap;

use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::record::{Artefact, ModelId, ModelRecord, Scope, StageChange};
use super::stage::Stage;
use super::version::{Difference, Version};

/// Why the registry refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// No such model.
    #[error("there is no model {0}")]
    Unknown(ModelId),
    /// A step that no life has.
    #[error("model {id} is {from}: it cannot become {to}")]
    Step {
        /// Which.
        id: ModelId,
        /// Where it stands.
        from: Stage,
        /// What was wanted.
        to: Stage,
    },
    /// A model without a file.
    #[error("model {0} has no artefact: it cannot be judged")]
    NoArtefact(ModelId),
    /// Nothing to go back to.
    #[error("there is nothing to go back to: no earlier model of `{0}` has decided")]
    NothingBefore(String),
    /// Nothing decides there.
    #[error("no model decides on {0}")]
    NoneDecides(String),
    /// A name that cannot be one.
    #[error("'{0}' cannot name a model: 1 to 64 letters, digits, - or _")]
    Name(String),
    /// Records that contradict themselves.
    #[error("the records of models are damaged: {0}")]
    Damaged(String),
}

/// A model that is about to be trained.
#[derive(Debug, Clone, PartialEq)]
pub struct NewModel {
    /// Its name.
    pub name: String,
    /// What kind of model.
    pub kind: String,
    /// What it predicts, and for whom.
    pub scope: Scope,
    /// When.
    pub at: Timestamp,
    /// The first and last bar of the training data.
    pub trained_on: (Timestamp, Timestamp),
    /// Rows of it.
    pub rows: u64,
    /// Its fingerprint.
    pub data_fingerprint: String,
    /// The feature set, with its version.
    pub features: String,
    /// Settings of the training.
    pub params: BTreeMap<String, serde_json::Value>,
    /// The version of the program.
    pub code_version: String,
    /// Everything random comes from this.
    pub seed: u64,
}

/// All models.
///
/// **Invariant:** of each scope at most one model is in production, and it has an artefact.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Registry {
    models: BTreeMap<ModelId, ModelRecord>,
}

impl Registry {
    /// The registry of `models`, as they were kept.
    ///
    /// # Errors
    /// A number twice, or two models that decide on the same scope.
    pub fn restore(models: impl IntoIterator<Item = ModelRecord>) -> Result<Self, RegistryError> {
        let mut registry = Self::default();
        for model in models {
            if model.stage == Stage::Production
                && let Some(other) = registry.production(&model.scope)
            {
                let both = format!("models {} and {} both decide on {}", other.id, model.id, model.scope);
                return Err(RegistryError::Damaged(both));
            }
            let id = model.id;
            if registry.models.insert(id, model).is_some() {
                return Err(RegistryError::Damaged(format!("model {id} is there twice")));
            }
        }
        Ok(registry)
    }

    /// All models, the oldest first.
    pub fn models(&self) -> impl DoubleEndedIterator<Item = &ModelRecord> {
        self.models.values()
    }

    /// The model of that number.
    ///
    /// # Errors
    /// If there is none.
    pub fn get(&self, id: ModelId) -> Result<&ModelRecord, RegistryError> {
        self.models.get(&id).ok_or(RegistryError::Unknown(id))
    }

    /// The model that decides on a scope.
    pub fn production(&self, scope: &Scope) -> Option<&ModelRecord> {
        self.models().find(|model| model.stage == Stage::Production && model.scope == *scope)
    }

    /// Models that predict on the live market.
    pub fn predicting(&self) -> impl Iterator<Item = &ModelRecord> {
        self.models().filter(|model| model.stage.predicts())
    }

    /// Enters a model that is about to be trained. Its version follows from how it differs from the newest of its name; its parent is the
    /// model that decides on its scope, else the newest of its name.
    ///
    /// # Errors
    /// A name that cannot be one.
    pub fn register(&mut self, new: NewModel) -> Result<ModelId, RegistryError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if new.name.is_empty() || new.name.len() > 64 || !new.name.chars().all(allowed) {
            return Err(RegistryError::Name(new.name));
        }
        let id = ModelId(self.models.last_key_value().map_or(1, |(id, _)| id.0 + 1));
        let before = self.models().rev().find(|model| model.name == new.name);
        let version = before.map_or(Version::FIRST, |before| before.version.after(difference(before, &new)));
        let parent = self.production(&new.scope).or(before).map(|model| model.id);
        let model = ModelRecord {
            id,
            name: new.name,
            version,
            kind: new.kind,
            scope: new.scope,
            stage: Stage::Training,
            parent,
            created_at: new.at,
            trained_on: new.trained_on,
            rows: new.rows,
            data_fingerprint: new.data_fingerprint,
            features: new.features,
            params: new.params,
            metrics: BTreeMap::new(),
            artefact: None,
            code_version: new.code_version,
            seed: new.seed,
            history: Vec::new(),
        };
        self.models.insert(id, model);
        Ok(id)
    }

    /// A model has been trained: it has a file now, and is judged next.
    ///
    /// # Errors
    /// No such model, or one that is not being trained.
    pub fn trained(&mut self, id: ModelId, artefact: Artefact, at: Timestamp) -> Result<(), RegistryError> {
        self.step(id, Stage::Validating, at, "trained".to_owned(), BTreeMap::new())?;
        self.change(id)?.artefact = Some(artefact);
        Ok(())
    }

    /// Adds what was measured of a model.
    ///
    /// # Errors
    /// No such model.
    pub fn measured(
        &mut self,
        id: ModelId,
        metrics: impl IntoIterator<Item = (String, f64)>,
    ) -> Result<(), RegistryError> {
        self.change(id)?.metrics.extend(metrics);
        Ok(())
    }

    /// Takes a model a step on. One that comes to decide takes the place of the one that decided, which is archived in the same step.
    /// Gives the numbers of all models that have changed.
    ///
    /// # Errors
    /// No such model, a step that no life has, or a model without a file where one is needed. Nothing has changed then.
    pub fn advance(
        &mut self,
        id: ModelId,
        to: Stage,
        at: Timestamp,
        why: &str,
        numbers: BTreeMap<String, f64>,
    ) -> Result<Vec<ModelId>, RegistryError> {
        let model = self.get(id)?;
        if !model.stage.may_become(to) {
            return Err(RegistryError::Step { id, from: model.stage, to });
        }
        if model.artefact.is_none() && to != Stage::Failed {
            return Err(RegistryError::NoArtefact(id));
        }
        let mut changed = Vec::new();
        if to == Stage::Production
            && let Some(before) = self.production(&model.scope).map(|before| before.id)
        {
            let succeeded = format!("succeeded by {}", self.get(id)?.title());
            self.step(before, Stage::Archived, at, succeeded, BTreeMap::new())?;
            changed.push(before);
        }
        self.step(id, to, at, why.to_owned(), numbers)?;
        changed.push(id);
        Ok(changed)
    }

    /// Takes back the model that decides on a scope: it has failed, and the one that decided before it decides again.
    ///
    /// # Errors
    /// Nothing decides there, or nothing did before. Nothing has changed then.
    pub fn roll_back(
        &mut self,
        scope: &Scope,
        at: Timestamp,
        why: &str,
        numbers: BTreeMap<String, f64>,
    ) -> Result<[ModelId; 2], RegistryError> {
        let current = self.production(scope).ok_or_else(|| RegistryError::NoneDecides(scope.to_string()))?;
        let (id, title) = (current.id, current.title());
        let before = self
            .models()
            .filter(|model| model.scope == *scope && model.stage == Stage::Archived)
            .filter_map(|model| Some((model.promoted_at()?, model.id)))
            .max()
            .ok_or_else(|| RegistryError::NothingBefore(scope.to_string()))?
            .1;
        self.step(id, Stage::Failed, at, why.to_owned(), numbers)?;
        self.step(before, Stage::Production, at, format!("{title} was rolled back: {why}"), BTreeMap::new())?;
        Ok([id, before])
    }

    fn step(
        &mut self,
        id: ModelId,
        to: Stage,
        at: Timestamp,
        why: String,
        numbers: BTreeMap<String, f64>,
    ) -> Result<(), RegistryError> {
        let model = self.change(id)?;
        if !model.stage.may_become(to) {
            return Err(RegistryError::Step { id, from: model.stage, to });
        }
        model.history.push(StageChange { at, from: model.stage, to, why, numbers });
        model.stage = to;
        Ok(())
    }

    fn change(&mut self, id: ModelId) -> Result<&mut ModelRecord, RegistryError> {
        self.models.get_mut(&id).ok_or(RegistryError::Unknown(id))
    }
}

fn difference(before: &ModelRecord, new: &NewModel) -> Difference {
    if before.kind != new.kind || before.features != new.features || before.scope != new.scope {
        Difference::Meaning
    } else if before.params != new.params {
        Difference::Parameters
    } else {
        Difference::Data
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use mem_types::Timeframe;
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_nanos(second * 1_000_000_000)
    }

    fn scope(symbol: &str) -> Scope {
        Scope {
            symbols: BTreeSet::from([symbol.parse().unwrap()]),
            timeframe: Timeframe::H1,
            horizon: 4,
            target: "direction".to_owned(),
        }
    }

    fn new(symbol: &str) -> NewModel {
        NewModel {
            name: "trend".to_owned(),
            kind: "boosted_trees".to_owned(),
            scope: scope(symbol),
            at: at(0),
            trained_on: (at(0), at(1)),
            rows: 10,
            data_fingerprint: "f".to_owned(),
            features: "core@1".to_owned(),
            params: BTreeMap::new(),
            code_version: "0.1.0".to_owned(),
            seed: 1,
        }
    }

    fn artefact() -> Artefact {
        Artefact { file: "trend.mem".to_owned(), sha256: "00".to_owned(), bytes: 1 }
    }

    fn staged(registry: &mut Registry, symbol: &str) -> ModelId {
        let id = registry.register(new(symbol)).unwrap();
        registry.trained(id, artefact(), at(1)).unwrap();
        registry.advance(id, Stage::Staging, at(2), "judged", BTreeMap::new()).unwrap();
        id
    }

    fn promote(registry: &mut Registry, id: ModelId, second: i64) {
        registry.advance(id, Stage::Production, at(second), "better", BTreeMap::new()).unwrap();
    }

    #[test]
    fn the_newcomer_takes_the_place_of_the_champion_and_gives_it_back() {
        let mut registry = Registry::default();
        let first = staged(&mut registry, "BTCUSDT");
        promote(&mut registry, first, 3);
        let second = staged(&mut registry, "BTCUSDT");
        assert_eq!(registry.get(second).unwrap().parent, Some(first));
        assert_eq!(registry.get(second).unwrap().version.to_string(), "1.0.1");
        promote(&mut registry, second, 4);
        assert_eq!(registry.get(first).unwrap().stage, Stage::Archived);
        assert_eq!(registry.production(&scope("BTCUSDT")).unwrap().id, second);
        registry.roll_back(&scope("BTCUSDT"), at(5), "worse", BTreeMap::new()).unwrap();
        assert_eq!(registry.production(&scope("BTCUSDT")).unwrap().id, first);
        assert_eq!(registry.get(second).unwrap().stage, Stage::Failed);
        let nothing = registry.roll_back(&scope("BTCUSDT"), at(6), "worse", BTreeMap::new());
        assert!(matches!(nothing, Err(RegistryError::NothingBefore(_))), "a model that failed does not return");
    }

    #[test]
    fn scopes_do_not_touch_each_other() {
        let mut registry = Registry::default();
        let (one, other) = (staged(&mut registry, "BTCUSDT"), staged(&mut registry, "ETHUSDT"));
        promote(&mut registry, one, 3);
        promote(&mut registry, other, 3);
        assert_eq!(registry.predicting().count(), 2);
        assert_eq!(registry.get(other).unwrap().version.to_string(), "2.0.0", "another scope is another meaning");
    }

    #[test]
    fn nothing_without_a_file_is_judged() {
        let mut registry = Registry::default();
        let id = registry.register(new("BTCUSDT")).unwrap();
        let refused = registry.advance(id, Stage::Production, at(1), "", BTreeMap::new());
        assert!(matches!(refused, Err(RegistryError::Step { .. })));
        registry.advance(id, Stage::Failed, at(1), "no data", BTreeMap::new()).unwrap();
        assert!(registry.register(NewModel { name: "../x".to_owned(), ..new("BTCUSDT") }).is_err());
    }

    proptest! {
        /// Whatever is asked, at most one model of a scope decides, refusals change nothing, and what was kept comes back.
        #[test]
        fn one_decides(asked in prop::collection::vec((0_u64..8, 0_usize..9, any::<bool>()), 1..60)) {
            let mut registry = Registry::default();
            for (second, (id, what, other)) in asked.into_iter().enumerate() {
                let symbol = if other { "ETHUSDT" } else { "BTCUSDT" };
                let before = registry.clone();
                let now = at(second as i64);
                let refused = match what {
                    8 => registry.roll_back(&scope(symbol), now, "worse", BTreeMap::new()).is_err(),
                    0 => {
                        staged(&mut registry, symbol);
                        false
                    }
                    to => registry.advance(ModelId(id), Stage::ALL[to], now, "asked", BTreeMap::new()).is_err(),
                };
                if refused {
                    prop_assert_eq!(&registry, &before);
                }
                for symbol in ["BTCUSDT", "ETHUSDT"] {
                    let deciding = registry.models()
                        .filter(|model| model.stage == Stage::Production && model.scope == scope(symbol));
                    prop_assert!(deciding.count() <= 1);
                }
                let restored = Registry::restore(registry.models().cloned()).unwrap();
                prop_assert_eq!(&restored, &registry);
            }
        }
    }
}
