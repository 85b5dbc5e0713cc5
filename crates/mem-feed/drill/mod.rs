//! The drill: a feed follows the simulated exchange over real sockets while faults are pulled, and what it hands on is
//! compared with what the exchange printed. Orders go the same way at the same time, and each is accounted for. Used by a test (short) and a benchmark (1,000 faults).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mem_feed::feed::{FeedEvent, Item, Start};
use mem_feed::{Command, Commands, FeedConfig, FeedHealth, Manager};
use mem_types::{Bar, Symbol, Timeframe, Timestamp, Trade};
use mem_venue::session::{Http, HttpError};
use mem_venue::sim::adapter::{SimAdapter, SimSigner};
use mem_venue::sim::clock::Clock;
use mem_venue::sim::exchange::Exchange;
use mem_venue::sim::fault::Fault;
use mem_venue::sim::server::{SimServer, SimServerConfig};
use mem_venue::sim::tape::Tape;
use mem_venue::sim::view::MarketView;
use mem_venue::{Channel, Method, Request, Subscription};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// How a drill goes.
pub(crate) struct Drill {
    /// The market.
    pub(crate) tapes: Vec<Tape>,
    /// Where the exchange's clock begins, and how fast it runs.
    pub(crate) start: Timestamp,
    pub(crate) speed: f64,
    /// Candles followed beside the trades.
    pub(crate) timeframe: Timeframe,
    /// Which faults, how many, and the pause after each.
    pub(crate) seed: u64,
    pub(crate) faults: u64,
    pub(crate) pause: Duration,
}

/// What came of it.
pub(crate) struct Outcome {
    pub(crate) trades: usize,
    pub(crate) bars: usize,
    /// Orders that were acknowledged, and those that expired without an answer.
    pub(crate) orders: (usize, usize),
    pub(crate) health: FeedHealth,
    pub(crate) took: Duration,
}

/// What the feed handed on.
#[derive(Default)]
struct Kept {
    trades: BTreeMap<Symbol, Vec<Trade>>,
    bars: BTreeMap<Symbol, Vec<Bar>>,
}

impl Kept {
    fn take(&mut self, FeedEvent { symbol, item }: FeedEvent) {
        match item {
            Item::Trade(trade) => self.trades.entry(symbol).or_default().push(trade),
            Item::Bar(_, bar) => self.bars.entry(symbol).or_default().push(bar),
            Item::Quote(_) => {}
        }
    }
}

/// The time for people: the drill needs none.
fn no_clock() -> Timestamp {
    Timestamp::from_nanos(0)
}

impl Drill {
    /// Runs the drill.
    ///
    /// # Errors
    /// What differs from the truth.
    pub(crate) async fn run(self) -> Result<Outcome, String> {
        let symbols: Vec<Symbol> = self.tapes.iter().map(|tape| tape.listing().symbol.clone()).collect();
        let exchange = Arc::new(Exchange::new(self.tapes, Clock::new(self.start, self.speed)));
        let config = SimServerConfig {
            bind: ([127, 0, 0, 1], 0).into(),
            heartbeat: Duration::from_millis(50),
            requests_per_minute: 10_000_000,
            ..SimServerConfig::default()
        };
        let server =
            SimServer::bind(config, Arc::clone(&exchange), None, &[]).await.map_err(|error| error.to_string())?;
        let (address, handle) = (server.address(), server.handle());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(server.serve(async move {
            let _ = stopped.await;
        }));

        let begin: BTreeMap<Symbol, i64> = symbols
            .iter()
            .map(|symbol| {
                let tail = exchange.tail(&Subscription::new(Channel::Trades, symbol.clone())).unwrap_or(0);
                (symbol.clone(), tail + 1)
            })
            .collect();
        let first_bar = self.timeframe.open_of(self.start);
        let starts: Vec<Start> = symbols
            .iter()
            .flat_map(|symbol| {
                let of = |channel, from| Start { stream: Subscription::new(channel, symbol.clone()), from: Some(from) };
                [of(Channel::Trades, begin[symbol]), of(Channel::Bars(self.timeframe), first_bar.as_nanos())]
            })
            .collect();
        let adapter = Arc::new(SimAdapter::new(Duration::from_millis(250)));
        let http = Http::new(adapter, vec![format!("http://{address}")], Duration::from_millis(500));
        let feed = FeedConfig {
            timeout_ms: 500,
            poll_ms: 50,
            reconnect_ms: 10,
            max_reconnect_ms: 200,
            breaker_threshold: 5,
            breaker_reset_ms: 150,
            health_check_ms: 1_000,
            ..FeedConfig::default()
        };
        let (manager, mut events) = Manager::start(http, vec![format!("ws://{address}")], starts, feed, no_clock)
            .map_err(|error| error.to_string())?;

        let signer = Arc::new(SimSigner::new("simulated-key", "simulated-secret"));
        let private =
            Http::new(Arc::new(SimAdapter::default()), vec![format!("http://{address}")], Duration::from_millis(300))
                .signed_by(signer);
        let commands = Commands::start(private.clone(), 1_000, self.seed);
        let mut sent: Vec<Sent> = Vec::new();
        let mut under_way = JoinSet::new();

        let begun = Instant::now();
        let mut kept = Kept::default();
        for index in 0..self.faults {
            handle.pull(Fault::random(self.seed, index));
            under_way.spawn(order(commands.clone(), symbols[0].clone(), index));
            let until = tokio::time::Instant::now() + self.pause;
            while let Ok(Some(event)) = tokio::time::timeout_at(until, events.recv()).await {
                kept.take(event);
            }
        }
        // The market stands still, the faults end, and the feed catches up.
        handle.clear();
        handle.set_speed(0.0);
        while let Some(done) = under_way.join_next().await {
            sent.push(done.map_err(|error| error.to_string())?);
        }
        let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
        loop {
            let until = tokio::time::Instant::now() + Duration::from_millis(100);
            while let Ok(Some(event)) = tokio::time::timeout_at(until, events.recv()).await {
                kept.take(event);
            }
            match differs(&exchange, &kept, &begin, first_bar, self.timeframe) {
                None => break,
                Some(difference) if tokio::time::Instant::now() > deadline => {
                    return Err(format!("{difference}\n{:#?}", manager.health()));
                }
                Some(_) => {}
            }
        }
        let took = begun.elapsed();
        let orders = account_for(&private, &sent).await?;
        let health = manager.health();
        manager.stop().await;
        let _ = stop.send(());
        serving.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        let trades = kept.trades.values().map(Vec::len).sum();
        let bars = kept.bars.values().map(Vec::len).sum();
        Ok(Outcome { trades, bars, orders, health, took })
    }
}

/// An order that was sent, and the exchange's number for it if the exchange answered.
struct Sent {
    client_id: String,
    answered: Option<u64>,
}

/// Sends one market order, bought and sold by turns.
async fn order(commands: Commands, symbol: Symbol, index: u64) -> Sent {
    let client_id = format!("drill-{index:05}");
    let side = if index.is_multiple_of(2) { "buy" } else { "sell" };
    let body = json!({"client_order_id": client_id, "symbol": symbol, "type": "market", "side": side, "qty": "1"});
    let request = Request {
        method: Method::Post,
        path: "/api/v1/orders".to_owned(),
        body: body.to_string(),
        weight: 1,
        private: true,
    };
    let command = Command { key: client_id.clone(), request, expires_after: Duration::from_secs(30) };
    let answer = commands.send(command).await.ok();
    let answered = answer.and_then(|body| serde_json::from_slice::<Value>(&body).ok()?["id"].as_u64());
    Sent { client_id, answered }
}

/// Asks the exchange what became of every order: one that was acknowledged is there under the number it was given, and
/// no two orders are one. Gives how many were acknowledged, and how many were not.
async fn account_for(private: &Http, sent: &[Sent]) -> Result<(usize, usize), String> {
    let mut numbers = BTreeSet::new();
    for Sent { client_id, answered } in sent {
        let request = Request { private: true, ..Request::get(format!("/api/v1/orders/client:{client_id}"), 0) };
        let there = match private.send(&request).await {
            Ok(body) => serde_json::from_slice::<Value>(&body).map_err(|error| error.to_string())?["id"].as_u64(),
            Err(HttpError::Refused { status: 404, .. }) => None,
            Err(error) => return Err(format!("cannot ask what became of {client_id}: {error}")),
        };
        if answered.is_some() && *answered != there {
            return Err(format!("{client_id} was acknowledged as {answered:?}, the exchange has {there:?}"));
        }
        if there.is_some_and(|number| !numbers.insert(number)) {
            return Err(format!("{client_id} shares its order with another"));
        }
    }
    let acknowledged = sent.iter().filter(|order| order.answered.is_some()).count();
    Ok((acknowledged, sent.len() - acknowledged))
}

/// The first difference between what was kept and the exchange's own truth.
fn differs(
    exchange: &Exchange,
    kept: &Kept,
    begin: &BTreeMap<Symbol, i64>,
    first_bar: Timestamp,
    timeframe: Timeframe,
) -> Option<String> {
    for (symbol, from) in begin {
        let truth = exchange.trades(symbol, Some(*from), usize::MAX).unwrap_or_default();
        let got = kept.trades.get(symbol).map_or(&[][..], Vec::as_slice);
        if truth != got {
            let at = truth.iter().zip(got).position(|(truth, got)| truth != got).unwrap_or(truth.len().min(got.len()));
            let (truth_at, got_at) = (truth.get(at), got.get(at));
            return Some(format!(
                "{symbol}: {} trades, the exchange has {}; at {at} {got_at:?} for {truth_at:?}",
                got.len(),
                truth.len()
            ));
        }
        let bars = exchange.bars(symbol, timeframe, Some(first_bar), None, usize::MAX).unwrap_or_default();
        let truth: Vec<Bar> = bars.iter().filter(|bar| bar.closed).map(|bar| bar.bar).collect();
        let got = kept.bars.get(symbol).map_or(&[][..], Vec::as_slice);
        // The newest closed candle by REST alone is known as closed only when the next one has begun.
        if truth != got {
            return Some(format!("{symbol}: {} candles, the exchange has {}", got.len(), truth.len()));
        }
    }
    None
}
