//! Exponential smoothing: `y = (1 - k) y' + k x`, seeded with a mean.
//!
//! Each step needs the one before, which keeps a processor waiting. Written out over eight steps with `a = 1 - k`,
//! `y[i] = a^8 y[i-8] + (f[i] + a^4 f[i-4])`, where `f[i] = p[i] + a^2 p[i-2]` and `p[i] = k x[i] + a k x[i-1]`, eight
//! chains run side by side. Batch and stream both compute this form, so they agree bit for bit.

use crate::wide::wide;

/// An exponentially smoothed series.
#[derive(Debug, Clone)]
pub(crate) struct Smooth {
    factors: Factors,
    seed_count: usize,
    seed_divisor: f64,
    seed_sum: f64,
    seen: usize,
    /// The last input.
    input: f64,
    chains: Chains,
}

/// Values made at once.
const LANES: usize = 4;

/// What the next values are made of besides inputs, oldest first.
#[derive(Debug, Clone, Copy)]
struct Chains {
    pairs: [f64; 2],
    fours: [f64; LANES],
    outputs: [[f64; LANES]; 2],
}

#[derive(Debug, Clone, Copy)]
struct Factors {
    /// Weights of x[i] and x[i-1].
    take: [f64; 2],
    /// Weight of y[i-1].
    keep: f64,
    /// Its square, the weight of the pair before.
    keep2: f64,
    /// Its fourth power, the weight of the four before.
    keep4: f64,
    /// Its eighth power, the weight of y[i-8].
    keep8: f64,
}

impl Factors {
    /// What an input and the one before it contribute.
    #[inline(always)]
    fn pair(&self, older: f64, newer: f64) -> f64 {
        self.take[0] * newer + self.take[1] * older
    }

    /// What two pairs contribute.
    #[inline(always)]
    fn four(&self, older: f64, newer: f64) -> f64 {
        newer + self.keep2 * older
    }

    /// The value eight steps on from `output`, which two fours contribute to.
    #[inline(always)]
    fn step(&self, output: f64, older: f64, newer: f64) -> f64 {
        self.keep8 * output + (newer + self.keep4 * older)
    }
}

impl Chains {
    /// The next values, from as many inputs and from the ones before each of them.
    #[inline(always)]
    fn next(&mut self, factors: &Factors, older: &[f64; LANES], newer: &[f64; LANES]) -> [f64; LANES] {
        let (mut pairs, mut fours, mut next) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        for lane in 0..LANES {
            pairs[lane] = factors.pair(older[lane], newer[lane]);
        }
        let before = [self.pairs[0], self.pairs[1], pairs[0], pairs[1]];
        for lane in 0..LANES {
            fours[lane] = factors.four(before[lane], pairs[lane]);
        }
        for lane in 0..LANES {
            next[lane] = factors.step(self.outputs[0][lane], self.fours[lane], fours[lane]);
        }
        self.pairs = [pairs[2], pairs[3]];
        self.fours = fours;
        self.outputs = [self.outputs[1], next];
        next
    }

    wide! {
        /// Takes whole groups of inputs: `before` is the input before the first, `older` are those before the second
        /// group and all that follow.
        ///
        /// `older` overlaps `newer`. It is an argument of its own so that the compiler reads it from memory, which
        /// costs less than to shift it together.
        fn extend(&mut self, factors: &Factors, before: f64, older: &[f64], newer: &[f64], out: &mut [f64])
    }

    #[inline(always)]
    fn extend_plain(&mut self, factors: &Factors, before: f64, older: &[f64], newer: &[f64], out: &mut [f64]) {
        let ([first, newer @ ..], [first_out, out @ ..]) = (groups(newer), out.as_chunks_mut().0) else { return };
        let (mut chains, factors) = (*self, *factors);
        *first_out = chains.next(&factors, &[before, first[0], first[1], first[2]], first);
        for ((out, older), newer) in out.iter_mut().zip(groups(older)).zip(newer) {
            *out = chains.next(&factors, older, newer);
        }
        *self = chains;
    }
}

#[inline(always)]
fn groups(values: &[f64]) -> &[[f64; LANES]] {
    values.as_chunks().0
}

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
        let keep4 = keep2 * keep2;
        let factors = Factors { take: [take, keep * take], keep, keep2, keep4, keep8: keep4 * keep4 };
        let chains = Chains { pairs: [0.0; 2], fours: [0.0; LANES], outputs: [[0.0; LANES]; 2] };
        Self { factors, seed_count, seed_divisor, seed_sum: 0.0, seen: 0, input: 0.0, chains }
    }

    /// Takes the next value; NaN until the seed is complete.
    #[inline(always)]
    pub(crate) fn push(&mut self, value: f64) -> f64 {
        self.seen += 1;
        let (factors, Chains { pairs, fours, outputs: [older, newer] }) = (&self.factors, &mut self.chains);
        let pair = factors.pair(self.input, value);
        let four = factors.four(pairs[0], pair);
        let output = if self.seen < self.seed_count {
            self.seed_sum += value;
            f64::NAN
        } else if self.seen == self.seed_count {
            (self.seed_sum + value) / self.seed_divisor
        } else if self.seen < self.seed_count + 2 * LANES {
            factors.keep * newer[3] + factors.take[0] * value
        } else {
            factors.step(older[0], fours[0], four)
        };
        self.input = value;
        *pairs = [pairs[1], pair];
        *fours = [fours[1], fours[2], fours[3], four];
        *older = [older[1], older[2], older[3], newer[0]];
        *newer = [newer[1], newer[2], newer[3], output];
        output
    }

    /// How many of `count` next values are to be pushed one by one, for want of outputs to build on.
    #[inline(always)]
    fn seeding(&self, count: usize) -> usize {
        (self.seed_count + 2 * LANES).saturating_sub(self.seen).min(count)
    }

    /// Takes the next values.
    pub(crate) fn extend(&mut self, input: &[f64], out: &mut [f64]) {
        let start = self.seeding(input.len());
        let end = input.len() - (input.len() - start) % LANES;
        self.push_all(&input[..start], &mut out[..start]);
        if start < end {
            self.chains.extend(
                &self.factors,
                self.input,
                &input[start + 3..end],
                &input[start..end],
                &mut out[start..end],
            );
            self.input = input[end - 1];
            self.seen += end - start;
        }
        self.push_all(&input[end..], &mut out[end..]);
    }

    fn push_all(&mut self, input: &[f64], out: &mut [f64]) {
        for (out, value) in out.iter_mut().zip(input) {
            *out = self.push(*value);
        }
    }
}

/// Two series smoothed alike, whose values are joined to one as they are made: what joins them, often a division, costs
/// little while the processor waits for the chains.
#[derive(Debug, Clone)]
pub(crate) struct Pair(Smooth, Smooth);

impl Pair {
    /// Both as `smooth`, before their first values.
    pub(crate) fn new(smooth: Smooth) -> Self {
        Self(smooth.clone(), smooth)
    }

    /// Takes the next value of each; what `join` makes of the two smoothed ones, NaN until the seed is complete.
    #[inline(always)]
    pub(crate) fn push(&mut self, [first, second]: [f64; 2], join: impl Fn(f64, f64) -> f64) -> f64 {
        let joined = join(self.0.push(first), self.1.push(second));
        if self.0.seen < self.0.seed_count { f64::NAN } else { joined }
    }

    /// Takes the next values of both, equally many.
    pub(crate) fn extend_joined(&mut self, [a, b]: [&[f64]; 2], out: &mut [f64], join: impl Fn(f64, f64) -> f64) {
        let start = self.0.seeding(a.len());
        let end = a.len() - (a.len() - start) % LANES;
        self.push_all([&a[..start], &b[..start]], &mut out[..start], &join);
        if start < end {
            let older = [a, b].map(|input| &input[start + 3..end]);
            let newer = [a, b].map(|input| &input[start..end]);
            self.extend(older, newer, &mut out[start..end], &join);
            for (smooth, input) in [(&mut self.0, a), (&mut self.1, b)] {
                smooth.input = input[end - 1];
                smooth.seen += end - start;
            }
        }
        self.push_all([&a[end..], &b[end..]], &mut out[end..], &join);
    }

    fn push_all(&mut self, [a, b]: [&[f64]; 2], out: &mut [f64], join: impl Fn(f64, f64) -> f64) {
        for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
            *out = self.push([*a, *b], &join);
        }
    }

    wide! {
        /// As [`Chains::extend`] for both.
        fn extend(&mut self, older: [&[f64]; 2], newer: [&[f64]; 2], out: &mut [f64], join: impl Fn(f64, f64) -> f64)
    }

    #[inline(always)]
    fn extend_plain(
        &mut self,
        older: [&[f64]; 2],
        newer: [&[f64]; 2],
        out: &mut [f64],
        join: impl Fn(f64, f64) -> f64,
    ) {
        let ([a, newer_a @ ..], [b, newer_b @ ..]) = (groups(newer[0]), groups(newer[1])) else { return };
        let [first_out, out @ ..] = out.as_chunks_mut::<LANES>().0 else { return };
        let (factors, mut first, mut second) = (self.0.factors, self.0.chains, self.1.chains);
        let joined = |a: [f64; LANES], b: [f64; LANES], out: &mut [f64; LANES]| {
            for lane in 0..LANES {
                out[lane] = join(a[lane], b[lane]);
            }
        };
        let next_a = first.next(&factors, &[self.0.input, a[0], a[1], a[2]], a);
        let next_b = second.next(&factors, &[self.1.input, b[0], b[1], b[2]], b);
        joined(next_a, next_b, first_out);
        let a = groups(older[0]).iter().zip(newer_a);
        let b = groups(older[1]).iter().zip(newer_b);
        for (out, ((older_a, a), (older_b, b))) in out.iter_mut().zip(a.zip(b)) {
            joined(first.next(&factors, older_a, a), second.next(&factors, older_b, b), out);
        }
        (self.0.chains, self.1.chains) = (first, second);
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
            let mut single = [Smooth::wilder_directional(a), Smooth::ema(b)];
            let mut many = single.clone();
            let join = |a: f64, b: f64| a - 2.0 * b;
            let (mut pair, mut pairs) = (Pair::new(Smooth::ema(b)), Pair::new(Smooth::ema(b)));
            let mirrored: Vec<f64> = series.iter().map(|value| 1.0 - value).collect();
            let mut from = 0;
            for cut in cuts.iter().chain([&series.len()]) {
                let to = (from + cut).min(series.len());
                let mut out = [(); 3].map(|()| vec![0.0; to - from]);
                many[0].extend(&series[from..to], &mut out[0]);
                many[1].extend(&series[from..to], &mut out[1]);
                pairs.extend_joined([&series[from..to], &mirrored[from..to]], &mut out[2], join);
                for (index, value) in series[from..to].iter().enumerate() {
                    prop_assert_eq!(out[0][index].to_bits(), single[0].push(*value).to_bits());
                    prop_assert_eq!(out[1][index].to_bits(), single[1].push(*value).to_bits());
                    let joined = pair.push([*value, mirrored[from + index]], join);
                    prop_assert_eq!(out[2][index].to_bits(), joined.to_bits());
                }
                from = to;
            }
        }

        #[test]
        fn eight_chains_equal_the_recursion(series in prop::collection::vec(1.0..1e6, 1..200usize), n in 1..60usize) {
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
