//! The client's side of the exchange's own protocol.

use std::time::Duration;

use mem_types::{Aggressor, Bar, Quote, Timestamp, Trade, Venue};
use serde::Deserialize;
use serde_json::json;

use super::market::MarketConfig;
use crate::adapter::{Adapter, BarsPage, Limits, Request, TradesPage, WireError};
use crate::session::sign::{Signer, hmac_sha256_hex, method_name};
use crate::trading::Trading;
use crate::words::{Channel, Listing, StreamEvent, Subscription};

/// The wire format of the simulated exchange.
#[derive(Debug, Clone)]
pub struct SimAdapter {
    venue: Venue,
    limits: Limits,
}

impl SimAdapter {
    /// Data is kept under `simulated`. A socket counts as stalled after `silence` without a heartbeat.
    pub fn new(silence: Duration) -> Self {
        Self {
            venue: MarketConfig::venue(),
            limits: Limits {
                streams_per_socket: 200,
                messages_per_second: 50,
                weight_per_minute: 6_000,
                bars_per_page: super::server::PAGE,
                trades_per_page: super::server::PAGE,
                socket_life: None,
                silence,
            },
        }
    }
}

impl SimAdapter {
    /// The same with other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }
}

impl Default for SimAdapter {
    fn default() -> Self {
        Self::new(Duration::from_secs(1))
    }
}

/// Signs requests to the simulated exchange.
pub struct SimSigner {
    key: String,
    secret: String,
}

impl SimSigner {
    /// A signer with this key.
    pub fn new(key: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { key: key.into(), secret: secret.into() }
    }
}

impl std::fmt::Debug for SimSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SimSigner(<redacted>)")
    }
}

impl Signer for SimSigner {
    fn headers(&self, request: &Request, now_ms: i64) -> Vec<(&'static str, String)> {
        let timestamp = now_ms.to_string();
        let parts = [&timestamp, method_name(request.method), &request.path, &request.body];
        let sign = hmac_sha256_hex(self.secret.as_bytes(), &parts);
        vec![("x-mem-key", self.key.clone()), ("x-mem-sign", sign), ("x-mem-timestamp", timestamp)]
    }
}

#[derive(Deserialize)]
struct Instruments {
    instruments: Vec<Listing>,
}

#[derive(Deserialize)]
struct Now {
    now: i64,
}

#[derive(Deserialize)]
struct TradeBody<'a> {
    ts: i64,
    id: i64,
    #[serde(borrow)]
    price: &'a str,
    #[serde(borrow)]
    qty: &'a str,
    #[serde(borrow)]
    side: &'a str,
}

#[derive(Deserialize)]
struct BarBody<'a> {
    ts: i64,
    #[serde(borrow)]
    open: &'a str,
    #[serde(borrow)]
    high: &'a str,
    #[serde(borrow)]
    low: &'a str,
    #[serde(borrow)]
    close: &'a str,
    #[serde(borrow)]
    volume: &'a str,
    closed: bool,
}

#[derive(Deserialize)]
struct QuoteBody<'a> {
    ts: i64,
    id: Option<i64>,
    #[serde(borrow)]
    bid: Option<&'a str>,
    #[serde(borrow)]
    bid_qty: Option<&'a str>,
    #[serde(borrow)]
    ask: Option<&'a str>,
    #[serde(borrow)]
    ask_qty: Option<&'a str>,
}

/// What every frame may hold beside its stream's own fields.
#[derive(Deserialize)]
struct Head<'a> {
    n: Option<u64>,
    stream: Option<Subscription>,
    heartbeat: Option<i64>,
    tails: Option<std::collections::BTreeMap<Subscription, i64>>,
    id: Option<serde_json::Value>,
    ok: Option<bool>,
    #[serde(borrow)]
    error: Option<std::borrow::Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

fn number(what: &'static str, text: &str) -> Result<f64, WireError> {
    let value: f64 = text.parse().map_err(|_| WireError::new(what, format!("'{text}' is no number")))?;
    if value.is_finite() { Ok(value) } else { Err(WireError::new(what, format!("{value} is not finite"))) }
}

fn read<'a, T: Deserialize<'a>>(what: &'static str, bytes: &'a [u8]) -> Result<T, WireError> {
    serde_json::from_slice(bytes).map_err(|error| WireError::new(what, error))
}

impl TradeBody<'_> {
    fn trade(&self) -> Result<Trade, WireError> {
        let (price, qty) = (number("trade", self.price)?, number("trade", self.qty)?);
        if price <= 0.0 || qty < 0.0 {
            return Err(WireError::new("trade", format!("price {price}, quantity {qty}")));
        }
        let aggressor = match self.side {
            "buy" => Aggressor::Buy,
            "sell" => Aggressor::Sell,
            "unknown" => Aggressor::Unknown,
            other => return Err(WireError::new("trade", format!("side '{other}'"))),
        };
        let ts_venue = Timestamp::from_nanos(self.ts);
        Ok(Trade { ts_venue, ts_local: None, id: Some(self.id), price, qty, aggressor })
    }
}

impl BarBody<'_> {
    fn bar(&self) -> Result<Bar, WireError> {
        let bar = Bar {
            ts: Timestamp::from_nanos(self.ts),
            open: number("bar", self.open)?,
            high: number("bar", self.high)?,
            low: number("bar", self.low)?,
            close: number("bar", self.close)?,
            volume: number("bar", self.volume)?,
        };
        bar.check().map_err(|fault| WireError::new("bar", fault))?;
        Ok(bar)
    }
}

impl QuoteBody<'_> {
    fn quote(&self) -> Result<Quote, WireError> {
        let level = |price: Option<&str>, qty: Option<&str>| -> Result<Option<(f64, Option<f64>)>, WireError> {
            let Some(price) = price else { return Ok(None) };
            let qty = qty.map(|qty| number("quote", qty)).transpose()?;
            Ok(Some((number("quote", price)?, qty)))
        };
        Ok(Quote {
            ts_venue: Timestamp::from_nanos(self.ts),
            ts_local: None,
            id: self.id,
            bid: level(self.bid, self.bid_qty)?,
            ask: level(self.ask, self.ask_qty)?,
        })
    }
}

impl Adapter for SimAdapter {
    fn venue(&self) -> &Venue {
        &self.venue
    }

    fn limits(&self) -> &Limits {
        &self.limits
    }

    fn instruments(&self) -> Request {
        Request::get("/api/v1/instruments", 1)
    }

    fn read_instruments(&self, body: &[u8]) -> Result<Vec<Listing>, WireError> {
        Ok(read::<Instruments>("instruments", body)?.instruments)
    }

    fn bars(&self, page: &BarsPage) -> Option<Request> {
        let BarsPage { symbol, timeframe, from, to, limit } = page;
        let (from, to) = (from.as_nanos(), to.as_nanos());
        let path = format!("/api/v1/bars?symbol={symbol}&timeframe={timeframe}&from={from}&to={to}&limit={limit}");
        Some(Request::get(path, 1))
    }

    fn read_bars(&self, _page: &BarsPage, body: &[u8]) -> Result<Vec<Bar>, WireError> {
        read::<Vec<BarBody<'_>>>("bars", body)?.iter().map(BarBody::bar).collect()
    }

    fn trades(&self, page: &TradesPage) -> Request {
        let from = page.from_id.map(|id| format!("&from_id={id}")).unwrap_or_default();
        Request::get(format!("/api/v1/trades?symbol={}&limit={}{from}", page.symbol, page.limit), 1)
    }

    fn read_trades(&self, _page: &TradesPage, body: &[u8]) -> Result<Vec<Trade>, WireError> {
        read::<Vec<TradeBody<'_>>>("trades", body)?.iter().map(TradeBody::trade).collect()
    }

    fn time(&self) -> Request {
        Request::get("/api/v1/time", 1)
    }

    fn read_time(&self, body: &[u8]) -> Result<Timestamp, WireError> {
        Ok(Timestamp::from_nanos(read::<Now>("time", body)?.now))
    }

    fn socket_path(&self, _channel: Channel) -> String {
        "/ws".to_owned()
    }

    fn subscribe(&self, id: u64, streams: &[Subscription]) -> Vec<String> {
        vec![json!({"id": id, "op": "subscribe", "streams": streams}).to_string()]
    }

    fn ping(&self, id: u64) -> Option<String> {
        Some(json!({"id": id, "op": "ping"}).to_string())
    }

    fn read_frame(&self, frame: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), WireError> {
        let head: Head<'_> = read("frame", frame)?;
        events.extend(head.n.map(StreamEvent::Frame));
        if let Some(at) = head.heartbeat {
            let tails = head.tails.unwrap_or_default().into_iter().collect();
            events.push(StreamEvent::Heartbeat { at: Timestamp::from_nanos(at), tails });
        } else if let Some(Subscription { channel, symbol }) = head.stream {
            events.push(match channel {
                Channel::Trades => {
                    StreamEvent::Trade { symbol, trade: read::<TradeBody<'_>>("trade", frame)?.trade()? }
                }
                Channel::Quotes => {
                    StreamEvent::Quote { symbol, quote: read::<QuoteBody<'_>>("quote", frame)?.quote()? }
                }
                Channel::Bars(timeframe) => {
                    let body: BarBody<'_> = read("bar", frame)?;
                    StreamEvent::Bar { symbol, timeframe, bar: body.bar()?, closed: body.closed }
                }
            });
        } else if let Some(ok) = head.ok {
            let id = head.id.and_then(|id| id.as_u64()).unwrap_or(0);
            let problem = (!ok).then(|| head.error.map_or_else(|| "refused".to_owned(), std::borrow::Cow::into_owned));
            events.push(StreamEvent::Answer { id, problem });
        } else {
            return Err(WireError::new("frame", "neither a stream, a heartbeat nor an answer"));
        }
        Ok(())
    }

    fn trading(&self) -> Option<&dyn Trading> {
        Some(self)
    }

    fn read_refusal(&self, body: &[u8]) -> String {
        match read::<Refusal>("refusal", body) {
            Ok(refusal) => refusal.error,
            Err(_) => String::from_utf8_lossy(body).chars().filter(|c| !c.is_control()).take(200).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::native::Native;
    use crate::sim::view::{Dialect, TapeBar, TapeEvent};
    use mem_types::{Symbol, Timeframe};
    use proptest::prelude::*;

    fn heard(stream: &str, event: &TapeEvent) -> StreamEvent {
        let stream: Subscription = stream.parse().unwrap();
        let frame = Native.numbered(Native.event(&stream, event, Timestamp::from_nanos(0)), 7);
        let mut events = Vec::new();
        SimAdapter::default().read_frame(frame.as_bytes(), &mut events).unwrap();
        assert_eq!(events[0], StreamEvent::Frame(7));
        events.remove(1)
    }

    proptest! {
        #[test]
        fn what_the_exchange_says_is_what_the_client_reads(
            ts in any::<i64>(), id in any::<i64>(), price in 1e-8_f64..1e12, qty in 0.0_f64..1e12,
            side in prop::sample::select(vec![Aggressor::Buy, Aggressor::Sell, Aggressor::Unknown]),
            bid in prop::option::of((1e-8_f64..1e9, prop::option::of(0.0_f64..1e9))),
        ) {
            let symbol: Symbol = "BTCUSDT".parse().unwrap();
            let ts_venue = Timestamp::from_nanos(ts);
            let trade = Trade { ts_venue, ts_local: None, id: Some(id), price, qty, aggressor: side };
            prop_assert_eq!(
                heard("trades:BTCUSDT", &TapeEvent::Trade(symbol.clone(), trade.clone())),
                StreamEvent::Trade { symbol: symbol.clone(), trade }
            );
            let quote = Quote { ts_venue, ts_local: None, id: Some(id), bid, ask: None };
            prop_assert_eq!(
                heard("quotes:BTCUSDT", &TapeEvent::Quote(symbol.clone(), quote.clone())),
                StreamEvent::Quote { symbol: symbol.clone(), quote }
            );
            let bar = Bar { ts: ts_venue, open: price, high: price, low: price, close: price, volume: qty };
            let tape_bar = TapeBar { bar, trades: 3, value: 0.0, taker_buy_volume: 0.0, ids: None, closed: true };
            prop_assert_eq!(
                heard("bars.1h:BTCUSDT", &TapeEvent::Bar(symbol.clone(), Timeframe::H1, tape_bar)),
                StreamEvent::Bar { symbol, timeframe: Timeframe::H1, bar, closed: true }
            );
        }

        #[test]
        fn no_frame_makes_it_panic(frame in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = SimAdapter::default().read_frame(&frame, &mut Vec::new());
        }
    }

    #[test]
    fn heartbeats_and_answers_are_read() {
        let adapter = SimAdapter::default();
        let stream: Subscription = "trades:BTCUSDT".parse().unwrap();
        let mut events = Vec::new();
        let text = Native.heartbeat(Timestamp::from_nanos(5), &[(stream.clone(), 9)]).unwrap();
        adapter.read_frame(text.as_bytes(), &mut events).unwrap();
        let refused = Native.answer(&json!(4), None, Err("no instrument X"));
        adapter.read_frame(refused.as_bytes(), &mut events).unwrap();
        assert_eq!(
            events,
            [
                StreamEvent::Heartbeat { at: Timestamp::from_nanos(5), tails: vec![(stream, 9)] },
                StreamEvent::Answer { id: 4, problem: Some("no instrument X".to_owned()) },
            ]
        );
        for cut in ["", "{", "{\"stream\":\"trades:BTC", "[]", "{\"n\":1}", "{\"stream\":\"trades:X\",\"ts\":1}"] {
            assert!(adapter.read_frame(cut.as_bytes(), &mut Vec::new()).is_err(), "{cut}");
        }
    }
}
