//! The 5 % and 95 % quantiles of the returns, and the mean of those at or below the lower one.
//!
//! Some evenly spread returns tell within which narrow bracket a quantile must lie (Floyd and Rivest 1975);
//! the one pass over all of them counts what lies below the bracket and collects what lies inside. If the sample
//! misled, all returns are collected: slower, never wrong.

use super::returns::{BLOCK, Returns, added_up, change, counted};

/// At the most about so many returns are sampled; of fewer returns the power of two thirds, which makes the work on
/// the sample and that on the bracket alike.
const SAMPLE: f64 = 8192.0;

/// Half the width of a bracket in standard errors of the sample's rank: it misleads once in two thousand times.
const STANDARD_ERRORS: f64 = 3.5;

const LOW: f64 = 0.05;
const HIGH: f64 = 0.95;

/// Both quantiles, linearly interpolated between order statistics as in NumPy; NaN without returns.
#[derive(Debug)]
pub(super) struct Tails {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) mean_below_low: f64,
}

/// The search for both quantiles: made from a sample, fed with every return, then asked.
#[derive(Debug)]
pub(super) struct TailSearch {
    low: Bracket,
    high: Bracket,
}

impl TailSearch {
    pub(super) fn new(equity: &[f64], initial: f64) -> Self {
        let mut sample = Sample::of(equity, initial);
        Self { low: Bracket::new(sample.bracket(LOW)), high: Bracket::new(sample.bracket(HIGH)) }
    }

    /// Takes a block of at most [`BLOCK`] returns.
    #[inline(always)]
    pub(super) fn add(&mut self, returns: &[f64]) {
        let (low, high) = (&mut self.low, &mut self.high);
        let (from_low, from_high) = (low.from, high.from);
        let [below_low, below_high] = counted(returns, |value| [value < from_low, value < from_high]);
        low.below += below_low as usize;
        high.below += below_high as usize;
        low.sum_below += added_up(returns, |value| if value < from_low { value } else { 0.0 });
        for_each_marked(returns, low.ends(), high.ends(), |value| {
            low.keep(value);
            high.keep(value);
        });
    }

    pub(super) fn finish(self, equity: &[f64], initial: f64) -> Tails {
        if equity.is_empty() {
            return Tails { low: f64::NAN, high: f64::NAN, mean_below_low: f64::NAN };
        }
        let (low, bracket) = self.low.settle(equity, initial, LOW);
        let (high, _) = self.high.settle(equity, initial, HIGH);
        Tails { low, high, mean_below_low: bracket.mean_at_or_below(low) }
    }
}

/// Calls `keep` with the values that lie within one of the two ranges, ends included: few, so that most are passed over
/// eight by eight.
#[inline(always)]
fn for_each_marked(values: &[f64], one: (f64, f64), other: (f64, f64), mut keep: impl FnMut(f64)) {
    let is_within = |value: f64, (from, to): (f64, f64)| (value >= from) & (value <= to);
    let mut marks = [0u8; BLOCK];
    for (mark, value) in marks.iter_mut().zip(values) {
        *mark = u8::from(is_within(*value, one) | is_within(*value, other));
    }
    let (eights, _) = marks.as_chunks::<8>();
    // Which eights hold a mark cannot be foretold: they are noted down without a branch that a processor would guess.
    let (mut marked, mut count) = ([0; BLOCK / 8], 0);
    for (eighth, marks) in eights.iter().enumerate() {
        marked[count] = eighth;
        count += usize::from(*marks != [0; 8]);
    }
    for eighth in &marked[..count] {
        let mut marks = u64::from_le_bytes(eights[*eighth]);
        while marks != 0 {
            keep(values[eighth * 8 + marks.trailing_zeros() as usize / 8]);
            marks &= marks - 1;
        }
    }
}

/// Returns that lie evenly spread; all of them if there are few.
struct Sample {
    values: Vec<f64>,
    is_everything: bool,
}

impl Sample {
    fn of(equity: &[f64], initial: f64) -> Self {
        let count = equity.len() as f64;
        let stride = usize::max(1, (count / count.powf(2.0 / 3.0).min(SAMPLE)) as usize);
        let values = (0..equity.len())
            .step_by(stride)
            .map(|bar| change(if bar == 0 { initial } else { equity[bar - 1] }, equity[bar]))
            .collect();
        Self { values, is_everything: stride == 1 }
    }

    /// Two values that a quantile of all returns very probably lies between.
    fn bracket(&mut self, quantile: f64) -> (f64, f64) {
        let count = self.values.len() as f64;
        let reach =
            if self.is_everything { 2.0 } else { STANDARD_ERRORS * (quantile * (1.0 - quantile) * count).sqrt() + 2.0 };
        (self.at(quantile * count - reach), self.at(quantile * count + reach))
    }

    fn at(&mut self, rank: f64) -> f64 {
        let last = self.values.len().saturating_sub(1);
        if self.values.is_empty() { f64::NAN } else { nth(&mut self.values, (rank.max(0.0) as usize).min(last)) }
    }
}

fn nth(values: &mut [f64], rank: usize) -> f64 {
    *values.select_nth_unstable_by(rank, f64::total_cmp).1
}

/// Counts returns below a bracket and keeps those within, both ends included.
#[derive(Debug)]
struct Bracket {
    from: f64,
    to: f64,
    below: usize,
    /// Sum of the returns below; of the lower bracket only.
    sum_below: f64,
    inside: Vec<f64>,
    /// How many lie inside a bracket whose ends are equal; those need not be kept.
    equal: usize,
}

impl Bracket {
    fn new((from, to): (f64, f64)) -> Self {
        Self { from, to, below: 0, sum_below: 0.0, inside: Vec::new(), equal: 0 }
    }

    fn ends(&self) -> (f64, f64) {
        (self.from, self.to)
    }

    /// Takes note of a value if it lies inside.
    fn keep(&mut self, value: f64) {
        let is_inside = value >= self.from && value <= self.to;
        if is_inside && self.from < self.to {
            self.inside.push(value);
        } else if is_inside {
            self.equal += 1;
        }
    }

    /// The quantile, and the bracket that it was found in: this one, or one around everything.
    fn settle(mut self, equity: &[f64], initial: f64, quantile: f64) -> (f64, Self) {
        if let Some(value) = self.quantile(equity.len(), quantile) {
            return (value, self);
        }
        let mut all = Self::new((f64::MIN, f64::MAX));
        let mut returns = Returns::after(initial);
        for values in equity.chunks(BLOCK) {
            returns.of(values).iter().for_each(|value| all.keep(*value));
        }
        (all.quantile(equity.len(), quantile).unwrap_or(f64::NAN), all)
    }

    /// The order statistics of that rank, from 0, and of the next; `None` if one lies outside.
    fn neighbours(&mut self, rank: usize) -> Option<(f64, f64)> {
        let rank = rank.checked_sub(self.below)?;
        if self.equal > 0 {
            return (rank + 1 < self.equal).then_some((self.from, self.from));
        }
        if rank + 1 >= self.inside.len() {
            return None;
        }
        let (_, one, above) = self.inside.select_nth_unstable_by(rank, f64::total_cmp);
        let next = above.iter().copied().fold(f64::INFINITY, f64::min);
        Some((*one, next))
    }

    fn quantile(&mut self, count: usize, quantile: f64) -> Option<f64> {
        let place = (count - 1) as f64 * quantile;
        // The last but one has a neighbour above; with a single return both are it.
        let rank = (place as usize).min(count.saturating_sub(2));
        if count == 1 {
            return self.inside.first().copied().or((self.equal == 1).then_some(self.from));
        }
        let (one, next) = self.neighbours(rank)?;
        Some(one + (place - rank as f64) * (next - one))
    }

    /// Mean of all values at or below `limit`, which lies inside.
    fn mean_at_or_below(&self, limit: f64) -> f64 {
        let mut sum = self.sum_below + self.from * self.equal as f64;
        let mut count = self.below + self.equal;
        for value in self.inside.iter().filter(|value| **value <= limit) {
            sum += value;
            count += 1;
        }
        sum / count as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Sorting everything, and adding up in the sorted order.
    fn plain(mut returns: Vec<f64>) -> (f64, f64, f64) {
        returns.sort_by(f64::total_cmp);
        let quantile = |q: f64| {
            let place = (returns.len() - 1) as f64 * q;
            let rank = place as usize;
            let next = returns[usize::min(rank + 1, returns.len() - 1)];
            returns[rank] + (place - rank as f64) * (next - returns[rank])
        };
        let low = quantile(LOW);
        let below: Vec<f64> = returns.iter().copied().filter(|value| *value <= low).collect();
        (low, quantile(HIGH), below.iter().sum::<f64>() / below.len() as f64)
    }

    fn check(equity: &[f64]) {
        let mut all = Vec::new();
        let mut search = TailSearch::new(equity, 100.0);
        let mut returns = Returns::after(100.0);
        for values in equity.chunks(BLOCK) {
            let returns = returns.of(values);
            all.extend_from_slice(returns);
            search.add(returns);
        }
        let (low, high, mean) = plain(all);
        let tails = search.finish(equity, 100.0);
        assert_eq!((tails.low, tails.high), (low, high));
        assert!((tails.mean_below_low - mean).abs() <= 1e-12, "{} {mean}", tails.mean_below_low);
    }

    /// A curve of so many bars whose steps come from a small generator.
    fn curve(bars: usize, seed: u64, step: impl Fn(u64, usize) -> f64) -> Vec<f64> {
        let (mut state, mut value) = (seed, 100.0);
        let mut next = |bar| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            value *= 1.0 + step(state >> 40, bar);
            value
        };
        (0..bars).map(&mut next).collect()
    }

    #[test]
    fn long_curves_agree_with_sorting() {
        let noise = |random: u64| (random as f64 / (1u64 << 24) as f64 - 0.5) * 0.01;
        check(&curve(100_000, 1, |random, _| noise(random)));
        check(&curve(100_000, 2, |random, _| if random % 10 < 9 { 0.0 } else { noise(random) }));
        check(&curve(100_000, 3, |random, _| if random % 100 < 99 { 0.0 } else { noise(random) }));
        check(&curve(100_000, 4, |_, _| 0.0));
    }

    #[test]
    fn a_sample_that_misleads_is_not_believed() {
        // 12 is the stride for 100,000 returns: every sampled return is large, the others are small.
        check(&curve(100_000, 5, |random, bar| {
            let noise = (random as f64 / (1u64 << 24) as f64 - 0.5) * 0.001;
            if bar % 12 == 0 { noise + 0.002 } else { noise - 0.0002 }
        }));
    }

    proptest! {
        #[test]
        fn short_curves_agree_with_sorting(steps in prop::collection::vec(prop::sample::select(vec![0.0, 0.01, -0.01, 0.02, -0.005]), 1..200)) {
            let mut value = 100.0;
            let equity: Vec<f64> = steps.iter().map(|step| { value *= 1.0 + step; value }).collect();
            check(&equity);
        }
    }
}
