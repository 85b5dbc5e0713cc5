//! Ridge regression: least squares with a penalty on the squares of the weights (Hoerl and Kennard, 1970). The intercept is free.

use serde::{Deserialize, Serialize};

use super::solve::{Symmetric, dot};
use super::{Linear, LinearError, check, standardised};
use crate::forest::Link;
use crate::sample::Sample;

/// How to learn a mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RidgeParameters {
    /// Penalty on the squares of the weights of standardised features, beside the sum of squared errors; from 0.
    pub l2: f64,
}

impl Default for RidgeParameters {
    fn default() -> Self {
        Self { l2: 1.0 }
    }
}

impl RidgeParameters {
    /// The weights that minimise the sum of squared errors and penalty.
    ///
    /// # Errors
    /// Rows that cannot be learned from; features that depend on each other, without a penalty.
    pub fn train(&self, sample: &Sample<'_>) -> Result<Linear, LinearError> {
        check(self.l2, sample)?;
        let (scaler, columns) = standardised(sample);
        let counts: Vec<f64> = (0..sample.target.len()).map(|row| sample.weight(row)).collect();
        let total: f64 = counts.iter().sum();
        // Standardised columns have mean 0, but for values that were missing.
        let means: Vec<f64> = columns.iter().map(|column| dot(column, &counts) / total).collect();
        let mean = dot(sample.target, &counts) / total;
        let counted: Vec<Vec<f64>> = columns
            .iter()
            .zip(&means)
            .map(|(column, mean)| column.iter().zip(&counts).map(|(x, w)| (x - mean) * w).collect())
            .collect();
        let products = |i: usize, j: usize| dot(&counted[i], &columns[j]) + if i == j { self.l2 } else { 0.0 };
        let right = counted.iter().map(|column| dot(column, sample.target)).collect();
        let weights = Symmetric::new(columns.len(), products).solve(right).ok_or(LinearError::Singular)?;
        let intercept = mean - dot(&weights, &means);
        Ok(Linear { scaler, weights, intercept, link: Link::Identity })
    }
}
