//! The relative strength index.

use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::smooth::Smooth;

/// Wilder's relative strength index, 0 to 100.
#[derive(Debug, Clone)]
pub struct Rsi {
    gain: Smooth,
    loss: Smooth,
    last: Option<f64>,
}

impl Rsi {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        Self { gain: Smooth::wilder(period), loss: Smooth::wilder(period), last: None }
    }

    /// Takes the next close; NaN for the first `period`.
    pub fn push(&mut self, close: f64) -> f64 {
        let Some(last) = self.last.replace(close) else { return f64::NAN };
        let change = close - last;
        let gain = self.gain.push(if change > 0.0 { change } else { 0.0 });
        let loss = self.loss.push(if change < 0.0 { -change } else { 0.0 });
        share(gain, loss)
    }
}

/// `100 a / (a + b)`, 0 if both are.
#[inline(always)]
fn share(a: f64, b: f64) -> f64 {
    let both = a + b;
    if both == 0.0 { 0.0 } else { 100.0 * (a / both) }
}

indicator!(Rsi: close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "rsi",
    title: "Relative Strength Index",
    category: Category::Momentum,
    params: &[bars("period", 2, 14, "bars that gains and losses are smoothed over")],
    outputs: &["rsi"],
    uses_volume: false,
    formula: "100 g / (g + l); g, l = Wilder averages of gains and losses, seeded with their mean; 0 if both are 0",
    source: "J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; TA-Lib RSI",
    check: any,
    warmups: |p| vec![p.bars("period")],
    build: |p| Box::new(Rsi::new(p.bars("period"))),
};
