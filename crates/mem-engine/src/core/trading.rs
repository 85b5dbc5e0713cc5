//! Decisions into orders, fills into books.

use mem_memory::Judgement;
use mem_strategy::OnOpposite;
use mem_trade::exact::{decimal, float, nearest};
use mem_trade::ledger;
use mem_trade::order::{Order, Purpose};
use mem_trade::risk::{Approved, Finding, Proposal};
use mem_trade::sizing::Situation;
use mem_trade::{InstrumentKind, RoundTrip};
use mem_types::{Bar, ClientOrderId, Decision, Fill, Intent, OrderRequest, OrderType, PositionSide, Side, TimeInForce};
use rust_decimal::Decimal;

use super::account::{Advised, Plan};
use super::engine::Engine;
use super::features;
use super::heed::{concerns, decides, said};
use super::output::{Closed, Command, Filled, Level, ModelWord, Output, SignalNote};

/// What a decision has led to so far.
#[derive(Default)]
pub(super) struct Led {
    orders: Vec<ClientOrderId>,
    findings: Vec<Finding>,
    qty: Option<Decimal>,
    pub(super) features: Vec<f64>,
    pub(super) memory: Option<Judgement>,
    model: Option<ModelWord>,
}

impl Engine {
    /// Makes orders of what the strategy decided at the close of `bar`.
    pub(super) fn decide(&mut self, market: usize, bar: &Bar, decisions: &[Decision], word: Option<&ModelWord>) {
        let symbol = self.markets[market].instrument.symbol.clone();
        // A position that is being closed already is none.
        let leaving = self.account.orders.of(&symbol).any(|order| leaves(order.purpose));
        let mut side = if leaving { None } else { self.account.side(&symbol) };
        for decision in decisions {
            if self.says_nothing(market, decision.intent, side) {
                continue;
            }
            let number = self.account.next_decision;
            self.account.next_decision += 1;
            let word = word.filter(|word| concerns(word, decision.intent));
            let mut led = Led { model: word.cloned(), ..Led::default() };
            match decision.intent {
                Intent::ExitLong | Intent::ExitShort => {
                    side = None;
                    self.exit(market, Purpose::Exit, number, &mut led);
                }
                Intent::EnterLong => {
                    self.enter(market, bar, decision, (PositionSide::Long, number), &mut side, &mut led);
                }
                Intent::EnterShort => {
                    self.enter(market, bar, decision, (PositionSide::Short, number), &mut side, &mut led);
                }
            }
            if self.tell {
                self.tell_signal(market, bar, decision, number, led);
            }
        }
    }

    /// Whether an intent means nothing as things stand: there is nothing to leave, the side is held already, or opposite signals are
    /// not listened to. Strategies repeat themselves; that is no decision.
    fn says_nothing(&self, market: usize, intent: Intent, held: Option<PositionSide>) -> bool {
        let ignores = self.markets[market].on_opposite == OnOpposite::Ignore;
        match intent {
            Intent::ExitLong => held != Some(PositionSide::Long),
            Intent::ExitShort => held != Some(PositionSide::Short),
            Intent::EnterLong => held.is_some_and(|side| side == PositionSide::Long || ignores),
            Intent::EnterShort => held.is_some_and(|side| side == PositionSide::Short || ignores),
        }
    }

    fn tell_signal(&mut self, market: usize, bar: &Bar, decision: &Decision, number: u64, led: Led) {
        let of = &self.markets[market];
        let mut reasons = of.stream.signal().map(|signal| signal.reasons).unwrap_or_default();
        if decides(&led.model) {
            reasons.clear();
        }
        reasons.extend(led.model.as_ref().map(|word| said(word, decision.intent)));
        let sign = match decision.intent {
            Intent::EnterLong => 1.0,
            Intent::EnterShort => -1.0,
            Intent::ExitLong | Intent::ExitShort => 0.0,
        };
        let level = |distance: Option<f64>, towards: f64| distance.map(|distance| bar.close + towards * distance);
        let note = SignalNote {
            decision: number,
            at: of.close_of(bar, self.market_now),
            symbol: of.instrument.symbol.clone(),
            strategy: of.strategy.clone(),
            bar: bar.ts,
            intent: decision.intent,
            confidence: decision.confidence,
            price: bar.close,
            stop: level(decision.stop_distance, -sign),
            target: level(decision.target_distance, sign),
            reasons,
            features: led.features,
            memory: led.memory,
            model: led.model,
            findings: led.findings,
            orders: led.orders,
            qty: led.qty,
        };
        self.say(Output::Signal(Box::new(note)));
    }

    fn enter(
        &mut self,
        market: usize,
        bar: &Bar,
        decision: &Decision,
        (wanted, number): (PositionSide, u64),
        side: &mut Option<PositionSide>,
        led: &mut Led,
    ) {
        let refuse = |led: &mut Led, check: &str, why: &str| {
            led.findings.push(Finding { check: check.to_owned(), why: why.to_owned(), refused: true });
        };
        let enabled = self.config.lanes[market].enabled;
        let allowed = enabled && (wanted == PositionSide::Long || self.shorts_allowed(market));
        if side.is_some() {
            let closes = self.markets[market].on_opposite == OnOpposite::Close;
            self.exit(market, if closes || !allowed { Purpose::Exit } else { Purpose::Reversal }, number, led);
            *side = None;
            if closes {
                return;
            }
        }
        if !enabled {
            return refuse(led, "switched_off", "the symbol is switched off: what is held is left, nothing is entered");
        }
        if !allowed {
            return refuse(led, "shorts", "short positions are not allowed here");
        }
        if self.tell || self.memory.is_some() {
            led.features = features::snapshot(self.markets[market].window.iter()).to_vec();
        }
        led.memory = self.ask_memory(wanted, decision.confidence, &led.features);
        if let Some(why) = led.memory.as_ref().and_then(|judgement| self.vetoed(judgement)) {
            return refuse(led, "memory", &why);
        }
        let confidence = led.memory.as_ref().map_or(decision.confidence, |judgement| judgement.adjusted);
        let id = self.next_id();
        let review = {
            let of = &self.markets[market];
            let situation = Situation {
                equity: self.equity(),
                price: bar.close,
                stop_distance: decision.stop_distance,
                confidence,
                volatility: of.volatility(),
                record: self.account.record,
                leverage: self.risk().config().max_leverage.min(MOST_LEVERAGE),
                taker_fee: float(of.instrument.fees.taker),
            };
            let proposal = Proposal {
                instrument: &of.instrument,
                side: wanted,
                qty: of.sizing.units(&situation),
                price: bar.close,
                stop_distance: decision.stop_distance,
                bar: bar.ts,
            };
            let exposures = self.exposures(market);
            // What is being closed to make room counts as gone.
            let symbol = &of.instrument.symbol;
            let leaving = self.account.orders.of(symbol).any(|order| leaves(order.purpose));
            let exposures: Vec<_> =
                exposures.into_iter().filter(|exposure| !leaving || exposure.symbol != symbol).collect();
            self.risk().review(&proposal, &self.surroundings(market, &exposures), (id, number))
        };
        led.findings.extend(review.findings);
        let Some(approved) = review.approved else { return };
        led.qty = Some(approved.request().qty);
        led.orders.push(approved.request().client_order_id.clone());
        let plan = Plan {
            decision: number,
            side: wanted,
            bar: bar.ts,
            price: bar.close,
            confidence: decision.confidence,
            stop_distance: decision.stop_distance,
            target_distance: decision.target_distance,
            probabilities: self.remember(number, wanted, decision.confidence, led),
            advised: led.model.as_ref().map(|word| Advised { model: word.model, up: word.up }),
            slippage_bps: 0.0,
            expected_bps: 0.0,
        };
        let symbol = self.markets[market].instrument.symbol.clone();
        self.account.last_entries.insert(symbol.clone(), (bar.ts, wanted));
        self.account.coming.insert(symbol, plan);
        *side = Some(wanted);
        self.place(market, approved, bar.close);
    }

    /// Contracts can be sold short; coins only where the broker is our own.
    fn shorts_allowed(&self, market: usize) -> bool {
        let lendable = self.config.paper || self.markets[market].instrument.kind == InstrumentKind::Perpetual;
        self.config.allow_short && lendable
    }

    /// Orders the whole position to be closed at the market.
    fn exit(&mut self, market: usize, purpose: Purpose, decision: u64, led: &mut Led) {
        let symbol = self.markets[market].instrument.symbol.clone();
        let position = self.account.qty(&symbol);
        if !self.config.paper {
            // A venue keeps what resting exits sell set aside: they go first. Our own broker lets them rest until the exit has filled.
            self.cancel_exits(market);
        }
        let id = self.next_id();
        let request = closing(market_order(id.clone(), symbol), position);
        match self.risk().approve_exit(request, position, purpose, decision) {
            Ok(approved) => {
                led.orders.push(id);
                if !self.config.paper {
                    self.account.leaving.insert(approved.request().symbol.clone(), purpose);
                }
                let last = self.markets[market].last;
                self.place(market, approved, last);
            }
            Err(error) => self.note(Level::Error, "risk", || format!("no exit: {error}")),
        }
    }

    /// Closes every position at the market.
    pub(super) fn flatten(&mut self) {
        for market in 0..self.markets.len() {
            let symbol = self.markets[market].instrument.symbol.clone();
            let leaving = self.account.orders.of(&symbol).any(|order| leaves(order.purpose));
            if !leaving && self.account.side(&symbol).is_some() {
                let decision = self.account.plans.get(&symbol).map_or(0, |plan| plan.decision);
                self.exit(market, Purpose::Flatten, decision, &mut Led::default());
            }
        }
    }

    fn next_id(&mut self) -> ClientOrderId {
        self.account.next_order += 1;
        let name = format!("{}-{}", self.config.session, self.account.next_order);
        // A session's name and a number are letters, digits and a dash; a name that is too long is cut by the caller of `new`.
        name.parse().unwrap_or_else(|_| unreachable!("{name} is a client id"))
    }

    /// Writes an approved order down and hands it to the broker.
    fn place(&mut self, market: usize, approved: Approved, expected: f64) {
        let order = self.plan(approved, expected);
        self.hand_over(market, &order, None);
        if self.account.paper.is_none() {
            let request = self.for_venue(market, order.request);
            self.command(Command::Place(request));
        }
    }

    /// The order as a venue takes it: coins are sold, only contracts are reduced.
    fn for_venue(&self, market: usize, request: OrderRequest) -> Box<OrderRequest> {
        let contract = self.markets[market].instrument.kind == InstrumentKind::Perpetual;
        Box::new(OrderRequest { reduce_only: request.reduce_only && contract, ..request })
    }

    fn plan(&mut self, approved: Approved, expected: f64) -> Order {
        self.recent.push_back(self.now);
        if self.recent.len() > MOST_RECENT {
            self.recent.pop_front();
        }
        let expected = decimal(expected).unwrap_or_default();
        let order = self.account.orders.plan(approved, expected, self.market_now).clone();
        self.say(Output::Order(Box::new(order.clone())));
        self.account.orders.sent(&order.request.client_order_id, self.market_now);
        order
    }

    /// Hands an order to the paper broker, where that is ours.
    fn hand_over(&mut self, market: usize, order: &Order, other_leg: Option<ClientOrderId>) {
        if let Some(paper) = &mut self.account.paper {
            paper.place(order.request.clone(), other_leg);
            self.busy[market] = true;
        }
    }

    /// Tells that an order has changed, and does what follows from it.
    pub(super) fn order_changed(&mut self, changed: Option<Order>) {
        let Some(order) = changed else { return };
        let symbol = order.request.symbol.clone();
        let ended = order.stage.is_done();
        let (opens, filled) = (order.purpose.opens(), !order.filled_qty.is_zero());
        self.say(Output::Order(Box::new(order)));
        if ended && opens {
            // Nothing of it will come any more. What came of it is to be protected.
            let coming = self.account.coming.remove(&symbol);
            if let (false, Some(plan)) = (filled, coming) {
                self.forget(plan.decision);
            }
            if let (true, Some(market)) = (filled, self.index.get(&symbol).copied()) {
                self.protect(market);
            }
        }
    }

    /// Books a fill.
    pub(super) fn filled(&mut self, fill: &Fill) {
        let Some(market) = self.index.get(&fill.symbol).copied() else {
            self.note(Level::Warning, "venue", || {
                format!("a fill of {}, which is not traded here, is left alone", fill.symbol)
            });
            return;
        };
        let order = self.account.orders.filled(fill);
        if order.is_none() {
            self.note(Level::Warning, "venue", || {
                format!("a fill of order {}, which is not open with us, is booked", fill.client_order_id)
            });
        }
        let purpose = order.as_ref().map(|order| order.purpose);
        if purpose == Some(Purpose::Entry)
            && let Some(plan) = self.account.coming.remove(&fill.symbol)
        {
            self.account.plans.insert(fill.symbol.clone(), plan);
        }
        let position = self.account.positions.entry(fill.symbol.clone()).or_default();
        let change = position.apply(fill);
        if position.side().is_none() {
            self.account.positions.remove(&fill.symbol);
        }
        let entry = ledger::fill(fill, &self.markets[market].instrument, change.realised);
        self.book(entry);
        self.mark_books();
        let (slippage_bps, expected_bps) = match &order {
            Some(order) => (slippage(order, fill), self.expected_slippage(order)),
            None => (0.0, 0.0),
        };
        let plan = self.account.plans.get_mut(&fill.symbol);
        let confidence = plan.as_ref().map_or(0.0, |plan| plan.confidence);
        if let Some(plan) = plan {
            plan.slippage_bps += slippage_bps;
            plan.expected_bps += expected_bps;
        }
        if self.tell {
            let note = Filled {
                fill: fill.clone(),
                purpose,
                decision: order.as_ref().map(|order| order.decision),
                strategy: self.markets[market].strategy.clone(),
                confidence,
                realised: change.realised,
                slippage_bps,
                expected_bps,
            };
            self.say(Output::Filled(Box::new(note)));
        }
        let done = order.as_ref().is_some_and(|order| order.stage.is_done());
        if let Some(order) = order {
            self.say(Output::Order(Box::new(order)));
        }
        if let Some(trip) = change.closed {
            self.closed(market, trip, purpose);
        }
        if purpose == Some(Purpose::Entry) && done {
            self.protect(market);
        }
    }

    fn expected_slippage(&self, order: &Order) -> f64 {
        match order.request.order_type {
            OrderType::Limit { .. } => 0.0,
            _ => self.config.slippage_bps,
        }
    }

    /// A trade is over: what protected it is cancelled, and what it brought is counted.
    fn closed(&mut self, market: usize, trip: RoundTrip, purpose: Option<Purpose>) {
        self.cancel_exits(market);
        let symbol = self.markets[market].instrument.symbol.clone();
        self.account.leaving.remove(&symbol);
        let plan = self.account.plans.remove(&symbol);
        let return_pct = trip.return_pct();
        if let Some(plan) = &plan {
            self.learn(plan.decision, trip.closed_at, return_pct);
            self.model_earned(market, plan, return_pct, trip.closed_at);
        }
        self.account.record.take(return_pct);
        self.account.losing_streak = if trip.pnl > Decimal::ZERO { 0 } else { self.account.losing_streak + 1 };
        if !self.tell {
            return;
        }
        let closed = Closed {
            decision: plan.as_ref().map(|plan| plan.decision),
            symbol,
            strategy: self.markets[market].strategy.clone(),
            purpose,
            confidence: plan.as_ref().map_or(0.0, |plan| plan.confidence),
            trip,
            return_pct,
            equity: self.equity(),
            slippage_bps: plan.as_ref().map_or(0.0, |plan| plan.slippage_bps),
            expected_bps: plan.as_ref().map_or(0.0, |plan| plan.expected_bps),
        };
        self.say(Output::Closed(Box::new(closed)));
    }

    /// Cancels the stop and the target of a symbol.
    fn cancel_exits(&mut self, market: usize) {
        let symbol = self.markets[market].instrument.symbol.clone();
        let resting: Vec<ClientOrderId> = self
            .account
            .orders
            .of(&symbol)
            .filter(|order| protects(order.purpose))
            .map(|order| order.request.client_order_id.clone())
            .collect();
        for id in resting {
            if let Some(paper) = &mut self.account.paper {
                paper.cancel(&symbol, &id);
                let changed = self.account.orders.canceled(&id, "the position is closed", self.market_now);
                self.order_changed(changed);
            } else {
                self.command(Command::Cancel { symbol: symbol.clone(), id });
            }
        }
    }

    /// Places the stop and the target of a position, where its plan has them and none rests yet.
    pub(super) fn protect(&mut self, market: usize) {
        let symbol = self.markets[market].instrument.symbol.clone();
        let Some(plan) = self.account.plans.get(&symbol).cloned() else { return };
        let Some(position) = self.account.positions.get(&symbol) else { return };
        if self.account.orders.of(&symbol).any(|order| protects(order.purpose) || leaves(order.purpose)) {
            return;
        }
        let (qty, entry) = (position.qty(), position.average_entry().map_or(f64::NAN, float));
        let tick = self.markets[market].instrument.tick_size;
        let level = |distance: Option<f64>, towards: f64| {
            let price = entry + towards * distance?;
            decimal(price).map(|price| nearest(price, tick)).filter(|price| *price > Decimal::ZERO)
        };
        let stop = level(plan.stop_distance, -plan.side.sign());
        let target = level(plan.target_distance, plan.side.sign());
        if self.account.paper.is_none() {
            // A level that the market has passed cannot rest any more: what it was for is done at once.
            let last = decimal(self.markets[market].last).unwrap_or_default();
            let (stop_side, target_side) =
                if plan.side == PositionSide::Long { (Side::Buy, Side::Sell) } else { (Side::Sell, Side::Buy) };
            let passed = |level: Option<Decimal>, side: Side| level.is_some_and(|level| side.accepts(level, last));
            if passed(stop, stop_side) {
                return self.exit(market, Purpose::Exit, plan.decision, &mut Led::default());
            }
            if passed(target, target_side) {
                return self.exit(market, Purpose::Exit, plan.decision, &mut Led::default());
            }
        }
        let mut orders = [None, None];
        let wanted = [
            (stop.map(|trigger_price| OrderType::Stop { trigger_price }), Purpose::StopLoss, stop),
            (target.map(|price| OrderType::Limit { price }), Purpose::TakeProfit, target),
        ];
        for (slot, (order_type, purpose, price)) in orders.iter_mut().zip(wanted) {
            let (Some(order_type), Some(price)) = (order_type, price) else { continue };
            let id = self.next_id();
            let resting = OrderRequest { order_type, tif: TimeInForce::Gtc, ..market_order(id, symbol.clone()) };
            match self.risk().approve_exit(closing(resting, qty), qty, purpose, plan.decision) {
                Ok(approved) => *slot = Some(self.plan(approved, float(price))),
                Err(error) => self.note(Level::Error, "risk", || format!("no {}: {error}", purpose.as_str())),
            }
        }
        let name = |order: &Option<Order>| order.as_ref().map(|order| order.request.client_order_id.clone());
        let names = [name(&orders[0]), name(&orders[1])];
        if self.account.paper.is_some() {
            for (order, other) in orders.iter().flatten().zip([names[1].clone(), names[0].clone()]) {
                self.hand_over(market, order, other);
            }
            return;
        }
        match orders.map(|order| order.map(|order| self.for_venue(market, order.request))) {
            [Some(stop), Some(target)] => self.command(Command::PlacePair { target, stop }),
            [Some(one), None] | [None, Some(one)] => self.command(Command::Place(one)),
            [None, None] => {}
        }
    }

    /// What was to happen at a venue and did not is done again: a position that is to be closed is closed, one that should have
    /// exits and has none gets them. After a refusal, a restart, or half a fill.
    pub(super) fn guard_positions(&mut self) {
        if self.config.paper {
            return;
        }
        for index in 0..self.held.len() {
            let market = self.held[index].market;
            let symbol = self.markets[market].instrument.symbol.clone();
            if self.account.coming.contains_key(&symbol) {
                continue;
            }
            let under_way = self.account.orders.of(&symbol).any(|order| leaves(order.purpose));
            match self.account.leaving.get(&symbol).copied() {
                Some(_) if under_way => {}
                Some(purpose) => {
                    let decision = self.account.plans.get(&symbol).map_or(0, |plan| plan.decision);
                    self.exit(market, purpose, decision, &mut Led::default());
                }
                None => self.protect(market),
            }
        }
    }
}

/// No sizing rule may count on more than this, whatever the limits of risk say.
const MOST_LEVERAGE: f64 = 125.0;
/// Times of orders that are kept, for their rate.
const MOST_RECENT: usize = 10_000;

/// Whether an order of this purpose closes the position at once.
fn leaves(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Exit | Purpose::Reversal | Purpose::Flatten)
}

/// Whether an order of this purpose rests until it is needed.
fn protects(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::StopLoss | Purpose::TakeProfit)
}

fn market_order(id: ClientOrderId, symbol: mem_types::Symbol) -> OrderRequest {
    OrderRequest {
        client_order_id: id,
        symbol,
        side: Side::Sell,
        order_type: OrderType::Market,
        qty: Decimal::ZERO,
        tif: TimeInForce::Ioc,
        post_only: false,
        reduce_only: true,
    }
}

/// The order turned so that it closes a position.
fn closing(request: OrderRequest, position: Decimal) -> OrderRequest {
    let side = if position > Decimal::ZERO { Side::Sell } else { Side::Buy };
    OrderRequest { side, qty: position.abs(), ..request }
}

/// How much worse than expected a fill was, in ten-thousandths of the expected price.
fn slippage(order: &Order, fill: &Fill) -> f64 {
    let expected = float(order.expected_price);
    if expected <= 0.0 {
        return 0.0;
    }
    let worse = float(fill.side.signed(fill.price - order.expected_price));
    worse / expected * 10_000.0
}
