//! The commodity channel index.

use crate::fold::{Recent, Sum, Window};
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};

/// How far the typical price stands from its mean, in mean deviations; Lambert's 0.015 puts most values within 100.
#[derive(Debug, Clone)]
pub struct Cci {
    sum: Window<Sum, 1>,
    recent: Recent,
    period: f64,
}

impl Cci {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        Self { sum: Window::new(Sum, period), recent: Recent::new(period), period: period as f64 }
    }

    /// Takes the next bar; NaN for the first `period - 1`.
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> f64 {
        let typical = (high + low + close) / 3.0;
        let [sum] = self.sum.push(typical);
        self.recent.push(typical);
        let mean = sum / self.period;
        let distances = self.recent.as_slice().iter().fold(0.0, |sum, value| sum + (value - mean).abs());
        self.value(typical, mean, distances)
    }

    #[inline(always)]
    fn value(&self, typical: f64, mean: f64, distances: f64) -> f64 {
        let deviation = distances / self.period;
        // Below the rounding of the prices themselves there is no deviation: flat prices give exactly 0.
        if deviation <= 4.0 * f64::EPSILON * mean { 0.0 } else { (typical - mean) / (0.015 * deviation) }
    }
}

indicator!(Cci: high, low, close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "cci",
    title: "Commodity Channel Index",
    category: Category::Momentum,
    params: &[bars("period", 2, 20, "bars of the window")],
    outputs: &["cci"],
    uses_volume: false,
    formula: "(tp - mean) / (0.015 md); tp = (high + low + close) / 3, md = mean |tp - mean| of period bars; 0 if md = 0",
    source: "Donald Lambert, Commodities magazine, 1980; TA-Lib CCI",
    check: any,
    warmups: |p| vec![p.bars("period") - 1],
    build: |p| Box::new(Cci::new(p.bars("period"))),
};
