//! Names and frames of the WebSocket streams: "WebSocket Streams" (spot), "Websocket Market Streams" (futures).

use mem_types::{Quote, Timestamp};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::market::Market;
use super::scan;
use super::wire::{AggTradeFrame, BookFrame, Head, KlineFrame, TradeFrame};
use crate::adapter::WireError;
use crate::words::{Channel, StreamEvent, Subscription};

/// Where frames come in an envelope that names their stream.
pub const COMBINED_PATH: &str = "/stream";
/// Where they come bare.
pub const RAW_PATH: &str = "/ws";

/// Where futures serve trades and candles since April 2026: "Important WebSocket Change Notice".
pub const MARKET_ROUTE: &str = "/market";
/// Where they serve the best bid and ask, and whatever comes without a route.
pub const PUBLIC_ROUTE: &str = "/public";

/// Streams in one message: a message that is too long is refused.
const STREAMS_PER_MESSAGE: usize = 100;

/// The path of the WebSocket that carries streams of `channel`. At another one they are granted and stay silent.
pub fn path(market: Market, channel: Channel) -> String {
    let route = match (market, channel) {
        (Market::Spot, _) => "",
        (Market::UsdM, Channel::Trades | Channel::Bars(_)) => MARKET_ROUTE,
        (Market::UsdM, Channel::Quotes) => PUBLIC_ROUTE,
    };
    format!("{route}{COMBINED_PATH}")
}

/// What a stream is called: `btcusdt@aggTrade`. One of candles in a length that the market has not
/// ([`Market::interval`]) is taken by Binance and never sends anything.
pub fn name(stream: &Subscription) -> String {
    let symbol = stream.symbol.as_str().to_ascii_lowercase();
    match stream.channel {
        Channel::Trades => format!("{symbol}@aggTrade"),
        Channel::Quotes => format!("{symbol}@bookTicker"),
        Channel::Bars(timeframe) => format!("{symbol}@kline_{timeframe}"),
    }
}

/// The messages that subscribe: "Live Subscribing/Unsubscribing to streams".
pub fn subscribe(id: u64, streams: &[Subscription]) -> Vec<String> {
    let chunks = streams.chunks(STREAMS_PER_MESSAGE).zip(id..);
    chunks
        .map(|(streams, id)| {
            let names: Vec<String> = streams.iter().map(name).collect();
            json!({ "method": "SUBSCRIBE", "params": names, "id": id }).to_string()
        })
        .collect()
}

/// A question that is always answered: Binance has no ping of its own in text.
pub fn ping(id: u64) -> String {
    json!({ "method": "LIST_SUBSCRIPTIONS", "id": id }).to_string()
}

/// Reads one frame.
///
/// A quote of spot comes without a time: `ts_venue` is then 1970-01-01, the default.
///
/// # Errors
/// What is not JSON, an event of a known kind that does not keep its form, a candle that is not sound, and a refusal
/// that does not say of which request.
pub fn read_frame(frame: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), WireError> {
    if let Some((symbol, trade)) = scan::trade(frame) {
        events.push(StreamEvent::Trade { symbol, trade });
        return Ok(());
    }
    read_slowly(frame, events)
}

fn read_slowly(frame: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), WireError> {
    match head(frame)? {
        Some(Head { data: Some(data), .. }) => read_payload(data.get().as_bytes(), events),
        Some(head) => read_object(&head, frame, events),
        None => Ok(()),
    }
}

/// The payload of a combined stream. It holds no further one.
fn read_payload(payload: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), WireError> {
    match head(payload)? {
        Some(head) => read_object(&head, payload, events),
        None => Ok(()),
    }
}

/// What an object says at its top; `None` for a list, such as that of `!ticker@arr`.
fn head(frame: &[u8]) -> Result<Option<Head<'_>>, WireError> {
    // Serde would take a list for a struct.
    if frame.trim_ascii_start().first() == Some(&b'[') {
        parse::<IgnoredAny>("frame", frame)?;
        return Ok(None);
    }
    parse("frame", frame).map(Some)
}

fn read_object(head: &Head<'_>, object: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), WireError> {
    match head.e.as_ref().map(|event| event.0.as_ref()) {
        Some("aggTrade") => {
            let frame: AggTradeFrame = parse("aggTrade", object)?;
            let read = frame.read().map_err(|fault| WireError::new("aggTrade", fault))?;
            events.extend(read.map(|(symbol, trade)| StreamEvent::Trade { symbol, trade }));
        }
        Some("trade") => {
            let frame: TradeFrame = parse("trade", object)?;
            let read = frame.read().map_err(|fault| WireError::new("trade", fault))?;
            events.extend(read.map(|(symbol, trade)| StreamEvent::Trade { symbol, trade }));
        }
        Some("kline") => events.push(read_kline(object)?),
        Some("bookTicker") => events.push(read_book(object)?),
        Some(_) => {}
        // On spot a bookTicker is known by its fields alone.
        None if head.u.is_some() && head.bid_qty.is_some() => events.push(read_book(object)?),
        None => events.extend(read_answer(head)?),
    }
    Ok(())
}

fn read_kline(object: &[u8]) -> Result<StreamEvent, WireError> {
    let frame: KlineFrame = parse("kline", object)?;
    let bar = frame.k.bar();
    bar.check().map_err(|fault| WireError::new("kline", format_args!("{} at {}: {fault}", frame.s, bar.ts)))?;
    Ok(StreamEvent::Bar { symbol: frame.s, timeframe: frame.k.i, bar, closed: frame.k.x })
}

fn read_book(object: &[u8]) -> Result<StreamEvent, WireError> {
    let frame: BookFrame = parse("bookTicker", object)?;
    // A side without orders has the price 0.
    let side = |price: f64, qty: f64| (price != 0.0).then_some((price, Some(qty)));
    let (bid, ask) = (side(frame.b.0, frame.bid_qty.0), side(frame.a.0, frame.ask_qty.0));
    if [bid, ask].iter().flatten().any(|(price, qty)| *price < 0.0 || qty.is_some_and(|qty| qty < 0.0)) {
        return Err(WireError::new("bookTicker", "a price or quantity is negative"));
    }
    let ts_venue = frame.time.map_or(Timestamp::default(), |time| time.0);
    let quote = Quote { ts_venue, ts_local: None, id: Some(frame.u), bid, ask };
    Ok(StreamEvent::Quote { symbol: frame.s, quote })
}

/// The answer to a request, if the object is one.
fn read_answer(head: &Head<'_>) -> Result<Option<StreamEvent>, WireError> {
    let problem = match (&head.error, head.code, &head.msg) {
        (Some(error), ..) => Some(error.to_string()),
        (None, Some(code), Some(msg)) => Some(format!("{code}: {}", msg.0)),
        _ => None,
    };
    match (head.id, problem) {
        (Some(id), problem) => Ok(Some(StreamEvent::Answer { id, problem })),
        (None, Some(problem)) => Err(WireError::new("answer", problem)),
        (None, None) => Ok(None),
    }
}

fn parse<'a, T: Deserialize<'a>>(what: &'static str, frame: &'a [u8]) -> Result<T, WireError> {
    serde_json::from_slice(frame).map_err(|error| WireError::new(what, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mem_types::{Aggressor, Bar, Timeframe, Trade};
    use proptest::prelude::*;

    fn read(frame: &str) -> Result<Vec<StreamEvent>, WireError> {
        let mut events = Vec::new();
        read_frame(frame.as_bytes(), &mut events).map(|()| events)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn reads_the_trades_of_both_markets() {
        let trade = |id, price, qty, aggressor| StreamEvent::Trade {
            symbol: "BTCUSDT".parse().unwrap(),
            trade: Trade {
                ts_venue: at("2024-08-08T23:54:15.342Z"),
                ts_local: None,
                id: Some(id),
                price,
                qty,
                aggressor,
            },
        };
        let spot = r#"{"e":"aggTrade","E":1723161255343,"s":"BTCUSDT","a":3735683259,"p":"61837.63000000","q":"0.02000000","f":1,"l":2,"T":1723161255342,"m":true,"M":true}"#;
        let sold = vec![trade(3_735_683_259, 61837.63, 0.02, Aggressor::Sell)];
        assert_eq!(read(spot).unwrap(), sold);
        assert_eq!(read(&format!(r#"{{"stream":"btcusdt@aggTrade","data":{spot}}}"#)).unwrap(), sold);
        assert_eq!(read(&spot.replace("5342", "5342000")).unwrap(), sold, "microseconds");
        let usd_m = r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161256322,"T":1723161255342,"s":"BTCUSDT","t":7,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}"#;
        assert_eq!(read(usd_m).unwrap(), [trade(7, 61800.3, 0.006, Aggressor::Buy)]);
        let nothing = usd_m.replace("61800.30", "0").replace("0.006", "0").replace("MARKET", "NA");
        assert_eq!(read(&nothing).unwrap(), [], "no trade, only its place");
    }

    #[test]
    fn reads_candles_and_quotes() {
        let candle = r#"{"e":"kline","E":1638747660000,"s":"BTCUSDT","k":{"t":1638747600000,"T":1638747659999,"s":"BTCUSDT","i":"1m","f":100,"L":200,"o":"0.0010","c":"0.0020","h":"0.0025","l":"0.0010","v":"1000","n":100,"x":true,"q":"1.0000","V":"500","Q":"0.500","B":"123456"}}"#;
        let bar =
            Bar { ts: at("2021-12-05T23:40:00Z"), open: 0.001, high: 0.0025, low: 0.001, close: 0.002, volume: 1000.0 };
        let (symbol, timeframe): (mem_types::Symbol, _) = ("BTCUSDT".parse().unwrap(), Timeframe::M1);
        let event = |closed| vec![StreamEvent::Bar { symbol: symbol.clone(), timeframe, bar, closed }];
        assert_eq!(read(candle).unwrap(), event(true));
        assert_eq!(read(&candle.replace(r#""x":true"#, r#""x":false"#)).unwrap(), event(false));

        let spot = r#"{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63","B":"3.78826","a":"0.00","A":"0.00"}}"#;
        let quote = |ts_venue| StreamEvent::Quote {
            symbol: symbol.clone(),
            quote: Quote {
                ts_venue,
                ts_local: None,
                id: Some(50_093_239_212),
                bid: Some((61837.63, Some(3.78826))),
                ask: None,
            },
        };
        assert_eq!(read(spot).unwrap(), [quote(Timestamp::default())]);
        let usd_m = spot.replace(r#"{"u""#, r#"{"e":"bookTicker","T":1638747660000,"E":1638747660001,"u""#);
        assert_eq!(read(&usd_m).unwrap(), [quote(at("2021-12-05T23:41:00Z"))]);
    }

    #[test]
    fn reads_answers() {
        let answer = |id, problem: Option<&str>| vec![StreamEvent::Answer { id, problem: problem.map(str::to_owned) }];
        assert_eq!(read(r#"{"result":null,"id":1}"#).unwrap(), answer(1, None));
        assert_eq!(read(r#"{"result":["btcusdt@aggTrade"],"id":3}"#).unwrap(), answer(3, None));
        let refused = r#"{"error":{"code":2,"msg":"Invalid request: unknown variant"},"id":4}"#;
        assert_eq!(read(refused).unwrap(), answer(4, Some("2: Invalid request: unknown variant")));
        let flat = r#"{"code":2,"msg":"Invalid request: too many parameters","id":5}"#;
        assert_eq!(read(flat).unwrap(), answer(5, Some("2: Invalid request: too many parameters")));
        let unasked = read(r#"{"error":{"code":3,"msg":"Invalid JSON"},"id":null}"#).unwrap_err();
        assert_eq!(unasked.to_string(), "answer: 3: Invalid JSON");
    }

    #[test]
    fn passes_over_what_nobody_asked_for() {
        for frame in [
            r#"{"e":"24hrTicker","E":123456789,"s":"BNBBTC","p":"0.0015","c":"0.0025"}"#,
            r#"{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":157,"u":160,"b":[["0.0024","10"]],"a":[]}"#,
            r#"{"e":"markPriceUpdate","E":1562305380000,"s":"BTCUSDT","p":"11794.15"}"#,
            r#"{"stream":"!ticker@arr","data":[{"e":"24hrTicker"}]}"#,
            r#"[{"e":"24hrMiniTicker"}]"#,
            r#"{"lastUpdateId":160,"bids":[],"asks":[]}"#,
        ] {
            assert_eq!(read(frame).unwrap(), [], "{frame}");
        }
    }

    #[test]
    fn a_known_event_in_another_form_is_an_error() {
        for frame in [
            "",
            "hello",
            "7",
            "[1,",
            r#"{"e":"aggTrade"}"#,
            r#"{"e":"aggTrade","s":"BTCUSDT","a":1,"p":"1","q":"1","T":1,"m":true}}"#,
            r#"{"e":"aggTrade","s":"BTCUSDT","a":1,"p":"x","q":"1","T":1,"m":true}"#,
            r#"{"e":"aggTrade","s":"BTCUSDT","a":1,"p":"-1","q":"1","T":1,"m":true}"#,
            r#"{"e":"trade","s":"BTC USDT","t":1,"p":"1","q":"1","T":1,"m":true}"#,
            r#"{"e":"trade","s":"BTCUSDT","t":1,"p":"1","q":"1","T":-1,"m":true}"#,
            r#"{"e":"bookTicker","u":1,"s":"BTCUSDT","b":"1"}"#,
            r#"{"u":1,"s":"BTCUSDT","b":"-1","B":"1","a":"1","A":"1"}"#,
            r#"{"e":"kline","s":"BTCUSDT","k":{"t":1,"i":"1m","o":"1","h":"2","l":"1.5","c":"2","v":"1","x":true}}"#,
            r#"{"e":"kline","s":"BTCUSDT","k":{"t":1,"i":"1x","o":"1","h":"2","l":"1","c":"2","v":"1","x":true}}"#,
        ] {
            assert!(read(frame).is_err(), "{frame}");
        }
    }

    #[test]
    fn futures_keep_quotes_on_a_path_of_their_own() {
        assert_eq!(path(Market::Spot, Channel::Trades), "/stream");
        assert_eq!(path(Market::Spot, Channel::Quotes), "/stream");
        assert_eq!(path(Market::UsdM, Channel::Trades), "/market/stream");
        assert_eq!(path(Market::UsdM, Channel::Bars(Timeframe::H1)), "/market/stream");
        assert_eq!(path(Market::UsdM, Channel::Quotes), "/public/stream");
    }

    #[test]
    fn asks_for_streams_by_hundreds() {
        let streams: Vec<Subscription> = (0..150)
            .map(|at| format!("bars.1h:A{at}USDT").parse().unwrap())
            .chain(["trades:BTCUSDT".parse().unwrap()])
            .collect();
        let messages = subscribe(7, &streams);
        assert_eq!(messages.len(), 2);
        assert!(messages[0].starts_with(r#"{"id":7,"method":"SUBSCRIBE","params":["a0usdt@kline_1h","#));
        assert!(messages[1].starts_with(r#"{"id":8,"#) && messages[1].ends_with(r#""btcusdt@aggTrade"]}"#));
        assert_eq!(ping(9), r#"{"id":9,"method":"LIST_SUBSCRIPTIONS"}"#);
    }

    /// A value as Binance might write it, and as it never would.
    fn value() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "\"[0-9]{1,12}(\\.[0-9]{0,12})?\"",
            4 => "[0-9]{1,20}",
            2 => "true|false|null",
            1 => "\"[ -~]{0,6}\"",
            1 => "\"\\\\u004[0-9]\"|-1|1e5|1\\.5|01|\\[\\]|\\{\\}",
            1 => "\"[0-9]{1,400}\"",
        ]
    }

    /// The frame of a trade, its fields shuffled, some lost, some twice, some unknown, with white space here and there.
    fn frame() -> impl Strategy<Value = String> {
        let usual = |key: &'static str, value: &'static str| (Just(key.to_owned()), value.prop_map(|text| text));
        let field = (prop_oneof![3 => "[a-zA-Z]", 1 => "[a-z]{0,3}|data|stream"], value());
        let fields = (
            usual("s", "\"[A-Z]{3,8}\""),
            usual("p", "\"[0-9]{1,9}\\.[0-9]{1,9}\""),
            usual("q", "\"[0-9]{1,9}\\.[0-9]{1,9}\""),
            usual("T", "1[0-9]{12}"),
            usual("m", "true|false"),
            ("a|t", "[1-9][0-9]{0,9}"),
            proptest::collection::vec(field, 0..3),
        );
        let shuffled = fields.prop_flat_map(|(s, p, q, time, m, id, others)| {
            let mut fields = vec![s, p, q, time, m, id];
            fields.extend(others);
            Just(fields).prop_shuffle()
        });
        let space = prop_oneof![12 => Just(""), 1 => Just(" "), 1 => Just("\n")];
        let tail = prop_oneof![12 => Just(""), 1 => Just("}"), 1 => Just("\n"), 1 => Just(",")];
        (shuffled, "aggTrade|trade", 0..8_usize, 0..8_usize, any::<bool>(), space, tail).prop_map(
            |(mut fields, event, e_at, drop, bare, space, tail)| {
                if drop < fields.len() && drop < 2 {
                    fields.remove(drop);
                }
                let e_at = if e_at < fields.len() && e_at > 5 { e_at } else { 0 };
                fields.insert(e_at, ("e".to_owned(), format!("\"{event}\"")));
                let fields: Vec<String> =
                    fields.iter().map(|(key, value)| format!("\"{key}\":{space}{value}")).collect();
                let object = format!("{{{}}}", fields.join(","));
                if bare {
                    format!("{object}{tail}")
                } else {
                    format!(r#"{{"stream":"btcusdt@{event}","data":{object}{tail}}}"#)
                }
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8192))]

        /// Whatever the fast way takes, serde reads as the same, to the bit.
        #[test]
        fn the_fast_way_agrees_with_serde(frame in frame()) {
            if let Some((symbol, trade)) = scan::trade(frame.as_bytes()) {
                let mut slow = Vec::new();
                prop_assert_eq!(read_slowly(frame.as_bytes(), &mut slow), Ok(()), "{}", frame);
                prop_assert_eq!(slow, vec![StreamEvent::Trade { symbol, trade }], "{}", frame);
            }
        }

        /// A usual frame goes the fast way, in any order of its fields.
        #[test]
        fn the_fast_way_takes_what_is_usual(id in 0..i64::MAX / 100, price in 1..1_000_000_u32, rest in Just(vec!["s", "a", "p", "q", "T", "m"]).prop_shuffle()) {
            let fields: String = rest.iter().map(|key| match *key {
                "s" => ",\"s\":\"BTCUSDT\"".to_owned(),
                "a" => format!(",\"a\":{id}"),
                "T" => ",\"T\":1723161255342".to_owned(),
                "m" => ",\"m\":true".to_owned(),
                key => format!(",\"{key}\":\"{price}.50\""),
            }).collect();
            let taken = scan::trade(format!(r#"{{"e":"aggTrade"{fields}}}"#).as_bytes());
            prop_assert_eq!(taken.and_then(|(_, trade)| trade.id), Some(id));
        }

        #[test]
        fn no_bytes_are_too_odd(frame in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_frame(&frame, &mut Vec::new());
        }
    }
}
