//! The mass index.

use crate::fold::{Sum, Window};
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::smooth::Smooth;

/// How much the bars' range widened lately: near `slow` in quiet, above 27 of 25 before a reversal, says Dorsey.
#[derive(Debug, Clone)]
pub struct MassIndex {
    once: Smooth,
    twice: Smooth,
    sum: Window<Sum, 1>,
}

impl MassIndex {
    /// # Panics
    /// If a period is 0.
    pub fn new(fast: usize, slow: usize) -> Self {
        Self { once: Smooth::ema(fast), twice: Smooth::ema(fast), sum: Window::new(Sum, slow) }
    }

    /// Takes the next bar; NaN for the first `2 fast + slow - 3`.
    pub fn push(&mut self, high: f64, low: f64) -> f64 {
        let once = self.once.push(high - low);
        if once.is_nan() {
            return once;
        }
        let twice = self.twice.push(once);
        if twice.is_nan() {
            return twice;
        }
        self.sum.push(ratio(once, twice))[0]
    }
}

#[inline(always)]
fn ratio(once: f64, twice: f64) -> f64 {
    if twice == 0.0 { 1.0 } else { once / twice }
}

indicator!(MassIndex: high, low);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "mass_index",
    title: "Mass Index",
    category: Category::Advanced,
    params: &[bars("fast", 1, 9, "bars of the averages"), bars("slow", 1, 25, "bars that ratios are summed over")],
    outputs: &["mass_index"],
    uses_volume: false,
    formula: "sum of ema(range, fast) / ema(ema(range, fast), fast) over slow bars, range = high - low; 1 for 0 / 0",
    source: "Donald Dorsey, Stocks & Commodities, 1992; TA-Lib MASSI",
    check: any,
    warmups: |p| vec![2 * (p.bars("fast") - 1) + p.bars("slow") - 1],
    build: |p| Box::new(MassIndex::new(p.bars("fast"), p.bars("slow"))),
};
