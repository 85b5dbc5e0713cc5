//! The accumulation/distribution line.

use crate::indicator::indicator;
use crate::registry::{Category, IndicatorSpec, any};
use crate::volume::cmf::{flow_volume, flow_volumes};
use crate::volume::obv::accumulate;
use crate::wide::{STEPS, fetch, pieces, wide};

/// Volume added up, weighted by where in its range each bar closed.
#[derive(Debug, Clone, Default)]
pub struct AdLine {
    total: f64,
}

impl AdLine {
    /// Before the first bar.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bar.
    pub fn push(&mut self, high: f64, low: f64, close: f64, volume: f64) -> f64 {
        self.total += flow_volume(high, low, close, volume);
        self.total
    }

    wide! {
        /// Takes the next bars.
        pub fn extend(&mut self, high: &[f64], low: &[f64], close: &[f64], volume: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, high: &[f64], low: &[f64], close: &[f64], volume: &[f64], out: &mut [f64]) {
        for range in pieces(0, close.len(), STEPS) {
            let later = range.start + STEPS..range.end + STEPS;
            for column in [high, low, close, volume, &*out] {
                fetch(column, &later);
            }
            let [high, low, close, volume] = [high, low, close, volume].map(|column| &column[range.clone()]);
            let out = &mut out[range];
            flow_volumes(high, low, close, volume, out);
            accumulate(&mut self.total, out);
        }
    }
}

indicator!(AdLine: high, low, close, volume);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "ad_line",
    title: "Accumulation/Distribution Line",
    category: Category::Volume,
    params: &[],
    outputs: &["ad_line"],
    uses_volume: true,
    formula: "ad' + volume (2 close - high - low) / (high - low); a bar without range adds 0",
    source: "Marc Chaikin; TA-Lib AD",
    check: any,
    warmups: |_| vec![0],
    build: |_| Box::new(AdLine::new()),
};
