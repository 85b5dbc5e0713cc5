//! What can be traded and on which grid of prices and quantities.

use mem_types::{Asset, Symbol};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::words::InstrumentKind;

/// Decimal places to which fees, margins and costs are rounded. Ticks and lots together have no more, so a price times
/// a quantity is exact; together with [`MAX_NOTIONAL`] it leaves room in a [`Decimal`] for every sum to be exact.
pub(super) const MONEY_SCALE: u32 = 12;

/// The most an order may be worth, in quote currency.
pub(super) const MAX_NOTIONAL: Decimal = mem_types::order::MAX_AMOUNT;

/// One instrument and its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstrumentSpec {
    /// What it is called.
    pub symbol: Symbol,
    /// What quantities count.
    pub base: Asset,
    /// What prices, fees and margin are in.
    pub quote: Asset,
    /// Spot or perpetual.
    pub kind: InstrumentKind,
    /// Prices are multiples of this.
    pub tick_size: Decimal,
    /// Quantities are multiples of this.
    pub lot_size: Decimal,
    /// The smallest quantity of an order.
    pub min_qty: Decimal,
    /// The smallest price times quantity of an order, in quote. Reduce-only orders are exempt.
    pub min_notional: Decimal,
    /// Notional over initial margin of a perpetual, at least 1. Every account uses all of it. Ignored on spot.
    pub max_leverage: u32,
}

/// Why a configuration makes no exchange.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Two instruments share a name.
    #[error("instrument {0} is there twice")]
    Repeated(Symbol),
    /// A number that makes no grid or no margin.
    #[error("instrument {symbol}: {field} must be {must}")]
    Instrument {
        /// Of which instrument.
        symbol: Symbol,
        /// Which number.
        field: &'static str,
        /// What it must be.
        must: &'static str,
    },
    /// A fee of the whole price or more, or finer than can be booked.
    #[error("{0} must lie between -1 and 1 with at most 12 decimal places")]
    Fee(&'static str),
}

impl InstrumentSpec {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let wrong = |field, must| Err(ConfigError::Instrument { symbol: self.symbol.clone(), field, must });
        if self.tick_size <= Decimal::ZERO {
            return wrong("tick_size", "above zero");
        }
        if self.lot_size <= Decimal::ZERO {
            return wrong("lot_size", "above zero");
        }
        if self.tick_size.normalize().scale() + self.lot_size.normalize().scale() > MONEY_SCALE {
            return wrong("tick_size", "so that it and lot_size have at most 12 decimal places together");
        }
        if self.min_qty < Decimal::ZERO || self.min_notional < Decimal::ZERO {
            return wrong("min_qty", "zero or more, as min_notional");
        }
        if self.max_leverage == 0 {
            return wrong("max_leverage", "at least 1");
        }
        if self.base == self.quote {
            return wrong("base", "another asset than quote");
        }
        Ok(())
    }

    pub(super) fn is_perpetual(&self) -> bool {
        self.kind == InstrumentKind::Perpetual
    }

    /// Initial margin for a position of this worth.
    pub(super) fn margin(&self, notional: Decimal) -> Decimal {
        round_up(notional.abs() / Decimal::from(self.max_leverage))
    }
}

/// Down to the grid.
pub(super) fn floor_to(step: Decimal, value: Decimal) -> Decimal {
    value - value % step
}

/// Up to the grid.
pub(super) fn ceil_to(step: Decimal, value: Decimal) -> Decimal {
    let floor = floor_to(step, value);
    if floor == value { value } else { floor + step }
}

/// To the nearest point of the grid, halves up.
pub(super) fn nearest(step: Decimal, value: Decimal) -> Decimal {
    floor_to(step, value + step / Decimal::TWO)
}

/// What is set aside is rounded up, what is paid is rounded down: then what is set aside for a whole always covers what
/// its parts cost.
pub(super) fn round_up(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(MONEY_SCALE, RoundingStrategy::AwayFromZero)
}

/// See [`round_up`].
pub(super) fn round_down(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(MONEY_SCALE, RoundingStrategy::ToZero)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amount() -> impl Strategy<Value = Decimal> {
        (0i64..10_000_000).prop_map(|units| Decimal::new(units, 15))
    }

    proptest! {
        #[test]
        fn what_is_set_aside_for_a_whole_covers_its_parts(paid in amount(), rest in amount()) {
            prop_assert!(round_down(paid) + round_up(rest) <= round_up(paid + rest));
        }
    }

    #[test]
    fn grids() {
        let (half, dec) = (Decimal::new(5, 1), |tenths| Decimal::new(tenths, 1));
        for (value, floor, middle, ceil) in [(100, 100, 100, 100), (101, 100, 100, 105), (103, 100, 105, 105)] {
            let of = [floor_to(half, dec(value)), nearest(half, dec(value)), ceil_to(half, dec(value))];
            assert_eq!(of, [dec(floor), dec(middle), dec(ceil)], "{value}");
        }
    }
}
