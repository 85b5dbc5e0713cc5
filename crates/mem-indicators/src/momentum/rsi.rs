//! The relative strength index.

use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::smooth::{Pair, Smooth};
use crate::wide::{BLOCK, blocks, wide};

/// Wilder's relative strength index, 0 to 100.
#[derive(Debug, Clone)]
pub struct Rsi {
    /// Gains and losses.
    pair: Pair,
    last: Option<f64>,
}

impl Rsi {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        Self { pair: Pair::new(Smooth::wilder(period)), last: None }
    }

    /// Takes the next close; NaN for the first `period`.
    pub fn push(&mut self, close: f64) -> f64 {
        let Some(last) = self.last.replace(close) else { return f64::NAN };
        self.pair.push(gain_and_loss(close, last), share)
    }

    wide! {
        /// Takes the next closes.
        pub fn extend(&mut self, close: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, close: &[f64], out: &mut [f64]) {
        let (Some(first), Some(last)) = (close.first(), close.last()) else { return };
        out[0] = self.push(*first);
        self.last = Some(*last);
        let (mut gain, mut loss) = ([0.0; BLOCK], [0.0; BLOCK]);
        for range in blocks(1, close.len(), 0) {
            let length = range.len();
            let closes = close[range.clone()].iter().zip(&close[range.start - 1..]);
            for ((gain, loss), (close, last)) in gain.iter_mut().zip(&mut loss).zip(closes) {
                [*gain, *loss] = gain_and_loss(*close, *last);
            }
            self.pair.extend_joined([&gain[..length], &loss[..length]], &mut out[range], share);
        }
    }
}

#[inline(always)]
fn gain_and_loss(close: f64, last: f64) -> [f64; 2] {
    let change = close - last;
    [if change > 0.0 { change } else { 0.0 }, if change < 0.0 { -change } else { 0.0 }]
}

/// `100 a / (a + b)`, 0 if both are.
#[inline(always)]
fn share(a: f64, b: f64) -> f64 {
    let both = a + b;
    if both == 0.0 { 0.0 } else { 100.0 * (a / both) }
}

indicator!(Rsi: close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "rsi",
    title: "Relative Strength Index",
    category: Category::Momentum,
    params: &[bars("period", 2, 14, "bars that gains and losses are smoothed over")],
    outputs: &["rsi"],
    uses_volume: false,
    formula: "100 g / (g + l); g, l = Wilder averages of gains and losses, seeded with their mean; 0 if both are 0",
    source: "J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; TA-Lib RSI",
    check: any,
    warmups: |p| vec![p.bars("period")],
    build: |p| Box::new(Rsi::new(p.bars("period"))),
};
