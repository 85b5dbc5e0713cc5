//! How good predictions are. Names and conventions are scikit-learn's where it has the figure.
//!
//! Truths and predictions are numbers, not NaN: rows without are left out by whoever asks. All panic if they are given predictions for
//! other rows than there are truths; all give `None` where the figure is not defined.

mod classes;
mod probability;
mod regression;

pub use classes::{Average, ClassReport, Confusion};
pub use probability::{
    Reliability, brier, class_log_loss, expected_calibration_error, log_loss, pr_auc, reliability, roc_auc,
};
pub use regression::{mean_absolute_error, pinball, pinball_loss, r2, root_mean_squared_error};

/// `sum / count`, if there is anything.
fn mean(values: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let count = values.len();
    (count > 0).then(|| values.sum::<f64>() / count as f64)
}

fn check_lengths(truths: usize, predictions: usize) {
    assert_eq!(truths, predictions, "a prediction for each truth");
}
