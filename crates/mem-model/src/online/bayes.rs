//! Gaussian naive Bayes: each column a normal distribution per class, columns independent within a class.

use serde::{Deserialize, Serialize};

use super::gaussian::Gaussian;
use super::{OnlineClassifier, usable};

/// Added to every density, so that one far-off number does not decide alone: 1e-9.
const DENSITY_FLOOR: f64 = 1e-9;

/// Gaussian naive Bayes. The prior of a class is its share so far, variances are those of the population.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NaiveBayes {
    counts: [f64; 2],
    /// By column, then by class.
    columns: Vec<[Gaussian; 2]>,
}

impl NaiveBayes {
    /// Nothing known of rows of `width` numbers.
    pub fn new(width: usize) -> Self {
        Self { counts: [0.0; 2], columns: vec![[Gaussian::default(); 2]; width] }
    }
}

impl OnlineClassifier for NaiveBayes {
    fn width(&self) -> usize {
        self.columns.len()
    }

    fn predict(&self, row: &[f64]) -> f64 {
        assert_eq!(row.len(), self.columns.len(), "the width of the row");
        match self.counts {
            [0.0, 0.0] => return 0.5,
            [_, 0.0] => return 0.0,
            [0.0, _] => return 1.0,
            _ => {}
        }
        let mut likelihoods = self.counts.map(libm::log);
        for (value, classes) in row.iter().zip(&self.columns).filter(|(value, _)| usable(**value)) {
            for (likelihood, gaussian) in likelihoods.iter_mut().zip(classes) {
                let density = gaussian.density(0.0).map_or(0.0, |density| libm::exp(density.ln(*value)));
                *likelihood += libm::log(DENSITY_FLOOR + density);
            }
        }
        super::logistic::sigmoid(likelihoods[1] - likelihoods[0])
    }

    fn learn(&mut self, row: &[f64], label: bool) {
        assert_eq!(row.len(), self.columns.len(), "the width of the row");
        let class = usize::from(label);
        self.counts[class] += 1.0;
        for (value, classes) in row.iter().zip(&mut self.columns).filter(|(value, _)| usable(**value)) {
            classes[class].learn(*value, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_seen_is_not_predicted() {
        let mut bayes = NaiveBayes::new(1);
        assert_eq!(bayes.predict(&[0.0]), 0.5);
        bayes.learn(&[1.0], true);
        assert_eq!(bayes.predict(&[-1.0]), 1.0);
        bayes.learn(&[f64::NAN], false);
        assert_eq!(bayes.predict(&[f64::NAN]), 0.5, "the shares of the classes decide where the number is missing");
    }

    #[test]
    fn two_clouds_are_told_apart() {
        let mut bayes = NaiveBayes::new(1);
        for value in [-1.0, -2.0, -3.0] {
            bayes.learn(&[value], false);
            bayes.learn(&[-value], true);
        }
        assert!(bayes.predict(&[2.0]) > 0.99);
        assert!((bayes.predict(&[0.0]) - 0.5).abs() < 1e-12);
    }
}
