//! Walk-forward: train on the past, test on what follows, go on.

use serde::{Deserialize, Serialize};

use super::{Fold, Span, SplitError, check_count, check_order, parts};

/// How to walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WalkForward {
    /// How many tests.
    pub folds: usize,
    /// Rows before the first test.
    pub first: usize,
    /// Train on so many of the newest rows only; `None` for all of the past (expanding).
    pub window: Option<usize>,
}

/// The rows after the first ones in `folds` stretches, each tested with what was fitted on rows whose labels were known when its first
/// decision fell.
///
/// # Errors
/// Rows out of order, counts that do not fit the number of rows, or a fold without a row to train on.
pub fn walk_forward(spans: &[Span], how: WalkForward) -> Result<Vec<Fold>, SplitError> {
    check_order(spans)?;
    check_count("number of first rows", how.first, 1, spans.len())?;
    check_count("number of folds", how.folds, 1, spans.len() - how.first)?;
    check_count("window", how.window.unwrap_or(1), 1, usize::MAX)?;
    let tests = parts(how.first..spans.len(), how.folds).into_iter().enumerate();
    tests
        .map(|(index, test)| {
            let start = spans[test.start].t0;
            let known: Vec<usize> = (0..test.start).filter(|row| spans[*row].t1 <= start).collect();
            let newest = how.window.map_or(0, |window| known.len().saturating_sub(window));
            let train = known[newest..].to_vec();
            if train.is_empty() {
                Err(SplitError::NothingToTrainOn(index))
            } else {
                Ok(Fold { train, test: test.collect() })
            }
        })
        .collect()
}
