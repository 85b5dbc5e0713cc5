//! The volume price trend.

use crate::indicator::indicator;
use crate::registry::{Category, IndicatorSpec, any};

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
        self.total += (close - last) / last * volume;
        self.total
    }
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
