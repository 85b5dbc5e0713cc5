//! WebSocket streams: "WebSocket Streams" (spot), "Websocket Market Streams" (futures).

use std::sync::OnceLock;

use mem_types::{Aggressor, Quote, Symbol, Timeframe, Timestamp, Trade};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::binance::{Market, stream};
use crate::sim::view::{ClientOp, Dialect, TapeBar, TapeEvent};
use crate::words::{Channel, Subscription};

/// Binance on one WebSocket. A value serves one connection, because it remembers what that connection calls its trades:
/// `@aggTrade` or `@trade` are one [`Channel`], and the first that is asked for stands. Asking for the other one later
/// is refused.
///
/// A stream that the exchange has not is refused; Binance would take it and never send anything.
#[derive(Debug)]
pub struct BinanceDialect {
    market: Market,
    combined: bool,
    trades: OnceLock<TradeStream>,
}

/// What a connection calls its trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TradeStream {
    Aggregate,
    Single,
}

impl BinanceDialect {
    /// A new connection; `combined` when its path is [`stream::COMBINED_PATH`]: events then come in an envelope that
    /// names their stream.
    pub fn new(market: Market, combined: bool) -> Self {
        Self { market, combined, trades: OnceLock::new() }
    }

    /// The streams that the URL of a connection names: `/ws/btcusdt@trade/ethusdt@kline_1m` or
    /// `/stream?streams=btcusdt@trade/ethusdt@kline_1m`, on futures also below [`stream::MARKET_ROUTE`] and
    /// [`stream::PUBLIC_ROUTE`], which all carry everything here. None for one that names none.
    ///
    /// # Errors
    /// A stream that there is not.
    pub fn streams_of(&self, path: &str) -> Result<Vec<Subscription>, String> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path = [stream::MARKET_ROUTE, stream::PUBLIC_ROUTE]
            .iter()
            .find_map(|route| path.strip_prefix(route))
            .unwrap_or(path);
        let of_query = query.split('&').find_map(|pair| pair.strip_prefix("streams="));
        let names = of_query.or_else(|| path.strip_prefix(stream::RAW_PATH)).unwrap_or("");
        names.split('/').filter(|name| !name.is_empty()).map(|name| self.stream(&name.replace("%40", "@"))).collect()
    }

    fn stream(&self, name: &str) -> Result<Subscription, String> {
        let unknown = || format!("unknown stream '{}'", name.chars().take(60).collect::<String>());
        let (symbol, kind) = name.split_once('@').ok_or_else(unknown)?;
        // "All symbols for streams are lowercase."
        let lower = !symbol.contains(|c: char| c.is_ascii_uppercase());
        let symbol = symbol.parse().ok().filter(|_| lower).ok_or_else(unknown)?;
        let channel = match kind {
            "aggTrade" => self.trades(TradeStream::Aggregate)?,
            "trade" => self.trades(TradeStream::Single)?,
            "bookTicker" => Channel::Quotes,
            _ => {
                let interval = kind.strip_prefix("kline_").ok_or_else(unknown)?;
                let timeframe: Timeframe = interval.parse().map_err(|_| unknown())?;
                let known = self.market.interval(timeframe).as_deref() == Some(interval);
                known.then_some(Channel::Bars(timeframe)).ok_or_else(unknown)?
            }
        };
        Ok(Subscription::new(channel, symbol))
    }

    fn trades(&self, asked: TradeStream) -> Result<Channel, String> {
        if *self.trades.get_or_init(|| asked) == asked {
            return Ok(Channel::Trades);
        }
        Err("a connection has either @trade or @aggTrade".to_owned())
    }

    fn name(&self, subscription: &Subscription) -> String {
        match (subscription.channel, self.trades.get()) {
            (Channel::Trades, Some(TradeStream::Single)) => {
                format!("{}@trade", subscription.symbol.as_str().to_ascii_lowercase())
            }
            _ => stream::name(subscription),
        }
    }

    /// "Aggregate Trade Streams" and "Trade Streams".
    fn trade(&self, symbol: &Symbol, trade: &Trade, now: i64) -> String {
        let id = trade.id.unwrap_or_default();
        let (price, qty, time) = (trade.price, trade.qty, trade.ts_venue.as_millis());
        let maker = buyer_is_maker(trade);
        match (self.trades.get(), self.market) {
            (Some(TradeStream::Single), Market::Spot) => format!(
                r#"{{"e":"trade","E":{now},"s":"{symbol}","t":{id},"p":"{price}","q":"{qty}","T":{time},"m":{maker},"M":true}}"#
            ),
            (Some(TradeStream::Single), Market::UsdM) => format!(
                r#"{{"e":"trade","E":{now},"T":{time},"s":"{symbol}","t":{id},"p":"{price}","q":"{qty}","X":"MARKET","m":{maker}}}"#
            ),
            (_, Market::Spot) => format!(
                r#"{{"e":"aggTrade","E":{now},"s":"{symbol}","a":{id},"p":"{price}","q":"{qty}","f":{id},"l":{id},"T":{time},"m":{maker},"M":true}}"#
            ),
            (_, Market::UsdM) => format!(
                r#"{{"e":"aggTrade","E":{now},"a":{id},"s":"{symbol}","p":"{price}","q":"{qty}","f":{id},"l":{id},"T":{time},"m":{maker}}}"#
            ),
        }
    }
}

/// Binance says of every trade who took: of one where that is unknown, the buyer.
pub(super) fn buyer_is_maker(trade: &Trade) -> bool {
    trade.aggressor == Aggressor::Sell
}

/// "Individual Symbol Book Ticker Streams". Spot sends no times; ours come on both markets, so that a quote can be told
/// from an old one, and clients that know no times pass over them.
fn book(symbol: &Symbol, quote: &Quote, now: i64) -> String {
    let ((bid, bid_qty), (ask, ask_qty)) = (side(quote.bid), side(quote.ask));
    let (id, time) = (quote.id.unwrap_or_default(), quote.ts_venue.as_millis());
    format!(
        r#"{{"e":"bookTicker","u":{id},"s":"{symbol}","b":"{bid}","B":"{bid_qty}","a":"{ask}","A":"{ask_qty}","T":{time},"E":{now}}}"#
    )
}

/// Price and quantity of a side, zeros where nothing is quoted.
pub(super) fn side(quoted: Option<(f64, Option<f64>)>) -> (f64, f64) {
    quoted.map_or((0.0, 0.0), |(price, qty)| (price, qty.unwrap_or(0.0)))
}

/// "Kline/Candlestick Streams".
fn kline(symbol: &Symbol, timeframe: Timeframe, tape: &TapeBar, now: i64) -> String {
    let TapeBar { bar, trades, value, taker_buy_volume, closed, .. } = tape;
    let (open_ms, close_ms) = (bar.ts.as_millis(), timeframe.close_of(bar.ts).as_millis() - 1);
    let (first, last) = tape.ids.unwrap_or((-1, -1));
    let buy_value = taker_buy_value(tape);
    format!(
        r#"{{"e":"kline","E":{now},"s":"{symbol}","k":{{"t":{open_ms},"T":{close_ms},"s":"{symbol}","i":"{timeframe}","f":{first},"L":{last},"o":"{}","c":"{}","h":"{}","l":"{}","v":"{}","n":{trades},"x":{closed},"q":"{value}","V":"{taker_buy_volume}","Q":"{buy_value}","B":"0"}}}}"#,
        bar.open, bar.close, bar.high, bar.low, bar.volume,
    )
}

/// What buyers who took paid, at the candle's average price: the exchange keeps only their volume.
pub(super) fn taker_buy_value(tape: &TapeBar) -> f64 {
    if tape.bar.volume > 0.0 { tape.value * (tape.taker_buy_volume / tape.bar.volume) } else { 0.0 }
}

/// A request: "Live Subscribing/Unsubscribing to streams".
#[derive(Debug, Deserialize)]
struct Request {
    method: String,
    #[serde(default)]
    params: Vec<String>,
    id: Value,
}

/// "Error Messages" of the same section.
fn refusal(id: &Value, code: i64, msg: &str) -> String {
    json!({ "error": { "code": code, "msg": msg }, "id": id }).to_string()
}

impl Dialect for BinanceDialect {
    fn read(&self, frame: &str) -> Result<(Value, ClientOp), String> {
        let value: Value =
            serde_json::from_str(frame).map_err(|error| refusal(&Value::Null, 3, &format!("Invalid JSON: {error}")))?;
        let id = value.get("id").cloned().unwrap_or_default();
        let invalid = |why: &str| refusal(&id, 2, &format!("Invalid request: {why}"));
        let request: Request = serde_json::from_value(value).map_err(|error| invalid(&error.to_string()))?;
        if !(request.id.is_i64() || request.id.is_u64() || request.id.is_string() || request.id.is_null()) {
            return Err(invalid("request ID must be an unsigned integer"));
        }
        let streams = || {
            let streams = request.params.iter().map(|name| self.stream(name));
            streams.collect::<Result<Vec<_>, _>>().map_err(|why| invalid(&why))
        };
        let op = match request.method.as_str() {
            "SUBSCRIBE" => ClientOp::Subscribe(streams()?),
            "UNSUBSCRIBE" => ClientOp::Unsubscribe(streams()?),
            "LIST_SUBSCRIPTIONS" => ClientOp::List,
            other => {
                return Err(invalid(&format!(
                    "unknown variant `{other}`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`"
                )));
            }
        };
        Ok((request.id, op))
    }

    fn answer(&self, id: &Value, op: Option<&ClientOp>, outcome: Result<&[Subscription], &str>) -> String {
        match (op, outcome) {
            (Some(ClientOp::List), Ok(streams)) => {
                let names: Vec<String> = streams.iter().map(|stream| self.name(stream)).collect();
                json!({ "result": names, "id": id }).to_string()
            }
            (_, Ok(_)) => json!({ "result": null, "id": id }).to_string(),
            (Some(_), Err(why)) => refusal(id, 2, &format!("Invalid request: {why}")),
            // What could not be read was refused there, in full.
            (None, Err(refusal)) => refusal.to_owned(),
        }
    }

    fn event(&self, stream: &Subscription, event: &TapeEvent, now: Timestamp) -> String {
        let now = now.as_millis();
        let data = match event {
            TapeEvent::Trade(symbol, trade) => self.trade(symbol, trade, now),
            TapeEvent::Quote(symbol, quote) => book(symbol, quote, now),
            TapeEvent::Bar(symbol, timeframe, bar) => kline(symbol, *timeframe, bar, now),
        };
        if self.combined { format!(r#"{{"stream":"{}","data":{data}}}"#, self.name(stream)) } else { data }
    }

    fn heartbeat(&self, _now: Timestamp, _tails: &[(Subscription, i64)]) -> Option<String> {
        None
    }
}
