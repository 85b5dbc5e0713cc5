//! The exchange: tapes played by a clock. Plain state, no sockets, no clock of its own.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mem_types::{Quote, Symbol, Timeframe, Timestamp, Trade};

use super::clock::Clock;
use super::tape::{Tape, TapeBarMaker};
use super::view::{Depth, MarketView, TapeBar, TapeEvent};
use crate::words::{Channel, Listing, Subscription};

/// The market side of the simulated exchange.
#[derive(Debug)]
pub struct Exchange {
    tapes: BTreeMap<Symbol, Tape>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    clock: Clock,
    /// Everything up to here has been printed.
    now: Timestamp,
    symbols: BTreeMap<Symbol, Printed>,
    makers: BTreeMap<(Symbol, Timeframe), TapeBarMaker>,
}

/// How far a tape has been played.
#[derive(Debug, Clone, Default)]
struct Printed {
    trades: u64,
    quote: Option<Quote>,
}

impl Exchange {
    /// An exchange whose clock shows `clock.at(0)`; what the tapes hold before that is its history.
    pub fn new(tapes: impl IntoIterator<Item = Tape>, clock: Clock) -> Self {
        let now = clock.at(Duration::ZERO);
        let tapes: BTreeMap<Symbol, Tape> =
            tapes.into_iter().map(|tape| (tape.listing().symbol.clone(), tape)).collect();
        let symbols = tapes.iter().map(|(symbol, tape)| (symbol.clone(), Printed::at(tape, now))).collect();
        Self { tapes, state: Mutex::new(State { clock, now, symbols, makers: BTreeMap::new() }) }
    }

    /// When the first tape begins and the last one ends.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let spans: Vec<_> = self.tapes.values().map(Tape::span).collect();
        Some((spans.iter().map(|span| span.0).min()?, spans.iter().map(|span| span.1).max()?))
    }

    /// Whether there is nothing left to print.
    pub fn is_finished(&self) -> bool {
        let state = self.state();
        self.tapes.iter().all(|(symbol, tape)| state.symbols[symbol].trades == tape.len())
    }

    /// How many times as fast as real time the clock runs.
    pub fn speed(&self) -> f64 {
        self.state().clock.speed()
    }

    /// Runs the clock at another speed from the real time `real` on.
    pub fn set_speed(&self, real: Duration, speed: f64) {
        self.state().clock.set_speed(real, speed);
    }

    /// Lets the clock jump; the next [`Exchange::advance`] prints what lies between.
    pub fn step(&self, by: Duration) {
        self.state().clock.step(by);
    }

    /// Candles of this kind are made, and told, from now on.
    pub fn watch(&self, stream: &Subscription) {
        let Channel::Bars(timeframe) = stream.channel else { return };
        let Some(tape) = self.tapes.get(&stream.symbol) else { return };
        let mut state = self.state();
        let (now, printed) = (state.now, state.symbols[&stream.symbol].trades);
        state.makers.entry((stream.symbol.clone(), timeframe)).or_insert_with(|| {
            let mut maker = TapeBarMaker::new(timeframe);
            for trade in tape.trades(tape.count_before(timeframe.open_of(now)), printed) {
                maker.push(&trade);
            }
            maker
        });
    }

    /// The newest thing that a stream has sent: the id of a trade, or when the newest closed candle opened.
    pub fn tail(&self, stream: &Subscription) -> Option<i64> {
        let tape = self.tapes.get(&stream.symbol)?;
        let state = self.state();
        let printed = state.symbols[&stream.symbol].trades;
        let last = i64::try_from(printed).ok()?.checked_sub(1)? + tape.first_id();
        match stream.channel {
            Channel::Trades => (printed > 0).then_some(last),
            Channel::Quotes => None,
            Channel::Bars(timeframe) => {
                let open = timeframe.open_of(state.now);
                let before = tape.count_before(open).min(printed).checked_sub(1)?;
                let trade = tape.trades(before, before + 1).pop()?;
                Some(timeframe.open_of(trade.ts_venue).as_nanos())
            }
        }
    }

    /// Plays the tapes up to what the clock shows at `real`, and returns what happened, in the order of time.
    pub fn advance(&self, real: Duration) -> Vec<TapeEvent> {
        let mut state = self.state();
        let (before, now) = (state.now, state.clock.at(real));
        if now <= before {
            return Vec::new();
        }
        state.now = now;
        let mut events: Vec<(Timestamp, TapeEvent)> = Vec::new();
        let State { symbols, makers, .. } = &mut *state;
        for (symbol, tape) in &self.tapes {
            let printed = symbols.get_mut(symbol).expect("every tape has its state");
            let until = Timestamp::from_nanos(now.as_nanos().saturating_add(1));
            let trades = match tape.count_before(until) {
                count if count > printed.trades => tape.trades(printed.trades, count),
                _ => Vec::new(),
            };
            for trade in &trades {
                events.push((trade.ts_venue, TapeEvent::Trade(symbol.clone(), trade.clone())));
                if !tape.has_quotes() {
                    let quote = tape.quote_after(printed.trades, trade);
                    events.push((trade.ts_venue, TapeEvent::Quote(symbol.clone(), quote.clone())));
                    printed.quote = Some(quote);
                }
                printed.trades += 1;
            }
            for quote in tape.recorded_quotes(Timestamp::from_nanos(before.as_nanos() + 1), until) {
                events.push((quote.ts_venue, TapeEvent::Quote(symbol.clone(), quote.clone())));
                printed.quote = Some(quote.clone());
            }
            for ((_, timeframe), maker) in makers.iter_mut().filter(|((of, _), _)| of == symbol) {
                let mut told = |at: Timestamp, bar| events.push((at, TapeEvent::Bar(symbol.clone(), *timeframe, bar)));
                for trade in &trades {
                    if let Some(closed) = maker.push(trade) {
                        told(trade.ts_venue, closed);
                    }
                }
                match maker.close_until(now) {
                    Some(closed) => told(now, closed),
                    None if trades.is_empty() => {}
                    None => maker.unfinished().into_iter().for_each(|open| told(now, open)),
                }
            }
        }
        events.sort_by_key(|(at, _)| *at);
        events.into_iter().map(|(_, event)| event).collect()
    }

    /// The book around `quote`.
    pub(super) fn depth_of(&self, symbol: &Symbol, quote: &Quote, levels: usize) -> Option<Depth> {
        Some(self.tapes.get(symbol)?.depth(quote, levels))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half way through a change, so the state is sound even then.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Printed {
    fn at(tape: &Tape, now: Timestamp) -> Self {
        let trades = tape.count_before(Timestamp::from_nanos(now.as_nanos().saturating_add(1)));
        let last = trades.checked_sub(1).and_then(|number| Some((number, tape.trades(number, trades).pop()?)));
        let quote = if tape.has_quotes() {
            tape.recorded_quotes(Timestamp::from_nanos(i64::MIN), now).last().cloned()
        } else {
            last.map(|(number, trade)| tape.quote_after(number, &trade))
        };
        Self { trades, quote }
    }
}

impl MarketView for Exchange {
    fn now(&self) -> Timestamp {
        self.state().now
    }

    fn listings(&self) -> Vec<Listing> {
        self.tapes.values().map(|tape| tape.listing().clone()).collect()
    }

    fn bars(
        &self,
        symbol: &Symbol,
        timeframe: Timeframe,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        limit: usize,
    ) -> Option<Vec<TapeBar>> {
        let tape = self.tapes.get(symbol)?;
        let (now, printed) = {
            let state = self.state();
            (state.now, state.symbols[symbol].trades)
        };
        let end = to.map_or(printed, |to| tape.count_before(first_open(timeframe, to)).min(printed));
        let begin = match from {
            Some(from) => tape.count_before(first_open(timeframe, from)),
            None => {
                // The newest `limit`, counted back from the end; periods without trades make them fewer.
                let until = to.unwrap_or(now).min(now);
                let span = timeframe.nanos().saturating_mul(i64::try_from(limit.saturating_sub(1)).unwrap_or(i64::MAX));
                let back = Timestamp::from_nanos(until.as_nanos().saturating_sub(1).saturating_sub(span));
                tape.count_before(timeframe.open_of(back))
            }
        };
        if begin >= end {
            return Some(Vec::new());
        }
        Some(tape.bars(timeframe, begin, end, now, limit))
    }

    fn trades(&self, symbol: &Symbol, from_id: Option<i64>, limit: usize) -> Option<Vec<Trade>> {
        let tape = self.tapes.get(symbol)?;
        let printed = self.state().symbols[symbol].trades;
        let from = match from_id {
            Some(id) => u64::try_from(id.saturating_sub(tape.first_id())).unwrap_or(0),
            None => printed.saturating_sub(limit as u64),
        };
        Some(tape.trades(from, from.saturating_add(limit as u64).min(printed)))
    }

    fn first_trade_since(&self, symbol: &Symbol, at: Timestamp) -> Option<i64> {
        let tape = self.tapes.get(symbol)?;
        let number = tape.count_before(at);
        (number < self.state().symbols[symbol].trades).then(|| i64::try_from(number).unwrap_or(0) + tape.first_id())
    }

    fn quote(&self, symbol: &Symbol) -> Option<Quote> {
        self.state().symbols.get(symbol)?.quote.clone()
    }

    fn depth(&self, symbol: &Symbol, levels: usize) -> Option<Depth> {
        let quote = self.quote(symbol)?;
        Some(self.tapes.get(symbol)?.depth(&quote, levels))
    }
}

/// The first time not before `at` at which a candle opens.
fn first_open(timeframe: Timeframe, at: Timestamp) -> Timestamp {
    let open = timeframe.open_of(at);
    if open < at { timeframe.close_of(open) } else { open }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::market::{MarketConfig, generate};
    use crate::words::InstrumentKind;

    fn exchange(speed: f64) -> Exchange {
        let config = MarketConfig::new(5, 300);
        let tapes = generate(&config)
            .series
            .into_iter()
            .map(|(symbol, bars)| Tape::of_candles(symbol, InstrumentKind::Spot, bars, config.timeframe).unwrap());
        let start = Timestamp::from_nanos(config.start.as_nanos() + 100 * config.timeframe.nanos());
        Exchange::new(tapes, Clock::new(start, speed))
    }

    #[test]
    fn what_is_streamed_is_what_is_answered() {
        let exchange = exchange(3600.0);
        let stream: Subscription = "bars.4h:SIM-BETA".parse().unwrap();
        exchange.watch(&stream);
        let begin = exchange.tail(&"trades:SIM-BETA".parse().unwrap()).unwrap();
        let mut events = Vec::new();
        for tenth in 1..=400 {
            events.extend(exchange.advance(Duration::from_millis(100 * tenth)));
        }
        let streamed: Vec<Trade> = events
            .iter()
            .filter_map(|event| match event {
                TapeEvent::Trade(symbol, trade) if *symbol == stream.symbol => Some(trade.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(exchange.trades(&stream.symbol, Some(begin + 1), usize::MAX).unwrap(), streamed);
        let closed: Vec<TapeBar> = events
            .iter()
            .filter_map(|event| match event {
                TapeEvent::Bar(symbol, _, bar) if *symbol == stream.symbol && bar.closed => Some(*bar),
                _ => None,
            })
            .collect();
        let from = closed[0].bar.ts;
        let answered = exchange.bars(&stream.symbol, "4h".parse().unwrap(), Some(from), None, 1000).unwrap();
        assert_eq!(answered.iter().copied().filter(|bar| bar.closed).collect::<Vec<_>>(), closed);
        assert_eq!(exchange.tail(&stream), Some(closed.last().unwrap().bar.ts.as_nanos()));
    }

    #[test]
    fn nothing_later_than_now_is_told() {
        let exchange = exchange(0.0);
        let now = exchange.now();
        for listing in exchange.listings() {
            let trades = exchange.trades(&listing.symbol, None, 10).unwrap();
            assert_eq!(trades.len(), 10);
            assert!(trades.iter().all(|trade| trade.ts_venue <= now));
            let bars = exchange.bars(&listing.symbol, Timeframe::H1, None, None, 50).unwrap();
            assert_eq!(bars.len(), 50);
            assert!(bars.iter().all(|bar| bar.bar.ts <= now && bar.closed == (bar.bar.ts < now)));
        }
        assert_eq!(exchange.advance(Duration::from_secs(9)), []);
        exchange.step(Duration::from_secs(3600));
        assert!(!exchange.advance(Duration::from_secs(9)).is_empty());
    }
}
