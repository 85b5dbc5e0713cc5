//! How the engine stands.

use std::collections::BTreeMap;

use mem_engine::live::{Board, PositionView as Position};
use mem_monitor::alert::{Alert, Severity};
use mem_types::{PositionSide, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::feed::{FeedState, LatencyView};

/// Where orders go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// To the paper broker or the venue, on the market of a simulated exchange.
    Simulated,
    /// To the paper broker, on a real market.
    Paper,
    /// To a real venue.
    Live,
    /// Nowhere: no engine runs in this process.
    Research,
}

/// An open position.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PositionView {
    /// In what.
    pub symbol: String,
    /// `long` or `short`.
    pub side: String,
    /// How much, in base units.
    pub qty: String,
    /// The average price it was opened at.
    pub entry_price: f64,
    /// The last price; null before the first.
    pub last_price: Option<f64>,
    /// What closing it would gain, before fees, in quote.
    pub unrealised_pnl: Option<f64>,
    /// The same in percent of what was entered.
    pub return_pct: Option<f64>,
    /// When it was opened.
    pub opened_at: Option<i64>,
    /// The decision that opened it; null for what we did not open.
    pub decision: Option<u64>,
    /// Where its stop stands.
    pub stop: Option<f64>,
    /// Where its target stands.
    pub target: Option<f64>,
}

/// Open positions.
#[derive(Debug, Clone, PartialEq, Default, Serialize, ToSchema)]
pub struct PositionsData {
    /// All of them.
    pub positions: Vec<PositionView>,
}

/// An order of unknown fate.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct UnknownView {
    /// Its name.
    pub client_order_id: String,
    /// Of what.
    pub symbol: String,
    /// For so long, in the market's seconds.
    pub seconds: f64,
}

/// Alerts that hold, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct AlertCounts {
    /// Somebody must look now.
    pub red: usize,
    /// Somebody should look.
    pub yellow: usize,
    /// Worth knowing.
    pub info: usize,
}

/// How the engine stands. Figures and alerts have topics of their own.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BoardView {
    /// The session's name.
    pub session: String,
    /// The process.
    pub pid: u32,
    /// Where the market is.
    pub venue: String,
    /// Where orders go.
    pub mode: Mode,
    /// Whether orders go to the paper broker.
    pub paper: bool,
    /// When it started, by our clock.
    pub started_at: i64,
    /// When this was made, by our clock.
    pub updated_at: i64,
    /// The market's clock; null before the first event.
    pub market_time: Option<i64>,
    /// What everything is paid with.
    pub currency: String,
    /// What the account is worth; null before the first price.
    pub equity: Option<f64>,
    /// Cash.
    pub cash: f64,
    /// What the market's UTC day has brought, open positions included, after fees paid.
    pub day_pnl: Option<f64>,
    /// How far equity is below its peak, in percent.
    pub drawdown_pct: f64,
    /// Open positions.
    pub positions: Vec<PositionView>,
    /// Orders that are not done.
    pub open_orders: usize,
    /// Orders that have been sent and not answered for.
    pub on_the_way: usize,
    /// Orders of unknown fate.
    pub unknown: Vec<UnknownView>,
    /// Why risk has halted entries.
    pub halts: Vec<String>,
    /// The last price of each symbol that has one.
    pub last_prices: BTreeMap<String, f64>,
    /// Alerts that hold.
    pub alerts: AlertCounts,
    /// Why an operator forbids entries; null where he does not.
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
    /// Trades that came after their bar had closed.
    pub late_trades: u64,
    /// From taking an event to the end of what follows from it.
    pub decision_latency: LatencyView,
    /// How long it took to learn what had happened at the venue while nobody looked; null on paper.
    pub recovery_ms: Option<f64>,
    /// How the feed is; null before it has started.
    pub feed: Option<FeedState>,
}

impl PositionView {
    pub(crate) fn of(position: &Position) -> Self {
        let side = match position.side {
            PositionSide::Long => "long",
            PositionSide::Short => "short",
        };
        let sign = position.side.sign();
        Self {
            symbol: position.symbol.to_string(),
            side: side.to_owned(),
            qty: position.qty.clone(),
            entry_price: position.entry_price,
            last_price: position.last_price,
            unrealised_pnl: position.unrealised_pnl,
            return_pct: position.last_price.map(|price| (price / position.entry_price - 1.0) * sign * 100.0),
            opened_at: position.opened_at.map(Timestamp::as_millis),
            decision: position.decision,
            stop: position.stop,
            target: position.target,
        }
    }
}

impl AlertCounts {
    fn of(alerts: &[Alert]) -> Self {
        let count = |severity| alerts.iter().filter(|alert| alert.severity == severity).count();
        Self { red: count(Severity::Red), yellow: count(Severity::Yellow), info: count(Severity::Info) }
    }
}

impl Mode {
    /// Where the orders of an engine go.
    pub(crate) fn of(venue: &str, paper: bool) -> Self {
        if venue == mem_venue::sim::market::MarketConfig::venue().as_str() {
            Self::Simulated
        } else if paper {
            Self::Paper
        } else {
            Self::Live
        }
    }
}

impl BoardView {
    pub(crate) fn of(board: &Board, mode: Mode) -> Self {
        let unknown = board.unknown.iter().map(|order| UnknownView {
            client_order_id: order.client_order_id.to_string(),
            symbol: order.symbol.to_string(),
            seconds: order.seconds,
        });
        Self {
            session: board.session.clone(),
            pid: board.pid,
            venue: board.venue.clone(),
            mode,
            paper: board.paper,
            started_at: board.started_at.as_millis(),
            updated_at: board.updated_at.as_millis(),
            market_time: board.market_time.map(Timestamp::as_millis),
            currency: board.currency.clone(),
            equity: board.equity,
            cash: board.cash,
            day_pnl: board.day_pnl,
            drawdown_pct: board.drawdown_pct,
            positions: board.positions.iter().map(PositionView::of).collect(),
            open_orders: board.open_orders,
            on_the_way: board.on_the_way,
            unknown: unknown.collect(),
            halts: board.halts.clone(),
            last_prices: board.last_prices.iter().map(|(symbol, price)| (symbol.to_string(), *price)).collect(),
            alerts: AlertCounts::of(&board.alerts),
            kill_switch: board.kill_switch.clone(),
            ledger_entries: board.ledger_entries,
            balanced: board.balanced,
            decisions: board.decisions,
            events: board.events,
            queue: board.queue,
            late_trades: board.late_trades,
            decision_latency: board.decision_latency.into(),
            recovery_ms: board.recovery_ms,
            feed: board.feed.as_ref().map(|feed| FeedState::of(feed, board.updated_at)),
        }
    }
}
