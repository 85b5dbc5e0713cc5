//! Models that look at another symbol: when a row of features is formed.
//!
//! The row of a bar that closes at T sees the reference's newest bar that had closed by T, the one that closes at T included. That is what a
//! model was trained on. Bars of different symbols that close at one instant come in any order, though, so the row, and what the strategy
//! has decided at its bar, wait for the first of these:
//! - the reference's bar that closes at T, or a later one, comes;
//! - the clock, which closes the reference's bars, has come past T: nothing was traded in that bar, so there is none;
//! - the market's time is more than a tenth of a bar past T;
//! - the symbol's own next bar closes.
//!
//! All of this follows from events, so a replay waits just as long. A bar of the reference that comes later still is not seen by models, and
//! a note says so.

use mem_model::feature::FeatureStream;
use mem_types::{Bar, Decision, Symbol, Timeframe, Timestamp};

use super::engine::Engine;
use super::output::Level;

/// Share of a bar that a row waits at most, as a divisor.
const SHARE: i64 = 10;
/// The market's time at which nothing has to be released.
pub(super) const NEVER: Timestamp = Timestamp::from_nanos(i64::MAX);

/// The symbol that a market's features look at.
pub(super) struct Awaited {
    /// Its market.
    market: usize,
    /// Whether the clock closes its bars.
    by_clock: bool,
    /// The parts that it plays in the set of features.
    roles: Vec<String>,
    timeframe: Timeframe,
    /// The close of the newest of its bars.
    newest: Option<Timestamp>,
    held: Option<Held>,
}

/// A bar that waits for its row.
pub(super) struct Held {
    pub(super) bar: Bar,
    /// What the strategy decides at it.
    pub(super) decisions: Vec<Decision>,
    /// Whether it is one of the past, which is not traded on.
    pub(super) past: bool,
}

impl Awaited {
    pub(super) fn new(market: usize, by_clock: bool, roles: Vec<String>, timeframe: Timeframe) -> Self {
        Self { market, by_clock, roles, timeframe, newest: None, held: None }
    }

    /// Takes a closed bar of the reference; whether it came too late for a row.
    fn offer(&mut self, stream: &mut FeatureStream, bar: &Bar) -> bool {
        let closes = self.timeframe.close_of(bar.ts);
        // One that has come already, from the past and from the stream.
        if self.newest.is_some_and(|newest| closes <= newest) {
            return false;
        }
        self.newest = Some(closes);
        self.roles.iter().any(|role| stream.offer_reference(role, bar, self.timeframe).is_err())
    }

    /// Whether everything that the row of this bar may see has come.
    fn is_complete(&self, bar: &Bar) -> bool {
        self.newest.is_some_and(|newest| newest >= self.timeframe.close_of(bar.ts))
    }

    /// When the bar that waits has closed.
    fn waits_since(&self) -> Option<Timestamp> {
        Some(self.timeframe.close_of(self.held.as_ref()?.bar.ts))
    }

    /// Until when, in the market's time, the bar that waits does so at most.
    fn waits_until(&self) -> Option<Timestamp> {
        Some(Timestamp::from_nanos(self.waits_since()?.as_nanos() + self.timeframe.nanos() / SHARE))
    }
}

impl Engine {
    /// A bar has closed: those whose features look at its symbol take it.
    pub(super) fn show(&mut self, market: usize, bar: &Bar) {
        let Some(foresight) = &mut self.foresight else { return };
        let mut late: Vec<usize> = Vec::new();
        for (number, lane) in foresight.lanes.iter_mut().enumerate() {
            let Some(lane) = lane else { continue };
            if let Some(awaited) = lane.awaited.as_mut().filter(|awaited| awaited.market == market)
                && awaited.offer(&mut lane.stream, bar)
            {
                late.push(number);
            }
        }
        if late.is_empty() {
            return;
        }
        let name = |market: usize| self.markets[market].instrument.symbol.clone();
        let (of, others) = (name(market), late.into_iter().map(name).collect::<Vec<Symbol>>());
        let others = others.iter().map(Symbol::as_str).collect::<Vec<_>>().join(", ");
        let opened = bar.ts;
        self.note(Level::Warning, "models", || {
            format!("the bar of {of} of {opened} came too late for rows of {others}: models have not seen it")
        });
    }

    /// Keeps a bar back until its row can be formed; false where that is now.
    pub(super) fn holds(&mut self, market: usize, bar: &Bar, decisions: &mut Vec<Decision>, past: bool) -> bool {
        let awaited = self.foresight.as_mut().and_then(|foresight| foresight.lanes[market].as_mut()?.awaited.as_mut());
        let Some(awaited) = awaited.filter(|awaited| !awaited.is_complete(bar)) else { return false };
        awaited.held = Some(Held { bar: *bar, decisions: std::mem::take(decisions), past });
        self.waits_until = self.waits_until.min(awaited.waits_until().unwrap_or(NEVER));
        true
    }

    /// What waits in a market waits no longer.
    pub(super) fn release(&mut self, market: usize) {
        let lane = self.foresight.as_mut().and_then(|foresight| foresight.lanes[market].as_mut());
        let Some(held) = lane.and_then(|lane| lane.awaited.as_mut()?.held.take()) else { return };
        let Held { bar, mut decisions, past } = held;
        if past {
            self.look_back(market, &bar, &decisions);
        } else {
            self.act(market, &bar, &mut decisions);
        }
        self.waits_until = self.waiting().filter_map(|(_, awaited)| awaited.waits_until()).min().unwrap_or(NEVER);
    }

    /// A bar of this market has come: what waited for it waits no longer.
    pub(super) fn release_complete(&mut self, market: usize) {
        self.release_where(|awaited| {
            awaited.market == market && awaited.held.as_ref().is_some_and(|held| awaited.is_complete(&held.bar))
        });
    }

    /// The market's time has come further: what has waited long enough waits no longer.
    pub(super) fn release_overdue(&mut self) {
        let now = self.market_now;
        self.release_where(|awaited| awaited.waits_until().is_some_and(|until| until < now));
    }

    /// The clock has closed every bar that ended by now.
    pub(super) fn release_closed(&mut self) {
        let now = self.market_now;
        self.release_where(|awaited| awaited.by_clock && awaited.waits_since().is_some_and(|since| since <= now));
    }

    fn release_where(&mut self, which: impl Fn(&Awaited) -> bool) {
        if self.waits_until == NEVER {
            return;
        }
        let markets: Vec<usize> =
            self.waiting().filter(|(_, awaited)| which(awaited)).map(|(market, _)| market).collect();
        markets.into_iter().for_each(|market| self.release(market));
    }

    /// What waits, by market.
    fn waiting(&self) -> impl Iterator<Item = (usize, &Awaited)> {
        let lanes = self.foresight.iter().flat_map(|foresight| foresight.lanes.iter().enumerate());
        lanes
            .filter_map(|(market, lane)| Some((market, lane.as_ref()?.awaited.as_ref()?)))
            .filter(|(_, awaited)| awaited.held.is_some())
    }
}
