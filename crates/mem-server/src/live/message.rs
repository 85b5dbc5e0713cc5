//! What goes over a WebSocket, both ways.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::alert::AlertsData;
use super::view::board::{BoardView, Mode, PositionsData};
use super::view::figures::MetricsData;
use super::view::health::HealthView;
use super::view::log::LogsData;
use super::view::market::{BarsData, PricesData, QuoteData, TradesData};
use super::view::order::{FillsData, OrdersData};
use super::view::signal::SignalsData;
use super::view::trade::ClosedData;

/// What can be subscribed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// How the engine stands.
    Status,
    /// Trades of a market.
    Trades,
    /// Bid and ask of a market.
    Quotes,
    /// Bars of a market, the open one too.
    Bars,
    /// Last prices of all markets.
    Prices,
    /// What strategies wanted.
    Signals,
    /// Orders.
    Orders,
    /// Fills.
    Fills,
    /// Open positions.
    Positions,
    /// Round trips that are over.
    Closed,
    /// Rolling figures and equity.
    Metrics,
    /// Alerts.
    Alerts,
    /// Lines of the log.
    Logs,
    /// How process and machine are.
    Health,
    /// Which settings are in force.
    Config,
    /// How often something has happened to models.
    Models,
}

/// A topic, or a topic of one symbol.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Which.
    pub topic: Topic,
    /// Of which symbol; all of them where it is left out. Topics of no symbol take no notice of it.
    #[serde(default)]
    pub symbol: Option<String>,
}

/// What a page says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// Send these from now on, each with a snapshot first.
    Subscribe {
        /// What.
        topics: Vec<Wanted>,
    },
    /// Do not send these any more.
    Unsubscribe {
        /// What.
        topics: Vec<Wanted>,
    },
    /// Answer.
    Ping,
}

/// The version of settings in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConfigData {
    /// Counts up with every change.
    pub version: u64,
    /// The sections that changed last.
    pub changed: Vec<String>,
}

/// How often something has happened to models since the server began to listen: whoever shows them asks again when it grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct ModelsData {
    /// Predictions whose truth has become known.
    pub resolved: u64,
    /// How a rollout stands was told, or a model has come further or was taken back.
    pub steps: u64,
    /// Features or predictions were compared with what they had been.
    pub compared: u64,
}

/// What a topic carries.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(tag = "topic", content = "data", rename_all = "snake_case")]
pub enum Payload {
    /// How the engine stands, whole.
    Status(Box<BoardView>),
    /// Trades of a market.
    Trades(TradesData),
    /// Bid and ask of a market.
    Quotes(QuoteData),
    /// Bars of a market.
    Bars(BarsData),
    /// Last prices.
    Prices(PricesData),
    /// What strategies wanted.
    Signals(SignalsData),
    /// Orders.
    Orders(OrdersData),
    /// Fills.
    Fills(FillsData),
    /// Open positions, whole.
    Positions(PositionsData),
    /// Round trips that are over.
    Closed(ClosedData),
    /// Rolling figures and equity.
    Metrics(Box<MetricsData>),
    /// Alerts that hold, whole.
    Alerts(AlertsData),
    /// Lines of the log.
    Logs(LogsData),
    /// How process and machine are, whole.
    Health(Box<HealthView>),
    /// Which settings are in force.
    Config(ConfigData),
    /// How often something has happened to models.
    Models(ModelsData),
}

/// A piece of a stream. A stream is a topic, or a topic of one symbol.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Frame {
    /// Of which symbol; null for topics of no symbol.
    pub symbol: Option<String>,
    /// Counts up by one with every delta of the stream; a snapshot has the number of the last delta in it.
    pub seq: u64,
    /// Topic and data.
    #[serde(flatten)]
    pub payload: Payload,
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The first message.
    Hello {
        /// The program's version.
        version: String,
        /// The engine's session; null without one.
        session: Option<String>,
        /// Where orders go.
        mode: Mode,
        /// The market's clock.
        market_time: Option<i64>,
        /// Our clock.
        time: i64,
        /// Events are gathered for so long.
        flush_ms: u64,
        /// What can be subscribed to by symbol.
        symbols: Vec<String>,
    },
    /// A stream as it stands.
    Snapshot(Frame),
    /// What has changed.
    Delta(Frame),
    /// The client is too slow: frames were left out. Snapshots of all it has subscribed to follow.
    Skipped {
        /// How many.
        count: u64,
    },
    /// The answer to a ping.
    Pong {
        /// Our clock.
        time: i64,
    },
    /// What the client said cannot be done.
    Error {
        /// Why.
        message: String,
    },
}
