//! What was seen of the system at one moment. What was not looked at is absent, and neither raises nor recovers anything.

use std::collections::BTreeMap;

use mem_types::Symbol;
use serde::{Deserialize, Serialize};

use super::{AlertKind, Severity};
use crate::rolling::Figures;

/// What was seen at one moment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Observations {
    /// How trading goes.
    pub performance: Option<Performance>,
    /// Feeds that were looked at.
    pub feeds: Vec<FeedSeen>,
    /// The kill switch.
    pub kill_switch: Option<KillSwitchSeen>,
    /// All halts of trading that hold: one that is not among them is over.
    pub halts: Option<Vec<HaltSeen>>,
    /// Last prices. What is not finite counts as not seen.
    pub prices: BTreeMap<Symbol, f64>,
    /// The disk that holds the data.
    pub disk: Option<DiskSeen>,
    /// The venue's clock minus ours, in milliseconds.
    pub clock_offset_ms: Option<f64>,
    /// All orders of which nobody knows what became of them.
    pub unknown_orders: Option<Vec<UnknownOrder>>,
    /// All differences between the ledger and the venue.
    pub book_differences: Option<Vec<BookDifference>>,
    /// Everything that is to be told of models: what is not among it is over.
    pub models: Option<Vec<ModelSeen>>,
}

/// Something that is to be told of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSeen {
    /// One of the kinds of alerts about models.
    pub kind: AlertKind,
    /// How bad it is.
    pub severity: Severity,
    /// Which model, or which model in which market.
    pub subject: String,
    /// What, in plain English.
    pub message: String,
}

/// How trading goes: what alerts need of [`Figures`].
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Performance {
    /// How many of the newest trades the next two are about.
    pub trades: usize,
    /// In percent.
    pub win_rate: Option<f64>,
    /// `None` where nothing was lost.
    pub profit_factor: Option<f64>,
    /// How far equity is below its peak, in percent.
    pub drawdown_pct: Option<f64>,
    /// Losing trades in a row up to the newest.
    pub losing_streak: u32,
}

impl From<&Figures> for Performance {
    /// Win rate and profit factor of the newest trades, drawdown from the highest equity ever.
    fn from(figures: &Figures) -> Self {
        Self {
            trades: figures.recent.trades,
            win_rate: figures.recent.win_rate,
            profit_factor: figures.recent.profit_factor,
            drawdown_pct: figures.total.drawdown,
            losing_streak: figures.total.losing_streak,
        }
    }
}

/// How well a feed is, in the words of its health.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedStatus {
    /// Everything comes by WebSocket, nothing is missing.
    Healthy,
    /// Data comes, but by REST, or something is being filled in.
    Degraded,
    /// No data comes.
    Unhealthy,
}

/// Where a feed's data comes from, in the words of its health.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedMode {
    /// The stream.
    Websocket,
    /// Requests, since the stream is down.
    Rest,
    /// Nowhere.
    Disconnected,
}

/// A feed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedSeen {
    /// Its name: the venue.
    pub name: String,
    /// How well it is.
    pub status: FeedStatus,
    /// Where its data comes from.
    pub mode: FeedMode,
    /// Whether it has stopped trying to connect for a while.
    pub breaker_open: bool,
    /// How long ago it last brought anything, in seconds; `None` before the first.
    pub age_s: Option<f64>,
}

/// The kill switch.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct KillSwitchSeen {
    /// Whether it is pulled.
    pub pulled: bool,
    /// Why, in the words of whoever pulled it.
    pub reason: String,
}

/// A halt of trading by risk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HaltSeen {
    /// What is halted: a symbol, or empty for everything.
    pub subject: String,
    /// Why.
    pub reason: String,
}

/// A disk.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DiskSeen {
    /// Bytes that are free.
    pub free_bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
}

/// An order of which nobody knows what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnknownOrder {
    /// Our id of it.
    pub client_order_id: String,
    /// What was to be traded.
    pub symbol: Symbol,
    /// For how long, in seconds.
    pub unknown_s: f64,
}

/// A difference between the ledger and the venue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BookDifference {
    /// What differs: an asset or a symbol.
    pub subject: String,
    /// What the ledger says, exactly.
    pub ledger: String,
    /// What the venue says, exactly.
    pub venue: String,
}
