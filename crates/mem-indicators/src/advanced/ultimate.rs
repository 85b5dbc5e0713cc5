//! The ultimate oscillator.

use crate::fold::{Sum, Windows};
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec};
use crate::volatility::true_range::{true_range, true_ranges};
use crate::wide::{BLOCK, fetch, small_blocks, wide};

/// Buying pressure over true range, of three spans at once: 0 to 100.
#[derive(Debug, Clone)]
pub struct UltimateOscillator {
    pressure: Windows<Sum, 1, 3>,
    range: Windows<Sum, 1, 3>,
    last_close: Option<f64>,
}

impl UltimateOscillator {
    /// # Panics
    /// If a period is 0.
    pub fn new(short: usize, medium: usize, long: usize) -> Self {
        let windows = Windows::of(Sum, [short, medium, long]);
        Self { pressure: windows.clone(), range: windows, last_close: None }
    }

    /// Takes the next bar; NaN for the first `long`, the longest of the three.
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> f64 {
        let Some(last) = self.last_close.replace(close) else { return f64::NAN };
        let pressure = buying_pressure(low, close, last);
        let range = true_range(high, low, last);
        let [[a], [b], [c]] = self.pressure.push_all(pressure);
        let [[range_a], [range_b], [range_c]] = self.range.push_all(range);
        combine([a, b, c], [range_a, range_b, range_c])
    }

    wide! {
        /// Takes the next bars.
        pub fn extend(&mut self, high: &[f64], low: &[f64], close: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, high: &[f64], low: &[f64], close: &[f64], out: &mut [f64]) {
        let Some(last) = close.last() else { return };
        out[0] = self.push(high[0], low[0], close[0]);
        self.last_close = Some(*last);
        let [mut a, mut b, mut range_a, mut range_b, mut range_c] = [[0.0; BLOCK]; 5];
        for range in small_blocks(1, close.len(), self.range.longest()) {
            let length = range.len();
            fetch(out, &range);
            let out = &mut out[range.clone()];
            // One bar more at the front: each looks at the close before.
            let all = [high, low, close];
            let [high, low, close] = all.map(|column| &column[range.start - 1..range.end]);
            true_ranges(high, low, close, self.range.take(length));
            let steps = low[1..].iter().zip(&close[1..]).zip(close);
            for (pressure, ((low, close), last)) in self.pressure.take(length).iter_mut().zip(steps) {
                *pressure = buying_pressure(*low, *close, *last);
            }
            fetch(all[0], &range);
            self.pressure.fold([[&mut a[..length]], [&mut b[..length]], [out]]);
            let columns = [[&mut range_a[..length]], [&mut range_b[..length]], [&mut range_c[..length]]];
            fetch(all[1], &range);
            self.range.fold(columns);
            fetch(all[2], &range);
            let spans = a.iter().zip(&b).zip(range_a.iter().zip(&range_b).zip(&range_c));
            for (out, ((a, b), ((range_a, range_b), range_c))) in out.iter_mut().zip(spans) {
                *out = combine([*a, *b, *out], [*range_a, *range_b, *range_c]);
            }
        }
    }
}

#[inline(always)]
fn buying_pressure(low: f64, close: f64, last_close: f64) -> f64 {
    close - if low < last_close { low } else { last_close }
}

/// `100 (4 a + 2 b + c) / 7` of pressure over range of the three spans, over their common denominator: one division
/// instead of three.
#[inline(always)]
fn combine(pressure: [f64; 3], range: [f64; 3]) -> f64 {
    let [(a, of_a), (b, of_b), (c, of_c)] = [0, 1, 2].map(|span| {
        let flat = range[span] == 0.0;
        (if flat { 0.0 } else { pressure[span] }, if flat { 1.0 } else { range[span] })
    });
    let whole = of_b * of_c;
    let parts = 4.0 * a * whole + of_a * (2.0 * b * of_c + c * of_b);
    parts / (7.0 * of_a * whole) * 100.0
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
