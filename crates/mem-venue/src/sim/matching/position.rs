//! A position in a perpetual and the arithmetic of opening and closing it.

use mem_types::Symbol;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::instrument::round_down;

/// A signed quantity and what it cost.
///
/// The cost is kept instead of the average entry price, because the price is a quotient and would have to be rounded.
/// Whatever is taken off the cost is booked as profit or loss, so cash minus cost is exact.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Positive for long, negative for short.
    pub(super) qty: Decimal,
    /// Quantity times average entry price, with the sign of the quantity.
    pub(super) cost: Decimal,
}

/// A position as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionState {
    /// In what.
    pub symbol: Symbol,
    /// In base: positive for long, negative for short, zero for none.
    pub qty: Decimal,
    /// The average price it was opened at; `None` for none.
    pub average_entry: Option<Decimal>,
    /// The last traded price; `None` before the first print.
    pub mark: Option<Decimal>,
    /// What closing it at the mark would gain, in quote, before fees.
    pub unrealised_pnl: Decimal,
    /// Initial margin set aside for it, in quote.
    pub margin: Decimal,
}

impl Position {
    /// Changes the position by a signed quantity and returns the profit realised by what that closed.
    pub(super) fn trade(&mut self, change: Decimal, price: Decimal) -> Decimal {
        let closed = self.closed_by(change);
        let closed_cost = if closed == self.qty { self.cost } else { round_down(self.cost * closed / self.qty) };
        self.qty += change;
        self.cost += (change + closed) * price - closed_cost;
        closed * price - closed_cost
    }

    /// How much of the position a change closes, with the position's sign.
    fn closed_by(&self, change: Decimal) -> Decimal {
        if (self.qty > Decimal::ZERO) == (change > Decimal::ZERO) {
            Decimal::ZERO
        } else if change.abs() >= self.qty.abs() {
            self.qty
        } else {
            -change
        }
    }

    pub(super) fn unrealised(&self, mark: Decimal) -> Decimal {
        self.qty * mark - self.cost
    }

    pub(super) fn average_entry(&self) -> Option<Decimal> {
        (!self.qty.is_zero()).then(|| self.cost / self.qty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_adds_reduces_flips_and_closes() {
        let dec = |n: i64| Decimal::from(n);
        let mut position = Position::default();
        // (change, price) -> (realised, quantity, cost)
        for (change, price, realised, qty, cost) in [
            (2, 100, 0, 2, 200),
            (2, 110, 0, 4, 420),
            (-1, 125, 20, 3, 315),
            (-5, 100, -15, -2, -200),
            (1, 90, 10, -1, -100),
            (1, 130, -30, 0, 0),
        ] {
            assert_eq!(position.trade(dec(change), dec(price)), dec(realised), "{change} at {price}");
            assert_eq!((position.qty, position.cost), (dec(qty), dec(cost)), "{change} at {price}");
        }
    }
}
