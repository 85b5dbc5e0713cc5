//! Errors of predicted numbers.

use super::{check_lengths, mean};

/// Mean distance of predictions from what came.
pub fn mean_absolute_error(truth: &[f64], predicted: &[f64]) -> Option<f64> {
    check_lengths(truth.len(), predicted.len());
    mean(truth.iter().zip(predicted).map(|(truth, predicted)| (truth - predicted).abs()))
}

/// Root of the mean squared distance of predictions from what came.
pub fn root_mean_squared_error(truth: &[f64], predicted: &[f64]) -> Option<f64> {
    check_lengths(truth.len(), predicted.len());
    mean(truth.iter().zip(predicted).map(|(truth, predicted)| (truth - predicted).powi(2))).map(f64::sqrt)
}

/// Share of the variance that predictions explain: 1 is perfect, 0 as good as always saying the mean, below 0 worse. `None` where what
/// came never varied.
pub fn r2(truth: &[f64], predicted: &[f64]) -> Option<f64> {
    check_lengths(truth.len(), predicted.len());
    let middle = mean(truth.iter().copied())?;
    let all: f64 = truth.iter().map(|truth| (truth - middle).powi(2)).sum();
    let left: f64 = truth.iter().zip(predicted).map(|(truth, predicted)| (truth - predicted).powi(2)).sum();
    (all > 0.0).then(|| 1.0 - left / all)
}

/// Mean loss of predicted quantiles of that `level` (Koenker and Bassett, Econometrica 46 (1), 1978): what came above costs `level` times
/// the distance, what came below `1 - level` times it.
pub fn pinball(truth: &[f64], predicted: &[f64], level: f64) -> Option<f64> {
    check_lengths(truth.len(), predicted.len());
    mean(truth.iter().zip(predicted).map(|(truth, predicted)| pinball_loss(*truth, *predicted, level)))
}

/// The loss of one predicted quantile, of which [`pinball`] is the mean.
pub fn pinball_loss(truth: f64, predicted: f64, level: f64) -> f64 {
    let above = truth - predicted;
    if above >= 0.0 { level * above } else { (level - 1.0) * above }
}
