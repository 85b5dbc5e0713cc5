//! What the loop is told, in the order in which it is told. A journal of these is enough to do it all again.

use mem_types::{Asset, Bar, ClientOrderId, Fill, OrderState, Symbol, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Something that happened. Markets are named by their position in the configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A closed bar of the past, of the strategy's own kind: warms up, is not traded on.
    History {
        /// Whose.
        market: u16,
        /// The bar.
        #[serde(with = "bar_fields")]
        bar: Bar,
    },
    /// A candle has closed.
    Bar {
        /// Whose.
        market: u16,
        /// The candle.
        #[serde(with = "bar_fields")]
        bar: Bar,
    },
    /// A trade was printed.
    Trade {
        /// Whose.
        market: u16,
        /// When, by the venue's clock.
        ts: Timestamp,
        /// At what price.
        price: f64,
        /// How much.
        qty: f64,
    },
    /// Bid or ask changed.
    Quote {
        /// Whose.
        market: u16,
        /// When, by the venue's clock.
        ts: Timestamp,
        /// Best bid.
        bid: f64,
        /// Best ask.
        ask: f64,
    },
    /// A text has come, with its score.
    Text(TextScore),
    /// Time has passed.
    Time,
    /// The venue of the orders has spoken.
    Venue(VenueNews),
    /// An operator has spoken.
    Operator(Operator),
}

impl Event {
    /// The market that it is of; `None` for what concerns them all.
    pub fn market(&self) -> Option<u16> {
        match self {
            Self::History { market, .. }
            | Self::Bar { market, .. }
            | Self::Trade { market, .. }
            | Self::Quote { market, .. } => Some(*market),
            Self::Text(_) | Self::Time | Self::Venue(_) | Self::Operator(_) => None,
        }
    }
}

/// The score of a text that is on record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextScore {
    /// Its number in the records.
    pub id: i64,
    /// About what; `None` for the market as a whole.
    pub symbol: Option<Symbol>,
    /// What kind of source it comes from, as in `news`.
    pub source: String,
    /// When it was known, by the records.
    pub known_at: Timestamp,
    /// -1 to 1.
    pub score: f64,
}

/// News of our orders and our account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum VenueNews {
    /// An order as it stands there.
    Order(Box<OrderState>),
    /// A fill.
    Fill(Box<Fill>),
    /// It was refused, or could not be sent: it does not exist there.
    Refused {
        /// Which.
        id: ClientOrderId,
        /// Why.
        why: String,
    },
    /// It was sent and no answer came.
    Lost {
        /// Which.
        id: ClientOrderId,
    },
    /// The account as it stands there, when nothing of ours was on its way.
    Account {
        /// What it owns of each asset, locked amounts included.
        balances: Vec<(Asset, Decimal)>,
    },
}

/// What an operator can say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Operator {
    /// No entries any more, or entries again.
    KillSwitch {
        /// Why; `None` for off.
        reason: Option<String>,
    },
    /// Close every position at the market.
    Flatten,
    /// Forget the peak that the drawdown is measured from.
    ResetDrawdown,
    /// Other limits.
    Risk(Box<mem_trade::risk::RiskConfig>),
}

/// An event and when it came, by our clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stamped {
    /// By our clock.
    #[serde(rename = "received")]
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// Bars as rows of numbers: time in nanoseconds, open, high, low, close, volume (null where unknown).
mod bar_fields {
    use mem_types::{Bar, Timestamp};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    type Row = (i64, f64, f64, f64, f64, Option<f64>);

    pub(super) fn serialize<S: Serializer>(bar: &Bar, serializer: S) -> Result<S::Ok, S::Error> {
        let volume = (!bar.volume.is_nan()).then_some(bar.volume);
        let row: Row = (bar.ts.as_nanos(), bar.open, bar.high, bar.low, bar.close, volume);
        row.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bar, D::Error> {
        let (ts, open, high, low, close, volume) = Row::deserialize(deserializer)?;
        let bar = Bar { ts: Timestamp::from_nanos(ts), open, high, low, close, volume: volume.unwrap_or(f64::NAN) };
        bar.check().map_err(serde::de::Error::custom)?;
        Ok(bar)
    }
}
