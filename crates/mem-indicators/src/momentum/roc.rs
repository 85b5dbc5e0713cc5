//! Rate of change and momentum: against the price some bars ago.

use crate::fold::Recent;
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};

/// A series some bars ago.
#[derive(Debug, Clone)]
pub(crate) struct Ago {
    recent: Recent,
}

impl Ago {
    pub(crate) fn new(period: usize) -> Self {
        assert!(period > 0, "a change looks back at least one bar");
        Self { recent: Recent::new(period + 1) }
    }

    /// Takes the next value; the one `period` bars ago, NaN while there is none.
    pub(crate) fn push(&mut self, value: f64) -> f64 {
        self.recent.push(value);
        self.recent.full().map_or(f64::NAN, |window| window[0])
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
