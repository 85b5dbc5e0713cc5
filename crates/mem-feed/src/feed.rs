//! One WebSocket, its streams, and REST beside it.
//!
//! One task owns everything here. It hears the socket, answers of REST and its timers, and hands on what is new. The rules:
//! - A socket that ends, says nothing for too long, or says something unreadable is lost. REST is asked for every stream
//!   at once, and again and again until a new socket is up.
//! - A new socket takes over when REST, asked once more for every stream, has filled in what was missed in between.
//! - While a socket is up, a hole in the numbers of messages, trades or candles, or a tail that the venue names and we have
//!   not, is filled in from REST, and what came later waits for it.
//! - A full queue to the reader makes the task wait: trades and candles are never dropped.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mem_types::{Bar, Quote, Symbol, Timeframe, Timestamp, Trade};
use mem_venue::session::{Endpoints, Heard, Http, HttpError, Meter, Socket, SocketError};
use mem_venue::{BarsPage, Channel, StreamEvent, Subscription, TradesPage};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::backoff::Backoff;
use crate::breaker::Breaker;
use crate::config::FeedConfig;
use crate::health::{Board, Life, LifeEvent, Mode};
use crate::sequence::{BarSequence, TradeSequence};

/// A tail may run ahead of the messages on their way; only what is missing for longer is asked for.
const GRACE: Duration = Duration::from_millis(25);
/// After so many answers without the item that is missing, the venue is believed that it does not exist.
const ASK_AGAIN: u32 = 6;
/// A renewed socket is opened when the old one has lived for this part of its life.
const RENEW_AT: f64 = 0.9;
/// Later than any candle: the year 2116, which every venue's unit of time can hold.
const FAR: Timestamp = Timestamp::from_nanos(i64::MAX / 2);
/// An event whose time is further from ours was not dated by a real clock.
const REAL: Duration = Duration::from_secs(60);

/// Something new of a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A trade.
    Trade(Trade),
    /// The best bid and ask.
    Quote(Quote),
    /// A closed candle.
    Bar(Timeframe, Bar),
}

/// What a feed hands on, each once and in the venue's order of its stream.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedEvent {
    /// Of what.
    pub symbol: Symbol,
    /// What.
    pub item: Item,
}

/// A stream to follow, and where to begin.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// Which.
    pub stream: Subscription,
    /// The first item wanted: a trade's id, or when a candle opens, in nanoseconds. `None`: from now on.
    pub from: Option<i64>,
}

/// What all WebSockets of a venue share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub http: Http,
    pub sockets: Endpoints,
    pub config: FeedConfig,
    pub started: Instant,
    pub clock: fn() -> Timestamp,
    /// From noticing a loss to data by REST, where REST answered at once.
    pub failover: Meter,
    /// The same where REST had failed too.
    pub outage: Meter,
    /// From the venue's time of an event to ours.
    pub event_latency: Meter,
    pub out: mpsc::Sender<FeedEvent>,
    pub life: tokio::sync::broadcast::Sender<LifeEvent>,
}

impl Shared {
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }
}

enum Sequence {
    Trades(TradeSequence),
    Bars(BarSequence),
    /// Quotes that were missed are of no use any more.
    Quotes {
        newest: Option<i64>,
        delivered: u64,
        duplicates: u64,
    },
}

struct Stream {
    subscription: Subscription,
    sequence: Sequence,
    /// A request is under way.
    asking: bool,
    /// Ask once more when it has been answered.
    again: bool,
    /// Answers in a row that did not bring what is missing.
    vain: u32,
    retry: Backoff,
    ask_at: Option<Duration>,
    /// REST has brought what the socket should have: the socket must show by then that this stream still flows.
    prove_by: Option<Duration>,
}

impl Stream {
    /// Whether something is known to exist that has not come.
    fn misses(&self) -> bool {
        match &self.sequence {
            Sequence::Trades(sequence) => sequence.missing().is_some(),
            Sequence::Bars(sequence) => sequence.missing().is_some(),
            Sequence::Quotes { .. } => false,
        }
    }
}

/// A loss that REST has not made good yet.
struct Loss {
    /// When it was noticed.
    since: Duration,
    /// The streams that REST has not answered since.
    waiting: BTreeSet<usize>,
    /// REST has failed too meanwhile.
    outage: bool,
}

/// What REST has said.
enum Answer {
    Trades(TradesPage, Vec<Trade>),
    Bars(BarsPage, Vec<Bar>),
    Begin(Timestamp),
    /// The venue has nothing to ask for this stream.
    Nothing,
}

struct Live {
    socket: Socket,
    endpoint: usize,
    since: Duration,
    /// Since when it has been answered that the streams stand.
    subscribed: bool,
    next_frame: Option<u64>,
    ping: Option<(u64, Duration)>,
    next_ping: Duration,
}

type Connected = (usize, Duration, Result<Socket, SocketError>);

/// The task of one WebSocket.
pub(crate) struct Feed {
    shared: Arc<Shared>,
    number: usize,
    board: Arc<Mutex<Board>>,
    streams: Vec<Stream>,
    index: HashMap<Subscription, usize>,
    live: Option<Live>,
    connecting: JoinSet<Connected>,
    answers: JoinSet<(usize, Result<Answer, HttpError>)>,
    checks: JoinSet<Option<f64>>,
    breaker: Breaker,
    backoff: Backoff,
    connect_at: Option<Duration>,
    poll_at: Duration,
    check_at: Duration,
    lost: Option<Loss>,
    /// Streams that a new socket's take-over waits for.
    catching: Option<BTreeSet<usize>>,
    /// A socket has been at work before.
    took_over: bool,
    request_id: u64,
    events: Vec<StreamEvent>,
    stop: watch::Receiver<bool>,
}

impl Feed {
    pub(crate) fn new(
        shared: Arc<Shared>,
        number: usize,
        starts: Vec<Start>,
        stop: watch::Receiver<bool>,
        board: Arc<Mutex<Board>>,
    ) -> Self {
        let config = shared.config.clone();
        let ms = Duration::from_millis;
        let seed = |salt: u64| config.seed ^ (number as u64).wrapping_mul(0x9e37_79b9) ^ (salt << 40);
        let stream = |(position, start): (usize, &Start)| Stream {
            subscription: start.stream.clone(),
            sequence: match start.stream.channel {
                Channel::Trades => Sequence::Trades(TradeSequence::new(start.from)),
                Channel::Quotes => Sequence::Quotes { newest: None, delivered: 0, duplicates: 0 },
                Channel::Bars(timeframe) => {
                    Sequence::Bars(BarSequence::new(timeframe, start.from.map(Timestamp::from_nanos)))
                }
            },
            asking: false,
            again: false,
            vain: 0,
            retry: Backoff::new(ms(50), ms(5_000), seed(1 + position as u64)),
            ask_at: None,
            prove_by: None,
        };
        let streams: Vec<Stream> = starts.iter().enumerate().map(stream).collect();
        let index = starts.iter().enumerate().map(|(position, start)| (start.stream.clone(), position)).collect();
        let now = shared.now();
        let check_at = now + ms(config.health_check_ms);
        Self {
            number,
            board,
            streams,
            index,
            live: None,
            connecting: JoinSet::new(),
            answers: JoinSet::new(),
            checks: JoinSet::new(),
            breaker: Breaker::new(config.breaker_threshold, ms(config.breaker_reset_ms)),
            backoff: Backoff::new(ms(config.reconnect_ms), ms(config.max_reconnect_ms), seed(0)),
            connect_at: Some(now),
            poll_at: now + config.poll(),
            check_at,
            lost: Some(Loss { since: now, waiting: (0..starts.len()).collect(), outage: true }),
            catching: None,
            took_over: false,
            request_id: 0,
            events: Vec::new(),
            stop,
            shared,
        }
    }

    /// Runs until told to stop.
    pub(crate) async fn run(mut self) {
        let mut stop = self.stop.clone();
        self.ask_all();
        loop {
            let timer = self.shared.started + self.next_timer();
            tokio::select! {
                () = told_to_stop(&mut stop) => break,
                heard = hear(&mut self.live) => match heard {
                    Ok(heard) => self.heard(heard).await,
                    Err(error) => self.lose(&format!("dropped: {error}")),
                },
                Some(Ok((stream, answer))) = self.answers.join_next() => self.answered(stream, answer).await,
                Some(Ok(connected)) = self.connecting.join_next() => self.connected(connected).await,
                Some(Ok(offset)) = self.checks.join_next() => self.board().clock_offset_ms = offset,
                () = tokio::time::sleep_until(timer.into()) => self.timers().await,
            }
        }
        if let Some(live) = self.live.take() {
            live.socket.close().await;
        }
    }

    // What the socket says.

    async fn heard(&mut self, heard: Heard) {
        let now = self.shared.now();
        {
            let mut board = self.board();
            board.heard = Some(now);
            board.messages += u64::from(matches!(heard, Heard::Text(_)));
        }
        match heard {
            Heard::Life => {}
            Heard::Pong => self.pong(now),
            Heard::Text(text) => {
                let mut events = std::mem::take(&mut self.events);
                events.clear();
                let read = self.shared.http.adapter().read_frame(text.as_bytes(), &mut events);
                for event in events.drain(..) {
                    self.event(event).await;
                }
                self.events = events;
                if let Err(error) = read {
                    self.lose(&format!("corrupt: {error}"));
                }
            }
        }
    }

    async fn event(&mut self, event: StreamEvent) {
        match event {
            StreamEvent::Trade { symbol, trade } => {
                self.measure(trade.ts_venue);
                let Some(position) = self.position(Channel::Trades, symbol) else { return };
                let mut fresh = Vec::new();
                if let Sequence::Trades(sequence) = &mut self.streams[position].sequence {
                    sequence.offer(trade, &mut fresh);
                }
                self.hand_on_trades(position, fresh).await;
                self.fill(position, Duration::ZERO);
            }
            StreamEvent::Bar { closed: false, .. } => {}
            StreamEvent::Bar { symbol, timeframe, bar, closed: true } => {
                let Some(position) = self.position(Channel::Bars(timeframe), symbol) else { return };
                let mut fresh = Vec::new();
                if let Sequence::Bars(sequence) = &mut self.streams[position].sequence {
                    sequence.offer(bar, &mut fresh);
                }
                self.hand_on_bars(position, fresh).await;
                self.fill(position, Duration::ZERO);
            }
            StreamEvent::Quote { symbol, quote } => {
                // Some venues do not say when a quote stood.
                let quote = match quote.ts_venue.as_nanos() {
                    0 => Quote { ts_venue: (self.shared.clock)(), ..quote },
                    _ => quote,
                };
                self.measure(quote.ts_venue);
                let Some(position) = self.position(Channel::Quotes, symbol) else { return };
                if let Sequence::Quotes { newest, delivered, duplicates } = &mut self.streams[position].sequence {
                    if quote.id.is_some() && quote.id <= *newest {
                        *duplicates += 1;
                        return;
                    }
                    *newest = quote.id.or(*newest);
                    *delivered += 1;
                }
                self.hand_on(position, [Item::Quote(quote)]).await;
            }
            StreamEvent::Frame(number) => self.frame_number(number),
            StreamEvent::Heartbeat { tails, .. } => {
                for (stream, tail) in tails {
                    let Some(position) = self.index.get(&stream).copied() else { continue };
                    match &mut self.streams[position].sequence {
                        Sequence::Trades(sequence) => sequence.tail(tail),
                        Sequence::Bars(sequence) => sequence.tail(Timestamp::from_nanos(tail)),
                        Sequence::Quotes { .. } => {}
                    }
                    self.fill(position, GRACE);
                }
            }
            StreamEvent::Answer { id, problem } => self.request_answered(id, problem),
            StreamEvent::Pong => self.pong(self.shared.now()),
        }
    }

    /// Takes note of how long an event was on its way. A clock that is a little ahead of ours counts as none.
    fn measure(&self, at: Timestamp) {
        let late = (self.shared.clock)().as_nanos().saturating_sub(at.as_nanos());
        if late.unsigned_abs() < REAL.as_nanos() as u64 {
            self.shared.event_latency.took(Duration::from_nanos(late.max(0) as u64));
        }
    }

    /// The stream that has shown a sign of life.
    fn position(&mut self, channel: Channel, symbol: Symbol) -> Option<usize> {
        let position = self.index.get(&Subscription::new(channel, symbol)).copied()?;
        self.streams[position].prove_by = None;
        Some(position)
    }

    /// A message without its predecessor: anything may have been in it, so every stream is asked for.
    fn frame_number(&mut self, number: u64) {
        let Some(live) = &mut self.live else { return };
        let expected = live.next_frame.replace(number.wrapping_add(1));
        if expected.is_some_and(|expected| expected != number) {
            self.board().sequence_gaps += 1;
            self.ask_all();
        }
    }

    fn request_answered(&mut self, id: u64, problem: Option<String>) {
        let now = self.shared.now();
        let Some(live) = &mut self.live else { return };
        if live.ping.is_some_and(|(ping, _)| ping == id) {
            return self.pong(now);
        }
        if let Some(problem) = problem {
            return self.lose(&format!("subscription refused: {problem}"));
        }
        if !std::mem::replace(&mut live.subscribed, true) {
            // From here on nothing passes unheard; what came before is asked for.
            self.ask_all();
        }
    }

    fn pong(&mut self, now: Duration) {
        if let Some((_, sent)) = self.live.as_mut().and_then(|live| live.ping.take()) {
            self.board().latency = Some(now.saturating_sub(sent));
        }
    }

    // Handing on.

    async fn hand_on_trades(&mut self, position: usize, fresh: Vec<Trade>) {
        self.hand_on(position, fresh.into_iter().map(Item::Trade)).await;
    }

    async fn hand_on_bars(&mut self, position: usize, fresh: Vec<Bar>) {
        let Sequence::Bars(sequence) = &self.streams[position].sequence else { return };
        let timeframe = sequence.timeframe();
        self.hand_on(position, fresh.into_iter().map(|bar| Item::Bar(timeframe, bar))).await;
    }

    async fn hand_on(&mut self, position: usize, items: impl IntoIterator<Item = Item>) {
        let symbol = &self.streams[position].subscription.symbol;
        let mut some = false;
        let mut waited = false;
        for item in items {
            some = true;
            let event = FeedEvent { symbol: symbol.clone(), item };
            if let Err(mpsc::error::TrySendError::Full(event)) = self.shared.out.try_send(event) {
                waited = true;
                let mut stop = self.stop.clone();
                tokio::select! {
                    // A reader that has gone wants nothing more; the task is told to stop by its owner.
                    _ = self.shared.out.send(event) => {}
                    // Whoever stops us may not read any more. What is not handed on now is the first thing asked for
                    // the next time.
                    () = told_to_stop(&mut stop) => return,
                }
            }
        }
        let now = self.shared.now();
        let mut board = self.board();
        let stream = &self.streams[position];
        let told = &mut board.streams[position];
        told.missing = stream.misses();
        (told.delivered, told.duplicates) = match &stream.sequence {
            Sequence::Trades(sequence) => (sequence.delivered(), sequence.duplicates()),
            Sequence::Bars(sequence) => (sequence.delivered(), sequence.duplicates()),
            Sequence::Quotes { delivered, duplicates, .. } => (*delivered, *duplicates),
        };
        if some {
            told.last = Some(now);
        }
        if waited {
            // Nobody listened to the socket meanwhile: its silence was ours.
            board.heard = board.heard.map(|_| now);
        }
    }

    // Asking REST.

    /// Asks for what is known to be missing, `grace` from now.
    fn fill(&mut self, position: usize, grace: Duration) {
        let stream = &mut self.streams[position];
        if !stream.misses() || stream.asking || stream.ask_at.is_some() {
            return;
        }
        if grace.is_zero() {
            self.ask(position);
        } else {
            stream.ask_at = Some(self.shared.now() + grace);
        }
    }

    fn ask_all(&mut self) {
        (0..self.streams.len()).for_each(|position| self.ask(position));
    }

    fn ask(&mut self, position: usize) {
        let stream = &mut self.streams[position];
        stream.ask_at = None;
        if stream.asking {
            stream.again = true;
            return;
        }
        stream.asking = true;
        let http = self.shared.http.clone();
        let limits = http.adapter().limits();
        let symbol = stream.subscription.symbol.clone();
        match &stream.sequence {
            Sequence::Trades(sequence) => {
                // Without a beginning, the newest trade is it.
                let limit = if sequence.next().is_some() { limits.trades_per_page } else { 1 };
                let page = TradesPage { symbol, from_id: sequence.next(), limit };
                self.answers.spawn(async move { (position, ask_trades(&http, page).await) });
            }
            Sequence::Bars(sequence) => {
                let limit = limits.bars_per_page;
                let timeframe = sequence.timeframe();
                let to = FAR;
                let page = sequence.next().map(|from| BarsPage { symbol, timeframe, from, to, limit });
                self.answers.spawn(async move { (position, ask_bars(&http, page).await) });
            }
            Sequence::Quotes { .. } => {
                self.answers.spawn(async move { (position, Ok(Answer::Nothing)) });
            }
        }
    }

    async fn answered(&mut self, position: usize, answer: Result<Answer, HttpError>) {
        let now = self.shared.now();
        self.streams[position].asking = false;
        let more = match answer {
            Err(error) => return self.unanswered(position, &error, now),
            Ok(Answer::Nothing) => false,
            Ok(Answer::Begin(at)) => {
                let stream = &mut self.streams[position];
                if let Sequence::Bars(sequence) = &mut stream.sequence
                    && sequence.next().is_none()
                {
                    let timeframe = sequence.timeframe();
                    *sequence = BarSequence::new(timeframe, Some(timeframe.open_of(at)));
                }
                false
            }
            Ok(Answer::Trades(page, trades)) => {
                let more = trades.len() >= page.limit && page.from_id.is_some();
                let mut fresh = Vec::new();
                if let Sequence::Trades(sequence) = &mut self.streams[position].sequence {
                    match page.from_id {
                        Some(_) => trades.into_iter().for_each(|trade| sequence.offer(trade, &mut fresh)),
                        None => trades.iter().filter_map(|trade| trade.id).for_each(|id| sequence.tail(id)),
                    }
                }
                self.progress(position, !fresh.is_empty());
                self.hand_on_trades(position, fresh).await;
                more
            }
            Ok(Answer::Bars(page, bars)) => {
                let more = bars.len() >= page.limit;
                let mut fresh = Vec::new();
                if let Sequence::Bars(sequence) = &mut self.streams[position].sequence {
                    sequence.answered(&bars, !more, &mut fresh);
                }
                self.progress(position, !fresh.is_empty());
                self.hand_on_bars(position, fresh).await;
                more
            }
        };
        let stream = &mut self.streams[position];
        stream.retry.reset();
        if more || std::mem::take(&mut stream.again) {
            return self.ask(position);
        }
        self.caught_up(position, now);
        if self.streams[position].vain >= ASK_AGAIN {
            self.give_up(position);
        }
        // Still missing: the venue's answers may lag behind its stream a little.
        let wait = GRACE * self.streams[position].vain.max(1);
        self.fill(position, wait);
    }

    fn progress(&mut self, position: usize, some: bool) {
        let at_work = self.live.is_some() && self.catching.is_none();
        let prove_by = self.shared.now() + self.shared.http.adapter().limits().silence;
        let stream = &mut self.streams[position];
        stream.vain = if some || !stream.misses() { 0 } else { stream.vain + 1 };
        if some && at_work && stream.prove_by.is_none() {
            stream.prove_by = Some(prove_by);
        }
    }

    /// The venue does not know what its stream said: the stream is not to be believed.
    fn give_up(&mut self, position: usize) {
        let stream = &mut self.streams[position];
        stream.vain = 0;
        let count = match &mut stream.sequence {
            Sequence::Trades(sequence) => sequence.give_up(),
            Sequence::Bars(sequence) => sequence.give_up(),
            Sequence::Quotes { .. } => 0,
        };
        let subscription = stream.subscription.clone();
        self.board().discarded += count as u64;
        self.tell(Life::Discarded { stream: subscription.clone(), count });
        self.lose(&format!("corrupt: {subscription} told of {count} items that the venue does not know"));
    }

    fn unanswered(&mut self, position: usize, error: &HttpError, now: Duration) {
        let stream = &mut self.streams[position];
        tracing::debug!(stream = %stream.subscription, error = %causes(error), "no answer by rest");
        stream.again = false;
        let wait = stream.retry.next_wait().max(error.retry_after().unwrap_or_default()).max(Duration::from_millis(5));
        stream.ask_at = Some(now + wait);
        self.board().errors += 1;
        if self.live.as_ref().is_some_and(|live| live.subscribed) {
            return;
        }
        let streams = self.streams.len();
        let loss = self.lost.get_or_insert_with(|| Loss { since: now, waiting: (0..streams).collect(), outage: false });
        let news = !std::mem::replace(&mut loss.outage, true);
        self.board().mode = Mode::Disconnected;
        if news {
            self.tell(Life::Disconnected { reason: causes(error) });
        }
    }

    /// REST is up to date on this stream.
    fn caught_up(&mut self, position: usize, now: Duration) {
        if let Some(loss) = &mut self.lost {
            loss.waiting.remove(&position);
            if loss.waiting.is_empty() {
                let took = now.saturating_sub(loss.since);
                let meter = if loss.outage { &self.shared.outage } else { &self.shared.failover };
                meter.took(took);
                self.lost = None;
                if self.board().mode == Mode::Disconnected {
                    self.board().mode = Mode::Rest;
                    self.tell(Life::FailedOver { after_ms: took.as_secs_f64() * 1000.0 });
                }
            }
        }
        if self.live.as_ref().is_some_and(|live| live.subscribed) {
            if let Some(catching) = &mut self.catching {
                catching.remove(&position);
            }
            self.take_over();
        }
    }

    // The socket's life.

    /// The socket is up and nothing is missing: it takes over.
    fn take_over(&mut self) {
        let Some(live) = &self.live else { return };
        if !self.catching.as_ref().is_some_and(BTreeSet::is_empty) {
            return;
        }
        let endpoint = self.shared.sockets.urls()[live.endpoint].clone();
        self.catching = None;
        self.lost = None;
        self.breaker.succeeded();
        self.backoff.reset();
        let again = std::mem::replace(&mut self.took_over, true);
        {
            let mut board = self.board();
            board.failbacks += u64::from(again);
            board.breaker = self.breaker.state();
            board.mode = Mode::Websocket;
        }
        self.tell(Life::Connected { endpoint });
    }

    /// The socket is of no use any more: REST takes over, a new one is tried.
    fn lose(&mut self, reason: &str) {
        let now = self.shared.now();
        let Some(live) = self.live.take() else { return };
        // A socket that never came to work counts as a failed attempt.
        if !live.subscribed || self.catching.is_some() {
            self.breaker_failed(now);
        }
        drop(live);
        self.catching = None;
        self.streams.iter_mut().for_each(|stream| stream.prove_by = None);
        {
            let mut board = self.board();
            board.errors += 1;
            board.mode = Mode::Disconnected;
        }
        self.tell(Life::Lost { reason: reason.to_owned() });
        let waiting = (0..self.streams.len()).collect();
        self.lost.get_or_insert(Loss { since: now, waiting, outage: false });
        self.poll_at = now + self.shared.config.poll();
        self.connect_at = Some(now + self.backoff.next_wait());
        self.ask_all();
    }

    fn breaker_failed(&mut self, now: Duration) {
        let before = self.breaker.openings();
        self.breaker.failed(now);
        self.board().breaker = self.breaker.state();
        if self.breaker.openings() > before {
            self.tell(Life::BreakerOpened);
        }
    }

    fn connect(&mut self, now: Duration) {
        self.connect_at = None;
        if !self.connecting.is_empty() {
            return;
        }
        let allowed = self.breaker.allow(now);
        self.board().breaker = self.breaker.state();
        if !allowed {
            self.connect_at = self.breaker.next_try();
            return;
        }
        self.board().attempts += 1;
        let shared = Arc::clone(&self.shared);
        let streams: Vec<Subscription> = self.streams.iter().map(|stream| stream.subscription.clone()).collect();
        // All streams of one socket have one path: the manager sees to it.
        let path = streams.first().map(|stream| shared.http.adapter().socket_path(stream.channel)).unwrap_or_default();
        self.request_id += 1;
        let id = self.request_id;
        self.connecting.spawn(async move {
            let begun = shared.now();
            let (endpoint, base) = shared.sockets.choose();
            let url = format!("{base}{path}");
            let connected = open(&shared, &url, id, &streams).await;
            shared.sockets.ended(endpoint, connected.is_ok().then(|| shared.now().saturating_sub(begun)));
            (endpoint, shared.now(), connected)
        });
    }

    async fn connected(&mut self, (endpoint, since, connected): Connected) {
        let now = self.shared.now();
        let socket = match connected {
            Ok(socket) => socket,
            Err(error) => {
                self.board().errors += 1;
                self.breaker_failed(now);
                self.tell(Life::ConnectFailed { reason: error.to_string() });
                let wait = self.backoff.next_wait();
                self.connect_at = Some(self.breaker.next_try().map_or(now + wait, |at| at.max(now + wait)));
                return;
            }
        };
        let next_ping = now + self.shared.http.adapter().limits().silence / 2;
        let live = Live { socket, endpoint, since, subscribed: false, next_frame: None, ping: None, next_ping };
        if let Some(old) = self.live.replace(live) {
            old.socket.close().await;
        }
        self.board().heard = Some(now);
        self.catching = Some((0..self.streams.len()).collect());
    }

    // Time.

    fn next_timer(&self) -> Duration {
        let silence = self.shared.http.adapter().limits().silence;
        let mut at = self.check_at;
        match &self.live {
            Some(live) => {
                let heard = self.board().heard.unwrap_or(live.since);
                at = at.min(heard + silence).min(live.next_ping);
                if !live.subscribed {
                    at = at.min(live.since + self.shared.config.timeout());
                }
                if let Some(worn) = self.worn_at(live) {
                    at = at.min(worn);
                }
            }
            None => at = at.min(self.poll_at),
        }
        let streams = self.streams.iter().flat_map(|stream| stream.ask_at.into_iter().chain(stream.prove_by)).min();
        at.min(streams.unwrap_or(at)).min(self.connect_at.unwrap_or(at))
    }

    /// When a socket at work is to be renewed, unless that is being done.
    fn worn_at(&self, live: &Live) -> Option<Duration> {
        let life = self.shared.http.adapter().limits().socket_life?;
        let idle = self.catching.is_none() && self.connecting.is_empty() && self.connect_at.is_none();
        idle.then(|| live.since + life.mul_f64(RENEW_AT))
    }

    async fn timers(&mut self) {
        let now = self.shared.now();
        let limits = self.shared.http.adapter().limits().clone();
        for position in 0..self.streams.len() {
            if self.streams[position].ask_at.is_some_and(|at| at <= now) {
                self.ask(position);
            }
        }
        if let Some(live) = &self.live {
            let silent = now.saturating_sub(self.board().heard.unwrap_or(live.since));
            let unproved = self.streams.iter().find(|stream| stream.prove_by.is_some_and(|by| by <= now));
            if silent >= limits.silence {
                self.lose(&format!("stalled: silent for {silent:.1?}"));
            } else if !live.subscribed && now >= live.since + self.shared.config.timeout() {
                self.lose("stalled: no answer to the subscription");
            } else if let Some(stream) = unproved {
                self.lose(&format!("stalled: the venue has more of {} than it sends", stream.subscription));
            } else if now >= live.next_ping {
                self.ping(now, limits.silence / 2).await;
            }
        }
        if self.live.is_none() && now >= self.poll_at {
            self.poll_at = now + self.shared.config.poll();
            self.ask_all();
        }
        let worn = self.live.as_ref().and_then(|live| self.worn_at(live)).is_some_and(|at| at <= now);
        if self.connect_at.is_some_and(|at| at <= now) || worn {
            self.connect(now);
        }
        if now >= self.check_at {
            self.check(now);
        }
    }

    /// Asks for a sign of life and measures how long it takes.
    async fn ping(&mut self, now: Duration, every: Duration) {
        self.request_id += 1;
        let id = self.request_id;
        let own = self.shared.http.adapter().ping(id);
        let Some(live) = &mut self.live else { return };
        live.next_ping = now + every;
        let within = every;
        let sent = match own {
            Some(text) => live.socket.say(text, within).await,
            None => live.socket.ping(within).await,
        };
        match sent {
            Ok(()) => live.ping = Some((id, now)),
            Err(error) => self.lose(&format!("dropped: {error}")),
        }
    }

    /// The regular check: the venue's clock, and streams whose silence the venue does not explain.
    fn check(&mut self, now: Duration) {
        self.check_at = now + Duration::from_millis(self.shared.config.health_check_ms);
        self.ask_all();
        let http = self.shared.http.clone();
        let clock = self.shared.clock;
        self.checks.spawn(async move {
            let before = clock();
            let body = http.send(&http.adapter().time()).await.ok()?;
            let venue = http.adapter().read_time(&body).ok()?;
            let middle = (before.as_nanos() as f64 + clock().as_nanos() as f64) / 2.0;
            Some((venue.as_nanos() as f64 - middle) / 1e6)
        });
    }

    fn tell(&self, what: Life) {
        let event = LifeEvent { at: (self.shared.clock)(), socket: self.number, what };
        match &event.what {
            Life::Connected { endpoint } => tracing::info!(socket = self.number, endpoint, "websocket has taken over"),
            Life::FailedOver { after_ms } => tracing::info!(socket = self.number, after_ms, "rest has taken over"),
            other => tracing::warn!(socket = self.number, event = ?other, "feed"),
        }
        self.board().happened(event.clone());
        // Nobody listening is no fault.
        let _ = self.shared.life.send(event);
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", causes(source)),
        None => error.to_string(),
    }
}

async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
    // An error means that the owner is gone, which also is the end.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn hear(live: &mut Option<Live>) -> Result<Heard, SocketError> {
    match live {
        Some(live) => live.socket.hear().await,
        None => std::future::pending().await,
    }
}

async fn open(shared: &Shared, url: &str, id: u64, streams: &[Subscription]) -> Result<Socket, SocketError> {
    let within = shared.config.timeout();
    let mut socket = Socket::connect(url, within).await?;
    for frame in shared.http.adapter().subscribe(id, streams) {
        socket.say(frame, within).await?;
    }
    Ok(socket)
}

async fn ask_trades(http: &Http, page: TradesPage) -> Result<Answer, HttpError> {
    let body = http.send(&http.adapter().trades(&page)).await?;
    let trades = http.adapter().read_trades(&page, &body)?;
    Ok(Answer::Trades(page, trades))
}

async fn ask_bars(http: &Http, page: Option<BarsPage>) -> Result<Answer, HttpError> {
    let Some(page) = page else {
        let body = http.send(&http.adapter().time()).await?;
        return Ok(Answer::Begin(http.adapter().read_time(&body)?));
    };
    let Some(request) = http.adapter().bars(&page) else { return Ok(Answer::Nothing) };
    let body = http.send(&request).await?;
    let bars = http.adapter().read_bars(&page, &body)?;
    Ok(Answer::Bars(page, bars))
}
