//! The 5 % and 95 % quantiles of the returns, and the mean of those at or below the lower one.
//!
//! A few thousand evenly spread returns tell within which narrow bracket a quantile must lie (Floyd and Rivest 1975);
//! one more pass counts what lies below the bracket and collects what lies inside. If the sample misled, all returns
//! are collected: slower, never wrong.

use super::returns::{Curve, LANES, for_each_block};

/// About so many returns are sampled.
const SAMPLE: usize = 8192;

/// Half the width of a bracket in standard errors of the sample's rank.
const STANDARD_ERRORS: f64 = 5.0;

const LOW: f64 = 0.05;
const HIGH: f64 = 0.95;

/// Every `stride`-th return.
#[derive(Debug)]
pub(super) struct Sample {
    stride: usize,
    until_next: usize,
    values: Vec<f64>,
}

impl Sample {
    pub(super) fn new(returns: usize) -> Self {
        let stride = usize::max(1, returns / SAMPLE);
        Self { stride, until_next: 0, values: Vec::with_capacity(returns.div_ceil(stride)) }
    }

    pub(super) fn add(&mut self, returns: &[f64]) {
        let mut next = self.until_next;
        while next < returns.len() {
            self.values.push(returns[next]);
            next += self.stride;
        }
        self.until_next = next - returns.len();
    }

    /// Two values that a quantile of all returns very probably lies between.
    fn bracket(&self, quantile: f64) -> (f64, f64) {
        let mut values = self.values.clone();
        let count = values.len() as f64;
        let reach = STANDARD_ERRORS * (quantile * (1.0 - quantile) * count).sqrt() + 2.0;
        let mut at = |rank: f64| nth(&mut values, rank.clamp(0.0, count - 1.0) as usize);
        if self.stride == 1 {
            (at(0.0), at(count))
        } else {
            (at(quantile * count - reach), at(quantile * count + reach))
        }
    }
}

fn nth(values: &mut [f64], rank: usize) -> f64 {
    *values.select_nth_unstable_by(rank, f64::total_cmp).1
}

/// Both quantiles, linearly interpolated between order statistics as in NumPy; NaN without returns.
#[derive(Debug)]
pub(super) struct Tails {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) mean_below_low: f64,
}

impl Tails {
    pub(super) fn of(equity: &[f64], initial: f64, curve: &Curve) -> Self {
        if equity.is_empty() {
            return Self { low: f64::NAN, high: f64::NAN, mean_below_low: f64::NAN };
        }
        let mut low = Bracket::new(curve.sample.bracket(LOW));
        let mut high = Bracket::new(curve.sample.bracket(HIGH));
        for_each_block(equity, initial, |_, returns| {
            low.add(returns);
            high.add(returns);
        });
        let all = (f64::NEG_INFINITY, f64::INFINITY);
        let settle = |bracket: &mut Bracket, quantile: f64| {
            bracket.quantile(equity.len(), quantile).unwrap_or_else(|| {
                *bracket = Bracket::new(all);
                for_each_block(equity, initial, |_, returns| bracket.add(returns));
                bracket.quantile(equity.len(), quantile).unwrap_or(f64::NAN)
            })
        };
        let high = settle(&mut high, HIGH);
        let at_low = settle(&mut low, LOW);
        Self { low: at_low, high, mean_below_low: low.mean_at_or_below(at_low) }
    }
}

/// Returns sorted into below, at and above two values; those between them are kept.
#[derive(Debug)]
struct Bracket {
    from: f64,
    to: f64,
    below: usize,
    sum_below: f64,
    at_from: usize,
    between: Vec<f64>,
    at_to: usize,
}

impl Bracket {
    fn new((from, to): (f64, f64)) -> Self {
        Self { from, to, below: 0, sum_below: 0.0, at_from: 0, between: Vec::new(), at_to: 0 }
    }

    fn add(&mut self, returns: &[f64]) {
        let (from, to) = (self.from, self.to);
        let one_if = |condition: bool| if condition { 1.0 } else { 0.0 };
        let mut below = [0.0; LANES];
        let mut sum_below = [0.0; LANES];
        let mut at_from = [0.0; LANES];
        let mut at_to = [0.0; LANES];
        let (chunks, rest) = returns.as_chunks::<LANES>();
        let mut last = [f64::INFINITY; LANES];
        last[..rest.len()].copy_from_slice(rest);
        for chunk in chunks.iter().chain([&last]) {
            let mut between = 0.0;
            for lane in 0..LANES {
                let value = chunk[lane];
                below[lane] += one_if(value < from);
                sum_below[lane] += if value < from { value } else { 0.0 };
                at_from[lane] += one_if(value == from);
                at_to[lane] += one_if(value == to);
                between += one_if(value > from && value < to);
            }
            if between > 0.0 {
                self.between.extend(chunk.iter().filter(|value| **value > from && **value < to));
            }
        }
        let sum = |lanes: [f64; LANES]| lanes.iter().sum::<f64>();
        self.below += sum(below) as usize;
        self.sum_below += sum(sum_below);
        self.at_from += sum(at_from) as usize;
        // With both ends equal the values at them are counted once.
        self.at_to += if from < to { sum(at_to) as usize } else { 0 };
    }

    /// The order statistic of that rank, from 0; `None` if it lies outside.
    fn order_statistic(&mut self, rank: usize) -> Option<f64> {
        let rank = rank.checked_sub(self.below)?;
        if rank < self.at_from {
            return Some(self.from);
        }
        let rank = rank - self.at_from;
        if rank < self.between.len() {
            return Some(nth(&mut self.between, rank));
        }
        (rank - self.between.len() < self.at_to).then_some(self.to)
    }

    fn quantile(&mut self, count: usize, quantile: f64) -> Option<f64> {
        let place = (count - 1) as f64 * quantile;
        let rank = place as usize;
        let one = self.order_statistic(rank)?;
        let next = self.order_statistic(usize::min(rank + 1, count - 1))?;
        Some(one + (place - rank as f64) * (next - one))
    }

    /// Mean of all values at or below `limit`, which lies within.
    fn mean_at_or_below(&self, limit: f64) -> f64 {
        let mut sum = self.sum_below;
        let mut count = self.below;
        for (value, times) in [(self.from, self.at_from), (self.to, self.at_to)] {
            if value <= limit && times > 0 {
                sum += value * times as f64;
                count += times;
            }
        }
        for value in self.between.iter().filter(|value| **value <= limit) {
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
        let mut returns = Vec::new();
        for_each_block(equity, 100.0, |_, block| returns.extend_from_slice(block));
        let (low, high, mean) = plain(returns);
        let tails = Tails::of(equity, 100.0, &Curve::of(equity, 100.0));
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
