//! A made-up market, so that runs can be tested from end to end without files.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use mem_indicators::ParamValue;
use mem_research::run::{Run, RunConfig, SeriesSource, run};
use mem_research::{ResearchError, SimConfig, Sizing};
use mem_strategy::Strategy;
use mem_types::{Bar, Bars, SeriesKey, Timeframe, Timestamp};

/// Series by key; what is not in it cannot be loaded.
#[derive(Debug, Default)]
pub(crate) struct MadeUp(pub(crate) BTreeMap<String, Bars>);

impl SeriesSource for MadeUp {
    fn load(&self, key: &SeriesKey, from: Option<Timestamp>, to: Option<Timestamp>) -> Result<Bars, ResearchError> {
        let bars = self.0.get(&key.to_string()).ok_or_else(|| ResearchError::NoBars { key: key.clone() })?;
        Ok(bars.view().between(from, to).to_bars())
    }
}

pub(crate) fn key(venue: &str, symbol: &str, timeframe: &str) -> SeriesKey {
    SeriesKey { venue: venue.parse().unwrap(), symbol: symbol.parse().unwrap(), timeframe: timeframe.parse().unwrap() }
}

/// A walk with slow swings, in whole cents; equal seeds give equal bars.
pub(crate) fn walk(seed: u64, count: usize, timeframe: Timeframe) -> Bars {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    };
    let scale = 0.8 * (timeframe.nanos() as f64 / 3.15e16).sqrt();
    let cents = |price: f64| (price * 100.0).round() / 100.0;
    let mut price: f64 = 20_000.0 / (1.0 + (seed % 7) as f64 * 9.0);
    let start = 1_577_836_800_000_000_000;
    Bars::from_bars((0..count).map(|i| {
        let open = cents(price);
        let swing = (i as f64 / 400.0).sin() * 0.08;
        price = (price * (1.0 + scale * (3.4 * uniform() + swing))).max(1.0);
        let close = cents(price);
        let high = cents(open.max(close) * (1.0 + scale * (uniform() + 0.5)));
        let low = cents(open.min(close) * (1.0 - scale * (uniform() + 0.5)));
        let ts = Timestamp::from_nanos(start + i as i64 * timeframe.nanos());
        Bar {
            ts,
            open,
            high: high.max(open).max(close),
            low: low.min(open).min(close),
            close,
            volume: cents(900.0 + 800.0 * uniform()),
        }
    }))
    .unwrap()
}

/// The built-in cross of two averages, long and short; the fast one is a third of the slow one.
pub(crate) fn cross(slow: i64) -> Box<dyn Strategy> {
    let fast = (slow / 3).max(2);
    let params = [("fast", fast.into()), ("slow", slow.into()), ("direction", "both".into())];
    mem_strategy::build("ma_cross", &params.map(|(name, value): (&str, ParamValue)| (name.to_owned(), value))).unwrap()
}

pub(crate) fn config(series: &[SeriesKey]) -> RunConfig {
    RunConfig {
        strategy: String::new(),
        params: Vec::new(),
        venue: None,
        symbols: series.iter().map(|key| key.symbol.clone()).collect(),
        timeframe: series[0].timeframe,
        higher: Vec::new(),
        from: None,
        to: None,
        sim: SimConfig { sizing: Sizing::Fraction { fraction: 0.3 }, ..SimConfig::default() },
        model: None,
    }
}

/// A market of that many symbols, and a run over it.
pub(crate) fn tested(venue: &str, symbols: usize, bars: usize, timeframe: &str, slow: i64) -> (Run, MadeUp) {
    let keys: Vec<SeriesKey> = (0..symbols).map(|i| key(venue, &format!("SYM{i}USDT"), timeframe)).collect();
    let series = keys.iter().enumerate().map(|(i, key)| (key.to_string(), walk(i as u64 + 1, bars, key.timeframe)));
    let market = MadeUp(series.collect());
    let run = run(&config(&keys), &keys, &*cross(slow), &market, &|_| (), &AtomicBool::new(false)).unwrap();
    (run, market)
}
