//! The Hull moving average.

use crate::average::wma::Wma;
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};

/// `WMA(2 WMA(n/2) - WMA(n), sqrt n)`: fast like the half window, smooth like the whole.
#[derive(Debug, Clone)]
pub struct HullMa {
    half: Wma,
    full: Wma,
    smooth: Wma,
    skip: usize,
}

impl HullMa {
    /// `period / 2` and the square root are rounded down.
    ///
    /// # Panics
    /// If `period` is below 2.
    pub fn new(period: usize) -> Self {
        Self { half: Wma::new(period / 2), full: Wma::new(period), smooth: Wma::new(period.isqrt()), skip: period - 1 }
    }

    /// Takes the next value; NaN for the first `period - 1 + sqrt(period) - 1`.
    pub fn push(&mut self, value: f64) -> f64 {
        let raw = 2.0 * self.half.push(value) - self.full.push(value);
        if self.skip > 0 {
            self.skip -= 1;
            return f64::NAN;
        }
        self.smooth.push(raw)
    }
}

indicator!(HullMa: close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "hull_ma",
    title: "Hull Moving Average",
    category: Category::MovingAverages,
    params: &[bars("period", 2, 20, "bars averaged; half of it and its square root are rounded down")],
    outputs: &["hull_ma"],
    uses_volume: false,
    formula: "wma(2 wma(close, period / 2) - wma(close, period), sqrt(period))",
    source: "Alan Hull, 2005; TA-Lib HMA",
    check: any,
    warmups: |p| vec![p.bars("period") - 1 + p.bars("period").isqrt() - 1],
    build: |p| Box::new(HullMa::new(p.bars("period"))),
};
