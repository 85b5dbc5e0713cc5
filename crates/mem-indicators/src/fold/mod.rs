//! Windows without drift: what can be said of a window from its two parts.
//!
//! A running sum that adds the new value and subtracts the old one gathers rounding errors for ever, and depends on
//! where the series began. Here a window is folded like a tree: single values are joined to pairs, pairs to fours, and
//! so on, and a window of, say, 14 is the last 2, then the 4 before, then the 8 before those. So the value depends on
//! the window alone (a restart changes no bit), errors stay at the order of log2(n) roundings, and over a whole series
//! the levels are plain columns that the compiler turns into vector code: O(log n) operations a bar. Two levels are
//! made at a time, which saves half of the way to memory and back.

mod columns;
mod folds;
mod levels;
mod recent;

pub(crate) use folds::{Fold, Highest, Lowest, Moments, Newest, Sum, Weighted};
pub(crate) use recent::Recent;

use std::ops::Range;

use crate::fold::columns::{Source, join_rows};
use crate::fold::levels::{fours, sixteens};
use crate::wide::wide;

/// A fold over one window.
pub(crate) type Window<F, const N: usize> = Windows<F, N, 1>;

/// A fold over the last values, for `T` window lengths at once.
#[derive(Debug, Clone)]
pub(crate) struct Windows<F, const N: usize, const T: usize> {
    fold: F,
    periods: [usize; T],
    longest: usize,
    recent: Recent,
    /// Two levels of the tree over a block; written before they are read.
    levels: [[Vec<f64>; N]; 2],
}

impl<F: Fold<N>, const N: usize> Window<F, N> {
    /// A window of `period` values, at least one.
    pub(crate) fn new(fold: F, period: usize) -> Self {
        Self::of(fold, [period])
    }

    /// Takes the next value; the fold once the window is full, NaN before.
    #[inline(always)]
    pub(crate) fn push(&mut self, value: f64) -> [f64; N] {
        let [folded] = self.push_all(value);
        folded
    }
}

impl<F: Fold<N>, const N: usize, const T: usize> Windows<F, N, T> {
    /// Windows of so many values, each at least one.
    pub(crate) fn of(fold: F, periods: [usize; T]) -> Self {
        assert!(periods.iter().all(|period| *period > 0), "a window holds at least one value");
        let longest = periods.iter().copied().max().unwrap_or(1);
        let levels = [(); 2].map(|()| [(); N].map(|()| Vec::new()));
        Self { fold, periods, longest, recent: Recent::new(longest), levels }
    }

    /// Takes the next value; for each window its fold once it is full, NaN before.
    #[inline(always)]
    pub(crate) fn push_all(&mut self, value: f64) -> [[f64; N]; T] {
        self.recent.push(value);
        let recent = self.recent.as_slice();
        self.periods.map(|period| match recent.len().checked_sub(period) {
            Some(from) => fold_window(&self.fold, &recent[from..]),
            None => [f64::NAN; N],
        })
    }

    /// The length of the longest window.
    #[inline(always)]
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// The values of the longest window.
    #[inline(always)]
    pub(crate) fn recent(&self) -> &Recent {
        &self.recent
    }

    /// Takes the next values, to be written into the slice that is given, and then folded by [`Windows::fold`].
    #[inline(always)]
    pub(crate) fn take(&mut self, count: usize) -> &mut [f64] {
        self.recent.take(count)
    }

    /// The folds of the values that were just taken, as many as `out` is long; `out` has the columns of each window.
    pub(crate) fn fold(&mut self, out: [[&mut [f64]; N]; T]) {
        self.extend(None, out);
    }

    /// Takes and folds the values of `input` in `range`; `out` has the columns of each window. Ranges follow one
    /// another to the end of `input`.
    pub(crate) fn extend_range(&mut self, input: &[f64], range: Range<usize>, out: [[&mut [f64]; N]; T]) {
        // Nothing to take may also mean nothing before it: a window of one value looks back on none.
        if range.start + 1 < self.longest || range.is_empty() {
            self.take(range.len()).copy_from_slice(&input[range]);
            return self.fold(out);
        }
        // The whole history lies in `input` itself.
        self.extend(Some(&input[range.start + 1 - self.longest..range.end]), out);
        if range.end == input.len() {
            let last = &input[input.len() - self.longest..];
            self.take(last.len()).copy_from_slice(last);
        }
    }

    wide! {
        /// The folds of the last values of `values`, or of those that were taken.
        fn extend(&mut self, values: Option<&[f64]>, out: [[&mut [f64]; N]; T])
    }

    #[inline(always)]
    fn extend_plain(&mut self, values: Option<&[f64]>, mut out: [[&mut [f64]; N]; T]) {
        let count = out[0][0].len();
        let (history, values) = match values {
            Some(values) => (values.len() - count, values),
            None => self.recent.with_history(count),
        };
        let length = values.len();
        let [level, next] = &mut self.levels;
        let (mut level, mut next) = (level, next);
        for column in level.iter_mut().chain(next.iter_mut()).filter(|column| column.len() < length) {
            column.resize(length, 0.0);
        }
        for (tap, period) in out.iter_mut().zip(self.periods) {
            let undefined = (period - 1).saturating_sub(history).min(count);
            for column in tap {
                column[..undefined].fill(f64::NAN);
            }
        }

        // The columns of a level hold the folds of the last `size` values, from position `size - 1`; their position
        // `history + i` belongs to `out[i]`.
        let mut size = 1;
        loop {
            for (tap, period) in out.iter_mut().zip(self.periods) {
                let first = history.max(period - 1);
                if first < length {
                    let tap = tap.each_mut().map(|column| &mut column[first - history..]);
                    let leaves = Source::<N, true>::leaves(values);
                    let level = Source::<N, false>::level(level);
                    match Part::of::<F, N>(period, size) {
                        Part::Rows(ones, parts) => {
                            join_rows(&self.fold, leaves, level, (ones, parts), first, tap);
                        }
                        part if size == 1 => leaves.join_part(&self.fold, 1, part, first, tap),
                        part => level.join_part(&self.fold, size, part, first, tap),
                    }
                }
            }
            let first = 4 * size - 1;
            if first >= length || !Part::more::<F, N>(self.longest, size) {
                break;
            }
            let joined = next.each_mut().map(|column| &mut column[first..length]);
            let source = Source::<N, false>::level(level);
            match size {
                1 if Part::cheap_levels::<F, N>() => fours(&self.fold, values, joined[0]),
                1 => Source::<N, true>::leaves(values).join_four(&self.fold, 1, first, joined),
                4 if Part::cheap_levels::<F, N>() => sixteens(&self.fold, &level[0][3..length], joined[0]),
                _ => source.join_four(&self.fold, size, first, joined),
            }
            std::mem::swap(&mut level, &mut next);
            size *= 4;
        }
    }
}

/// What a window of some length needs of the level of `size`, in parts of `size` values.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    /// Nothing.
    Nothing,
    /// So many parts, one to seven, that end so many bars back.
    Row(usize, usize),
    /// So many single values, none to three, and so many parts of four before them, one to three.
    Rows(usize, usize),
    /// The newest one or two parts, and as many that may overlap them, so many bars back.
    Twice(usize, usize),
}

impl Part {
    #[inline(always)]
    fn of<F: Fold<N>, const N: usize>(period: usize, size: usize) -> Self {
        if F::OVERLAPS {
            let top = 1 << period.ilog2();
            let parts = top / size;
            return if parts == 1 || parts == 2 { Self::Twice(parts, period - top) } else { Self::Nothing };
        }
        if Self::cheap_levels::<F, N>() {
            // The digits of the period to the base of four say how many parts of each level it has.
            let digit = |size: usize| period / size % 4;
            return match (size, digit(size)) {
                (_, 0) => Self::Nothing,
                (1, _) if digit(4) > 0 => Self::Nothing,
                (4, parts) => Self::Rows(digit(1), parts),
                (_, parts) => Self::Row(parts, period % size),
            };
        }
        // The bits of the period that stand for one, two and four parts. Four are taken only if nothing longer
        // follows: else they are one part of the next level.
        let parts = (period / size) % 8;
        let parts = if period >= 8 * size { parts % 4 } else { parts };
        let taken_before = size > 1 && period < 2 * size;
        if parts == 0 || taken_before { Self::Nothing } else { Self::Row(parts, period % size) }
    }

    /// Whether a window needs a longer level than that of `size`.
    #[inline(always)]
    fn more<F: Fold<N>, const N: usize>(period: usize, size: usize) -> bool {
        period >= if F::OVERLAPS || Self::cheap_levels::<F, N>() { 4 * size } else { 8 * size }
    }

    /// Whether the first levels are made in registers, so that a window does better to take few parts of many levels.
    #[inline(always)]
    const fn cheap_levels<F: Fold<N>, const N: usize>() -> bool {
        N == 1 && !F::OVERLAPS
    }
}

/// The fold of one whole window: its smallest power of two first, from the newest value backwards.
#[inline(always)]
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
        [a, b] => fold.join_equal(fold.leaf(*a), fold.leaf(*b), 1.0),
        _ => {
            let (older, newer) = part.split_at(part.len() / 2);
            fold.join_equal(fold_pairs(fold, older), fold_pairs(fold, newer), older.len() as f64)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check<F: Fold<N>, const N: usize>(fold: F, periods: [usize; 2], series: &[f64], cuts: &[usize]) {
        let mut one_by_one = Windows::of(fold, periods);
        let expected: Vec<_> = series.iter().map(|value| one_by_one.push_all(*value)).collect();

        let mut many = Windows::of(fold, periods);
        let mut from = 0;
        for cut in cuts.iter().chain([&series.len()]) {
            let to = (from + cut).min(series.len());
            let mut columns = [(); 2].map(|()| [(); N].map(|()| vec![0.0; to - from]));
            let part = &series[from..to];
            for range in [0..part.len() / 3, part.len() / 3..part.len()] {
                let out = columns.each_mut().map(|tap| tap.each_mut().map(|column| &mut column[range.clone()]));
                many.extend_range(part, range, out);
            }
            for index in from..to {
                let got = columns.each_ref().map(|tap| tap.each_ref().map(|column| column[index - from].to_bits()));
                assert_eq!(got, expected[index].map(|tap| tap.map(f64::to_bits)), "{periods:?} at {index}");
            }
            from = to;
        }

        // A restart changes nothing once the window is full again.
        let restart = series.len() / 2;
        let mut again = Windows::of(fold, periods);
        for (index, value) in series.iter().enumerate().skip(restart) {
            let values = again.push_all(*value);
            for (tap, period) in periods.into_iter().enumerate() {
                if index + 1 - restart >= period {
                    assert_eq!(values[tap].map(f64::to_bits), expected[index][tap].map(f64::to_bits));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn many_at_once_equal_one_by_one_however_cut(
            series in prop::collection::vec(-1e6..1e6, 0..300usize),
            a in 1..70usize,
            b in 1..70usize,
            cuts in prop::collection::vec(0..50usize, 0..8),
        ) {
            check(Sum, [a, b], &series, &cuts);
            check(Weighted, [a, b], &series, &cuts);
            check(Moments, [a, b], &series, &cuts);
            check(Highest, [a, b], &series, &cuts);
            check(Lowest, [a, b], &series, &cuts);
            check(Newest, [a, b], &series, &cuts);
        }

        #[test]
        fn folds_are_what_they_say(values in prop::collection::vec(-100i32..100, 1..60usize)) {
            let window: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
            let n = window.len() as f64;
            let sum: f64 = window.iter().sum();
            let mean = sum / n;
            let squares: f64 = window.iter().map(|value| (value - mean).powi(2)).sum();
            let weighted: f64 = window.iter().enumerate().map(|(i, value)| (i + 1) as f64 * value).sum();
            let top = window.iter().copied().fold(f64::MIN, f64::max);
            let since = window.iter().rev().position(|value| *value == top).unwrap() as f64;

            prop_assert_eq!(fold_window(&Sum, &window), [sum]);
            prop_assert_eq!(fold_window(&Weighted, &window), [sum, weighted]);
            let [total, spread] = fold_window(&Moments, &window);
            prop_assert!(total == sum && (spread - squares).abs() <= 1e-12 * squares.max(1.0));
            prop_assert_eq!(fold_window(&Highest, &window), [top]);
            prop_assert_eq!(fold_window(&Newest, &window), [top, since]);
            let negatives: Vec<f64> = window.iter().map(|value| -value).collect();
            prop_assert_eq!(fold_window(&Lowest, &negatives), [-top]);
        }
    }

    #[test]
    fn no_values_are_taken_by_windows_of_any_length() {
        for period in 1..4 {
            check(Sum, [period, period], &[], &[0]);
            check(Sum, [period, 1], &[1.0, 2.0], &[2, 0]);
        }
    }
}
