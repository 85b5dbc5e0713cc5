//! What is traded: its currencies, its grid and what trading it costs.

use mem_types::{Asset, Symbol};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How a position in it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstrumentKind {
    /// Bought and sold outright: base and quote change hands.
    Spot,
    /// A contract held on margin: only profits, losses and fees change hands.
    Perpetual,
}

/// What a fill costs, as fractions of its worth; negative for a rebate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fees {
    /// Of orders that rested.
    pub maker: Decimal,
    /// Of orders that took.
    pub taker: Decimal,
}

impl Default for Fees {
    /// 0.02 % and 0.05 %.
    fn default() -> Self {
        Self { maker: Decimal::new(2, 4), taker: Decimal::new(5, 4) }
    }
}

/// One instrument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instrument {
    /// What it is called.
    pub symbol: Symbol,
    /// What quantities count.
    pub base: Asset,
    /// What prices and fees are in.
    pub quote: Asset,
    /// How it is held.
    pub kind: InstrumentKind,
    /// Prices of orders are multiples of this; zero for any price.
    pub tick_size: Decimal,
    /// Quantities are multiples of this; zero for any quantity.
    pub lot_size: Decimal,
    /// Smallest quantity of an order.
    pub min_qty: Decimal,
    /// Smallest price times quantity of an order that opens something.
    pub min_notional: Decimal,
    /// What trading it costs.
    pub fees: Fees,
}

impl Instrument {
    /// An instrument without a grid: any price, any quantity. What candles alone tell of a market.
    pub fn gridless(symbol: Symbol, base: Asset, quote: Asset, fees: Fees) -> Self {
        Self {
            symbol,
            base,
            quote,
            kind: InstrumentKind::Spot,
            tick_size: Decimal::ZERO,
            lot_size: Decimal::ZERO,
            min_qty: Decimal::ZERO,
            min_notional: Decimal::ZERO,
            fees,
        }
    }
}
