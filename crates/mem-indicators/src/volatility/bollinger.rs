//! Bollinger bands.

use crate::indicator::indicator;
use crate::param::{bars, float};
use crate::registry::{Category, IndicatorSpec, any};
use crate::volatility::std_dev::{DDOF, Spread};
use crate::wide::{blocks, wide};

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

    wide! {
        /// Takes the next values; `out` is upper, mid and lower.
        pub fn extend(&mut self, input: &[f64], out: [&mut [f64]; 3])
    }

    #[inline(always)]
    fn extend_plain(&mut self, input: &[f64], [out_upper, out_mid, out_lower]: [&mut [f64]; 3]) {
        for range in blocks(0, input.len(), self.spread.longest()) {
            let (upper, mid) = (&mut out_upper[range.clone()], &mut out_mid[range.clone()]);
            let lower = &mut out_lower[range.clone()];
            self.spread.extend(&input[range], [mid, lower]);
            for ((upper, mid), lower) in upper.iter_mut().zip(mid).zip(lower) {
                let band = self.width * *lower;
                (*upper, *lower) = (*mid + band, *mid - band);
            }
        }
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
    check: any,
    warmups: |p| vec![p.bars("period") - 1; 3],
    build: |p| Box::new(BollingerBands::new(p.bars("period"), p.float("width"), p.bars("ddof"))),
};
