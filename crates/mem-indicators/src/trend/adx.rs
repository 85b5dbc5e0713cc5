//! Wilder's directional movement.

use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::smooth::Smooth;
use crate::volatility::true_range::true_range;

/// How strong a trend is (ADX) and which way it goes (+DI above or below -DI), 0 to 100.
#[derive(Debug, Clone)]
pub struct Adx {
    range: Smooth,
    plus: Smooth,
    minus: Smooth,
    average: Smooth,
    skip: usize,
    last: Option<[f64; 3]>,
}

impl Adx {
    /// # Panics
    /// If `period` is below 2.
    pub fn new(period: usize) -> Self {
        let directional = Smooth::wilder_directional(period);
        Self {
            range: directional.clone(),
            plus: directional.clone(),
            minus: directional,
            average: Smooth::wilder(period),
            skip: period - 1,
            last: None,
        }
    }

    /// Takes the next bar; gives ADX (NaN for the first `2 period - 1`), +DI and -DI (NaN for the first `period`).
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> [f64; 3] {
        let Some([last_high, last_low, last_close]) = self.last.replace([high, low, close]) else {
            return [f64::NAN; 3];
        };
        let (up, down) = (high - last_high, last_low - low);
        let range = self.range.push(true_range(high, low, last_close));
        let plus = self.plus.push(if up > down && up > 0.0 { up } else { 0.0 });
        let minus = self.minus.push(if down > up && down > 0.0 { down } else { 0.0 });
        if self.skip > 0 {
            self.skip -= 1;
            return [f64::NAN; 3];
        }
        let plus_di = percent(plus, range);
        let minus_di = percent(minus, range);
        let index = percent((plus_di - minus_di).abs(), plus_di + minus_di);
        [self.average.push(index), plus_di, minus_di]
    }
}

/// `100 part / whole`, 0 if there is no whole.
#[inline(always)]
fn percent(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { 100.0 * (part / whole) }
}

indicator!(Adx[3]: high, low, close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "adx",
    title: "Average Directional Index",
    category: Category::Trend,
    params: &[bars("period", 2, 14, "bars smoothed over")],
    outputs: &["adx", "plus_di", "minus_di"],
    uses_volume: false,
    formula: "plus_di, minus_di = 100 W(dm) / W(true range); adx = W(100 |plus_di - minus_di| / (plus_di + minus_di)); \
              W = Wilder's average; 0 where a divisor is 0",
    source: "J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; TA-Lib ADX, PLUS_DI, MINUS_DI",
    check: any,
    warmups: |p| {
        let n = p.bars("period");
        vec![2 * n - 1, n, n]
    },
    build: |p| Box::new(Adx::new(p.bars("period"))),
};
