//! The Hull moving average.

use crate::average::wma::Wma;
use crate::fold::{Weighted, Windows};
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::wide::{BLOCK, blocks, skip, wide};

/// `WMA(2 WMA(n/2) - WMA(n), sqrt n)`: fast like the half window, smooth like the whole.
#[derive(Debug, Clone)]
pub struct HullMa {
    /// The half and the full window.
    windows: Windows<Weighted, 2, 2>,
    /// One over their sums of weights.
    shares: [f64; 2],
    smooth: Wma,
    skip: usize,
}

impl HullMa {
    /// `period / 2` and the square root are rounded down.
    ///
    /// # Panics
    /// If `period` is below 2.
    pub fn new(period: usize) -> Self {
        let periods = [period / 2, period];
        Self {
            windows: Windows::of(Weighted, periods),
            shares: periods.map(|n| 2.0 / (n as f64 * (n as f64 + 1.0))),
            smooth: Wma::new(period.isqrt()),
            skip: period - 1,
        }
    }

    /// Takes the next value; NaN for the first `period - 1 + sqrt(period) - 1`.
    pub fn push(&mut self, value: f64) -> f64 {
        let [[_, half], [_, full]] = self.windows.push_all(value);
        if self.skip > 0 {
            self.skip -= 1;
            return f64::NAN;
        }
        self.smooth.push(self.lead(half, full))
    }

    #[inline(always)]
    fn lead(&self, half: f64, full: f64) -> f64 {
        2.0 * (half * self.shares[0]) - full * self.shares[1]
    }

    wide! {
        /// Takes the next values.
        pub fn extend(&mut self, input: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, input: &[f64], out: &mut [f64]) {
        let (mut sums, mut other_sums) = ([0.0; BLOCK], [0.0; BLOCK]);
        let (mut half, mut full) = ([0.0; BLOCK], [0.0; BLOCK]);
        for range in blocks(0, input.len(), self.windows.longest()) {
            let length = range.len();
            let out = &mut out[range.clone()];
            let columns =
                [[&mut sums[..length], &mut half[..length]], [&mut other_sums[..length], &mut full[..length]]];
            self.windows.extend_range(input, range, columns);
            for (half, full) in half[..length].iter_mut().zip(&full) {
                *half = self.lead(*half, *full);
            }
            let from = skip(&mut self.skip, length);
            out[..from].fill(f64::NAN);
            self.smooth.extend(&half[from..length], &mut out[from..]);
        }
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
