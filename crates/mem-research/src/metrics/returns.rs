//! Moments, sums and drawdown of the returns of a curve, in one pass over it.
//!
//! Work goes block by block, so that returns are divided once, stay in the nearest cache for all that follows, and are
//! never stored. Central moments of the blocks are merged by Pébay's formulas, which lose no digits however large the
//! mean is. Sums run in fixed lanes: the bits depend neither on the processor nor on the number of threads.

use super::tails::Sample;

/// Returns worked on at a time.
pub(super) const BLOCK: usize = 512;

/// Partial sums kept side by side, so that the compiler can use vector registers.
pub(super) const LANES: usize = 8;

/// Calls `work` with the equity and the returns of one block after another.
pub(super) fn for_each_block(equity: &[f64], initial: f64, mut work: impl FnMut(&[f64], &[f64])) {
    let mut buffer = [0.0; BLOCK];
    let mut previous = initial;
    for block in equity.chunks(BLOCK) {
        let returns = &mut buffer[..block.len()];
        returns[0] = change(previous, block[0]);
        for (value, pair) in returns[1..].iter_mut().zip(block.windows(2)) {
            *value = change(pair[0], pair[1]);
        }
        previous = block[block.len() - 1];
        work(block, returns);
    }
}

/// Return from one value to the next: everything can be lost, but only once.
fn change(from: f64, to: f64) -> f64 {
    let value = to.max(0.0) / from - 1.0;
    if from > 0.0 { value } else { 0.0 }
}

/// What one pass over a curve tells.
#[derive(Debug)]
pub(super) struct Curve {
    moments: Moments,
    total: f64,
    equity_total: f64,
    /// Sum of negative returns.
    pub(super) losses: f64,
    /// Sum of the squares of negative returns.
    pub(super) squared_losses: f64,
    /// How many returns are positive.
    pub(super) winners: f64,
    /// How many returns are negative.
    pub(super) losers: f64,
    pub(super) best: f64,
    pub(super) worst: f64,
    pub(super) drawdown: Drawdown,
    /// A few thousand returns, evenly spread.
    pub(super) sample: Sample,
}

impl Curve {
    pub(super) fn of(equity: &[f64], initial: f64) -> Self {
        let mut curve = Self {
            moments: Moments::default(),
            total: 0.0,
            equity_total: 0.0,
            losses: 0.0,
            squared_losses: 0.0,
            winners: 0.0,
            losers: 0.0,
            best: f64::NEG_INFINITY,
            worst: f64::INFINITY,
            drawdown: Drawdown::new(initial),
            sample: Sample::new(equity.len()),
        };
        for_each_block(equity, initial, |values, returns| curve.add(values, returns));
        curve.drawdown.finish();
        curve
    }

    fn add(&mut self, values: &[f64], returns: &[f64]) {
        let sums = BlockSums::of(returns);
        self.total += sums.total;
        self.losses += sums.losses;
        self.squared_losses += sums.squared_losses;
        self.winners += sums.winners;
        self.losers += sums.losers;
        self.best = self.best.max(sums.best);
        self.worst = self.worst.min(sums.worst);
        self.moments = self.moments.merge(Moments::of(returns, sums.total / returns.len() as f64));
        self.equity_total += lanes_of(values, 0.0, |sum, value| sum + value).iter().sum::<f64>();
        self.drawdown.add(values);
        self.sample.add(returns);
    }

    pub(super) fn sum(&self) -> f64 {
        self.total
    }

    pub(super) fn mean(&self) -> f64 {
        self.moments.mean
    }

    pub(super) fn mean_equity(&self) -> f64 {
        self.equity_total / self.moments.count
    }

    /// Sum of positive returns.
    pub(super) fn gains(&self) -> f64 {
        self.total - self.losses
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

/// Plain sums of one block.
struct BlockSums {
    total: f64,
    losses: f64,
    squared_losses: f64,
    winners: f64,
    losers: f64,
    best: f64,
    worst: f64,
}

impl BlockSums {
    fn of(returns: &[f64]) -> Self {
        let sum = |lanes: [f64; LANES]| lanes.iter().sum::<f64>();
        let loss = |value: f64| if value < 0.0 { value } else { 0.0 };
        Self {
            total: sum(lanes_of(returns, 0.0, |sum, value| sum + value)),
            losses: sum(lanes_of(returns, 0.0, |sum, value| sum + loss(value))),
            squared_losses: sum(lanes_of(returns, 0.0, |sum, value| sum + loss(value) * loss(value))),
            winners: sum(lanes_of(returns, 0.0, |sum, value| sum + if value > 0.0 { 1.0 } else { 0.0 })),
            losers: sum(lanes_of(returns, 0.0, |sum, value| sum + if value < 0.0 { 1.0 } else { 0.0 })),
            best: lanes_of(returns, f64::NEG_INFINITY, |best, value| if value > best { value } else { best })
                .iter()
                .fold(f64::NEG_INFINITY, |best, lane| best.max(*lane)),
            worst: lanes_of(returns, f64::INFINITY, |worst, value| if value < worst { value } else { worst })
                .iter()
                .fold(f64::INFINITY, |worst, lane| worst.min(*lane)),
        }
    }
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
    fn of(returns: &[f64], mean: f64) -> Self {
        let powers = lanes_of(returns, [0.0; 3], |[m2, m3, m4], value| {
            let deviation = value - mean;
            let square = deviation * deviation;
            [m2 + square, m3 + square * deviation, m4 + square * square]
        });
        let sum = |power: usize| powers.iter().map(|lane| lane[power]).sum();
        Self { count: returns.len() as f64, mean, m2: sum(0), m3: sum(1), m4: sum(2) }
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

    fn add(&mut self, values: &[f64]) {
        let highest = lanes_of(values, f64::NEG_INFINITY, |best, value| if value > best { value } else { best })
            .iter()
            .fold(f64::NEG_INFINITY, |best, lane| best.max(*lane));
        if highest < self.peak {
            self.add_below_peak(values);
        } else {
            self.add_one_by_one(values);
        }
        self.bars += values.len();
    }

    /// Most blocks of most curves hold no new peak: no value waits for the one before.
    fn add_below_peak(&mut self, values: &[f64]) {
        let peak = self.peak;
        self.since.get_or_insert(self.bars);
        let lanes = lanes_of(values, (0.0, 0.0f64), |(squares, deepest), value| {
            let fall = depth(value, peak);
            (squares + fall * fall, if fall < deepest { fall } else { deepest })
        });
        for (squares, deepest) in lanes {
            self.squares += squares;
            self.deepest = self.deepest.min(deepest);
        }
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
                self.deepest = self.deepest.min(fall);
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
        let mut seen = Vec::new();
        for_each_block(&[50.0, -10.0, -10.0, -10.0], 100.0, |_, returns| seen.extend_from_slice(returns));
        assert_eq!(seen, [-0.5, -1.0, 0.0, 0.0]);
        let curve = Curve::of(&[50.0, -10.0, -10.0, -10.0], 100.0);
        assert_eq!((curve.drawdown.deepest, curve.drawdown.longest), (-1.0, Some((0, 3))));
    }
}
