//! Every recorded Binance file of the real market data goes through the adapter, or stands on a list that says why not.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mem_testkit::{read_text, real_data};
use mem_types::{Aggressor, Quote, Symbol, Timestamp, Trade};
use mem_venue::binance::{Binance, Market};
use mem_venue::{Adapter, BarsPage, StreamEvent, TradesPage, WireError};

/// What a file must turn out to be.
#[derive(Debug, Clone, Copy)]
enum Expected {
    /// A frame that says this.
    Frame(&'static str),
    /// A frame of an event that nobody asked for.
    PassedOver,
    /// A frame that is refused, and why.
    Refused(&'static str),
    /// So many trades.
    Trades(usize),
    /// So many candles of this length.
    Bars(&'static str, usize),
    /// So many instruments.
    Instruments(Market, usize),
    /// The clock.
    Time(&'static str),
}

use Expected::{Bars, Frame, Instruments, PassedOver, Refused, Time, Trades};

/// Market data, by the end of the path.
const OURS: &[(&str, Expected)] = &[
    ("spot/http_json/exchange_info_response.json", Instruments(Market::Spot, 1)),
    ("spot/http_json/klines_response.json", Bars("1w", 1)),
    ("spot/http_json/server_time_response.json", Time("2017-07-12T02:41:59.559Z")),
    ("spot/http_json/trades_response.json", Trades(1)),
    ("http_futures_market_agg_trades.json", Trades(1)),
    ("http_futures_market_continuous_klines.json", Bars("1m", 1)),
    ("http_futures_market_exchange_info.json", Instruments(Market::UsdM, 2)),
    ("http_futures_market_historical_trades.json", Trades(1)),
    ("http_futures_market_index_price_klines.json", Bars("1m", 1)),
    ("http_futures_market_klines.json", Bars("1w", 1)),
    ("http_futures_market_mark_price_klines.json", Bars("1m", 1)),
    ("http_futures_market_blvt_nav_kline.json", Bars("1h", 1)),
    ("http_futures_market_trades.json", Trades(1)),
    ("http_spot_market_agg_trades.json", Trades(10)),
    ("http_spot_market_exchange_info.json", Instruments(Market::Spot, 2)),
    ("http_spot_market_historical_trades.json", Trades(10)),
    ("http_spot_market_klines.json", Bars("1m", 10)),
    ("http_spot_market_time.json", Time("2021-10-10T03:11:06.289Z")),
    ("http_spot_market_trades.json", Trades(10)),
    ("market_data_json/agg_trade_stream.json", Frame("trade BTCUSDT 5933014 0.001 100")),
    ("market_data_json/trade_stream.json", Frame("trade BTCUSDT 5933014 0.001 100")),
    ("market_data_json/book_ticker_stream.json", Frame("quote BNBUSDT 400900217 25.3519 25.3652")),
    ("market_data_json/kline_stream_closed.json", Frame("bar BTCUSDT 1m 0.001 0.0025 0.001 0.002 1000 true")),
    // The documentation's own example has a low above its open.
    ("market_data_json/kline_stream_open.json", Refused("low is above open or close")),
    ("market_data_json/depth_update_stream.json", PassedOver),
    ("market_data_json/liquidation_stream.json", PassedOver),
    ("market_data_json/mark_price_stream.json", PassedOver),
    ("market_data_json/ticker_stream.json", PassedOver),
    ("ws_spot_agg_trade.json", Frame("trade ETHUSDT 226532 1632.46 0.34305")),
    ("ws_spot_trade.json", Frame("trade ETHUSDT 705291099 4149.74 0.4387")),
    ("ws_spot_ticker_book.json", Frame("quote ETHUSDT 12711621188 4507.24 4507.25")),
    ("ws_futures_book_ticker.json", Frame("quote BNBUSDT 400900217 25.3519 25.3652")),
    ("ws_futures_depth_diff_update.json", PassedOver),
    ("ws_futures_depth_update.json", PassedOver),
    ("ws_futures_ticker_24hr.json", PassedOver),
    ("ws_spot_ticker_24hr.json", PassedOver),
];

/// Files that are not market data of ours, by the end of the path, with the reason.
const NOT_OURS: &[(&str, &[&str])] = &[
    (
        "what an account has and did: the adapter reads public data only",
        &[
            "futures/http_json/account_info_v2.json",
            "futures/http_json/balance.json",
            "futures/http_json/open_algo_orders.json",
            "futures/http_json/order_response.json",
            "futures/http_json/position_risk.json",
            "spot/http_json/account_response.json",
            "spot/http_json/account_trades_response.json",
            "spot/http_json/all_orders_response.json",
            "spot/http_json/cancel_open_orders_response.json",
            "spot/http_json/cancel_order_response.json",
            "spot/http_json/new_order_full_response.json",
            "spot/http_json/open_orders_response.json",
            "spot/http_json/order_response.json",
            "http_futures_account_orders.json",
            "http_futures_account_position_side_dual.json",
            "http_futures_account_positions_hedge.json",
            "http_futures_account_positions_one_way.json",
            "http_futures_account_symbol_config.json",
            "http_futures_account_trades.json",
            "http_futures_wallet_commission_rate_btcusdt.json",
            "http_futures_wallet_commission_rate_btcusdt_quarterly.json",
            "http_futures_wallet_commission_rate_ethusdt.json",
            "http_spot_wallet_account.json",
            "http_wallet_trading_fee.json",
            "http_wallet_trading_fees.json",
        ],
    ),
    (
        "market data that the adapter does not ask for over REST: prices of the moment come from streams",
        &[
            "spot/http_json/avg_price_response.json",
            "spot/http_json/book_ticker_response.json",
            "spot/http_json/depth_response.json",
            "spot/http_json/ticker_24hr_response.json",
            "spot/http_json/ticker_price_response.json",
            "http_futures_market_book_ticker.json",
            "http_futures_market_depth.json",
            "http_futures_market_ticker_24hr.json",
            "http_futures_market_ticker_price.json",
            "http_spot_market_avg_price.json",
            "http_spot_market_book_ticker.json",
            "http_spot_market_depth.json",
            "http_spot_market_ticker_price.json",
        ],
    ),
    (
        "figures that MEM has no word for: open interest, ratios, funding and prices of indexes",
        &[
            "http_futures_market_asset_index.json",
            "http_futures_market_funding_rate.json",
            "http_futures_market_global_long_short_account_ratio.json",
            "http_futures_market_index_info.json",
            "http_futures_market_open_interest.json",
            "http_futures_market_open_interest_historical.json",
            "http_futures_market_premium_index.json",
            "http_futures_market_taker_long_short_ratio.json",
            "http_futures_market_top_long_short_account_ratio.json",
            "http_futures_market_top_long_short_position_ratio.json",
        ],
    ),
    ("an empty object: there is nothing to read", &["spot/http_json/ping_response.json", "http_spot_market_ping.json"]),
    (
        "binary (SBE), which the adapter does not ask for, and what describes it",
        &[
            "mainnet/execution_report_event_1.metadata.json",
            "mainnet/execution_report_event_1.sbe",
            "mainnet/execution_report_event_2.metadata.json",
            "mainnet/execution_report_event_2.sbe",
            "mainnet/manifest.json",
            "mainnet/outbound_account_position_event_1.metadata.json",
            "mainnet/outbound_account_position_event_1.sbe",
            "mainnet/outbound_account_position_event_2.metadata.json",
            "mainnet/outbound_account_position_event_2.sbe",
            "mainnet/web_socket_response_1.metadata.json",
            "mainnet/web_socket_response_1.sbe",
            "mainnet/web_socket_response_2.metadata.json",
            "mainnet/web_socket_response_2.sbe",
        ],
    ),
    ("prose", &["binance/SOURCES.md"]),
];

/// Frames of an account, which must be passed over without complaint: a folder, or how names begin.
const PASSED_OVER: &[&str] = &[
    "binance/futures/user_data_json/",
    "binance/spot/user_data_json/",
    "ws_messages/ws_futures_algo_update_",
    "ws_messages/ws_futures_order_update_",
    "ws_messages/ws_futures_trade_lite",
    "ws_messages/ws_spot_execution_report_",
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn described(events: &[StreamEvent]) -> Vec<String> {
    let described = events.iter().map(|event| match event {
        StreamEvent::Trade { symbol, trade } => {
            format!("trade {symbol} {} {} {}", trade.id.unwrap(), trade.price, trade.qty)
        }
        StreamEvent::Quote { symbol, quote } => {
            format!("quote {symbol} {} {} {}", quote.id.unwrap(), quote.bid.unwrap().0, quote.ask.unwrap().0)
        }
        StreamEvent::Bar { symbol, timeframe, bar, closed } => format!(
            "bar {symbol} {timeframe} {} {} {} {} {} {closed}",
            bar.open, bar.high, bar.low, bar.close, bar.volume
        ),
        other => format!("{other:?}"),
    });
    described.collect()
}

fn frame(bytes: &[u8]) -> Result<Vec<StreamEvent>, WireError> {
    let mut events = Vec::new();
    Binance::spot().read_frame(bytes, &mut events).map(|()| events)
}

fn check(path: &str, bytes: &[u8], expected: Expected) {
    let adapter = Binance::spot();
    let symbol: Symbol = "BTCUSDT".parse().unwrap();
    match expected {
        Frame(text) => assert_eq!(described(&frame(bytes).unwrap()), [text], "{path}"),
        PassedOver => assert_eq!(frame(bytes).unwrap(), [], "{path}"),
        Refused(why) => {
            let error = frame(bytes).unwrap_err().to_string();
            assert!(error.ends_with(why), "{path}: {error}");
        }
        Trades(count) => {
            let trades = adapter.read_trades(&TradesPage { symbol, from_id: None, limit: 1000 }, bytes).unwrap();
            assert_eq!(trades.len(), count, "{path}");
            assert!(trades.iter().all(|trade| trade.price > 0.0 && trade.aggressor != Aggressor::Unknown));
        }
        Bars(length, count) => {
            let (from, to) = ("2017-01-01".parse().unwrap(), "2030-01-01".parse().unwrap());
            let timeframe = length.parse().unwrap();
            let page = BarsPage { symbol, timeframe, from, to, limit: 1000 };
            let bars = adapter.read_bars(&page, bytes).unwrap();
            assert_eq!(bars.len(), count, "{path}");
            assert!(bars.iter().all(|bar| timeframe.open_of(bar.ts) == bar.ts), "{path}");
        }
        Instruments(market, count) => instruments(path, bytes, market, count),
        Time(at) => assert_eq!(adapter.read_time(bytes).unwrap().to_string(), at, "{path}"),
    }
}

fn instruments(path: &str, bytes: &[u8], market: Market, count: usize) {
    let adapter = if market == Market::Spot { Binance::spot() } else { Binance::usd_m() };
    let listings = adapter.read_instruments(bytes).unwrap();
    assert_eq!(listings.len(), count, "{path}");
    for listing in listings {
        assert_eq!(listing.kind, market.kind(), "{path}");
        assert_eq!(listing.symbol.as_str(), format!("{}{}", listing.base, listing.quote), "{path}");
    }
}

#[test]
fn every_recorded_file_is_read_or_named() {
    let mut unknown = Vec::new();
    let mut seen = BTreeSet::new();
    for folder in ["fixtures/nautilus/binance", "fixtures/nautilus_py/binance"] {
        let Some(folder) = real_data(folder) else { return };
        let mut found = Vec::new();
        files(&folder, &mut found);
        for file in found {
            let path = file.to_string_lossy().into_owned();
            let is = |name: &str| path.ends_with(&format!("/{name}"));
            if let Some((name, expected)) = OURS.iter().find(|(name, _)| is(name)) {
                check(&path, &std::fs::read(&file).unwrap(), *expected);
                seen.insert(*name);
            } else if let Some(name) = NOT_OURS.iter().flat_map(|(_, names)| *names).find(|name| is(name)) {
                seen.insert(*name);
            } else if let Some(part) = PASSED_OVER.iter().find(|part| path.contains(*part)) {
                check(&path, &std::fs::read(&file).unwrap(), PassedOver);
                seen.insert(*part);
            } else {
                unknown.push(path);
            }
        }
    }
    assert_eq!(unknown, Vec::<String>::new(), "files that no list names");
    let listed =
        OURS.iter().map(|(name, _)| name).chain(NOT_OURS.iter().flat_map(|(_, names)| *names)).chain(PASSED_OVER);
    assert_eq!(
        listed.filter(|name| !seen.contains(*name)).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "names without a file"
    );
}

/// Recordings of sessions: a line is `address -> time: body`, or `time: frame`.
#[test]
fn recorded_sessions_are_read_to_the_end() {
    let Some(folder) = real_data("fixtures/cryptofeed_captures") else { return };
    for (file, market, count) in
        [("BINANCE.0.txt.gz", Market::Spot, 1695), ("BINANCE_FUTURES.0.txt.gz", Market::UsdM, 119)]
    {
        let text = read_text(&folder.join(file));
        let (first, rest) = text.split_once('\n').unwrap();
        let (asked, body) = first.split_once(": ").unwrap();
        assert!(asked.contains("/exchangeInfo -> "), "{asked}");
        instruments(file, body.as_bytes(), market, count);
        assert!(rest.starts_with("configuration: "), "the recorder's own settings, no answer of Binance");
    }
    for file in ["BINANCE.http.0.0.txt.gz", "BINANCE_FUTURES.http.0.0.txt.gz"] {
        // Depths over REST, which the adapter does not ask for.
        assert!(
            read_text(&folder.join(file))
                .lines()
                .all(|line| line.is_empty() || line.contains("/v1/depth?") || line.contains("/v3/depth?"))
        );
    }
    for (file, trades, quotes, bars, others) in [
        ("BINANCE.ws.1.0.firsthalf.txt.gz", 1, 44, 1, 86),
        ("BINANCE_FUTURES.ws.1.0.firsthalf.txt.gz", 51, 312, 36, 368),
    ] {
        let mut counts = (0, 0, 0, 0);
        let text = read_text(&folder.join(file));
        for line in text.lines().skip(1) {
            let (_, bytes) = line.split_once(": ").unwrap();
            match frame(bytes.as_bytes()).unwrap().as_slice() {
                [StreamEvent::Trade { .. }] => counts.0 += 1,
                [StreamEvent::Quote { .. }] => counts.1 += 1,
                [StreamEvent::Bar { .. }] => counts.2 += 1,
                [] => counts.3 += 1,
                more => panic!("{line}: {more:?}"),
            }
        }
        assert_eq!(counts, (trades, quotes, bars, others), "{file}");
    }
    let known = ["0", "http.0.0", "ws.1.0.firsthalf"]
        .map(|part| [format!("BINANCE.{part}.txt.gz"), format!("BINANCE_FUTURES.{part}.txt.gz")]);
    let known: BTreeSet<String> = known.into_iter().flatten().collect();
    let there = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(there.filter(|name| name.starts_with("BINANCE")).collect::<BTreeSet<_>>(), known);
}

/// Trades of a file of the real market data, or of the small one made up here.
fn ticks(file: &str) -> Vec<Trade> {
    const MADE_UP: &str = "timestamp_ms,recv_ns,trade_id,price,qty,aggressor,kind
1723161255342,1723161254087896568,3735683259,61837.63000000,0.02000000,sell,
1723161255617,1723161254347673567,3735683260,0.00000001,98765432.10000000,buy,";
    let text = real_data(file).map_or_else(|| MADE_UP.to_owned(), |path| read_text(&path));
    let rows = text.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        Trade {
            ts_venue: Timestamp::from_millis(cells[0].parse().unwrap()).unwrap(),
            ts_local: None,
            id: Some(cells[2].parse().unwrap()),
            price: cells[3].parse().unwrap(),
            qty: cells[4].parse().unwrap(),
            aggressor: if cells[5] == "sell" { Aggressor::Sell } else { Aggressor::Buy },
        }
    });
    rows.collect()
}

const TICKS: [&str; 3] = [
    "ticks_binance/trades_spot_btcusdt_20240808.csv.gz",
    "ticks_binance/trades_usdm_btcusdt_20240808.csv.gz",
    "ticks_binance/trades_cm_btcusd_perp_20240808.csv.gz",
];

#[test]
fn real_trades_come_back_bit_by_bit() {
    let symbol: Symbol = "BTCUSDT".parse().unwrap();
    for file in TICKS {
        for trade in ticks(file) {
            let (id, price, qty, time) = (trade.id.unwrap(), trade.price, trade.qty, trade.ts_venue.as_millis());
            let maker = trade.aggressor == Aggressor::Sell;
            let text = format!(
                r#"{{"stream":"btcusdt@aggTrade","data":{{"e":"aggTrade","E":{time},"s":"BTCUSDT","a":{id},"p":"{price:.8}","q":"{qty:.8}","f":{id},"l":{id},"T":{time},"m":{maker},"M":true}}}}"#
            );
            let expected = StreamEvent::Trade { symbol: symbol.clone(), trade };
            assert_eq!(frame(text.as_bytes()).unwrap(), [expected], "{text}");
        }
    }
}

/// The recorded frames and the tables made of them by other hands tell the same trades and quotes.
#[test]
fn recorded_frames_are_the_recorded_trades_and_quotes() {
    for (raw, trades, quotes) in [
        ("raw_ws_spot_btcusdt_20240808.jsonl.gz", TICKS[0], "quotes_spot_btcusdt_20240808.csv.gz"),
        ("raw_ws_usdm_btcusdt_20240808.jsonl.gz", TICKS[1], "quotes_usdm_btcusdt_20240808.csv.gz"),
        ("raw_ws_cm_btcusd_perp_20240808.jsonl.gz", TICKS[2], "quotes_cm_btcusd_perp_20240808.csv.gz"),
    ] {
        let Some(raw) = real_data(&format!("ticks_binance/{raw}")) else { return };
        let (mut read_trades, mut read_quotes) = (Vec::new(), Vec::new());
        for line in read_text(&raw).lines() {
            let (_, bytes) = line.split_once(' ').unwrap();
            for event in frame(bytes.as_bytes()).unwrap() {
                match event {
                    StreamEvent::Trade { trade, .. } => read_trades.push(trade),
                    StreamEvent::Quote { quote, .. } => read_quotes.push(quote),
                    other => panic!("{other:?}"),
                }
            }
        }
        assert_eq!(read_trades, ticks(trades));
        let text = read_text(&real_data(&format!("ticks_binance/{quotes}")).unwrap());
        let expected: Vec<Quote> = text
            .lines()
            .skip(1)
            .zip(&read_quotes)
            .map(|(line, read)| {
                let cells: Vec<&str> = line.split(',').collect();
                let number = |at: usize| cells[at].parse::<f64>().unwrap();
                // Spot's frames have no time; the table took that of their arrival.
                let at = Timestamp::from_millis(cells[0].parse().unwrap()).unwrap();
                let ts_venue = if read.ts_venue == Timestamp::default() { read.ts_venue } else { at };
                let (bid, ask) = (Some((number(3), Some(number(4)))), Some((number(5), Some(number(6)))));
                Quote { ts_venue, ts_local: None, id: Some(cells[2].parse().unwrap()), bid, ask }
            })
            .collect();
        assert_eq!(read_quotes.len(), text.lines().count() - 1);
        assert_eq!(read_quotes, expected);
    }
}
