//! The tape: every trade that the exchange has printed or will print, by number.
//!
//! What comes in: candles or ticks of one symbol. What goes out: trade number `n`, the number at a time, and the
//! candles that the trades make. Trades are computed when they are asked for, so that years of candles cost no memory,
//! and every reader gets the same ones: there is one truth.

mod expand;
mod grid;

use mem_types::{Aggressor, BarBuilder, Bars, Quote, Symbol, Timeframe, Timestamp, Trade, VolumeSum};

use self::expand::Grids;
pub(super) use self::expand::mix;
use crate::sim::view::{Depth, TapeBar};
use crate::words::{InstrumentKind, Listing};

/// Trades happen at whole milliseconds: finer times do not survive every protocol.
const NANOS_PER_MILLI: i64 = 1_000_000;
/// Half the spread, as a fraction of the price.
const HALF_SPREAD: f64 = 5e-5;

/// Why a series cannot be played.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TapeError {
    /// Nothing in it.
    #[error("{0} holds nothing to play")]
    Empty(Symbol),
    /// Candles without volumes, such as mark prices.
    #[error("{0} has a candle without a volume at {1}: mark prices and the like cannot be traded")]
    NoVolume(Symbol, Timestamp),
    /// Ticks out of order.
    #[error("trades of {0} are not in the order of time at {1}")]
    Order(Symbol, Timestamp),
}

/// What the tape is made of.
#[derive(Debug)]
enum Source {
    /// Candles; `first[i]` is the number of candle i's first trade, and the last entry the number of all trades.
    Candles { bars: Bars, timeframe: Timeframe, grids: Grids, first: Vec<u64> },
    /// Ticks as they were.
    Ticks(Vec<Trade>),
}

/// The tape of one symbol. Trades are numbered from 0 here; `id = number + first_id` on the wire.
#[derive(Debug)]
pub struct Tape {
    listing: Listing,
    source: Source,
    first_id: i64,
    price_decimals: u32,
    qty_decimals: u32,
    /// Quotes as they were, for tapes of ticks that have them.
    quotes: Vec<Quote>,
}

impl Tape {
    /// A tape of trades that rebuild `bars` exactly.
    ///
    /// # Errors
    /// No bars, or bars without volumes.
    pub fn of_candles(
        symbol: Symbol,
        kind: InstrumentKind,
        bars: Bars,
        timeframe: Timeframe,
    ) -> Result<Self, TapeError> {
        let view = bars.view();
        if view.is_empty() {
            return Err(TapeError::Empty(symbol));
        }
        if let Some(bar) = view.iter().find(|bar| bar.volume.is_nan()) {
            return Err(TapeError::NoVolume(symbol, bar.ts));
        }
        let grids = Grids {
            price: grid::decimals(view.iter().flat_map(|bar| [bar.open, bar.high, bar.low, bar.close])),
            qty: grid::decimals(view.iter().map(|bar| bar.volume)),
        };
        let mut first = Vec::with_capacity(view.len() + 1);
        let mut count = 0;
        for bar in view.iter() {
            first.push(count);
            count += expand::count(&bar, grids) as u64;
        }
        first.push(count);
        let source = Source::Candles { bars, timeframe, grids, first };
        Ok(Self::new(symbol, kind, source, 1, grids.price, grids.qty, Vec::new()))
    }

    /// A tape of ticks as they were. Their ids are kept where they count up by one, and are counted from 1 otherwise.
    /// `quotes` stand beside them; without any, quotes follow from the trades.
    ///
    /// # Errors
    /// No trades, or trades that are not in the order of time.
    pub fn of_ticks(
        symbol: Symbol,
        kind: InstrumentKind,
        mut trades: Vec<Trade>,
        quotes: Vec<Quote>,
    ) -> Result<Self, TapeError> {
        if trades.is_empty() {
            return Err(TapeError::Empty(symbol));
        }
        if let Some(pair) = trades.windows(2).find(|pair| pair[1].ts_venue < pair[0].ts_venue) {
            return Err(TapeError::Order(symbol, pair[1].ts_venue));
        }
        let first_id = trades[0].id.unwrap_or(1);
        let counted = trades.iter().zip(first_id..).all(|(trade, id)| trade.id == Some(id));
        let first_id = if counted { first_id } else { 1 };
        for (trade, id) in trades.iter_mut().zip(first_id..) {
            trade.id = Some(id);
            trade.ts_local = None;
        }
        let price = grid::decimals(trades.iter().map(|trade| trade.price));
        let qty = grid::decimals(trades.iter().map(|trade| trade.qty));
        Ok(Self::new(symbol, kind, Source::Ticks(trades), first_id, price, qty, quotes))
    }

    fn new(
        symbol: Symbol,
        kind: InstrumentKind,
        source: Source,
        first_id: i64,
        price_decimals: u32,
        qty_decimals: u32,
        quotes: Vec<Quote>,
    ) -> Self {
        let (base, quote) = split_symbol(symbol.as_str());
        let lot = grid::step(qty_decimals);
        let listing = Listing {
            base: base.to_owned(),
            quote: quote.to_owned(),
            symbol,
            kind,
            tick_size: grid::step(price_decimals),
            lot_size: lot,
            min_qty: lot,
            min_notional: 0.0,
            trading: true,
        };
        Self { listing, source, first_id, price_decimals, qty_decimals, quotes }
    }

    /// What is listed.
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// How many trades there are in all, those to come included.
    pub fn len(&self) -> u64 {
        match &self.source {
            Source::Candles { first, .. } => *first.last().expect("the number of all trades is always there"),
            Source::Ticks(trades) => trades.len() as u64,
        }
    }

    /// Whether there are no trades. There always are some.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id of the first trade.
    pub fn first_id(&self) -> i64 {
        self.first_id
    }

    /// When the first trade happens, and when the last candle closes or the last tick happens.
    pub fn span(&self) -> (Timestamp, Timestamp) {
        match &self.source {
            Source::Candles { bars, timeframe, .. } => {
                let view = bars.view();
                (view.ts(0), timeframe.close_of(view.ts(view.len() - 1)))
            }
            Source::Ticks(trades) => (trades[0].ts_venue, trades[trades.len() - 1].ts_venue),
        }
    }

    /// Trades `from..to` in order.
    pub fn trades(&self, from: u64, to: u64) -> Vec<Trade> {
        let to = to.min(self.len());
        if from >= to {
            return Vec::new();
        }
        match &self.source {
            Source::Ticks(trades) => trades[from as usize..to as usize].to_vec(),
            Source::Candles { first, .. } => {
                let mut out = Vec::with_capacity((to - from) as usize);
                let mut candle = first.partition_point(|start| *start <= from) - 1;
                while candle + 1 < first.len() && first[candle] < to {
                    for (number, trade) in (first[candle]..).zip(self.candle_trades(candle)) {
                        if (from..to).contains(&number) {
                            out.push(trade);
                        }
                    }
                    candle += 1;
                }
                out
            }
        }
    }

    fn candle_trades(&self, candle: usize) -> Vec<Trade> {
        let Source::Candles { bars, timeframe, grids, first } = &self.source else { return Vec::new() };
        let bar = bars.view().bar(candle);
        let prints = expand::expand(&bar, *grids, candle as u64);
        let open = bar.ts.as_nanos();
        let span = timeframe.close_of(bar.ts).as_nanos() - open;
        let count = prints.len() as i64;
        let mut before = if candle == 0 { bar.open } else { bars.view().bar(candle - 1).close };
        (0_i64..)
            .zip(prints)
            .map(|(index, print)| {
                let at = open + span / count * index / NANOS_PER_MILLI * NANOS_PER_MILLI;
                let aggressor = if print.price >= before { Aggressor::Buy } else { Aggressor::Sell };
                before = print.price;
                Trade {
                    ts_venue: Timestamp::from_nanos(at),
                    ts_local: None,
                    id: Some(first[candle] as i64 + index + self.first_id),
                    price: print.price,
                    qty: print.qty,
                    aggressor,
                }
            })
            .collect()
    }

    /// How many trades happen before `at`: the number of the first one that does not.
    pub fn count_before(&self, at: Timestamp) -> u64 {
        match &self.source {
            Source::Ticks(trades) => trades.partition_point(|trade| trade.ts_venue < at) as u64,
            Source::Candles { bars, first, .. } => {
                let candle = bars.view().ts_ns.partition_point(|open| *open < at.as_nanos());
                let Some(candle) = candle.checked_sub(1) else { return 0 };
                let inside = self.candle_trades(candle).iter().filter(|trade| trade.ts_venue < at).count();
                first[candle] + inside as u64
            }
        }
    }

    /// The candles that trades `from..to` make; `open` says which of them are still open.
    pub fn bars(&self, timeframe: Timeframe, from: u64, to: u64, now: Timestamp, limit: usize) -> Vec<TapeBar> {
        let mut maker = TapeBarMaker::new(timeframe);
        let mut out = Vec::new();
        let mut next = from;
        while next < to && out.len() < limit {
            let page = self.trades(next, (next + 4096).min(to));
            next += page.len() as u64;
            out.extend(page.iter().filter_map(|trade| maker.push(trade)));
        }
        out.extend(maker.unfinished());
        out.truncate(limit);
        if let Some(last) = out.last_mut() {
            last.closed = timeframe.close_of(last.bar.ts) <= now;
        }
        out
    }

    /// The best bid and ask after trade `number`.
    pub fn quote_after(&self, number: u64, trade: &Trade) -> Quote {
        let spread = self.spread(trade.price);
        let size = |salt: u64| self.level_size(number, salt);
        let (bid, ask) = match trade.aggressor {
            Aggressor::Sell => (trade.price, self.on_grid(trade.price + spread)),
            Aggressor::Buy | Aggressor::Unknown => (self.on_grid(trade.price - spread), trade.price),
        };
        let bid = if bid > 0.0 { bid } else { trade.price };
        Quote {
            ts_venue: trade.ts_venue,
            ts_local: None,
            id: trade.id,
            bid: Some((bid, Some(size(0)))),
            ask: Some((ask, Some(size(1)))),
        }
    }

    /// The quotes of the venue in `from..to`, for tapes that carry them.
    pub fn recorded_quotes(&self, from: Timestamp, to: Timestamp) -> &[Quote] {
        let begin = self.quotes.partition_point(|quote| quote.ts_venue < from);
        let end = self.quotes.partition_point(|quote| quote.ts_venue < to);
        &self.quotes[begin..end.max(begin)]
    }

    /// Whether the tape carries quotes of its own.
    pub fn has_quotes(&self) -> bool {
        !self.quotes.is_empty()
    }

    /// The book around `quote`: levels one spread apart, larger further out.
    pub fn depth(&self, quote: &Quote, levels: usize) -> Depth {
        let update_id = quote.id.unwrap_or(0);
        let side = |best: Option<(f64, Option<f64>)>, direction: f64| -> Vec<(f64, f64)> {
            let Some((price, qty)) = best else { return Vec::new() };
            let step = self.spread(price);
            (0..levels)
                .map_while(|level| {
                    let at = if level == 0 { price } else { self.on_grid(price + direction * step * level as f64) };
                    let qty = if level == 0 { qty } else { None };
                    let qty = qty.unwrap_or_else(|| {
                        self.level_size(update_id.unsigned_abs(), 2 + level as u64) * (1 + level) as f64
                    });
                    (at > 0.0).then_some((at, grid::round(qty, self.qty_decimals)))
                })
                .collect()
        };
        Depth { bids: side(quote.bid, -1.0), asks: side(quote.ask, 1.0), update_id }
    }

    fn spread(&self, price: f64) -> f64 {
        self.on_grid(price * HALF_SPREAD * 2.0).max(self.listing.tick_size)
    }

    fn on_grid(&self, price: f64) -> f64 {
        grid::round(price, self.price_decimals)
    }

    /// A size between one and ten times what is traded at once hereabouts.
    fn level_size(&self, number: u64, salt: u64) -> f64 {
        let near = self.trades(number.saturating_sub(1).min(self.len() - 1), self.len().min(number + 1));
        let typical = near.iter().map(|trade| trade.qty).fold(self.listing.lot_size, f64::max);
        let factor = 1.0 + (mix(number ^ (salt << 48)) % 900) as f64 / 100.0;
        grid::round(typical * factor, self.qty_decimals).max(self.listing.lot_size)
    }
}

/// Candles with the figures that exchanges send along.
#[derive(Debug)]
pub(super) struct TapeBarMaker {
    builder: BarBuilder,
    trades: u64,
    value: VolumeSum,
    taker_buy: VolumeSum,
    ids: Option<(i64, i64)>,
}

impl TapeBarMaker {
    pub(super) fn new(timeframe: Timeframe) -> Self {
        Self {
            builder: BarBuilder::new(timeframe),
            trades: 0,
            value: VolumeSum::default(),
            taker_buy: VolumeSum::default(),
            ids: None,
        }
    }

    /// Takes the next trade; gives the candle that it completes.
    pub(super) fn push(&mut self, trade: &Trade) -> Option<TapeBar> {
        let done = self.builder.push(trade.ts_venue, trade.price, trade.qty).expect("a tape is in the order of time");
        let done = done.map(|bar| self.dress(bar, true));
        if done.is_some() {
            *self = Self { builder: self.builder.clone(), ..Self::new(self.builder.timeframe()) };
        }
        self.trades += 1;
        self.value.add(trade.price * trade.qty);
        if trade.aggressor == Aggressor::Buy {
            self.taker_buy.add(trade.qty);
        }
        let id = trade.id.unwrap_or(0);
        self.ids = Some((self.ids.map_or(id, |(first, _)| first), id));
        done
    }

    /// The candle that the exchange's clock has completed.
    pub(super) fn close_until(&mut self, now: Timestamp) -> Option<TapeBar> {
        let bar = self.builder.close_until(now)?;
        let bar = self.dress(bar, true);
        *self = Self { builder: self.builder.clone(), ..Self::new(self.builder.timeframe()) };
        Some(bar)
    }

    pub(super) fn unfinished(&self) -> Option<TapeBar> {
        self.builder.unfinished().map(|bar| self.dress(bar, false))
    }

    fn dress(&self, bar: mem_types::Bar, closed: bool) -> TapeBar {
        TapeBar {
            bar,
            trades: self.trades,
            value: self.value.value(),
            taker_buy_volume: self.taker_buy.value(),
            ids: self.ids,
            closed,
        }
    }
}

/// Base and quote of a name such as `BTCUSDT`; names without a known quote are paid in `USD`.
fn split_symbol(symbol: &str) -> (&str, &str) {
    if let Some((base, quote)) = symbol
        .split_once('-')
        .filter(|(base, quote)| !base.is_empty() && ["USD", "USDT", "USDC", "EUR", "BTC"].contains(quote))
    {
        return (base, quote);
    }
    for quote in ["USDT", "USDC", "BUSD", "FDUSD", "USD", "EUR", "BTC", "ETH"] {
        if let Some(base) = symbol.strip_suffix(quote).filter(|base| !base.is_empty()) {
            return (base, quote);
        }
    }
    (symbol, "USD")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::market::{MarketConfig, generate};
    use mem_types::Bar;

    fn tape() -> (Bars, Tape) {
        let market = generate(&MarketConfig::new(3, 500));
        let bars = market.series[0].1.clone();
        let tape =
            Tape::of_candles("SIM-ALPHA".parse().unwrap(), InstrumentKind::Spot, bars.clone(), Timeframe::H1).unwrap();
        (bars, tape)
    }

    #[test]
    fn the_tape_rebuilds_its_candles_to_the_bit() {
        let (bars, tape) = tape();
        let (_, end) = tape.span();
        let made = tape.bars(Timeframe::H1, 0, tape.len(), end, usize::MAX);
        let made: Vec<Bar> = made.iter().map(|made| made.bar).collect();
        assert_eq!(made, bars.view().iter().collect::<Vec<_>>());
    }

    #[test]
    fn numbers_times_and_pages_agree() {
        let (_, tape) = tape();
        let all = tape.trades(0, tape.len());
        assert_eq!(all.len() as u64, tape.len());
        assert!(all.windows(2).all(|pair| pair[0].ts_venue <= pair[1].ts_venue));
        assert!(all.iter().zip(1..).all(|(trade, id)| trade.id == Some(id)));
        for number in [0, 1, 11, 12, 13, 500, tape.len() - 1] {
            assert_eq!(tape.trades(number, number + 3), all[number as usize..(number as usize + 3).min(all.len())]);
            let before = tape.count_before(all[number as usize].ts_venue);
            assert_eq!(before as usize, all.partition_point(|trade| trade.ts_venue < all[number as usize].ts_venue));
        }
    }

    #[test]
    fn ticks_keep_their_ids_where_these_count() {
        let trade = |id, second: i64| Trade {
            ts_venue: Timestamp::from_nanos(second * 1_000_000_000),
            ts_local: None,
            id,
            price: 100.5,
            qty: 0.25,
            aggressor: Aggressor::Sell,
        };
        let ticks = |ids: [Option<i64>; 2]| {
            let trades = vec![trade(ids[0], 1), trade(ids[1], 2)];
            Tape::of_ticks("BTCUSDT".parse().unwrap(), InstrumentKind::Perpetual, trades, Vec::new()).unwrap()
        };
        assert_eq!(ticks([Some(7), Some(8)]).first_id(), 7);
        assert_eq!(ticks([Some(7), Some(9)]).first_id(), 1);
        assert_eq!(ticks([None, None]).trades(1, 2)[0].id, Some(2));
        assert_eq!(ticks([None, None]).listing().tick_size, 0.1);
        assert_eq!(ticks([None, None]).listing().base, "BTC");
    }

    #[test]
    fn the_book_is_never_crossed() {
        let (_, tape) = tape();
        for (number, trade) in (0..).zip(tape.trades(0, 300)) {
            let quote = tape.quote_after(number, &trade);
            let depth = tape.depth(&quote, 10);
            assert!(depth.bids[0].0 < depth.asks[0].0, "{depth:?}");
            assert!(depth.bids.windows(2).all(|pair| pair[0].0 > pair[1].0));
            assert!(depth.asks.windows(2).all(|pair| pair[0].0 < pair[1].0));
            assert!(depth.bids.iter().chain(&depth.asks).all(|(_, qty)| *qty > 0.0));
        }
    }
}
