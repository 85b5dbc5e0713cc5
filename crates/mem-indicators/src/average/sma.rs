//! The simple moving average.

use crate::fold::{Sum, Window};
use crate::indicator::indicator;
use crate::registry::{Category, IndicatorSpec, any};
use crate::wide::{blocks, wide};

/// The mean of the last `period` values.
#[derive(Debug, Clone)]
pub struct Sma {
    sum: Window<Sum, 1>,
    period: f64,
}

impl Sma {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        Self { sum: Window::new(Sum, period), period: period as f64 }
    }

    /// Takes the next value; NaN for the first `period - 1`.
    pub fn push(&mut self, value: f64) -> f64 {
        self.sum.push(value)[0] / self.period
    }

    wide! {
        /// Takes the next values.
        pub fn extend(&mut self, input: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, input: &[f64], out: &mut [f64]) {
        for range in blocks(0, input.len(), self.sum.longest()) {
            let out = &mut out[range.clone()];
            self.sum.extend_range(input, range, [[out]]);
            for value in out {
                *value /= self.period;
            }
        }
    }
}

indicator!(Sma: close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "sma",
    title: "Simple Moving Average",
    category: Category::MovingAverages,
    params: &[super::PERIOD],
    outputs: &["sma"],
    uses_volume: false,
    formula: "sum(close, period) / period",
    source: "TA-Lib SMA",
    check: any,
    warmups: |p| vec![p.bars("period") - 1],
    build: |p| Box::new(Sma::new(p.bars("period"))),
};
