//! The mass index.

use crate::fold::{Sum, Window};
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::smooth::Smooth;
use crate::wide::{BLOCK, skip, small_blocks, wide};

/// How much the bars' range widened lately: near `slow` in quiet, above 27 of 25 before a reversal, says Dorsey.
#[derive(Debug, Clone)]
pub struct MassIndex {
    once: Smooth,
    twice: Smooth,
    sum: Window<Sum, 1>,
    skip: [usize; 2],
}

impl MassIndex {
    /// # Panics
    /// If a period is 0.
    pub fn new(fast: usize, slow: usize) -> Self {
        Self { once: Smooth::ema(fast), twice: Smooth::ema(fast), sum: Window::new(Sum, slow), skip: [fast - 1; 2] }
    }

    /// Takes the next bar; NaN for the first `2 fast + slow - 3`.
    pub fn push(&mut self, high: f64, low: f64) -> f64 {
        let once = self.once.push(high - low);
        if skip(&mut self.skip[0], 1) > 0 {
            return f64::NAN;
        }
        let twice = self.twice.push(once);
        if skip(&mut self.skip[1], 1) > 0 {
            return f64::NAN;
        }
        self.sum.push(ratio(once, twice))[0]
    }

    wide! {
        /// Takes the next bars.
        pub fn extend(&mut self, high: &[f64], low: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, high: &[f64], low: &[f64], out: &mut [f64]) {
        let (mut ranges, mut once, mut twice) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
        for range in small_blocks(0, high.len(), self.sum.longest()) {
            let length = range.len();
            let out = &mut out[range.clone()];
            for ((span, high), low) in ranges.iter_mut().zip(&high[range.clone()]).zip(&low[range]) {
                *span = high - low;
            }
            self.once.extend(&ranges[..length], &mut once[..length]);
            let from = skip(&mut self.skip[0], length);
            self.twice.extend(&once[from..length], &mut twice[from..length]);
            let from = from + skip(&mut self.skip[1], length - from);
            let columns = once[from..length].iter().zip(&twice[from..length]);
            for (widening, (once, twice)) in self.sum.take(length - from).iter_mut().zip(columns) {
                *widening = ratio(*once, *twice);
            }
            out[..from].fill(f64::NAN);
            self.sum.fold([[&mut out[from..]]]);
        }
    }
}

#[inline(always)]
fn ratio(once: f64, twice: f64) -> f64 {
    if twice == 0.0 { 1.0 } else { once / twice }
}

indicator!(MassIndex: high, low);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "mass_index",
    title: "Mass Index",
    category: Category::Advanced,
    params: &[bars("fast", 1, 9, "bars of the averages"), bars("slow", 1, 25, "bars that ratios are summed over")],
    outputs: &["mass_index"],
    uses_volume: false,
    formula: "sum of ema(range, fast) / ema(ema(range, fast), fast) over slow bars, range = high - low; 1 for 0 / 0",
    source: "Donald Dorsey, Stocks & Commodities, 1992; TA-Lib MASSI",
    check: any,
    warmups: |p| vec![2 * (p.bars("fast") - 1) + p.bars("slow") - 1],
    build: |p| Box::new(MassIndex::new(p.bars("fast"), p.bars("slow"))),
};
