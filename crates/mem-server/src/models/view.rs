//! A model as it is shown.

use std::collections::BTreeMap;

use mem_engine::shelf::Shelf;
use mem_model::lifecycle::{ModelRecord, Registry, Scope, Stage, StageChange};
use serde::Serialize;
use utoipa::ToSchema;

use crate::records::milliseconds;

/// What a model predicts, and for whom.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct ScopeView {
    symbols: Vec<String>,
    /// Length of the bars.
    timeframe: String,
    /// So many bars ahead.
    horizon: u32,
    /// The name of the label, as in `direction`.
    target: String,
    /// All of it in words.
    words: String,
}

impl ScopeView {
    pub(super) fn of(scope: &Scope) -> Self {
        Self {
            symbols: scope.symbols.iter().map(ToString::to_string).collect(),
            timeframe: scope.timeframe.to_string(),
            horizon: scope.horizon,
            target: scope.target.clone(),
            words: scope.to_string(),
        }
    }
}

/// A step in a model's life.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StepView {
    ts: i64,
    /// The stage before.
    from: String,
    /// The stage after.
    to: String,
    why: String,
    /// The numbers that it was decided by.
    numbers: BTreeMap<String, f64>,
}

impl StepView {
    fn of(change: &StageChange) -> Self {
        Self {
            ts: milliseconds(change.at),
            from: change.from.to_string(),
            to: change.to.to_string(),
            why: change.why.clone(),
            numbers: finite(&change.numbers),
        }
    }
}

/// What can be done with a model as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Possible {
    promote: bool,
    archive: bool,
    /// It decides, and another one did before.
    roll_back: bool,
}

/// A model.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ModelView {
    id: u64,
    /// The name that it shares with those before and after it.
    name: String,
    version: String,
    /// `boosted_trees`, `logistic`, ...
    kind: String,
    scope: ScopeView,
    /// `training`, `validating`, `staging`, `shadow`, `canary`, `production`, `archived` or `failed`.
    stage: String,
    /// The model that it was made to succeed.
    parent: Option<u64>,
    created_at: i64,
    /// When it last came to decide.
    promoted_at: Option<i64>,
    /// Open time of the first bar that it was trained on.
    trained_from: i64,
    /// Open time of the last one.
    trained_to: i64,
    /// Rows that it was trained on.
    rows: u64,
    /// Of the training data.
    data_fingerprint: String,
    /// The set of features, with its version.
    features: String,
    /// Settings of the training.
    #[schema(value_type = Object)]
    params: BTreeMap<String, serde_json::Value>,
    /// What was measured: `walk.roc_auc`, `gate.candidate.return`, ...
    metrics: BTreeMap<String, f64>,
    /// Checksum of its file; null while it is being trained.
    sha256: Option<String>,
    /// Bytes of its file.
    bytes: Option<u64>,
    /// The version of the program that trained it.
    code_version: String,
    seed: u64,
    /// Whether there is a card of it.
    has_card: bool,
    possible: Possible,
    /// Its life so far, in order.
    history: Vec<StepView>,
}

impl ModelView {
    pub(super) fn of(model: &ModelRecord, registry: &Registry, shelf: &Shelf) -> Self {
        let decided = |other: &ModelRecord| other.stage == Stage::Archived && other.promoted_at().is_some();
        let before = registry.models().any(|other| other.scope == model.scope && decided(other));
        let may = |to: Stage| model.artefact.is_some() && model.stage.may_become(to);
        Self {
            id: model.id.0,
            name: model.name.clone(),
            version: model.version.to_string(),
            kind: model.kind.clone(),
            scope: ScopeView::of(&model.scope),
            stage: model.stage.to_string(),
            parent: model.parent.map(|id| id.0),
            created_at: milliseconds(model.created_at),
            promoted_at: model.promoted_at().map(milliseconds),
            trained_from: milliseconds(model.trained_on.0),
            trained_to: milliseconds(model.trained_on.1),
            rows: model.rows,
            data_fingerprint: model.data_fingerprint.clone(),
            features: model.features.clone(),
            params: model.params.clone(),
            metrics: finite(&model.metrics),
            sha256: model.artefact.as_ref().map(|artefact| artefact.sha256.clone()),
            bytes: model.artefact.as_ref().map(|artefact| artefact.bytes),
            code_version: model.code_version.clone(),
            seed: model.seed,
            has_card: shelf.card(model).exists(),
            possible: Possible {
                promote: may(Stage::Production),
                archive: may(Stage::Archived),
                roll_back: model.stage == Stage::Production && before,
            },
            history: model.history.iter().map(StepView::of).collect(),
        }
    }
}

/// No NaN leaves.
fn finite(numbers: &BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    numbers.iter().filter(|(_, value)| value.is_finite()).map(|(name, value)| (name.clone(), *value)).collect()
}
