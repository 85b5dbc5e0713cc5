//! Rate of change and momentum: against the price some bars ago.

use crate::fold::Recent;
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::wide::wide;

/// A series some bars ago.
#[derive(Debug, Clone)]
pub(crate) struct Ago {
    period: usize,
    recent: Recent,
}

impl Ago {
    pub(crate) fn new(period: usize) -> Self {
        assert!(period > 0, "a change looks back at least one bar");
        Self { period, recent: Recent::new(period + 1) }
    }

    /// Takes the next value; the one `period` bars ago, NaN while there is none.
    pub(crate) fn push(&mut self, value: f64) -> f64 {
        self.recent.push(value);
        self.recent.full().map_or(f64::NAN, |window| window[0])
    }

    /// Takes the next values and gives `change` of each and the one before.
    #[inline(always)]
    fn extend_with(&mut self, input: &[f64], out: &mut [f64], change: impl Fn(f64, f64) -> f64) {
        let period = self.period;
        let known = period.min(input.len());
        for (out, value) in out[..known].iter_mut().zip(input) {
            *out = change(*value, self.push(*value));
        }
        for ((out, value), ago) in out[known..].iter_mut().zip(&input[known..]).zip(input) {
            *out = change(*value, *ago);
        }
        // What the next values look back on.
        for value in &input[known.max(input.len().saturating_sub(period))..] {
            self.recent.push(*value);
        }
    }

    wide! {
        /// Takes the next values.
        pub(crate) fn extend(&mut self, input: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, input: &[f64], out: &mut [f64]) {
        self.extend_with(input, out, |_, ago| ago);
    }
}

/// `100 (value / value ago - 1)`.
#[derive(Debug, Clone)]
pub struct Roc {
    ago: Ago,
}

impl Roc {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        Self { ago: Ago::new(period) }
    }

    /// Takes the next value; NaN for the first `period`.
    pub fn push(&mut self, value: f64) -> f64 {
        percent_change(value, self.ago.push(value))
    }

    wide! {
        /// Takes the next values.
        pub fn extend(&mut self, input: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, input: &[f64], out: &mut [f64]) {
        self.ago.extend_with(input, out, percent_change);
    }
}

#[inline(always)]
fn percent_change(value: f64, ago: f64) -> f64 {
    (value / ago - 1.0) * 100.0
}

/// `value - value ago`.
#[derive(Debug, Clone)]
pub struct Momentum {
    ago: Ago,
}

impl Momentum {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        Self { ago: Ago::new(period) }
    }

    /// Takes the next value; NaN for the first `period`.
    pub fn push(&mut self, value: f64) -> f64 {
        value - self.ago.push(value)
    }

    wide! {
        /// Takes the next values.
        pub fn extend(&mut self, input: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, input: &[f64], out: &mut [f64]) {
        self.ago.extend_with(input, out, |value, ago| value - ago);
    }
}

indicator!(Roc: close);
indicator!(Momentum: close);

pub(crate) const ROC: IndicatorSpec = IndicatorSpec {
    name: "roc",
    title: "Rate of Change",
    category: Category::Momentum,
    params: &[bars("period", 1, 12, "bars looked back")],
    outputs: &["roc"],
    uses_volume: false,
    formula: "100 (close / close[period bars ago] - 1)",
    source: "TA-Lib ROC",
    check: any,
    warmups: |p| vec![p.bars("period")],
    build: |p| Box::new(Roc::new(p.bars("period"))),
};

pub(crate) const MOMENTUM: IndicatorSpec = IndicatorSpec {
    name: "momentum",
    title: "Momentum",
    category: Category::Momentum,
    params: &[bars("period", 1, 10, "bars looked back")],
    outputs: &["momentum"],
    uses_volume: false,
    formula: "close - close[period bars ago]",
    source: "TA-Lib MOM",
    check: any,
    warmups: |p| vec![p.bars("period")],
    build: |p| Box::new(Momentum::new(p.bars("period"))),
};
