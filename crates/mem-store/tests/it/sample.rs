//! Made-up market data for tests.

use mem_store::catalog::Instrument;
use mem_types::{Aggressor, Bar, Bars, Quote, SeriesKey, Timestamp, Trade};

pub(crate) fn key(timeframe: &str) -> SeriesKey {
    SeriesKey {
        venue: "binance_um".parse().unwrap(),
        symbol: "BTCUSDT".parse().unwrap(),
        timeframe: timeframe.parse().unwrap(),
    }
}

pub(crate) fn instrument() -> Instrument {
    Instrument::new("binance_um", "BTCUSDT").unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// One-minute bars from 2024-01-01, minutes `from..to`; `shift` moves every price.
pub(crate) fn minutes(from: i64, to: i64, shift: f64) -> Bars {
    let start = at("2024-01-01").as_nanos();
    Bars::from_bars((from..to).map(|minute| {
        let price = 100.0 + shift + ((minute * 37) % 101) as f64 / 10.0;
        Bar {
            ts: Timestamp::from_nanos(start + minute * 60_000_000_000),
            open: price,
            high: price + 0.7,
            low: price - 0.3,
            close: price + 0.1,
            volume: if minute % 50 == 49 { f64::NAN } else { (minute % 13) as f64 },
        }
    }))
    .unwrap()
}

/// Trades a second apart from 2024-08-08 23:59 UTC on, so that they pass midnight; two at each instant.
pub(crate) fn trades(ids: std::ops::Range<i64>) -> Vec<Trade> {
    let start = at("2024-08-08T23:59:00Z").as_nanos();
    ids.map(|id| Trade {
        ts_venue: Timestamp::from_nanos(start + id / 2 * 1_000_000_000),
        ts_local: (id % 3 == 0).then(|| Timestamp::from_nanos(start + id / 2 * 1_000_000_000 + 12_345)),
        id: Some(id),
        price: 60_000.0 + (id % 7) as f64,
        qty: 0.5,
        aggressor: [Aggressor::Buy, Aggressor::Sell, Aggressor::Unknown][(id % 3) as usize],
    })
    .collect()
}

/// Quotes without ids; every third has no bid, every fourth no quantities.
pub(crate) fn quotes(count: i64) -> Vec<Quote> {
    let start = at("2024-08-08T12:00:00Z").as_nanos();
    (0..count)
        .map(|n| {
            let qty = (n % 4 != 0).then_some(2.0);
            Quote {
                ts_venue: Timestamp::from_nanos(start + n / 2 * 1_000_000),
                ts_local: None,
                id: None,
                bid: (n % 3 != 0).then_some((99.5, qty)),
                ask: Some((100.5, qty)),
            }
        })
        .collect()
}
