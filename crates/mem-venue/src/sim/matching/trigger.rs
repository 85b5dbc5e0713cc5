//! Stops: waiting for the last price, following it, becoming active.

use mem_types::{EndReason, OrderId, OrderStatus, OrderType, Side, Symbol, Timestamp, Trail};
use rust_decimal::Decimal;

use super::Matching;
use super::execute::never_rests;
use super::instrument::{InstrumentSpec, ceil_to, floor_to};
use super::order::Stage;

impl Matching {
    /// Puts a stop among those that wait. A trailing stop starts from `last`.
    pub(super) fn watch(&mut self, id: OrderId, last: Decimal) {
        let order = &self.orders[&id];
        let symbol = order.symbol().clone();
        let trigger = first_trigger(&self.books[&symbol].spec, &order.request.order_type, order.side(), last);
        self.book_mut(&symbol).stops.insert(id);
        let order = self.order_mut(id);
        order.trigger = trigger;
        order.stage = Stage::Untriggered;
        self.relock(id);
    }

    /// After a print: trailing stops follow, reached stops trigger, oldest first.
    pub(super) fn look_at_stops(&mut self, symbol: &Symbol, last: Decimal, now: Timestamp) {
        let touched = |id: &&OrderId| {
            let order = &self.orders[id];
            let trails = matches!(order.request.order_type, OrderType::TrailingStop { .. });
            trails || order.trigger.is_some_and(|trigger| is_reached(order.side(), trigger, last))
        };
        let touched: Vec<OrderId> = self.books[symbol].stops.iter().filter(touched).copied().collect();
        for id in touched {
            self.pass_on_all(now);
            self.trigger_if_reached(id, last, now);
            self.follow(id, last, now);
        }
    }

    /// Moves the trigger of a trailing stop that the price has moved away from.
    fn follow(&mut self, id: OrderId, last: Decimal, now: Timestamp) {
        let order = &self.orders[&id];
        let (Stage::Untriggered, OrderType::TrailingStop { trail }) = (order.stage, order.request.order_type) else {
            return;
        };
        let side = order.side();
        let nearer = trail_from(&self.books[order.symbol()].spec, trail, side, last);
        let moved = match side {
            Side::Sell => order.trigger.is_none_or(|trigger| nearer > trigger),
            Side::Buy => order.trigger.is_none_or(|trigger| nearer < trigger),
        };
        if moved {
            self.order_mut(id).trigger = Some(nearer);
            self.tell_order(id, now);
        }
    }

    pub(super) fn trigger_if_reached(&mut self, id: OrderId, last: Decimal, now: Timestamp) {
        let order = &self.orders[&id];
        if order.stage == Stage::Untriggered
            && let Some(trigger) = order.trigger
            && is_reached(order.side(), trigger, last)
        {
            self.take_out(id);
            self.order_mut(id).stage = Stage::Working;
            self.detach(id, now);
            self.tell_order(id, now);
            self.take_in_hand(id, now);
        }
    }

    /// Works an order in hand that was accepted earlier and becomes active now. It is rejected where it cannot be paid for.
    pub(super) fn take_in_hand(&mut self, id: OrderId, now: Timestamp) {
        self.relock(id);
        let order = &self.orders[&id];
        let request = &order.request;
        let walk =
            self.walk(&order.account, &request.symbol, request.side, order.remaining(), request.order_type.limit());
        let rest = match never_rests(&request.order_type, request.tif) {
            true => Decimal::ZERO,
            false => order.remaining() - walk.filled,
        };
        if self.check_funds(order, &walk, rest).is_err() {
            return self.end(id, OrderStatus::Rejected, Some(EndReason::InsufficientFunds), now);
        }
        self.work(id, &walk, now);
    }
}

/// Whether the last price has come to a stop's trigger.
pub(super) fn is_reached(side: Side, trigger: Decimal, last: Decimal) -> bool {
    side.accepts(last, trigger)
}

/// Where a stop triggers at first; `None` for what is no stop.
pub(super) fn first_trigger(
    spec: &InstrumentSpec,
    order_type: &OrderType,
    side: Side,
    last: Decimal,
) -> Option<Decimal> {
    match *order_type {
        OrderType::Stop { trigger_price } | OrderType::StopLimit { trigger_price, .. } => Some(trigger_price),
        OrderType::TrailingStop { trail } => Some(trail_from(spec, trail, side, last)),
        OrderType::Market | OrderType::Limit { .. } => None,
    }
}

/// The trigger of a trailing stop for this best price, on the tick that is further away.
fn trail_from(spec: &InstrumentSpec, trail: Trail, side: Side, best: Decimal) -> Decimal {
    let trigger = trail.trigger(side, best);
    match side {
        Side::Sell => floor_to(spec.tick_size, trigger),
        Side::Buy => ceil_to(spec.tick_size, trigger),
    }
}
