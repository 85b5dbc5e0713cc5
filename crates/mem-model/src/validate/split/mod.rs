//! Which rows train and which test.
//!
//! A row's label speaks of the time from its decision to when it is known. A row trains beside a test only if its label's time has
//! nothing in common with that of the test's labels (purging), and if it does not follow them too soon (embargo): López de Prado, Advances
//! in Financial Machine Learning, 2018, chapters 7 and 12.

mod combinatorial;
mod k_fold;
mod purge;
mod walk_forward;

use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use combinatorial::choices;
pub use combinatorial::{Combinatorial, CombinatorialSplit, combinatorial};
pub use k_fold::purged_k_fold;
pub use walk_forward::{WalkForward, walk_forward};

use crate::label::Label;

/// The time that a row's label speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// When the decision falls: all of the row is known.
    pub t0: Timestamp,
    /// When the label is known.
    pub t1: Timestamp,
}

impl From<&Label> for Span {
    fn from(label: &Label) -> Self {
        Self { t0: label.t0, t1: label.t1 }
    }
}

/// Rows by number: those that train and those that test, each in order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fold {
    /// Rows to fit on.
    pub train: Vec<usize>,
    /// Rows to judge by.
    pub test: Vec<usize>,
}

/// Why rows cannot be split as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// A row whose decision falls before that of the row before, or whose label is known before its decision.
    #[error("row {0} is out of order in time")]
    OutOfOrder(usize),
    /// A number that makes no sense for so many rows.
    #[error("{what} {found} is not {expected}")]
    OutOfRange {
        /// Which.
        what: &'static str,
        /// What was given.
        found: usize,
        /// What is allowed.
        expected: String,
    },
    /// A fold in which no row is left to train on.
    #[error("no row is left to train on in fold {0}")]
    NothingToTrainOn(usize),
}

/// Rows are in order of their decisions.
fn check_order(spans: &[Span]) -> Result<(), SplitError> {
    let faulty = |row: &usize| {
        let span = spans[*row];
        span.t1 < span.t0 || (*row > 0 && span.t0 < spans[*row - 1].t0)
    };
    (0..spans.len()).find(faulty).map_or(Ok(()), |row| Err(SplitError::OutOfOrder(row)))
}

fn check_count(what: &'static str, found: usize, fewest: usize, most: usize) -> Result<(), SplitError> {
    if (fewest..=most).contains(&found) {
        return Ok(());
    }
    Err(SplitError::OutOfRange { what, found, expected: format!("from {fewest} to {most}") })
}

/// `rows` cut into `parts` neighbouring stretches; the first ones are longer by one if it does not come out even.
fn parts(rows: std::ops::Range<usize>, parts: usize) -> Vec<std::ops::Range<usize>> {
    let (each, over) = (rows.len() / parts, rows.len() % parts);
    let start = |part: usize| rows.start + part * each + part.min(over);
    (0..parts).map(|part| start(part)..start(part + 1)).collect()
}
