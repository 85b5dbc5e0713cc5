//! An exchange that stands still, over made-up data; and what asks it over a real socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use mem_types::{Aggressor, Bar, Quote, Symbol, Timeframe, Timestamp, Trade};
use mem_venue::sim::view::{Depth, MarketView, TapeBar};
use mem_venue::{InstrumentKind, Listing};

/// When the exchange stands still.
pub(crate) const NOW: &str = "2024-01-01T00:10:00Z";

/// What is known of one instrument.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tape {
    pub(crate) listing: Listing,
    pub(crate) trades: Vec<Trade>,
    /// Candles of a minute.
    pub(crate) bars: Vec<TapeBar>,
    pub(crate) quote: Option<Quote>,
    pub(crate) depth: Depth,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FixedView(pub(crate) Vec<Tape>);

/// Draws whole numbers below some end, always the same ones.
pub(crate) struct Draws(pub(crate) u64);

impl Draws {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// A decimal with so many digits behind the point, above 0.
    fn decimal(&mut self, end: u64, digits: i32) -> f64 {
        (1 + self.below(end)) as f64 / 10_f64.powi(digits)
    }
}

impl Tape {
    pub(crate) fn new(symbol: &str, base: &str, quote: &str, kind: InstrumentKind, seed: u64) -> Self {
        let mut draws = Draws(seed);
        let now: Timestamp = NOW.parse().unwrap();
        let start = now.as_millis() - 600_000;
        let millis = |ms: i64| Timestamp::from_millis(ms).unwrap();
        let trades = (0..60).map(|at| Trade {
            ts_venue: millis(start + at * 9_973 + 123),
            ts_local: None,
            id: Some(1_001 + at),
            price: draws.decimal(9_999_999, 2),
            qty: draws.decimal(99_999_999, 5),
            aggressor: if draws.below(2) == 0 { Aggressor::Buy } else { Aggressor::Sell },
        });
        let trades: Vec<Trade> = trades.collect();
        let bars = (0..10).map(|at| {
            let mut prices = [(); 4].map(|()| draws.decimal(9_999_999, 2));
            prices.sort_by(f64::total_cmp);
            let volume = draws.decimal(99_999_999, 5);
            let [low, open, close, high] = prices;
            let bar = Bar { ts: millis(start + at * 60_000), open, high, low, close, volume };
            let ids = (1_001 + 6 * at, 1_006 + 6 * at);
            let (value, taker_buy_volume) = (volume * open, volume / 2.0);
            TapeBar { bar, trades: 6, value, taker_buy_volume, ids: Some(ids), closed: at < 9 }
        });
        let bars = bars.collect();
        let mut levels = |step: i64| -> Vec<(f64, f64)> {
            (0..20).map(|at| ((4_300_000 + step * (at + 1)) as f64 / 100.0, draws.decimal(99_999, 3))).collect()
        };
        let depth = Depth { bids: levels(-7), asks: levels(9), update_id: 77 };
        let side = |side: &[(f64, f64)]| side.first().map(|(price, qty)| (*price, Some(*qty)));
        let (bid, ask) = (side(&depth.bids), side(&depth.asks));
        let quote_now = Quote { ts_venue: millis(now.as_millis() - 5), ts_local: None, id: Some(77), bid, ask };
        let listing = Listing {
            symbol: symbol.parse().unwrap(),
            base: base.to_owned(),
            quote: quote.to_owned(),
            kind,
            tick_size: 0.01,
            lot_size: 0.00001,
            min_qty: draws.decimal(1_000, 5),
            min_notional: draws.decimal(1_000, 1),
            trading: true,
        };
        Self { listing, trades, bars, quote: Some(quote_now), depth }
    }
}

impl FixedView {
    /// Two instruments of spot and one perpetual.
    pub(crate) fn sample(seed: u64) -> Self {
        let mut idle = Tape::new("ETHBTC", "ETH", "BTC", InstrumentKind::Spot, seed + 1);
        idle.listing.trading = false;
        let bitcoin = Tape::new("BTCUSDT", "BTC", "USDT", InstrumentKind::Spot, seed);
        Self(vec![bitcoin, idle, Tape::new("SOLUSDT", "SOL", "USDT", InstrumentKind::Perpetual, seed + 2)])
    }

    pub(crate) fn tape(&self, symbol: &Symbol) -> Option<&Tape> {
        self.0.iter().find(|tape| tape.listing.symbol == *symbol)
    }
}

impl MarketView for FixedView {
    fn now(&self) -> Timestamp {
        NOW.parse().unwrap()
    }

    fn listings(&self) -> Vec<Listing> {
        self.0.iter().map(|tape| tape.listing.clone()).collect()
    }

    fn bars(
        &self,
        symbol: &Symbol,
        timeframe: Timeframe,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        limit: usize,
    ) -> Option<Vec<TapeBar>> {
        let tape = self.tape(symbol)?;
        if timeframe != Timeframe::M1 {
            return Some(Vec::new());
        }
        let asked = |bar: &&TapeBar| from.is_none_or(|from| bar.bar.ts >= from) && to.is_none_or(|to| bar.bar.ts < to);
        let bars: Vec<TapeBar> = tape.bars.iter().filter(asked).copied().collect();
        let first = if from.is_none() { bars.len().saturating_sub(limit) } else { 0 };
        Some(bars.into_iter().skip(first).take(limit).collect())
    }

    fn trades(&self, symbol: &Symbol, from_id: Option<i64>, limit: usize) -> Option<Vec<Trade>> {
        let trades = &self.tape(symbol)?.trades;
        let first = match from_id {
            Some(id) => trades.partition_point(|trade| trade.id < Some(id)),
            None => trades.len().saturating_sub(limit),
        };
        Some(trades.iter().skip(first).take(limit).cloned().collect())
    }

    fn first_trade_since(&self, symbol: &Symbol, at: Timestamp) -> Option<i64> {
        self.tape(symbol)?.trades.iter().find(|trade| trade.ts_venue >= at)?.id
    }

    fn quote(&self, symbol: &Symbol) -> Option<Quote> {
        self.tape(symbol)?.quote.clone()
    }

    fn depth(&self, symbol: &Symbol, levels: usize) -> Option<Depth> {
        let depth = &self.tape(symbol)?.depth;
        let side = |side: &[(f64, f64)]| side.iter().take(levels).copied().collect();
        Some(Depth { bids: side(&depth.bids), asks: side(&depth.asks), update_id: depth.update_id })
    }
}

/// A server on this machine, until it is dropped.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

/// Serves `router` on a free port.
pub(crate) fn serve(router: axum::Router) -> Served {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move { axum::serve(listener, router).await });
    Served { address, _runtime: runtime }
}

impl Served {
    /// Serves Binance's dialect over `view`.
    pub(crate) fn binance(view: FixedView) -> Self {
        serve(mem_venue::sim::dialect::binance::router(Arc::new(view)))
    }

    /// Status and body.
    pub(crate) fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let mut socket = TcpStream::connect(self.address).unwrap();
        write!(socket, "GET {path} HTTP/1.1\r\nHost: local\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        let body = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
        (status, answer[body..].to_vec())
    }
}
