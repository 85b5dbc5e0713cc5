//! Orders that depend on others: one-cancels-other, the exits of a bracket, reduce-only.

use mem_types::{EndReason, OrderId, OrderStatus, OrderType, Symbol, Timestamp};
use rust_decimal::Decimal;

use super::Matching;
use super::account::AccountId;
use super::order::Stage;

impl Matching {
    /// After an order filled by `qty`: it may be done, its other leg becomes smaller by as much.
    pub(super) fn after_fill(&mut self, id: OrderId, qty: Decimal, now: Timestamp) {
        let order = &self.orders[&id];
        let other_leg = order.other_leg;
        if order.filled == order.qty {
            return self.end(id, OrderStatus::Filled, None, now);
        }
        self.after_change(id, now);
        if let Some(other) = other_leg {
            self.reduce(other, qty, EndReason::OtherLeg, now);
        }
    }

    /// After an order ended: its other leg ends too, its exits hear of it when the operation is over.
    pub(super) fn after_end(&mut self, id: OrderId, reason: Option<EndReason>, now: Timestamp) {
        let order = &self.orders[&id];
        let other_leg = order.other_leg;
        if order.exits.is_some() {
            self.to_pass_on.insert(id);
        }
        if let Some(other) = other_leg
            && reason != Some(EndReason::OtherLeg)
            && self.orders[&other].is_open()
        {
            self.end(other, OrderStatus::Canceled, Some(EndReason::OtherLeg), now);
        }
    }

    /// Takes up to `by` off the active part of an order, and cancels it where that is all there is left.
    fn reduce(&mut self, id: OrderId, by: Decimal, reason: EndReason, now: Timestamp) {
        let order = self.order_mut(id);
        let by = by.min(order.remaining());
        if !order.is_open() || by <= Decimal::ZERO {
            return;
        }
        if order.filled + by == order.qty {
            return self.end(id, OrderStatus::Canceled, Some(reason), now);
        }
        order.armed -= by;
        order.qty -= by;
        self.after_change(id, now);
    }

    /// After an open order filled or became smaller: where nothing of it is active it waits for more.
    fn after_change(&mut self, id: OrderId, now: Timestamp) {
        if self.orders[&id].remaining().is_zero() {
            self.take_out(id);
            self.order_mut(id).stage = Stage::Waiting;
        }
        self.relock(id);
        self.tell_order(id, now);
    }

    /// After a position changed: reduce-only orders shrink to it.
    pub(super) fn shrink_reduce_only(&mut self, account: &AccountId, symbol: &Symbol, now: Timestamp) {
        for id in self.open_order_ids(account, Some(symbol)) {
            let order = &self.orders[&id];
            if !order.reduce_only || !order.is_open() {
                continue;
            }
            let excess = order.remaining() - self.closable(account, symbol, order.side());
            self.reduce(id, excess, EndReason::NothingToReduce, now);
        }
    }

    /// Lets exits hear of their entries. Not while an order is in hand: what they do could take what it is about to.
    pub(super) fn pass_on_all(&mut self, now: Timestamp) {
        while let Some(entry) = self.to_pass_on.pop_first() {
            self.pass_on(entry, now);
        }
    }

    /// Tells the exits of an entry what it has filled since they were last told, and whether more can come.
    fn pass_on(&mut self, entry_id: OrderId, now: Timestamp) {
        let entry = self.order_mut(entry_id);
        let Some(exits) = entry.exits else { return };
        let news = entry.filled - entry.passed_on;
        entry.passed_on = entry.filled;
        let (is_done, average) = (!entry.is_open(), entry.notional.checked_div(entry.filled));
        let (account, symbol) = (entry.account.clone(), entry.symbol().clone());
        for id in exits.into_iter().filter(|_| !news.is_zero()) {
            if self.orders[&id].is_open() {
                self.order_mut(id).armed += news;
            }
        }
        self.shrink_reduce_only(&account, &symbol, now);
        for id in exits.into_iter().filter(|_| is_done) {
            let order = self.order_mut(id);
            if order.is_open() && order.filled == order.armed {
                self.end(id, OrderStatus::Canceled, Some(EndReason::EntryEnded), now);
            } else if order.is_open() && order.armed < order.qty {
                order.qty = order.armed;
                self.after_change(id, now);
            }
        }
        if let Some(average) = average.filter(|_| !news.is_zero()) {
            for id in exits {
                self.activate(id, average, now);
            }
        }
    }

    /// Lets an exit of which more became active do its work. A trailing stop starts at the last price, before the first
    /// print at the price of its entry.
    fn activate(&mut self, id: OrderId, entry_price: Decimal, now: Timestamp) {
        let order = &self.orders[&id];
        if !order.is_open() || order.remaining().is_zero() {
            return;
        }
        let symbol = order.symbol().clone();
        match order.stage {
            Stage::Waiting if order.request.order_type.is_stop() => {
                let last = self.books[&symbol].last;
                self.watch(id, last.unwrap_or(entry_price));
                self.tell_order(id, now);
                if let Some(last) = last {
                    self.trigger_if_reached(id, last, now);
                }
            }
            Stage::Waiting => {
                self.order_mut(id).stage = Stage::Working;
                self.tell_order(id, now);
                self.take_in_hand(id, now);
            }
            Stage::Untriggered | Stage::Resting => {
                self.relock(id);
                self.tell_order(id, now);
            }
            Stage::Working | Stage::Done(..) => {}
        }
    }

    /// Before a stop loss works: nothing may grow behind its back, so its take profit ends, and the rest of its entry.
    pub(super) fn detach(&mut self, id: OrderId, now: Timestamp) {
        let order = &self.orders[&id];
        let (other_leg, entry_id) = (order.other_leg, order.entry);
        if let Some(other) = other_leg.filter(|other| self.orders[other].is_open()) {
            self.end(other, OrderStatus::Canceled, Some(EndReason::OtherLeg), now);
        }
        if let Some(entry) = entry_id.filter(|entry| self.orders[entry].is_open()) {
            self.end(entry, OrderStatus::Canceled, Some(EndReason::OtherLeg), now);
        }
        let order = self.order_mut(id);
        order.qty = order.armed;
    }

    /// Whether the order is the stop loss of a pair whose take profit is still open and keeps the funds for both.
    pub(super) fn rides_on_other_leg(&self, id: OrderId) -> bool {
        let order = &self.orders[&id];
        let is_loss = !matches!(order.request.order_type, OrderType::Limit { .. });
        is_loss && order.other_leg.is_some_and(|other| self.orders[&other].is_open())
    }
}
