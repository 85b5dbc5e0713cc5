//! The volume price trend.

use crate::indicator::indicator;
use crate::registry::{Category, IndicatorSpec, any};
use crate::volume::obv::accumulate;
use crate::wide::{STEPS, pieces, wide};

/// Volume added up, weighted by the fraction that the close moved.
#[derive(Debug, Clone, Default)]
pub struct Vpt {
    total: f64,
    last_close: Option<f64>,
}

impl Vpt {
    /// Before the first bar.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bar. The first value is 0.
    pub fn push(&mut self, close: f64, volume: f64) -> f64 {
        let last = self.last_close.replace(close).unwrap_or(close);
        self.total += step(close, last, volume);
        self.total
    }

    wide! {
        /// Takes the next bars.
        pub fn extend(&mut self, close: &[f64], volume: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, close: &[f64], volume: &[f64], out: &mut [f64]) {
        let Some(last) = close.last() else { return };
        out[0] = self.push(close[0], volume[0]);
        self.last_close = Some(*last);
        for range in pieces(1, close.len(), STEPS) {
            let bars = close[range.clone()].iter().zip(&close[range.start - 1..]).zip(&volume[range.clone()]);
            let out = &mut out[range];
            for (out, ((close, last), volume)) in out.iter_mut().zip(bars) {
                *out = step(*close, *last, *volume);
            }
            accumulate(&mut self.total, out);
        }
    }
}

#[inline(always)]
fn step(close: f64, last: f64, volume: f64) -> f64 {
    (close - last) / last * volume
}

indicator!(Vpt: close, volume);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "vpt",
    title: "Volume Price Trend",
    category: Category::Volume,
    params: &[],
    outputs: &["vpt"],
    uses_volume: true,
    formula: "vpt' + volume (close - close') / close'; the first is 0",
    source: "David Markstein, 1966; TA-Lib PVT",
    check: any,
    warmups: |_| vec![0],
    build: |_| Box::new(Vpt::new()),
};
