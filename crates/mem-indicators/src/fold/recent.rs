//! The last values of a series, in one piece.

/// Keeps the last `keep` values as one slice, oldest first.
#[derive(Debug, Clone)]
pub(crate) struct Recent {
    keep: usize,
    values: Vec<f64>,
}

impl Recent {
    /// Room for `keep` values.
    pub(crate) fn new(keep: usize) -> Self {
        Self { keep, values: Vec::new() }
    }

    /// The last values, oldest first: `keep` of them, or all there were if fewer.
    #[inline(always)]
    pub(crate) fn as_slice(&self) -> &[f64] {
        &self.values[self.values.len().saturating_sub(self.keep)..]
    }

    /// All `keep` values once there are so many.
    #[inline(always)]
    pub(crate) fn full(&self) -> Option<&[f64]> {
        let values = self.as_slice();
        (values.len() == self.keep).then_some(values)
    }

    /// Takes the next value.
    #[inline(always)]
    pub(crate) fn push(&mut self, value: f64) {
        // Old values are dropped in bulk: one move of `keep` values for every `keep` or more pushes.
        if self.values.len() >= 2 * self.keep + 32 {
            self.values.drain(..self.values.len() - self.keep);
        }
        self.values.push(value);
    }

    /// Takes the next values. Gives them behind the last `keep - 1` before them (or as many as there were), and how
    /// many of those there are.
    #[inline(always)]
    pub(crate) fn append(&mut self, values: &[f64]) -> (usize, &[f64]) {
        let surplus = self.values.len().saturating_sub(self.keep - 1);
        self.values.drain(..surplus);
        let history = self.values.len();
        self.values.extend_from_slice(values);
        (history, &self.values)
    }
}
