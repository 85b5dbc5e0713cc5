//! How the engine stands, for others to read: `mem status`, the monitor, the server.

use std::collections::BTreeMap;

use mem_feed::FeedHealth;
use mem_monitor::alert::{Alert, PriceAlert};
use mem_monitor::rolling::Figures;
use mem_trade::exact::float;
use mem_trade::order::{Order, Stage};
use mem_types::{ClientOrderId, PositionSide, Symbol, Timestamp};
use mem_venue::session::MeterReading;
use serde::{Deserialize, Serialize};

use crate::core::Engine;

/// An open position.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PositionView {
    /// In what.
    pub symbol: Symbol,
    /// Which way.
    pub side: PositionSide,
    /// How much, in base units.
    pub qty: String,
    /// The average price it was opened at.
    pub entry_price: f64,
    /// The last price; `None` before the first.
    pub last_price: Option<f64>,
    /// What closing it would gain, before fees.
    pub unrealised_pnl: Option<f64>,
    /// When it was opened.
    pub opened_at: Option<Timestamp>,
    /// The decision that opened it; `None` for what we did not open.
    #[serde(default)]
    pub decision: Option<u64>,
    /// Where its stop is meant to stand.
    #[serde(default)]
    pub stop: Option<f64>,
    /// Where its target is meant to stand.
    #[serde(default)]
    pub target: Option<f64>,
}

/// How full a queue is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueDepth {
    /// Which.
    pub name: String,
    /// How many wait.
    pub depth: usize,
    /// How many may wait.
    pub capacity: usize,
}

/// An order of unknown fate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnknownView {
    /// Its name.
    pub client_order_id: ClientOrderId,
    /// Of what.
    pub symbol: Symbol,
    /// For so long, in the market's seconds.
    pub seconds: f64,
}

/// How the engine stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Board {
    /// The session's name.
    pub session: String,
    /// The process.
    pub pid: u32,
    /// Where the market is.
    pub venue: String,
    /// Whether orders go to the paper broker.
    pub paper: bool,
    /// When it started, by our clock.
    pub started_at: Timestamp,
    /// When this was written, by our clock.
    pub updated_at: Timestamp,
    /// When the loop was looked at, by our clock: at most a moment earlier.
    pub read_at: Timestamp,
    /// The market's clock then; `None` before the first event.
    pub market_time: Option<Timestamp>,
    /// What everything is paid with.
    pub currency: String,
    /// What the account is worth; `None` before the first price.
    pub equity: Option<f64>,
    /// Cash.
    pub cash: f64,
    /// What the market's UTC day has brought.
    pub day_pnl: Option<f64>,
    /// How far equity is below its peak, in percent.
    pub drawdown_pct: f64,
    /// Open positions.
    pub positions: Vec<PositionView>,
    /// How long it took to learn what had happened at the venue while nobody looked, in milliseconds; `None` on paper.
    pub recovery_ms: Option<f64>,
    /// Orders whose fate was asked for then, and fills that had not been booked.
    pub recovered: Option<(usize, usize)>,
    /// Orders that are not done.
    pub open_orders: usize,
    /// Those orders.
    #[serde(default)]
    pub orders: Vec<Order>,
    /// Orders that have been sent and not answered for.
    pub on_the_way: usize,
    /// Orders of unknown fate.
    pub unknown_orders: usize,
    /// Those orders.
    pub unknown: Vec<UnknownView>,
    /// Why risk has halted entries.
    pub halts: Vec<String>,
    /// The last price of each symbol that has one.
    pub last_prices: BTreeMap<Symbol, f64>,
    /// How trading has gone; `None` before the first look.
    pub figures: Option<Figures>,
    /// Alerts that hold, the worst first.
    pub alerts: Vec<Alert>,
    /// Prices that somebody wants to be told of, with their numbers.
    pub watched: Vec<(u64, PriceAlert)>,
    /// Why an operator forbids entries; `None` where he does not.
    pub kill_switch: Option<String>,
    /// Entries in the ledger.
    pub ledger_entries: u64,
    /// Whether the books balance. They always do.
    pub balanced: bool,
    /// Decisions taken so far, in all sessions.
    pub decisions: u64,
    /// Events taken in this session.
    pub events: u64,
    /// Events that wait.
    pub queue: usize,
    /// Queues, that of the events among them.
    #[serde(default)]
    pub queues: Vec<QueueDepth>,
    /// Trades that came after their bar had closed.
    pub late_trades: u64,
    /// From taking an event to the end of what follows from it, of events that led to something.
    pub decision_latency: MeterReading,
    /// How the feed is; `None` before it has started.
    pub feed: Option<FeedHealth>,
}

/// What the loop's thread knows of itself.
pub(super) fn read(engine: &Engine, venue: &str, started_at: Timestamp, now: Timestamp) -> Board {
    let state = engine.state();
    let equity = engine.equity();
    let defined = |value: f64| value.is_finite().then_some(value);
    let last =
        |symbol: &Symbol| engine.last_prices().find(|(of, _)| *of == symbol).and_then(|(_, price)| defined(price));
    let positions = state.positions.iter().filter_map(|(symbol, position)| {
        let price = last(symbol);
        let (side, entry) = (position.side()?, position.average_entry().map_or(f64::NAN, float));
        let plan = state.plans.get(symbol);
        let level = |distance: f64| defined(entry + side.sign() * distance);
        Some(PositionView {
            symbol: symbol.clone(),
            side,
            qty: position.qty().to_string(),
            entry_price: entry,
            last_price: price,
            unrealised_pnl: price.and_then(mem_trade::exact::decimal).map(|price| float(position.unrealised(price))),
            opened_at: position.opened_at(),
            decision: plan.map(|plan| plan.decision),
            stop: plan.and_then(|plan| level(-plan.stop_distance?)),
            target: plan.and_then(|plan| level(plan.target_distance?)),
        })
    });
    let market_time = engine.market_now();
    let unknown = state.orders.iter().filter(|order| order.stage == Stage::Unknown).map(|order| UnknownView {
        client_order_id: order.request.client_order_id.clone(),
        symbol: order.request.symbol.clone(),
        seconds: (market_time.as_nanos() - order.updated_at.as_nanos()) as f64 / 1e9,
    });
    Board {
        session: engine.config().session.clone(),
        pid: std::process::id(),
        venue: venue.to_owned(),
        paper: engine.config().paper,
        started_at,
        updated_at: now,
        read_at: now,
        market_time: (market_time.as_nanos() != i64::MIN).then_some(market_time),
        currency: engine.quote().to_string(),
        equity: defined(equity),
        cash: float(state.cash(engine.quote())),
        day_pnl: defined(equity - state.day_start),
        drawdown_pct: mem_trade::risk::drawdown(equity, state.peak) * 100.0,
        positions: positions.collect(),
        recovery_ms: None,
        recovered: None,
        open_orders: state.orders.len(),
        orders: state.orders.iter().cloned().collect(),
        on_the_way: state.orders.iter().filter(|order| matches!(order.stage, Stage::Planned | Stage::Sent)).count(),
        unknown_orders: state.orders.iter().filter(|order| order.stage == Stage::Unknown).count(),
        unknown: unknown.collect(),
        halts: mem_trade::risk::halts(engine.risk().config(), equity, state.day_start, state.peak),
        last_prices: engine
            .last_prices()
            .filter_map(|(symbol, price)| Some((symbol.clone(), defined(price)?)))
            .collect(),
        figures: None,
        alerts: Vec::new(),
        watched: Vec::new(),
        kill_switch: state.kill_switch.clone(),
        ledger_entries: state.ledger.entries(),
        balanced: state.ledger.imbalance().is_empty(),
        decisions: state.next_decision,
        events: 0,
        queue: 0,
        queues: Vec::new(),
        late_trades: engine.late_trades(),
        decision_latency: MeterReading::default(),
        feed: None,
    }
}
