//! The vortex indicator.

use crate::fold::{Sum, Window};
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::volatility::true_range::true_range;
use crate::wide::{BLOCK, fetch, small_blocks, wide};

/// Upward and downward movement from bar to bar, as shares of the true range.
#[derive(Debug, Clone)]
pub struct Vortex {
    plus: Window<Sum, 1>,
    minus: Window<Sum, 1>,
    range: Window<Sum, 1>,
    last: Option<[f64; 3]>,
}

impl Vortex {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        let window = Window::new(Sum, period);
        Self { plus: window.clone(), minus: window.clone(), range: window, last: None }
    }

    /// Takes the next bar; gives VI+ and VI-, NaN for the first `period`.
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> [f64; 2] {
        let Some([last_high, last_low, last_close]) = self.last.replace([high, low, close]) else {
            return [f64::NAN; 2];
        };
        let [plus] = self.plus.push((high - last_low).abs());
        let [minus] = self.minus.push((low - last_high).abs());
        let [range] = self.range.push(true_range(high, low, last_close));
        shares(plus, minus, range)
    }

    wide! {
        /// Takes the next bars; `out` is VI+ and VI-.
        pub fn extend(&mut self, high: &[f64], low: &[f64], close: &[f64], out: [&mut [f64]; 2])
    }

    #[inline(always)]
    fn extend_plain(&mut self, high: &[f64], low: &[f64], close: &[f64], [out_plus, out_minus]: [&mut [f64]; 2]) {
        let Some(last) = close.len().checked_sub(1) else { return };
        [out_plus[0], out_minus[0]] = self.push(high[0], low[0], close[0]);
        self.last = Some([high[last], low[last], close[last]]);
        let mut sums = [0.0; BLOCK];
        for range in small_blocks(1, close.len(), self.range.longest()) {
            let length = range.len();
            fetch(out_plus, &range);
            fetch(out_minus, &range);
            let (plus, minus) = (&mut out_plus[range.clone()], &mut out_minus[range.clone()]);
            // One bar more at the front: each looks at the one before.
            let bars = [high, low, close].map(|column| &column[range.start - 1..range.end]);
            movements(bars, self.plus.take(length), self.minus.take(length), self.range.take(length));
            fetch(high, &range);
            self.plus.fold([[plus]]);
            fetch(low, &range);
            self.minus.fold([[minus]]);
            fetch(close, &range);
            self.range.fold([[&mut sums[..length]]]);
            for ((plus, minus), range) in plus.iter_mut().zip(minus).zip(&sums) {
                [*plus, *minus] = shares(*plus, *minus, *range);
            }
        }
    }
}

/// Movement up and down and true range of each bar but the first.
#[inline(always)]
fn movements([high, low, close]: [&[f64]; 3], up: &mut [f64], down: &mut [f64], range: &mut [f64]) {
    let count = up.len();
    let (down, range) = (&mut down[..count], &mut range[..count]);
    let [last_high, last_low, last_close] = [high, low, close].map(|column| &column[..count]);
    let (high, low) = (&high[1..][..count], &low[1..][..count]);
    for index in 0..count {
        up[index] = (high[index] - last_low[index]).abs();
        down[index] = (low[index] - last_high[index]).abs();
        range[index] = true_range(high[index], low[index], last_close[index]);
    }
}

#[inline(always)]
fn shares(plus: f64, minus: f64, range: f64) -> [f64; 2] {
    let per_range = if range == 0.0 { 0.0 } else { 1.0 / range };
    [plus * per_range, minus * per_range]
}

indicator!(Vortex[2]: high, low, close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "vortex",
    title: "Vortex Indicator",
    category: Category::Advanced,
    params: &[bars("period", 1, 14, "bars of the window")],
    outputs: &["plus", "minus"],
    uses_volume: false,
    formula: "plus = sum |high - low'| / sum(true range), minus = sum |low - high'| / sum(true range) of period bars; \
              0 without range",
    source: "Etienne Botes and Douglas Siepman, Stocks & Commodities, 2010; TA-Lib VORTEX",
    check: any,
    warmups: |p| vec![p.bars("period"); 2],
    build: |p| Box::new(Vortex::new(p.bars("period"))),
};
