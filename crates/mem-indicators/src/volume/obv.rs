//! On-balance volume.

use crate::indicator::indicator;
use crate::registry::{Category, IndicatorSpec, any};
use crate::wide::{STEPS, pieces, wide};

/// Volume added when the close rises, taken away when it falls.
#[derive(Debug, Clone, Default)]
pub struct Obv {
    total: f64,
    last_close: Option<f64>,
}

impl Obv {
    /// Before the first bar.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bar. The first value is its volume.
    pub fn push(&mut self, close: f64, volume: f64) -> f64 {
        self.total += match self.last_close.replace(close) {
            None => volume,
            Some(last) => signed(close, last, volume),
        };
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
                *out = signed(*close, *last, *volume);
            }
            accumulate(&mut self.total, out);
        }
    }
}

/// The volume with the sign of the change: a factor rather than a branch, so that an unknown volume stays unknown.
#[inline(always)]
fn signed(close: f64, last: f64, volume: f64) -> f64 {
    let up = if close > last { 1.0 } else { 0.0 };
    let down = if close < last { 1.0 } else { 0.0 };
    (up - down) * volume
}

/// Makes each step the total so far.
#[inline(always)]
pub(crate) fn accumulate(total: &mut f64, steps: &mut [f64]) {
    for step in steps {
        *total += *step;
        *step = *total;
    }
}

indicator!(Obv: close, volume);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "obv",
    title: "On-Balance Volume",
    category: Category::Volume,
    params: &[],
    outputs: &["obv"],
    uses_volume: true,
    formula: "obv' + volume if close > close', obv' - volume if close < close', else obv'; the first is volume",
    source: "Joseph Granville, New Key to Stock Market Profits, 1963; TA-Lib OBV",
    check: any,
    warmups: |_| vec![0],
    build: |_| Box::new(Obv::new()),
};
