//! What pages are told: gathers what happens in the engine, keeps the newest of every stream, and sends what is new every 20 ms.
//!
//! One task does it. At each flush, and only then, it takes what the engine's tap has gathered and sends the next delta of each stream
//! that has news: in between nothing is pending, so that a snapshot taken at any time is exactly everything up to the last delta. Each
//! frame is spelt once, and all frames of a flush go to all clients as one piece. A client that does not take them in time misses
//! the oldest; the hub never waits.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::extract::ws::Utf8Bytes;
use mem_engine::core::Output;
use mem_engine::live::tap::{self, Happening};
use mem_engine::live::{Board, Tap};
use mem_feed::feed::Item;
use mem_store::records::Records;
use mem_types::Timestamp;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::MissedTickBehavior;

use super::Live;
use super::health::Measuring;
use super::message::{ConfigData, ModelsData, Payload, ServerMessage, Topic};
use super::stream::{Bars, Content, Orders, Prices, Recent, Sent, Stream, spell};
use super::view::alert::AlertsData;
use super::view::board::{BoardView, Mode, PositionsData};
use super::view::market::{LatestMarket, QuoteData, bar_row};
use super::view::{
    AlertView, FiguresView, FillView, HealthView, LogView, MetricsData, OrderView, PositionView, SignalView, TradeView,
    WatchedView,
};

/// What is new is sent so often.
pub(super) const FLUSH: Duration = Duration::from_millis(20);
/// Flushes that may wait for a client: more than a second of them.
const WAITING: usize = 64;
/// The whole status is sent no oftener, unless something that matters has changed.
const STATUS_EVERY: Duration = Duration::from_millis(190);
/// Figures and health are sent so often.
const SECOND: Duration = Duration::from_secs(1);
/// Trades, signals, fills and round trips in a snapshot.
const RECENT: usize = 50;
/// Lines of the log in a snapshot.
const LINES: usize = 100;
/// Boards in a row that may know other orders than were told.
const MOST_DIFFERENT: u32 = 3;
/// Topics of no symbol, in the order of their streams; those of each symbol follow.
const SINGLE: [Topic; 13] = [
    Topic::Status,
    Topic::Prices,
    Topic::Signals,
    Topic::Orders,
    Topic::Fills,
    Topic::Positions,
    Topic::Closed,
    Topic::Metrics,
    Topic::Alerts,
    Topic::Logs,
    Topic::Health,
    Topic::Config,
    Topic::Models,
];
/// Topics of each symbol.
const PER_SYMBOL: [Topic; 3] = [Topic::Trades, Topic::Quotes, Topic::Bars];

/// All frames of one flush.
#[derive(Debug)]
pub(super) struct Flush {
    /// Streams of another generation are other streams.
    pub(super) generation: u64,
    pub(super) frames: Vec<Sent>,
}

/// What is held of the engine's session.
#[derive(Debug)]
pub(super) struct Held {
    /// Counts up when the engine begins to trade other symbols: every page has to begin anew then.
    pub(super) generation: u64,
    /// The session's number at the tap.
    session: u64,
    /// Its name.
    pub(super) name: String,
    pub(super) symbols: Vec<String>,
    streams: Vec<Stream>,
}

/// What pages are told.
#[derive(Debug)]
pub(crate) struct Hub {
    live: Live,
    held: Mutex<Held>,
    flushes: broadcast::Sender<Arc<Flush>>,
    board: watch::Sender<Option<Arc<Board>>>,
    health: RwLock<Option<HealthView>>,
    stop: watch::Sender<bool>,
    clock: fn() -> Timestamp,
    pub(super) clients: AtomicUsize,
    pub(super) skipped: AtomicU64,
}

impl Hub {
    /// A hub at work. Must be called within a tokio runtime.
    pub(crate) fn start(live: Live, records: Records, clock: fn() -> Timestamp) -> Arc<Self> {
        let held = Held {
            generation: 0,
            session: 0,
            name: live.session.clone(),
            symbols: live.symbols.clone(),
            streams: streams_of(&live.symbols),
        };
        let hub = Arc::new(Self {
            held: Mutex::new(held),
            flushes: broadcast::channel(WAITING).0,
            board: watch::channel(None).0,
            health: RwLock::new(None),
            stop: watch::channel(false).0,
            clock,
            clients: AtomicUsize::new(0),
            skipped: AtomicU64::new(0),
            live,
        });
        let told = hub.live.tap.watch();
        tokio::spawn(run(Arc::clone(&hub), records, told));
        hub
    }

    /// Ends it, and every WebSocket.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    pub(super) fn stopped(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// The engine that it tells of.
    pub(crate) fn live(&self) -> &Live {
        &self.live
    }

    /// How the engine stands; `None` before it has said so.
    pub(crate) fn board(&self) -> Option<Arc<Board>> {
        self.board.borrow().clone()
    }

    /// Waits until the engine stands as wanted; `None` if it does not within `patience`.
    pub(crate) async fn until(&self, patience: Duration, wanted: impl Fn(&Board) -> bool) -> Option<Arc<Board>> {
        let mut boards = self.board.subscribe();
        let found = boards.wait_for(|board| board.as_deref().is_some_and(&wanted));
        let found = tokio::time::timeout(patience, found).await.ok()?.ok()?;
        found.clone()
    }

    /// How process and machine are; `None` in the first second.
    pub(crate) fn health(&self) -> Option<HealthView> {
        self.health.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first message to a client.
    pub(super) fn hello(&self) -> Utf8Bytes {
        let board = self.board();
        let held = self.held();
        spell(&ServerMessage::Hello {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            session: Some(held.name.clone()),
            mode: self.live.mode(),
            market_time: board.and_then(|board| board.market_time).map(Timestamp::as_millis),
            time: self.now(),
            flush_ms: FLUSH.as_millis() as u64,
            symbols: held.symbols.clone(),
        })
    }

    pub(super) fn now(&self) -> i64 {
        (self.clock)().as_millis()
    }

    /// Every flush from now on.
    pub(super) fn flushes(&self) -> broadcast::Receiver<Arc<Flush>> {
        self.flushes.subscribe()
    }

    /// The generation of its streams, and how many there are.
    pub(super) fn generation(&self) -> (u64, usize) {
        let held = self.held();
        (held.generation, held.streams.len())
    }

    /// The name of the engine's session.
    pub(crate) fn session(&self) -> String {
        self.held().name.clone()
    }

    /// The streams that a topic, or a topic of a symbol, means; `None` for a symbol that is not traded.
    pub(super) fn meant(&self, topic: Topic, symbol: Option<&str>) -> Option<Vec<usize>> {
        if let Some(single) = SINGLE.iter().position(|known| *known == topic) {
            return Some(vec![single]);
        }
        let offset = PER_SYMBOL.iter().position(|known| *known == topic)?;
        let stream = |market: usize| SINGLE.len() + market * PER_SYMBOL.len() + offset;
        let held = self.held();
        match symbol {
            None => Some((0..held.symbols.len()).map(stream).collect()),
            Some(symbol) => held.symbols.iter().position(|known| known == symbol).map(|market| vec![stream(market)]),
        }
    }

    /// The snapshots of these streams, as far as anything is known of them; `None` where they are of another generation.
    pub(super) fn snapshots(&self, generation: u64, wanted: impl Iterator<Item = usize>) -> Option<Vec<Sent>> {
        let mut held = self.held();
        if held.generation != generation {
            return None;
        }
        let streams = &mut held.streams;
        let sent = wanted.filter_map(|stream| {
            let (seq, text) = streams.get_mut(stream)?.snapshot()?;
            Some(Sent { stream, seq, text })
        });
        Some(sent.collect())
    }

    /// The number of the last delta of a stream.
    pub(super) fn seq(&self, stream: usize) -> u64 {
        self.held().streams.get(stream).map_or(0, Stream::seq)
    }

    /// The newest of each market, or of one.
    pub(crate) fn latest(&self, symbol: Option<&str>, limit: usize) -> Option<BTreeMap<String, LatestMarket>> {
        let held = self.held();
        let Held { symbols, streams, .. } = &*held;
        if symbol.is_some_and(|symbol| symbols.iter().all(|known| known != symbol)) {
            return None;
        }
        let Content::Prices(prices) = &streams[index(Topic::Prices)].content else { return None };
        let wanted = symbols.iter().filter(|known| symbol.is_none_or(|symbol| symbol == **known));
        let found = wanted.map(|symbol| {
            let price = prices.now.get(symbol);
            let mut latest = LatestMarket {
                price: price.map(|(price, _)| *price),
                ts: price.map(|(_, at)| *at),
                bid: None,
                ask: None,
                bars: None,
                trades: Vec::new(),
            };
            for stream in streams.iter().filter(|stream| stream.symbol.as_ref() == Some(symbol)) {
                match &stream.content {
                    Content::Trades(trades) => latest.trades = trades.newest(limit),
                    Content::Bars(bars) => latest.bars = Some(bars.newest(limit)),
                    Content::Whole { now: Some(Payload::Quotes(quote)), .. } => {
                        (latest.bid, latest.ask) = (Some(quote.bid), Some(quote.ask));
                    }
                    _ => {}
                }
            }
            (symbol.clone(), latest)
        });
        Some(found.collect())
    }

    /// Settings have been changed: these sections of them.
    pub(crate) fn settings_changed(&self, version: u64, changed: Vec<String>) {
        let mut held = self.held();
        set(&mut held.streams[index(Topic::Config)], Payload::Config(ConfigData { version, changed }));
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn streams_of(symbols: &[String]) -> Vec<Stream> {
    let mut streams: Vec<Stream> = SINGLE.map(|topic| Stream::new(None, single(topic))).into();
    for symbol in symbols {
        for topic in PER_SYMBOL {
            streams.push(Stream::new(Some(symbol.clone()), of_symbol(topic)));
        }
    }
    streams
}

/// What a topic of no symbol holds at first.
fn single(topic: Topic) -> Content {
    match topic {
        Topic::Prices => Content::Prices(Prices::default()),
        Topic::Signals => Content::Signals(Recent::new(RECENT)),
        Topic::Orders => Content::Orders(Orders::default()),
        Topic::Fills => Content::Fills(Recent::new(RECENT)),
        Topic::Closed => Content::Closed(Recent::new(RECENT)),
        Topic::Logs => Content::Logs(Recent::new(LINES)),
        _ => Content::whole(),
    }
}

/// What a topic of a symbol holds at first.
fn of_symbol(topic: Topic) -> Content {
    match topic {
        Topic::Trades => Content::Trades(Recent::new(RECENT)),
        Topic::Bars => Content::Bars(Bars::default()),
        _ => Content::whole(),
    }
}

/// The stream of a topic of no symbol.
fn index(topic: Topic) -> usize {
    SINGLE.iter().position(|known| *known == topic).expect("asked for topics of no symbol only")
}

fn set(stream: &mut Stream, payload: Payload) {
    if let Content::Whole { now, changed } = &mut stream.content
        && now.as_ref() != Some(&payload)
    {
        (*now, *changed) = (Some(payload), true);
    }
}

/// Waits until the hub is to end.
pub(super) async fn over(stopped: &mut watch::Receiver<bool>) {
    // An error means that the hub has gone, which also is the end.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// The hub's task and what only it knows.
struct Task {
    hub: Arc<Hub>,
    measuring: Measuring,
    /// When status and figures were sent last.
    status_at: Option<Instant>,
    second_at: Option<Instant>,
    mode: Mode,
    /// Orders are to be taken from the next board.
    orders_stale: bool,
    /// Boards in a row that know other orders.
    orders_differ: u32,
}

async fn run(hub: Arc<Hub>, records: Records, mut told: broadcast::Receiver<Happening>) {
    let mode = hub.live.mode();
    let mut task = Task {
        measuring: Measuring::new(records.clone()),
        status_at: None,
        second_at: None,
        mode,
        orders_stale: true,
        orders_differ: 0,
        hub: Arc::clone(&hub),
    };
    task.recall(&records);
    let mut ticks = tokio::time::interval(FLUSH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stopped = hub.stopped();
    loop {
        tokio::select! {
            () = over(&mut stopped) => return,
            _ = ticks.tick() => task.flush(&mut told),
        }
    }
}

impl Task {
    /// Begins with what is on record.
    fn recall(&self, records: &Records) {
        let mut held = self.hub.held();
        let streams = &mut held.streams;
        match records.get_logs(&mem_store::records::LogFilter { limit: LINES, ..Default::default() }) {
            Ok(lines) => {
                if let Content::Logs(recent) = &mut streams[index(Topic::Logs)].content {
                    lines.iter().rev().for_each(|line| recent.keep(LogView::of_row(line)));
                }
            }
            Err(error) => tracing::warn!(%error, "the log on record cannot be shown"),
        }
    }

    /// Takes what has happened, and sends what is new.
    fn flush(&mut self, told: &mut broadcast::Receiver<Happening>) {
        let hub = Arc::clone(&self.hub);
        let mut held = hub.held();
        self.session(&mut held);
        let Held { generation, streams, symbols, .. } = &mut *held;
        loop {
            match told.try_recv() {
                Ok(Happening::Market(items)) => self.market(streams, symbols, &items),
                Ok(Happening::Said(outputs)) => outputs.iter().for_each(|output| said(streams, output)),
                Ok(Happening::Board(board)) => self.board(streams, board),
                Err(TryRecvError::Lagged(count)) => {
                    tracing::warn!(count, "pages have missed what the engine said");
                    self.orders_stale = true;
                    streams.iter_mut().for_each(Stream::skip);
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        bars(streams, &hub.live.tap);
        let second = self.second_at.is_none_or(|at| at.elapsed() >= SECOND);
        if second && let Some(board) = hub.board() {
            self.second_at = Some(Instant::now());
            set(&mut streams[index(Topic::Metrics)], Payload::Metrics(Box::new(metrics(&board))));
            let health = self.measuring.look(&board, &hub, (hub.clock)());
            set(&mut streams[index(Topic::Health)], Payload::Health(Box::new(health.clone())));
            *hub.health.write().unwrap_or_else(PoisonError::into_inner) = Some(health);
        }
        let frames: Vec<Sent> =
            streams.iter_mut().enumerate().filter_map(|(number, stream)| stream.flush(number)).collect();
        if !frames.is_empty() {
            // Nobody may be there.
            let _ = hub.flushes.send(Arc::new(Flush { generation: *generation, frames }));
        }
    }

    /// Another session of the engine begins its bars anew, and may trade other symbols.
    fn session(&mut self, held: &mut Held) {
        let charts = self.hub.live.tap.charts();
        if charts.session == held.session {
            return;
        }
        (held.session, held.name) = (charts.session, charts.name.clone());
        let symbols: Vec<String> = charts.markets.iter().map(|chart| chart.symbol.to_string()).collect();
        if symbols != held.symbols {
            held.generation += 1;
            held.streams = streams_of(&symbols);
            held.symbols = symbols;
        } else {
            for stream in &mut held.streams {
                if let Content::Bars(bars) = &mut stream.content
                    && bars.seen > 0
                {
                    *bars = Bars::default();
                    stream.skip();
                }
            }
        }
        self.orders_stale = true;
    }

    fn market(&self, streams: &mut [Stream], symbols: &[String], items: &[(u16, Item)]) {
        let at = self.hub.now();
        for (market, item) in items {
            let first = SINGLE.len() + usize::from(*market) * PER_SYMBOL.len();
            let Some(symbol) = symbols.get(usize::from(*market)) else { continue };
            let price = match item {
                Item::Trade(trade) => {
                    if let Content::Trades(recent) = &mut streams[first].content {
                        recent.push((trade.ts_venue.as_millis(), trade.price, trade.qty));
                    }
                    trade.price
                }
                Item::Quote(quote) => {
                    let (Some(bid), Some(ask)) = (quote.bid, quote.ask) else { continue };
                    let data = QuoteData {
                        bid: bid.0,
                        bid_qty: bid.1,
                        ask: ask.0,
                        ask_qty: ask.1,
                        ts: quote.ts_venue.as_millis(),
                    };
                    set(&mut streams[first + 1], Payload::Quotes(data));
                    (bid.0 + ask.0) / 2.0
                }
                Item::Bar(_, bar) => bar.close,
            };
            if let Content::Prices(prices) = &mut streams[index(Topic::Prices)].content {
                prices.set(symbol, (price, at));
            }
        }
    }

    fn board(&mut self, streams: &mut [Stream], board: Arc<Board>) {
        let positions = board.positions.iter().map(PositionView::of).collect();
        set(&mut streams[index(Topic::Positions)], Payload::Positions(PositionsData { positions }));
        let alerts = AlertsData {
            active: board.alerts.iter().map(AlertView::of).collect(),
            watched: board.watched.iter().map(|(id, alert)| WatchedView::of(*id, alert)).collect(),
        };
        set(&mut streams[index(Topic::Alerts)], Payload::Alerts(alerts));
        self.orders(&mut streams[index(Topic::Orders)], &board);
        if let Content::Prices(prices) = &mut streams[index(Topic::Prices)].content {
            for (symbol, price) in &board.last_prices {
                // Prices of the past, before the feed has brought one.
                if !prices.now.contains_key(symbol.as_str()) {
                    prices.set(symbol.as_str(), (*price, board.read_at.as_millis()));
                }
            }
        }
        let matters = |board: &Board| {
            let feed = board.feed.as_ref().map(|feed| (feed.status, feed.mode));
            (feed, board.kill_switch.clone(), board.alerts.len(), board.halts.len(), board.positions.len())
        };
        let before = self.hub.board.send_replace(Some(Arc::clone(&board)));
        let changed = before.is_none_or(|before| matters(&before) != matters(&board));
        if changed || self.status_at.is_none_or(|at| at.elapsed() >= STATUS_EVERY) {
            self.status_at = Some(Instant::now());
            let view = BoardView::of(&board, self.mode);
            set(&mut streams[index(Topic::Status)], Payload::Status(Box::new(view)));
        }
    }
}

impl Task {
    /// Orders are told one by one; where something was missed, the board knows them all. It may be a moment older than what was told:
    /// only what differs for longer is set right.
    fn orders(&mut self, stream: &mut Stream, board: &Board) {
        let Content::Orders(orders) = &mut stream.content else { return };
        let same = orders.are(board.orders.iter().map(|order| order.request.client_order_id.as_str()));
        self.orders_differ = if same { 0 } else { self.orders_differ + 1 };
        let stale = std::mem::take(&mut self.orders_stale) && !same;
        if stale || self.orders_differ > MOST_DIFFERENT {
            self.orders_differ = 0;
            orders.set(board.orders.iter().map(OrderView::of));
            stream.skip();
        }
    }
}

fn bars(streams: &mut [Stream], tap: &Tap) {
    for (market, chart) in tap.charts().markets.iter().enumerate() {
        let stream = SINGLE.len() + market * PER_SYMBOL.len() + 2;
        let Some(Stream { content: Content::Bars(bars), .. }) = streams.get_mut(stream) else { continue };
        if bars.timeframe.is_empty() {
            bars.timeframe = chart.spec.to_string();
        }
        chart.since(bars.seen).for_each(|bar| bars.close(bar_row(bar), tap::BARS));
        bars.seen = chart.total;
        bars.grow(chart.open.as_ref().map(bar_row));
    }
}

fn said(streams: &mut [Stream], output: &Output) {
    match output {
        Output::Signal(note) => {
            if let Content::Signals(recent) = &mut streams[index(Topic::Signals)].content {
                recent.push(SignalView::of(note));
            }
        }
        Output::Order(order) => {
            if let Content::Orders(orders) = &mut streams[index(Topic::Orders)].content {
                orders.change(OrderView::of(order), order.stage.is_done());
            }
        }
        Output::Filled(filled) => {
            if let Content::Fills(recent) = &mut streams[index(Topic::Fills)].content {
                recent.push(FillView::of(filled));
            }
        }
        Output::Closed(closed) => {
            if let Content::Closed(recent) = &mut streams[index(Topic::Closed)].content {
                recent.push(TradeView::of(closed));
            }
        }
        Output::Note(note) => {
            if let Content::Logs(recent) = &mut streams[index(Topic::Logs)].content {
                recent.push(LogView::of(note));
            }
        }
        Output::Resolved(_) => models(streams, |data| data.resolved += 1),
        Output::Model(_) | Output::Standing(_) => models(streams, |data| data.steps += 1),
        Output::Drift(_) | Output::Worth(_) => models(streams, |data| data.compared += 1),
        Output::Booked { .. }
        | Output::Pattern(_)
        | Output::Insight(_)
        | Output::Predicted(_)
        | Output::KnownLater { .. }
        | Output::Features(_) => {}
    }
}

fn models(streams: &mut [Stream], count: fn(&mut ModelsData)) {
    let stream = &mut streams[index(Topic::Models)];
    let mut data = match &stream.content {
        Content::Whole { now: Some(Payload::Models(data)), .. } => *data,
        _ => ModelsData::default(),
    };
    count(&mut data);
    set(stream, Payload::Models(data));
}

fn metrics(board: &Board) -> MetricsData {
    MetricsData {
        figures: board.figures.as_ref().map(FiguresView::of),
        equity: board.market_time.zip(board.equity).map(|(at, equity)| (at.as_millis(), equity)),
        day_pnl: board.day_pnl,
        drawdown_pct: board.drawdown_pct,
    }
}

impl Hub {
    /// How many WebSockets are open, and how many frames slow ones have missed.
    pub(super) fn audience(&self) -> (usize, u64) {
        (self.clients.load(Ordering::Relaxed), self.skipped.load(Ordering::Relaxed))
    }
}
