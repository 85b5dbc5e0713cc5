//! Donchian channels.

use crate::fold::{Highest, Lowest, Window};
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::wide::{small_blocks, wide};

/// Highest high and lowest low, and the middle between them.
#[derive(Debug, Clone)]
pub(crate) struct Middle {
    high: Window<Highest, 1>,
    low: Window<Lowest, 1>,
}

impl Middle {
    pub(crate) fn new(period: usize) -> Self {
        Self { high: Window::new(Highest, period), low: Window::new(Lowest, period) }
    }

    pub(crate) fn longest(&self) -> usize {
        self.high.longest()
    }

    /// High, middle, low; NaN for the first `period - 1`.
    pub(crate) fn push(&mut self, high: f64, low: f64) -> [f64; 3] {
        let [high] = self.high.push(high);
        let [low] = self.low.push(low);
        [high, (high + low) / 2.0, low]
    }

    wide! {
        /// Takes the next bars; `out` is high, middle and low.
        pub(crate) fn extend(&mut self, high: &[f64], low: &[f64], out: [&mut [f64]; 3])
    }

    #[inline(always)]
    fn extend_plain(&mut self, high: &[f64], low: &[f64], [out_high, out_middle, out_low]: [&mut [f64]; 3]) {
        for range in small_blocks(0, high.len(), self.high.longest()) {
            let (top, bottom) = (&mut out_high[range.clone()], &mut out_low[range.clone()]);
            self.high.extend_range(high, range.clone(), [[top]]);
            self.low.extend_range(low, range.clone(), [[bottom]]);
            for ((middle, high), low) in out_middle[range].iter_mut().zip(top).zip(bottom) {
                *middle = (*high + *low) / 2.0;
            }
        }
    }
}

/// The channel of the last bars' extremes, the newest bar included.
#[derive(Debug, Clone)]
pub struct DonchianChannels {
    middle: Middle,
}

impl DonchianChannels {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        Self { middle: Middle::new(period) }
    }

    /// Takes the next bar; gives upper, mid and lower, NaN for the first `period - 1`.
    pub fn push(&mut self, high: f64, low: f64) -> [f64; 3] {
        self.middle.push(high, low)
    }

    /// Takes the next bars; `out` is upper, mid and lower.
    pub fn extend(&mut self, high: &[f64], low: &[f64], out: [&mut [f64]; 3]) {
        self.middle.extend(high, low, out);
    }
}

indicator!(DonchianChannels[3]: high, low);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "donchian_channels",
    title: "Donchian Channels",
    category: Category::Volatility,
    params: &[bars("period", 1, 20, "bars of the window, the newest included")],
    outputs: &["upper", "mid", "lower"],
    uses_volume: false,
    formula: "upper = highest high, lower = lowest low of period bars, mid = their mean",
    source: "Richard Donchian, 1960; TA-Lib DONCHIAN",
    check: any,
    warmups: |p| vec![p.bars("period") - 1; 3],
    build: |p| Box::new(DonchianChannels::new(p.bars("period"))),
};
