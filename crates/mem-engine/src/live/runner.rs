//! Start, loop, end.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mem_feed::feed::{FeedEvent, Item};
use mem_feed::manager::FeedError;
use mem_feed::{FeedHealth, Manager, Mode, Status};
use mem_monitor::alert::AlertEvent;
use mem_monitor::rolling::Figures;
use mem_store::records::RecordsError;
use mem_types::{Bar, Symbol, Timestamp};
use mem_venue::WireError;
use mem_venue::session::{HttpError, Meter};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::board::{self, Board, QueueDepth};
use super::changes::{Applied, Change};
use super::monitor::{Monitor, Want};
use super::setup::Setup;
use super::tap::{Happening, Tap};
use super::texts::Texts;
use super::trader::{Recovered, Trader, TraderError};
use super::warmup;
use crate::core::{Command, EngineError, Event, Operator, Output, Stamped, VenueNews};
use crate::durable::{Durable, DurableError};

/// Events that may wait for the loop. Where they are that many, the feed waits.
const QUEUE: usize = 65_536;
/// Events taken at once; what follows from them is put on record together.
const BATCH: usize = 512;
/// Batches of commands that may wait for the trader. Where they are that many, the next ones are refused: an order that waits behind
/// so many comes too late, and a loop that waited for the trader, who waits for the loop, would wait for ever.
const COMMANDS: usize = 64;
/// How often the loop is told that time has passed.
const TICK: Duration = Duration::from_millis(250);
/// How often words of operators are looked for, and how the feed is.
const LISTEN: Duration = Duration::from_millis(100);
/// Whoever watches is told at least so often how things stand.
const SHOW: Duration = Duration::from_millis(200);
/// How long an end waits for orders on their way.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why the engine does not run any more.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The configuration, the records or the journal.
    #[error(transparent)]
    Durable(#[from] DurableError),
    /// The records, while watching over the engine.
    #[error("the records failed: {0}")]
    Records(#[from] RecordsError),
    /// The configuration.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The venue did not answer at the start.
    #[error("the venue cannot be asked: {0}")]
    Venue(#[from] HttpError),
    /// The venue's answer cannot be read.
    #[error("the venue's answer cannot be read: {0}")]
    Wire(#[from] WireError),
    /// The feed cannot be made.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The state of our orders cannot be had: trading does not begin.
    #[error("our orders at the venue cannot be asked for, so trading does not begin: {0}")]
    Trader(#[from] TraderError),
    /// The status cannot be written.
    #[error("cannot write {path}: {source}")]
    Status {
        /// Where.
        path: String,
        /// What happened.
        source: std::io::Error,
    },
    /// The loop's thread panicked.
    #[error("the engine's loop has failed: {0}")]
    Loop(String),
}

/// How a session ended.
#[derive(Debug)]
pub struct Ended {
    /// How it stood at the end.
    pub board: Board,
    /// What was found at the venue at the start, and how long that took.
    pub recovered: Option<(Recovered, Duration)>,
    /// Who waits for the next session, where this one was turned over; `None` where it was stopped.
    pub turned_over: Option<Applied>,
}

/// What the loop's thread and the others share: how it stands.
#[derive(Debug)]
struct Shared {
    board: Mutex<Board>,
    latency: Meter,
    recovered: Option<(Recovered, Duration)>,
}

impl Shared {
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs until `stop` resolves or the session is turned over. `watch` is told every second how things stand, and what has been said since; it must not block.
///
/// In order: the state of the last session, the venue's truth about our orders, the past of each market, the feed; at the end the feed, orders on
/// their way, the records, the journal.
///
/// # Errors
/// See [`LiveError`]. After an error in the middle nothing more is sent; what rests at the venue stays.
pub async fn run(
    setup: Setup,
    stop: impl Future<Output = ()>,
    mut watch: impl FnMut(&Board, &[Output]),
) -> Result<Ended, LiveError> {
    let clock = setup.clock;
    let started_at = clock();
    let venue = setup.http.adapter().venue().to_string();
    let mut monitor = Monitor::new(setup.records.clone(), setup.monitor, setup.session.clone(), started_at)?;
    let records = setup.records.clone();
    let mut durable = Durable::begin(setup.config.clone(), setup.records, Some(&setup.session), &venue, started_at)?;
    let (events, mut waiting) = mpsc::channel::<Stamped>(QUEUE);
    let (wanted, commands) = mpsc::channel::<Vec<Command>>(COMMANDS);

    // What happened while nobody looked comes first.
    let mut recovered = None;
    let mut trader = None;
    if let Some(http) = setup.orders {
        let begun = Instant::now();
        let mut asking = Trader::new(http, durable.state(), events.clone(), clock)?;
        let found = {
            let recovery = asking.recover();
            tokio::pin!(recovery);
            loop {
                tokio::select! {
                    found = &mut recovery => break found?,
                    Some(event) = waiting.recv() => durable.handle(&event)?,
                }
            }
        };
        while let Ok(event) = waiting.try_recv() {
            durable.handle(&event)?;
        }
        recovered = Some((found, begun.elapsed()));
        trader = Some(asking);
    }
    // Texts before the rows of features that they bear on.
    let (mut texts, told) = Texts::begin(&setup.config, &records, clock())?.unzip();
    for event in told.into_iter().flatten() {
        durable.handle(&Stamped { at: clock(), event })?;
    }
    let mut starts = Vec::new();
    let mut pasts = Vec::new();
    let foresight = durable.engine().foresight_warmup();
    let mut past = Vec::new();
    for (market, lane) in (0..).zip(&setup.config.lanes) {
        let of_lane = warmup::ask(&setup.http, lane, foresight).await?;
        starts.push(of_lane.start);
        let closes = |bar: &Bar| lane.bars.timeframe().map_or(bar.ts, |timeframe| timeframe.close_of(bar.ts));
        past.extend(of_lane.bars.iter().map(|bar| (closes(bar), market, *bar)));
        pasts.push(of_lane.bars);
    }
    // In the order in which it was known: some look at others.
    past.sort_by_key(|(closes, market, _)| (*closes, *market));
    for (_, market, bar) in past {
        durable.handle(&Stamped { at: clock(), event: Event::History { market, bar } })?;
    }
    setup.tap.begin(&setup.config, &pasts);
    drop(pasts);
    let (outputs, first_commands) = durable.commit()?;
    watch(&board::read(durable.engine(), &venue, started_at, clock()), &outputs);
    durable.flush()?;

    let shared = Arc::new(Shared {
        board: Mutex::new(board::read(durable.engine(), &venue, started_at, clock())),
        latency: Meter::default(),
        recovered,
    });
    let trading = trader.map(|trader| tokio::spawn(trader.run(commands)));
    if trading.is_some() && !first_commands.is_empty() {
        let _ = wanted.send(first_commands).await;
    }
    let (said, mut hear) = mpsc::channel::<Arc<Vec<Output>>>(COMMANDS);
    let looping = {
        let (shared, venue, tap) = (Arc::clone(&shared), venue.clone(), setup.tap.clone());
        let bars = (0..setup.config.lanes.len() as u16).map(|market| durable.engine().bars_closed(market)).collect();
        let mut thread = Thread { durable, shared, venue, started_at, clock, said, tap, bars };
        let wanted = wanted.clone();
        tokio::task::spawn_blocking(move || {
            let ended = thread.run(&mut waiting, &wanted);
            (thread.durable, ended)
        })
    };
    let symbols: Vec<Symbol> = setup.config.lanes.iter().map(|lane| lane.instrument.symbol.clone()).collect();
    let (manager, mut feed) = Manager::start(setup.http, setup.sockets, starts, setup.feed, clock)?;

    let tap = setup.tap;
    if let Some(began) = setup.began {
        began.tell(clock());
    }
    let mut turned_over = None;
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut listening = tokio::time::interval(LISTEN);
    listening.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut showing = Showing::default();
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut killed = None;
    let mut taken: Vec<FeedEvent> = Vec::with_capacity(BATCH);
    let mut spoken: Vec<Output> = Vec::new();
    tokio::pin!(stop);
    let mut failed = Ok(());
    loop {
        tokio::select! {
            () = &mut stop => break,
            count = feed.recv_many(&mut taken, BATCH) => {
                if count == 0 {
                    break;
                }
                let at = clock();
                let mut shown = tap.is_watched().then(|| Vec::with_capacity(count));
                for FeedEvent { symbol, item } in taken.drain(..) {
                    let Some(market) = market_of(&symbols, &symbol) else { continue };
                    if let Some(shown) = &mut shown {
                        shown.push((market, item.clone()));
                    }
                    let Some(event) = event_of(market, item) else { continue };
                    // The loop has gone: it says why below.
                    if events.send(Stamped { at, event }).await.is_err() {
                        break;
                    }
                }
                if let Some(shown) = shown {
                    tap.tell(|| Happening::Market(shown.into()));
                }
            }
            Some(outputs) = hear.recv() => {
                monitor.hear(&outputs, clock());
                spoken.extend(Arc::unwrap_or_clone(outputs));
                showing.changed = true;
            }
            (change, applied) = setup.changes.next() => match change {
                Change::Risk(limits) => {
                    let _ = events.send(Stamped { at: clock(), event: Event::Operator(Operator::Risk(limits)) }).await;
                    applied.tell(clock());
                }
                Change::Alerts(limits) => {
                    monitor.limit(*limits);
                    applied.tell(clock());
                }
                Change::TurnOver => {
                    turned_over = Some(applied);
                    break;
                }
            },
            _ = ticks.tick() => {
                if events.is_closed() {
                    break;
                }
                // A queue that is full shows the loop that time passes better than a tick could.
                let _ = events.try_send(Stamped { at: clock(), event: Event::Time });
            }
            _ = listening.tick() => {
                for operator in words(&setup.control, &mut killed) {
                    let _ = events.send(Stamped { at: clock(), event: Event::Operator(operator) }).await;
                }
                for want in wants(&setup.control.wants) {
                    deliver(&setup.alerts, monitor.want(&want, clock())?);
                    showing.changed = true;
                }
                if tap.is_watched() {
                    let health = manager.health();
                    if showing.is_due(&health) {
                        let mut board = snapshot(&shared, queues(&events, &feed, &wanted), Some(health), clock());
                        // Figures are computed once a second, and kept.
                        board.figures.clone_from(&showing.figures);
                        show_alerts(&mut board, &monitor);
                        showing.shown(&tap, board);
                    }
                }
            }
            _ = seconds.tick() => {
                let new = texts.as_mut().map(|texts| texts.look(clock())).transpose()?;
                for event in new.into_iter().flatten() {
                    let _ = events.send(Stamped { at: clock(), event }).await;
                }
                let mut board = snapshot(&shared, queues(&events, &feed, &wanted), Some(manager.health()), clock());
                deliver(&setup.alerts, monitor.look(&board, clock())?);
                show(&mut board, &monitor);
                watch(&board, &spoken);
                spoken.clear();
                failed = write_status(&setup.control.status, &board);
                if failed.is_err() {
                    break;
                }
                showing.shown(&tap, board);
            }
        }
    }
    // The market first: nothing new is decided any more.
    let health = manager.health();
    manager.stop().await;
    if trading.is_some() {
        settle(&shared, &events, clock).await;
    }
    drop((events, wanted));
    let trader_gone = async {
        if let Some(trading) = trading {
            // It holds a sender of the loop's queue: it ends when the loop's commands do.
            trading.abort();
            let _ = trading.await;
        }
    };
    trader_gone.await;
    let (durable, ended) = looping.await.map_err(|error| LiveError::Loop(error.to_string()))?;
    while let Ok(outputs) = hear.try_recv() {
        monitor.hear(&outputs, clock());
        spoken.extend(Arc::unwrap_or_clone(outputs));
    }
    ended?;
    let mut board = board::read(durable.engine(), &venue, started_at, clock());
    {
        let last = shared.board();
        (board.events, board.decision_latency) = (last.events, shared.latency.read());
    }
    board.feed = Some(health);
    show(&mut board, &monitor);
    durable.end()?;
    watch(&board, &spoken);
    failed?;
    if turned_over.is_none() {
        // A missing status says that nothing runs.
        let _ = std::fs::remove_file(&setup.control.status);
    }
    Ok(Ended { board, recovered, turned_over })
}

/// Waits until no order is on its way any more, for a while.
async fn settle(shared: &Shared, events: &mpsc::Sender<Stamped>, clock: fn() -> Timestamp) {
    let until = tokio::time::Instant::now() + PATIENCE;
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    while tokio::time::Instant::now() < until {
        ticks.tick().await;
        let _ = events.try_send(Stamped { at: clock(), event: Event::Time });
        if shared.board().on_the_way == 0 && events.capacity() == events.max_capacity() {
            return;
        }
    }
}

fn market_of(symbols: &[Symbol], symbol: &Symbol) -> Option<u16> {
    u16::try_from(symbols.iter().position(|known| known == symbol)?).ok()
}

/// What the feed hands on, as the loop is told it.
fn event_of(market: u16, item: Item) -> Option<Event> {
    Some(match item {
        Item::Trade(trade) => Event::Trade { market, ts: trade.ts_venue, price: trade.price, qty: trade.qty },
        Item::Bar(_, bar) => Event::Bar { market, bar },
        Item::Quote(quote) => {
            let (bid, ask) = (quote.bid?.0, quote.ask?.0);
            Event::Quote { market, ts: quote.ts_venue, bid, ask }
        }
    })
}

/// What operators have said since the last time.
fn words(control: &super::Control, killed: &mut Option<Option<String>>) -> Vec<Operator> {
    let mut words = Vec::new();
    let reason = std::fs::read_to_string(&control.kill_switch).ok().map(|text| text.trim().to_owned());
    if killed.as_ref() != Some(&reason) {
        *killed = Some(reason.clone());
        words.push(Operator::KillSwitch { reason });
    }
    if control.flatten.exists() && std::fs::remove_file(&control.flatten).is_ok() {
        words.push(Operator::Flatten);
    }
    if control.resume.exists() && std::fs::remove_file(&control.resume).is_ok() {
        words.push(Operator::ResetDrawdown);
    }
    words
}

/// What has been left in the folder of wants, in the order of its names.
fn wants(folder: &std::path::Path) -> Vec<Want> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let mut wants = Vec::new();
    for path in paths {
        match std::fs::read(&path).map(|bytes| serde_json::from_slice(&bytes)) {
            Ok(Ok(want)) => wants.push(want),
            Ok(Err(error)) => tracing::warn!(%error, path = %path.display(), "a want that cannot be read"),
            // Gone again before it was read.
            Err(_) => {}
        }
        let _ = std::fs::remove_file(&path);
    }
    wants
}

/// Tells of alerts beside the records.
fn deliver(to: &Option<mpsc::Sender<AlertEvent>>, events: Vec<AlertEvent>) {
    for event in events {
        tracing::warn!(
            alert = event.alert.id,
            kind = event.alert.kind.name(),
            change = event.change.name(),
            "{}",
            event.line()
        );
        if let Some(to) = to {
            // The records have it.
            let _ = to.try_send(event);
        }
    }
}

/// When whoever watches was told last how things stand, and what he was told.
#[derive(Debug, Default)]
struct Showing {
    at: Option<Instant>,
    feed: Option<(Status, Mode)>,
    figures: Option<Figures>,
    /// Whether something has changed since.
    changed: bool,
}

impl Showing {
    fn is_due(&self, feed: &FeedHealth) -> bool {
        self.changed || self.feed != Some((feed.status, feed.mode)) || self.at.is_none_or(|at| at.elapsed() >= SHOW)
    }

    fn shown(&mut self, tap: &Tap, board: Board) {
        self.at = Some(Instant::now());
        self.feed = board.feed.as_ref().map(|feed| (feed.status, feed.mode));
        self.figures.clone_from(&board.figures);
        self.changed = false;
        tap.tell(|| Happening::Board(Arc::new(board)));
    }
}

/// Adds to a board what the monitor knows.
fn show(board: &mut Board, monitor: &Monitor) {
    board.figures = monitor.figures(board);
    show_alerts(board, monitor);
}

fn show_alerts(board: &mut Board, monitor: &Monitor) {
    board.alerts = monitor.active();
    board.watched = monitor.watched();
}

/// How many wait where.
fn queues(
    events: &mpsc::Sender<Stamped>,
    feed: &mpsc::Receiver<FeedEvent>,
    wanted: &mpsc::Sender<Vec<Command>>,
) -> Vec<QueueDepth> {
    let of = |name: &str, depth, capacity| QueueDepth { name: name.to_owned(), depth, capacity };
    vec![
        of("events", events.max_capacity() - events.capacity(), events.max_capacity()),
        of("feed", feed.len(), feed.max_capacity()),
        of("orders", wanted.max_capacity() - wanted.capacity(), wanted.max_capacity()),
    ]
}

fn snapshot(shared: &Shared, queues: Vec<QueueDepth>, feed: Option<FeedHealth>, now: Timestamp) -> Board {
    let mut board = shared.board().clone();
    board.updated_at = now;
    board.queue = queues.first().map_or(0, |events| events.depth);
    board.queues = queues;
    board.decision_latency = shared.latency.read();
    board.recovery_ms = shared.recovered.map(|(_, took)| took.as_secs_f64() * 1_000.0);
    board.recovered = shared.recovered.map(|(found, _)| (found.orders, found.fills));
    board.feed = feed;
    board
}

fn write_status(path: &std::path::Path, board: &Board) -> Result<(), LiveError> {
    let failed = |source: std::io::Error| LiveError::Status { path: path.display().to_string(), source };
    let text = serde_json::to_vec(board).map_err(|error| failed(error.into()))?;
    // A reader sees the old one or the new one, never half of it.
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path)).map_err(failed)
}

/// The thread that owns the loop.
struct Thread {
    durable: Durable,
    shared: Arc<Shared>,
    venue: String,
    started_at: Timestamp,
    clock: fn() -> Timestamp,
    said: mpsc::Sender<Arc<Vec<Output>>>,
    tap: Tap,
    /// Bars of each market that have closed so far.
    bars: Vec<u64>,
}

impl Thread {
    fn run(
        &mut self,
        waiting: &mut mpsc::Receiver<Stamped>,
        wanted: &mpsc::Sender<Vec<Command>>,
    ) -> Result<(), LiveError> {
        let mut batch = Vec::with_capacity(BATCH);
        let mut shown = Instant::now();
        let mut events = 0_u64;
        loop {
            batch.clear();
            if waiting.blocking_recv_many(&mut batch, BATCH) == 0 {
                self.show(events);
                return Ok(());
            }
            for event in &batch {
                let begun = Instant::now();
                self.durable.handle(event)?;
                if self.durable.engine().has_news()
                    && matches!(event.event, Event::Trade { .. } | Event::Quote { .. } | Event::Bar { .. })
                {
                    self.shared.latency.took(begun.elapsed());
                }
                self.follow(event.event.market());
            }
            self.tap.grow(self.durable.engine());
            events += batch.len() as u64;
            let (mut outputs, commands) = self.durable.commit()?;
            if !commands.is_empty() {
                outputs.extend(self.hand_over(commands, wanted)?);
            }
            let news = !outputs.is_empty();
            if news {
                let outputs = Arc::new(outputs);
                self.tap.tell(|| Happening::Said(Arc::clone(&outputs)));
                // Whoever watches may be slow; the records have it all.
                let _ = self.said.try_send(outputs);
            }
            if news || shown.elapsed() > Duration::from_millis(200) {
                shown = Instant::now();
                self.durable.flush()?;
                self.show(events);
            }
        }
    }

    /// Keeps bars that an event of this market, or of all, has closed.
    fn follow(&mut self, market: Option<u16>) {
        let engine = self.durable.engine();
        match market {
            Some(market) => {
                if let Some(seen) = self.bars.get_mut(usize::from(market)) {
                    self.tap.follow(engine, market, seen);
                }
            }
            None => {
                for (market, seen) in (0..).zip(&mut self.bars) {
                    self.tap.follow(engine, market, seen);
                }
            }
        }
    }

    /// Hands commands to the trader; where he has too many already, tells the loop that they were not sent.
    fn hand_over(
        &mut self,
        commands: Vec<Command>,
        wanted: &mpsc::Sender<Vec<Command>>,
    ) -> Result<Vec<Output>, LiveError> {
        let (refused, why) = match wanted.try_send(commands) {
            Ok(()) => return Ok(Vec::new()),
            Err(mpsc::error::TrySendError::Full(commands)) => (commands, "not sent: too many orders wait"),
            Err(mpsc::error::TrySendError::Closed(commands)) => (commands, "not sent: trading has ended"),
        };
        let mut names = Vec::new();
        for command in refused {
            match command {
                Command::Place(order) => names.push(order.client_order_id),
                Command::PlacePair { target, stop } => names.extend([target.client_order_id, stop.client_order_id]),
                // What is still there is found at the next start, or when the position has gone.
                Command::Cancel { .. } => {}
            }
        }
        for id in names {
            let news = VenueNews::Refused { id, why: why.to_owned() };
            self.durable.handle(&Stamped { at: (self.clock)(), event: Event::Venue(news) })?;
        }
        // What follows from that is tried again at the next tick.
        Ok(self.durable.commit()?.0)
    }

    fn show(&self, events: u64) {
        let mut board = board::read(self.durable.engine(), &self.venue, self.started_at, (self.clock)());
        board.events = events;
        *self.shared.board() = board;
    }
}
