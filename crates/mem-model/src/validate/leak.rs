//! Whether something of the future got in.
//!
//! Three questions: are rows the same when the data ends with them ([`check_features`]); does no training label reach into a test
//! ([`check_fold`]); and does a feature know its label suspiciously well ([`suspicious_features`]).

use mem_types::Timestamp;
use serde::Serialize;

use super::split::{Fold, Span};
use crate::feature::FeatureTable;
use crate::table::Table;

/// What leaked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Leak {
    /// A value that is another one when the data ends earlier.
    #[error("feature `{feature}` known at {known_at} is another one when the data ends at {cut}: it looks ahead")]
    Ahead {
        /// Which.
        feature: String,
        /// Its row.
        known_at: Timestamp,
        /// Where the data ended.
        cut: Timestamp,
    },
    /// A table cut at a time that has other columns or rows than the part of the whole one up to there.
    #[error("data cut at {cut} gives {found} rows known by then, all data {expected}, or other columns")]
    Rows {
        /// Where the data ended.
        cut: Timestamp,
        /// Rows of all data known by then.
        expected: usize,
        /// Rows of the cut data.
        found: usize,
    },
    /// A row that trains and tests.
    #[error("row {0} trains and tests")]
    Both(usize),
    /// A training row whose label's time has something in common with that of a test row's.
    #[error("the label of training row {train} reaches into that of test row {test}")]
    Overlap {
        /// The training row.
        train: usize,
        /// The test row.
        test: usize,
    },
}

/// Computes features on data cut at each of `cuts` and compares the rows known by then with those of `whole`, bit by bit.
///
/// `at` gives the features of nothing but what was known at a time.
///
/// # Errors
/// The first difference, or what `at` refuses.
pub fn check_features<E: From<Leak>>(
    whole: &FeatureTable,
    cuts: &[Timestamp],
    mut at: impl FnMut(Timestamp) -> Result<FeatureTable, E>,
) -> Result<(), E> {
    for cut in cuts {
        let part = at(*cut)?;
        let rows = whole.known_at.partition_point(|known_at| known_at <= cut);
        if part.known_at != whole.known_at[..rows] || part.table.names() != whole.table.names() {
            return Err(Leak::Rows { cut: *cut, expected: rows, found: part.known_at.len() }.into());
        }
        for (name, (whole_column, part_column)) in
            whole.table.names().iter().zip(whole.table.columns().iter().zip(part.table.columns()))
        {
            let differing = whole_column.iter().zip(part_column).position(|(a, b)| a.to_bits() != b.to_bits());
            if let Some(row) = differing {
                let (feature, known_at) = (name.clone(), whole.known_at[row]);
                return Err(Leak::Ahead { feature, known_at, cut: *cut }.into());
            }
        }
    }
    Ok(())
}

/// Whether no label of a training row has time in common with that of a test row. That one begins when the other ends is allowed.
///
/// # Errors
/// The first row that has.
pub fn check_fold(spans: &[Span], fold: &Fold) -> Result<(), Leak> {
    // In order of decisions, with the latest end so far and whose it is.
    let mut tests: Vec<usize> = fold.test.clone();
    tests.sort_by_key(|row| spans[*row].t0);
    let mut latest: Vec<usize> = Vec::with_capacity(tests.len());
    for test in &tests {
        let so_far = latest.last().copied().unwrap_or(*test);
        latest.push(if spans[*test].t1 > spans[so_far].t1 { *test } else { so_far });
    }
    for train in &fold.train {
        if fold.test.binary_search(train).is_ok() {
            return Err(Leak::Both(*train));
        }
        let span = spans[*train];
        // Of the test rows that decide before the training label is known, does the last to be known reach beyond its decision?
        let before = tests.partition_point(|test| spans[*test].t0 < span.t1);
        if before > 0 && spans[latest[before - 1]].t1 > span.t0 {
            return Err(Leak::Overlap { train: *train, test: latest[before - 1] });
        }
    }
    Ok(())
}

/// What makes a feature suspicious.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suspicion {
    /// Correlations with the label from here on are looked at. 0.1 is more than honest features of liquid markets have.
    pub correlation: f64,
    /// The share of it that must be left when the feature is taken one bar earlier.
    pub left: f64,
}

impl Default for Suspicion {
    fn default() -> Self {
        Self { correlation: 0.1, left: 0.5 }
    }
}

/// How a feature goes with the label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suspect {
    /// Which feature.
    pub feature: String,
    /// Rank correlation with the label of its own row.
    pub correlation: f64,
    /// Rank correlation of the feature of the row before with the label.
    pub earlier: f64,
    /// Rows compared.
    pub rows: usize,
}

/// Features whose rank correlation with the label is high and mostly gone when the feature of the row before is taken in their stead.
///
/// What is known of the future rarely fades within a bar; what has leaked from it does. `label` is the value of each row's label, NaN
/// where there is none. This finds only what is gross, and what it finds is for a person to look at: with labels of one bar a feature
/// that is itself short-lived and strong would be named as well.
///
/// # Panics
/// If there are not as many labels as rows.
pub fn suspicious_features(table: &Table, label: &[f64], how: Suspicion) -> Vec<Suspect> {
    assert_eq!(table.rows(), label.len(), "a label for each row");
    let suspects = table.names().iter().zip(table.columns()).filter_map(|(name, column)| {
        let known = |row: &usize| !(column[*row].is_nan() || column[*row - 1].is_nan() || label[*row].is_nan());
        let rows: Vec<usize> = (1..label.len()).filter(known).collect();
        let of = |value: &dyn Fn(usize) -> f64| ranks(rows.iter().map(|row| value(*row)).collect());
        let labels = of(&|row| label[row]);
        let correlation = correlation(&of(&|row| column[row]), &labels)?;
        let earlier = self::correlation(&of(&|row| column[row - 1]), &labels)?;
        let suspicious =
            correlation.abs() >= how.correlation && earlier * correlation.signum() <= how.left * correlation.abs();
        suspicious.then(|| Suspect { feature: name.clone(), correlation, earlier, rows: rows.len() })
    });
    suspects.collect()
}

/// The rank of each value; equal ones share the mean of theirs.
fn ranks(values: Vec<f64>) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        for row in equal {
            ranks[*row] = before as f64 + (equal.len() - 1) as f64 / 2.0;
        }
        before += equal.len();
    }
    ranks
}

/// `None` where one of the two never varies.
fn correlation(xs: &[f64], ys: &[f64]) -> Option<f64> {
    let n = xs.len() as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let (x_mean, y_mean) = (mean(xs), mean(ys));
    let sum = |of: &dyn Fn(f64, f64) -> f64| xs.iter().zip(ys).map(|(x, y)| of(x - x_mean, y - y_mean)).sum::<f64>();
    let spread = (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt();
    (spread > 0.0).then(|| sum(&|x, y| x * y) / spread)
}
