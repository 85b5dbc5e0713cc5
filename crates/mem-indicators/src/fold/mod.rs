//! Windows without drift: what can be said of a window from its two parts.
//!
//! A running sum that adds the new value and subtracts the old one gathers rounding errors for ever, and depends on
//! where the series began. Here a window is folded like a tree: single values are joined to pairs, pairs to fours, and
//! so on, and a window of, say, 14 is the last 2, then the 4 before, then the 8 before those. So the value depends on
//! the window alone (a restart changes no bit), errors stay at the order of log2(n) roundings, and over a whole series
//! the levels are plain columns that the compiler turns into vector code: O(log n) operations a bar.

mod folds;
mod recent;

pub(crate) use folds::{Fold, Highest, Lowest, Moments, Newest, Sum, Weighted};
pub(crate) use recent::Recent;

/// A fold over the last `period` values.
#[derive(Debug, Clone)]
pub(crate) struct Window<F, const N: usize> {
    fold: F,
    recent: Recent,
}

impl<F: Fold<N>, const N: usize> Window<F, N> {
    /// A window of `period` values, at least one.
    pub(crate) fn new(fold: F, period: usize) -> Self {
        assert!(period > 0, "a window holds at least one value");
        Self { fold, recent: Recent::new(period) }
    }

    /// Takes the next value; the fold once the window is full, NaN before.
    pub(crate) fn push(&mut self, value: f64) -> [f64; N] {
        self.recent.push(value);
        self.recent.full().map_or([f64::NAN; N], |window| fold_window(&self.fold, window))
    }
}

/// The fold of one whole window: its smallest power of two first, from the newest value backwards.
fn fold_window<F: Fold<N>, const N: usize>(fold: &F, window: &[f64]) -> [f64; N] {
    let mut left = window;
    let mut done: Option<([f64; N], f64)> = None;
    while !left.is_empty() {
        let size = 1 << left.len().trailing_zeros();
        let (rest, part) = left.split_at(left.len() - size);
        let older = fold_pairs(fold, part);
        done = Some(match done {
            None => (older, size as f64),
            Some((newer, count)) => (fold.join(older, newer, size as f64, count), size as f64 + count),
        });
        left = rest;
    }
    done.map_or([f64::NAN; N], |(value, _)| value)
}

/// The fold of a power of two of values, by halves.
fn fold_pairs<F: Fold<N>, const N: usize>(fold: &F, part: &[f64]) -> [f64; N] {
    match part {
        [value] => fold.leaf(*value),
        _ => {
            let (older, newer) = part.split_at(part.len() / 2);
            let half = older.len() as f64;
            fold.join(fold_pairs(fold, older), fold_pairs(fold, newer), half, half)
        }
    }
}
