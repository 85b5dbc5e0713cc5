//! What clients ask for: orders, pairs, brackets.

use mem_types::{BracketRequest, OcoRequest, OrderId, OrderRequest, OrderState, OrderType, Side, Timestamp};
use rust_decimal::Decimal;

use super::account::AccountId;
use super::execute::never_rests;
use super::instrument::MAX_NOTIONAL;
use super::order::{Order, Stage};
use super::trigger::{first_trigger, is_reached};
use super::walk::Walk;
use super::{Matching, Reject};

impl Matching {
    /// Places an order. It trades with what there is at once, and the answer tells how it stands afterwards.
    ///
    /// The same request again does nothing and answers with the order as it stands now and `duplicate` set. Market
    /// orders never wait: what finds no liquidity expires. A reduce-only order is made as small as the position.
    ///
    /// # Errors
    /// Why it was refused. Nothing has changed then.
    pub fn submit(&mut self, account: &AccountId, request: OrderRequest, now: Timestamp) -> Result<OrderState, Reject> {
        self.known_account(account)?;
        if let Some([order]) = self.repeated(account, [&request])? {
            return Ok(order);
        }
        let id = self.place(account, request, None, now)?;
        self.finish(now);
        Ok(self.orders[&id].state())
    }

    /// Places two exits of which one cancels the other. The answer holds take profit and stop loss.
    ///
    /// Neither may trade at once. Funds are set aside once, for the dearer of the two. What fills of the take profit
    /// is taken off the stop loss; a triggered stop loss cancels the take profit; when one ends, so does the other.
    ///
    /// # Errors
    /// Why it was refused. Nothing has changed then.
    pub fn submit_oco(
        &mut self,
        account: &AccountId,
        request: OcoRequest,
        now: Timestamp,
    ) -> Result<[OrderState; 2], Reject> {
        self.known_account(account)?;
        if let Some(orders) = self.repeated(account, [&request.take_profit, &request.stop_loss])? {
            return Ok(orders);
        }
        request.validate()?;
        let (profit_id, loss_id) = (OrderId(self.next_order), OrderId(self.next_order + 1));
        let mut profit = self.draft(profit_id, account, request.take_profit, now)?;
        let mut loss = self.draft(loss_id, account, request.stop_loss, now)?;
        for (order, other) in [(&mut profit, loss_id), (&mut loss, profit_id)] {
            order.other_leg = Some(other);
            if order.reduce_only {
                self.fit_to_position(order)?;
            }
        }
        self.check_waiting(&loss)?;
        let target = profit.request.order_type.limit();
        let walk = self.walk(account, profit.symbol(), profit.side(), profit.qty, target);
        if walk.takes() {
            return Err(Reject::WouldTake);
        }
        self.check_worth(&profit, profit.qty * profit.lock_price, profit.qty)?;
        self.check_funds(&profit, &walk, profit.qty)?;
        self.check_funds(&loss, &walk, loss.qty)?;
        let last = self.books[profit.symbol()].last;
        self.accept(profit);
        self.accept(loss);
        self.work(profit_id, &walk, now);
        self.watch(loss_id, last.unwrap_or_default());
        self.tell_order(profit_id, now);
        self.tell_order(loss_id, now);
        self.finish(now);
        Ok([profit_id, loss_id].map(|id| self.orders[&id].state()))
    }

    /// Places an entry and two exits that wait for it. The answer holds entry, take profit and stop loss.
    ///
    /// Whatever the entry fills becomes active in both exits once the operation is over. On a perpetual the exits only
    /// reduce. If the last price has reached the stop by then it triggers at once, and a triggered stop cancels the
    /// rest of the entry as well. When the entry ends, the exits stay for what it has filled.
    ///
    /// # Errors
    /// Why it was refused. Nothing has changed then.
    pub fn submit_bracket(
        &mut self,
        account: &AccountId,
        request: BracketRequest,
        now: Timestamp,
    ) -> Result<[OrderState; 3], Reject> {
        self.known_account(account)?;
        let OcoRequest { take_profit, stop_loss } = &request.exits;
        if let Some(orders) = self.repeated(account, [&request.entry, take_profit, stop_loss])? {
            return Ok(orders);
        }
        request.validate()?;
        let [entry_id, profit_id, loss_id] = [0, 1, 2].map(|n| OrderId(self.next_order + n));
        let mut profit = self.draft(profit_id, account, request.exits.take_profit, now)?;
        let mut loss = self.draft(loss_id, account, request.exits.stop_loss, now)?;
        let spec = &self.books[profit.symbol()].spec;
        if !spec.is_perpetual() && request.entry.side != Side::Buy {
            return Err(Reject::SpotBracketMustBuy);
        }
        for (order, other) in [(&mut profit, loss_id), (&mut loss, profit_id)] {
            order.reduce_only = spec.is_perpetual();
            order.armed = Decimal::ZERO;
            order.stage = Stage::Waiting;
            order.entry = Some(entry_id);
            order.other_leg = Some(other);
        }
        self.place(account, request.entry, Some([loss, profit]), now)?;
        self.finish(now);
        Ok([entry_id, profit_id, loss_id].map(|id| self.orders[&id].state()))
    }

    /// The orders of a request that was made before.
    fn repeated<const N: usize>(
        &self,
        account: &AccountId,
        requests: [&OrderRequest; N],
    ) -> Result<Option<[OrderState; N]>, Reject> {
        let known = &self.known_account(account)?.by_client_id;
        let ids = requests.map(|request| known.get(&request.client_order_id).map(|id| &self.orders[id]));
        let Some(used) = ids.iter().flatten().next() else { return Ok(None) };
        let reused = Reject::ClientOrderIdReused { client_order_id: used.request.client_order_id.clone() };
        let same =
            ids.iter().zip(requests).all(|(order, request)| order.is_some_and(|order| order.request == *request));
        let linked = ids.windows(2).all(|pair| match pair {
            [Some(one), Some(next)] => next.entry == Some(one.id) || next.other_leg == Some(one.id),
            _ => false,
        });
        if !same || !linked {
            return Err(reused);
        }
        Ok(Some(ids.map(|order| {
            let order = order.expect("each of them was just compared");
            OrderState { duplicate: true, ..order.state() }
        })))
    }

    /// Checks one order, accepts it and lets it trade or wait. Its exits, if it has any, are accepted with it.
    fn place(
        &mut self,
        account: &AccountId,
        request: OrderRequest,
        exits: Option<[Order; 2]>,
        now: Timestamp,
    ) -> Result<OrderId, Reject> {
        request.validate()?;
        let id = OrderId(self.next_order);
        let mut order = self.draft(id, account, request, now)?;
        if order.reduce_only {
            self.fit_to_position(&mut order)?;
        }
        let request = &order.request;
        let is_stop = request.order_type.is_stop();
        let walk = match is_stop {
            true => Walk::default(),
            false => self.walk(account, &request.symbol, request.side, order.qty, request.order_type.limit()),
        };
        if request.post_only && walk.takes() {
            return Err(Reject::WouldTake);
        }
        let rest = match !is_stop && never_rests(&request.order_type, request.tif) {
            true => Decimal::ZERO,
            false => order.qty - walk.filled,
        };
        if is_stop {
            self.check_waiting(&order)?;
        }
        self.check_worth(&order, walk.notional(Decimal::ZERO) + rest * order.lock_price, walk.filled + rest)?;
        self.check_funds(&order, &walk, rest)?;

        order.exits = exits.as_ref().map(|exits| exits.each_ref().map(|exit| exit.id));
        let last = self.books[order.symbol()].last;
        self.accept(order);
        if is_stop {
            self.watch(id, last.unwrap_or_default());
        }
        self.tell_order(id, now);
        // In the order of their ids: take profit, then stop loss.
        for exit in exits.into_iter().flatten().rev() {
            let exit_id = exit.id;
            self.accept(exit);
            self.tell_order(exit_id, now);
        }
        if !is_stop {
            self.work(id, &walk, now);
        }
        Ok(id)
    }

    fn accept(&mut self, order: Order) {
        self.next_order = self.next_order.max(order.id.0 + 1);
        let (id, client_order_id) = (order.id, order.request.client_order_id.clone());
        let account = self.account_mut(&order.account);
        account.open_orders.insert(id);
        account.by_client_id.insert(client_order_id, id);
        self.orders.insert(id, order);
    }

    /// A new order, checked against its instrument.
    fn draft(&self, id: OrderId, account: &AccountId, request: OrderRequest, now: Timestamp) -> Result<Order, Reject> {
        let book = self.books.get(&request.symbol);
        let book = book.ok_or_else(|| Reject::UnknownSymbol { symbol: request.symbol.clone() })?;
        let spec = &book.spec;
        let trigger = match request.order_type {
            OrderType::Stop { trigger_price } | OrderType::StopLimit { trigger_price, .. } => Some(trigger_price),
            OrderType::Market | OrderType::Limit { .. } | OrderType::TrailingStop { .. } => None,
        };
        let limit = request.order_type.limit();
        let grids = [
            ("qty", Some(request.qty), spec.lot_size),
            ("price", limit, spec.tick_size),
            ("trigger_price", trigger, spec.tick_size),
        ];
        for (field, value, step) in grids {
            if value.is_some_and(|value| !(value % step).is_zero()) {
                return Err(Reject::OffGrid { field, step });
            }
        }
        if request.qty < spec.min_qty {
            return Err(Reject::BelowMinimum { field: "qty", minimum: spec.min_qty });
        }
        if request.reduce_only && !spec.is_perpetual() {
            return Err(Reject::ReduceOnlyOnSpot);
        }
        let trailing = book.last.and_then(|last| first_trigger(spec, &request.order_type, request.side, last));
        let lock_price = limit.or(trigger).or(trailing).unwrap_or_default();
        let mut order = Order::new(id, account.clone(), request, now);
        order.lock_price = lock_price;
        Ok(order)
    }

    /// A reduce-only order is for no more than the position.
    fn fit_to_position(&self, order: &mut Order) -> Result<(), Reject> {
        let closable = self.closable(&order.account, order.symbol(), order.side());
        if closable.is_zero() {
            return Err(Reject::NothingToReduce);
        }
        order.qty = order.qty.min(closable);
        order.armed = order.qty;
        Ok(())
    }

    /// A stop must have something to wait for.
    fn check_waiting(&self, order: &Order) -> Result<(), Reject> {
        let book = &self.books[order.symbol()];
        let order_type = &order.request.order_type;
        let Some(last) = book.last else {
            return match order_type {
                OrderType::TrailingStop { .. } => Err(Reject::NoLastPrice),
                _ => Ok(()),
            };
        };
        match first_trigger(&book.spec, order_type, order.side(), last) {
            Some(trigger) if trigger <= Decimal::ZERO => Err(Reject::TrailTooLong),
            Some(trigger) if is_reached(order.side(), trigger, last) => Err(Reject::WouldTrigger),
            _ => Ok(()),
        }
    }

    /// An order must be worth enough for the instrument and not too much for the books. What would find nothing to
    /// trade with is worth nothing and is let through to expire.
    fn check_worth(&self, order: &Order, notional: Decimal, qty: Decimal) -> Result<(), Reject> {
        let minimum = self.books[order.symbol()].spec.min_notional;
        if notional > MAX_NOTIONAL {
            return Err(Reject::NotionalTooLarge);
        }
        if !order.reduce_only && notional < minimum && !qty.is_zero() {
            return Err(Reject::BelowMinimum { field: "notional", minimum });
        }
        Ok(())
    }
}
