//! The Diebold-Mariano test: which of two forecasts loses less.

use serde::Serialize;

use crate::distribution::student_beyond;

/// What the Diebold-Mariano test says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DieboldMariano {
    /// Mean loss of the first less that of the second: below zero if the first is better.
    pub mean_difference: f64,
    /// The corrected statistic.
    pub statistic: f64,
    /// Chance of a statistic at least as far from zero if both lose the same.
    pub p_value: f64,
}

impl DieboldMariano {
    /// Chance of such an advantage of the first, or a greater one, if both lose the same: the one-sided test.
    pub fn first_is_better(&self) -> f64 {
        if self.mean_difference < 0.0 { self.p_value / 2.0 } else { 1.0 - self.p_value / 2.0 }
    }
}

/// Compares the losses of two forecasts of `horizon` steps ahead, row by row in order of time (Diebold and Mariano, Journal of Business and
/// Economic Statistics 13 (3), 1995), with the correction for small samples and Student's distribution of Harvey, Leybourne and Newbold
/// (International Journal of Forecasting 13 (2), 1997). The variance takes in the autocovariances up to `horizon - 1`, all with weight one.
///
/// `None` with no more than `horizon` rows or two, or where the variance comes out at or below zero, as it may with that weighting.
///
/// # Panics
/// If the numbers of rows differ or the horizon is 0.
pub fn diebold_mariano(first_loss: &[f64], second_loss: &[f64], horizon: usize) -> Option<DieboldMariano> {
    assert_eq!(first_loss.len(), second_loss.len(), "the same rows");
    assert!(horizon > 0, "a forecast of at least one step");
    let rows = first_loss.len();
    if rows <= horizon || rows < 2 {
        return None;
    }
    let (n, h) = (rows as f64, horizon as f64);
    let differences: Vec<f64> = first_loss.iter().zip(second_loss).map(|(first, second)| first - second).collect();
    let mean = differences.iter().sum::<f64>() / n;
    let covariance = |lag: usize| {
        let pairs = differences.iter().zip(&differences[lag..]);
        pairs.map(|(earlier, later)| (earlier - mean) * (later - mean)).sum::<f64>() / n
    };
    let variance = (covariance(0) + 2.0 * (1..horizon).map(covariance).sum::<f64>()) / n;
    if variance <= 0.0 || variance.is_nan() {
        return None;
    }
    let correction = (n + 1.0 - 2.0 * h + h * (h - 1.0) / n) / n;
    let statistic = mean / variance.sqrt() * correction.sqrt();
    Some(DieboldMariano { mean_difference: mean, statistic, p_value: student_beyond(statistic, n - 1.0) })
}
