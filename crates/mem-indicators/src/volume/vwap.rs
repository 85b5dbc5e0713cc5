//! The volume-weighted average price.

use mem_types::{Bar, Timestamp};

use crate::indicator::Indicator;
use crate::param::{ParamKind, ParamSpec};
use crate::period::{Anchor, Periods};
use crate::registry::{Category, IndicatorSpec, any};

/// The average price paid since the period began.
#[derive(Debug, Clone)]
pub struct Vwap {
    periods: Periods,
    money: f64,
    volume: f64,
}

impl Vwap {
    /// Begins anew with each period of `anchor`.
    pub fn new(anchor: Anchor) -> Self {
        Self { periods: Periods::new(anchor), money: 0.0, volume: 0.0 }
    }

    /// Takes the next bar.
    pub fn push(&mut self, ts: Timestamp, high: f64, low: f64, close: f64, volume: f64) -> f64 {
        if self.periods.begins(ts) {
            (self.money, self.volume) = (0.0, 0.0);
        }
        let typical = (high + low + close) / 3.0;
        self.money += typical * volume;
        self.volume += volume;
        if self.volume == 0.0 { typical } else { self.money / self.volume }
    }
}

impl Indicator for Vwap {
    fn update(&mut self, bar: &Bar, out: &mut [f64]) {
        assert_eq!(out.len(), 1, "one slot per output");
        out[0] = self.push(bar.ts, bar.high, bar.low, bar.close, bar.volume);
    }
}

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "vwap",
    title: "Volume-Weighted Average Price",
    category: Category::Volume,
    params: &[ParamSpec {
        name: "anchor",
        kind: ParamKind::Choice { options: &["day", "week", "start"], default: "day" },
        doc: "where sums begin: each UTC day, each week from Monday, or once at the first bar",
    }],
    outputs: &["vwap"],
    uses_volume: true,
    formula: "sum(tp volume) / sum(volume) since the anchor, tp = (high + low + close) / 3; tp until anything traded",
    source: "Berkowitz, Logue, Noser, Journal of Finance, 1988; TA-Lib VWAP (anchor = start)",
    check: any,
    warmups: |_| vec![0],
    build: |p| Box::new(Vwap::new(Anchor::from_word(p.choice("anchor")))),
};
