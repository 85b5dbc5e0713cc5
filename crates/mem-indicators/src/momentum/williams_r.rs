//! Williams %R.

use crate::fold::{Highest, Lowest, Window};
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::wide::{BLOCK, blocks, wide};

/// How far the close lies below the highest high, as a share of the range: -100 at the low, 0 at the high.
#[derive(Debug, Clone)]
pub struct WilliamsR {
    high: Window<Highest, 1>,
    low: Window<Lowest, 1>,
}

impl WilliamsR {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        Self { high: Window::new(Highest, period), low: Window::new(Lowest, period) }
    }

    /// Takes the next bar; NaN for the first `period - 1`.
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> f64 {
        let [high] = self.high.push(high);
        let [low] = self.low.push(low);
        below_top(high, low, close)
    }

    wide! {
        /// Takes the next bars.
        pub fn extend(&mut self, high: &[f64], low: &[f64], close: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, high: &[f64], low: &[f64], close: &[f64], out: &mut [f64]) {
        let mut bottom = [0.0; BLOCK];
        for range in blocks(0, close.len(), self.high.longest()) {
            let out = &mut out[range.clone()];
            self.high.extend_range(high, range.clone(), [[out]]);
            self.low.extend_range(low, range.clone(), [[&mut bottom[..range.len()]]]);
            for ((out, bottom), close) in out.iter_mut().zip(&bottom).zip(&close[range]) {
                *out = below_top(*out, *bottom, *close);
            }
        }
    }
}

#[inline(always)]
fn below_top(high: f64, low: f64, close: f64) -> f64 {
    let range = high - low;
    if range == 0.0 { 0.0 } else { -100.0 * ((high - close) / range) }
}

indicator!(WilliamsR: high, low, close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "williams_r",
    title: "Williams %R",
    category: Category::Momentum,
    params: &[bars("period", 2, 14, "bars of the range")],
    outputs: &["williams_r"],
    uses_volume: false,
    formula: "-100 (hh - close) / (hh - ll); hh, ll of period bars; 0 if hh = ll",
    source: "Larry Williams, How I Made One Million Dollars, 1973; TA-Lib WILLR",
    check: any,
    warmups: |p| vec![p.bars("period") - 1],
    build: |p| Box::new(WilliamsR::new(p.bars("period"))),
};
