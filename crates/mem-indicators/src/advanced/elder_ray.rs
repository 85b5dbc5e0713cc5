//! Elder-ray: bull and bear power.

use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::smooth::Smooth;
use crate::wide::{blocks, wide};

/// How far the bar's extremes reach above and below the average close.
#[derive(Debug, Clone)]
pub struct ElderRay {
    ema: Smooth,
}

impl ElderRay {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        Self { ema: Smooth::ema(period) }
    }

    /// Takes the next bar; gives bull and bear power, NaN for the first `period - 1`.
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> [f64; 2] {
        let ema = self.ema.push(close);
        [high - ema, low - ema]
    }

    wide! {
        /// Takes the next bars; `out` is bull and bear power.
        pub fn extend(&mut self, high: &[f64], low: &[f64], close: &[f64], out: [&mut [f64]; 2])
    }

    #[inline(always)]
    fn extend_plain(&mut self, high: &[f64], low: &[f64], close: &[f64], [out_bull, out_bear]: [&mut [f64]; 2]) {
        for range in blocks(0, close.len(), 0) {
            let (bull, bear) = (&mut out_bull[range.clone()], &mut out_bear[range.clone()]);
            self.ema.extend(&close[range.clone()], bear);
            let extremes = high[range.clone()].iter().zip(&low[range]);
            for ((bull, bear), (high, low)) in bull.iter_mut().zip(bear).zip(extremes) {
                (*bull, *bear) = (high - *bear, low - *bear);
            }
        }
    }
}

indicator!(ElderRay[2]: high, low, close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "elder_ray",
    title: "Elder-Ray Index",
    category: Category::Advanced,
    params: &[bars("period", 1, 13, "bars of the average")],
    outputs: &["bull", "bear"],
    uses_volume: false,
    formula: "bull = high - ema(close, period), bear = low - ema(close, period)",
    source: "Alexander Elder, Trading for a Living, 1993; TA-Lib ERI",
    check: any,
    warmups: |p| vec![p.bars("period") - 1; 2],
    build: |p| Box::new(ElderRay::new(p.bars("period"))),
};
