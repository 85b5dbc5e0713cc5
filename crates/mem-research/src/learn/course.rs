//! Training again and again as time goes on, and predicting what came next each time.

use std::sync::atomic::{AtomicBool, Ordering};

use mem_model::validate::leak::check_fold;
use mem_model::validate::metric::roc_auc;
use mem_model::validate::split::{WalkForward, walk_forward};
use mem_types::Timestamp;
use serde::Serialize;

use super::fit::fit;
use super::rows::Rows;
use super::{LearnConfig, Learning};
use crate::error::ResearchError;

/// One test of the walk.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoldScore {
    /// When its first row was decided.
    pub from: Timestamp,
    /// When its last row was.
    pub to: Timestamp,
    /// Rows that trained.
    pub trained: usize,
    /// Rows that tested.
    pub tested: usize,
    /// Area under the ROC curve; `None` where all tests had the same truth.
    pub roc_auc: Option<f64>,
    /// Mean logarithmic loss.
    pub log_loss: f64,
    /// That of saying the share of the training rows each time.
    pub log_loss_of_share: f64,
}

/// What was predicted out of sample.
#[derive(Debug)]
pub(super) struct Tests {
    pub(super) folds: Vec<FoldScore>,
    /// Rows by number, in order.
    pub(super) rows: Vec<usize>,
    /// What was said of each.
    pub(super) said: Vec<f64>,
    /// What knowing only the share of the training rows says.
    pub(super) share: Vec<f64>,
}

/// Walks over the rows before `until`.
///
/// # Errors
/// If rows cannot be split or learned from, or `stop` was set.
pub(super) fn walk(
    config: &LearnConfig,
    (rows, until): (&Rows, usize),
    tell: &(dyn Fn(Learning) + Sync),
    stop: &AtomicBool,
) -> Result<Tests, ResearchError> {
    let first = ((until as f64 * config.first) as usize).max(1);
    let how = WalkForward { folds: config.folds, first, window: config.window };
    let folds = walk_forward(&rows.spans[..until], how).map_err(|error| ResearchError::Model(error.to_string()))?;
    let total = folds.len() + 1;
    let mut tests = Tests { folds: Vec::new(), rows: Vec::new(), said: Vec::new(), share: Vec::new() };
    for (done, fold) in folds.iter().enumerate() {
        tell(Learning { done, total });
        if stop.load(Ordering::Relaxed) {
            return Err(ResearchError::Stopped);
        }
        // Said of every walk that is made, not only of those in tests.
        check_fold(&rows.spans[..until], fold).map_err(|leak| ResearchError::Model(leak.to_string()))?;
        let said = rows.ask(&fit(config, rows, &fold.train, false)?, &fold.test)?;
        let share = fold.train.iter().map(|row| rows.target[*row]).sum::<f64>() / fold.train.len() as f64;
        let truth: Vec<bool> = fold.test.iter().map(|row| rows.target[*row] > 0.5).collect();
        let mean = |loss: &dyn Fn(usize) -> f64| (0..truth.len()).map(loss).sum::<f64>() / truth.len() as f64;
        tests.folds.push(FoldScore {
            from: rows.spans[fold.test[0]].t0,
            to: rows.spans[fold.test[fold.test.len() - 1]].t0,
            trained: fold.train.len(),
            tested: fold.test.len(),
            roc_auc: roc_auc(&truth, &said),
            log_loss: mean(&|row| loss(said[row], truth[row])),
            log_loss_of_share: mean(&|row| loss(share, truth[row])),
        });
        tests.share.extend(std::iter::repeat_n(share, said.len()));
        tests.said.extend(said);
        tests.rows.extend(&fold.test);
    }
    Ok(tests)
}

/// Logarithmic loss of one prediction.
pub(super) fn loss(said: f64, truth: bool) -> f64 {
    let chance = if truth { said } else { 1.0 - said };
    -chance.max(1e-15).ln()
}
