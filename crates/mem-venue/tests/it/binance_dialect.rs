//! Whatever the exchange says as Binance, Binance's adapter reads as it was.

use mem_types::{Aggressor, Bar, Quote, Symbol, Timeframe, Timestamp, Trade};
use mem_venue::binance::{Binance, Market};
use mem_venue::sim::dialect::binance::BinanceDialect;
use mem_venue::sim::view::{ClientOp, Dialect, MarketView, TapeBar, TapeEvent};
use mem_venue::{Adapter, BarsPage, Channel, StreamEvent, Subscription, TradesPage};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixed_view::{FixedView, NOW, Served};

const MARKETS: [Market; 2] = [Market::Spot, Market::UsdM];

fn adapter(market: Market) -> Binance {
    match market {
        Market::Spot => Binance::spot(),
        Market::UsdM => Binance::usd_m(),
    }
}

fn symbol(text: &str) -> Symbol {
    text.parse().unwrap()
}

fn frame(adapter: &Binance, text: &str) -> Vec<StreamEvent> {
    let mut events = Vec::new();
    adapter.read_frame(text.as_bytes(), &mut events).unwrap();
    events
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0..4_000_000_000_000_i64).prop_map(|ms| Timestamp::from_millis(ms).unwrap())
}

fn positive() -> impl Strategy<Value = f64> {
    prop_oneof![
        (1..99_999_999_u64).prop_map(|cents| cents as f64 / 100.0),
        (1..99_999_999_999_u64).prop_map(|parts| parts as f64 / 1e8),
        1e-20..1e20_f64,
    ]
}

prop_compose! {
    fn trade()(ts_venue in time(), id in 0..i64::MAX, price in positive(), qty in positive(), buy in any::<bool>()) -> Trade {
        let aggressor = if buy { Aggressor::Buy } else { Aggressor::Sell };
        Trade { ts_venue, ts_local: None, id: Some(id), price, qty, aggressor }
    }
}

prop_compose! {
    fn quote()(
        ts_venue in time(),
        id in 0..i64::MAX,
        bid in proptest::option::of((positive(), positive().prop_map(Some))),
        ask in proptest::option::of((positive(), positive().prop_map(Some))),
    ) -> Quote {
        Quote { ts_venue, ts_local: None, id: Some(id), bid, ask }
    }
}

prop_compose! {
    fn bar()(ts in time(), mut prices in [positive(), positive(), positive(), positive()], volume in 0.0..1e9, closed in any::<bool>()) -> TapeBar {
        prices.sort_by(f64::total_cmp);
        let [low, open, close, high] = prices;
        let bar = Bar { ts, open, high, low, close, volume };
        TapeBar { bar, trades: 3, value: volume * open, taker_buy_volume: volume / 3.0, ids: None, closed }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn frames_are_read_as_they_were(
        trade in trade(),
        quote in quote(),
        tape in bar(),
        interval in prop::sample::select(vec!["1m", "15m", "1h", "4h", "1d", "1w", "1M"]),
        combined in any::<bool>(),
        single in any::<bool>(),
        market in prop::sample::select(MARKETS.to_vec()),
    ) {
        let dialect = BinanceDialect::new(market, combined);
        let adapter = adapter(market);
        let symbol = symbol("BTCUSDT");
        let now: Timestamp = NOW.parse().unwrap();
        let timeframe: Timeframe = interval.parse().unwrap();
        let trades = if single { "trade" } else { "aggTrade" };
        let path = format!("/ws/btcusdt@{trades}/btcusdt@bookTicker/btcusdt@kline_{interval}");
        let streams = dialect.streams_of(&path).unwrap();
        let said = [
            TapeEvent::Trade(symbol.clone(), trade.clone()),
            TapeEvent::Quote(symbol.clone(), quote.clone()),
            TapeEvent::Bar(symbol.clone(), timeframe, tape),
        ];
        let read = [
            StreamEvent::Trade { symbol: symbol.clone(), trade },
            StreamEvent::Quote { symbol: symbol.clone(), quote },
            StreamEvent::Bar { symbol, timeframe, bar: tape.bar, closed: tape.closed },
        ];
        for ((stream, said), read) in streams.iter().zip(&said).zip(&read) {
            let text = dialect.event(stream, said, now);
            prop_assert_eq!(text.starts_with("{\"stream\""), combined);
            prop_assert_eq!(&frame(&adapter, &text), std::slice::from_ref(read), "{}", text);
        }
    }
}

#[test]
fn what_the_adapter_asks_the_dialect_understands() {
    for market in MARKETS {
        let (adapter, dialect) = (adapter(market), BinanceDialect::new(market, true));
        let streams: Vec<Subscription> =
            ["trades:BTCUSDT", "quotes:ETHUSDT", "bars.1h:BTCUSDT"].map(|text| text.parse().unwrap()).to_vec();
        let asked = adapter.subscribe(7, &streams);
        let (id, op) = dialect.read(&asked[0]).unwrap();
        assert_eq!((&id, &op), (&json!(7), &ClientOp::Subscribe(streams.clone())));
        let answer = |id, problem: Option<&str>| vec![StreamEvent::Answer { id, problem: problem.map(str::to_owned) }];
        assert_eq!(frame(&adapter, &dialect.answer(&id, Some(&op), Ok(&streams))), answer(7, None));
        let refused = dialect.answer(&id, Some(&op), Err("too many streams"));
        assert_eq!(frame(&adapter, &refused), answer(7, Some("2: Invalid request: too many streams")));

        let (id, op) = dialect.read(&adapter.ping(8).unwrap()).unwrap();
        assert_eq!(op, ClientOp::List);
        let listed = dialect.answer(&id, Some(&op), Ok(&streams));
        assert!(listed.contains(r#"["btcusdt@aggTrade","ethusdt@bookTicker","btcusdt@kline_1h"]"#), "{listed}");
        assert_eq!(frame(&adapter, &listed), answer(8, None));
        assert_eq!(dialect.heartbeat(NOW.parse().unwrap(), &[]), None);
    }
}

#[test]
fn requests_that_cannot_be_met_are_refused() {
    let dialect = BinanceDialect::new(Market::UsdM, false);
    let unsubscribe = r#"{"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":"x"}"#;
    let op = ClientOp::Unsubscribe(vec![Subscription::new(Channel::Trades, symbol("BTCUSDT"))]);
    assert_eq!(dialect.read(unsubscribe), Ok((json!("x"), op)));
    for (frame, code, id) in [
        ("{", 3, Value::Null),
        ("[]", 2, Value::Null),
        (r#"{"method":"SUBSCRIBE","params":["btcusdt@trade"]}"#, 2, Value::Null),
        (r#"{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1.5}"#, 2, json!(1.5)),
        (r#"{"method":"SET_PROPERTY","params":[],"id":1}"#, 2, json!(1)),
        (r#"{"method":"SUBSCRIBE","params":["btcusdt@depth"],"id":2}"#, 2, json!(2)),
        (r#"{"method":"SUBSCRIBE","params":["btcusdt@kline_1s"],"id":3}"#, 2, json!(3)),
        (r#"{"method":"SUBSCRIBE","params":["btcusdt@kline_60m"],"id":3}"#, 2, json!(3)),
        (r#"{"method":"SUBSCRIBE","params":["BTCUSDT@trade"],"id":4}"#, 2, json!(4)),
        (r#"{"method":"SUBSCRIBE","params":["btcusdt@aggTrade"],"id":5}"#, 2, json!(5)),
    ] {
        let refusal = dialect.read(frame).unwrap_err();
        let sent: Value = serde_json::from_str(&refusal).unwrap();
        assert_eq!((&sent["error"]["code"], &sent["id"]), (&json!(code), &id), "{frame}: {refusal}");
        assert_eq!(dialect.answer(&Value::Null, None, Err(&refusal)), refusal);
    }
}

#[test]
fn streams_are_read_from_addresses() {
    let streams = |path: &str| BinanceDialect::new(Market::Spot, true).streams_of(path);
    let expected: Vec<Subscription> = ["trades:BTCUSDT", "bars.1s:ETHUSDT"].map(|text| text.parse().unwrap()).to_vec();
    assert_eq!(streams("/ws/btcusdt@trade/ethusdt@kline_1s").unwrap(), expected);
    assert_eq!(streams("/stream?streams=btcusdt@aggTrade/ethusdt@kline_1s").unwrap(), expected);
    assert_eq!(streams("/stream?timeUnit=ms&streams=btcusdt%40aggTrade/ethusdt%40kline_1s").unwrap(), expected);
    assert_eq!(streams("/market/stream?streams=btcusdt@aggTrade/ethusdt@kline_1s").unwrap(), expected);
    assert_eq!(streams("/public/ws/btcusdt@trade/ethusdt@kline_1s").unwrap(), expected);
    for none in ["/ws", "/ws/", "/stream", "/stream?streams="] {
        assert_eq!(streams(none).unwrap(), []);
    }
    assert_eq!(streams("/ws/btcusdt@depth").unwrap_err(), "unknown stream 'btcusdt@depth'");
}

#[test]
fn answers_of_the_rest_api_are_read_as_they_were() {
    for seed in 0..8 {
        answers_are_read_as_they_were(FixedView::sample(seed));
    }
}

fn answers_are_read_as_they_were(view: FixedView) {
    let served = Served::binance(view.clone());
    let ask = |path: &str| {
        let (status, body) = served.get(path);
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        body
    };
    for (market, name) in [(Market::Spot, "BTCUSDT"), (Market::UsdM, "SOLUSDT")] {
        let (adapter, symbol) = (adapter(market), symbol(name));
        let tape = view.tape(&symbol).unwrap();
        let listings = adapter.read_instruments(&ask(&adapter.instruments().path)).unwrap();
        let mut expected = view.listings();
        expected.retain(|listing| listing.kind == market.kind());
        assert_eq!(listings, expected);
        assert_eq!(adapter.read_time(&ask(&adapter.time().path)).unwrap(), view.now());

        let bars: Vec<Bar> = tape.bars.iter().map(|tape| tape.bar).collect();
        let page = |from: usize, to: Timestamp, limit: usize| {
            let page = BarsPage { symbol: symbol.clone(), timeframe: Timeframe::M1, from: bars[from].ts, to, limit };
            let body = ask(&adapter.bars(&page).unwrap().path);
            adapter.read_bars(&page, &body).unwrap()
        };
        assert_eq!(page(0, view.now(), 1000), bars);
        assert_eq!(page(2, bars[7].ts, 1000), bars[2..7]);
        assert_eq!(page(2, view.now(), 3), bars[2..5]);

        let trades = |from_id, limit| {
            let page = TradesPage { symbol: symbol.clone(), from_id, limit };
            adapter.read_trades(&page, &ask(&adapter.trades(&page).path)).unwrap()
        };
        assert_eq!(trades(Some(0), 1000), tape.trades);
        assert_eq!(trades(Some(1_031), 10), tape.trades[30..40]);
        assert_eq!(trades(Some(9_999), 10), []);
        assert_eq!(trades(None, 7), tape.trades[53..]);
        let page = TradesPage { symbol: symbol.clone(), from_id: None, limit: 10 };
        let read = |what: &str| {
            let body = ask(&format!("{}/{what}", market.prefix()));
            adapter.read_trades(&page, &body).unwrap()
        };
        assert_eq!(read(&format!("trades?symbol={name}&limit=9")), tape.trades[51..]);
        assert_eq!(read(&format!("historicalTrades?symbol={name}&limit=9&fromId=1011")), tape.trades[10..19]);
        let (start, end) = (tape.trades[5].ts_venue.as_millis(), tape.trades[25].ts_venue.as_millis());
        let agg = |query: String| read(&format!("aggTrades?symbol={name}{query}"));
        assert_eq!(agg(format!("&startTime={start}&endTime={end}")), tape.trades[5..=25]);
        assert_eq!(agg(format!("&startTime={start}&endTime={end}&limit=4")), tape.trades[5..9]);
        assert_eq!(agg(format!("&endTime={end}&limit=4")), tape.trades[22..=25]);
        assert_eq!(agg(format!("&endTime={end}")), tape.trades[..=25]);
        assert_eq!(agg(format!("&startTime={}", view.now().as_millis())), []);

        let json = |what: &str| serde_json::from_slice::<Value>(&ask(&format!("{}/{what}", market.prefix()))).unwrap();
        assert_eq!(json("ping"), json!({}));
        let newest = &tape.trades[59];
        assert_eq!(json(&format!("ticker/price?symbol={name}"))["price"], newest.price.to_string());
        let quote = tape.quote.as_ref().unwrap();
        let book = json(&format!("ticker/bookTicker?symbol={name}"));
        assert_eq!(book["bidPrice"], quote.bid.unwrap().0.to_string());
        assert_eq!(json("ticker/bookTicker").as_array().unwrap().len(), expected.len());
        let day = json(&format!("ticker/24hr?symbol={name}"));
        assert_eq!((&day["count"], &day["firstId"], &day["lastId"]), (&json!(60), &json!(1_001), &json!(1_060)));
        assert_eq!(day["openPrice"], bars[0].open.to_string());
        let depth = json(&format!("depth?symbol={name}&limit=5"));
        let asks: Vec<[String; 2]> =
            tape.depth.asks[..5].iter().map(|(price, qty)| [price.to_string(), qty.to_string()]).collect();
        assert_eq!(depth["asks"], json!(asks));
    }
}

#[test]
fn refusals_are_those_of_binance() {
    let served = Served::binance(FixedView::sample(1));
    for (path, refusal) in [
        ("/api/v3/klines?symbol=SOLUSDT&interval=1m", "-1121: Invalid symbol."),
        ("/fapi/v1/klines?symbol=BTCUSDT&interval=1m", "-1121: Invalid symbol."),
        ("/api/v3/trades", "-1102: Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
        (
            "/api/v3/depth?symbol=btcusdt",
            "-1100: Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
        ),
        (
            "/api/v3/klines?symbol=BTCUSDT",
            "-1102: Mandatory parameter 'interval' was not sent, was empty/null, or malformed.",
        ),
        ("/api/v3/klines?symbol=BTCUSDT&interval=7m", "-1120: Invalid interval."),
        ("/api/v3/klines?symbol=BTCUSDT&interval=60m", "-1120: Invalid interval."),
        (
            "/api/v3/trades?symbol=BTCUSDT&limit=x",
            "-1100: Illegal characters found in parameter 'limit'; legal range is '^[0-9]{1,20}$'.",
        ),
        ("/api/v3/trades?symbol=BTCUSDT&limit=0", "-1130: Data sent for parameter 'limit' is not valid."),
        (
            "/fapi/v1/klines?symbol=SOLUSDT&interval=1m&limit=1501",
            "-1130: Data sent for parameter 'limit' is not valid.",
        ),
        ("/fapi/v1/depth?symbol=SOLUSDT&limit=7", "-4021: 7 is not valid depth limit."),
        ("/api/v3/aggTrades?symbol=BTCUSDT&fromId=1&startTime=5", "-1128: Combination of optional parameters invalid."),
        (
            "/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=99999999999999999",
            "-1130: Data sent for parameter 'startTime' is not valid.",
        ),
        ("/api/v3/ticker/price?symbols=BTCUSDT", "-1130: Data sent for parameter 'symbols' is not valid."),
    ] {
        let (status, body) = served.get(path);
        assert_eq!((status, Binance::spot().read_refusal(&body).as_str()), (400, refusal), "{path}");
    }
    assert_eq!(served.get("/api/v3/trades?symbol=BTCUSDT&limit=9999").0, 200, "spot gives what it has");
    let (status, body) = served.get("/api/v3/ticker/price?symbols=%5B%22BTCUSDT%22%5D");
    assert_eq!((status, serde_json::from_slice::<Value>(&body).unwrap().as_array().unwrap().len()), (200, 1));
}
