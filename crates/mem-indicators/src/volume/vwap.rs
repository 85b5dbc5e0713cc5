//! The volume-weighted average price.

use mem_types::{Bar, BarsRef, Timestamp};

use crate::indicator::Indicator;
use crate::param::{ParamKind, ParamSpec};
use crate::period::{Anchor, Periods};
use crate::registry::{Category, IndicatorSpec, any};
use crate::volatility::true_range::typical_price;
use crate::wide::{STEPS, pieces, wide};

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
        let typical = typical_price(high, low, close);
        self.money += typical * volume;
        self.volume += volume;
        average(typical, self.money, self.volume)
    }

    wide! {
        /// Takes the next bars.
        pub fn extend(&mut self, bars: BarsRef<'_>, out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, bars: BarsRef<'_>, out: &mut [f64]) {
        let (mut typical, mut money) = ([0.0; STEPS], [0.0; STEPS]);
        for range in pieces(0, bars.len(), STEPS) {
            let bars = bars.slice(range.clone());
            let out = &mut out[range];
            let prices = bars.high.iter().zip(bars.low).zip(bars.close);
            for (typical, ((high, low), close)) in typical.iter_mut().zip(prices) {
                *typical = typical_price(*high, *low, *close);
            }
            let mut from = 0;
            while from < bars.len() {
                if self.periods.begins(bars.ts(from)) {
                    (self.money, self.volume) = (0.0, 0.0);
                }
                // All bars up to the next period.
                let to = from + self.periods.count(&bars.ts_ns[from..]);
                let steps = typical[from..to].iter().zip(&bars.volume[from..to]);
                for ((money, volumes), (typical, volume)) in
                    money[from..to].iter_mut().zip(&mut out[from..to]).zip(steps)
                {
                    self.money += typical * volume;
                    self.volume += volume;
                    (*money, *volumes) = (self.money, self.volume);
                }
                from = to;
            }
            for ((out, typical), money) in out.iter_mut().zip(&typical).zip(&money) {
                *out = average(*typical, *money, *out);
            }
        }
    }
}

#[inline(always)]
fn average(typical: f64, money: f64, volume: f64) -> f64 {
    if volume == 0.0 { typical } else { money / volume }
}

impl Indicator for Vwap {
    fn update(&mut self, bar: &Bar, out: &mut [f64]) {
        assert_eq!(out.len(), 1, "one slot per output");
        out[0] = self.push(bar.ts, bar.high, bar.low, bar.close, bar.volume);
    }

    fn update_many(&mut self, bars: BarsRef<'_>, out: &mut [&mut [f64]]) {
        let [out] = out else { panic!("one column per output") };
        self.extend(bars, out);
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
