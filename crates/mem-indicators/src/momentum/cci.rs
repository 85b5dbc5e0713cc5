//! The commodity channel index.

use crate::fold::{Sum, Window};
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::volatility::true_range::typical_price;
use crate::wide::{BLOCK, blocks, wide};

/// How far the typical price stands from its mean, in mean deviations; Lambert's 0.015 puts most values within 100.
#[derive(Debug, Clone)]
pub struct Cci {
    sum: Window<Sum, 1>,
    window: usize,
    period: f64,
}

impl Cci {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        Self { sum: Window::new(Sum, period), window: period, period: period as f64 }
    }

    /// Takes the next bar; NaN for the first `period - 1`.
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> f64 {
        let typical = typical_price(high, low, close);
        let [sum] = self.sum.push(typical);
        let mean = sum / self.period;
        let distances = self.sum.recent().as_slice().iter().fold(0.0, |sum, value| sum + (value - mean).abs());
        self.value(typical, mean, distances)
    }

    wide! {
        /// Takes the next bars.
        pub fn extend(&mut self, high: &[f64], low: &[f64], close: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, high: &[f64], low: &[f64], close: &[f64], out: &mut [f64]) {
        let (mut mean, mut distances) = ([0.0; BLOCK], [0.0; BLOCK]);
        for range in blocks(0, close.len(), self.window) {
            let length = range.len();
            let bars = high[range.clone()].iter().zip(&low[range.clone()]).zip(&close[range.clone()]);
            for (typical, ((high, low), close)) in self.sum.take(length).iter_mut().zip(bars) {
                *typical = typical_price(*high, *low, *close);
            }
            self.sum.fold([[&mut mean[..length]]]);
            for mean in &mut mean[..length] {
                *mean /= self.period;
            }
            let (history, values) = self.sum.recent().with_history(length);
            let typical = &values[history..];
            // The first bar whose window is full: before it the mean is NaN, and so is the value.
            let first = self.window.saturating_sub(1 + history).min(length);
            let oldest = history + first + 1 - self.window.min(history + first + 1);
            sum_distances(&values[oldest..], self.window, &mean[first..length], &mut distances[first..length]);
            let columns = typical.iter().zip(&mean).zip(&distances);
            for (out, ((typical, mean), distances)) in out[range].iter_mut().zip(columns) {
                *out = self.value(*typical, *mean, *distances);
            }
        }
    }

    #[inline(always)]
    fn value(&self, typical: f64, mean: f64, distances: f64) -> f64 {
        let deviation = distances / self.period;
        // Below the rounding of the prices themselves there is no deviation: flat prices give exactly 0.
        if deviation <= 4.0 * f64::EPSILON * mean { 0.0 } else { (typical - mean) / (0.015 * deviation) }
    }
}

/// For each mean the sum of distances from it of its window: the first window begins at the first value.
///
/// Bars are taken sixteen at a time, so that as many sums grow side by side.
#[inline(always)]
fn sum_distances(values: &[f64], window: usize, means: &[f64], sums: &mut [f64]) {
    let (groups, rest) = means.as_chunks::<16>();
    let (sum_groups, sum_rest) = sums.as_chunks_mut::<16>();
    for (index, (means, out)) in groups.iter().zip(sum_groups).enumerate() {
        let mut sums = [0.0; 16];
        for values in values[16 * index..][..window + 15].windows(16) {
            for lane in 0..16 {
                sums[lane] += (values[lane] - means[lane]).abs();
            }
        }
        *out = sums;
    }
    let values = values.get(16 * groups.len()..).unwrap_or_default();
    for ((values, mean), sum) in values.windows(window).zip(rest).zip(sum_rest) {
        *sum = values.iter().fold(0.0, |sum, value| sum + (value - mean).abs());
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
