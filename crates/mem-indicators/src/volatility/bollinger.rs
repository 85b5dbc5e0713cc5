//! Bollinger bands.

use crate::fold::{Moments, Window};
use crate::indicator::indicator;
use crate::param::{ParamKind, ParamSpec, bars, float};
use crate::registry::{Category, IndicatorSpec};

/// 0 for the standard deviation of the window itself, 1 for the estimate from a sample.
pub(crate) const DDOF: ParamSpec = ParamSpec {
    name: "ddof",
    kind: ParamKind::Int { min: 0, max: 1, default: 0 },
    doc: "0: population standard deviation (TA-Lib), 1: sample",
};

/// Mean and standard deviation of the last values.
#[derive(Debug, Clone)]
pub(crate) struct Spread {
    window: Window<Moments, 2>,
    period: f64,
    freedom: f64,
}

impl Spread {
    pub(crate) fn new(period: usize, ddof: usize) -> Self {
        assert!(period > ddof, "a sample deviation needs two values");
        Self { window: Window::new(Moments, period), period: period as f64, freedom: (period - ddof) as f64 }
    }

    /// Mean and standard deviation, NaN for the first `period - 1`.
    pub(crate) fn push(&mut self, value: f64) -> [f64; 2] {
        let [sum, squares] = self.window.push(value);
        self.values(sum, squares)
    }

    #[inline(always)]
    fn values(&self, sum: f64, squares: f64) -> [f64; 2] {
        let mean = sum / self.period;
        // Below the rounding of the values themselves there is no spread: flat prices give exactly 0.
        let noise = 4.0 * f64::EPSILON * mean;
        let variance = squares / self.freedom;
        [mean, if variance <= noise * noise { 0.0 } else { variance.sqrt() }]
    }
}

/// A band of so many standard deviations around the mean.
#[derive(Debug, Clone)]
pub struct BollingerBands {
    spread: Spread,
    width: f64,
}

impl BollingerBands {
    /// `width` in standard deviations; `ddof` 0 for population, 1 for sample.
    ///
    /// # Panics
    /// If `period` is not above `ddof`.
    pub fn new(period: usize, width: f64, ddof: usize) -> Self {
        Self { spread: Spread::new(period, ddof), width }
    }

    /// Takes the next value; gives upper, mid and lower, NaN for the first `period - 1`.
    pub fn push(&mut self, value: f64) -> [f64; 3] {
        let [mean, deviation] = self.spread.push(value);
        let band = self.width * deviation;
        [mean + band, mean, mean - band]
    }
}

indicator!(BollingerBands[3]: close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "bollinger_bands",
    title: "Bollinger Bands",
    category: Category::Volatility,
    params: &[
        bars("period", 2, 20, "bars of the window"),
        float("width", 0.0, 100.0, 2.0, "standard deviations from mid to either band"),
        DDOF,
    ],
    outputs: &["upper", "mid", "lower"],
    uses_volume: false,
    formula: "mid = sma(close, period), upper and lower = mid +- width std(close, period)",
    source: "John Bollinger, Bollinger on Bollinger Bands, 2001; TA-Lib BBANDS",
    check: |_| Ok(()),
    warmups: |p| vec![p.bars("period") - 1; 3],
    build: |p| Box::new(BollingerBands::new(p.bars("period"), p.float("width"), p.bars("ddof"))),
};
