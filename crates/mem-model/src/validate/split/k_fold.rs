//! Purged k-fold.

use std::time::Duration;

use super::purge::train_rows;
use super::{Fold, Span, SplitError, check_count, check_order, parts};

/// `folds` stretches of neighbouring rows, each the test once; all other rows train that are apart from it and do not decide within
/// `embargo` after its last label is known.
///
/// # Errors
/// Rows out of order, fewer rows than folds, fewer than two folds, or a fold without a row to train on.
pub fn purged_k_fold(spans: &[Span], folds: usize, embargo: Duration) -> Result<Vec<Fold>, SplitError> {
    check_order(spans)?;
    check_count("number of folds", folds, 2, spans.len())?;
    let tests = parts(0..spans.len(), folds).into_iter().enumerate();
    tests
        .map(|(index, test)| {
            let train = train_rows(spans, std::slice::from_ref(&test), embargo);
            if train.is_empty() {
                Err(SplitError::NothingToTrainOn(index))
            } else {
                Ok(Fold { train, test: test.collect() })
            }
        })
        .collect()
}
