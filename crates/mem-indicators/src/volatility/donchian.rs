//! Donchian channels.

use crate::fold::{Highest, Lowest, Window};
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};

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

    /// High, middle, low; NaN for the first `period - 1`.
    pub(crate) fn push(&mut self, high: f64, low: f64) -> [f64; 3] {
        let [high] = self.high.push(high);
        let [low] = self.low.push(low);
        [high, (high + low) / 2.0, low]
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
