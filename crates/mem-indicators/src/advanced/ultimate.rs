//! The ultimate oscillator.

use crate::fold::{Sum, Window};
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec};
use crate::volatility::true_range::true_range;

/// Buying pressure over true range, of three spans at once: 0 to 100.
#[derive(Debug, Clone)]
pub struct UltimateOscillator {
    pressure: [Window<Sum, 1>; 3],
    range: [Window<Sum, 1>; 3],
    last_close: Option<f64>,
}

impl UltimateOscillator {
    /// # Panics
    /// If a period is 0.
    pub fn new(short: usize, medium: usize, long: usize) -> Self {
        let windows = [short, medium, long].map(|period| Window::new(Sum, period));
        Self { pressure: windows.clone(), range: windows, last_close: None }
    }

    /// Takes the next bar; NaN for the first `long`, the longest of the three.
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> f64 {
        let Some(last) = self.last_close.replace(close) else { return f64::NAN };
        let pressure = buying_pressure(low, close, last);
        let range = true_range(high, low, last);
        let pressure = self.pressure.each_mut().map(|window| window.push(pressure)[0]);
        let range = self.range.each_mut().map(|window| window.push(range)[0]);
        combine([0, 1, 2].map(|i| ratio(pressure[i], range[i])))
    }
}

#[inline(always)]
fn buying_pressure(low: f64, close: f64, last_close: f64) -> f64 {
    close - if low < last_close { low } else { last_close }
}

#[inline(always)]
fn ratio(pressure: f64, range: f64) -> f64 {
    if range == 0.0 { 0.0 } else { pressure / range }
}

#[inline(always)]
fn combine([short, medium, long]: [f64; 3]) -> f64 {
    (4.0 * short + 2.0 * medium + long) / 7.0 * 100.0
}

indicator!(UltimateOscillator: high, low, close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "ultimate_oscillator",
    title: "Ultimate Oscillator",
    category: Category::Advanced,
    params: &[
        bars("short", 1, 7, "bars of the first span, weight 4"),
        bars("medium", 1, 14, "bars of the second span, weight 2"),
        bars("long", 1, 28, "bars of the third span, weight 1"),
    ],
    outputs: &["ultimate_oscillator"],
    uses_volume: false,
    formula: "100 (4 a + 2 b + c) / 7; a, b, c = sum(close - min(low, close')) / sum(true range) of the three spans; \
              0 for a span without range",
    source: "Larry Williams, Stocks & Commodities, 1985; TA-Lib ULTOSC",
    check: |p| {
        let [short, medium, long] = ["short", "medium", "long"].map(|name| p.bars(name));
        if short <= medium && medium <= long { Ok(()) } else { Err("short, medium and long must not decrease") }
    },
    warmups: |p| vec![p.bars("long")],
    build: |p| Box::new(UltimateOscillator::new(p.bars("short"), p.bars("medium"), p.bars("long"))),
};
