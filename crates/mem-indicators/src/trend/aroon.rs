//! Aroon: how long ago the extremes were.

use crate::fold::{Newest, Window};
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::wide::{BLOCK, blocks, wide};

/// 100 if the highest high (up) or lowest low (down) of the last `period + 1` bars is the newest bar, 0 if the oldest.
#[derive(Debug, Clone)]
pub struct Aroon {
    high: Window<Newest, 2>,
    low: Window<Newest, 2>,
    period: f64,
}

impl Aroon {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        assert!(period > 0, "aroon looks back at least one bar");
        Self { high: Window::new(Newest, period + 1), low: Window::new(Newest, period + 1), period: period as f64 }
    }

    /// Takes the next bar; gives up, down and up - down, NaN for the first `period`.
    pub fn push(&mut self, high: f64, low: f64) -> [f64; 3] {
        let [_, since_high] = self.high.push(high);
        let [_, since_low] = self.low.push(-low);
        self.values(since_high, since_low)
    }

    wide! {
        /// Takes the next bars; `out` is up, down and oscillator.
        pub fn extend(&mut self, high: &[f64], low: &[f64], out: [&mut [f64]; 3])
    }

    #[inline(always)]
    fn extend_plain(&mut self, high: &[f64], low: &[f64], [out_up, out_down, out_osc]: [&mut [f64]; 3]) {
        let mut extreme = [0.0; BLOCK];
        for range in blocks(0, high.len(), self.high.longest()) {
            let length = range.len();
            let (up, down) = (&mut out_up[range.clone()], &mut out_down[range.clone()]);
            self.high.extend_range(high, range.clone(), [[&mut extreme[..length], up]]);
            for (negative, low) in self.low.take(length).iter_mut().zip(&low[range.clone()]) {
                *negative = -low;
            }
            self.low.fold([[&mut extreme[..length], down]]);
            for ((up, down), osc) in up.iter_mut().zip(down).zip(&mut out_osc[range]) {
                [*up, *down, *osc] = self.values(*up, *down);
            }
        }
    }

    #[inline(always)]
    fn values(&self, since_high: f64, since_low: f64) -> [f64; 3] {
        let up = 100.0 * (self.period - since_high) / self.period;
        let down = 100.0 * (self.period - since_low) / self.period;
        [up, down, up - down]
    }
}

indicator!(Aroon[3]: high, low);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "aroon",
    title: "Aroon",
    category: Category::Trend,
    params: &[bars("period", 2, 25, "bars looked back; the window holds one more")],
    outputs: &["up", "down", "osc"],
    uses_volume: false,
    formula: "up = 100 (period - bars since the highest high) / period, down likewise, osc = up - down; newest of equals",
    source: "Tushar Chande, 1995; TA-Lib AROON and AROONOSC",
    check: any,
    warmups: |p| vec![p.bars("period"); 3],
    build: |p| Box::new(Aroon::new(p.bars("period"))),
};
