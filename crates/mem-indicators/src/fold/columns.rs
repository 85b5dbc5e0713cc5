//! Folds over whole columns.

use super::{Fold, Part};

/// A level of the tree: `N` columns, or (`LEAF`) a column of single values.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a, const N: usize, const LEAF: bool> {
    columns: [&'a [f64]; N],
}

impl<'a, const N: usize> Source<'a, N, true> {
    #[inline(always)]
    pub(crate) fn leaves(values: &'a [f64]) -> Self {
        Self { columns: [values; N] }
    }
}

impl<'a, const N: usize> Source<'a, N, false> {
    #[inline(always)]
    pub(crate) fn level(columns: &'a [Vec<f64>; N]) -> Self {
        Self { columns: columns.each_ref().map(Vec::as_slice) }
    }
}

impl<const N: usize, const LEAF: bool> Source<'_, N, LEAF> {
    /// `count` values from position `first - back`.
    #[inline(always)]
    fn back(self, first: usize, back: usize, count: usize) -> Self {
        Self { columns: self.columns.map(|column| &column[first - back..][..count]) }
    }

    #[inline(always)]
    fn get<F: Fold<N>>(&self, fold: &F, index: usize) -> [f64; N] {
        if LEAF {
            return fold.leaf(self.columns[0][index]);
        }
        let mut values = [0.0; N];
        for (value, column) in values.iter_mut().zip(&self.columns) {
            *value = column[index];
        }
        values
    }

    /// The level of `4 size`, from position `first` of this one of `size`.
    #[inline(always)]
    pub(crate) fn join_four<F: Fold<N>>(self, fold: &F, size: usize, first: usize, out: [&mut [f64]; N]) {
        let count = out[0].len();
        let back = [0, 1, 2, 3].map(|parts| self.back(first, parts * size, count));
        let n = size as f64;
        each(fold, back, out, |[a, b, c, d], _| {
            fold.join_equal(fold.join_equal(d, c, n), fold.join_equal(b, a, n), 2.0 * n)
        });
    }

    /// Joins what `part` says of this level of `size` to `out`, which holds what is newer.
    #[inline(always)]
    pub(crate) fn join_part<F: Fold<N>>(self, fold: &F, size: usize, part: Part, first: usize, out: [&mut [f64]; N]) {
        let count = out[0].len();
        let back = |bars: usize| self.back(first, bars, count);
        let n = size as f64;
        match part {
            Part::Nothing => {}
            Part::One { offset: 0 } | Part::OneTwice { offset: 0 } => each(fold, [back(0)], out, |[a], _| a),
            Part::One { offset } => {
                let newer = offset as f64;
                each(fold, [back(offset)], out, |[a], out| fold.join(a, out, n, newer));
            }
            Part::Two { offset: 0 } | Part::TwoTwice { offset: 0 } => {
                each(fold, [back(0), back(size)], out, |[a, b], _| fold.join_equal(b, a, n));
            }
            Part::Two { offset } => {
                let newer = offset as f64;
                each(fold, [back(offset), back(offset + size)], out, |[a, b], out| {
                    fold.join(fold.join_equal(b, a, n), out, 2.0 * n, newer)
                });
            }
            Part::Three { offset: 0 } => {
                each(fold, [back(0), back(size), back(2 * size)], out, |[a, b, c], _| {
                    fold.join(fold.join_equal(c, b, n), a, 2.0 * n, n)
                });
            }
            Part::Three { offset } => {
                let newer = offset as f64;
                let back = [back(offset), back(offset + size), back(offset + 2 * size)];
                each(fold, back, out, |[a, b, c], out| {
                    fold.join(fold.join_equal(c, b, n), fold.join(a, out, n, newer), 2.0 * n, n + newer)
                });
            }
            Part::OneTwice { offset } => {
                let newer = offset as f64;
                each(fold, [back(0), back(offset)], out, |[a, b], _| fold.join(b, a, n, newer));
            }
            Part::TwoTwice { offset } => {
                let newer = offset as f64;
                let back = [back(0), back(size), back(offset), back(offset + size)];
                each(fold, back, out, |[a, b, c, d], _| {
                    fold.join(fold.join_equal(d, c, n), fold.join_equal(b, a, n), 2.0 * n, newer)
                });
            }
        }
    }
}

/// Sets each place of `out` to `join` of the sources there and of what it held.
#[inline(always)]
fn each<F: Fold<N>, const N: usize, const M: usize, const LEAF: bool>(
    fold: &F,
    sources: [Source<'_, N, LEAF>; M],
    out: [&mut [f64]; N],
    join: impl Fn([[f64; N]; M], [f64; N]) -> [f64; N],
) {
    let mut out = out.into_iter();
    match (out.next(), out.next()) {
        (Some(a), None) => each_apart(fold, sources, a, &mut [], join),
        (Some(a), Some(b)) => each_apart(fold, sources, a, b, join),
        _ => {}
    }
}

/// [`each`], with the columns of `out` as arguments of their own: only so does the compiler know that they do not
/// overlap the sources, and that it may work on several places at once. `b` is not used by folds of one number.
#[inline(always)]
fn each_apart<F: Fold<N>, const N: usize, const M: usize, const LEAF: bool>(
    fold: &F,
    sources: [Source<'_, N, LEAF>; M],
    a: &mut [f64],
    b: &mut [f64],
    join: impl Fn([[f64; N]; M], [f64; N]) -> [f64; N],
) {
    let count = a.len();
    for index in 0..count {
        let mut held = [0.0; N];
        held[0] = a[index];
        if N == 2 {
            held[1] = b[index];
        }
        let mut values = [[0.0; N]; M];
        for (value, source) in values.iter_mut().zip(&sources) {
            *value = source.get(fold, index);
        }
        let joined = join(values, held);
        a[index] = joined[0];
        if N == 2 {
            b[index] = joined[1];
        }
    }
}
