//! The exponential moving average.

use crate::indicator::indicator;
use crate::registry::{Category, IndicatorSpec, any};
use crate::smooth::Smooth;

/// Alpha 2 / (period + 1), seeded with the simple mean of the first `period` values.
#[derive(Debug, Clone)]
pub struct Ema {
    smooth: Smooth,
}

impl Ema {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        Self { smooth: Smooth::ema(period) }
    }

    /// Takes the next value; NaN for the first `period - 1`.
    pub fn push(&mut self, value: f64) -> f64 {
        self.smooth.push(value)
    }

    /// Takes the next values.
    pub fn extend(&mut self, input: &[f64], out: &mut [f64]) {
        self.smooth.extend(input, out);
    }
}

indicator!(Ema: close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "ema",
    title: "Exponential Moving Average",
    category: Category::MovingAverages,
    params: &[super::PERIOD],
    outputs: &["ema"],
    uses_volume: false,
    formula: "ema = k close + (1 - k) ema', k = 2 / (period + 1), first value = mean of the first period closes",
    source: "TA-Lib EMA",
    check: any,
    warmups: |p| vec![p.bars("period") - 1],
    build: |p| Box::new(Ema::new(p.bars("period"))),
};
