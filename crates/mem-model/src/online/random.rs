//! Numbers from a seed: SplitMix64 (Steele, Lea, Flood 2014). Its state is one number, so that a learner can be kept with its place in the
//! sequence.

use serde::{Deserialize, Serialize};

/// A sequence of numbers that a seed determines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 (included) to 1 (excluded), all multiples of 2^-53 equally likely.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A whole number below `bound` (Lemire's product; for bounds far below 2^32 its bias is below 1 in 2^32).
    ///
    /// # Panics
    /// If `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "no number is below 0");
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }

    /// A draw of the Poisson distribution of that mean, by inversion; `exp_minus` is exp(-mean), which callers keep.
    ///
    /// At most 100: for means up to 20 more has a probability below 1e-35.
    pub fn poisson(&mut self, mean: f64, exp_minus: f64) -> u32 {
        let unit = self.unit();
        let (mut count, mut probability, mut cumulated) = (0_u32, exp_minus, exp_minus);
        while unit >= cumulated && count < 100 {
            count += 1;
            probability *= mean / f64::from(count);
            cumulated += probability;
        }
        count
    }

    /// Different whole numbers below `bound` in random order, `count` of them (all, if there are fewer): the head of a Fisher-Yates shuffle.
    pub fn distinct(&mut self, bound: usize, count: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..bound).collect();
        let count = count.min(bound);
        for place in 0..count {
            let other = place + self.below(bound - place);
            all.swap(place, other);
        }
        all.truncate(count);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_are_those_of_the_paper() {
        let mut random = Random::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.bits()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn poisson_has_its_mean_and_variance() {
        let mut random = Random::new(1);
        let exp_minus = libm::exp(-6.0);
        let draws: Vec<f64> = (0..100_000).map(|_| f64::from(random.poisson(6.0, exp_minus))).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / draws.len() as f64;
        assert!((mean - 6.0).abs() < 0.04, "{mean}");
        assert!((variance - 6.0).abs() < 0.15, "{variance}");
    }

    #[test]
    fn distinct_numbers_are_distinct_and_below() {
        let mut random = Random::new(7);
        for _ in 0..100 {
            let mut drawn = random.distinct(30, 12);
            drawn.sort_unstable();
            drawn.dedup();
            assert_eq!(drawn.len(), 12);
            assert!(drawn.iter().all(|number| *number < 30));
        }
        assert_eq!(random.distinct(3, 9).len(), 3);
    }
}
