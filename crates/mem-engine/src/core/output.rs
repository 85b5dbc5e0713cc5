//! What the loop says: notes for the records, and commands for a venue.

use mem_memory::Judgement;
use mem_memory::patterns::Watched;
use mem_memory::uplift::UpliftReport;
use mem_model::drift::Severity;
use mem_model::lifecycle::rollout::Phase;
use mem_model::lifecycle::{ModelId, Scope, Stage};
use mem_strategy::advice::Role;
use mem_trade::RoundTrip;
use mem_trade::ledger::Entry;
use mem_trade::order::{Order, Purpose};
use mem_trade::risk::Finding;
use mem_types::{ClientOrderId, Fill, Intent, OrderRequest, Symbol, Timeframe, Timestamp};
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::BTreeMap;

use super::seat::{Foreseen, Score, Seated};

/// Something for the records, in the order in which it happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Output {
    /// The strategy has decided, and this is what became of it.
    Signal(Box<SignalNote>),
    /// An order is planned, or has changed.
    Order(Box<Order>),
    /// An order has filled, whole or in part.
    Filled(Box<Filled>),
    /// The ledger has a new entry.
    Booked {
        /// Its number.
        number: u64,
        /// The entry.
        entry: Entry,
    },
    /// A trade is over.
    Closed(Box<Closed>),
    /// Memory has found a pattern, or retired one.
    Pattern(Box<PatternNote>),
    /// What has been learned of memory itself.
    Insight(Box<InsightNote>),
    /// A model has said what it foresees.
    Predicted(Box<PredictedNote>),
    /// What became of what a model said.
    Resolved(Box<ResolvedNote>),
    /// A candidate has come further, or was taken back.
    Model(Box<ModelNote>),
    /// How a seat of models stands.
    Standing(Box<StandingNote>),
    /// Features beside those of the training.
    Drift(Box<DriftNote>),
    /// What a model's predictions have been worth.
    Worth(Box<WorthNote>),
    /// A text was known to models later than the records say.
    KnownLater {
        /// Its number in the records.
        id: i64,
        /// When it was known to them.
        at: Timestamp,
    },
    /// A bar at which models spoke, with its indicators.
    Features(Box<FeaturesNote>),
    /// Something worth knowing.
    Note(Note),
}

/// What a model had to do with a decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelWord {
    /// Which model.
    pub model: ModelId,
    /// Its name and version.
    pub title: String,
    /// Whether it is the candidate's turn.
    pub by_candidate: bool,
    /// What its word counts for.
    pub role: Role,
    /// What that is the probability of.
    #[serde(skip_serializing_if = "Foreseen::is_rise")]
    pub of: Foreseen,
    /// The probability that it gave, 0 to 1.
    pub up: f64,
    /// The weights of rules, model and memory, 1 together.
    pub weights: [f64; 3],
    /// The features that moved it most, with their Shapley values in log-odds.
    pub moved_by: Vec<(String, f64)>,
}

/// A bar at which models spoke, with the indicators of the reference's table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeaturesNote {
    /// The close of the bar, in the market's time.
    pub at: Timestamp,
    /// Of what.
    pub symbol: Symbol,
    /// Length of the bars.
    pub timeframe: Timeframe,
    /// The bar's open, high, low and close.
    pub prices: [f64; 4],
    /// Units traded; `None` where unknown.
    pub volume: Option<f64>,
    /// The indicators in the order of the feature set `reference25`; `None` where undefined.
    pub indicators: [Option<f64>; INDICATORS],
}

/// How many features of the set `reference25` are indicators of the bars themselves: the first ones.
pub const INDICATORS: usize = 16;

/// A prediction.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PredictedNote {
    /// The close of the bar, in the market's time.
    pub at: Timestamp,
    /// Of what.
    pub symbol: Symbol,
    /// Length of the bars.
    pub timeframe: Timeframe,
    /// By which model.
    pub model: ModelId,
    /// Its version.
    pub version: String,
    /// `champion` or `candidate`.
    pub role: &'static str,
    /// What that is the probability of.
    #[serde(skip_serializing_if = "Foreseen::is_rise")]
    pub of: Foreseen,
    /// The probability, 0 to 1.
    pub up: f64,
    /// How far ahead, in minutes.
    pub horizon_minutes: u32,
    /// When the truth is known at the latest.
    pub due: Timestamp,
    /// The set of features.
    pub features: String,
    /// What is foreseen.
    pub label: String,
    /// The weights of rules, model and memory.
    pub weights: [f64; 3],
}

/// What became of a prediction.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResolvedNote {
    /// By which model.
    pub model: ModelId,
    /// Of what.
    pub symbol: Symbol,
    /// Length of the bars.
    pub timeframe: Timeframe,
    /// What was foreseen.
    pub label: String,
    /// When it was made.
    pub at: Timestamp,
    /// When the truth was known.
    pub known_at: Timestamp,
    /// What was given the probability of.
    #[serde(skip_serializing_if = "Foreseen::is_rise")]
    pub of: Foreseen,
    /// The truth: whether the class is above 0.
    pub up: bool,
    /// The logarithmic return until then.
    pub log_return: f64,
    /// Squared difference of probability and truth.
    pub brier: f64,
}

/// A step of a candidate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelNote {
    /// When, in the market's time.
    pub at: Timestamp,
    /// Which model.
    pub model: ModelId,
    /// Its name and version.
    pub title: String,
    /// The model that decided.
    pub champion: Option<ModelId>,
    /// The stage that it has come to.
    pub to: Stage,
    /// The same, with the share of a canary, in words.
    pub phase: String,
    /// The share of signals that it decides from now on.
    pub share: f64,
    /// `stage_advanced`, `promoted_to_production` or `deployment_rollback`.
    pub kind: String,
    /// Why, in plain English.
    pub why: String,
    /// The numbers that it was decided by.
    pub numbers: BTreeMap<String, f64>,
}

/// How a seat of models stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StandingNote {
    /// When, in the market's time.
    pub at: Timestamp,
    /// The name of the models.
    pub line: String,
    /// For whom.
    pub scope: Scope,
    /// The model that decides.
    pub champion: Option<Seated>,
    /// The one that is tried.
    pub candidate: Option<Seated>,
    /// How far it has come.
    pub phase: Option<Phase>,
    /// The share of signals that it decides.
    pub share: f64,
    /// The numbers that verdicts are taken from.
    pub numbers: BTreeMap<String, f64>,
    /// What the champion's predictions were worth.
    pub champion_score: Score,
    /// What the candidate's were worth.
    pub candidate_score: Score,
    /// The weights of rules, model and memory.
    pub weights: [f64; 3],
    /// What is waited for, or why something has changed.
    pub why: String,
}

/// Features beside those of the training.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DriftNote {
    /// When, in the market's time.
    pub at: Timestamp,
    /// Of what market.
    pub symbol: Symbol,
    /// Of which model's training.
    pub model: ModelId,
    /// Its name and version.
    pub title: String,
    /// The worst of them.
    pub severity: Severity,
    /// Each feature: name, Kolmogorov-Smirnov distance, corrected p-value, population stability index, severity.
    pub findings: Vec<(String, f64, f64, f64, Severity)>,
}

/// What a model's predictions have been worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorthNote {
    /// When, in the market's time.
    pub at: Timestamp,
    /// Which model.
    pub model: ModelId,
    /// Its name and version.
    pub title: String,
    /// `champion` or `candidate`.
    pub role: &'static str,
    /// What they were worth.
    pub score: Score,
    /// `drift` where its loss has changed by more than chance, else `stable`.
    pub verdict: &'static str,
}

/// A decision of the strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignalNote {
    /// Its number; counts up through the life of the books.
    pub decision: u64,
    /// When, in the market's time: the close of the bar.
    pub at: Timestamp,
    /// In what.
    pub symbol: Symbol,
    /// Of which strategy.
    pub strategy: String,
    /// When the bar opened.
    pub bar: Timestamp,
    /// What is wanted.
    pub intent: Intent,
    /// How sure the strategy is, 0 to 100.
    pub confidence: f64,
    /// The close that it was taken at.
    pub price: f64,
    /// Where the stop would stand.
    pub stop: Option<f64>,
    /// Where the target would stand.
    pub target: Option<f64>,
    /// Why, in plain English, the weightiest reason first.
    pub reasons: Vec<String>,
    /// What the market looked like: the values of [`super::features::NAMES`]; empty where it was not looked at. Undefined is null.
    pub features: Vec<f64>,
    /// What memory had to say; `None` where it was not asked.
    pub memory: Option<Judgement>,
    /// What a model had to do with it; `None` where none was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelWord>,
    /// What risk had to say.
    pub findings: Vec<Finding>,
    /// The orders that it led to.
    pub orders: Vec<ClientOrderId>,
    /// The quantity that was approved, in base units; `None` where nothing was entered.
    pub qty: Option<Decimal>,
}

/// A fill and what it means.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Filled {
    /// The fill.
    pub fill: Fill,
    /// What the order was for; `None` for an order that is not ours.
    pub purpose: Option<Purpose>,
    /// The decision that it follows from.
    pub decision: Option<u64>,
    /// Of which strategy.
    pub strategy: String,
    /// How sure that decision was.
    pub confidence: f64,
    /// Profit of what it closed, before fees.
    pub realised: Decimal,
    /// How much worse than expected the price was, in ten-thousandths of it: against the price decided on for entries and exits,
    /// against its level for a stop or target.
    pub slippage_bps: f64,
    /// The slippage that was expected.
    pub expected_bps: f64,
}

/// A trade that is over.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Closed {
    /// The decision that opened it; `None` for what we did not open.
    pub decision: Option<u64>,
    /// In what.
    pub symbol: Symbol,
    /// Of which strategy.
    pub strategy: String,
    /// What ended it.
    pub purpose: Option<Purpose>,
    /// How sure the strategy was.
    pub confidence: f64,
    /// From entry to exit.
    pub trip: RoundTrip,
    /// Profit after fees in percent of what was entered.
    pub return_pct: f64,
    /// What the account is worth after it.
    pub equity: f64,
    /// Slippage of entry and exit together, in ten-thousandths.
    pub slippage_bps: f64,
    /// The slippage that was expected.
    pub expected_bps: f64,
}

/// A pattern that was found or retired.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PatternNote {
    /// When, in the market's time.
    pub at: Timestamp,
    /// The pattern, and what became of it.
    pub watched: Watched,
    /// In plain English.
    pub text: String,
}

/// Whether memory helps, as measured so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InsightNote {
    /// When, in the market's time.
    pub at: Timestamp,
    /// The figures.
    pub uplift: UpliftReport,
    /// In plain English.
    pub text: String,
}

/// How much a note matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For the record.
    Info,
    /// Somebody should look.
    Warning,
    /// Something is wrong.
    Error,
}

/// Something worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// When, in the market's time.
    pub at: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// What it is about: `risk`, `venue`, `books`, `market`, `operator`.
    pub source: &'static str,
    /// In plain English.
    pub text: String,
}

/// Something a venue is to do, after the outputs before it are on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Send an order.
    Place(Box<OrderRequest>),
    /// Send a target and a stop of which one cancels the other.
    PlacePair {
        /// A limit order.
        target: Box<OrderRequest>,
        /// A stop.
        stop: Box<OrderRequest>,
    },
    /// Cancel an order.
    Cancel {
        /// Of what.
        symbol: Symbol,
        /// Which.
        id: ClientOrderId,
    },
}
