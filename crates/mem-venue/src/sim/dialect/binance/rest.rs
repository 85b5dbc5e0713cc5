//! The public REST API: "Market Data endpoints" and "General endpoints" of both documentations.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mem_types::time::NANOS_PER_DAY;
use mem_types::{Timeframe, Timestamp, Trade};
use serde_json::{Value, json};

use super::decimal;
use super::stream::{buyer_is_maker, side, taker_buy_value};
use crate::binance::Market;
use crate::sim::view::{MarketView, TapeBar};
use crate::words::Listing;

/// The endpoints below `/api/v3` (spot) and `/fapi/v1` (USD-M futures), and an empty list of coin-margined futures,
/// which clients ask for beside them.
pub fn router(view: Arc<dyn MarketView>) -> Router {
    let market = |market: Market| Router::new().nest(market.prefix(), routes(market, view.clone()));
    market(Market::Spot).merge(market(Market::UsdM)).route("/dapi/v1/exchangeInfo", get(coin_m).with_state(view))
}

fn routes(market: Market, view: Arc<dyn MarketView>) -> Router {
    Router::new()
        .route("/ping", get(async || Json(json!({}))))
        .route("/time", get(time))
        .route("/exchangeInfo", get(exchange_info))
        .route("/klines", get(klines))
        .route("/trades", get(recent_trades))
        .route("/historicalTrades", get(old_trades))
        .route("/aggTrades", get(agg_trades))
        .route("/depth", get(depth))
        .route("/ticker/bookTicker", get(book_ticker))
        .route("/ticker/price", get(price_ticker))
        .route("/ticker/24hr", get(day_ticker))
        .with_state(Api { market, view })
}

/// What handlers share.
#[derive(Clone)]
struct Api {
    market: Market,
    view: Arc<dyn MarketView>,
}

impl Api {
    /// What this market lists.
    fn listings(&self) -> Vec<Listing> {
        let kind = self.market.kind();
        self.view.listings().into_iter().filter(|listing| listing.kind == kind).collect()
    }

    fn listing(&self, symbol: &str) -> Result<Listing, Refusal> {
        if symbol.is_empty() {
            return Err(Refusal::missing("symbol"));
        }
        let legal = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        if !symbol.chars().all(legal) {
            return Err(Refusal::illegal("symbol", "^[A-Z0-9-_.]{1,20}$"));
        }
        let found = self.listings().into_iter().find(|listing| listing.symbol.as_str() == symbol);
        found.ok_or_else(Refusal::unknown_symbol)
    }

    /// The newest trade, if there is one yet.
    fn last_trade(&self, listing: &Listing) -> Option<Trade> {
        self.view.trades(&listing.symbol, None, 1)?.pop()
    }
}

/// A body of "Error codes", sent with the status 400.
#[derive(Debug)]
struct Refusal {
    code: i32,
    msg: String,
}

impl Refusal {
    fn new(code: i32, msg: impl Into<String>) -> Self {
        Self { code, msg: msg.into() }
    }

    fn illegal(name: &str, range: &str) -> Self {
        Self::new(-1100, format!("Illegal characters found in parameter '{name}'; legal range is '{range}'."))
    }

    fn missing(name: &str) -> Self {
        Self::new(-1102, format!("Mandatory parameter '{name}' was not sent, was empty/null, or malformed."))
    }

    fn unknown_symbol() -> Self {
        Self::new(-1121, "Invalid symbol.")
    }

    fn invalid(name: &str) -> Self {
        Self::new(-1130, format!("Data sent for parameter '{name}' is not valid."))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({ "code": self.code, "msg": self.msg }))).into_response()
    }
}

type Answer = Result<Json<Value>, Refusal>;

/// The parameters of a query.
struct Params(HashMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let query = Query::from_request_parts(parts, state).await;
        query.map(|Query(pairs)| Self(pairs)).map_err(|error| Refusal::new(-1100, error.body_text()))
    }
}

impl Params {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn listing(&self, api: &Api) -> Result<Listing, Refusal> {
        api.listing(self.text("symbol").unwrap_or(""))
    }

    fn whole(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.text(name) else { return Ok(None) };
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Refusal::illegal(name, "^[0-9]{1,20}$"));
        }
        text.parse().map(Some).map_err(|_| Refusal::invalid(name))
    }

    fn time(&self, name: &str) -> Result<Option<Timestamp>, Refusal> {
        let Some(millis) = self.whole(name)? else { return Ok(None) };
        Timestamp::from_millis(millis).map(Some).ok_or_else(|| Refusal::invalid(name))
    }

    /// The start, and the end that is no longer part of it: Binance's `endTime` is.
    fn span(&self) -> Result<(Option<Timestamp>, Option<Timestamp>), Refusal> {
        let end = self.whole("endTime")?.map(|end| end.checked_add(1).and_then(Timestamp::from_millis));
        let to = end.map(|end| end.ok_or_else(|| Refusal::invalid("endTime"))).transpose()?;
        Ok((self.time("startTime")?, to))
    }

    /// How many rows. Above the maximum spot gives the maximum and futures refuse.
    fn limit(&self, api: &Api, default: usize, max: usize) -> Result<usize, Refusal> {
        let Some(limit) = self.whole("limit")? else { return Ok(default) };
        match usize::try_from(limit).map_err(|_| Refusal::invalid("limit"))? {
            0 => Err(Refusal::invalid("limit")),
            limit if limit > max && api.market == Market::UsdM => Err(Refusal::invalid("limit")),
            limit => Ok(limit.min(max)),
        }
    }

    /// An object for `symbol`, a list for `symbols` or for all.
    fn each(&self, api: &Api, what: impl Fn(&Listing) -> Value) -> Answer {
        if self.text("symbol").is_some() {
            return Ok(Json(what(&self.listing(api)?)));
        }
        Ok(Json(self.listings(api)?.iter().map(what).collect()))
    }

    /// Those of `symbol` or `symbols`, or all.
    fn listings(&self, api: &Api) -> Result<Vec<Listing>, Refusal> {
        if self.text("symbol").is_some() {
            return Ok(vec![self.listing(api)?]);
        }
        let Some(names) = self.text("symbols") else { return Ok(api.listings()) };
        let names: Vec<String> = serde_json::from_str(names).map_err(|_| Refusal::invalid("symbols"))?;
        names.iter().map(|name| api.listing(name)).collect()
    }
}

/// "Check server time".
async fn time(State(api): State<Api>) -> Json<Value> {
    Json(json!({ "serverTime": api.view.now().as_millis() }))
}

/// "Exchange information".
async fn exchange_info(State(api): State<Api>, params: Params) -> Answer {
    let symbols: Vec<Value> = params.listings(&api)?.iter().map(|listing| symbol_info(api.market, listing)).collect();
    let weight = api.market.limits().weight_per_minute;
    Ok(Json(json!({
        "timezone": "UTC",
        "serverTime": api.view.now().as_millis(),
        "rateLimits": [
            { "rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": weight },
        ],
        "exchangeFilters": [],
        "symbols": symbols,
    })))
}

async fn coin_m(State(view): State<Arc<dyn MarketView>>) -> Json<Value> {
    let now = view.now().as_millis();
    Json(json!({ "timezone": "UTC", "serverTime": now, "rateLimits": [], "exchangeFilters": [], "symbols": [] }))
}

fn symbol_info(market: Market, listing: &Listing) -> Value {
    /// Larger than anything here: the exchange has no upper limits.
    const MAX: &str = "1000000000000";
    let tick = decimal(listing.tick_size);
    let (step, min_qty) = (decimal(listing.lot_size), decimal(listing.min_qty));
    let min_notional = decimal(listing.min_notional);
    let status = match (listing.trading, market) {
        (true, _) => "TRADING",
        (false, Market::Spot) => "BREAK",
        (false, Market::UsdM) => "SETTLING",
    };
    let price_filter = json!({ "filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": MAX, "tickSize": tick });
    let lot = |kind: &str| json!({ "filterType": kind, "minQty": min_qty, "maxQty": MAX, "stepSize": step });
    match market {
        Market::Spot => json!({
            "symbol": listing.symbol,
            "status": status,
            "baseAsset": listing.base,
            "baseAssetPrecision": 8,
            "quoteAsset": listing.quote,
            "quotePrecision": 8,
            "quoteAssetPrecision": 8,
            "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
            "icebergAllowed": false,
            "ocoAllowed": false,
            "isSpotTradingAllowed": true,
            "isMarginTradingAllowed": false,
            "filters": [price_filter, lot("LOT_SIZE"), { "filterType": "NOTIONAL", "minNotional": min_notional }],
            "permissions": ["SPOT"],
            "permissionSets": [["SPOT"]],
        }),
        Market::UsdM => json!({
            "symbol": listing.symbol,
            "pair": format!("{}{}", listing.base, listing.quote),
            "contractType": "PERPETUAL",
            // What Binance writes where there is no expiry: 2100-12-25.
            "deliveryDate": 4_133_404_800_000_i64,
            "onboardDate": 0,
            "status": status,
            "baseAsset": listing.base,
            "quoteAsset": listing.quote,
            "marginAsset": listing.quote,
            "pricePrecision": decimals(&tick),
            "quantityPrecision": decimals(&step),
            "baseAssetPrecision": 8,
            "quotePrecision": 8,
            "underlyingType": "COIN",
            "orderTypes": ["LIMIT", "MARKET"],
            "timeInForce": ["GTC", "IOC", "FOK"],
            "filters": [
                price_filter,
                lot("LOT_SIZE"),
                lot("MARKET_LOT_SIZE"),
                { "filterType": "MIN_NOTIONAL", "notional": min_notional },
            ],
        }),
    }
}

/// How many digits stand behind the point.
fn decimals(text: &str) -> usize {
    text.split_once('.').map_or(0, |(_, digits)| digits.len())
}

/// "Kline/Candlestick data".
async fn klines(State(api): State<Api>, params: Params) -> Answer {
    let listing = params.listing(&api)?;
    let interval =
        params.text("interval").filter(|text| !text.is_empty()).ok_or_else(|| Refusal::missing("interval"))?;
    let timeframe: Timeframe = interval
        .parse()
        .ok()
        .filter(|timeframe| api.market.interval(*timeframe).as_deref() == Some(interval))
        .ok_or_else(|| Refusal::new(-1120, "Invalid interval."))?;
    let (from, to) = params.span()?;
    let limit = params.limit(&api, 500, api.market.limits().bars_per_page)?;
    let bars = api.view.bars(&listing.symbol, timeframe, from, to, limit).ok_or_else(Refusal::unknown_symbol)?;
    Ok(Json(bars.iter().map(|bar| kline(timeframe, bar)).collect()))
}

fn kline(timeframe: Timeframe, tape: &TapeBar) -> Value {
    let bar = &tape.bar;
    json!([
        bar.ts.as_millis(),
        decimal(bar.open),
        decimal(bar.high),
        decimal(bar.low),
        decimal(bar.close),
        decimal(bar.volume),
        timeframe.close_of(bar.ts).as_millis() - 1,
        decimal(tape.value),
        tape.trades,
        decimal(tape.taker_buy_volume),
        decimal(taker_buy_value(tape)),
        "0",
    ])
}

/// Trades in one answer, if nothing else is said.
const TRADES_DEFAULT: usize = 500;

/// "Recent trades list".
async fn recent_trades(State(api): State<Api>, params: Params) -> Answer {
    let listing = params.listing(&api)?;
    let limit = params.limit(&api, TRADES_DEFAULT, api.market.limits().trades_per_page)?;
    single_trades(&api, &listing, None, limit)
}

/// "Old trade lookup". Ours asks for no key.
async fn old_trades(State(api): State<Api>, params: Params) -> Answer {
    let listing = params.listing(&api)?;
    let limit = params.limit(&api, TRADES_DEFAULT, api.market.limits().trades_per_page)?;
    single_trades(&api, &listing, params.whole("fromId")?, limit)
}

/// "Compressed/Aggregate trades list".
async fn agg_trades(State(api): State<Api>, params: Params) -> Answer {
    let listing = params.listing(&api)?;
    let limit = params.limit(&api, TRADES_DEFAULT, api.market.limits().trades_per_page)?;
    let (from_id, (start, to)) = (params.whole("fromId")?, params.span()?);
    if from_id.is_some() && (start.is_some() || to.is_some()) {
        return Err(Refusal::new(-1128, "Combination of optional parameters invalid."));
    }
    let first_since = |at| api.view.first_trade_since(&listing.symbol, at);
    // The id that is no longer part of the answer, where there is one.
    let end = to.and_then(first_since);
    let first = match (from_id, start, end) {
        (Some(id), ..) => Some(id),
        (None, Some(start), _) => match first_since(start) {
            Some(id) => Some(id),
            None => return Ok(Json(json!([]))),
        },
        (None, None, Some(end)) => Some(end.saturating_sub(i64::try_from(limit).unwrap_or(i64::MAX))),
        (None, None, None) => None,
    };
    let trades = api.view.trades(&listing.symbol, first, limit).ok_or_else(Refusal::unknown_symbol)?;
    let in_span = trades.iter().filter(|trade| end.is_none() || trade.id < end);
    Ok(Json(in_span.map(agg_trade).collect()))
}

fn single_trades(api: &Api, listing: &Listing, from_id: Option<i64>, limit: usize) -> Answer {
    let trades = api.view.trades(&listing.symbol, from_id, limit).ok_or_else(Refusal::unknown_symbol)?;
    Ok(Json(trades.iter().map(single_trade).collect()))
}

fn single_trade(trade: &Trade) -> Value {
    json!({
        "id": trade.id,
        "price": decimal(trade.price),
        "qty": decimal(trade.qty),
        "quoteQty": decimal(trade.price * trade.qty),
        "time": trade.ts_venue.as_millis(),
        "isBuyerMaker": buyer_is_maker(trade),
        "isBestMatch": true,
    })
}

fn agg_trade(trade: &Trade) -> Value {
    json!({
        "a": trade.id,
        "p": decimal(trade.price),
        "q": decimal(trade.qty),
        "f": trade.id,
        "l": trade.id,
        "T": trade.ts_venue.as_millis(),
        "m": buyer_is_maker(trade),
        "M": true,
    })
}

/// "Order book". Futures know some depths only.
async fn depth(State(api): State<Api>, params: Params) -> Answer {
    let listing = params.listing(&api)?;
    let levels = match api.market {
        Market::Spot => params.limit(&api, 100, 5000)?,
        Market::UsdM => {
            let levels = params.limit(&api, 500, usize::MAX)?;
            if ![5, 10, 20, 50, 100, 500, 1000].contains(&levels) {
                return Err(Refusal::new(-4021, format!("{levels} is not valid depth limit.")));
            }
            levels
        }
    };
    let depth = api.view.depth(&listing.symbol, levels).ok_or_else(Refusal::unknown_symbol)?;
    let side = |levels: &[(f64, f64)]| -> Vec<[String; 2]> {
        levels.iter().map(|(price, qty)| [decimal(*price), decimal(*qty)]).collect()
    };
    let (bids, asks) = (side(&depth.bids), side(&depth.asks));
    let now = api.view.now().as_millis();
    Ok(Json(match api.market {
        Market::Spot => json!({ "lastUpdateId": depth.update_id, "bids": bids, "asks": asks }),
        Market::UsdM => json!({ "lastUpdateId": depth.update_id, "E": now, "T": now, "bids": bids, "asks": asks }),
    }))
}

/// "Symbol order book ticker".
async fn book_ticker(State(api): State<Api>, params: Params) -> Answer {
    params.each(&api, |listing| {
        let quote = api.view.quote(&listing.symbol);
        let (bid, bid_qty) = side(quote.as_ref().and_then(|quote| quote.bid));
        let (ask, ask_qty) = side(quote.as_ref().and_then(|quote| quote.ask));
        let mut ticker = json!({
            "symbol": listing.symbol,
            "bidPrice": decimal(bid),
            "bidQty": decimal(bid_qty),
            "askPrice": decimal(ask),
            "askQty": decimal(ask_qty),
        });
        if api.market == Market::UsdM {
            ticker["time"] = json!(quote.map_or(api.view.now(), |quote| quote.ts_venue).as_millis());
        }
        ticker
    })
}

/// "Symbol price ticker".
async fn price_ticker(State(api): State<Api>, params: Params) -> Answer {
    params.each(&api, |listing| {
        let last = api.last_trade(listing);
        let mut ticker = json!({
            "symbol": listing.symbol,
            "price": decimal(last.as_ref().map_or(0.0, |trade| trade.price)),
        });
        if api.market == Market::UsdM {
            ticker["time"] = json!(last.map_or(api.view.now(), |trade| trade.ts_venue).as_millis());
        }
        ticker
    })
}

/// "24hr ticker price change statistics", over the last 24 hours in candles of a minute.
async fn day_ticker(State(api): State<Api>, params: Params) -> Answer {
    params.each(&api, |listing| day(&api, listing))
}

fn day(api: &Api, listing: &Listing) -> Value {
    const MINUTES: usize = 24 * 60;
    let now = api.view.now();
    let start = Timestamp::from_nanos(now.as_nanos() - NANOS_PER_DAY);
    let bars = api.view.bars(&listing.symbol, Timeframe::M1, Some(start), None, MINUTES).unwrap_or_default();
    let volume: f64 = bars.iter().map(|tape| tape.bar.volume).sum();
    let value: f64 = bars.iter().map(|tape| tape.value).sum();
    let open = bars.first().map_or(0.0, |tape| tape.bar.open);
    let high = bars.iter().map(|tape| tape.bar.high).fold(open, f64::max);
    let low = bars.iter().map(|tape| tape.bar.low).fold(open, f64::min);
    let last = api.last_trade(listing);
    let last_price = last.as_ref().map_or(open, |trade| trade.price);
    let quote = api.view.quote(&listing.symbol);
    let (bid, bid_qty) = side(quote.as_ref().and_then(|quote| quote.bid));
    let (ask, ask_qty) = side(quote.as_ref().and_then(|quote| quote.ask));
    let mut ids = bars.iter().filter_map(|tape| tape.ids);
    let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    let mut ticker = json!({
        "symbol": listing.symbol,
        "priceChange": format!("{:.8}", last_price - open),
        "priceChangePercent": format!("{:.3}", 100.0 * share(last_price - open, open)),
        "weightedAvgPrice": format!("{:.8}", share(value, volume)),
        "lastPrice": decimal(last_price),
        "lastQty": decimal(last.map_or(0.0, |trade| trade.qty)),
        "openPrice": decimal(open),
        "highPrice": decimal(high),
        "lowPrice": decimal(low),
        "volume": format!("{volume:.8}"),
        "quoteVolume": format!("{value:.8}"),
        "openTime": start.as_millis(),
        "closeTime": now.as_millis(),
        "firstId": ids.clone().next().map_or(-1, |(first, _)| first),
        "lastId": ids.next_back().map_or(-1, |(_, last)| last),
        "count": bars.iter().map(|tape| tape.trades).sum::<u64>(),
    });
    if api.market == Market::Spot {
        ticker["prevClosePrice"] = json!(decimal(open));
        for (name, value) in [("bidPrice", bid), ("bidQty", bid_qty), ("askPrice", ask), ("askQty", ask_qty)] {
            ticker[name] = json!(decimal(value));
        }
    }
    ticker
}
