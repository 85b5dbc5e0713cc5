//! Exponential smoothing: `y = (1 - k) y' + k x`, seeded with a mean.
//!
//! Each step needs the one before, which keeps a processor waiting. Written out over four steps,
//! `y[i] = a^4 y[i-4] + k (x[i] + a x[i-1] + a^2 x[i-2] + a^3 x[i-3])` with `a = 1 - k`, four chains run side by side.
//! Batch and stream both compute this form, so they agree bit for bit.

use crate::wide::wide;

/// An exponentially smoothed series.
#[derive(Debug, Clone)]
pub(crate) struct Smooth {
    factors: Factors,
    seed_count: usize,
    seed_divisor: f64,
    seed_sum: f64,
    seen: usize,
    /// The last four inputs and outputs, oldest first.
    inputs: [f64; 4],
    outputs: [f64; 4],
}

#[derive(Debug, Clone, Copy)]
struct Factors {
    /// Weights of x[i] and x[i-1].
    take: [f64; 2],
    /// Weight of y[i-1].
    keep: f64,
    /// Its square, the weight of the pair before.
    keep2: f64,
    /// Its fourth power, the weight of y[i-4].
    keep4: f64,
}

impl Factors {
    /// The next value from the one four steps back and the last four inputs, oldest first.
    #[inline(always)]
    fn step(&self, output: f64, [d, c, b, a]: [f64; 4]) -> f64 {
        self.join(output, self.pair(d, c), self.pair(b, a))
    }

    #[inline(always)]
    fn join(&self, output: f64, older: f64, newer: f64) -> f64 {
        self.keep4 * output + (newer + self.keep2 * older)
    }

    /// What an input and the one before it contribute.
    #[inline(always)]
    fn pair(&self, older: f64, newer: f64) -> f64 {
        self.take[0] * newer + self.take[1] * older
    }

    /// [`Factors::pair`] of each input and the one before it; `inputs` begins one before the first.
    #[inline(always)]
    fn pairs(&self, inputs: &[f64], out: &mut [f64]) {
        for ((out, older), newer) in out.iter_mut().zip(inputs).zip(&inputs[1..]) {
            *out = self.pair(*older, *newer);
        }
    }
}

/// Groups of four values made ahead.
const AHEAD: usize = 16;

impl Smooth {
    /// Alpha 2 / (period + 1), seeded with the mean of the first `period` values.
    pub(crate) fn ema(period: usize) -> Self {
        let k = 2.0 / (period as f64 + 1.0);
        Self::new(1.0 - k, k, period, period as f64)
    }

    /// Wilder's: alpha 1 / period, seeded with the mean of the first `period` values.
    pub(crate) fn wilder(period: usize) -> Self {
        let n = period as f64;
        Self::new((n - 1.0) / n, 1.0 / n, period, n)
    }

    /// Wilder's as TA-Lib seeds directional movement: the sum of the first `period - 1` values over `period`.
    pub(crate) fn wilder_directional(period: usize) -> Self {
        let n = period as f64;
        Self::new((n - 1.0) / n, 1.0 / n, period - 1, n)
    }

    fn new(keep: f64, take: f64, seed_count: usize, seed_divisor: f64) -> Self {
        assert!(seed_count > 0, "smoothing starts from at least one value");
        let keep2 = keep * keep;
        Self {
            factors: Factors { take: [take, keep * take], keep, keep2, keep4: keep2 * keep2 },
            seed_count,
            seed_divisor,
            seed_sum: 0.0,
            seen: 0,
            inputs: [0.0; 4],
            outputs: [0.0; 4],
        }
    }

    /// Takes the next value; NaN until the seed is complete.
    #[inline(always)]
    pub(crate) fn push(&mut self, value: f64) -> f64 {
        self.seen += 1;
        self.inputs = [self.inputs[1], self.inputs[2], self.inputs[3], value];
        let output = if self.seen < self.seed_count {
            self.seed_sum += value;
            return f64::NAN;
        } else if self.seen == self.seed_count {
            (self.seed_sum + value) / self.seed_divisor
        } else if self.seen < self.seed_count + 4 {
            self.factors.keep * self.outputs[3] + self.factors.take[0] * value
        } else {
            self.factors.step(self.outputs[0], self.inputs)
        };
        self.outputs = [self.outputs[1], self.outputs[2], self.outputs[3], output];
        output
    }

    wide! {
        /// Takes the next values.
        pub(crate) fn extend(&mut self, input: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, input: &[f64], out: &mut [f64]) {
        extend_together([self], [input], [out]);
    }
}

/// Two series at once, so that the processor works on one while it waits for the other.
#[derive(Debug, Clone)]
pub(crate) struct Pair(pub(crate) Smooth, pub(crate) Smooth);

impl Pair {
    wide! {
        /// Takes the next values of both, equally many.
        pub(crate) fn extend(&mut self, inputs: [&[f64]; 2], outputs: [&mut [f64]; 2])
    }

    #[inline(always)]
    fn extend_plain(&mut self, inputs: [&[f64]; 2], outputs: [&mut [f64]; 2]) {
        extend_together([&mut self.0, &mut self.1], inputs, outputs);
    }
}

#[inline(always)]
fn extend_together<const K: usize>(series: [&mut Smooth; K], inputs: [&[f64]; K], mut outputs: [&mut [f64]; K]) {
    // One by one through the seed, and four more, so that the last four inputs and outputs lie within the columns.
    let length = inputs[0].len();
    let seeded = series.iter().map(|smooth| (smooth.seed_count + 4).saturating_sub(smooth.seen)).max().unwrap_or(0);
    let start = length.min(seeded.max(4));
    let steps = (length - start) / 4;
    let end = start + 4 * steps;
    let mut series = series;
    push_range(&mut series, &inputs, &mut outputs, 0..start);
    if steps == 0 {
        push_range(&mut series, &inputs, &mut outputs, end..length);
        return;
    }

    let factors = series.each_ref().map(|smooth| smooth.factors);
    let mut last = outputs.each_ref().map(|column| [0, 1, 2, 3].map(|lane| column[start - 4 + lane]));
    // What does not depend on earlier outputs is made ahead, a few steps at a time, so that the processor can work on
    // it while it waits for the steps before.
    let mut pairs = [[0.0; 4 * AHEAD + 2]; K];
    let mut at = start;
    while at < end {
        let count = (4 * AHEAD).min(end - at);
        for k in 0..K {
            factors[k].pairs(&inputs[k][at - 3..at + count], &mut pairs[k]);
        }
        let mut columns = outputs.each_mut().map(|column| column[at..at + count].as_chunks_mut::<4>().0.iter_mut());
        for group in (0..count).step_by(4) {
            for k in 0..K {
                let Some(out) = columns[k].next() else { continue };
                let (older, newer) = (&pairs[k][group..group + 4], &pairs[k][group + 2..group + 6]);
                for lane in 0..4 {
                    last[k][lane] = factors[k].join(last[k][lane], older[lane], newer[lane]);
                }
                *out = last[k];
            }
        }
        at += count;
    }

    for (k, smooth) in series.iter_mut().enumerate() {
        smooth.seen += 4 * steps;
        smooth.outputs = last[k];
        smooth.inputs = [3, 2, 1, 0].map(|bars| inputs[k][end - 1 - bars]);
    }
    push_range(&mut series, &inputs, &mut outputs, end..length);
}

#[inline(always)]
fn push_range<const K: usize>(
    series: &mut [&mut Smooth; K],
    inputs: &[&[f64]; K],
    outputs: &mut [&mut [f64]; K],
    range: std::ops::Range<usize>,
) {
    for k in 0..K {
        for index in range.clone() {
            outputs[k][index] = series[k].push(inputs[k][index]);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn many_at_once_equal_one_by_one_however_cut(
            series in prop::collection::vec(-1e6..1e6, 0..200usize),
            a in 2..40usize,
            b in 1..40usize,
            cuts in prop::collection::vec(0..40usize, 0..8),
        ) {
            let mut single = (Smooth::wilder_directional(a), Smooth::ema(b));
            let mut pair = Pair(Smooth::wilder_directional(a), Smooth::ema(b));
            let mut from = 0;
            for cut in cuts.iter().chain([&series.len()]) {
                let to = (from + cut).min(series.len());
                let mut out = [vec![0.0; to - from], vec![0.0; to - from]];
                pair.extend([&series[from..to]; 2], out.each_mut().map(Vec::as_mut_slice));
                for (index, value) in series[from..to].iter().enumerate() {
                    prop_assert_eq!(out[0][index].to_bits(), single.0.push(*value).to_bits());
                    prop_assert_eq!(out[1][index].to_bits(), single.1.push(*value).to_bits());
                }
                from = to;
            }
        }

        #[test]
        fn four_steps_at_once_equal_the_recursion(series in prop::collection::vec(1.0..1e6, 1..200usize), n in 1..60usize) {
            let mut smooth = Smooth::ema(n);
            let k = 2.0 / (n as f64 + 1.0);
            let mut plain = f64::NAN;
            for (index, value) in series.iter().enumerate() {
                plain = match (index + 1).cmp(&n) {
                    std::cmp::Ordering::Less => f64::NAN,
                    std::cmp::Ordering::Equal => series[..n].iter().sum::<f64>() / n as f64,
                    std::cmp::Ordering::Greater => plain + k * (value - plain),
                };
                let ours = smooth.push(*value);
                prop_assert!(ours.is_nan() == plain.is_nan());
                prop_assert!(plain.is_nan() || (ours - plain).abs() <= 1e-11 * plain.abs());
            }
        }
    }
}
