//! Logistic regression with a penalty on the squares of the weights, by Newton's method (iteratively reweighted least squares; McCullagh and
//! Nelder, "Generalized Linear Models", 1989, 2.5), steps halved until the loss falls. The intercept is free.

use serde::{Deserialize, Serialize};

use super::solve::{Symmetric, dot};
use super::{Linear, LinearError, check, standardised};
use crate::forest::Link;
use crate::forest::link::logistic;
use crate::sample::Sample;

/// Steps after which the method gives up; it needs about ten.
const STEPS_MAX: usize = 100;

/// The end: no part of the gradient is larger than this share of all that rows count.
const GRADIENT_SHARE: f64 = 1e-12;

/// How to learn the probability of the second of two classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogisticParameters {
    /// Half of this times the squares of the weights of standardised features is added to the sum of losses; from 0.
    pub l2: f64,
}

impl Default for LogisticParameters {
    fn default() -> Self {
        Self { l2: 1.0 }
    }
}

impl LogisticParameters {
    /// The weights that minimise logarithmic loss and penalty.
    ///
    /// # Errors
    /// Rows that cannot be learned from or are of one class; classes that can be told apart without error, without a penalty.
    pub fn train(&self, sample: &Sample<'_>) -> Result<Linear, LinearError> {
        check(self.l2, sample)?;
        sample.check_classes(2)?;
        let counts: Vec<f64> = (0..sample.target.len()).map(|row| sample.weight(row)).collect();
        let (total, ones) = (counts.iter().sum::<f64>(), dot(&counts, sample.target));
        if ones <= 0.0 || ones >= total {
            return Err(LinearError::OneClass);
        }
        let (scaler, mut columns) = standardised(sample);
        columns.push(vec![1.0; sample.target.len()]);
        let fit = Fit { l2: self.l2, target: sample.target, counts, total, columns };
        let mut weights = fit.run()?;
        let intercept = weights.pop().unwrap_or(0.0);
        Ok(Linear { scaler, weights, intercept, link: Link::Logistic })
    }
}

/// The problem; the last column and weight are those of the intercept.
struct Fit<'a> {
    l2: f64,
    target: &'a [f64],
    counts: Vec<f64>,
    total: f64,
    columns: Vec<Vec<f64>>,
}

impl Fit<'_> {
    fn run(&self) -> Result<Vec<f64>, LinearError> {
        let mut weights = vec![0.0; self.columns.len()];
        let mut sums = self.sums(&weights);
        let mut loss = self.loss(&weights, &sums);
        let mut flat = 0;
        for _ in 0..STEPS_MAX {
            let chances: Vec<f64> = sums.iter().map(|sum| logistic(*sum)).collect();
            let gradient = self.gradient(&weights, &chances);
            if gradient.iter().all(|part| part.abs() <= GRADIENT_SHARE * self.total) {
                let separated = self.l2 == 0.0 && loss <= 1e-9 * self.total;
                return if separated { Err(LinearError::Separable) } else { Ok(weights) };
            }
            let step = self.hessian(&chances).solve(gradient).ok_or(LinearError::Singular)?;
            let mut share = 1.0;
            let (tried, tried_sums, tried_loss) = loop {
                let tried: Vec<f64> = weights.iter().zip(&step).map(|(weight, step)| weight - share * step).collect();
                let sums = self.sums(&tried);
                let tried_loss = self.loss(&tried, &sums);
                if tried_loss <= loss {
                    break (tried, sums, tried_loss);
                }
                share /= 2.0;
                // No step helps any more: what is left of the gradient is rounding.
                if share < 1e-6 {
                    return Ok(weights);
                }
            };
            flat = if tried_loss < loss { 0 } else { flat + 1 };
            // Nor do steps that change nothing, one after the other.
            if flat == 2 {
                return Ok(tried);
            }
            (weights, sums, loss) = (tried, tried_sums, tried_loss);
        }
        Err(LinearError::Diverged(STEPS_MAX))
    }

    fn sums(&self, weights: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.target.len()];
        for (column, weight) in self.columns.iter().zip(weights) {
            sums.iter_mut().zip(column).for_each(|(sum, value)| *sum += value * weight);
        }
        sums
    }

    fn loss(&self, weights: &[f64], sums: &[f64]) -> f64 {
        let rows = sums.iter().zip(self.target).zip(&self.counts);
        // ln(1 + exp(-s)) for what happened, with the larger part outside the exponential.
        let of_row = |sum: f64, target: f64| {
            let against = if target == 1.0 { -sum } else { sum };
            against.max(0.0) + libm::log1p(libm::exp(-against.abs()))
        };
        let losses: f64 = rows.map(|((sum, target), count)| count * of_row(*sum, *target)).sum();
        let free = &weights[..weights.len() - 1];
        losses + self.l2 / 2.0 * dot(free, free)
    }

    fn gradient(&self, weights: &[f64], chances: &[f64]) -> Vec<f64> {
        let rows = chances.iter().zip(self.target).zip(&self.counts);
        let errors: Vec<f64> = rows.map(|((chance, target), count)| count * (chance - target)).collect();
        let last = weights.len() - 1;
        let penalty = |at: usize| if at == last { 0.0 } else { self.l2 * weights[at] };
        self.columns.iter().enumerate().map(|(at, column)| dot(column, &errors) + penalty(at)).collect()
    }

    fn hessian(&self, chances: &[f64]) -> Symmetric {
        let curves: Vec<f64> =
            chances.iter().zip(&self.counts).map(|(chance, count)| count * chance * (1.0 - chance)).collect();
        let curved = self.columns.iter().map(|column| column.iter().zip(&curves).map(|(x, curve)| x * curve).collect());
        let curved: Vec<Vec<f64>> = curved.collect();
        let last = self.columns.len() - 1;
        let penalty = |i: usize, j: usize| if i == j && i != last { self.l2 } else { 0.0 };
        Symmetric::new(self.columns.len(), |i, j| dot(&curved[i], &self.columns[j]) + penalty(i, j))
    }
}
