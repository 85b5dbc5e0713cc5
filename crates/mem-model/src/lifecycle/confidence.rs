//! Bounds on a mean that hold at every moment at once, so that one may look after each observation and stop whenever one likes.
//!
//! The predictable plug-in empirical-Bernstein confidence sequence of Waudby-Smith and Ramdas, "Estimating means of bounded random
//! variables by betting", Journal of the Royal Statistical Society B 86 (2024), Theorem 2: for observations in a known range whose mean given the
//! past does not change, the mean lies within the bounds at all times with probability at least 1 - alpha.

use serde::{Deserialize, Serialize};

/// Largest bet: the sequence's own constant, below 1.
const MOST: f64 = 0.5;

/// Bounds on the mean of observations in a range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfidenceSequence {
    least: f64,
    most: f64,
    alpha: f64,
    count: u64,
    /// Sum of the observations, scaled to 0..1.
    sum: f64,
    /// Sum of their squared distances from the mean as it was then known.
    squares: f64,
    /// Sums of bets, of bets times observations, and of what the bets cost.
    bets: f64,
    bet_on: f64,
    cost: f64,
    lower: f64,
    upper: f64,
}

impl ConfidenceSequence {
    /// For observations from `least` to `most`, wrong at any time with probability at most `alpha` (above 0, below 1).
    ///
    /// # Panics
    /// If the range is empty or not finite, or `alpha` is no probability: both come from the program's own settings, which are checked before.
    pub fn new(least: f64, most: f64, alpha: f64) -> Self {
        assert!(least.is_finite() && most.is_finite() && least < most, "a range of observations: {least} to {most}");
        assert!(alpha > 0.0 && alpha < 1.0, "a probability: {alpha}");
        Self {
            least,
            most,
            alpha,
            count: 0,
            sum: 0.0,
            squares: 0.0,
            bets: 0.0,
            bet_on: 0.0,
            cost: 0.0,
            lower: least,
            upper: most,
        }
    }

    /// Takes an observation; what lies beyond the range counts as its end, what is not a number not at all.
    pub fn push(&mut self, value: f64) {
        if value.is_nan() {
            return;
        }
        let x = ((value - self.least) / (self.most - self.least)).clamp(0.0, 1.0);
        let t = self.count as f64 + 1.0;
        // Mean and variance as they were known before this observation, with one half and one quarter as the first guess.
        let mean = (0.5 + self.sum) / t;
        let variance = (0.25 + self.squares) / t;
        let log = (2.0 / self.alpha).ln();
        let bet = (2.0 * log / (variance * t * (1.0 + t).ln())).sqrt().min(MOST);
        self.count += 1;
        self.sum += x;
        let after = (0.5 + self.sum) / (t + 1.0);
        self.squares += (x - after) * (x - after);
        self.bets += bet;
        self.bet_on += bet * x;
        self.cost += 4.0 * (x - mean) * (x - mean) * (-(1.0 - bet).ln() - bet) / 4.0;
        let middle = self.bet_on / self.bets;
        let margin = (log + self.cost) / self.bets;
        let span = self.most - self.least;
        // Bounds that held once hold for good.
        self.lower = self.lower.max(self.least + span * (middle - margin));
        self.upper = self.upper.min(self.least + span * (middle + margin));
    }

    /// How many observations.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their mean; `None` without any.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.least + (self.most - self.least) * self.sum / self.count as f64)
    }

    /// The mean is not below this.
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// The mean is not above this.
    pub fn upper(&self) -> f64 {
        self.upper
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{RngCore, SeedableRng};

    use super::*;

    fn uniform(random: &mut ChaCha8Rng) -> f64 {
        (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Of 2,000 sequences of 500 observations, looked at after each, at most the promised share ever misses the mean.
    #[test]
    fn the_promise_is_kept() {
        for (mean, alpha) in [(0.1, 0.1), (0.5, 0.1), (0.97, 0.2)] {
            let mut random = ChaCha8Rng::seed_from_u64(11);
            let mut missed = 0;
            for _ in 0..2_000 {
                let mut bounds = ConfidenceSequence::new(0.0, 1.0, alpha);
                let mut ever = false;
                for _ in 0..500 {
                    bounds.push(f64::from(u8::from(uniform(&mut random) < mean)));
                    ever |= bounds.lower() > mean || bounds.upper() < mean;
                }
                missed += u32::from(ever);
            }
            assert!(f64::from(missed) / 2_000.0 <= alpha, "{missed} of 2000 at {mean}, {alpha}");
        }
    }

    #[test]
    fn little_variance_is_soon_known() {
        let mut steady = ConfidenceSequence::new(-1.0, 1.0, 0.05);
        let mut wild = steady.clone();
        for number in 0..1_000 {
            steady.push(0.01 * f64::from(number % 3 - 1));
            wild.push(f64::from(number % 2) * 2.0 - 1.0);
        }
        assert!(steady.upper() - steady.lower() < 0.03, "{steady:?}");
        assert!(wild.upper() - wild.lower() > 0.1 && wild.upper() - wild.lower() < 0.4, "{wild:?}");
        assert!(steady.mean().unwrap().abs() < 1e-3);
    }

    proptest! {
        /// Bounds never widen, never leave the range, and do not depend on how the range is scaled.
        #[test]
        fn laws(values in prop::collection::vec(0.0_f64..1.0, 1..200)) {
            let mut bounds = ConfidenceSequence::new(0.0, 1.0, 0.05);
            let mut scaled = ConfidenceSequence::new(-10.0, 30.0, 0.05);
            let mut before = (0.0, 1.0);
            for value in values {
                bounds.push(value);
                scaled.push(value * 40.0 - 10.0);
                prop_assert!(bounds.lower() >= before.0 && bounds.upper() <= before.1);
                before = (bounds.lower(), bounds.upper());
                prop_assert!((scaled.lower() - (bounds.lower() * 40.0 - 10.0)).abs() < 1e-9);
            }
        }
    }
}
