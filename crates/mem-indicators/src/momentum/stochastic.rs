//! The stochastic oscillator.

use crate::average::sma::Sma;
use crate::fold::{Highest, Lowest, Window};
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::wide::{BLOCK, skip, small_blocks, wide};

/// Lane's slow stochastic: where the close lies within the range of the last `k` bars, smoothed, and its average.
#[derive(Debug, Clone)]
pub struct Stochastic {
    high: Window<Highest, 1>,
    low: Window<Lowest, 1>,
    smooth: Sma,
    signal: Sma,
    skip: [usize; 2],
}

impl Stochastic {
    /// # Panics
    /// If a period is 0.
    pub fn new(k: usize, smooth: usize, d: usize) -> Self {
        Self {
            high: Window::new(Highest, k),
            low: Window::new(Lowest, k),
            smooth: Sma::new(smooth),
            signal: Sma::new(d),
            skip: [k - 1, smooth - 1],
        }
    }

    /// Takes the next bar; gives %K, NaN for the first `k + smooth - 2`, and %D, NaN for `d - 1` more.
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> [f64; 2] {
        let [high] = self.high.push(high);
        let [low] = self.low.push(low);
        if self.skip[0] > 0 {
            self.skip[0] -= 1;
            return [f64::NAN; 2];
        }
        let k = self.smooth.push(place(high, low, close));
        if self.skip[1] > 0 {
            self.skip[1] -= 1;
            return [f64::NAN; 2];
        }
        [k, self.signal.push(k)]
    }

    wide! {
        /// Takes the next bars; `out` is %K and %D.
        pub fn extend(&mut self, high: &[f64], low: &[f64], close: &[f64], out: [&mut [f64]; 2])
    }

    #[inline(always)]
    fn extend_plain(&mut self, high: &[f64], low: &[f64], close: &[f64], [out_k, out_d]: [&mut [f64]; 2]) {
        let (mut top, mut bottom) = ([0.0; BLOCK], [0.0; BLOCK]);
        for range in small_blocks(0, close.len(), self.high.longest()) {
            let length = range.len();
            let (k, d) = (&mut out_k[range.clone()], &mut out_d[range.clone()]);
            self.high.extend_range(high, range.clone(), [[&mut top[..length]]]);
            self.low.extend_range(low, range.clone(), [[&mut bottom[..length]]]);
            for ((top, bottom), close) in top.iter_mut().zip(&bottom).zip(&close[range]) {
                *top = place(*top, *bottom, *close);
            }
            let from = skip(&mut self.skip[0], length);
            k[..from].fill(f64::NAN);
            self.smooth.extend(&top[from..length], &mut k[from..]);
            let from = from + skip(&mut self.skip[1], length - from);
            d[..from].fill(f64::NAN);
            self.signal.extend(&k[from..], &mut d[from..]);
        }
    }
}

/// Where `close` lies between `low` (0) and `high` (100); 0 if there is no range.
#[inline(always)]
fn place(high: f64, low: f64, close: f64) -> f64 {
    let range = high - low;
    if range == 0.0 { 0.0 } else { 100.0 * ((close - low) / range) }
}

indicator!(Stochastic[2]: high, low, close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "stochastic",
    title: "Stochastic Oscillator",
    category: Category::Momentum,
    params: &[
        bars("k", 1, 14, "bars of the range"),
        bars("smooth", 1, 3, "bars that the raw %K is averaged over; 1 for the fast stochastic"),
        bars("d", 1, 3, "bars that %K is averaged over for %D"),
    ],
    outputs: &["k", "d"],
    uses_volume: false,
    formula: "k = sma(100 (close - ll) / (hh - ll), smooth), d = sma(k, d); hh, ll of k bars; 0 if hh = ll",
    source: "George Lane, 1984; TA-Lib STOCH (slow %K and %D by simple averages)",
    check: any,
    warmups: |p| {
        let k = p.bars("k") + p.bars("smooth") - 2;
        vec![k, k + p.bars("d") - 1]
    },
    build: |p| Box::new(Stochastic::new(p.bars("k"), p.bars("smooth"), p.bars("d"))),
};
