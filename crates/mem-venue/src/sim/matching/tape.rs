//! What the market does: quotes and prints.

use mem_types::{Aggressor, Liquidity, OrderId, Side, Symbol, Timestamp};
use rust_decimal::Decimal;

use super::Matching;
use super::execute::FillTerms;
use super::instrument::{floor_to, nearest};
use super::order::Stage;

impl Matching {
    /// The tape quotes: `bids` and `asks`, as prices and quantities, replace what stood before. Numbers off the
    /// instrument's grid are brought to it against whoever takes them. An unknown symbol is ignored.
    pub fn quote(&mut self, symbol: &Symbol, bids: &[(Decimal, Decimal)], asks: &[(Decimal, Decimal)], now: Timestamp) {
        let Some(book) = self.books.get_mut(symbol) else { return };
        book.set_levels(Side::Buy, bids);
        book.set_levels(Side::Sell, asks);
        for side in [Side::Buy, Side::Sell] {
            if !self.books[symbol].side(side).resting.is_empty() {
                self.shorten_queues(symbol, side);
                self.fill_crossed(symbol, side, now);
            }
        }
        self.finish(now);
    }

    /// The tape prints a trade. A price off the instrument's grid is brought to the nearest tick, a quantity down to
    /// the lot. An unknown symbol is ignored.
    pub fn traded(&mut self, symbol: &Symbol, price: Decimal, qty: Decimal, aggressor: Aggressor, now: Timestamp) {
        let Some(book) = self.books.get_mut(symbol) else { return };
        let price = nearest(book.spec.tick_size, price);
        book.last = Some(price);
        if book.is_idle() {
            return;
        }
        let qty = floor_to(book.spec.lot_size, qty);
        for side in [Side::Buy, Side::Sell] {
            let took_other_side = match aggressor {
                Aggressor::Buy => side == Side::Buy,
                Aggressor::Sell => side == Side::Sell,
                Aggressor::Unknown => false,
            };
            let qty_at_price = if took_other_side { Decimal::ZERO } else { qty };
            self.fill_from_print(symbol, side, price, qty_at_price, now);
        }
        self.look_at_stops(symbol, price, now);
        self.liquidate(symbol, now);
        self.finish(now);
    }

    /// Nobody is further back than what is quoted at his price now.
    fn shorten_queues(&mut self, symbol: &Symbol, side: Side) {
        let book_side = self.books[symbol].side(side);
        for (&price, ids) in &book_side.resting {
            let Some(quoted) = book_side.quoted_at(side, price) else { continue };
            for id in ids {
                let order = self.orders.get_mut(id).expect("what rests in a book is an order");
                order.ahead = Some(order.ahead.map_or(quoted, |ahead| ahead.min(quoted)));
            }
        }
    }

    /// Fills resting orders that the new quote crosses, at their own price.
    fn fill_crossed(&mut self, symbol: &Symbol, side: Side, now: Timestamp) {
        let book = &self.books[symbol];
        let Some(best) = book.side(side.opposite()).levels.first() else { return };
        for id in book.side(side).queue(side, best.price) {
            while let Some((price, remaining)) = self.resting(id)
                && let Some(best) = self.books[symbol].side(side.opposite()).levels.first()
                && side.accepts(price, best.price)
            {
                let (level_price, qty) = (best.price, best.qty.min(remaining));
                let book = self.books.get_mut(symbol).expect("the symbol is known");
                book.side_mut(side.opposite()).use_up(&mut self.orders, level_price, qty);
                self.fill_against_market(id, price, qty, now);
            }
        }
    }

    /// Fills resting orders of a side from a print: whole where it went through their price, from what is left after
    /// the queue where it was at their price.
    fn fill_from_print(&mut self, symbol: &Symbol, side: Side, print: Decimal, qty: Decimal, now: Timestamp) {
        let mut left = qty;
        for id in self.books[symbol].side(side).queue(side, print) {
            let Some((price, remaining)) = self.resting(id) else { continue };
            if price != print {
                self.fill_against_market(id, price, remaining, now);
            } else if let Some(ahead) = self.orders[&id].ahead {
                let filled = (left - ahead).clamp(Decimal::ZERO, remaining);
                self.order_mut(id).ahead = Some((ahead - left).max(Decimal::ZERO));
                if !filled.is_zero() {
                    self.fill_against_market(id, price, filled, now);
                    left -= filled;
                }
            }
        }
    }

    /// Price and remaining quantity of an order that still rests.
    fn resting(&self, id: OrderId) -> Option<(Decimal, Decimal)> {
        let order = &self.orders[&id];
        let price = order.request.order_type.limit()?;
        (order.stage == Stage::Resting).then(|| (price, order.remaining()))
    }

    fn fill_against_market(&mut self, id: OrderId, price: Decimal, qty: Decimal, now: Timestamp) {
        let (symbol, side) = (self.orders[&id].symbol().clone(), self.orders[&id].side());
        self.settle_with_market(&symbol, side, price, qty);
        self.fill(id, FillTerms { price, qty, liquidity: Liquidity::Maker, liquidation: false }, now);
    }
}
