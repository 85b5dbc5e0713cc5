//! Fills and their bookkeeping.

use mem_types::{
    EndReason, Fill, FillId, Liquidity, OrderId, OrderStatus, OrderType, Side, Symbol, TimeInForce, Timestamp,
};
use rust_decimal::Decimal;

use super::Matching;
use super::account::AccountId;
use super::event::AccountEventKind;
use super::instrument::{InstrumentSpec, round_down};
use super::order::Stage;
use super::walk::{Source, Walk};

/// What there is to say about a fill beside its order.
pub(super) struct FillTerms {
    pub(super) price: Decimal,
    pub(super) qty: Decimal,
    pub(super) liquidity: Liquidity,
    pub(super) liquidation: bool,
}

impl Matching {
    /// Trades an order in hand along its walk, then lets its rest wait in the book or ends it.
    pub(super) fn work(&mut self, id: OrderId, walk: &Walk, now: Timestamp) {
        let order = &self.orders[&id];
        let (request, remaining) = (&order.request, order.remaining());
        let (side, tif) = (request.side, request.tif);
        let limit = request.order_type.limit();
        if tif == TimeInForce::Fok && walk.filled < remaining {
            return self.end(id, OrderStatus::Expired, Some(EndReason::NotWhole), now);
        }
        let symbol = request.symbol.clone();
        for slice in &walk.slices {
            let terms = |liquidity| FillTerms { price: slice.price, qty: slice.qty, liquidity, liquidation: false };
            match slice.source {
                Source::Synthetic => self.take_synthetic(&symbol, side, slice.price, slice.qty),
                Source::Resting(maker) => self.fill(maker, terms(Liquidity::Maker), now),
            }
            self.fill(id, terms(Liquidity::Taker), now);
        }
        // Filling may have ended it, or used up all that was active of an exit.
        if self.orders[&id].stage != Stage::Working {
            return;
        }
        match limit {
            _ if walk.met_itself => self.end(id, OrderStatus::Canceled, Some(EndReason::SelfTrade), now),
            Some(price) if tif == TimeInForce::Gtc => self.rest(id, price),
            _ => self.end(id, OrderStatus::Expired, Some(EndReason::NoLiquidity), now),
        }
    }

    /// Puts an order into the book, behind what stands at its price.
    fn rest(&mut self, id: OrderId, price: Decimal) {
        let (symbol, side) = (self.orders[&id].symbol().clone(), self.orders[&id].side());
        let book_side = self.book_mut(&symbol).side_mut(side);
        book_side.insert(price, id);
        let ahead = book_side.quoted_at(side, price);
        let order = self.order_mut(id);
        order.ahead = ahead;
        order.stage = Stage::Resting;
        self.relock(id);
    }

    /// The market's half of a fill of an order of `side` against synthetic liquidity. The liquidity is used up.
    pub(super) fn take_synthetic(&mut self, symbol: &Symbol, side: Side, price: Decimal, qty: Decimal) {
        let facing = side.opposite();
        let book = self.books.get_mut(symbol).expect("the order's symbol is known");
        book.side_mut(facing).use_up(&mut self.orders, price, qty);
        self.settle_with_market(symbol, side, price, qty);
    }

    /// The market's half of a fill of an order of `side`.
    pub(super) fn settle_with_market(&mut self, symbol: &Symbol, side: Side, price: Decimal, qty: Decimal) {
        let spec = self.books[symbol].spec.clone();
        self.settle(&AccountId::market(), &spec, side.opposite(), price, qty);
    }

    /// One side of a fill: the order, its account, its fee, its links.
    pub(super) fn fill(&mut self, id: OrderId, terms: FillTerms, now: Timestamp) {
        let FillTerms { price, qty, liquidity, liquidation } = terms;
        let order = &self.orders[&id];
        let (account, symbol, side) = (order.account.clone(), order.symbol().clone(), order.side());
        let client_order_id = order.request.client_order_id.clone();
        let spec = self.books[&symbol].spec.clone();

        let realised_pnl = self.settle(&account, &spec, side, price, qty);
        let fee = self.fee(liquidity, price * qty);
        self.credit(&account, &spec.quote, -fee);
        self.credit(&AccountId::fees(), &spec.quote, fee);

        let order = self.order_mut(id);
        order.filled += qty;
        order.notional += price * qty;
        order.fees += fee;
        let is_entry = order.exits.is_some();
        let fill = Fill {
            id: FillId(self.next_fill),
            order_id: id,
            client_order_id,
            symbol: symbol.clone(),
            side,
            price,
            qty,
            fee,
            fee_asset: spec.quote.clone(),
            liquidity,
            realised_pnl,
            liquidation,
            at: now,
        };
        self.next_fill += 1;
        self.account_mut(&account).fills.push(fill.clone());
        self.tell(&account, AccountEventKind::Fill(fill), now);

        self.after_fill(id, qty, now);
        if is_entry {
            self.to_pass_on.insert(id);
        }
        if spec.is_perpetual() {
            self.shrink_reduce_only(&account, &symbol, now);
            self.cover_deficit(&account, &spec.quote);
        }
    }

    /// What a fill of this worth costs.
    pub(super) fn fee(&self, liquidity: Liquidity, notional: Decimal) -> Decimal {
        let rate = match liquidity {
            Liquidity::Maker => self.maker_fee,
            Liquidity::Taker => self.taker_fee,
        };
        round_down(notional * rate)
    }

    /// Moves what a fill moves for one account and returns the profit it realised.
    fn settle(&mut self, id: &AccountId, spec: &InstrumentSpec, side: Side, price: Decimal, qty: Decimal) -> Decimal {
        if !spec.is_perpetual() {
            self.credit(id, &spec.base, side.signed(qty));
            self.credit(id, &spec.quote, -side.signed(price * qty));
            return Decimal::ZERO;
        }
        let is_market = *id == AccountId::market();
        let account = self.account_mut(id);
        let position = account.positions.entry(spec.symbol.clone()).or_default();
        let margin_before = spec.margin(position.cost);
        let realised = position.trade(side.signed(qty), price);
        let (margin, is_closed) = (spec.margin(position.cost), position.qty.is_zero());
        if is_closed {
            account.positions.remove(&spec.symbol);
        }
        // The market itself needs no margin and is never liquidated.
        if !is_market {
            account.balance_mut(&spec.quote).locked += margin - margin_before;
            let holders = &mut self.book_mut(&spec.symbol).holders;
            if is_closed {
                holders.remove(id);
            } else {
                holders.insert(id.clone());
            }
        }
        self.credit(id, &spec.quote, realised);
        self.changed_positions.insert((id.clone(), spec.symbol.clone()));
        realised
    }

    /// Ends an order for good, and with it what hangs on it.
    pub(super) fn end(&mut self, id: OrderId, status: OrderStatus, reason: Option<EndReason>, now: Timestamp) {
        self.take_out(id);
        let order = self.order_mut(id);
        order.stage = Stage::Done(status, reason);
        let account = order.account.clone();
        self.account_mut(&account).open_orders.remove(&id);
        self.relock(id);
        self.tell_order(id, now);
        self.after_end(id, reason, now);
    }

    /// Takes an order out of the book or from among the stops, wherever it is.
    pub(super) fn take_out(&mut self, id: OrderId) {
        let order = &self.orders[&id];
        let (symbol, side) = (order.symbol().clone(), order.side());
        let price = order.request.order_type.limit();
        match (order.stage, price) {
            (Stage::Resting, Some(price)) => self.book_mut(&symbol).side_mut(side).remove(price, id),
            (Stage::Untriggered, _) => {
                self.book_mut(&symbol).stops.remove(&id);
            }
            _ => {}
        }
    }
}

/// Whether such an order is done as soon as it has traded with what there is.
pub(super) fn never_rests(order_type: &OrderType, tif: TimeInForce) -> bool {
    order_type.limit().is_none() || tif != TimeInForce::Gtc
}
