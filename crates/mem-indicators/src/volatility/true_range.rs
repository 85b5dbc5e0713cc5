//! The true range of a bar.

use crate::indicator::indicator;
use crate::registry::{Category, IndicatorSpec, any};
use crate::wide::wide;

/// The range of a bar, widened to where the last one closed.
#[derive(Debug, Clone, Default)]
pub struct TrueRange {
    last_close: Option<f64>,
}

impl TrueRange {
    /// Before the first bar.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bar; NaN for the first.
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> f64 {
        self.last_close.replace(close).map_or(f64::NAN, |last| true_range(high, low, last))
    }

    wide! {
        /// Takes the next bars.
        pub fn extend(&mut self, high: &[f64], low: &[f64], close: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, high: &[f64], low: &[f64], close: &[f64], out: &mut [f64]) {
        let Some(last) = close.last() else { return };
        out[0] = self.push(high[0], low[0], close[0]);
        self.last_close = Some(*last);
        true_ranges(high, low, close, &mut out[1..]);
    }
}

/// The largest of high - low, |high - last close| and |low - last close|.
#[inline(always)]
pub(crate) fn true_range(high: f64, low: f64, last_close: f64) -> f64 {
    // The larger of the two ends less the smaller, which is the same thing.
    let top = if high > last_close { high } else { last_close };
    let bottom = if low < last_close { low } else { last_close };
    top - bottom
}

/// The mean of high, low and close.
#[inline(always)]
pub(crate) fn typical_price(high: f64, low: f64, close: f64) -> f64 {
    (high + low + close) / 3.0
}

/// The true range of each bar but the first, whose close is needed for the second.
#[inline(always)]
pub(crate) fn true_ranges(high: &[f64], low: &[f64], close: &[f64], out: &mut [f64]) {
    for (((out, high), low), last_close) in out.iter_mut().zip(&high[1..]).zip(&low[1..]).zip(close) {
        *out = true_range(*high, *low, *last_close);
    }
}

indicator!(TrueRange: high, low, close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "true_range",
    title: "True Range",
    category: Category::Volatility,
    params: &[],
    outputs: &["true_range"],
    uses_volume: false,
    formula: "max(high, close') - min(low, close'); undefined at the first bar, which has no close before it",
    source: "J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; TA-Lib TRANGE",
    check: any,
    warmups: |_| vec![1],
    build: |_| Box::new(TrueRange::new()),
};
