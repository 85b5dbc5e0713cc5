//! McNemar's test: which of two classifiers is right more often.

use serde::Serialize;

use crate::distribution::{fair_coin, normal_share};

/// What McNemar's test says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct McNemar {
    /// Rows that only the first got right.
    pub only_first: u64,
    /// Rows that only the second got right.
    pub only_second: u64,
    /// Chance of a difference at least as large if both were equally good, by the binomial distribution.
    pub exact: f64,
    /// `(|b - c| - 1)^2 / (b + c)` of the two counts, with Edwards' correction for continuity; 0 if both are.
    pub chi2: f64,
    /// The chance by the chi-squared distribution of one degree; good from some 25 rows on which they differ.
    pub approximate: f64,
}

/// Compares two classifiers by the rows that one got right and the other wrong (McNemar, Psychometrika 12 (2), 1947; Edwards, ibid. 13
/// (3), 1948). Rows are taken to be independent: with overlapping labels, test one row in as many as a label lasts.
///
/// # Panics
/// If the numbers of rows differ.
pub fn mcnemar(first_right: &[bool], second_right: &[bool]) -> McNemar {
    assert_eq!(first_right.len(), second_right.len(), "the same rows");
    let only = |of: bool| first_right.iter().zip(second_right).filter(|(a, b)| a != b && **a == of).count() as u64;
    let (only_first, only_second) = (only(true), only(false));
    let differing = only_first + only_second;
    let exact = fair_coin(only_first.min(only_second), differing);
    let apart = only_first.abs_diff(only_second) as f64;
    let chi2 = if differing == 0 { 0.0 } else { (apart - 1.0).powi(2) / differing as f64 };
    McNemar { only_first, only_second, exact, chi2, approximate: 2.0 * normal_share(-chi2.sqrt()) }
}
