//! What a taker would meet, worked out before anything changes.

use std::collections::BTreeMap;

use mem_types::{OrderId, Side, Symbol};
use rust_decimal::Decimal;

use super::account::AccountId;
use super::order::Order;
use super::{Account, Matching};

/// Whom a taker would trade with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Source {
    Synthetic,
    Resting(OrderId),
}

/// One fill that would happen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Slice {
    pub(super) price: Decimal,
    pub(super) qty: Decimal,
    pub(super) source: Source,
}

/// All fills that would happen, in order.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) slices: Vec<Slice>,
    /// What would fill in all.
    pub(super) filled: Decimal,
    /// Whether it ended at an order of the same account.
    pub(super) met_itself: bool,
}

impl Walk {
    pub(super) fn takes(&self) -> bool {
        self.met_itself || !self.slices.is_empty()
    }

    /// What the fills would be worth, leaving out the first `skip` of their quantity.
    pub(super) fn notional(&self, mut skip: Decimal) -> Decimal {
        let mut notional = Decimal::ZERO;
        for slice in &self.slices {
            let skipped = skip.min(slice.qty);
            skip -= skipped;
            notional += slice.price * (slice.qty - skipped);
        }
        notional
    }

    fn take(&mut self, price: Decimal, qty: Decimal, source: Source) {
        if qty > Decimal::ZERO {
            self.filled += qty;
            self.slices.push(Slice { price, qty, source });
        }
    }
}

impl Matching {
    /// Walks the side opposite to the taker's, best price first and down to `limit`: at each price synthetic liquidity
    /// and resting orders in the order they came.
    pub(super) fn walk(
        &self,
        taker: &AccountId,
        symbol: &Symbol,
        side: Side,
        qty: Decimal,
        limit: Option<Decimal>,
    ) -> Walk {
        let facing = side.opposite();
        let book = self.books[symbol].side(facing);
        let mut walk = Walk::default();
        let mut reducing = Reducing::default();
        for price in merged(side, book.levels.iter().map(|level| level.price).collect(), book.prices(facing)) {
            if limit.is_some_and(|limit| !side.accepts(limit, price)) {
                break;
            }
            let synthetic = book.quoted_at(facing, price).unwrap_or_default();
            let mut passed = Decimal::ZERO;
            for id in book.resting.get(&price).into_iter().flatten() {
                let order = &self.orders[id];
                let ahead = order.ahead.unwrap_or(synthetic).min(synthetic).max(passed);
                walk.take(price, (ahead - passed).min(qty - walk.filled), Source::Synthetic);
                passed = ahead;
                if walk.filled == qty {
                    return walk;
                }
                if order.account == *taker {
                    walk.met_itself = true;
                    return walk;
                }
                let available = reducing.available(order, &self.accounts[&order.account]);
                let taken = available.min(qty - walk.filled);
                reducing.note(order, taken);
                walk.take(price, taken, Source::Resting(*id));
            }
            walk.take(price, (synthetic - passed).min(qty - walk.filled), Source::Synthetic);
            if walk.filled == qty {
                break;
            }
        }
        walk
    }
}

/// What makers have sold or bought so far on this walk: a reduce-only order has no more to give than its position.
#[derive(Default)]
struct Reducing<'a> {
    moved: BTreeMap<&'a AccountId, Decimal>,
}

impl<'a> Reducing<'a> {
    fn available(&self, order: &'a Order, maker: &Account) -> Decimal {
        if !order.reduce_only {
            return order.remaining();
        }
        let held = maker.positions.get(order.symbol()).map_or(Decimal::ZERO, |position| position.qty);
        let held = held + self.moved.get(&order.account).copied().unwrap_or_default();
        let closable = (-order.side().signed(held)).max(Decimal::ZERO);
        order.remaining().min(closable)
    }

    fn note(&mut self, order: &'a Order, qty: Decimal) {
        *self.moved.entry(&order.account).or_default() += order.side().signed(qty);
    }
}

/// Both lists of prices as one, best first for a taker of `side`, each price once.
fn merged(side: Side, mut prices: Vec<Decimal>, more: Vec<Decimal>) -> Vec<Decimal> {
    prices.extend(more);
    prices.sort();
    prices.dedup();
    if side == Side::Sell {
        prices.reverse();
    }
    prices
}
