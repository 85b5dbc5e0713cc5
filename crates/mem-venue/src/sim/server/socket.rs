//! One WebSocket of the exchange: what its client subscribed to, in order, unless a fault says otherwise.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::uri::PathAndQuery;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use mem_types::{Symbol, Timestamp};
use tokio::sync::broadcast::error::RecvError;

use super::Shared;
use super::private::signed_by;
use super::public::refusal;
use super::{BINANCE, BINANCE_UM};
use crate::binance::Market;
use crate::binance::stream::{MARKET_ROUTE, PUBLIC_ROUTE};
use crate::sim::dialect::binance::BinanceDialect;
use crate::sim::matching::{AccountEvent, AccountId};
use crate::sim::native::Native;
use crate::sim::view::{ClientOp, Dialect, MarketView, TapeEvent};
use crate::words::{Channel, Subscription};

/// Longest message of a client.
const LONGEST: usize = 64 << 10;
/// Messages that may wait for a client; one that falls further behind is cut off.
const MOST_WAITING: usize = 200_000;

pub(super) fn router() -> Router<Arc<Shared>> {
    let mut router = Router::new().route("/ws", get(native));
    for path in ["/ws", "/ws/{*streams}", "/stream"] {
        router = router.route(&format!("{BINANCE}{path}"), get(binance_spot));
        for route in ["", MARKET_ROUTE, PUBLIC_ROUTE] {
            router = router.route(&format!("{BINANCE_UM}{route}{path}"), get(binance_um));
        }
    }
    router
}

async fn binance_spot(state: State<Arc<Shared>>, uri: Uri, upgrade: WebSocketUpgrade) -> Response {
    binance(state, Market::Spot, uri.path_and_query().map_or("", PathAndQuery::as_str), BINANCE, upgrade)
}

async fn binance_um(state: State<Arc<Shared>>, uri: Uri, upgrade: WebSocketUpgrade) -> Response {
    binance(state, Market::UsdM, uri.path_and_query().map_or("", PathAndQuery::as_str), BINANCE_UM, upgrade)
}

/// A socket that speaks Binance's protocol, with the streams that its path names.
fn binance(
    State(shared): State<Arc<Shared>>,
    market: Market,
    path: &str,
    prefix: &str,
    upgrade: WebSocketUpgrade,
) -> Response {
    let path = path.strip_prefix(prefix).unwrap_or(path);
    let dialect = BinanceDialect::new(market, path.contains("/stream"));
    match dialect.streams_of(path) {
        Ok(streams) => open(shared, upgrade, Arc::new(dialect), streams),
        Err(why) => refusal(StatusCode::BAD_REQUEST, &why),
    }
}

async fn native(State(shared): State<Arc<Shared>>, upgrade: WebSocketUpgrade) -> Response {
    open(shared, upgrade, Arc::new(Native), Vec::new())
}

/// Opens a socket that speaks `dialect` and begins with `streams`.
fn open(
    shared: Arc<Shared>,
    upgrade: WebSocketUpgrade,
    dialect: Arc<dyn Dialect>,
    streams: Vec<Subscription>,
) -> Response {
    if shared.faults.refuses_sockets(shared.real()) {
        return refusal(StatusCode::SERVICE_UNAVAILABLE, "a fault was pulled: no WebSockets for now");
    }
    upgrade.max_message_size(LONGEST).on_upgrade(|socket| async move {
        shared.sockets.fetch_add(1, Ordering::Relaxed);
        let mut session = Session::new(Arc::clone(&shared), dialect);
        session.add(&streams);
        session.run(socket).await;
        shared.sockets.fetch_sub(1, Ordering::Relaxed);
    })
}

struct Session {
    shared: Arc<Shared>,
    dialect: Arc<dyn Dialect>,
    streams: BTreeSet<Subscription>,
    waiting: VecDeque<(Duration, Message)>,
    /// A message that changes places with the next one.
    held: Option<Message>,
    sent: u64,
    /// Whom the client has shown to be.
    account: Option<AccountId>,
}

/// Why a session ends.
struct Ended;

impl Session {
    fn new(shared: Arc<Shared>, dialect: Arc<dyn Dialect>) -> Self {
        Self { shared, dialect, streams: BTreeSet::new(), waiting: VecDeque::new(), held: None, sent: 0, account: None }
    }

    async fn run(&mut self, socket: WebSocket) {
        let mut tape = self.shared.tape.subscribe();
        let mut own = self.shared.account_events.subscribe();
        let mut cut = self.shared.cut.subscribe();
        let (mut out, mut incoming) = socket.split();
        let mut beat = tokio::time::interval(self.shared.config.heartbeat);
        let mut half_open = false;
        loop {
            if half_open && !self.shared.faults.is_half_open(self.shared.real()) {
                return;
            }
            half_open = self.shared.faults.is_half_open(self.shared.real());
            let due = self.due();
            tokio::select! {
                biased;
                _ = cut.changed() => return,
                heard = hear(&mut incoming), if !half_open => {
                    let Ok(text) = heard else { return };
                    if let Some(text) = text {
                        self.answer(&text);
                    }
                }
                events = tape.recv() => match events {
                    Ok(events) => self.tell(&events),
                    // Too far behind: a real exchange cuts such clients off too.
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return,
                },
                events = own.recv() => match events {
                    Ok(events) => self.tell_account(&events),
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return,
                },
                _ = beat.tick() => self.beat(),
                () = wait_until(&self.shared, due) => {
                    if self.send_due(&mut out).await.is_err() {
                        return;
                    }
                }
            }
            if self.waiting.len() > MOST_WAITING {
                return;
            }
        }
    }

    /// When the next message may go out; `None` while there is none.
    fn due(&self) -> Option<Duration> {
        let (at, _) = self.waiting.front()?;
        Some((*at).max(self.shared.faults.silent_until()))
    }

    async fn send_due(&mut self, out: &mut SplitSink<WebSocket, Message>) -> Result<(), Ended> {
        let now = self.shared.real();
        let mut cut = self.shared.cut.subscribe();
        while self.waiting.front().is_some_and(|(at, _)| *at <= now) {
            let Some((_, message)) = self.waiting.pop_front() else { break };
            tokio::select! {
                biased;
                _ = cut.changed() => return Err(Ended),
                sent = out.feed(message) => sent.map_err(|_| Ended)?,
            }
        }
        tokio::select! {
            _ = cut.changed() => Err(Ended),
            flushed = out.flush() => flushed.map_err(|_| Ended),
        }
    }

    fn answer(&mut self, text: &str) {
        let answer = match self.dialect.read(text) {
            Err(problem) => self.dialect.answer(&serde_json::Value::Null, None, Err(&problem)),
            Ok((id, op)) => {
                let outcome = self.obey(&op);
                let streams: Vec<Subscription> = self.streams.iter().cloned().collect();
                let outcome = outcome.as_ref().map(|()| streams.as_slice()).map_err(String::as_str);
                self.dialect.answer(&id, Some(&op), outcome)
            }
        };
        self.queue(answer);
    }

    fn obey(&mut self, op: &ClientOp) -> Result<(), String> {
        match op {
            ClientOp::Subscribe(streams) => {
                let listed = self.shared.exchange.listings();
                if let Some(unknown) = streams.iter().find(|stream| !listed.iter().any(|it| it.symbol == stream.symbol))
                {
                    return Err(format!("no instrument {}", unknown.symbol));
                }
                let fresh = streams.iter().filter(|stream| !self.streams.contains(stream)).count();
                let most = self.shared.config.streams_per_socket;
                if self.streams.len() + fresh > most {
                    return Err(format!("at most {most} streams on one socket"));
                }
                self.add(streams);
                Ok(())
            }
            ClientOp::Unsubscribe(streams) => {
                streams.iter().for_each(|stream| {
                    self.streams.remove(stream);
                });
                Ok(())
            }
            ClientOp::Login { key, timestamp, sign } => {
                let account = signed_by(&self.shared, key, timestamp, sign, &["GET", "/ws", ""])?;
                self.account = Some(account.clone());
                Ok(())
            }
            ClientOp::List | ClientOp::Ping => Ok(()),
        }
    }

    fn add(&mut self, streams: &[Subscription]) {
        for stream in streams {
            self.shared.exchange.watch(stream);
            self.streams.insert(stream.clone());
        }
    }

    fn tell(&mut self, events: &[TapeEvent]) {
        if self.streams.is_empty() {
            return;
        }
        let now = self.clock();
        for event in events {
            let stream = stream_of(event);
            if self.streams.contains(&stream) {
                let text = self.dialect.event(&stream, event, now);
                self.queue(text);
            }
        }
    }

    fn tell_account(&mut self, events: &[AccountEvent]) {
        let Some(account) = self.account.clone() else { return };
        for event in events.iter().filter(|event| event.account == account) {
            if let Some(text) = self.dialect.account_event(event) {
                self.queue(text);
            }
        }
    }

    fn beat(&mut self) {
        let tails: Vec<(Subscription, i64)> = self
            .streams
            .iter()
            .filter_map(|stream| Some((stream.clone(), self.shared.exchange.tail(stream)?)))
            .collect();
        if let Some(text) = self.dialect.heartbeat(self.clock(), &tails) {
            self.queue(text);
        }
    }

    /// The exchange's clock as it shows it.
    fn clock(&self) -> Timestamp {
        Timestamp::from_nanos(self.shared.exchange.now().as_nanos() + self.shared.faults.skew_nanos())
    }

    /// Numbers a message and lets the faults have it.
    fn queue(&mut self, text: String) {
        let now = self.shared.real();
        let fate = self.shared.faults.fate(now);
        self.sent += 1;
        if fate.lost {
            return;
        }
        let number = if fate.misnumbered { self.sent + 1_000 } else { self.sent };
        let mut text = self.dialect.numbered(text, number);
        if fate.cut {
            let half = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.truncate(half);
        }
        let message = Message::text(text);
        // Later messages never overtake earlier ones.
        let at = self.waiting.back().map_or(now + fate.late, |(before, _)| (*before).max(now + fate.late));
        if fate.swapped && self.held.is_none() {
            self.held = Some(message);
            return;
        }
        self.waiting.push_back((at, message.clone()));
        if fate.doubled {
            self.waiting.push_back((at, message));
        }
        if let Some(held) = self.held.take() {
            self.waiting.push_back((at, held));
        }
    }
}

fn stream_of(event: &TapeEvent) -> Subscription {
    let of = |channel, symbol: &Symbol| Subscription::new(channel, symbol.clone());
    match event {
        TapeEvent::Trade(symbol, _) => of(Channel::Trades, symbol),
        TapeEvent::Quote(symbol, _) => of(Channel::Quotes, symbol),
        TapeEvent::Bar(symbol, timeframe, _) => of(Channel::Bars(*timeframe), symbol),
    }
}

/// The next text of the client; `None` for frames that say nothing (pings are answered by the library).
async fn hear(incoming: &mut SplitStream<WebSocket>) -> Result<Option<String>, Ended> {
    match incoming.next().await {
        Some(Ok(Message::Text(text))) => Ok(Some(text.as_str().to_owned())),
        Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Ended),
        Some(Ok(_)) => Ok(None),
    }
}

/// Waits for a moment of real time; for ever without one.
async fn wait_until(shared: &Shared, at: Option<Duration>) {
    match at {
        None => std::future::pending().await,
        Some(at) => tokio::time::sleep_until((shared.started + at).into()).await,
    }
}
