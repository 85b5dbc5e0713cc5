//! Positions out of fills, and closed trades out of positions.

use mem_types::{Fill, PositionSide, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::exact::rounded;

/// What is held of one instrument, and how it came to be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Position {
    /// Base units: above zero for long, below for short.
    qty: Decimal,
    /// Quantity times average entry price, with the sign of the quantity.
    cost: Decimal,
    /// Since it was flat last; `None` while flat.
    trip: Option<Trip>,
}

/// What has happened since the position was flat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Trip {
    opened_at: Timestamp,
    side: PositionSide,
    entry_qty: Decimal,
    entry_worth: Decimal,
    exit_qty: Decimal,
    exit_worth: Decimal,
    fees: Decimal,
    realised: Decimal,
}

/// A trade from flat to flat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundTrip {
    /// Which way it faced.
    pub side: PositionSide,
    /// When the first fill opened it.
    pub opened_at: Timestamp,
    /// When the last fill closed it.
    pub closed_at: Timestamp,
    /// Base units bought and sold.
    pub qty: Decimal,
    /// Average price of the entry.
    pub entry_price: Decimal,
    /// Average price of the exit.
    pub exit_price: Decimal,
    /// Fees of both ways, in quote.
    pub fees: Decimal,
    /// Profit after fees, in quote.
    pub pnl: Decimal,
}

impl RoundTrip {
    /// Profit after fees in percent of what was entered.
    pub fn return_pct(&self) -> f64 {
        let entered = self.qty * self.entry_price;
        if entered.is_zero() { 0.0 } else { crate::exact::float(self.pnl) / crate::exact::float(entered) * 100.0 }
    }
}

/// What a fill did to a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Profit of what it closed, before fees, in quote.
    pub realised: Decimal,
    /// The trade that it ended, if it did.
    pub closed: Option<RoundTrip>,
}

impl Position {
    /// Base units: above zero for long, below for short.
    pub fn qty(&self) -> Decimal {
        self.qty
    }

    /// Which way it faces; `None` while flat.
    pub fn side(&self) -> Option<PositionSide> {
        if self.qty.is_zero() {
            None
        } else if self.qty > Decimal::ZERO {
            Some(PositionSide::Long)
        } else {
            Some(PositionSide::Short)
        }
    }

    /// The average price it was opened at; `None` while flat.
    pub fn average_entry(&self) -> Option<Decimal> {
        (!self.qty.is_zero()).then(|| rounded(self.cost / self.qty))
    }

    /// When it was opened; `None` while flat.
    pub fn opened_at(&self) -> Option<Timestamp> {
        self.trip.as_ref().map(|trip| trip.opened_at)
    }

    /// What closing it at a price would gain, in quote, before fees.
    pub fn unrealised(&self, price: Decimal) -> Decimal {
        rounded(self.qty * price - self.cost)
    }

    /// Takes a fill. One that goes through zero closes what was and opens what is left of it.
    pub fn apply(&mut self, fill: &Fill) -> Change {
        let change = fill.side.signed(fill.qty);
        let closes = if self.qty.is_zero() || (self.qty > Decimal::ZERO) == (change > Decimal::ZERO) {
            Decimal::ZERO
        } else {
            change.abs().min(self.qty.abs())
        };
        let mut done = Change { realised: Decimal::ZERO, closed: None };
        // Fees are shared between what closes and what opens by quantity.
        let closing_fee = if fill.qty.is_zero() { Decimal::ZERO } else { rounded(fill.fee * closes / fill.qty) };
        if !closes.is_zero() {
            let share = if closes == self.qty.abs() { self.cost } else { rounded(self.cost * closes / self.qty.abs()) };
            let signed = if self.qty > Decimal::ZERO { closes } else { -closes };
            done.realised = rounded(signed * fill.price) - share;
            self.qty -= signed;
            self.cost -= share;
            if let Some(trip) = &mut self.trip {
                trip.exit_qty += closes;
                trip.exit_worth += rounded(closes * fill.price);
                trip.fees += closing_fee;
                trip.realised += done.realised;
            }
            if self.qty.is_zero() {
                done.closed = self.trip.take().map(|trip| trip.end(fill.at));
            }
        }
        let opens = fill.qty - closes;
        if opens > Decimal::ZERO {
            let signed = fill.side.signed(opens);
            self.qty += signed;
            self.cost += rounded(signed * fill.price);
            let side = if signed > Decimal::ZERO { PositionSide::Long } else { PositionSide::Short };
            let trip = self.trip.get_or_insert_with(|| Trip::begin(fill.at, side));
            trip.entry_qty += opens;
            trip.entry_worth += rounded(opens * fill.price);
            trip.fees += fill.fee - closing_fee;
        }
        done
    }
}

impl Trip {
    fn begin(opened_at: Timestamp, side: PositionSide) -> Self {
        let zero = Decimal::ZERO;
        Self {
            opened_at,
            side,
            entry_qty: zero,
            entry_worth: zero,
            exit_qty: zero,
            exit_worth: zero,
            fees: zero,
            realised: zero,
        }
    }

    fn end(self, closed_at: Timestamp) -> RoundTrip {
        let price = |worth: Decimal, qty: Decimal| if qty.is_zero() { Decimal::ZERO } else { rounded(worth / qty) };
        RoundTrip {
            side: self.side,
            opened_at: self.opened_at,
            closed_at,
            qty: self.entry_qty,
            entry_price: price(self.entry_worth, self.entry_qty),
            exit_price: price(self.exit_worth, self.exit_qty),
            fees: self.fees,
            pnl: self.realised - self.fees,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mem_types::{FillId, Liquidity, OrderId, Side};
    use proptest::prelude::*;

    fn fill(at: i64, side: Side, qty: &str, price: &str, fee: &str) -> Fill {
        Fill {
            id: FillId(1),
            order_id: OrderId(1),
            client_order_id: "a".parse().unwrap(),
            symbol: "BTCUSDT".parse().unwrap(),
            side,
            price: price.parse().unwrap(),
            qty: qty.parse().unwrap(),
            fee: fee.parse().unwrap(),
            fee_asset: "USDT".parse().unwrap(),
            liquidity: Liquidity::Taker,
            realised_pnl: Decimal::ZERO,
            liquidation: false,
            at: Timestamp::from_nanos(at),
        }
    }

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn in_two_steps_in_and_two_out() {
        let mut position = Position::default();
        position.apply(&fill(1, Side::Buy, "1", "100", "0.1"));
        position.apply(&fill(2, Side::Buy, "1", "110", "0.1"));
        assert_eq!((position.qty(), position.average_entry()), (dec("2"), Some(dec("105"))));
        let half = position.apply(&fill(3, Side::Sell, "1", "120", "0.2"));
        assert_eq!((half.realised, half.closed), (dec("15"), None));
        let rest = position.apply(&fill(4, Side::Sell, "1", "100", "0.2"));
        let trip = rest.closed.unwrap();
        assert_eq!((trip.entry_price, trip.exit_price, trip.qty), (dec("105"), dec("110"), dec("2")));
        assert_eq!((trip.fees, trip.pnl), (dec("0.6"), dec("9.4")));
        assert_eq!((trip.opened_at.as_nanos(), trip.closed_at.as_nanos()), (1, 4));
        assert_eq!((position.side(), position.opened_at()), (None, None));
    }

    #[test]
    fn through_zero() {
        let mut position = Position::default();
        position.apply(&fill(1, Side::Sell, "1", "100", "0.1"));
        let through = position.apply(&fill(2, Side::Buy, "3", "90", "0.3"));
        let trip = through.closed.unwrap();
        assert_eq!((trip.side, trip.pnl, trip.fees), (PositionSide::Short, dec("9.8"), dec("0.2")));
        assert_eq!((position.qty(), position.average_entry()), (dec("2"), Some(dec("90"))));
        assert_eq!(position.unrealised(dec("91")), dec("2"));
    }

    proptest! {
        /// Cash that came in and went out, plus what is held, is what the trades and the position say.
        #[test]
        fn profits_are_cash(moves in prop::collection::vec((any::<bool>(), 1i64..1000, 1i64..100_000), 1..40), mark in 1i64..100_000) {
            let (mut position, mut cash, mut realised) = (Position::default(), Decimal::ZERO, Decimal::ZERO);
            for (at, (buys, qty, price)) in moves.into_iter().enumerate() {
                let side = if buys { Side::Buy } else { Side::Sell };
                let (qty, price) = (Decimal::new(qty, 1), Decimal::new(price, 2));
                let fill = Fill { qty, price, ..fill(at as i64, side, "1", "1", "0") };
                cash -= side.signed(qty) * price;
                realised += position.apply(&fill).realised;
            }
            let mark = Decimal::new(mark, 2);
            let worth = cash + position.qty() * mark;
            let told = realised + position.unrealised(mark);
            prop_assert!((worth - told).abs() < Decimal::new(1, 8), "{} {}", worth, told);
        }
    }
}
