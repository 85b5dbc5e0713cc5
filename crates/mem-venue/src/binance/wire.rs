//! Binance's JSON as it is written. Texts are borrowed wherever they hold no escapes.

use std::borrow::Cow;
use std::fmt;

use mem_types::{Aggressor, Bar, Symbol, Timeframe, Timestamp, Trade};
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::number;

/// A text that can be borrowed.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// A decimal, written as a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decimal(pub(super) f64);

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        number::decimal(text.0.as_bytes())
            .map(Self)
            .ok_or_else(|| D::Error::custom(format_args!("'{}' is not a decimal", text.0)))
    }
}

/// A time, written as a whole number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time(pub(super) Timestamp);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = i64::deserialize(deserializer)?;
        number::time(value).map(Self).ok_or_else(|| D::Error::custom(format_args!("{value} is not a time")))
    }
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Symbol, D::Error> {
    Text::deserialize(deserializer)?.0.parse().map_err(D::Error::custom)
}

/// What every frame may say at its top: an event's name and its symbol, the envelope of a combined stream ("WebSocket
/// Streams / General information"), or the answer to a request ("Live Subscribing/Unsubscribing to streams").
#[derive(Debug, Deserialize)]
pub(super) struct Head<'a> {
    /// Event type.
    #[serde(borrow)]
    pub(super) e: Option<Text<'a>>,
    /// Order book update of `bookTicker`, which on spot has no event type.
    #[serde(borrow)]
    pub(super) u: Option<&'a RawValue>,
    /// Best bid of `bookTicker`.
    #[serde(borrow, rename = "B")]
    pub(super) bid_qty: Option<&'a RawValue>,
    /// Payload of a combined stream.
    #[serde(borrow)]
    pub(super) data: Option<&'a RawValue>,
    /// Number of the request that is answered.
    pub(super) id: Option<u64>,
    /// Why the request was refused.
    pub(super) error: Option<Refusal<'a>>,
    /// The same, not wrapped.
    pub(super) code: Option<i64>,
    /// The same, not wrapped.
    pub(super) msg: Option<Text<'a>>,
}

/// An error: "Error codes".
#[derive(Debug, Deserialize)]
pub(super) struct Refusal<'a> {
    pub(super) code: i64,
    #[serde(borrow)]
    pub(super) msg: Text<'a>,
}

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.msg.0)
    }
}

/// "Aggregate Trade Streams".
#[derive(Debug, Deserialize)]
pub(super) struct AggTradeFrame {
    #[serde(deserialize_with = "name")]
    s: Symbol,
    a: i64,
    p: Decimal,
    q: Decimal,
    #[serde(rename = "T")]
    time: Time,
    m: bool,
}

/// "Trade Streams".
#[derive(Debug, Deserialize)]
pub(super) struct TradeFrame {
    #[serde(deserialize_with = "name")]
    s: Symbol,
    t: i64,
    p: Decimal,
    q: Decimal,
    #[serde(rename = "T")]
    time: Time,
    m: bool,
}

/// "Compressed/Aggregate trades list", "Recent trades list" and "Old trade lookup", which tell the same in other words.
#[derive(Debug, Deserialize)]
pub(super) struct TradeRow {
    #[serde(alias = "a")]
    pub(super) id: i64,
    #[serde(alias = "p")]
    price: Decimal,
    #[serde(alias = "q")]
    qty: Decimal,
    #[serde(alias = "T")]
    time: Time,
    #[serde(rename = "isBuyerMaker", alias = "m")]
    buyer_is_maker: bool,
}

/// A trade; `None` for what Binance sends in the place of one: price and quantity zero (an insurance fund's fill on
/// futures, a trade that was taken back on spot).
///
/// # Errors
/// A negative price or quantity.
pub(super) fn trade(
    id: i64,
    price: f64,
    qty: f64,
    time: Timestamp,
    buyer_is_maker: bool,
) -> Result<Option<Trade>, &'static str> {
    if price == 0.0 && qty == 0.0 {
        return Ok(None);
    }
    if price <= 0.0 || qty < 0.0 {
        return Err("price or quantity is not positive");
    }
    let aggressor = if buyer_is_maker { Aggressor::Sell } else { Aggressor::Buy };
    Ok(Some(Trade { ts_venue: time, ts_local: None, id: Some(id), price, qty, aggressor }))
}

impl AggTradeFrame {
    pub(super) fn read(self) -> Result<Option<(Symbol, Trade)>, &'static str> {
        let trade = trade(self.a, self.p.0, self.q.0, self.time.0, self.m)?;
        Ok(trade.map(|trade| (self.s, trade)))
    }
}

impl TradeFrame {
    pub(super) fn read(self) -> Result<Option<(Symbol, Trade)>, &'static str> {
        let trade = trade(self.t, self.p.0, self.q.0, self.time.0, self.m)?;
        Ok(trade.map(|trade| (self.s, trade)))
    }
}

impl TradeRow {
    pub(super) fn read(&self) -> Result<Option<Trade>, &'static str> {
        trade(self.id, self.price.0, self.qty.0, self.time.0, self.buyer_is_maker)
    }
}

/// "Individual Symbol Book Ticker Streams". Futures say when; spot does not.
#[derive(Debug, Deserialize)]
pub(super) struct BookFrame {
    pub(super) u: i64,
    #[serde(deserialize_with = "name")]
    pub(super) s: Symbol,
    pub(super) b: Decimal,
    #[serde(rename = "B")]
    pub(super) bid_qty: Decimal,
    pub(super) a: Decimal,
    #[serde(rename = "A")]
    pub(super) ask_qty: Decimal,
    #[serde(rename = "T")]
    pub(super) time: Option<Time>,
}

/// "Kline/Candlestick Streams".
#[derive(Debug, Deserialize)]
pub(super) struct KlineFrame {
    #[serde(deserialize_with = "name")]
    pub(super) s: Symbol,
    pub(super) k: KlineOfFrame,
}

#[derive(Debug, Deserialize)]
pub(super) struct KlineOfFrame {
    t: Time,
    pub(super) i: Timeframe,
    o: Decimal,
    h: Decimal,
    l: Decimal,
    c: Decimal,
    v: Decimal,
    pub(super) x: bool,
}

impl KlineOfFrame {
    pub(super) fn bar(&self) -> Bar {
        Bar { ts: self.t.0, open: self.o.0, high: self.h.0, low: self.l.0, close: self.c.0, volume: self.v.0 }
    }
}

/// A row of "Kline/Candlestick data": open time, open, high, low, close, volume, and more that is not needed.
#[derive(Debug)]
pub(super) struct KlineRow(pub(super) Bar);

impl<'de> Deserialize<'de> for KlineRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Row;

        impl<'de> Visitor<'de> for Row {
            type Value = KlineRow;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a candle: a list of at least six values")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut row: A) -> Result<KlineRow, A::Error> {
                let Time(ts) = row.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
                let mut value = |at| -> Result<f64, A::Error> {
                    let Decimal(value) = row.next_element()?.ok_or_else(|| A::Error::invalid_length(at, &self))?;
                    Ok(value)
                };
                let (open, high, low, close, volume) = (value(1)?, value(2)?, value(3)?, value(4)?, value(5)?);
                while row.next_element::<IgnoredAny>()?.is_some() {}
                Ok(KlineRow(Bar { ts, open, high, low, close, volume }))
            }
        }

        deserializer.deserialize_seq(Row)
    }
}

/// "Check server time".
#[derive(Debug, Deserialize)]
pub(super) struct ServerTime {
    #[serde(rename = "serverTime")]
    pub(super) time: Time,
}

/// "Exchange information".
#[derive(Debug, Deserialize)]
pub(super) struct ExchangeInfo<'a> {
    #[serde(borrow)]
    pub(super) symbols: Vec<SymbolInfo<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SymbolInfo<'a> {
    #[serde(borrow)]
    pub(super) symbol: Text<'a>,
    #[serde(borrow)]
    pub(super) status: Text<'a>,
    #[serde(borrow)]
    pub(super) base_asset: Text<'a>,
    #[serde(borrow)]
    pub(super) quote_asset: Text<'a>,
    /// Futures only.
    #[serde(borrow)]
    pub(super) contract_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) filters: Vec<Filter<'a>>,
}

/// "Filters". Only the fields that are used, of whichever filter.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Filter<'a> {
    #[serde(borrow)]
    pub(super) filter_type: Text<'a>,
    pub(super) tick_size: Option<Decimal>,
    pub(super) step_size: Option<Decimal>,
    pub(super) min_qty: Option<Decimal>,
    /// Spot.
    pub(super) min_notional: Option<Decimal>,
    /// Futures.
    pub(super) notional: Option<Decimal>,
}
