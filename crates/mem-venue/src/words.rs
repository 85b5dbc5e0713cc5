//! What a venue lists, what can be subscribed to, and what a stream says.

use std::fmt;
use std::str::FromStr;

use mem_types::{Bar, Quote, Symbol, Timeframe, Timestamp, Trade};
use serde::{Deserialize, Serialize};

/// What kind of thing is traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstrumentKind {
    /// Bought and sold outright.
    Spot,
    /// A future without expiry, held on margin.
    Perpetual,
}

/// One instrument as a venue lists it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// Its name.
    pub symbol: Symbol,
    /// What is bought, such as `BTC`.
    pub base: String,
    /// What it is paid with, such as `USDT`.
    pub quote: String,
    /// What kind of thing it is.
    pub kind: InstrumentKind,
    /// Prices are multiples of this.
    pub tick_size: f64,
    /// Quantities are multiples of this.
    pub lot_size: f64,
    /// Smallest order, in base units.
    pub min_qty: f64,
    /// Smallest order, in quote currency.
    pub min_notional: f64,
    /// Whether it trades now.
    pub trading: bool,
}

/// One kind of stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// Every trade.
    Trades,
    /// The best bid and ask.
    Quotes,
    /// Candles.
    Bars(Timeframe),
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trades => f.write_str("trades"),
            Self::Quotes => f.write_str("quotes"),
            Self::Bars(timeframe) => write!(f, "bars.{timeframe}"),
        }
    }
}

/// A stream of one symbol, written `trades:BTCUSDT`, `quotes:BTCUSDT` or `bars.1m:BTCUSDT`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Subscription {
    /// What.
    pub channel: Channel,
    /// Of what.
    pub symbol: Symbol,
}

impl Subscription {
    /// `channel` of `symbol`.
    pub fn new(channel: Channel, symbol: Symbol) -> Self {
        Self { channel, symbol }
    }
}

impl fmt::Display for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.channel, self.symbol)
    }
}

/// Why a text names no stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no stream: write trades:SYMBOL, quotes:SYMBOL or bars.TIMEFRAME:SYMBOL")]
pub struct SubscriptionError(pub String);

impl FromStr for Subscription {
    type Err = SubscriptionError;

    fn from_str(text: &str) -> Result<Self, SubscriptionError> {
        let wrong = || SubscriptionError(text.chars().take(80).collect());
        let (channel, symbol) = text.split_once(':').ok_or_else(wrong)?;
        let channel = match channel {
            "trades" => Channel::Trades,
            "quotes" => Channel::Quotes,
            other => {
                let timeframe = other.strip_prefix("bars.").ok_or_else(wrong)?;
                Channel::Bars(timeframe.parse().map_err(|_| wrong())?)
            }
        };
        Ok(Self { channel, symbol: symbol.parse().map_err(|_| wrong())? })
    }
}

impl TryFrom<String> for Subscription {
    type Error = SubscriptionError;

    fn try_from(text: String) -> Result<Self, SubscriptionError> {
        text.parse()
    }
}

impl From<Subscription> for String {
    fn from(subscription: Subscription) -> String {
        subscription.to_string()
    }
}

/// One thing that a frame of a WebSocket says.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamEvent {
    /// A trade. Venues number the trades of a symbol without holes: `trade.id` is how a lost one is noticed.
    Trade {
        /// Of what.
        symbol: Symbol,
        /// The trade.
        trade: Trade,
    },
    /// The best bid and ask changed.
    Quote {
        /// Of what.
        symbol: Symbol,
        /// The new one.
        quote: Quote,
    },
    /// A candle as it stands.
    Bar {
        /// Of what.
        symbol: Symbol,
        /// How long it lasts.
        timeframe: Timeframe,
        /// The candle.
        bar: Bar,
        /// Whether it will not change any more.
        closed: bool,
    },
    /// The number of this frame on its socket, counting up by one, where the venue sends one: how the loss of any frame is
    /// noticed.
    Frame(u64),
    /// The venue is alive. `tails` names the newest thing that each stream has sent (the id of a trade, the open time of
    /// a closed candle in nanoseconds), where the venue says so: how the loss of the last message of a stream is noticed.
    Heartbeat {
        /// The venue's clock.
        at: Timestamp,
        /// The newest of each stream.
        tails: Vec<(Subscription, i64)>,
    },
    /// The answer to the request with this number.
    Answer {
        /// The number.
        id: u64,
        /// Why the venue refused, if it did.
        problem: Option<String>,
    },
    /// The answer to a ping of ours.
    Pong,
}
