//! The step of the loop: one event in, the state changed, outputs and commands out.

use std::collections::{BTreeMap, VecDeque};

use mem_memory::{Memory, Remembered};
use mem_trade::exact::float;
use mem_trade::ledger;
use mem_trade::paper::{Offer, Paper, PaperEvent};
use mem_trade::risk::Risk;
use mem_types::time::{NANOS_PER_MILLI, NANOS_PER_SECOND};
use mem_types::{Asset, Bar, BarSpec, Decision, Symbol, Timestamp};
use rust_decimal::Decimal;

use super::account::{Account, Held};
use super::awaited::NEVER;
use super::config::{EngineConfig, EngineError, Source};
use super::event::{Event, Operator, Stamped, VenueNews};
use super::foresight::Foresight;
use super::market::Market;
use super::output::{Command, Level, Note, Output};

/// The market's clock is ours, less the time given to late trades, where its events are dated no further from us than this.
const REAL_TIME: i64 = 60 * NANOS_PER_SECOND;

/// What survives a restart.
pub type State = Account;

/// The loop's state and its step.
#[derive(Debug)]
pub struct Engine {
    pub(super) config: EngineConfig,
    pub(super) quote: Asset,
    risk: Risk,
    pub(super) markets: Vec<Market>,
    pub(super) index: BTreeMap<Symbol, usize>,
    /// Past decisions; `None` where nothing is remembered.
    pub(super) memory: Option<Memory>,
    pub(super) account: Account,
    /// What models say; `None` without any.
    pub(super) foresight: Option<Foresight>,
    /// The market's time after which something has waited long enough for a row of features.
    pub(super) waits_until: Timestamp,
    /// Positions as floats, and cash: what equity is computed from at every price.
    pub(super) held: Vec<Held>,
    pub(super) cash: f64,
    /// Markets with orders at the paper broker.
    pub(super) busy: Vec<bool>,
    /// Our clock and the market's, as of the newest event.
    pub(super) now: Timestamp,
    pub(super) market_now: Timestamp,
    /// When the last orders were planned.
    pub(super) recent: VecDeque<Timestamp>,
    /// Whether outputs are wanted.
    pub(super) tell: bool,
    out: Vec<Output>,
    commands: Vec<Command>,
    paper_events: Vec<PaperEvent>,
}

impl Engine {
    /// The loop before its first event, going on from `state` and from the decisions it remembers. Without `tell` there are no
    /// outputs, only their effects.
    ///
    /// # Errors
    /// Nothing to trade, a symbol twice, two currencies, or a strategy, sizes or limits that make no sense.
    pub fn new(
        config: EngineConfig,
        state: State,
        remembered: Vec<Remembered>,
        tell: bool,
    ) -> Result<Self, EngineError> {
        let quote = config.quote()?;
        let risk = Risk::new(config.risk.clone()).map_err(EngineError::Number)?;
        config.memory.validate().map_err(EngineError::Number)?;
        let memory = super::remembering::recollect(&config, &state, remembered);
        let mut index = BTreeMap::new();
        let mut markets = Vec::with_capacity(config.lanes.len());
        for lane in &config.lanes {
            if index.insert(lane.instrument.symbol.clone(), markets.len()).is_some() {
                return Err(EngineError::Twice(lane.instrument.symbol.to_string()));
            }
            markets.push(Market::new(lane, &config)?);
        }
        let mut account = state;
        if config.paper && account.paper.is_none() {
            account.paper = Some(Paper::new(config.slippage_bps, config.intrabar));
        }
        let start = Timestamp::from_nanos(i64::MIN);
        let mut engine = Self {
            quote,
            risk,
            busy: vec![false; markets.len()],
            markets,
            index,
            memory,
            account,
            foresight: None,
            waits_until: NEVER,
            held: Vec::new(),
            cash: 0.0,
            now: start,
            market_now: start,
            recent: VecDeque::new(),
            tell,
            out: Vec::new(),
            commands: Vec::new(),
            paper_events: Vec::new(),
            config,
        };
        engine.mark_books();
        (0..engine.markets.len()).for_each(|market| engine.mark_busy(market));
        Ok(engine)
    }

    /// Takes the next event.
    pub fn handle(&mut self, stamped: &Stamped) {
        self.now = self.now.max(stamped.at);
        match &stamped.event {
            Event::History { market, bar } => self.history(usize::from(*market), bar),
            Event::Bar { market, bar } => self.candle(usize::from(*market), bar),
            Event::Trade { market, ts, price, qty } => {
                let offer = Offer::at_price(*price, *ts);
                self.price(usize::from(*market), offer, *qty, Source::Trades);
            }
            Event::Quote { market, ts, bid, ask } => {
                let offer = Offer { bid: *bid, ask: *ask, at: *ts };
                self.price(usize::from(*market), offer, 0.0, Source::Quotes);
            }
            Event::Text(text) => self.text_came(text),
            Event::Time => self.time(),
            Event::Venue(news) => self.venue(news),
            Event::Operator(order) => self.operator(order),
        }
        if self.market_now > self.waits_until {
            self.release_overdue();
        }
    }

    /// What has been said since the last time.
    pub fn take_outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.out)
    }

    /// What a venue is to do, after the outputs are on record.
    pub fn take_commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    /// Whether anything waits to be put on record or sent.
    pub fn has_news(&self) -> bool {
        !self.out.is_empty() || !self.commands.is_empty()
    }

    /// Everything that must survive a restart.
    pub fn state(&self) -> &State {
        &self.account
    }

    /// How it was set up.
    pub fn config(&self) -> &EngineConfig {
        &self.config
    }

    /// The limits in force.
    pub fn risk(&self) -> &Risk {
        &self.risk
    }

    /// What everything is paid with.
    pub fn quote(&self) -> &Asset {
        &self.quote
    }

    /// The market's clock.
    pub fn market_now(&self) -> Timestamp {
        self.market_now
    }

    /// The last price of each symbol; NaN before the first.
    pub fn last_prices(&self) -> impl Iterator<Item = (&Symbol, f64)> {
        self.markets.iter().map(|market| (&market.instrument.symbol, market.last))
    }

    /// When the last price of each symbol came, by our clock.
    pub fn last_times(&self) -> impl Iterator<Item = (&Symbol, Timestamp)> {
        self.markets.iter().map(|market| (&market.instrument.symbol, market.last_at))
    }

    /// Bars of a market that have closed so far, those of the past too.
    #[inline]
    pub fn bars_closed(&self, market: u16) -> u64 {
        self.markets.get(usize::from(market)).map_or(0, |market| market.closed)
    }

    /// The newest closed bar of a market.
    pub fn newest_bar(&self, market: u16) -> Option<&Bar> {
        self.markets.get(usize::from(market))?.window.iter().next_back()
    }

    /// The bar of a market that still grows.
    pub fn open_bar(&self, market: u16) -> Option<Bar> {
        self.markets.get(usize::from(market))?.open_bar()
    }

    /// The newest closed bars of a symbol, oldest first, and their kind; `None` for a symbol that is not traded.
    pub fn closed_bars(&self, symbol: &Symbol) -> Option<(BarSpec, impl Iterator<Item = &Bar>)> {
        let market = *self.index.get(symbol)?;
        Some((self.config.lanes[market].bars, self.markets[market].window.iter()))
    }

    /// Trades that came after their bar had closed, in all markets.
    pub fn late_trades(&self) -> u64 {
        self.markets.iter().map(|market| market.late).sum()
    }

    /// What the account is worth at the last prices, in quote currency.
    pub fn equity(&self) -> f64 {
        let mut equity = self.cash;
        for held in &self.held {
            equity += held.value(self.markets[held.market].last);
        }
        equity
    }

    pub(super) fn say(&mut self, output: Output) {
        if self.tell {
            self.out.push(output);
        }
    }

    pub(super) fn note(&mut self, level: Level, source: &'static str, text: impl FnOnce() -> String) {
        if self.tell {
            self.out.push(Output::Note(Note { at: self.market_now, level, source, text: text() }));
        }
    }

    pub(super) fn command(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Brings the floats of cash and positions up to the books.
    pub(super) fn mark_books(&mut self) {
        self.cash = float(self.account.cash(&self.quote));
        self.held.clear();
        for (symbol, position) in &self.account.positions {
            let Some(market) = self.index.get(symbol).copied() else { continue };
            self.held.extend(Held::new(market, self.markets[market].instrument.kind, position));
        }
    }

    pub(super) fn mark_busy(&mut self, market: usize) {
        let symbol = &self.markets[market].instrument.symbol;
        self.busy[market] = self.account.paper.as_ref().is_some_and(|paper| paper.has_work(symbol));
    }

    // Prices.

    fn history(&mut self, market: usize, bar: &Bar) {
        if market >= self.markets.len() {
            return;
        }
        self.release(market);
        self.markets[market].last = bar.close;
        let mut decisions = self.markets[market].see(bar);
        self.show(market, bar);
        if !self.holds(market, bar, &mut decisions, true) {
            self.look_back(market, bar, &decisions);
        }
        decisions.clear();
        self.markets[market].decisions = decisions;
        self.release_complete(market);
    }

    /// A candle has closed: what waited at the broker meets its open, then its range; then the strategy sees it.
    fn candle(&mut self, market: usize, bar: &Bar) {
        let Some(of) = self.markets.get_mut(market) else { return };
        let Source::Bars(length) = of.source else { return };
        let closes = length.close_of(bar.ts);
        of.last_at = self.now;
        if self.busy[market] {
            of.last = bar.open;
            self.pass(bar.ts);
            self.meet(market, |paper, instrument, out| {
                paper.on_price(instrument, Offer::at_price(bar.open, bar.ts), out);
            });
            if self.busy[market] {
                self.meet(market, |paper, instrument, out| paper.on_range(instrument, bar, closes, out));
            }
        }
        let of = &mut self.markets[market];
        of.last = bar.close;
        let done = of.take(bar);
        self.pass(closes);
        if let Some(done) = done {
            self.closed_bar(market, &done);
        }
    }

    /// A trade or a quote: what waited at the broker meets it, then it goes into a bar.
    fn price(&mut self, market: usize, offer: Offer, qty: f64, source: Source) {
        let Some(of) = self.markets.get_mut(market) else { return };
        if of.source != source {
            return;
        }
        let price = if offer.bid == offer.ask { offer.bid } else { (offer.bid + offer.ask) / 2.0 };
        of.last = price;
        of.last_at = self.now;
        self.pass(offer.at);
        if self.busy[market] {
            self.meet(market, |paper, instrument, out| paper.on_price(instrument, offer, out));
        }
        if let Some(done) = self.markets[market].build(offer.at, price, qty) {
            self.closed_bar(market, &done);
        }
    }

    fn time(&mut self) {
        let late = i64::try_from(self.config.late_ms).unwrap_or(i64::MAX).saturating_mul(NANOS_PER_MILLI);
        let ours = self.now.as_nanos();
        if ours.saturating_sub(self.market_now.as_nanos()).abs() > REAL_TIME {
            return;
        }
        self.pass(Timestamp::from_nanos(ours - late));
        for market in 0..self.markets.len() {
            if let Some(done) = self.markets[market].close_until(self.market_now) {
                self.closed_bar(market, &done);
            }
        }
        self.release_closed();
        self.guard_positions();
    }

    /// The market's clock has come to `at`.
    #[inline]
    fn pass(&mut self, at: Timestamp) {
        if at > self.market_now {
            self.market_now = at;
            self.account.seen_until = Some(at);
        }
        if self.account.day != Some(self.market_now.day()) {
            self.new_day();
        }
        let equity = if self.held.is_empty() { self.cash } else { self.equity() };
        if equity > self.account.peak {
            self.account.peak = equity;
        }
    }

    #[cold]
    fn new_day(&mut self) {
        if self.config.paper && self.account.ledger.entries() == 0 {
            let entry = ledger::deposit(self.market_now, self.quote.clone(), self.config.capital, "opening balance");
            self.book(entry);
            self.mark_books();
        }
        self.account.day = Some(self.market_now.day());
        self.account.day_start = self.equity();
    }

    /// Lets the paper broker see the market, and books what comes of it.
    fn meet(&mut self, market: usize, see: impl FnOnce(&mut Paper, &mem_trade::Instrument, &mut Vec<PaperEvent>)) {
        let mut events = std::mem::take(&mut self.paper_events);
        if let Some(paper) = &mut self.account.paper {
            see(paper, &self.markets[market].instrument, &mut events);
        }
        for event in events.drain(..) {
            match event {
                PaperEvent::Filled(fill) => self.filled(&fill),
                PaperEvent::Canceled { id, why } => {
                    let changed = self.account.orders.canceled(&id, why, self.market_now);
                    self.order_changed(changed);
                }
            }
        }
        self.paper_events = events;
        self.mark_busy(market);
    }

    fn closed_bar(&mut self, market: usize, bar: &Bar) {
        self.release(market);
        let mut decisions = self.markets[market].see(bar);
        self.show(market, bar);
        if !self.holds(market, bar, &mut decisions, false) {
            self.act(market, bar, &mut decisions);
        }
        self.markets[market].decisions = decisions;
        self.release_complete(market);
    }

    /// Lets models speak of a closed bar, and does what is decided at it.
    pub(super) fn act(&mut self, market: usize, bar: &Bar, decisions: &mut Vec<Decision>) {
        let word = self.foresee(market, bar, decisions);
        if !decisions.is_empty() {
            self.decide(market, bar, decisions, word.as_ref());
            decisions.clear();
        }
    }

    // The venue of the orders, and operators.

    fn venue(&mut self, news: &VenueNews) {
        match news {
            VenueNews::Order(state) => {
                let changed = self.account.orders.told(state, self.market_now);
                self.order_changed(changed);
            }
            VenueNews::Fill(fill) => {
                if self.account.last_fill.is_none_or(|last| fill.id > last) {
                    self.account.last_fill = Some(fill.id);
                    self.filled(fill);
                }
            }
            VenueNews::Refused { id, why } => {
                let changed = self.account.orders.rejected(id, why, self.market_now);
                if changed.is_some() {
                    self.note(Level::Warning, "venue", || format!("order {id} was refused: {why}"));
                }
                self.order_changed(changed);
            }
            VenueNews::Lost { id } => {
                let changed = self.account.orders.lost(id, self.market_now);
                if changed.is_some() {
                    self.note(Level::Warning, "venue", || {
                        format!("no answer came for order {id}: it counts as standing until the venue has been asked")
                    });
                }
                self.order_changed(changed);
            }
            VenueNews::Account { balances } => self.compare(balances),
        }
    }

    /// Compares the venue's balances with the books. The first ones open the books; later differences are booked and told.
    fn compare(&mut self, balances: &[(Asset, Decimal)]) {
        let opening = self.account.ledger.entries() == 0;
        let ours: Vec<Asset> = self
            .account
            .ledger
            .trial_balance()
            .into_iter()
            .filter(|line| line.account == ledger::Account::Cash)
            .map(|line| line.asset)
            .collect();
        let missing = ours.iter().filter(|asset| balances.iter().all(|(theirs, _)| theirs != *asset));
        let zero: Vec<(Asset, Decimal)> = missing.map(|asset| (asset.clone(), Decimal::ZERO)).collect();
        for (asset, theirs) in balances.iter().chain(&zero) {
            let difference = *theirs - self.account.ledger.balance(ledger::Account::Cash, asset);
            if difference.is_zero() {
                continue;
            }
            let at = self.market_now;
            let entry = if opening {
                ledger::deposit(at, asset.clone(), difference, "opening balance at the venue")
            } else {
                self.note(Level::Warning, "books", || {
                    format!("the venue holds {difference} {asset} more than our books: booked as an adjustment")
                });
                ledger::difference(at, ledger::Account::Cash, asset.clone(), difference, "found at the venue")
            };
            self.book(entry);
        }
        self.mark_books();
        if opening {
            self.account.peak = self.equity();
            self.account.day_start = self.account.peak;
        }
    }

    fn operator(&mut self, order: &Operator) {
        match order {
            Operator::KillSwitch { reason } => {
                if self.account.kill_switch != *reason {
                    self.account.kill_switch.clone_from(reason);
                    self.note(Level::Warning, "operator", || match reason {
                        Some(reason) => format!("kill switch on: {reason}"),
                        None => "kill switch off".to_owned(),
                    });
                }
            }
            Operator::Flatten => {
                self.note(Level::Warning, "operator", || "every position is closed at the market".to_owned());
                self.flatten();
            }
            Operator::ResetDrawdown => {
                self.account.peak = self.equity();
                self.note(Level::Info, "operator", || "drawdown is measured from here on".to_owned());
            }
            Operator::Risk(config) => match Risk::new((**config).clone()) {
                Ok(risk) => {
                    self.risk = risk;
                    self.note(Level::Info, "operator", || "other limits of risk are in force".to_owned());
                }
                Err(error) => {
                    self.note(Level::Error, "operator", || format!("limits of risk left as they are: {error}"));
                }
            },
        }
    }

    /// Books an entry, and tells so.
    pub(super) fn book(&mut self, entry: ledger::Entry) {
        let number = self.account.book(&entry);
        self.say(Output::Booked { number, entry });
    }
}
