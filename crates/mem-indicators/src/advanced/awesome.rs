//! The awesome oscillator.

use crate::fold::{Sum, Windows};
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec};
use crate::wide::{BLOCK, blocks, wide};

/// The distance of a fast from a slow average of the bar's middle.
#[derive(Debug, Clone)]
pub struct AwesomeOscillator {
    /// The fast and the slow window.
    windows: Windows<Sum, 1, 2>,
    /// One over their lengths.
    shares: [f64; 2],
}

impl AwesomeOscillator {
    /// # Panics
    /// If a period is 0.
    pub fn new(fast: usize, slow: usize) -> Self {
        Self { windows: Windows::of(Sum, [fast, slow]), shares: [1.0 / fast as f64, 1.0 / slow as f64] }
    }

    /// Takes the next bar; NaN until the longer average is there.
    pub fn push(&mut self, high: f64, low: f64) -> f64 {
        let [[fast], [slow]] = self.windows.push_all((high + low) / 2.0);
        self.distance(fast, slow)
    }

    #[inline(always)]
    fn distance(&self, fast: f64, slow: f64) -> f64 {
        fast * self.shares[0] - slow * self.shares[1]
    }

    wide! {
        /// Takes the next bars.
        pub fn extend(&mut self, high: &[f64], low: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, high: &[f64], low: &[f64], out: &mut [f64]) {
        let mut fast = [0.0; BLOCK];
        for range in blocks(0, high.len(), self.windows.longest()) {
            let length = range.len();
            let out = &mut out[range.clone()];
            let bars = high[range.clone()].iter().zip(&low[range]);
            for (middle, (high, low)) in self.windows.take(length).iter_mut().zip(bars) {
                *middle = (high + low) / 2.0;
            }
            self.windows.fold([[&mut fast[..length]], [out]]);
            for (out, fast) in out.iter_mut().zip(&fast) {
                *out = self.distance(*fast, *out);
            }
        }
    }
}

indicator!(AwesomeOscillator: high, low);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "awesome_oscillator",
    title: "Awesome Oscillator",
    category: Category::Advanced,
    params: &[
        bars("fast", 1, 5, "bars of the fast average"),
        bars("slow", 2, 34, "bars of the slow average, above fast"),
    ],
    outputs: &["awesome_oscillator"],
    uses_volume: false,
    formula: "sma(m, fast) - sma(m, slow), m = (high + low) / 2",
    source: "Bill Williams, New Trading Dimensions, 1998; TA-Lib AO",
    check: |p| if p.bars("fast") < p.bars("slow") { Ok(()) } else { Err("fast must be below slow") },
    warmups: |p| vec![p.bars("slow") - 1],
    build: |p| Box::new(AwesomeOscillator::new(p.bars("fast"), p.bars("slow"))),
};
