//! The true strength index.

use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::smooth::Smooth;

/// A change smoothed twice.
#[derive(Debug, Clone)]
struct Twice {
    first: Smooth,
    second: Smooth,
}

impl Twice {
    fn push(&mut self, change: f64) -> f64 {
        let first = self.first.push(change);
        if first.is_nan() { first } else { self.second.push(first) }
    }
}

/// The change of the close smoothed twice, over its absolute value smoothed twice: -100 to 100.
#[derive(Debug, Clone)]
pub struct Tsi {
    change: Twice,
    size: Twice,
    signal: Smooth,
    skip: usize,
    last: Option<f64>,
}

impl Tsi {
    /// # Panics
    /// If a period is 0.
    pub fn new(long: usize, short: usize, signal: usize) -> Self {
        let twice = Twice { first: Smooth::ema(long), second: Smooth::ema(short) };
        let signal = Smooth::ema(signal);
        Self { change: twice.clone(), size: twice, signal, skip: long + short - 2, last: None }
    }

    /// Takes the next close; gives TSI, NaN for the first `long + short - 1`, and signal, NaN for `signal - 1` more.
    pub fn push(&mut self, close: f64) -> [f64; 2] {
        let Some(last) = self.last.replace(close) else { return [f64::NAN; 2] };
        let change = self.change.push(close - last);
        let size = self.size.push((close - last).abs());
        if self.skip > 0 {
            self.skip -= 1;
            return [f64::NAN; 2];
        }
        let tsi = strength(change, size);
        [tsi, self.signal.push(tsi)]
    }
}

#[inline(always)]
fn strength(change: f64, size: f64) -> f64 {
    if size == 0.0 { 0.0 } else { 100.0 * (change / size) }
}

indicator!(Tsi[2]: close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "tsi",
    title: "True Strength Index",
    category: Category::Momentum,
    params: &[
        bars("long", 1, 25, "bars of the first smoothing"),
        bars("short", 1, 13, "bars of the second smoothing"),
        bars("signal", 1, 13, "bars that the index is averaged over for the signal"),
    ],
    outputs: &["tsi", "signal"],
    uses_volume: false,
    formula: "tsi = 100 ema(ema(c, long), short) / ema(ema(|c|, long), short), c = close - close'; \
              signal = ema(tsi, signal); 0 if nothing moved",
    source: "William Blau, Stocks & Commodities, 1991; TA-Lib TSI",
    check: any,
    warmups: |p| {
        let tsi = p.bars("long") + p.bars("short") - 1;
        vec![tsi, tsi + p.bars("signal") - 1]
    },
    build: |p| Box::new(Tsi::new(p.bars("long"), p.bars("short"), p.bars("signal"))),
};
