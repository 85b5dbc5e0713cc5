//! What is folded: sums, weighted sums, moments, extremes.

use super::Part;

/// How to say something of a window from its two parts.
pub(crate) trait Fold<const N: usize>: Copy {
    /// Of a single value.
    fn leaf(&self, value: f64) -> [f64; N];

    /// Of `older` and `newer` together, which hold so many values.
    fn join(&self, older: [f64; N], newer: [f64; N], older_count: f64, newer_count: f64) -> [f64; N];

    /// Which part of a window of `period` the level of `size` gives: one for each power of two in `period`.
    #[inline(always)]
    fn part(period: usize, size: usize) -> Part {
        match period & (size - 1) {
            _ if period & size == 0 => Part::None,
            0 => Part::Newest,
            offset => Part::Older(offset),
        }
    }

    /// [`Fold::leaf`] of a column.
    fn leaves(&self, values: &[f64], out: [&mut [f64]; N]);

    /// [`Fold::join`] of two columns of single values.
    fn join_leaves(&self, older: &[f64], newer: &[f64], out: [&mut [f64]; N]);

    /// [`Fold::join`] of columns.
    fn join_columns(
        &self,
        older: [&[f64]; N],
        newer: [&[f64]; N],
        out: [&mut [f64]; N],
        older_count: f64,
        newer_count: f64,
    );

    /// [`Fold::join`] of columns, where `out` holds the newer part.
    fn join_onto(&self, older: [&[f64]; N], out: [&mut [f64]; N], older_count: f64, newer_count: f64);
}

/// The column forms of a fold of one number.
macro_rules! one_column {
    () => {
        #[inline(always)]
        fn leaves(&self, values: &[f64], [out]: [&mut [f64]; 1]) {
            for (out, value) in out.iter_mut().zip(values) {
                [*out] = self.leaf(*value);
            }
        }

        #[inline(always)]
        fn join_leaves(&self, older: &[f64], newer: &[f64], out: [&mut [f64]; 1]) {
            self.join_columns([older], [newer], out, 1.0, 1.0);
        }

        #[inline(always)]
        fn join_columns(&self, [older]: [&[f64]; 1], [newer]: [&[f64]; 1], [out]: [&mut [f64]; 1], m: f64, n: f64) {
            for ((out, older), newer) in out.iter_mut().zip(older).zip(newer) {
                [*out] = self.join([*older], [*newer], m, n);
            }
        }

        #[inline(always)]
        fn join_onto(&self, [older]: [&[f64]; 1], [out]: [&mut [f64]; 1], m: f64, n: f64) {
            for (out, older) in out.iter_mut().zip(older) {
                [*out] = self.join([*older], [*out], m, n);
            }
        }
    };
}

/// The column forms of a fold of two numbers.
macro_rules! two_columns {
    () => {
        #[inline(always)]
        fn leaves(&self, values: &[f64], [out_a, out_b]: [&mut [f64]; 2]) {
            for ((out_a, out_b), value) in out_a.iter_mut().zip(out_b).zip(values) {
                [*out_a, *out_b] = self.leaf(*value);
            }
        }

        #[inline(always)]
        fn join_leaves(&self, older: &[f64], newer: &[f64], [out_a, out_b]: [&mut [f64]; 2]) {
            for (((out_a, out_b), older), newer) in out_a.iter_mut().zip(out_b).zip(older).zip(newer) {
                [*out_a, *out_b] = self.join(self.leaf(*older), self.leaf(*newer), 1.0, 1.0);
            }
        }

        #[inline(always)]
        fn join_columns(
            &self,
            older: [&[f64]; 2],
            newer: [&[f64]; 2],
            [out_a, out_b]: [&mut [f64]; 2],
            m: f64,
            n: f64,
        ) {
            let older = older[0].iter().zip(older[1]);
            let newer = newer[0].iter().zip(newer[1]);
            for (((out_a, out_b), older), newer) in out_a.iter_mut().zip(out_b).zip(older).zip(newer) {
                [*out_a, *out_b] = self.join([*older.0, *older.1], [*newer.0, *newer.1], m, n);
            }
        }

        #[inline(always)]
        fn join_onto(&self, older: [&[f64]; 2], [out_a, out_b]: [&mut [f64]; 2], m: f64, n: f64) {
            for (((out_a, out_b), a), b) in out_a.iter_mut().zip(out_b).zip(older[0]).zip(older[1]) {
                [*out_a, *out_b] = self.join([*a, *b], [*out_a, *out_b], m, n);
            }
        }
    };
}

/// For folds that do not mind if their parts overlap: two of the longest power of two cover any window.
macro_rules! overlapping {
    () => {
        #[inline(always)]
        fn part(period: usize, size: usize) -> Part {
            match period.checked_sub(size) {
                Some(0) => Part::Newest,
                Some(offset) if offset < size => Part::Both(offset),
                _ => Part::None,
            }
        }
    };
}

/// The sum.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sum;

impl Fold<1> for Sum {
    #[inline(always)]
    fn leaf(&self, value: f64) -> [f64; 1] {
        [value]
    }

    #[inline(always)]
    fn join(&self, [older]: [f64; 1], [newer]: [f64; 1], _: f64, _: f64) -> [f64; 1] {
        [older + newer]
    }

    one_column!();
}

/// The sum, and the sum with weights 1, 2, ... n from the oldest value to the newest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weighted;

impl Fold<2> for Weighted {
    #[inline(always)]
    fn leaf(&self, value: f64) -> [f64; 2] {
        [value, value]
    }

    #[inline(always)]
    fn join(&self, older: [f64; 2], newer: [f64; 2], older_count: f64, _: f64) -> [f64; 2] {
        // Newer values weigh more by as many as there are older ones.
        [older[0] + newer[0], (older[1] + newer[1]) + older_count * newer[0]]
    }

    two_columns!();
}

/// The sum, and the sum of squared distances from the mean, by the pairwise formula of Chan, Golub and LeVeque (1979):
/// nothing is subtracted from anything of its own size but sums of neighbours, so nothing cancels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moments;

impl Fold<2> for Moments {
    #[inline(always)]
    fn leaf(&self, value: f64) -> [f64; 2] {
        [value, 0.0]
    }

    #[inline(always)]
    fn join(&self, older: [f64; 2], newer: [f64; 2], older_count: f64, newer_count: f64) -> [f64; 2] {
        let apart = older_count * newer[0] - newer_count * older[0];
        let share = 1.0 / (older_count * newer_count * (older_count + newer_count));
        [older[0] + newer[0], (older[1] + newer[1]) + (apart * apart) * share]
    }

    two_columns!();
}

/// The largest value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Highest;

impl Fold<1> for Highest {
    #[inline(always)]
    fn leaf(&self, value: f64) -> [f64; 1] {
        [value]
    }

    #[inline(always)]
    fn join(&self, [older]: [f64; 1], [newer]: [f64; 1], _: f64, _: f64) -> [f64; 1] {
        [if older > newer { older } else { newer }]
    }

    one_column!();
    overlapping!();
}

/// The smallest value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lowest;

impl Fold<1> for Lowest {
    #[inline(always)]
    fn leaf(&self, value: f64) -> [f64; 1] {
        [value]
    }

    #[inline(always)]
    fn join(&self, [older]: [f64; 1], [newer]: [f64; 1], _: f64, _: f64) -> [f64; 1] {
        [if older < newer { older } else { newer }]
    }

    one_column!();
    overlapping!();
}

/// The largest value and how many bars ago it was; of equal ones the newest. For the smallest, feed negatives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Newest;

impl Fold<2> for Newest {
    #[inline(always)]
    fn leaf(&self, value: f64) -> [f64; 2] {
        [value, 0.0]
    }

    #[inline(always)]
    fn join(&self, older: [f64; 2], newer: [f64; 2], _: f64, newer_count: f64) -> [f64; 2] {
        let take_older = older[0] > newer[0];
        let age = older[1] + newer_count;
        [if take_older { older[0] } else { newer[0] }, if take_older { age } else { newer[1] }]
    }

    two_columns!();
    overlapping!();
}
