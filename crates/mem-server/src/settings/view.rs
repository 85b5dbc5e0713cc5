//! What settings look like.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// A number.
    Float,
    /// A whole number.
    Int,
    /// Yes or no.
    Bool,
    /// One of `options`.
    Choice,
    /// Text.
    Text,
    /// A list of texts.
    List,
}

/// What a change of a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// It counts from the next event on.
    AtOnce,
    /// The session ends in order and a new one goes on from its books, within a second or so.
    NewSession,
    /// The program must be started again.
    Restart,
}

/// Where a value comes from; later ones win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub enum Layer {
    /// The program.
    #[serde(rename = "default")]
    Default,
    /// The configuration file.
    #[serde(rename = "mem.toml")]
    File,
    /// Settings saved here.
    #[serde(rename = "saved")]
    Saved,
    /// `.env` or the environment.
    #[serde(rename = "env")]
    Env,
    /// The command line.
    #[serde(rename = "flag")]
    Flag,
}

/// A number, a text, yes or no, or a list of texts.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "the form of a field for the API's description")]
pub(crate) enum SettingValue {
    Number(f64),
    Text(String),
    Bool(bool),
    List(Vec<String>),
}

/// Something that can be set.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldView {
    /// Its name within the section.
    pub name: String,
    /// Where it is: `risk.max_position`.
    pub path: String,
    /// What it means.
    pub doc: String,
    /// What it holds.
    pub kind: FieldKind,
    /// What is in force.
    #[schema(value_type = Option<SettingValue>)]
    pub value: serde_json::Value,
    /// What the program takes where nobody says otherwise.
    #[schema(value_type = Option<SettingValue>)]
    pub default: serde_json::Value,
    /// Smallest number.
    pub min: Option<f64>,
    /// Largest number.
    pub max: Option<f64>,
    /// Words that may be chosen.
    pub options: Option<Vec<String>>,
    /// In what it is measured.
    pub unit: Option<String>,
    /// What a change takes.
    pub live: Takes,
    /// Where the value comes from.
    pub source: Layer,
}

/// Fields that belong together.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SectionView {
    /// Its name: `risk`, `engine`, `alerts`.
    pub name: String,
    /// What it is about.
    pub doc: String,
    /// Its fields.
    pub fields: Vec<FieldView>,
}

/// A parameter of a strategy.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StrategyParam {
    /// Its name.
    pub name: String,
    /// What it means.
    pub doc: String,
    /// `int`, `float` or `choice`.
    pub kind: FieldKind,
    /// What the strategy takes where nobody says otherwise.
    #[schema(value_type = Option<SettingValue>)]
    pub default: serde_json::Value,
    /// Smallest number.
    pub min: Option<f64>,
    /// Largest number.
    pub max: Option<f64>,
    /// Words that may be chosen.
    pub options: Option<Vec<String>>,
}

/// A strategy that can be chosen.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StrategyChoice {
    /// Its name.
    pub name: String,
    /// In a few words.
    pub title: String,
    /// Its parameters.
    pub params: Vec<StrategyParam>,
}

/// A symbol and what trades it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LaneView {
    /// What is traded.
    pub symbol: String,
    /// By which strategy.
    pub strategy: String,
    /// Parameters that are not the strategy's own defaults.
    #[schema(value_type = BTreeMap<String, SettingValue>)]
    pub params: BTreeMap<String, serde_json::Value>,
    /// On which bars.
    pub bars: String,
    /// Whether positions are entered.
    pub enabled: bool,
}

/// Everything that can be set.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConfigView {
    /// Counts changes: a change names the version that it was made on.
    pub version: u64,
    /// The fields.
    pub sections: Vec<SectionView>,
    /// Strategies that can be chosen.
    pub strategies: Vec<StrategyChoice>,
    /// What can be traded, and by what it is.
    pub lanes: Vec<LaneView>,
    /// Timeframes that bars can have.
    pub timeframes: Vec<String>,
}
