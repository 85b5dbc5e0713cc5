//! How closely sleeves move together, and what combining them is worth.

use std::ops::Range;

use rayon::prelude::*;

use super::moments::Centred;
use super::timeline::Timeline;
use super::{CorrelatedPair, ReturnsOf, Sleeve};

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

        let all: Vec<usize> = (0..sleeves.len()).collect();
        let columns = |sleeve: usize, joint: &[usize]| {
            let of = |column: &[f64]| Centred::of(returns(column, timeline, sleeve, joint));
            [of(sleeves[sleeve].close), of(sleeves[sleeve].equity)]
        };
        let joint = joint_rows(timeline, &all, rows.clone());
        let has_more = |sleeve: &usize| joint_rows(timeline, &[*sleeve], rows.clone()).len() > joint.len();
        // Where all have the same bars the columns need not be made anew for every pair.
        let shared: Option<Vec<[Centred; 2]>> =
            (!all.iter().any(has_more)).then(|| all.iter().map(|sleeve| columns(*sleeve, &joint)).collect());
        let pair = |first: usize, second: usize| {
            if let Some(shared) = &shared {
                return [0, 1].map(|of| shared[first][of].correlation(&shared[second][of]));
            }
            let joint = joint_rows(timeline, &[first, second], rows.clone());
            let (first, second) = (columns(first, &joint), columns(second, &joint));
            [0, 1].map(|of| first[of].correlation(&second[of]))
        };
        // Every entry depends on its own pair alone, whatever thread computes it.
        let pairs: Vec<Vec<[Option<f64>; 2]>> =
            (0..sleeves.len()).into_par_iter().map(|i| (0..=i).map(|j| pair(i, j)).collect()).collect();
        let matrix = |of: usize| {
            let entry = |i: usize, j: usize| pairs[i.max(j)][i.min(j)][of];
            (0..sleeves.len()).map(|i| (0..sleeves.len()).map(|j| entry(i, j)).collect()).collect()
        };
        Self {
            assets: matrix(0),
            strategies: matrix(1),
            diversification_ratio: diversification_ratio(accounts, &weights),
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

/// Weighted average of the deviations over the deviation of the weighted sum.
fn diversification_ratio(returns: Vec<Vec<f64>>, weights: &[f64]) -> Option<f64> {
    let count = returns.first().map_or(0, Vec::len);
    let weighted = |row: usize| returns.iter().zip(weights).map(|(returns, weight)| weight * returns[row]).sum();
    let whole = Centred::of((0..count).map(weighted).collect()).deviation()?;
    let parts = returns.into_iter().zip(weights);
    // Returns that do not scatter add nothing.
    let parts: f64 = parts.map(|(returns, weight)| weight * Centred::of(returns).deviation().unwrap_or(0.0)).sum();
    Some(parts / whole)
}
