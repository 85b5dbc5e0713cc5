//! On-balance volume.

use crate::indicator::indicator;
use crate::registry::{Category, IndicatorSpec, any};

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
        let last = self.last_close.replace(close);
        self.total += match last {
            None => volume,
            Some(last) if close > last => volume,
            Some(last) if close < last => -volume,
            // Zero, but NaN where the volume is unknown.
            Some(_) => 0.0 * volume,
        };
        self.total
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
