//! Moments, sums and drawdown of the returns of a curve, in one pass over it.
//!
//! Work goes block by block, so that returns are divided once, stay in the nearest cache for all that follows, and are
//! never stored. Central moments of the blocks are merged by Pébay's formulas, which lose no digits however large the
//! mean is. Sums run in fixed lanes: the bits depend neither on the processor nor on the number of threads.

use super::tails::{TailSearch, Tails};

/// Returns worked on at a time.
pub(super) const BLOCK: usize = 512;

/// A part of a block that holds a new peak.
const SHORT: usize = 32;

/// Partial sums kept side by side, so that the compiler can use vector registers.
const LANES: usize = 8;

/// The returns of a curve, block after block.
#[derive(Debug)]
pub(super) struct Returns {
    previous: f64,
    block: [f64; BLOCK],
}

impl Returns {
    /// Before the first block of a curve that starts from `initial`.
    pub(super) fn after(initial: f64) -> Self {
        Self { previous: initial, block: [0.0; BLOCK] }
    }

    /// The returns of the next block of at most [`BLOCK`] values, at least one.
    #[inline(always)]
    pub(super) fn of(&mut self, values: &[f64]) -> &[f64] {
        let returns = &mut self.block[..values.len()];
        returns[0] = change(self.previous, values[0]);
        for (value, pair) in returns[1..].iter_mut().zip(values.windows(2)) {
            *value = change(pair[0], pair[1]);
        }
        self.previous = values[values.len() - 1];
        returns
    }
}

/// Return from one value to the next: everything can be lost, but only once.
#[inline(always)]
pub(super) fn change(from: f64, to: f64) -> f64 {
    let value = if to > 0.0 { to } else { 0.0 } / from - 1.0;
    if from > 0.0 { value } else { 0.0 }
}

/// What one pass over a curve tells.
#[derive(Debug)]
pub(super) struct Curve {
    moments: Moments,
    equity_total: f64,
    pub(super) sums: Sums,
    pub(super) drawdown: Drawdown,
    pub(super) tails: Tails,
}

impl Curve {
    pub(super) fn of(equity: &[f64], initial: f64) -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the only demand of `in_one_wide_pass` is that the processor has AVX2, which the line above has
            // just found out. Its body is safe code.
            #[allow(unsafe_code)]
            return unsafe { Self::in_one_wide_pass(equity, initial) };
        }
        Self::in_one_pass(equity, initial)
    }

    /// The same operations in the same order, with the same bits, in wider registers.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn in_one_wide_pass(equity: &[f64], initial: f64) -> Self {
        Self::in_one_pass(equity, initial)
    }

    #[inline(always)]
    fn in_one_pass(equity: &[f64], initial: f64) -> Self {
        let mut moments = Moments::default();
        let mut sums = Sums::NONE;
        let mut equity_total = 0.0;
        let mut drawdown = Drawdown::new(initial);
        let mut tails = TailSearch::new(equity, initial);
        let mut returns = Returns::after(initial);
        for values in equity.chunks(BLOCK) {
            let returns = returns.of(values);
            let block = Sums::of(returns);
            moments = moments.merge(Moments::of(returns, block.total / returns.len() as f64));
            sums = sums.join(block);
            equity_total += added_up(values, |value| value);
            drawdown.add(values);
            tails.add(returns);
        }
        drawdown.finish();
        Self { moments, sums, equity_total, drawdown, tails: tails.finish(equity, initial) }
    }

    pub(super) fn mean(&self) -> f64 {
        self.moments.mean
    }

    pub(super) fn mean_equity(&self) -> f64 {
        self.equity_total / self.moments.count
    }

    /// Sample standard deviation.
    pub(super) fn deviation(&self) -> f64 {
        (self.moments.m2 / (self.moments.count - 1.0)).sqrt()
    }

    /// Sample skewness G1 (Joanes and Gill 1998).
    pub(super) fn skew(&self) -> Option<f64> {
        let Moments { count: n, m2, m3, .. } = self.moments;
        (n >= 3.0).then(|| n * (n - 1.0).sqrt() / (n - 2.0) * m3 / m2.powf(1.5))
    }

    /// Sample excess kurtosis G2 (Joanes and Gill 1998).
    pub(super) fn kurtosis(&self) -> Option<f64> {
        let Moments { count: n, m2, m4, .. } = self.moments;
        let below = (n - 2.0) * (n - 3.0);
        (n >= 4.0).then(|| n * (n + 1.0) * (n - 1.0) / below * m4 / (m2 * m2) - 3.0 * (n - 1.0) * (n - 1.0) / below)
    }
}

/// Plain sums over returns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums {
    pub(super) total: f64,
    /// Sum of negative returns.
    pub(super) losses: f64,
    /// Sum of the squares of negative returns.
    pub(super) squared_losses: f64,
    /// How many returns are positive.
    pub(super) winners: u64,
    /// How many returns are negative.
    pub(super) losers: u64,
    pub(super) best: f64,
    pub(super) worst: f64,
}

impl Sums {
    const NONE: Self = Self {
        total: 0.0,
        losses: 0.0,
        squared_losses: 0.0,
        winners: 0,
        losers: 0,
        best: f64::NEG_INFINITY,
        worst: f64::INFINITY,
    };

    /// Sum of positive returns.
    pub(super) fn gains(&self) -> f64 {
        self.total - self.losses
    }

    #[inline(always)]
    fn join(self, other: Self) -> Self {
        Self {
            total: self.total + other.total,
            losses: self.losses + other.losses,
            squared_losses: self.squared_losses + other.squared_losses,
            winners: self.winners + other.winners,
            losers: self.losers + other.losers,
            best: higher(self.best, other.best),
            worst: lower(self.worst, other.worst),
        }
    }

    #[inline(always)]
    fn of(returns: &[f64]) -> Self {
        let loss = |value: f64| lower(value, 0.0);
        let [winners, losers] = counted(returns, |value| [value > 0.0, value < 0.0]);
        Self {
            total: added_up(returns, |value| value),
            losses: added_up(returns, loss),
            squared_losses: added_up(returns, |value| loss(value) * loss(value)),
            winners,
            losers,
            best: highest(returns),
            worst: lowest(returns),
        }
    }
}

/// Sum over the values.
#[inline(always)]
pub(super) fn added_up(values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    lanes_of(values, 0.0, |sum, value| sum + of(value)).iter().sum()
}

/// How many of the values are so, for each of the questions. Counts may be added up in any order, so that the compiler
/// chooses the lanes.
#[inline(always)]
pub(super) fn counted<const N: usize>(values: &[f64], are: impl Fn(f64) -> [bool; N]) -> [u64; N] {
    let mut counts = [0; N];
    for value in values {
        for (count, is) in counts.iter_mut().zip(are(*value)) {
            *count += u64::from(is);
        }
    }
    counts
}

#[inline(always)]
fn highest(values: &[f64]) -> f64 {
    lanes_of(values, f64::NEG_INFINITY, higher).into_iter().fold(f64::NEG_INFINITY, higher)
}

#[inline(always)]
fn lowest(values: &[f64]) -> f64 {
    lanes_of(values, f64::INFINITY, lower).into_iter().fold(f64::INFINITY, lower)
}

/// The larger one, as one instruction: the values are never NaN.
#[inline(always)]
fn higher(one: f64, other: f64) -> f64 {
    if one > other { one } else { other }
}

/// The smaller one, as one instruction: the values are never NaN.
#[inline(always)]
fn lower(one: f64, other: f64) -> f64 {
    if one < other { one } else { other }
}

/// Runs `step` over the values in [`LANES`] interleaved accumulators.
#[inline(always)]
fn lanes_of<T: Copy>(values: &[f64], start: T, step: impl Fn(T, f64) -> T) -> [T; LANES] {
    let mut lanes = [start; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = step(*lane, *value);
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane = step(*lane, *value);
    }
    lanes
}

/// Count, mean and sums of the second to fourth powers of deviations from it.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    m2: f64,
    m3: f64,
    m4: f64,
}

impl Moments {
    #[inline(always)]
    fn of(returns: &[f64], mean: f64) -> Self {
        let square = |value: f64| (value - mean) * (value - mean);
        Self {
            count: returns.len() as f64,
            mean,
            m2: added_up(returns, square),
            m3: added_up(returns, |value| square(value) * (value - mean)),
            m4: added_up(returns, |value| square(value) * square(value)),
        }
    }

    /// Moments of both sets together (Pébay 2008, equations 3.1).
    fn merge(self, other: Self) -> Self {
        let (a, b) = (self.count, other.count);
        let n = a + b;
        let delta = other.mean - self.mean;
        let step = delta / n;
        let cross = delta * step * a * b;
        Self {
            count: n,
            mean: self.mean + step * b,
            m2: self.m2 + other.m2 + cross,
            m3: self.m3 + other.m3 + cross * step * (a - b) + 3.0 * step * (a * other.m2 - b * self.m2),
            m4: self.m4
                + other.m4
                + cross * step * step * (a * a - a * b + b * b)
                + 6.0 * step * step * (a * a * other.m2 + b * b * self.m2)
                + 4.0 * step * (a * other.m3 - b * self.m3),
        }
    }
}

/// How far and how long a curve stays below its last peak.
#[derive(Debug)]
pub(super) struct Drawdown {
    peak: f64,
    bars: usize,
    /// First bar below the peak, if the curve is below it.
    since: Option<usize>,
    /// Deepest drawdown as a fraction, at most 0.
    pub(super) deepest: f64,
    /// Sum of squared drawdowns.
    pub(super) squares: f64,
    /// First and last bar of the longest stretch below a peak.
    pub(super) longest: Option<(usize, usize)>,
}

impl Drawdown {
    fn new(initial: f64) -> Self {
        Self { peak: initial, bars: 0, since: None, deepest: 0.0, squares: 0.0, longest: None }
    }

    #[inline(always)]
    fn add(&mut self, values: &[f64]) {
        if highest(values) < self.peak {
            self.add_below_peak(values);
            self.bars += values.len();
            return;
        }
        // Somewhere in here is a new peak: only the few values around it need to go one by one.
        for values in values.chunks(SHORT) {
            if highest(values) < self.peak {
                self.add_below_peak(values);
            } else {
                self.add_one_by_one(values);
            }
            self.bars += values.len();
        }
    }

    /// Most blocks of most curves hold no new peak: no value waits for the one before.
    #[inline(always)]
    fn add_below_peak(&mut self, values: &[f64]) {
        self.since.get_or_insert(self.bars);
        self.deepest = lower(self.deepest, depth(lowest(values), self.peak));
        let (peak, share) = (self.peak, 1.0 / self.peak);
        self.squares += added_up(values, |value| {
            let fall = (higher(value, 0.0) - peak) * share;
            fall * fall
        });
    }

    fn add_one_by_one(&mut self, values: &[f64]) {
        for (offset, value) in values.iter().enumerate() {
            if *value >= self.peak {
                self.peak = *value;
                self.surface(self.bars + offset);
            } else {
                self.since.get_or_insert(self.bars + offset);
                let fall = depth(*value, self.peak);
                self.squares += fall * fall;
                self.deepest = lower(self.deepest, fall);
            }
        }
    }

    /// The curve is back at or above its peak at bar `bar`, or ends before it.
    fn surface(&mut self, bar: usize) {
        if let Some(first) = self.since.take()
            && self.longest.is_none_or(|(start, last)| bar - first > last - start + 1)
        {
            self.longest = Some((first, bar - 1));
        }
    }

    fn finish(&mut self) {
        self.surface(self.bars);
    }
}

/// Drawdown of a value below a peak: more than everything cannot be lost.
fn depth(value: f64, peak: f64) -> f64 {
    (value.max(0.0) - peak) / peak
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain_moments(returns: &[f64]) -> [f64; 4] {
        let n = returns.len() as f64;
        let mean = returns.iter().sum::<f64>() / n;
        let power = |k: i32| returns.iter().map(|value| (value - mean).powi(k)).sum::<f64>();
        [mean, power(2), power(3), power(4)]
    }

    proptest! {
        #[test]
        fn merged_moments_are_those_of_the_whole(
            returns in prop::collection::vec(-0.1f64..0.1, 2..2000),
            offset in prop::sample::select(vec![0.0, 1.0, -1000.0]),
        ) {
            let returns: Vec<f64> = returns.iter().map(|value| value + offset).collect();
            let merged = returns.chunks(BLOCK).fold(Moments::default(), |all, block| {
                all.merge(Moments::of(block, block.iter().sum::<f64>() / block.len() as f64))
            });
            let [mean, m2, m3, m4] = plain_moments(&returns);
            let close = |found: f64, expected: f64, scale: f64| (found - expected).abs() <= 1e-9 * scale;
            let n = returns.len() as f64;
            prop_assert!(close(merged.mean, mean, mean.abs() + 1.0));
            prop_assert!(close(merged.m2, m2, m2 + 1e-6));
            prop_assert!(close(merged.m3, m3, 0.001 * n));
            prop_assert!(close(merged.m4, m4, 0.0001 * n));
        }

        #[test]
        fn drawdown_in_blocks_is_drawdown_bar_by_bar(
            steps in prop::collection::vec(-0.01f64..0.0102, 1..3000),
        ) {
            let mut value = 1000.0;
            let equity: Vec<f64> = steps.iter().map(|step| { value *= 1.0 + step; value }).collect();
            let (mut peak, mut deepest, mut squares, mut run, mut longest) = (1000.0f64, 0.0f64, 0.0, 0usize, 0usize);
            for value in &equity {
                peak = peak.max(*value);
                let fall = value / peak - 1.0;
                deepest = deepest.min(fall);
                squares += fall * fall;
                run = if *value < peak { run + 1 } else { 0 };
                longest = longest.max(run);
            }
            let found = Curve::of(&equity, 1000.0).drawdown;
            prop_assert!((found.deepest - deepest).abs() < 1e-12);
            prop_assert!((found.squares - squares).abs() < 1e-9 * (1.0 + squares));
            prop_assert_eq!(found.longest.map_or(0, |(first, last)| last - first + 1), longest);
        }
    }

    #[test]
    fn everything_is_lost_only_once() {
        assert_eq!(Returns::after(100.0).of(&[50.0, -10.0, -10.0, -10.0]), [-0.5, -1.0, 0.0, 0.0]);
        let curve = Curve::of(&[50.0, -10.0, -10.0, -10.0], 100.0);
        assert_eq!((curve.drawdown.deepest, curve.drawdown.longest), (-1.0, Some((0, 3))));
    }
}
