//! The linearly weighted moving average.

use crate::fold::{Weighted, Window};
use crate::indicator::indicator;
use crate::registry::{Category, IndicatorSpec, any};
use crate::wide::{BLOCK, blocks, wide};

/// Weights 1, 2, ... period from the oldest value to the newest.
#[derive(Debug, Clone)]
pub struct Wma {
    window: Window<Weighted, 2>,
    /// One over the sum of weights.
    share: f64,
}

impl Wma {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        let n = period as f64;
        Self { window: Window::new(Weighted, period), share: 2.0 / (n * (n + 1.0)) }
    }

    /// Takes the next value; NaN for the first `period - 1`.
    pub fn push(&mut self, value: f64) -> f64 {
        self.window.push(value)[1] * self.share
    }

    wide! {
        /// Takes the next values.
        pub fn extend(&mut self, input: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, input: &[f64], out: &mut [f64]) {
        let mut sums = [0.0; BLOCK];
        for range in blocks(0, input.len(), self.window.longest()) {
            let out = &mut out[range.clone()];
            self.window.extend_range(input, range.clone(), [[&mut sums[..range.len()], out]]);
            for value in out {
                *value *= self.share;
            }
        }
    }
}

indicator!(Wma: close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "wma",
    title: "Weighted Moving Average",
    category: Category::MovingAverages,
    params: &[super::PERIOD],
    outputs: &["wma"],
    uses_volume: false,
    formula: "sum of close weighted 1..period, newest heaviest, over period (period + 1) / 2",
    source: "TA-Lib WMA",
    check: any,
    warmups: |p| vec![p.bars("period") - 1],
    build: |p| Box::new(Wma::new(p.bars("period"))),
};
