//! Portfolios: hand-computed cases and laws.

mod cases;
mod laws;
mod weights;

use mem_research::portfolio::Sleeve;
use mem_types::{SeriesKey, Timestamp};

use crate::made_up::key;

/// A sleeve that owns its columns.
#[derive(Debug, Clone)]
struct Made {
    key: SeriesKey,
    ts_ns: Vec<i64>,
    close: Vec<f64>,
    equity: Vec<f64>,
    initial_capital: f64,
    positions: Vec<(usize, f64)>,
}

impl Made {
    /// Daily bars from a date on, an account of 100 and no position.
    fn daily(symbol: &str, from: &str, close: &[f64], equity: &[f64]) -> Self {
        assert_eq!(close.len(), equity.len());
        let key = key("binance", symbol, "1d");
        let first: Timestamp = from.parse().unwrap();
        let ts_ns = (0..close.len() as i64).map(|bar| first.as_nanos() + bar * key.timeframe.nanos()).collect();
        Self {
            key,
            ts_ns,
            close: close.to_vec(),
            equity: equity.to_vec(),
            initial_capital: 100.0,
            positions: Vec::new(),
        }
    }

    fn with_positions(mut self, positions: &[(usize, f64)]) -> Self {
        self.positions = positions.to_vec();
        self
    }

    /// Without some of its bars.
    fn without(mut self, bars: std::ops::Range<usize>) -> Self {
        assert!(self.positions.is_empty(), "positions name bars");
        self.ts_ns.drain(bars.clone());
        self.close.drain(bars.clone());
        self.equity.drain(bars);
        self
    }

    fn sleeve(&self) -> Sleeve<'_> {
        Sleeve {
            name: self.key.symbol.to_string(),
            key: self.key.clone(),
            ts_ns: &self.ts_ns,
            close: &self.close,
            equity: &self.equity,
            initial_capital: self.initial_capital,
            positions: &self.positions,
        }
    }
}

fn sleeves(made: &[Made]) -> Vec<Sleeve<'_>> {
    made.iter().map(Made::sleeve).collect()
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{found:?} is not {expected:?}");
    for (found, expected) in found.iter().zip(expected) {
        let scale = expected.abs().max(1.0);
        assert!((found - expected).abs() <= tolerance * scale, "{found} is not {expected}");
    }
}

fn dates(ts_ns: impl IntoIterator<Item = i64>) -> Vec<String> {
    ts_ns.into_iter().map(|ts_ns| Timestamp::from_nanos(ts_ns).to_string()[..10].to_owned()).collect()
}
