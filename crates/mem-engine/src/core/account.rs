//! The books of the account, and what they are worth at the last prices.

use super::seat::Standing;
use mem_memory::patterns::PatternBook;
use mem_memory::uplift::Uplift;
use mem_model::lifecycle::ModelId;
use mem_trade::exact::float;
use mem_trade::ledger::{self, Entry, Ledger};
use mem_trade::order::{Orders, Purpose};
use mem_trade::paper::Paper;
use mem_trade::sizing::Record;
use mem_trade::{InstrumentKind, Position};
use mem_types::{Asset, FillId, PositionSide, Symbol, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a position is meant to be: the decision that opened it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The decision's number.
    pub decision: u64,
    /// Which way.
    pub side: PositionSide,
    /// The bar that it was taken on.
    pub bar: Timestamp,
    /// The price that it was taken at.
    pub price: f64,
    /// How sure it was.
    pub confidence: f64,
    /// Distance from entry to stop.
    pub stop_distance: Option<f64>,
    /// Distance from entry to target.
    pub target_distance: Option<f64>,
    /// The probabilities of winning, without and with memory, that were given with it; `None` where memory had too little to go by.
    pub probabilities: Option<(f64, f64)>,
    /// The model that had a say in it; `None` where none had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advised: Option<Advised>,
    /// Slippage of the fills so far and what was expected of them, in ten-thousandths.
    pub slippage_bps: f64,
    /// See above.
    pub expected_bps: f64,
}

/// What a model said of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Advised {
    /// Which model.
    pub model: ModelId,
    /// The probability of a rise that it gave.
    pub up: f64,
}

/// Everything that must survive a restart.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Account {
    /// The books.
    pub ledger: Ledger,
    /// What is held, by symbol; flat ones are left out.
    pub positions: BTreeMap<Symbol, Position>,
    /// Orders that are not done.
    pub orders: Orders,
    /// What positions are meant to be.
    pub plans: BTreeMap<Symbol, Plan>,
    /// What entries on their way are meant to become.
    pub coming: BTreeMap<Symbol, Plan>,
    /// Positions that are to be closed, and why, until they are.
    pub leaving: BTreeMap<Symbol, Purpose>,
    /// The bar and side of the last entry that was acted on.
    pub last_entries: BTreeMap<Symbol, (Timestamp, PositionSide)>,
    /// The paper broker; `None` where orders go to a venue.
    pub paper: Option<Paper>,
    /// The newest fill of the venue that has been booked.
    pub last_fill: Option<FillId>,
    /// How far the market's clock had come.
    pub seen_until: Option<Timestamp>,
    /// The UTC day of the market that `day_start` belongs to, counted from 1970.
    pub day: Option<i64>,
    /// What the account was worth when it began.
    pub day_start: f64,
    /// The most it was worth since the last reset.
    pub peak: f64,
    /// Losing trades in a row.
    pub losing_streak: u32,
    /// What closed trades have brought.
    pub record: Record,
    /// Orders planned so far.
    pub next_order: u64,
    /// Decisions taken so far.
    pub next_decision: u64,
    /// Patterns that were found, and what became of them.
    pub patterns: PatternBook,
    /// Whether memory has helped so far.
    pub uplift: Uplift,
    /// How the seats of models stand, by the names of their lines.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub standings: BTreeMap<String, Standing>,
    /// Why an operator forbids entries; `None` where he does not.
    pub kill_switch: Option<String>,
}

impl Account {
    /// Books an entry and gives its number.
    pub(super) fn book(&mut self, entry: &Entry) -> u64 {
        self.ledger.book(entry)
    }

    /// What is held of a symbol, in base units.
    pub fn qty(&self, symbol: &Symbol) -> Decimal {
        self.positions.get(symbol).map_or(Decimal::ZERO, Position::qty)
    }

    /// Which way a position faces.
    pub fn side(&self, symbol: &Symbol) -> Option<PositionSide> {
        self.positions.get(symbol).and_then(Position::side)
    }

    /// Cash in quote currency.
    pub fn cash(&self, quote: &Asset) -> Decimal {
        self.ledger.balance(ledger::Account::Cash, quote)
    }
}

/// A held position as floats, so that every price can be marked at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Held {
    pub(super) market: usize,
    pub(super) units: f64,
    /// What is taken off the value: the cost of a contract, nothing of a coin.
    cost: f64,
}

impl Held {
    pub(super) fn new(market: usize, kind: InstrumentKind, position: &Position) -> Option<Self> {
        let units = float(position.qty());
        let cost = match kind {
            InstrumentKind::Spot => 0.0,
            InstrumentKind::Perpetual => units * position.average_entry().map_or(0.0, float),
        };
        (units != 0.0).then_some(Self { market, units, cost })
    }

    #[inline]
    pub(super) fn value(&self, price: f64) -> f64 {
        self.units * price - self.cost
    }
}
