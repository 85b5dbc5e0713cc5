//! Platt's scaling: a logistic curve over the score, with targets drawn in a little from 0 and 1.
//!
//! Sources: Platt, "Probabilistic Outputs for Support Vector Machines" (1999); solved by Newton's method with steps halved, after Lin, Lin and
//! Weng, "A Note on Platt's Probabilistic Outputs" (2007).

use serde::{Deserialize, Serialize};

use super::{CalibrateError, check};
use crate::forest::link::logistic;

/// Steps after which the search ends in any case; it needs about ten.
const STEPS_MAX: usize = 100;

/// Probability = 1 / (1 + exp(-(slope * score + shift))).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platt {
    /// What one unit of the score adds to the log-odds.
    pub slope: f64,
    /// The log-odds at score 0.
    pub shift: f64,
}

impl Platt {
    /// Fits scores to outcomes (0 or 1).
    ///
    /// # Errors
    /// Lengths that differ, numbers that are none, outcomes of one kind.
    pub fn fit(scores: &[f64], outcomes: &[f64], weights: Option<&[f64]>) -> Result<Self, CalibrateError> {
        check(scores, outcomes, weights)?;
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let ones: f64 = outcomes.iter().enumerate().map(|(row, outcome)| weight(row) * outcome).sum();
        let zeros: f64 = outcomes.iter().enumerate().map(|(row, outcome)| weight(row) * (1.0 - outcome)).sum();
        if ones <= 0.0 || zeros <= 0.0 {
            return Err(CalibrateError::OneClass);
        }
        let (high, low) = ((ones + 1.0) / (ones + 2.0), 1.0 / (zeros + 2.0));
        let rows = outcomes.iter().enumerate().map(|(row, outcome)| Row {
            score: scores[row],
            target: if *outcome == 1.0 { high } else { low },
            weight: weight(row),
        });
        let rows: Vec<Row> = rows.collect();
        let mut curve = Self { slope: 0.0, shift: libm::log((ones + 1.0) / (zeros + 1.0)) };
        let mut loss = curve.loss(&rows);
        for _ in 0..STEPS_MAX {
            let Some((slope, shift)) = curve.newton(&rows) else { break };
            let mut share = 1.0;
            let next = loop {
                let tried = Self { slope: curve.slope - share * slope, shift: curve.shift - share * shift };
                let tried_loss = tried.loss(&rows);
                if tried_loss < loss {
                    break Some((tried, tried_loss));
                }
                share /= 2.0;
                if share < 1e-10 {
                    break None;
                }
            };
            let Some(better) = next else { break };
            (curve, loss) = better;
        }
        Ok(curve)
    }

    /// The calibrated probability of a score.
    pub fn apply(&self, score: f64) -> f64 {
        logistic(self.slope * score + self.shift)
    }

    fn loss(&self, rows: &[Row]) -> f64 {
        let of_row = |row: &Row| {
            let sum = self.slope * row.score + self.shift;
            // ln(1 + exp(sum)) - target * sum, with the larger part outside the exponential.
            row.weight * (sum.max(0.0) + libm::log1p(libm::exp(-sum.abs())) - row.target * sum)
        };
        rows.iter().map(of_row).sum()
    }

    /// Newton's step; none where the curve is flat.
    fn newton(&self, rows: &[Row]) -> Option<(f64, f64)> {
        let (mut g, mut h) = ([0.0; 2], [1e-12, 0.0, 1e-12]);
        for row in rows {
            let chance = self.apply(row.score);
            let (error, curve) = (row.weight * (chance - row.target), row.weight * chance * (1.0 - chance));
            g = [g[0] + error * row.score, g[1] + error];
            h = [h[0] + curve * row.score * row.score, h[1] + curve * row.score, h[2] + curve];
        }
        let determinant = h[0] * h[2] - h[1] * h[1];
        let step = ((h[2] * g[0] - h[1] * g[1]) / determinant, (h[0] * g[1] - h[1] * g[0]) / determinant);
        (step.0.is_finite() && step.1.is_finite()).then_some(step)
    }
}

struct Row {
    score: f64,
    target: f64,
    weight: f64,
}
