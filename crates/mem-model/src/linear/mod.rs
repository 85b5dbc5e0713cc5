//! Linear baselines: logistic and ridge regression, standardised inside the fold.
//!
//! Modules in reading order: [`scaler`] (means and deviations of the training rows), [`ridge`], [`logistic`], `solve` (linear equations).

pub mod logistic;
pub mod ridge;
pub mod scaler;
mod solve;

use serde::{Deserialize, Serialize};

use crate::forest::Link;
use crate::sample::{Sample, SampleError};
use crate::table::Table;
pub use logistic::LogisticParameters;
pub use ridge::RidgeParameters;
pub use scaler::Scaler;

/// Why nothing was learned, or nothing is answered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LinearError {
    /// A penalty that is none.
    #[error("l2 is {0}; from 0")]
    Penalty(f64),
    /// Rows that cannot be learned from.
    #[error("training rows: {0}")]
    Sample(#[from] SampleError),
    /// All rows are of one class.
    #[error("all training rows that count are of one class")]
    OneClass,
    /// The equations have no single solution.
    #[error("the features depend on each other; a penalty above 0 makes the solution unique")]
    Singular,
    /// Weights would grow for ever.
    #[error("the classes can be told apart without error; a penalty above 0 keeps weights finite")]
    Separable,
    /// Newton's method did not come to an end.
    #[error("no convergence after {0} steps")]
    Diverged(usize),
    /// Not as many numbers as features.
    #[error("{found} numbers for {expected} features")]
    Width {
        /// How many were given.
        found: usize,
        /// How many the model was made for.
        expected: usize,
    },
}

/// A linear model over standardised features. A missing value counts as the mean of the training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    /// Means and deviations of the training rows.
    pub scaler: Scaler,
    /// What one deviation of each feature adds.
    pub weights: Vec<f64>,
    /// The sum where every feature is at its mean.
    pub intercept: f64,
    /// From the sum to the answer.
    pub link: Link,
}

impl Linear {
    /// How many features a row has.
    pub fn features(&self) -> usize {
        self.weights.len()
    }

    /// The sum of one row, before the link.
    ///
    /// # Errors
    /// A row of another width.
    pub fn raw_row(&self, row: &[f64]) -> Result<f64, LinearError> {
        self.expect_width(row.len())?;
        let scaled = row.iter().enumerate().map(|(feature, value)| self.scaler.scale(feature, *value));
        Ok(scaled.zip(&self.weights).fold(self.intercept, |sum, (value, weight)| sum + value * weight))
    }

    /// The answer to one row: a value, or the probability of the second of two classes.
    ///
    /// # Errors
    /// A row of another width.
    pub fn predict_row(&self, row: &[f64]) -> Result<f64, LinearError> {
        let mut sums = [self.raw_row(row)?];
        self.link.apply(&mut sums);
        Ok(sums[0])
    }

    /// The answers to every row; the same bits as [`Linear::predict_row`] gives.
    ///
    /// # Errors
    /// A table of another width.
    pub fn predict_table(&self, table: &Table) -> Result<Vec<f64>, LinearError> {
        self.expect_width(table.width())?;
        let mut sums = vec![self.intercept; table.rows()];
        for (feature, (column, weight)) in table.columns().iter().zip(&self.weights).enumerate() {
            for (sum, value) in sums.iter_mut().zip(column) {
                *sum += self.scaler.scale(feature, *value) * weight;
            }
        }
        sums.chunks_mut(1).for_each(|sum| self.link.apply(sum));
        Ok(sums)
    }

    /// Weights by features as they come, and the intercept that belongs to them.
    pub fn unscaled(&self) -> (Vec<f64>, f64) {
        let scales = self.weights.iter().zip(self.scaler.deviations());
        let weights: Vec<f64> = scales.map(|(weight, deviation)| weight / deviation).collect();
        let shift: f64 = weights.iter().zip(self.scaler.means()).map(|(weight, mean)| weight * mean).sum();
        (weights, self.intercept - shift)
    }

    /// Whether every part is over its features and finite; what is read from a file might not be.
    pub(crate) fn is_sound(&self) -> bool {
        let numbers = self.weights.iter().chain([&self.intercept]).all(|number| number.is_finite());
        numbers && self.scaler.is_sound(self.weights.len()) && self.link != Link::Softmax
    }

    fn expect_width(&self, found: usize) -> Result<(), LinearError> {
        let expected = self.features();
        if found == expected { Ok(()) } else { Err(LinearError::Width { found, expected }) }
    }
}

/// The features of a sample, standardised, and the scaler that did it.
fn standardised(sample: &Sample<'_>) -> (Scaler, Vec<Vec<f64>>) {
    let scaler = Scaler::fit(sample);
    let columns = sample.table.columns().iter().enumerate();
    let scaled = columns.map(|(feature, column)| column.iter().map(|value| scaler.scale(feature, *value)).collect());
    (scaler.clone(), scaled.collect())
}

fn check(l2: f64, sample: &Sample<'_>) -> Result<(), LinearError> {
    if !l2.is_finite() || l2 < 0.0 {
        return Err(LinearError::Penalty(l2));
    }
    Ok(sample.check()?)
}

#[cfg(test)]
mod tests;
