//! A normal distribution that is learned from weighted observations.

use serde::{Deserialize, Serialize};

/// Half the natural logarithm of 2 pi.
const HALF_LN_TAU: f64 = 0.918_938_533_204_672_8;

/// Mean and spread of weighted observations (West 1979).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Gaussian {
    weight: f64,
    mean: f64,
    /// Weighted sum of squared deviations from the mean.
    squares: f64,
}

impl Gaussian {
    /// Takes `value` into account as if it had come `weight` times.
    pub fn learn(&mut self, value: f64, weight: f64) {
        self.weight += weight;
        let before = value - self.mean;
        self.mean += weight * before / self.weight;
        self.squares += weight * before * (value - self.mean);
    }

    /// The sum of weights.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// The mean; 0 of nothing.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The variance with the divisor `weight - correction` (0: population, 1: sample), if there is weight enough and any spread.
    pub fn variance(&self, correction: f64) -> Option<f64> {
        let variance = self.squares / (self.weight - correction);
        (self.weight > correction && variance > 0.0).then_some(variance)
    }

    /// The distribution function at `value`, by the sample variance; a step at the mean where nothing varied.
    pub fn below(&self, value: f64) -> f64 {
        match self.variance(1.0) {
            Some(variance) => 0.5 * libm::erfc((self.mean - value) / (2.0 * variance).sqrt()),
            None if self.mean <= value => 1.0,
            None => 0.0,
        }
    }

    /// The logarithm of the density, as a [`Density`] that is quick to ask.
    pub fn density(&self, correction: f64) -> Option<Density> {
        let variance = self.variance(correction)?;
        Some(Density { mean: self.mean, factor: -0.5 / variance, constant: -HALF_LN_TAU - 0.5 * libm::log(variance) })
    }
}

/// The density of a normal distribution: what of it does not depend on the value asked for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Density {
    mean: f64,
    factor: f64,
    constant: f64,
}

impl Density {
    /// The natural logarithm of the density at `value`.
    #[inline]
    pub fn ln(&self, value: f64) -> f64 {
        let deviation = value - self.mean;
        self.factor * deviation * deviation + self.constant
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_counts_as_repetition() {
        let (mut weighted, mut repeated) = (Gaussian::default(), Gaussian::default());
        for (value, weight) in [(1.0, 3), (4.0, 1), (-2.0, 2)] {
            weighted.learn(value, f64::from(weight));
            (0..weight).for_each(|_| repeated.learn(value, 1.0));
        }
        assert!((weighted.mean() - repeated.mean()).abs() < 1e-14);
        assert!((weighted.variance(1.0).unwrap() - repeated.variance(1.0).unwrap()).abs() < 1e-14);
    }

    #[test]
    fn density_and_distribution_are_those_of_the_normal() {
        let mut gaussian = Gaussian::default();
        assert_eq!(gaussian.density(1.0), None);
        // Mean 0 and sample variance 1.
        let one = 0.5_f64.sqrt();
        gaussian.learn(one, 1.0);
        assert_eq!(gaussian.density(1.0), None, "one observation has no spread");
        gaussian.learn(-one, 1.0);
        assert!((gaussian.density(1.0).unwrap().ln(1.0) + HALF_LN_TAU + 0.5).abs() < 1e-12);
        assert!((gaussian.below(1.96) - 0.975_002_104_851_78).abs() < 1e-12);
        assert!((gaussian.below(0.0) - 0.5).abs() < 1e-15);
    }
}
