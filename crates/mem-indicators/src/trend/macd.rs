//! Moving average convergence divergence.

use crate::indicator::indicator;
use crate::param::bars;
use crate::registry::{Category, IndicatorSpec};
use crate::smooth::Smooth;
use crate::wide::{BLOCK, blocks, skip, wide};

/// The distance of a fast from a slow EMA, its own EMA, and the distance of these two.
///
/// As in TA-Lib both averages begin at the same bar: the fast one is seeded with the `fast` closes before it.
#[derive(Debug, Clone)]
pub struct Macd {
    fast: Smooth,
    slow: Smooth,
    signal: Smooth,
    skip_fast: usize,
    skip_line: usize,
}

impl Macd {
    /// # Panics
    /// If a period is 0 or `fast` is above `slow`.
    pub fn new(fast: usize, slow: usize, signal: usize) -> Self {
        assert!(fast <= slow, "the fast period is the shorter one");
        Self {
            fast: Smooth::ema(fast),
            slow: Smooth::ema(slow),
            signal: Smooth::ema(signal),
            skip_fast: slow - fast,
            skip_line: slow - 1,
        }
    }

    /// Takes the next value; gives line (NaN for the first `slow - 1`), signal and histogram (`signal - 1` more).
    pub fn push(&mut self, value: f64) -> [f64; 3] {
        let slow = self.slow.push(value);
        let fast = if skip(&mut self.skip_fast, 1) > 0 { f64::NAN } else { self.fast.push(value) };
        if skip(&mut self.skip_line, 1) > 0 {
            return [f64::NAN; 3];
        }
        let line = fast - slow;
        let signal = self.signal.push(line);
        [line, signal, line - signal]
    }

    wide! {
        /// Takes the next values; `out` is line, signal and histogram.
        pub fn extend(&mut self, input: &[f64], out: [&mut [f64]; 3])
    }

    #[inline(always)]
    fn extend_plain(&mut self, input: &[f64], [out_line, out_signal, out_hist]: [&mut [f64]; 3]) {
        let mut slow = [0.0; BLOCK];
        for range in blocks(0, input.len(), 0) {
            let length = range.len();
            let input = &input[range.clone()];
            let (line, signal) = (&mut out_line[range.clone()], &mut out_signal[range.clone()]);
            let from = skip(&mut self.skip_fast, length);
            self.slow.extend(input, &mut slow[..length]);
            self.fast.extend(&input[from..], &mut line[from..]);
            for (line, slow) in line[from..].iter_mut().zip(&slow[from..]) {
                *line -= *slow;
            }
            let from = skip(&mut self.skip_line, length);
            line[..from].fill(f64::NAN);
            signal[..from].fill(f64::NAN);
            self.signal.extend(&line[from..], &mut signal[from..]);
            for ((hist, line), signal) in out_hist[range].iter_mut().zip(line).zip(signal) {
                *hist = *line - *signal;
            }
        }
    }
}

indicator!(Macd[3]: close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "macd",
    title: "Moving Average Convergence Divergence",
    category: Category::Trend,
    params: &[
        bars("fast", 1, 12, "bars of the fast average"),
        bars("slow", 2, 26, "bars of the slow average, above fast"),
        bars("signal", 1, 9, "bars that the line is averaged over"),
    ],
    outputs: &["line", "signal", "hist"],
    uses_volume: false,
    formula: "line = ema(close, fast) - ema(close, slow), signal = ema(line, signal), hist = line - signal",
    source: "Gerald Appel, 1979; TA-Lib MACD (the fast average is seeded where the slow one is)",
    check: |p| if p.bars("fast") < p.bars("slow") { Ok(()) } else { Err("fast must be below slow") },
    warmups: |p| {
        let line = p.bars("slow") - 1;
        let signal = line + p.bars("signal") - 1;
        vec![line, signal, signal]
    },
    build: |p| Box::new(Macd::new(p.bars("fast"), p.bars("slow"), p.bars("signal"))),
};
