//! What is set aside for orders and positions, who can pay for what, and what happens to whom who cannot.

use mem_types::{
    Asset, EndReason, Liquidity, OrderId, OrderRequest, OrderStatus, OrderType, Side, Symbol, TimeInForce, Timestamp,
};
use rust_decimal::Decimal;

use super::account::AccountId;
use super::execute::FillTerms;
use super::instrument::{InstrumentSpec, round_down, round_up};
use super::order::{Order, Stage};
use super::walk::Walk;
use super::{Matching, Reject};

/// Fraction of a position's worth at the last price below which what backs it leads to liquidation.
const MAINTENANCE: Decimal = Decimal::from_parts(5, 0, 0, false, 3);

impl Matching {
    /// Sets aside what an order needs now, and its other leg with it.
    pub(super) fn relock(&mut self, id: OrderId) {
        self.relock_one(id);
        if let Some(other) = self.orders[&id].other_leg
            && self.orders.contains_key(&other)
        {
            self.relock_one(other);
        }
    }

    fn relock_one(&mut self, id: OrderId) {
        let required = self.required(id);
        let order = self.order_mut(id);
        let change = required - order.locked;
        if change.is_zero() {
            return;
        }
        order.locked = required;
        let account = order.account.clone();
        let asset = self.lock_asset(&self.orders[&id]).clone();
        self.account_mut(&account).balance_mut(&asset).locked += change;
        self.changed_balances.insert((account, asset));
    }

    /// What has to be set aside for an order as it stands. Of a pair the take profit keeps what the dearer leg needs.
    pub(super) fn required(&self, id: OrderId) -> Decimal {
        let order = &self.orders[&id];
        if !order.is_open() || order.stage == Stage::Working || self.rides_on_other_leg(id) {
            return Decimal::ZERO;
        }
        let own = self.hold(order, order.remaining());
        match order.other_leg.map(|other| &self.orders[&other]) {
            Some(other) if other.is_open() => own.max(self.hold(other, other.remaining())),
            _ => own,
        }
    }

    /// What has to be set aside so that `qty` of an order can fill later, at its price and the dearer fee. Orders that
    /// only reduce a position need nothing; others on a perpetual need the margin of a new position, whatever is held.
    pub(super) fn hold(&self, order: &Order, qty: Decimal) -> Decimal {
        let spec = &self.books[order.symbol()].spec;
        if order.reduce_only {
            return Decimal::ZERO;
        }
        if !spec.is_perpetual() && order.side() == Side::Sell {
            return qty;
        }
        let notional = qty * order.lock_price;
        let fee = round_up(notional * self.maker_fee.max(self.taker_fee).max(Decimal::ZERO));
        if spec.is_perpetual() { spec.margin(notional) + fee } else { notional + fee }
    }

    /// In what an order is paid for.
    pub(super) fn lock_asset(&self, order: &Order) -> &Asset {
        let spec = &self.books[order.symbol()].spec;
        if !spec.is_perpetual() && order.side() == Side::Sell { &spec.base } else { &spec.quote }
    }

    /// Whether an account can pay for an order that trades along this walk and then leaves `rest` waiting.
    ///
    /// # Errors
    /// [`Reject::InsufficientFunds`].
    pub(super) fn check_funds(&self, order: &Order, walk: &Walk, rest: Decimal) -> Result<(), Reject> {
        let spec = &self.books[order.symbol()].spec;
        let rest_needs = self.hold(order, rest);
        let needed = if order.reduce_only {
            return Ok(());
        } else if spec.is_perpetual() {
            match self.margin_needed(order, walk, spec) {
                None if rest.is_zero() => return Ok(()),
                needed => needed.unwrap_or_default() + rest_needs,
            }
        } else if order.side() == Side::Sell {
            walk.filled + rest_needs
        } else {
            walk.notional(Decimal::ZERO) + self.fees_of(walk) + rest_needs
        };
        let asset = self.lock_asset(order);
        let available = self.available(&order.account, asset);
        if needed <= available {
            return Ok(());
        }
        let (needed, available) = (needed.normalize(), available.normalize());
        Err(Reject::InsufficientFunds { asset: asset.clone(), needed, available })
    }

    /// Margin and fees for what a walk opens, less the margin of what it closes. `None` where it only closes: that is
    /// always allowed.
    fn margin_needed(&self, order: &Order, walk: &Walk, spec: &InstrumentSpec) -> Option<Decimal> {
        let closing = walk.filled.min(self.closable(&order.account, order.symbol(), order.side()));
        if closing == walk.filled {
            return None;
        }
        let released = match self.accounts[&order.account].positions.get(order.symbol()) {
            Some(position) if !closing.is_zero() => {
                round_down(spec.margin(position.cost) * closing / position.qty.abs())
            }
            _ => Decimal::ZERO,
        };
        Some(spec.margin(walk.notional(closing)) + self.fees_of(walk) - released)
    }

    fn fees_of(&self, walk: &Walk) -> Decimal {
        walk.slices.iter().map(|slice| self.fee(Liquidity::Taker, slice.price * slice.qty)).sum()
    }

    /// What an account can set aside: what is free, less unrealised losses.
    fn available(&self, id: &AccountId, asset: &Asset) -> Decimal {
        self.accounts[id].balance_state(asset).free + self.unrealised(id, asset).min(Decimal::ZERO)
    }

    /// How much of an account's position an order of this side would close.
    pub(super) fn closable(&self, id: &AccountId, symbol: &Symbol, side: Side) -> Decimal {
        let held = self.accounts[id].positions.get(symbol).map_or(Decimal::ZERO, |position| position.qty);
        (-side.signed(held)).max(Decimal::ZERO)
    }

    /// Unrealised profit of all positions against an asset, at the last prices; zero before the first print.
    fn unrealised(&self, id: &AccountId, quote: &Asset) -> Decimal {
        let positions = self.accounts[id].positions.iter();
        positions
            .map(|(symbol, position)| (&self.books[symbol], position))
            .filter(|(book, _)| book.spec.quote == *quote)
            .filter_map(|(book, position)| book.last.map(|last| position.unrealised(last)))
            .sum()
    }

    /// What an account has set aside for spot orders.
    pub(super) fn locked_on_spot(&self, id: &AccountId, asset: &Asset) -> Decimal {
        let orders = self.accounts[id].open_orders.iter().map(|id| &self.orders[id]);
        orders
            .filter(|order| !self.books[order.symbol()].spec.is_perpetual() && self.lock_asset(order) == asset)
            .map(|order| order.locked)
            .sum()
    }

    /// After a print: closes the positions of accounts whose margin is used up.
    pub(super) fn liquidate(&mut self, symbol: &Symbol, now: Timestamp) {
        for id in self.books[symbol].holders.clone() {
            let quote = self.books[symbol].spec.quote.clone();
            if !self.is_margin_used_up(&id, &quote) {
                continue;
            }
            self.cancel_perpetual_orders(&id, &quote, now);
            let mut next = Some(symbol.clone());
            while let Some(symbol) = next.filter(|_| self.is_margin_used_up(&id, &quote)) {
                self.close_position(&id, &symbol, now);
                let rest = self.accounts[&id].positions.keys();
                next = rest.into_iter().find(|symbol| self.books[*symbol].spec.quote == quote).cloned();
            }
        }
    }

    fn is_margin_used_up(&self, id: &AccountId, quote: &Asset) -> bool {
        let account = &self.accounts[id];
        let mut worth = Decimal::ZERO;
        for (symbol, position) in &account.positions {
            let book = &self.books[symbol];
            if book.spec.quote == *quote {
                worth += book.last.map_or(position.cost, |last| position.qty * last).abs();
            }
        }
        if worth.is_zero() {
            return false;
        }
        let backing = account.total(quote) - self.locked_on_spot(id, quote) + self.unrealised(id, quote);
        backing < worth * MAINTENANCE
    }

    fn cancel_perpetual_orders(&mut self, id: &AccountId, quote: &Asset, now: Timestamp) {
        for order_id in self.open_order_ids(id, None) {
            let order = &self.orders[&order_id];
            let spec = &self.books[order.symbol()].spec;
            if order.is_open() && spec.is_perpetual() && spec.quote == *quote {
                self.end(order_id, OrderStatus::Canceled, Some(EndReason::Liquidation), now);
            }
        }
    }

    /// Closes a whole position by an order of the exchange's own, at the best synthetic price.
    fn close_position(&mut self, account: &AccountId, symbol: &Symbol, now: Timestamp) {
        let book = &self.books[symbol];
        let held = self.accounts[account].positions.get(symbol).map_or(Decimal::ZERO, |position| position.qty);
        let side = if held > Decimal::ZERO { Side::Sell } else { Side::Buy };
        let best = book.side(side.opposite()).levels.first().map(|level| level.price);
        let Some(price) = best.or(book.last) else { return };

        let id = OrderId(self.next_order);
        self.next_order += 1;
        let name = format!("liquidation-{}", id.0);
        let request = OrderRequest {
            client_order_id: name.parse().expect("letters, digits and a dash make a client order id"),
            symbol: symbol.clone(),
            side,
            order_type: OrderType::Market,
            qty: held.abs(),
            tif: TimeInForce::Gtc,
            post_only: false,
            reduce_only: true,
        };
        self.orders.insert(id, Order::new(id, account.clone(), request, now));
        self.tell_order(id, now);
        self.settle_with_market(symbol, side, price, held.abs());
        let terms = FillTerms { price, qty: held.abs(), liquidity: Liquidity::Taker, liquidation: true };
        self.fill(id, terms, now);
    }

    /// Where the last position against an asset is closed and cost more than there was, insurance pays the rest.
    pub(super) fn cover_deficit(&mut self, id: &AccountId, quote: &Asset) {
        let account = &self.accounts[id];
        if account.positions.keys().any(|symbol| self.books[symbol].spec.quote == *quote) {
            return;
        }
        let deficit = self.locked_on_spot(id, quote) - account.total(quote);
        if deficit > Decimal::ZERO {
            self.credit(id, quote, deficit);
            self.credit(&AccountId::insurance(), quote, -deficit);
        }
    }
}
