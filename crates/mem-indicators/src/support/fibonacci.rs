//! Fibonacci retracement.

use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec, any};
use crate::volatility::donchian::Middle;
use crate::wide::{BLOCK, blocks, wide};

/// The names of the nine levels, in the order of [`levels`].
pub const LEVELS: [&str; 9] = ["0%", "23.6%", "38.2%", "50%", "61.8%", "78.6%", "100%", "161.8%", "261.8%"];

/// How far below the high each level lies, in ranges; the last two are extensions above it.
const BELOW_HIGH: [f64; 9] = [0.0, 0.236, 0.382, 0.5, 0.618, 0.786, 1.0, -0.618, -1.618];

/// The nine levels of a move from `low` up to `high`: 0% at the high, 100% at the low, 161.8% and 261.8% of the move
/// (measured from the low) above the high.
///
/// ```
/// let [high, .., low, _, top] = mem_indicators::fibonacci_levels(200.0, 100.0);
/// assert_eq!((high, low), (200.0, 100.0));
/// assert!((top - 361.8).abs() < 1e-9);
/// ```
#[inline(always)]
pub fn levels(high: f64, low: f64) -> [f64; 9] {
    let range = high - low;
    let mut levels = BELOW_HIGH.map(|below| high - below * range);
    // Exactly the low, not the high less a rounded difference.
    levels[6] = low;
    levels
}

/// The levels between the highest high and the lowest low of the last bars.
#[derive(Debug, Clone)]
pub struct FibonacciRetracement {
    middle: Middle,
}

impl FibonacciRetracement {
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize) -> Self {
        Self { middle: Middle::new(period) }
    }

    /// Takes the next bar; gives the levels in the order of [`LEVELS`], NaN for the first `period - 1`.
    pub fn push(&mut self, high: f64, low: f64) -> [f64; 9] {
        let [high, _, low] = self.middle.push(high, low);
        levels(high, low)
    }

    wide! {
        /// Takes the next bars; `out` in the order of [`LEVELS`].
        pub fn extend(&mut self, high: &[f64], low: &[f64], out: [&mut [f64]; 9])
    }

    #[inline(always)]
    fn extend_plain(&mut self, high: &[f64], low: &[f64], mut out: [&mut [f64]; 9]) {
        let (mut top, mut middle, mut bottom) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
        for range in blocks(0, high.len(), self.middle.longest()) {
            let length = range.len();
            let columns = [&mut top[..length], &mut middle[..length], &mut bottom[..length]];
            self.middle.extend(&high[range.clone()], &low[range.clone()], columns);
            for (index, (high, low)) in top[..length].iter().zip(&bottom).enumerate() {
                for (column, level) in out.iter_mut().zip(levels(*high, *low)) {
                    column[range.start + index] = level;
                }
            }
        }
    }
}

indicator!(FibonacciRetracement[9]: high, low);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "fibonacci_retracement",
    title: "Fibonacci Retracement",
    category: Category::SupportResistance,
    params: &[bars("period", 1, 20, "bars whose high and low are the ends of the move")],
    outputs: &LEVELS,
    uses_volume: false,
    formula: "hh - r (hh - ll), r = 0, 0.236, 0.382, 0.5, 0.618, 0.786, 1; extensions hh + 0.618 (hh - ll), \
              hh + 1.618 (hh - ll); hh, ll of period bars",
    source: "ratios of the Fibonacci sequence; as in the reference system, over a rolling window",
    check: any,
    warmups: |p| vec![p.bars("period") - 1; 9],
    build: |p| Box::new(FibonacciRetracement::new(p.bars("period"))),
};
