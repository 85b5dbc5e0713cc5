//! Requests of the REST API and their answers: "Market Data endpoints" of both documentations.

use mem_types::time::NANOS_PER_MILLI;
use mem_types::{Bar, Symbol, Timestamp, Trade};
use serde::Deserialize;

use super::market::Market;
use super::wire::{Decimal, ExchangeInfo, Filter, KlineRow, Refusal, ServerTime, SymbolInfo, TradeRow};
use crate::adapter::{BarsPage, Request, TradesPage, WireError};
use crate::words::Listing;

/// "Exchange information": weight 20 on spot, 1 on futures.
pub fn instruments(market: Market) -> Request {
    let weight = match market {
        Market::Spot => 20,
        Market::UsdM => 1,
    };
    Request::get(format!("{}/exchangeInfo", market.prefix()), weight)
}

/// Reads the answer to [`instruments`].
///
/// A filter that is absent or switched off is 0: no rule. Left out is what MEM has no word for: futures that expire, and
/// symbols in letters other than ASCII.
///
/// # Errors
/// An answer of another form.
pub fn read_instruments(market: Market, body: &[u8]) -> Result<Vec<Listing>, WireError> {
    let info: ExchangeInfo<'_> = json("exchangeInfo", body)?;
    Ok(info.symbols.iter().filter_map(|symbol| listing(market, symbol)).collect())
}

fn listing(market: Market, info: &SymbolInfo<'_>) -> Option<Listing> {
    // `PERPETUAL`, and `TRADIFI_PERPETUAL` for those on shares and metals.
    if info.contract_type.as_ref().is_some_and(|contract| !contract.0.ends_with("PERPETUAL")) {
        return None;
    }
    let symbol = info.symbol.0.parse().ok()?;
    let filter = |kinds: &[&str], value: fn(&Filter<'_>) -> Option<Decimal>| {
        let found = info.filters.iter().find(|filter| kinds.contains(&filter.filter_type.0.as_ref()));
        found.and_then(value).map_or(0.0, |value| value.0)
    };
    Some(Listing {
        symbol,
        base: info.base_asset.0.to_string(),
        quote: info.quote_asset.0.to_string(),
        kind: market.kind(),
        tick_size: filter(&["PRICE_FILTER"], |filter| filter.tick_size),
        lot_size: filter(&["LOT_SIZE"], |filter| filter.step_size),
        min_qty: filter(&["LOT_SIZE"], |filter| filter.min_qty),
        min_notional: filter(&["NOTIONAL", "MIN_NOTIONAL"], |filter| filter.min_notional.or(filter.notional)),
        trading: info.status.0 == "TRADING",
    })
}

/// "Kline/Candlestick data": weight 2 on spot; 1, 2, 5 or 10 by the limit on futures. `None` for a length that the market
/// has no candles of.
pub fn bars(market: Market, page: &BarsPage) -> Option<Request> {
    let interval = market.interval(page.timeframe)?;
    let limit = page.limit.clamp(1, market.limits().bars_per_page);
    let weight = match (market, limit) {
        (Market::Spot, _) => 2,
        (Market::UsdM, ..100) => 1,
        (Market::UsdM, ..500) => 2,
        (Market::UsdM, ..=1000) => 5,
        (Market::UsdM, _) => 10,
    };
    // Binance counts in milliseconds and its last one belongs to the page.
    let start = ceil_millis(page.from);
    let end = ceil_millis(page.to) - 1;
    let (prefix, symbol) = (market.prefix(), encoded(&page.symbol));
    let path =
        format!("{prefix}/klines?symbol={symbol}&interval={interval}&startTime={start}&endTime={end}&limit={limit}");
    Some(Request::get(path, weight))
}

/// Reads the answer to [`bars`].
///
/// # Errors
/// An answer of another form; a candle that is not sound, out of order, or not of the page.
pub fn read_bars(page: &BarsPage, body: &[u8]) -> Result<Vec<Bar>, WireError> {
    const WHAT: &str = "klines";
    let rows: Vec<KlineRow> = json(WHAT, body)?;
    let bars: Vec<Bar> = rows.into_iter().map(|row| row.0).collect();
    for bar in &bars {
        bar.check().map_err(|fault| WireError::new(WHAT, format_args!("candle at {}: {fault}", bar.ts)))?;
        if bar.ts < page.from || bar.ts >= page.to {
            return Err(WireError::new(WHAT, format_args!("a candle at {} was not asked for", bar.ts)));
        }
    }
    if let Some(pair) = bars.windows(2).find(|pair| pair[0].ts >= pair[1].ts) {
        return Err(WireError::new(
            WHAT,
            format_args!("the candle at {} is not later than the one before", pair[1].ts),
        ));
    }
    Ok(bars)
}

/// "Compressed/Aggregate trades list": weight 4 on spot, 20 on futures.
pub fn trades(market: Market, page: &TradesPage) -> Request {
    let weight = match market {
        Market::Spot => 4,
        Market::UsdM => 20,
    };
    let limit = page.limit.clamp(1, market.limits().trades_per_page);
    let mut path = format!("{}/aggTrades?symbol={}&limit={limit}", market.prefix(), encoded(&page.symbol));
    if let Some(id) = page.from_id {
        path += &format!("&fromId={id}");
    }
    Request::get(path, weight)
}

/// Reads the answer to [`trades`], and also those of "Recent trades list" and "Old trade lookup".
///
/// # Errors
/// An answer of another form; ids that do not rise, or begin before those of the page.
pub fn read_trades(page: &TradesPage, body: &[u8]) -> Result<Vec<Trade>, WireError> {
    const WHAT: &str = "trades";
    let rows: Vec<TradeRow> = json(WHAT, body)?;
    let mut trades = Vec::with_capacity(rows.len());
    let mut next = page.from_id.unwrap_or(i64::MIN);
    for row in rows {
        if row.id < next {
            return Err(WireError::new(WHAT, format_args!("id {} where {next} or more was due", row.id)));
        }
        next = row.id.saturating_add(1);
        trades.extend(row.read().map_err(|fault| WireError::new(WHAT, fault))?);
    }
    Ok(trades)
}

/// "Check server time": weight 1.
pub fn time(market: Market) -> Request {
    Request::get(format!("{}/time", market.prefix()), 1)
}

/// Reads the answer to [`time`].
///
/// # Errors
/// An answer of another form.
pub fn read_time(body: &[u8]) -> Result<Timestamp, WireError> {
    json::<ServerTime>("time", body).map(|time| time.time.0)
}

/// The code and the text of an error body; the body itself where it is none.
pub fn read_refusal(body: &[u8]) -> String {
    let text = match serde_json::from_slice::<Refusal<'_>>(body) {
        Ok(refusal) => refusal.to_string(),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn json<'a, T: Deserialize<'a>>(what: &'static str, body: &'a [u8]) -> Result<T, WireError> {
    serde_json::from_slice(body).map_err(|error| WireError::new(what, error))
}

fn ceil_millis(at: Timestamp) -> i64 {
    at.as_millis() + i64::from(at.as_nanos().rem_euclid(NANOS_PER_MILLI) != 0)
}

/// A symbol inside a query: of the characters of a name only these two are not allowed there.
fn encoded(symbol: &Symbol) -> String {
    symbol.as_str().replace('^', "%5E").replace(':', "%3A")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::InstrumentKind;
    use mem_types::{Aggressor, Timeframe};

    fn page(from: &str, to: &str, limit: usize) -> BarsPage {
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        BarsPage { symbol: "BTCUSDT".parse().unwrap(), timeframe: Timeframe::M1, from, to, limit }
    }

    fn trades_page(from_id: Option<i64>) -> TradesPage {
        TradesPage { symbol: "BTC/USDT".parse().unwrap(), from_id, limit: 5000 }
    }

    #[test]
    fn asks_as_binance_wants_to_be_asked() {
        let hour = page("2024-01-01", "2024-01-01T01:00:00Z", 9999);
        let request = bars(Market::Spot, &hour).unwrap();
        let path = "/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=1704067200000&endTime=1704070799999&limit=1000";
        assert_eq!(request, Request::get(path, 2));
        for (limit, weight) in [(0, 1), (99, 1), (100, 2), (499, 2), (500, 5), (1000, 5), (1001, 10), (1500, 10)] {
            assert_eq!(bars(Market::UsdM, &BarsPage { limit, ..hour.clone() }).unwrap().weight, weight, "{limit}");
        }
        let odd = BarsPage { from: Timestamp::from_nanos(1), to: Timestamp::from_nanos(1_000_001), ..hour.clone() };
        assert!(bars(Market::Spot, &odd).unwrap().path.contains("startTime=1&endTime=1&"));
        for (length, spot, usd_m) in
            [("1s", true, false), ("60m", true, true), ("1M", true, true), ("7m", false, false)]
        {
            let page = BarsPage { timeframe: length.parse().unwrap(), ..hour.clone() };
            assert_eq!(bars(Market::Spot, &page).is_some(), spot, "{length}");
            assert_eq!(bars(Market::UsdM, &page).is_some(), usd_m, "{length}");
        }
        let newest = trades(Market::Spot, &trades_page(None));
        assert_eq!(newest, Request::get("/api/v3/aggTrades?symbol=BTCUSDT&limit=1000", 4));
        let further = trades(Market::UsdM, &trades_page(Some(77)));
        assert_eq!(further, Request::get("/fapi/v1/aggTrades?symbol=BTCUSDT&limit=1000&fromId=77", 20));
        assert_eq!(instruments(Market::UsdM), Request::get("/fapi/v1/exchangeInfo", 1));
        assert_eq!(time(Market::Spot), Request::get("/api/v3/time", 1));
    }

    #[test]
    fn reads_instruments() {
        let spot = br#"{"timezone":"UTC","symbols":[
            {"symbol":"ETHBTC","status":"TRADING","baseAsset":"ETH","quoteAsset":"BTC","filters":[
                {"filterType":"PRICE_FILTER","minPrice":"0.00000100","maxPrice":"922327.00000000","tickSize":"0.00000100"},
                {"filterType":"PERCENT_PRICE","multiplierUp":"5","multiplierDown":"0.2","avgPriceMins":5},
                {"filterType":"LOT_SIZE","minQty":"0.00100000","maxQty":"100000.00000000","stepSize":"0.00010000"},
                {"filterType":"NOTIONAL","minNotional":"0.00010000","applyMinToMarket":true}]},
            {"symbol":"OLDUSDT","status":"BREAK","baseAsset":"OLD","quoteAsset":"USDT","filters":[]},
            {"symbol":"\u5e01USDT","status":"TRADING","baseAsset":"\u5e01","quoteAsset":"USDT","filters":[]}]}"#;
        let listing = |symbol: &str, base: &str, quote: &str, numbers: [f64; 4], kind, trading| {
            let [tick_size, lot_size, min_qty, min_notional] = numbers;
            let (base, quote) = (base.to_owned(), quote.to_owned());
            let symbol = symbol.parse().unwrap();
            Listing { symbol, base, quote, kind, tick_size, lot_size, min_qty, min_notional, trading }
        };
        assert_eq!(
            read_instruments(Market::Spot, spot).unwrap(),
            [
                listing("ETHBTC", "ETH", "BTC", [1e-6, 1e-4, 1e-3, 1e-4], InstrumentKind::Spot, true),
                listing("OLDUSDT", "OLD", "USDT", [0.0; 4], InstrumentKind::Spot, false),
            ]
        );
        let usd_m = br#"{"symbols":[
            {"symbol":"BTCUSDT","pair":"BTCUSDT","contractType":"PERPETUAL","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","filters":[
                {"minPrice":"556.72","maxPrice":"1000000","filterType":"PRICE_FILTER","tickSize":"0.01"},
                {"stepSize":"0.001","filterType":"LOT_SIZE","maxQty":"1000","minQty":"0.001"},
                {"notional":"5","filterType":"MIN_NOTIONAL"}]},
            {"symbol":"BTCUSDT_240927","contractType":"CURRENT_QUARTER","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","filters":[]}]}"#;
        let btc = listing("BTCUSDT", "BTC", "USDT", [0.01, 0.001, 0.001, 5.0], InstrumentKind::Perpetual, true);
        assert_eq!(read_instruments(Market::UsdM, usd_m).unwrap(), [btc]);
        assert!(read_instruments(Market::Spot, b"{}").is_err());
    }

    #[test]
    fn reads_candles() {
        let rows = |first: &str, second: &str| {
            let row = |at: &str| format!(r#"[{at},"1.0","2.0","0.5","1.5","10.25",1,"12.5",3,"5","6.25","0"]"#);
            format!("[{},{}]", row(first), row(second))
        };
        let asked = page("2024-01-01", "2024-01-01T00:02:00Z", 10);
        let bars = read_bars(&asked, rows("1704067200000", "1704067260000").as_bytes()).unwrap();
        assert_eq!(
            bars.iter().map(|bar| bar.ts.as_millis()).collect::<Vec<_>>(),
            [1_704_067_200_000, 1_704_067_260_000]
        );
        let first = Bar { ts: asked.from, open: 1.0, high: 2.0, low: 0.5, close: 1.5, volume: 10.25 };
        assert_eq!(bars[0], first);
        assert_eq!(read_bars(&asked, b"[]").unwrap(), []);
        for wrong in [
            rows("1704067260000", "1704067200000"),
            rows("1704067200000", "1704067200000"),
            rows("1704067200000", "1704067320000"),
            rows("1704067200000", "1704067260000").replace("\"2.0\"", "\"1.0\""),
            rows("1704067200000", "-5"),
            r#"[[1704067200000,"1","2"]]"#.to_owned(),
            r#"{"code":-1121,"msg":"Invalid symbol."}"#.to_owned(),
        ] {
            assert!(read_bars(&asked, wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn reads_trades_of_three_forms() {
        let trade = |id, aggressor| Trade {
            ts_venue: Timestamp::from_millis(1_498_793_709_153).unwrap(),
            ts_local: None,
            id: Some(id),
            price: 0.01633102,
            qty: 4.70443515,
            aggressor,
        };
        let aggregate =
            br#"[{"a":26129,"p":"0.01633102","q":"4.70443515","f":27781,"l":27781,"T":1498793709153,"m":true,"M":true},
            {"a":26130,"p":"0","q":"0","f":-1,"l":-1,"T":1498793709153,"m":true,"M":true},
            {"a":26131,"p":"0.01633102","q":"4.70443515","f":27781,"l":27781,"T":1498793709153,"m":false,"M":true}]"#;
        let expected = [trade(26129, Aggressor::Sell), trade(26131, Aggressor::Buy)];
        assert_eq!(read_trades(&trades_page(Some(26129)), aggregate).unwrap(), expected);
        let single = br#"[{"id":26129,"price":"0.01633102","qty":"4.70443515","quoteQty":"48.000012","time":1498793709153,"isBuyerMaker":true,"isBestMatch":true}]"#;
        assert_eq!(read_trades(&trades_page(None), single).unwrap(), expected[..1]);
        assert!(read_trades(&trades_page(Some(26130)), aggregate).is_err(), "ids before those asked for");
        assert!(read_trades(&trades_page(None), &aggregate[..200]).is_err(), "cut off");
    }

    #[test]
    fn reads_the_clock_and_refusals() {
        assert_eq!(read_time(br#"{"serverTime":1499827319559}"#).unwrap().to_string(), "2017-07-12T02:41:59.559Z");
        assert!(read_time(b"{}").is_err());
        assert_eq!(read_refusal(br#"{"code":-1121,"msg":"Invalid symbol."}"#), "-1121: Invalid symbol.");
        assert_eq!(read_refusal(b"<html>\nbusy"), "<html>busy");
    }
}
