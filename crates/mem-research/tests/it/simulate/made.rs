//! Small things that the simulator's tests are made of.

use mem_research::{Fees, SimConfig, Sizing, Slippage};
use mem_types::time::NANOS_PER_SECOND;
use mem_types::{Bar, Bars, Decision, Decisions, Intent, Timestamp};

pub(crate) const HOUR: i64 = 3600 * NANOS_PER_SECOND;

/// Hourly bars `(open, high, low, close)` from midnight on, 1000 units of volume each.
pub(crate) fn hourly(rows: &[(f64, f64, f64, f64)]) -> Bars {
    Bars::from_bars(rows.iter().enumerate().map(|(i, (open, high, low, close))| Bar {
        ts: Timestamp::from_nanos(i as i64 * HOUR),
        open: *open,
        high: *high,
        low: *low,
        close: *close,
        volume: 1000.0,
    }))
    .unwrap()
}

/// Hourly bars that stand still, one for each price.
pub(crate) fn still(prices: &[f64]) -> Bars {
    hourly(&prices.iter().map(|price| (*price, *price, *price, *price)).collect::<Vec<_>>())
}

pub(crate) fn decision(bar: usize, intent: Intent) -> Decision {
    Decision { bar, intent, confidence: 50.0, stop_distance: None, target_distance: None }
}

pub(crate) fn decisions(list: &[(usize, Intent)]) -> Decisions {
    Decisions { list: list.iter().map(|(bar, intent)| decision(*bar, *intent)).collect() }
}

/// One entry with a stop and a target, then nothing.
pub(crate) fn bracket(bar: usize, intent: Intent, stop: f64, target: f64) -> Decisions {
    let entry = Decision { stop_distance: Some(stop), target_distance: Some(target), ..decision(bar, intent) };
    Decisions { list: vec![entry] }
}

/// No costs, one unit per trade, 1000 to begin with.
pub(crate) fn plain() -> SimConfig {
    SimConfig {
        initial_capital: 1000.0,
        fees: Fees { maker: 0.0, taker: 0.0 },
        slippage: Slippage::None,
        sizing: Sizing::Units { units: 1.0 },
        ..SimConfig::default()
    }
}
