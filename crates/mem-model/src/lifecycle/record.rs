//! A model and where it comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use mem_types::{Symbol, Timeframe, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Stage, Version};

/// The number of a model. Later models have higher ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ModelId(pub u64);

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What a model predicts, and for whom. Of each scope one model decides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// The symbols that it was made for.
    pub symbols: BTreeSet<Symbol>,
    /// Of bars of this length.
    pub timeframe: Timeframe,
    /// So many bars ahead.
    pub horizon: u32,
    /// What it predicts: the name of the label, as in `direction`.
    pub target: String,
}

impl Scope {
    /// Whether its models may advise an engine: they tell where the price goes, or which entries of a strategy gain. Those of returns, volatility
    /// and quantiles predict only.
    pub fn advises(&self) -> bool {
        !["return", "volatility", "quantiles"].contains(&self.target.as_str())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let symbols: Vec<&str> = self.symbols.iter().map(Symbol::as_str).collect();
        write!(f, "{} of {} on {}, {} bars ahead", self.target, symbols.join(", "), self.timeframe, self.horizon)
    }
}

/// The file that holds a trained model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artefact {
    /// Its name in the folder of models.
    pub file: String,
    /// Of its bytes, in hexadecimal.
    pub sha256: String,
    /// How many bytes.
    pub bytes: u64,
}

/// A step in a model's life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageChange {
    /// When.
    pub at: Timestamp,
    /// From where.
    pub from: Stage,
    /// To where.
    pub to: Stage,
    /// Why, in plain English.
    pub why: String,
    /// The numbers that it was decided by.
    pub numbers: BTreeMap<String, f64>,
}

/// A model, its lineage and its life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// Its number.
    pub id: ModelId,
    /// Its name, which it shares with the models that came before and after it.
    pub name: String,
    /// Which of that name.
    pub version: Version,
    /// What kind of model: `boosted_trees`, `logistic`, ...
    pub kind: String,
    /// What it predicts, and for whom.
    pub scope: Scope,
    /// Where it stands.
    pub stage: Stage,
    /// The model that it was made to succeed.
    pub parent: Option<ModelId>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// The first and last bar that it was trained on, by their open times.
    pub trained_on: (Timestamp, Timestamp),
    /// Rows that it was trained on.
    pub rows: u64,
    /// Of the training data.
    pub data_fingerprint: String,
    /// The feature set, with its version.
    pub features: String,
    /// Settings of the training.
    pub params: BTreeMap<String, serde_json::Value>,
    /// What was measured: names as in `validation.roc_auc`.
    pub metrics: BTreeMap<String, f64>,
    /// Its file; `None` while it is being trained.
    pub artefact: Option<Artefact>,
    /// The version of the program that trained it.
    pub code_version: String,
    /// Everything random came from this.
    pub seed: u64,
    /// Its life so far.
    pub history: Vec<StageChange>,
}

impl ModelRecord {
    /// Name and version, as in `trend 1.0.2`.
    pub fn title(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// When it last came to decide; `None` for one that never did.
    pub fn promoted_at(&self) -> Option<Timestamp> {
        self.history.iter().rev().find(|change| change.to == Stage::Production).map(|change| change.at)
    }
}
