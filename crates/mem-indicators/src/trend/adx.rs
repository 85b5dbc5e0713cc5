//! Wilder's directional movement.

use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::smooth::Smooth;
use crate::volatility::true_range::{true_range, true_ranges};
use crate::wide::{BLOCK, blocks, skip, wide};

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
        let [plus, minus] = movement(high, low, last_high, last_low);
        let range = self.range.push(true_range(high, low, last_close));
        let (plus, minus) = (self.plus.push(plus), self.minus.push(minus));
        if skip(&mut self.skip, 1) > 0 {
            return [f64::NAN; 3];
        }
        let (plus_di, minus_di) = (percent(plus, range), percent(minus, range));
        [self.average.push(index(plus_di, minus_di)), plus_di, minus_di]
    }

    wide! {
        /// Takes the next bars; `out` is ADX, +DI and -DI.
        pub fn extend(&mut self, high: &[f64], low: &[f64], close: &[f64], out: [&mut [f64]; 3])
    }

    #[inline(always)]
    fn extend_plain(
        &mut self,
        high: &[f64],
        low: &[f64],
        close: &[f64],
        [out_adx, out_plus, out_minus]: [&mut [f64]; 3],
    ) {
        let Some(last) = close.len().checked_sub(1) else { return };
        [out_adx[0], out_plus[0], out_minus[0]] = self.push(high[0], low[0], close[0]);
        self.last = Some([high[last], low[last], close[last]]);
        let (mut ranges, mut range_average) = ([0.0; BLOCK], [0.0; BLOCK]);
        let (mut pluses, mut minuses) = ([0.0; BLOCK], [0.0; BLOCK]);
        for range in blocks(1, close.len(), 0) {
            let length = range.len();
            let (plus, minus) = (&mut out_plus[range.clone()], &mut out_minus[range.clone()]);
            // One bar more at the front: each looks at the one before.
            let [high, low, close] = [high, low, close].map(|column| &column[range.start - 1..range.end]);
            true_ranges(high, low, close, &mut ranges[..length]);
            let bars = high[1..].iter().zip(&low[1..]).zip(high.iter().zip(low));
            for ((plus, minus), ((high, low), (last_high, last_low))) in pluses.iter_mut().zip(&mut minuses).zip(bars) {
                [*plus, *minus] = movement(*high, *low, *last_high, *last_low);
            }
            self.range.extend(&ranges[..length], &mut range_average[..length]);
            self.plus.extend(&pluses[..length], plus);
            self.minus.extend(&minuses[..length], minus);
            let from = skip(&mut self.skip, length);
            plus[..from].fill(f64::NAN);
            minus[..from].fill(f64::NAN);
            let columns = range_average[from..length].iter().zip(&mut ranges[from..length]);
            for ((plus, minus), (range, index_of)) in plus[from..].iter_mut().zip(&mut minus[from..]).zip(columns) {
                (*plus, *minus) = (percent(*plus, *range), percent(*minus, *range));
                *index_of = index(*plus, *minus);
            }
            let adx = &mut out_adx[range];
            adx[..from].fill(f64::NAN);
            self.average.extend(&ranges[from..length], &mut adx[from..]);
        }
    }
}

/// How far a bar reached beyond the one before, on the side where it reached further.
#[inline(always)]
fn movement(high: f64, low: f64, last_high: f64, last_low: f64) -> [f64; 2] {
    let (up, down) = (high - last_high, last_low - low);
    [if up > down && up > 0.0 { up } else { 0.0 }, if down > up && down > 0.0 { down } else { 0.0 }]
}

/// The directional index: how one-sided movement was.
#[inline(always)]
fn index(plus_di: f64, minus_di: f64) -> f64 {
    percent((plus_di - minus_di).abs(), plus_di + minus_di)
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
