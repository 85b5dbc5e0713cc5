//! What the loop says: notes for the records, and commands for a venue.

use mem_memory::Judgement;
use mem_memory::patterns::Watched;
use mem_memory::uplift::UpliftReport;
use mem_trade::RoundTrip;
use mem_trade::ledger::Entry;
use mem_trade::order::{Order, Purpose};
use mem_trade::risk::Finding;
use mem_types::{ClientOrderId, Fill, Intent, OrderRequest, Symbol, Timestamp};
use rust_decimal::Decimal;
use serde::Serialize;

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
    /// Something worth knowing.
    Note(Note),
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
