//! One instrument's book: what the tape quotes and what accounts have resting beside it.

use std::collections::{BTreeMap, BTreeSet};

use mem_types::{OrderId, Side};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::account::AccountId;
use super::instrument::{InstrumentSpec, ceil_to, floor_to};
use super::order::Order;

/// Synthetic liquidity at one price.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Level {
    pub(super) price: Decimal,
    /// What is left of it.
    pub(super) qty: Decimal,
}

/// One side of the book.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct BookSide {
    /// Best first.
    pub(super) levels: Vec<Level>,
    /// By price, then by time of joining.
    pub(super) resting: BTreeMap<Decimal, Vec<OrderId>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Book {
    pub(super) spec: InstrumentSpec,
    pub(super) bids: BookSide,
    pub(super) asks: BookSide,
    /// Untriggered stops.
    pub(super) stops: BTreeSet<OrderId>,
    /// Accounts with an open position.
    pub(super) holders: BTreeSet<AccountId>,
    /// The last traded price.
    pub(super) last: Option<Decimal>,
}

impl Book {
    pub(super) fn new(spec: InstrumentSpec) -> Self {
        Self {
            spec,
            bids: BookSide::default(),
            asks: BookSide::default(),
            stops: BTreeSet::new(),
            holders: BTreeSet::new(),
            last: None,
        }
    }

    /// Whether nobody has anything here that a print could touch.
    pub(super) fn is_idle(&self) -> bool {
        self.bids.resting.is_empty() && self.asks.resting.is_empty() && self.stops.is_empty() && self.holders.is_empty()
    }

    /// Where orders of this side rest: buys among the bids.
    pub(super) fn side(&self, side: Side) -> &BookSide {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    pub(super) fn side_mut(&mut self, side: Side) -> &mut BookSide {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    /// Replaces the synthetic levels of a side, brought to the grid against whoever takes them: prices to the worse
    /// tick, quantities down to the lot.
    pub(super) fn set_levels(&mut self, side: Side, quoted: &[(Decimal, Decimal)]) {
        let (tick, lot) = (self.spec.tick_size, self.spec.lot_size);
        let levels = &mut self.side_mut(side).levels;
        levels.clear();
        for &(price, qty) in quoted {
            let price = match side {
                Side::Buy => floor_to(tick, price),
                Side::Sell => ceil_to(tick, price),
            };
            levels.push(Level { price, qty: floor_to(lot, qty) });
        }
        levels.retain(|level| level.qty > Decimal::ZERO && level.price > Decimal::ZERO);
        match side {
            Side::Buy => levels.sort_by_key(|level| std::cmp::Reverse(level.price)),
            Side::Sell => levels.sort_by_key(|level| level.price),
        }
        levels.dedup_by(|next, kept| {
            let same = next.price == kept.price;
            if same {
                kept.qty += next.qty;
            }
            same
        });
    }
}

impl BookSide {
    /// Orders that rest at `reached` or better, best price first and oldest first at one price. `side` is theirs.
    pub(super) fn queue(&self, side: Side, reached: Decimal) -> Vec<OrderId> {
        match side {
            Side::Buy => self.resting.range(reached..).rev().flat_map(|(_, ids)| ids).copied().collect(),
            Side::Sell => self.resting.range(..=reached).flat_map(|(_, ids)| ids).copied().collect(),
        }
    }

    /// The prices at which orders rest, best first.
    pub(super) fn prices(&self, side: Side) -> Vec<Decimal> {
        match side {
            Side::Buy => self.resting.keys().rev().copied().collect(),
            Side::Sell => self.resting.keys().copied().collect(),
        }
    }

    /// Synthetic quantity at a price; `None` where the price lies deeper than what is quoted.
    pub(super) fn quoted_at(&self, side: Side, price: Decimal) -> Option<Decimal> {
        if let Some(worst) = self.levels.last()
            && price != worst.price
            && side.accepts(worst.price, price)
        {
            return None;
        }
        let level = self.levels.iter().find(|level| level.price == price);
        Some(level.map_or(Decimal::ZERO, |level| level.qty))
    }

    pub(super) fn insert(&mut self, price: Decimal, id: OrderId) {
        self.resting.entry(price).or_default().push(id);
    }

    pub(super) fn remove(&mut self, price: Decimal, id: OrderId) {
        if let Some(queue) = self.resting.get_mut(&price) {
            queue.retain(|&other| other != id);
            if queue.is_empty() {
                self.resting.remove(&price);
            }
        }
    }

    /// Takes synthetic quantity away, and with it from the queue ahead of everybody at that price.
    pub(super) fn use_up(&mut self, orders: &mut BTreeMap<OrderId, Order>, price: Decimal, qty: Decimal) {
        for level in self.levels.iter_mut().filter(|level| level.price == price) {
            level.qty -= qty;
        }
        self.levels.retain(|level| level.qty > Decimal::ZERO);
        for id in self.resting.get(&price).into_iter().flatten() {
            if let Some(ahead) = orders.get_mut(id).and_then(|order| order.ahead.as_mut()) {
                *ahead = (*ahead - qty).max(Decimal::ZERO);
            }
        }
    }
}
