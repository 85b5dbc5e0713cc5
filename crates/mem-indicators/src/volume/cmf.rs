//! Chaikin money flow.

use crate::fold::{Sum, Window};
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::wide::{BLOCK, fetch, small_blocks, wide};

/// Volume times where the bar closed: all of it at the high, none in the middle, minus all of it at the low.
#[inline(always)]
pub(crate) fn flow_volume(high: f64, low: f64, close: f64, volume: f64) -> f64 {
    let range = high - low;
    let place = if range > 0.0 { ((close - low) - (high - close)) / range } else { 0.0 };
    place * volume
}

/// [`flow_volume`] of columns.
#[inline(always)]
pub(crate) fn flow_volumes(high: &[f64], low: &[f64], close: &[f64], volume: &[f64], out: &mut [f64]) {
    let bars = high.iter().zip(low).zip(close).zip(volume);
    for (out, (((high, low), close), volume)) in out.iter_mut().zip(bars) {
        *out = flow_volume(*high, *low, *close, *volume);
    }
}

/// The share of volume that closed high rather than low, -1 to 1.
#[derive(Debug, Clone)]
pub struct Cmf {
    flow: Window<Sum, 1>,
    volume: Window<Sum, 1>,
}

impl Cmf {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        Self { flow: Window::new(Sum, period), volume: Window::new(Sum, period) }
    }

    /// Takes the next bar; NaN for the first `period - 1`.
    pub fn push(&mut self, high: f64, low: f64, close: f64, volume: f64) -> f64 {
        let [flow] = self.flow.push(flow_volume(high, low, close, volume));
        let [volume] = self.volume.push(volume);
        share(flow, volume)
    }

    wide! {
        /// Takes the next bars.
        pub fn extend(&mut self, high: &[f64], low: &[f64], close: &[f64], volume: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, high: &[f64], low: &[f64], close: &[f64], volume: &[f64], out: &mut [f64]) {
        let mut sums = [0.0; BLOCK];
        for range in small_blocks(0, close.len(), self.flow.longest()) {
            let volumes = &mut sums[..range.len()];
            fetch(out, &range);
            let out = &mut out[range.clone()];
            let [high_part, low_part, close_part, volume_part] =
                [high, low, close, volume].map(|column| &column[range.clone()]);
            flow_volumes(high_part, low_part, close_part, volume_part, self.flow.take(out.len()));
            fetch(high, &range);
            self.flow.fold([[out]]);
            fetch(low, &range);
            fetch(close, &range);
            self.volume.extend_range(volume, range.clone(), [[volumes]]);
            fetch(volume, &range);
            for (out, volume) in out.iter_mut().zip(volumes) {
                *out = share(*out, *volume);
            }
        }
    }
}

#[inline(always)]
fn share(flow: f64, volume: f64) -> f64 {
    if volume == 0.0 { 0.0 } else { flow / volume }
}

indicator!(Cmf: high, low, close, volume);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "cmf",
    title: "Chaikin Money Flow",
    category: Category::Volume,
    params: &[bars("period", 1, 20, "bars of the window")],
    outputs: &["cmf"],
    uses_volume: true,
    formula: "sum(volume (2 close - high - low) / (high - low)) / sum(volume); a bar without range counts 0; \
              0 if there was no volume",
    source: "Marc Chaikin, 1982; TA-Lib CMF",
    check: any,
    warmups: |p| vec![p.bars("period") - 1],
    build: |p| Box::new(Cmf::new(p.bars("period"))),
};
