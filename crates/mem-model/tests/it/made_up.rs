//! Made-up bars and scores.

use mem_model::feature::{Score, Sources};
use mem_types::{Bar, Bars, Timeframe, Timestamp};
use proptest::prelude::*;

pub(crate) const HOUR: i64 = 3_600_000_000_000;

/// Sound hourly bars with holes: jumps, flat stretches, bars without range and without volume.
pub(crate) fn bars(count: std::ops::Range<usize>) -> impl Strategy<Value = Bars> {
    let step = (0..8u8, -0.05..0.05f64, 0.0..0.02f64, 0.0..0.02f64, 1.0..1e4f64);
    prop::collection::vec(step, count).prop_map(|steps| {
        let mut close = 100.0;
        let mut hours = 0;
        let bars = steps.into_iter().map(|(kind, change, above, below, volume)| {
            hours += if kind == 1 { 3 } else { 1 };
            let open = close;
            let flat = kind == 0;
            close = if flat { open } else { open * (1.0 + change) };
            let high = open.max(close) * if flat { 1.0 } else { 1.0 + above };
            let low = open.min(close) * if flat { 1.0 } else { 1.0 - below };
            let volume = if kind == 2 { 0.0 } else { volume };
            Bar { ts: Timestamp::from_nanos(hours * HOUR), open, high, low, close, volume }
        });
        Bars::from_bars(bars).expect("made to be sound")
    })
}

/// A market of half-hour bars and scores of every series, from a seed, over so many hours.
pub(crate) fn sources(hours: i64, seed: u64) -> Sources {
    let mut state = seed | 1;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut sources = Sources::default();
    let mut price = 50.0;
    let mut market = Bars::default();
    for half in 0..2 * hours {
        price *= 1.0 + 0.02 * (draw() - 0.5);
        // Now and then the market is away for longer than its last bar is good for.
        if half % 90 < 80 {
            let ts = Timestamp::from_nanos(half * HOUR / 2);
            market.push(Bar { ts, open: price, high: price, low: price, close: price, volume: 1.0 }).unwrap();
        }
    }
    sources.references.insert("market".to_owned(), (market, Timeframe::from_nanos(HOUR / 2).unwrap()));
    for source in ["fear_greed", "social", "news", "coin", "whale"] {
        let mut at = 0;
        let mut scores = Vec::new();
        while at < hours * HOUR {
            at += (draw() * 6.0 * HOUR as f64) as i64;
            scores.push(Score { known_at: Timestamp::from_nanos(at), value: 2.0 * draw() - 1.0 });
        }
        sources.sentiments.insert(source.to_owned(), scores);
    }
    sources
}
