//! The average true range.

use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::smooth::Smooth;
use crate::volatility::true_range::{true_range, true_ranges};
use crate::wide::{BLOCK, blocks, wide};

/// Wilder's average of the true range.
#[derive(Debug, Clone)]
pub struct Atr {
    smooth: Smooth,
    last_close: Option<f64>,
}

impl Atr {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        Self { smooth: Smooth::wilder(period), last_close: None }
    }

    /// Takes the next bar; NaN for the first `period`.
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> f64 {
        match self.last_close.replace(close) {
            Some(last) => self.smooth.push(true_range(high, low, last)),
            None => f64::NAN,
        }
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
        let mut ranges = [0.0; BLOCK];
        for range in blocks(1, close.len(), 0) {
            // One bar more at the front: each looks at the close before.
            let [high, low, close] = [high, low, close].map(|column| &column[range.start - 1..range.end]);
            let ranges = &mut ranges[..range.len()];
            true_ranges(high, low, close, ranges);
            self.smooth.extend(ranges, &mut out[range]);
        }
    }
}

indicator!(Atr: high, low, close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "atr",
    title: "Average True Range",
    category: Category::Volatility,
    params: &[bars("period", 1, 14, "bars smoothed over")],
    outputs: &["atr"],
    uses_volume: false,
    formula: "Wilder's average of max(high, close') - min(low, close'), seeded with the mean of the first period ranges",
    source: "J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; TA-Lib ATR",
    check: any,
    warmups: |p| vec![p.bars("period")],
    build: |p| Box::new(Atr::new(p.bars("period"))),
};
