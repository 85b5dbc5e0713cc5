//! The awesome oscillator.

use crate::average::sma::Sma;
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec};

/// The distance of a fast from a slow average of the bar's middle.
#[derive(Debug, Clone)]
pub struct AwesomeOscillator {
    fast: Sma,
    slow: Sma,
}

impl AwesomeOscillator {
    /// # Panics
    /// If a period is 0.
    pub fn new(fast: usize, slow: usize) -> Self {
        Self { fast: Sma::new(fast), slow: Sma::new(slow) }
    }

    /// Takes the next bar; NaN until the longer average is there.
    pub fn push(&mut self, high: f64, low: f64) -> f64 {
        let middle = (high + low) / 2.0;
        self.fast.push(middle) - self.slow.push(middle)
    }
}

indicator!(AwesomeOscillator: high, low);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "awesome_oscillator",
    title: "Awesome Oscillator",
    category: Category::Advanced,
    params: &[
        bars("fast", 1, 5, "bars of the fast average"),
        bars("slow", 2, 34, "bars of the slow average, above fast"),
    ],
    outputs: &["awesome_oscillator"],
    uses_volume: false,
    formula: "sma(m, fast) - sma(m, slow), m = (high + low) / 2",
    source: "Bill Williams, New Trading Dimensions, 1998; TA-Lib AO",
    check: |p| if p.bars("fast") < p.bars("slow") { Ok(()) } else { Err("fast must be below slow") },
    warmups: |p| vec![p.bars("slow") - 1],
    build: |p| Box::new(AwesomeOscillator::new(p.bars("fast"), p.bars("slow"))),
};
