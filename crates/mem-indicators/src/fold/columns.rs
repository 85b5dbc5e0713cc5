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
        match part {
            Part::Row(1, offset) => self.join_row::<F, 1>(fold, size, offset, first, out),
            Part::Row(2, offset) => self.join_row::<F, 2>(fold, size, offset, first, out),
            Part::Row(3, offset) => self.join_row::<F, 3>(fold, size, offset, first, out),
            Part::Row(4, offset) => self.join_row::<F, 4>(fold, size, offset, first, out),
            Part::Row(5, offset) => self.join_row::<F, 5>(fold, size, offset, first, out),
            Part::Row(6, offset) => self.join_row::<F, 6>(fold, size, offset, first, out),
            Part::Row(7, offset) => self.join_row::<F, 7>(fold, size, offset, first, out),
            Part::Twice(parts, offset) => self.join_twice(fold, size, parts, offset, first, out),
            Part::Nothing | Part::Row(..) => {}
        }
    }

    /// `PARTS` parts in a row, of which the newest ends `offset` bars back; joined as one, then two, then four.
    #[inline(always)]
    fn join_row<F: Fold<N>, const PARTS: usize>(
        self,
        fold: &F,
        size: usize,
        offset: usize,
        first: usize,
        out: [&mut [f64]; N],
    ) {
        if F::OVERLAPS {
            return;
        }
        let count = out[0].len();
        let mut parts = [self.back(first, offset, count); PARTS];
        for (index, part) in parts.iter_mut().enumerate() {
            *part = self.back(first, offset + index * size, count);
        }
        if offset == 0 {
            each(fold, parts, out, |parts, _| join_row_at(fold, size, 0, parts, [0.0; N]));
        } else {
            each(fold, parts, out, |parts, newer| join_row_at(fold, size, offset, parts, newer));
        }
    }

    #[inline(always)]
    fn join_twice<F: Fold<N>>(
        self,
        fold: &F,
        size: usize,
        parts: usize,
        offset: usize,
        first: usize,
        out: [&mut [f64]; N],
    ) {
        if !F::OVERLAPS {
            return;
        }
        let count = out[0].len();
        let back = |bars: usize| self.back(first, bars, count);
        let (n, newer) = (size as f64, offset as f64);
        match (parts, offset) {
            (1, 0) => each(fold, [back(0)], out, |[a], _| a),
            (1, _) => each(fold, [back(0), back(offset)], out, |[a, b], _| fold.join(b, a, n, newer)),
            (_, 0) => each(fold, [back(0), back(size)], out, |[a, b], _| fold.join_equal(b, a, n)),
            _ => {
                let back = [back(0), back(size), back(offset), back(offset + size)];
                each(fold, back, out, |[a, b, c, d], _| {
                    fold.join(fold.join_equal(d, c, n), fold.join_equal(b, a, n), 2.0 * n, newer)
                });
            }
        }
    }
}

/// One, two and four parts, newest first, joined to what is newer (nothing if `offset` is 0).
#[inline(always)]
fn join_row_at<F: Fold<N>, const N: usize, const PARTS: usize>(
    fold: &F,
    size: usize,
    offset: usize,
    parts: [[f64; N]; PARTS],
    newer: [f64; N],
) -> [f64; N] {
    let n = size as f64;
    let (mut joined, mut count, mut at) = (newer, offset as f64, 0);
    let mut join = |older: [f64; N], older_count: f64, first: bool| {
        joined = if first { older } else { fold.join(older, joined, older_count, count) };
        count += older_count;
    };
    if PARTS & 1 != 0 {
        join(parts[0], n, offset == 0);
        at = 1;
    }
    if PARTS & 2 != 0 {
        join(fold.join_equal(parts[at + 1], parts[at], n), 2.0 * n, offset == 0 && at == 0);
        at += 2;
    }
    if PARTS & 4 != 0 {
        let older = fold.join_equal(parts[at + 3], parts[at + 2], n);
        let newer = fold.join_equal(parts[at + 1], parts[at], n);
        join(fold.join_equal(older, newer, 2.0 * n), 4.0 * n, offset == 0 && at == 0);
    }
    joined
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
