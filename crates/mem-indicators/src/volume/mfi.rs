//! The money flow index.

use crate::fold::{Sum, Window};
use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::volatility::true_range::typical_price;
use crate::wide::{BLOCK, small_blocks, wide};

/// RSI with volume: the share of money that flowed while the typical price rose, 0 to 100.
#[derive(Debug, Clone)]
pub struct Mfi {
    positive: Window<Sum, 1>,
    negative: Window<Sum, 1>,
    last: Option<f64>,
}

impl Mfi {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        Self { positive: Window::new(Sum, period), negative: Window::new(Sum, period), last: None }
    }

    /// Takes the next bar; NaN for the first `period`.
    pub fn push(&mut self, high: f64, low: f64, close: f64, volume: f64) -> f64 {
        let typical = typical_price(high, low, close);
        let Some(last) = self.last.replace(typical) else { return f64::NAN };
        let [positive, negative] = flows(typical, last, volume);
        let [positive] = self.positive.push(positive);
        let [negative] = self.negative.push(negative);
        share(positive, negative)
    }

    wide! {
        /// Takes the next bars.
        pub fn extend(&mut self, high: &[f64], low: &[f64], close: &[f64], volume: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, high: &[f64], low: &[f64], close: &[f64], volume: &[f64], out: &mut [f64]) {
        if close.is_empty() {
            return;
        }
        out[0] = self.push(high[0], low[0], close[0], volume[0]);
        // The typical price before the block, then those of the block.
        let mut typical = [0.0; BLOCK + 1];
        typical[0] = typical_price(high[0], low[0], close[0]);
        let mut sums = [0.0; BLOCK];
        for range in small_blocks(1, close.len(), self.positive.longest()) {
            let length = range.len();
            let [high, low, close, volume] = [high, low, close, volume].map(|column| &column[range.clone()]);
            for (((typical, high), low), close) in typical[1..].iter_mut().zip(high).zip(low).zip(close) {
                *typical = typical_price(*high, *low, *close);
            }
            let steps = typical[1..].iter().zip(&typical).zip(volume);
            let flowing = self.positive.take(length).iter_mut().zip(self.negative.take(length));
            for ((positive, negative), ((typical, last), volume)) in flowing.zip(steps) {
                [*positive, *negative] = flows(*typical, *last, *volume);
            }
            let out = &mut out[range];
            self.positive.fold([[out]]);
            self.negative.fold([[&mut sums[..length]]]);
            for (out, negative) in out.iter_mut().zip(&sums) {
                *out = share(*out, *negative);
            }
            typical[0] = typical[length];
        }
        self.last = Some(typical[0]);
    }
}

/// Money that flowed in and out with a bar; neither if the typical price stood still.
#[inline(always)]
fn flows(typical: f64, last: f64, volume: f64) -> [f64; 2] {
    let money = typical * volume;
    // A factor rather than a branch, so that an unknown volume stays unknown.
    let (up, down) = (if typical > last { 1.0 } else { 0.0 }, if typical < last { 1.0 } else { 0.0 });
    [money * up, money * down]
}

/// `100 positive / (positive + negative)`; 0 without a unit of money flowing, as in TA-Lib.
#[inline(always)]
fn share(positive: f64, negative: f64) -> f64 {
    let both = positive + negative;
    if both < 1.0 { 0.0 } else { 100.0 * (positive / both) }
}

indicator!(Mfi: high, low, close, volume);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "mfi",
    title: "Money Flow Index",
    category: Category::Volume,
    params: &[bars("period", 2, 14, "bars of the window")],
    outputs: &["mfi"],
    uses_volume: true,
    formula: "100 p / (p + n); p, n = sums of typical price x volume on bars where the typical price rose, fell; \
              0 if p + n < 1",
    source: "Gene Quong and Avrum Soudack, 1989; TA-Lib MFI",
    check: any,
    warmups: |p| vec![p.bars("period")],
    build: |p| Box::new(Mfi::new(p.bars("period"))),
};
