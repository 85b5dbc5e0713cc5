//! What is learned: the loss, its derivatives, and where to start.

use serde::{Deserialize, Serialize};

use crate::forest::Link;

/// What is learned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// The probability of class 1 against class 0; logarithmic loss.
    Binary,
    /// The probabilities of so many classes; logarithmic loss.
    Multiclass {
        /// How many, from 2.
        classes: usize,
    },
    /// The mean; half the squared error.
    Squared,
    /// A quantile; pinball loss.
    Quantile {
        /// The share of outcomes that lie below the answer, between 0 and 1.
        level: f64,
    },
}

impl Objective {
    pub(super) fn is_sound(self) -> bool {
        match self {
            Self::Binary | Self::Squared => true,
            Self::Multiclass { classes } => classes >= 2,
            Self::Quantile { level } => level > 0.0 && level < 1.0,
        }
    }

    /// How many classes targets are numbers of.
    pub fn classes(self) -> Option<usize> {
        match self {
            Self::Binary => Some(2),
            Self::Multiclass { classes } => Some(classes),
            Self::Squared | Self::Quantile { .. } => None,
        }
    }

    /// From sums to answers.
    pub fn link(self) -> Link {
        match self {
            Self::Binary => Link::Logistic,
            Self::Multiclass { .. } => Link::Softmax,
            Self::Squared | Self::Quantile { .. } => Link::Identity,
        }
    }

    /// Whether leaves take the quantile of their rows instead of a gradient step.
    pub(super) fn refits(self) -> bool {
        matches!(self, Self::Quantile { .. })
    }

    /// The best constant sums; none if all rows are of one class.
    pub(super) fn base(self, target: &[f64], weights: Option<&[f64]>) -> Option<Vec<f64>> {
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let rows = || (0..target.len()).map(|row| (target[row], weight(row)));
        let total: f64 = rows().map(|(_, weight)| weight).sum();
        if total <= 0.0 {
            return None;
        }
        let share = |class: usize| {
            rows().filter(|(target, _)| *target == class as f64).map(|(_, weight)| weight).sum::<f64>() / total
        };
        match self {
            Self::Binary => {
                let ones = share(1);
                (ones > 0.0 && ones < 1.0).then(|| vec![libm::log(ones / (1.0 - ones))])
            }
            Self::Multiclass { classes } => {
                let shares: Vec<f64> = (0..classes).map(share).collect();
                let one = shares.contains(&1.0);
                // A class that never occurs starts at one in a million million, not at never.
                (!one).then(|| shares.into_iter().map(|share| libm::log(share.max(1e-12))).collect())
            }
            Self::Squared => Some(vec![rows().map(|(target, weight)| target * weight).sum::<f64>() / total]),
            Self::Quantile { .. } => self.quantile(rows().collect()).map(|quantile| vec![quantile]),
        }
    }

    /// First and second derivative of the loss by the sum of `output`, given the answer of that output.
    pub(super) fn gradient(self, answer: f64, target: f64, output: usize) -> (f64, f64) {
        match self {
            Self::Binary => (answer - target, answer * (1.0 - answer)),
            Self::Multiclass { classes } => {
                let happened = if target == output as f64 { 1.0 } else { 0.0 };
                // Friedman's (K - 1) / K: sums of classes move together.
                (answer - happened, answer * (1.0 - answer) * classes as f64 / (classes as f64 - 1.0))
            }
            Self::Squared => (answer - target, 1.0),
            Self::Quantile { level } => (if answer > target { 1.0 - level } else { -level }, 1.0),
        }
    }

    /// The loss of one answer.
    pub fn loss(self, answer: &[f64], target: f64) -> f64 {
        let log = |probability: f64| -libm::log(probability.clamp(1e-15, 1.0));
        match self {
            Self::Binary => log(if target == 1.0 { answer[0] } else { 1.0 - answer[0] }),
            Self::Multiclass { .. } => log(answer[target as usize]),
            Self::Squared => (answer[0] - target) * (answer[0] - target) / 2.0,
            Self::Quantile { level } => {
                let over = answer[0] - target;
                if over > 0.0 { (1.0 - level) * over } else { -level * over }
            }
        }
    }

    /// The weighted quantile of numbers with weights: where the weights up to it, each counted by half at its own number, reach the level; in
    /// between, on the line. None if nothing has weight, or for another objective.
    pub(super) fn quantile(self, mut numbers: Vec<(f64, f64)>) -> Option<f64> {
        let Self::Quantile { level } = self else { return None };
        numbers.retain(|(_, weight)| *weight > 0.0);
        numbers.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let wanted = level * numbers.iter().map(|(_, weight)| weight).sum::<f64>();
        let mut below = 0.0;
        let mut last: Option<(f64, f64)> = None;
        for (number, weight) in &numbers {
            let here = below + weight / 2.0;
            if here >= wanted {
                return Some(match last {
                    None => *number,
                    Some((before, at)) => before + (number - before) * (wanted - at) / (here - at),
                });
            }
            last = Some((*number, here));
            below += weight;
        }
        last.map(|(number, _)| number)
    }
}
