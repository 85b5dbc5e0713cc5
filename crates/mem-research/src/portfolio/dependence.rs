//! How closely sleeves move together, and what combining them is worth.

use std::ops::Range;

use rayon::prelude::*;

use super::timeline::Timeline;
use super::{CorrelatedPair, ReturnsOf, Sleeve};

/// Fewer returns than this always seem to move together.
const FEWEST_RETURNS: usize = 3;

/// Returns that scatter less than this do so through rounding alone.
const ROUNDING: f64 = 1e-15;

/// Pairs beyond this are worth naming.
const HIGH_CORRELATION: f64 = 0.7;

/// Correlations and diversification.
pub(super) struct Dependence {
    pub(super) assets: Vec<Vec<Option<f64>>>,
    pub(super) strategies: Vec<Vec<Option<f64>>>,
    pub(super) diversification_ratio: Option<f64>,
}

impl Dependence {
    pub(super) fn of(sleeves: &[Sleeve<'_>], timeline: &Timeline, rows: Range<usize>, average_weights: &[f64]) -> Self {
        let with_capital: Vec<usize> = (0..sleeves.len()).filter(|sleeve| average_weights[*sleeve] > 0.0).collect();
        let joint = joint_rows(timeline, &with_capital, rows.clone());
        let accounts: Vec<Vec<f64>> =
            with_capital.iter().map(|sleeve| returns(sleeves[*sleeve].equity, timeline, *sleeve, &joint)).collect();
        let weights: Vec<f64> = with_capital.iter().map(|sleeve| average_weights[*sleeve]).collect();

        // Every entry depends on its own pair alone, whatever thread computes it.
        let pairs: Vec<Vec<[Option<f64>; 2]>> = (0..sleeves.len())
            .into_par_iter()
            .map(|first| {
                (0..=first)
                    .map(|second| {
                        let joint = joint_rows(timeline, &[first, second], rows.clone());
                        let of = |columns: [&[f64]; 2]| {
                            let [one, two] = columns;
                            correlation(&returns(one, timeline, first, &joint), &returns(two, timeline, second, &joint))
                        };
                        let (one, two) = (&sleeves[first], &sleeves[second]);
                        [of([one.close, two.close]), of([one.equity, two.equity])]
                    })
                    .collect()
            })
            .collect();
        let matrix = |of: usize| {
            let entry = |i: usize, j: usize| pairs[i.max(j)][i.min(j)][of];
            (0..sleeves.len()).map(|i| (0..sleeves.len()).map(|j| entry(i, j)).collect()).collect()
        };
        Self {
            assets: matrix(0),
            strategies: matrix(1),
            diversification_ratio: diversification_ratio(&accounts, &weights),
        }
    }

    /// The pairs that move together or against each other, in the order of the sleeves.
    pub(super) fn highly_correlated(&self, sleeves: &[Sleeve<'_>]) -> Vec<CorrelatedPair> {
        let mut pairs = Vec::new();
        for (of, matrix) in [(ReturnsOf::Assets, &self.assets), (ReturnsOf::Strategies, &self.strategies)] {
            for (first, row) in matrix.iter().enumerate() {
                for (second, correlation) in row.iter().enumerate().skip(first + 1) {
                    if let Some(correlation) = correlation.filter(|value| value.abs() > HIGH_CORRELATION) {
                        let [first, second] = [first, second].map(|sleeve| sleeves[sleeve].name.clone());
                        pairs.push(CorrelatedPair { first, second, of, correlation });
                    }
                }
            }
        }
        pairs
    }
}

/// The rows at which all of `set` close a bar.
fn joint_rows(timeline: &Timeline, set: &[usize], rows: Range<usize>) -> Vec<usize> {
    rows.filter(|row| set.iter().all(|sleeve| timeline.has_bar(*sleeve, *row))).collect()
}

/// Changes of a sleeve's column between rows, as fractions; none after everything was lost.
fn returns(column: &[f64], timeline: &Timeline, sleeve: usize, rows: &[usize]) -> Vec<f64> {
    let value = |row: usize| column[timeline.bars_at(sleeve, row) - 1];
    let change = |(before, after): (f64, f64)| if before > 0.0 { after / before - 1.0 } else { 0.0 };
    rows.windows(2).map(|pair| change((value(pair[0]), value(pair[1])))).collect()
}

/// Pearson's correlation; `None` with too few values or where one does not move.
fn correlation(first: &[f64], second: &[f64]) -> Option<f64> {
    if first.len() < FEWEST_RETURNS {
        return None;
    }
    let (mean_first, mean_second) = (mean(first), mean(second));
    let [mut squares_first, mut squares_second, mut products] = [0.0; 3];
    for (a, b) in first.iter().zip(second) {
        let (a, b) = (a - mean_first, b - mean_second);
        squares_first += a * a;
        squares_second += b * b;
        products += a * b;
    }
    let least = ROUNDING * ROUNDING * (first.len() - 1) as f64;
    (squares_first > least && squares_second > least)
        // Of a column with itself this is exactly 1.
        .then(|| (products / (squares_first * squares_second).sqrt()).clamp(-1.0, 1.0))
}

/// Weighted average of the deviations over the deviation of the weighted sum.
fn diversification_ratio(returns: &[Vec<f64>], weights: &[f64]) -> Option<f64> {
    let count = returns.first().map_or(0, Vec::len);
    if count < FEWEST_RETURNS {
        return None;
    }
    let whole: Vec<f64> = (0..count)
        .map(|row| returns.iter().zip(weights).map(|(returns, weight)| weight * returns[row]).sum())
        .collect();
    let parts: f64 = returns.iter().zip(weights).map(|(returns, weight)| weight * deviation(returns)).sum();
    let whole = deviation(&whole);
    (whole > ROUNDING).then(|| parts / whole)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Sample standard deviation.
fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)).sqrt()
}
