//! The standard deviation.

use crate::fold::{Moments, Window};
use crate::indicator::indicator;
use crate::param::{ParamKind, ParamSpec, bars};
use crate::registry::{Category, IndicatorSpec, any};
use crate::wide::{BLOCK, blocks, wide};

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
    /// One over the degrees of freedom.
    per_freedom: f64,
    /// The rounding of a value, per sum of the window.
    noise: f64,
}

impl Spread {
    pub(crate) fn new(period: usize, ddof: usize) -> Self {
        assert!(period > ddof, "a sample deviation needs two values");
        let n = period as f64;
        let per_freedom = 1.0 / (n - ddof as f64);
        Self { window: Window::new(Moments, period), period: n, per_freedom, noise: 4.0 * f64::EPSILON / n }
    }

    pub(crate) fn longest(&self) -> usize {
        self.window.longest()
    }

    /// Mean and standard deviation, NaN for the first `period - 1`.
    pub(crate) fn push(&mut self, value: f64) -> [f64; 2] {
        let [sum, squares] = self.window.push(value);
        self.values(sum, squares)
    }

    wide! {
        /// Takes the next values; `out` is mean and standard deviation.
        pub(crate) fn extend(&mut self, input: &[f64], out: [&mut [f64]; 2])
    }

    #[inline(always)]
    fn extend_plain(&mut self, input: &[f64], [means, deviations]: [&mut [f64]; 2]) {
        for range in blocks(0, input.len(), self.window.longest()) {
            let (mean, deviation) = (&mut means[range.clone()], &mut deviations[range.clone()]);
            self.window.extend_range(input, range, [[mean, deviation]]);
            for (mean, deviation) in mean.iter_mut().zip(deviation) {
                [*mean, *deviation] = self.values(*mean, *deviation);
            }
        }
    }

    #[inline(always)]
    fn values(&self, sum: f64, squares: f64) -> [f64; 2] {
        // Below the rounding of the values themselves there is no spread: flat prices give exactly 0.
        let noise = self.noise * sum;
        let variance = squares * self.per_freedom;
        [sum / self.period, if variance <= noise * noise { 0.0 } else { variance.sqrt() }]
    }
}

/// The standard deviation of the last values.
#[derive(Debug, Clone)]
pub struct StdDev {
    spread: Spread,
}

impl StdDev {
    /// `ddof` 0 for population, 1 for sample.
    ///
    /// # Panics
    /// If `period` is not above `ddof`.
    pub fn new(period: usize, ddof: usize) -> Self {
        Self { spread: Spread::new(period, ddof) }
    }

    /// Takes the next value; NaN for the first `period - 1`.
    pub fn push(&mut self, value: f64) -> f64 {
        let [_, deviation] = self.spread.push(value);
        deviation
    }

    /// Takes the next values.
    pub fn extend(&mut self, input: &[f64], out: &mut [f64]) {
        let mut mean = [0.0; BLOCK];
        for range in blocks(0, input.len(), self.spread.longest()) {
            self.spread.extend(&input[range.clone()], [&mut mean[..range.len()], &mut out[range]]);
        }
    }
}

indicator!(StdDev: close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "std_dev",
    title: "Standard Deviation",
    category: Category::Volatility,
    params: &[bars("period", 2, 20, "bars of the window"), DDOF],
    outputs: &["std_dev"],
    uses_volume: false,
    formula: "sqrt(sum (close - mean)^2 / (period - ddof)); exactly 0 below the rounding of the prices",
    source: "TA-Lib STDDEV (ddof 0); window moments after Chan, Golub, LeVeque, 1979",
    check: any,
    warmups: |p| vec![p.bars("period") - 1],
    build: |p| Box::new(StdDev::new(p.bars("period"), p.bars("ddof"))),
};
