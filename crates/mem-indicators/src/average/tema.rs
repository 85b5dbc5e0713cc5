//! The triple exponential moving average.

use crate::indicator::indicator;
use crate::registry::{Category, IndicatorSpec, any};
use crate::smooth::Smooth;
use crate::wide::{BLOCK, blocks, skip, wide};

/// `3 E1 - 3 E2 + E3`, each an EMA of the one before.
#[derive(Debug, Clone)]
pub struct Tema {
    first: Smooth,
    second: Smooth,
    third: Smooth,
    skip: [usize; 2],
}

impl Tema {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        let ema = Smooth::ema(period);
        Self { first: ema.clone(), second: ema.clone(), third: ema, skip: [period - 1; 2] }
    }

    /// Takes the next value; NaN for the first `3 (period - 1)`.
    pub fn push(&mut self, value: f64) -> f64 {
        let first = self.first.push(value);
        if self.skip[0] > 0 {
            self.skip[0] -= 1;
            return f64::NAN;
        }
        let second = self.second.push(first);
        if self.skip[1] > 0 {
            self.skip[1] -= 1;
            return f64::NAN;
        }
        triple(first, second, self.third.push(second))
    }

    wide! {
        /// Takes the next values.
        pub fn extend(&mut self, input: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, input: &[f64], out: &mut [f64]) {
        let (mut first, mut second) = ([0.0; BLOCK], [0.0; BLOCK]);
        for range in blocks(0, input.len(), 0) {
            let length = range.len();
            let out = &mut out[range.clone()];
            self.first.extend(&input[range], &mut first[..length]);
            let from = skip(&mut self.skip[0], length);
            self.second.extend(&first[from..length], &mut second[from..length]);
            let from = from + skip(&mut self.skip[1], length - from);
            out[..from].fill(f64::NAN);
            self.third.extend(&second[from..length], &mut out[from..]);
            for ((out, first), second) in out[from..].iter_mut().zip(&first[from..]).zip(&second[from..]) {
                *out = triple(*first, *second, *out);
            }
        }
    }
}

#[inline(always)]
fn triple(first: f64, second: f64, third: f64) -> f64 {
    3.0 * (first - second) + third
}

indicator!(Tema: close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "tema",
    title: "Triple Exponential Moving Average",
    category: Category::MovingAverages,
    params: &[super::PERIOD],
    outputs: &["tema"],
    uses_volume: false,
    formula: "3 e1 - 3 e2 + e3; e1 = ema(close), e2 = ema(e1), e3 = ema(e2)",
    source: "Patrick Mulloy, 1994; TA-Lib TEMA",
    check: any,
    warmups: |p| vec![3 * (p.bars("period") - 1)],
    build: |p| Box::new(Tema::new(p.bars("period"))),
};
