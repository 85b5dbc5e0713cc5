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
        let parts = self.row::<4>(size, 0, first, out[0].len());
        let n = size as f64;
        each(out, move |at, _| {
            let [a, b, c, d] = Self::all(&parts, fold, at);
            fold.join_equal(fold.join_equal(d, c, n), fold.join_equal(b, a, n), 2.0 * n)
        });
    }

    /// What lies at a position of each.
    #[inline(always)]
    fn all<F: Fold<N>, const M: usize>(sources: &[Self; M], fold: &F, at: usize) -> [[f64; N]; M] {
        let mut values = [[0.0; N]; M];
        for (value, source) in values.iter_mut().zip(sources) {
            *value = source.get(fold, at);
        }
        values
    }

    /// `PARTS` parts of `size` in a row, newest first, of which the newest ends `offset` bars back.
    #[inline(always)]
    fn row<const PARTS: usize>(self, size: usize, offset: usize, first: usize, count: usize) -> [Self; PARTS] {
        let mut parts = [self; PARTS];
        for (index, part) in parts.iter_mut().enumerate() {
            *part = self.back(first, offset + index * size, count);
        }
        parts
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
            Part::Nothing | Part::Row(..) | Part::Rows(..) => {}
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
        // No such parts are asked for: nothing to compile.
        if F::OVERLAPS || (PARTS > 3 && N == 1) {
            return;
        }
        let parts = self.row::<PARTS>(size, offset, first, out[0].len());
        if LEAF || offset == 0 {
            each(out, move |at, _| join_row_at(fold, size, 0, Self::all(&parts, fold, at), [0.0; N]));
        } else {
            each(out, move |at, newer| join_row_at(fold, size, offset, Self::all(&parts, fold, at), newer));
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
            (1, 0) => {
                let parts = [back(0)];
                each(out, move |at, _| Self::all(&parts, fold, at)[0]);
            }
            (1, _) => {
                let parts = [back(0), back(offset)];
                each(out, move |at, _| {
                    let [a, b] = Self::all(&parts, fold, at);
                    fold.join(b, a, n, newer)
                });
            }
            (_, 0) => {
                let parts = [back(0), back(size)];
                each(out, move |at, _| {
                    let [a, b] = Self::all(&parts, fold, at);
                    fold.join_equal(b, a, n)
                });
            }
            _ => {
                let parts = [back(0), back(size), back(offset), back(offset + size)];
                each(out, move |at, _| {
                    let [a, b, c, d] = Self::all(&parts, fold, at);
                    fold.join(fold.join_equal(d, c, n), fold.join_equal(b, a, n), 2.0 * n, newer)
                });
            }
        }
    }
}

/// The newest parts of a window in one go: so many single values, none to three, and so many fours before them, one to
/// three.
#[inline(always)]
pub(crate) fn join_rows<F: Fold<N>, const N: usize>(
    fold: &F,
    leaves: Source<'_, N, true>,
    fours: Source<'_, N, false>,
    (ones, parts): (usize, usize),
    first: usize,
    out: [&mut [f64]; N],
) {
    if F::OVERLAPS || N != 1 {
        return;
    }
    match (ones, parts) {
        (0, 1) => join_rows_of::<F, N, 0, 1>(fold, leaves, fours, first, out),
        (0, 2) => join_rows_of::<F, N, 0, 2>(fold, leaves, fours, first, out),
        (0, _) => join_rows_of::<F, N, 0, 3>(fold, leaves, fours, first, out),
        (1, 1) => join_rows_of::<F, N, 1, 1>(fold, leaves, fours, first, out),
        (1, 2) => join_rows_of::<F, N, 1, 2>(fold, leaves, fours, first, out),
        (1, _) => join_rows_of::<F, N, 1, 3>(fold, leaves, fours, first, out),
        (2, 1) => join_rows_of::<F, N, 2, 1>(fold, leaves, fours, first, out),
        (2, 2) => join_rows_of::<F, N, 2, 2>(fold, leaves, fours, first, out),
        (2, _) => join_rows_of::<F, N, 2, 3>(fold, leaves, fours, first, out),
        (_, 1) => join_rows_of::<F, N, 3, 1>(fold, leaves, fours, first, out),
        (_, 2) => join_rows_of::<F, N, 3, 2>(fold, leaves, fours, first, out),
        (..) => join_rows_of::<F, N, 3, 3>(fold, leaves, fours, first, out),
    }
}

#[inline(always)]
fn join_rows_of<F: Fold<N>, const N: usize, const ONES: usize, const FOURS: usize>(
    fold: &F,
    leaves: Source<'_, N, true>,
    fours: Source<'_, N, false>,
    first: usize,
    out: [&mut [f64]; N],
) {
    let count = out[0].len();
    let (leaves, fours) = (leaves.row::<ONES>(1, 0, first, count), fours.row::<FOURS>(4, ONES, first, count));
    each(out, move |at, _| {
        let newer = join_row_at(fold, 1, 0, Source::all(&leaves, fold, at), [0.0; N]);
        join_row_at(fold, 4, ONES, Source::all(&fours, fold, at), newer)
    });
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

/// Sets each place of `out` to what `join` makes of the place and of what it held.
#[inline(always)]
fn each<const N: usize>(out: [&mut [f64]; N], join: impl Fn(usize, [f64; N]) -> [f64; N]) {
    let mut out = out.into_iter();
    match (out.next(), out.next()) {
        (Some(a), None) => each_apart(a, &mut [], join),
        (Some(a), Some(b)) => each_apart(a, b, join),
        _ => {}
    }
}

/// [`each`], with the columns of `out` as arguments of their own: only so does the compiler know that they do not
/// overlap what `join` reads, and that it may work on several places at once. `b` is not used by folds of one number.
#[inline(always)]
fn each_apart<const N: usize>(a: &mut [f64], b: &mut [f64], join: impl Fn(usize, [f64; N]) -> [f64; N]) {
    for index in 0..a.len() {
        let mut held = [0.0; N];
        held[0] = a[index];
        if N == 2 {
            held[1] = b[index];
        }
        let joined = join(index, held);
        a[index] = joined[0];
        if N == 2 {
            b[index] = joined[1];
        }
    }
}
