//! What a file's name says: venue, symbol, timeframe, kind.
//!
//! `binance_um_BTCUSDT_1h.csv.gz` is venue `binance_um`, symbol `BTCUSDT`, timeframe `1h`. The name is cut at `_` and
//! blanks (at `-` too where that yields a timeframe or a kind, as in `BTCUSDT-1h-2024-01.csv`). Taken out are, in any
//! place: a timeframe, words for the kind (`trades`, `quotes`, `funding`, `klines`, …) and dates. Leading words that
//! name a venue or a market segment, and leading lower-case words before an upper-case one, are the venue. The rest,
//! joined with `_` and in upper case, is the symbol: words that tell one price from another (`mark`, `index`, `raw`,
//! `perp`) stay in it, so that mark prices and unadjusted prices do not mix with traded and adjusted ones.

use mem_types::{Symbol, Timeframe, Venue};

use crate::catalog::Kind;

/// What could be read from a file name; each part may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct FileName {
    pub(super) venue: Option<Venue>,
    pub(super) symbol: Option<Symbol>,
    pub(super) timeframe: Option<Timeframe>,
    pub(super) kind: Option<Kind>,
}

const EXTENSIONS: [&str; 10] = ["gz", "csv", "tsv", "txt", "json", "jsonl", "ndjson", "parquet", "pq", "dat"];

/// Words that begin a venue's name, or follow it to name one of its markets.
const VENUES: [&str; 44] = [
    "binance",
    "bitfinex",
    "bitget",
    "bitmex",
    "bitstamp",
    "bybit",
    "coinbase",
    "deribit",
    "dydx",
    "gate",
    "gateio",
    "gemini",
    "htx",
    "huobi",
    "hyperliquid",
    "kraken",
    "kucoin",
    "mexc",
    "okex",
    "okx",
    "poloniex",
    "upbit",
    "oanda",
    "dukascopy",
    "fxcm",
    "histdata",
    "alpaca",
    "polygon",
    "nasdaq",
    "nyse",
    "arca",
    "cboe",
    "cme",
    "iex",
    "yahoo",
    "stooq",
    "um",
    "cm",
    "usdm",
    "coinm",
    "spot",
    "futures",
    "linear",
    "inverse",
];

fn kind_of(word: &str) -> Option<Kind> {
    match word {
        "trades" | "trade" | "aggtrades" | "aggtrade" | "tick" | "ticks" => Some(Kind::Trades),
        "quotes" | "quote" | "bookticker" | "bbo" | "nbbo" => Some(Kind::Quotes),
        "funding" | "fundingrate" | "fundingrates" => Some(Kind::Funding),
        "klines" | "kline" | "candles" | "candle" | "candlesticks" | "bars" | "ohlcv" | "ohlc" => Some(Kind::Bars),
        _ => None,
    }
}

impl FileName {
    /// Reads the last part of a path.
    pub(super) fn read(name: &str) -> Self {
        let stem = stem(name);
        let mut words: Vec<&str> = stem.split(['_', ' ']).filter(|word| !word.is_empty()).collect();
        let is_known = |word: &&str| timeframe_of(word).is_some() || kind_of(&word.to_ascii_lowercase()).is_some();
        if stem.split('-').filter(|word| !word.is_empty()).any(|word| is_known(&word)) && !words.iter().any(is_known) {
            words = stem.split(['_', ' ', '-']).filter(|word| !word.is_empty()).collect();
        }
        let mut found = Self::default();
        let mut after_year = false;
        let mut rest: Vec<&str> = Vec::new();
        for (index, word) in words.iter().enumerate() {
            let date = is_date(word, after_year) && !(index == 0 && words.len() == 1);
            after_year = date;
            if date {
                continue;
            }
            if let Some(timeframe) = timeframe_of(word) {
                found.timeframe = found.timeframe.or(Some(timeframe));
            } else if let Some(kind) = kind_of(&word.to_ascii_lowercase()) {
                found.kind = found.kind.or(Some(kind));
            } else {
                rest.push(word);
            }
        }
        let split = venue_words(&rest);
        let (venue, symbol) = rest.split_at(split);
        found.venue = venue.join("_").parse().ok();
        found.symbol = symbol.join("_").parse().ok();
        found
    }
}

fn stem(name: &str) -> &str {
    let mut stem = name;
    while let Some((before, extension)) = stem.rsplit_once('.') {
        if before.is_empty() || !EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str()) {
            break;
        }
        stem = before;
    }
    stem
}

/// `1h`, `15m`, `1d`, also `1min` and `1hour`: a count and a unit.
fn timeframe_of(word: &str) -> Option<Timeframe> {
    let counted = word.as_bytes().first().is_some_and(u8::is_ascii_digit);
    if counted { word.parse().ok() } else { None }
}

/// `2018`, `20240808`, `2024-08`, `2024-08-08`, and a month or day after one of them.
fn is_date(word: &str, after_year: bool) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let number = |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    let year = |text: &str| number(text, 4) && (text.starts_with("19") || text.starts_with("20"));
    match parts.as_slice() {
        [one] => {
            year(one)
                || ((number(one, 8) || number(one, 6)) && (one.starts_with("19") || one.starts_with("20")))
                || (after_year && number(one, 2))
        }
        [first, rest @ ..] => year(first) && rest.iter().all(|part| number(part, 2)),
        [] => false,
    }
}

/// How many leading words are the venue; at least one is left for the symbol.
fn venue_words(words: &[&str]) -> usize {
    let most = words.len().saturating_sub(1);
    let known = words[..most].iter().take_while(|word| VENUES.contains(&word.to_ascii_lowercase().as_str())).count();
    if known > 0 {
        return known;
    }
    let is_lower = |word: &&&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let is_upper = |word: &str| {
        word.bytes().any(|byte| byte.is_ascii_uppercase()) && !word.bytes().any(|byte| byte.is_ascii_lowercase())
    };
    let lower = words[..most].iter().take_while(is_lower).count();
    if lower > 0 && is_upper(words[lower]) { lower } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_real_files() {
        for (name, venue, symbol, timeframe, kind) in [
            ("binance_um_BTCUSDT_1h.csv.gz", "binance_um", "BTCUSDT", "1h", ""),
            ("binance_um_BTCUSDT_mark_1h.csv.gz", "binance_um", "BTCUSDT_MARK", "1h", ""),
            ("binance_um_BTCUSDT_funding_8h.csv.gz", "binance_um", "BTCUSDT", "8h", "funding"),
            ("bitfinex_BTCUSD_1m_2018.csv.gz", "bitfinex", "BTCUSD", "1m", ""),
            ("AAPL_1d.csv.gz", "", "AAPL", "1d", ""),
            ("AAPL_1d_raw.csv.gz", "", "AAPL_RAW", "1d", ""),
            ("trades_spot_btcusdt_20240808.csv.gz", "spot", "BTCUSDT", "", "trades"),
            ("quotes_cm_btcusd_perp_20240808.csv.gz", "cm", "BTCUSD_PERP", "", "quotes"),
            ("AIG_20131007_quotes.csv.gz", "", "AIG", "", "quotes"),
            ("oanda_XAUUSD_20140502_quotes.csv.gz", "oanda", "XAUUSD", "", "quotes"),
            ("BTCUSDT-1h-2024-01.csv", "", "BTCUSDT", "1h", ""),
            ("BTCUSDT-aggTrades-2024-01-31.csv", "", "BTCUSDT", "", "trades"),
            ("BTC-USD.csv", "", "BTC-USD", "", ""),
            ("BTC-USD_1d.parquet", "", "BTC-USD", "1d", ""),
            ("BRK.B_1d.csv", "", "BRK.B", "1d", ""),
            ("mybroker_EURUSD_5m.csv", "mybroker", "EURUSD", "5m", ""),
            ("pystock_200sym.csv.gz", "", "PYSTOCK_200SYM", "", ""),
            ("default.csv.gz", "", "DEFAULT", "", ""),
            ("2330.csv", "", "2330", "", ""),
            ("binance.csv", "", "BINANCE", "", ""),
            ("börse.csv", "", "", "", ""),
            (".csv", "", "", "", ""),
        ] {
            let read = FileName::read(name);
            let text = |value: Option<String>| value.unwrap_or_default();
            let found = (
                text(read.venue.map(|v| v.to_string())),
                text(read.symbol.map(|v| v.to_string())),
                text(read.timeframe.map(|v| v.to_string())),
                text(read.kind.map(|v| v.to_string())),
            );
            assert_eq!(found, (venue.into(), symbol.into(), timeframe.into(), kind.into()), "{name}");
        }
    }
}
