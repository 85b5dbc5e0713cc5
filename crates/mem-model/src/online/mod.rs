//! Learners that take one observation at a time, and the score they earn on observations before they learn from them.
//!
//! What comes in: a row of numbers, and later its label. What goes out: the probability that the label is true, before it is known. Labels
//! are two-valued (up or not, touched or not); more classes are learned one against the rest. A number that is missing (NaN), infinite or
//! beyond [`LARGEST`] is left out: it moves neither a prediction nor what is learned. The same observations in the same order with the same
//! seed give the same learner to the bit, and one that was written out and read back (serde) goes on as if nothing had happened.
//!
//! Modules in reading order: [`scale`] (running mean and deviation), [`logistic`] (logistic regression: SGD, AdaGrad, FTRL-proximal),
//! [`gaussian`] and [`bayes`] (Gaussian naive Bayes), [`tree`] (Hoeffding trees, one of which adapts), [`forest`] (adaptive random forest),
//! [`prequential`] (scores: predict first, learn afterwards), [`random`] (numbers from a seed).

pub mod bayes;
pub mod forest;
pub mod gaussian;
pub mod logistic;
pub mod prequential;
pub mod random;
pub mod scale;
pub mod tree;

use serde::{Deserialize, Serialize};

pub use bayes::NaiveBayes;
pub use forest::{AdaptiveForest, ForestConfig};
pub use logistic::{Logistic, LogisticConfig, Optimizer};
pub use prequential::{Figures, Prequential};
pub use tree::adaptive::{AdaptiveTree, AdaptiveTreeConfig};
pub use tree::{HoeffdingTree, TreeConfig};

/// The largest magnitude of a number that learners take; its square and sums of many of them are finite.
pub const LARGEST: f64 = 1e100;

/// Whether a learner takes this number: not missing, not infinite, not beyond [`LARGEST`].
#[inline]
pub(crate) fn usable(value: f64) -> bool {
    value.abs() <= LARGEST
}

/// A learner of a two-valued label.
pub trait OnlineClassifier {
    /// How many numbers a row has.
    fn width(&self) -> usize;

    /// The probability (0 to 1) that the label of `row` is true; 0.5 while nothing is known.
    ///
    /// # Panics
    /// If `row` has another width.
    fn predict(&self, row: &[f64]) -> f64;

    /// Learns that the label of `row` is `label`.
    ///
    /// # Panics
    /// If `row` has another width.
    fn learn(&mut self, row: &[f64], label: bool);
}

/// Any of the learners, to be kept and read back under one name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Learner {
    /// Logistic regression.
    Logistic(Logistic),
    /// Gaussian naive Bayes.
    NaiveBayes(NaiveBayes),
    /// Hoeffding tree that does not adapt.
    HoeffdingTree(HoeffdingTree),
    /// Hoeffding adaptive tree.
    AdaptiveTree(AdaptiveTree),
    /// Adaptive random forest.
    AdaptiveForest(AdaptiveForest),
}

impl OnlineClassifier for Learner {
    fn width(&self) -> usize {
        match self {
            Self::Logistic(learner) => learner.width(),
            Self::NaiveBayes(learner) => learner.width(),
            Self::HoeffdingTree(learner) => learner.width(),
            Self::AdaptiveTree(learner) => learner.width(),
            Self::AdaptiveForest(learner) => learner.width(),
        }
    }

    fn predict(&self, row: &[f64]) -> f64 {
        match self {
            Self::Logistic(learner) => learner.predict(row),
            Self::NaiveBayes(learner) => learner.predict(row),
            Self::HoeffdingTree(learner) => learner.predict(row),
            Self::AdaptiveTree(learner) => learner.predict(row),
            Self::AdaptiveForest(learner) => learner.predict(row),
        }
    }

    fn learn(&mut self, row: &[f64], label: bool) {
        match self {
            Self::Logistic(learner) => learner.learn(row, label),
            Self::NaiveBayes(learner) => learner.learn(row, label),
            Self::HoeffdingTree(learner) => learner.learn(row, label),
            Self::AdaptiveTree(learner) => learner.learn(row, label),
            Self::AdaptiveForest(learner) => learner.learn(row, label),
        }
    }
}

#[cfg(test)]
mod online_test;
