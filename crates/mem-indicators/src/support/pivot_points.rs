//! Pivot points.

use mem_types::{Bar, Timestamp};

use crate::indicator::Indicator;
use crate::param::{ParamKind, ParamSpec};
use crate::period::{Anchor, Periods};
use crate::registry::{Category, IndicatorSpec, any};

/// How the levels are made from a period's high, low and close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PivotMethod {
    /// Floor traders' pivots.
    Standard,
    /// Distances of 38.2 %, 61.8 % and 100 % of the range.
    Fibonacci,
    /// Standard levels around a pivot that weighs the close double.
    Woodie,
    /// Distances of 1.1/12, 1.1/6 and 1.1/4 of the range around the close.
    Camarilla,
}

impl PivotMethod {
    fn from_word(word: &str) -> Self {
        match word {
            "fibonacci" => Self::Fibonacci,
            "woodie" => Self::Woodie,
            "camarilla" => Self::Camarilla,
            _ => Self::Standard,
        }
    }

    /// Pivot, three resistances and three supports from one completed period: `[pivot, r1, r2, r3, s1, s2, s3]`.
    pub fn levels(self, high: f64, low: f64, close: f64) -> [f64; 7] {
        let range = high - low;
        let mean = (high + low + close) / 3.0;
        let around = |centre: f64, shares: [f64; 3]| {
            let [a, b, c] = shares.map(|share| share * range);
            [mean, centre + a, centre + b, centre + c, centre - a, centre - b, centre - c]
        };
        let floor = |p: f64| {
            let (r3, s3) = (high + 2.0 * (p - low), low - 2.0 * (high - p));
            [p, 2.0 * p - low, p + range, r3, 2.0 * p - high, p - range, s3]
        };
        match self {
            Self::Standard => floor(mean),
            Self::Woodie => floor((high + low + 2.0 * close) / 4.0),
            Self::Fibonacci => around(mean, [0.382, 0.618, 1.0]),
            Self::Camarilla => around(close, [1.1 / 12.0, 1.1 / 6.0, 1.1 / 4.0]),
        }
    }
}

/// Levels of the last completed period.
#[derive(Debug, Clone)]
pub struct PivotPoints {
    periods: Periods,
    method: PivotMethod,
    /// High, low and close of the period so far.
    current: Option<[f64; 3]>,
    levels: [f64; 7],
}

impl PivotPoints {
    /// Levels by `method` of the periods of `anchor`.
    pub fn new(anchor: Anchor, method: PivotMethod) -> Self {
        Self { periods: Periods::new(anchor), method, current: None, levels: [f64::NAN; 7] }
    }

    /// Takes the next bar; gives pivot, r1, r2, r3, s1, s2, s3, NaN until a first period is over.
    ///
    /// A period is over when a bar of a later one arrives; what it then holds is all that was pushed of it.
    pub fn push(&mut self, ts: Timestamp, high: f64, low: f64, close: f64) -> [f64; 7] {
        let begins = self.periods.begins(ts);
        self.current = match self.current {
            Some([top, bottom, _]) if !begins => Some([top.max(high), bottom.min(low), close]),
            over => {
                if let Some([top, bottom, last]) = over {
                    self.levels = self.method.levels(top, bottom, last);
                }
                Some([high, low, close])
            }
        };
        self.levels
    }
}

impl Indicator for PivotPoints {
    fn update(&mut self, bar: &Bar, out: &mut [f64]) {
        out.copy_from_slice(&self.push(bar.ts, bar.high, bar.low, bar.close));
    }
}

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "pivot_points",
    title: "Pivot Points",
    category: Category::SupportResistance,
    params: &[
        ParamSpec {
            name: "anchor",
            kind: ParamKind::Choice { options: &["bar", "day", "week"], default: "day" },
            doc: "the period that levels are made from: the bar before, the UTC day before, the week before",
        },
        ParamSpec {
            name: "method",
            kind: ParamKind::Choice { options: &["standard", "fibonacci", "woodie", "camarilla"], default: "standard" },
            doc: "how the levels are made",
        },
    ],
    outputs: &["pivot", "r1", "r2", "r3", "s1", "s2", "s3"],
    uses_volume: false,
    formula: "from h, l, c of the last completed period: standard p = (h + l + c) / 3, r1 = 2 p - l, s1 = 2 p - h, \
              r2, s2 = p +- (h - l), r3 = h + 2 (p - l), s3 = l - 2 (h - p); woodie the same around \
              p = (h + l + 2 c) / 4; fibonacci p +- 0.382, 0.618, 1 (h - l); camarilla c +- 1.1 (h - l) / 12, 6, 4",
    source: "floor traders' practice; Ken Wood; Nick Scott, 1989 (Camarilla)",
    check: any,
    warmups: |_| vec![1; 7],
    build: |p| {
        let (anchor, method) = (Anchor::from_word(p.choice("anchor")), PivotMethod::from_word(p.choice("method")));
        Box::new(PivotPoints::new(anchor, method))
    },
};
