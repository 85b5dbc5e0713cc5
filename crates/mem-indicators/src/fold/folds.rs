//! What is folded: sums, weighted sums, moments, extremes.

/// How to say something of a window from its two parts.
pub(crate) trait Fold<const N: usize>: Copy {
    /// Of a single value.
    fn leaf(&self, value: f64) -> [f64; N];

    /// Of `older` and `newer` together, which hold so many values.
    fn join(&self, older: [f64; N], newer: [f64; N], older_count: f64, newer_count: f64) -> [f64; N];

    /// [`Fold::join`] of equally many.
    #[inline(always)]
    fn join_equal(&self, older: [f64; N], newer: [f64; N], count: f64) -> [f64; N] {
        self.join(older, newer, count, count)
    }

    /// Whether parts may overlap: then two of the longest power of two cover any window.
    const OVERLAPS: bool = false;
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

    #[inline(always)]
    fn join_equal(&self, older: [f64; 2], newer: [f64; 2], count: f64) -> [f64; 2] {
        let apart = newer[0] - older[0];
        [older[0] + newer[0], (older[1] + newer[1]) + (apart * apart) * (0.5 / count)]
    }
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

    const OVERLAPS: bool = true;
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

    const OVERLAPS: bool = true;
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

    const OVERLAPS: bool = true;
}
