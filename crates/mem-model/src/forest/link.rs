//! From sums to answers.

use serde::{Deserialize, Serialize};

/// What is done with the sums of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// The sum is the answer.
    Identity,
    /// The sum is the logarithm of the odds of the second of two classes.
    Logistic,
    /// Each sum is the logarithm of the probability of its class, but for a constant.
    Softmax,
}

impl Link {
    /// Whether so many sums can be linked.
    pub(crate) fn fits(self, outputs: usize) -> bool {
        match self {
            Self::Identity | Self::Logistic => outputs == 1,
            Self::Softmax => outputs >= 2,
        }
    }

    /// Turns sums into answers, in place.
    pub fn apply(self, sums: &mut [f64]) {
        match self {
            Self::Identity => {}
            Self::Logistic => sums.iter_mut().for_each(|sum| *sum = logistic(*sum)),
            Self::Softmax => softmax(sums),
        }
    }
}

/// 1 / (1 + exp(-x)).
pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// exp(x) of each, divided by their sum; the greatest is subtracted first, so that nothing overflows.
pub fn softmax(sums: &mut [f64]) {
    let greatest = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut total = 0.0;
    for sum in sums.iter_mut() {
        *sum = libm::exp(*sum - greatest);
        total += *sum;
    }
    sums.iter_mut().for_each(|sum| *sum /= total);
}
