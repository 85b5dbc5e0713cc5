//! The last values of a series, in one piece.

/// Keeps the last `keep` values as one slice, oldest first.
#[derive(Debug, Clone)]
pub(crate) struct Recent {
    keep: usize,
    /// Room; values lie in `..end`.
    room: Vec<f64>,
    end: usize,
}

impl Recent {
    /// Room for `keep` values, at least one.
    pub(crate) fn new(keep: usize) -> Self {
        Self { keep, room: Vec::new(), end: 0 }
    }

    /// The last values, oldest first: `keep` of them, or all there were if fewer.
    #[inline(always)]
    pub(crate) fn as_slice(&self) -> &[f64] {
        &self.room[self.end.saturating_sub(self.keep)..self.end]
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
        if self.end == self.room.len() {
            // Old values are dropped in bulk: one move for every `keep` or more pushes.
            let free = self.keep + 32;
            self.make_room(free);
        }
        self.room[self.end] = value;
        self.end += 1;
    }

    /// Takes `count` values, to be written into the slice that is given.
    #[inline(always)]
    pub(crate) fn take(&mut self, count: usize) -> &mut [f64] {
        self.make_room(count);
        let from = self.end;
        self.end += count;
        &mut self.room[from..self.end]
    }

    /// The last `count` values behind as many before them as there are, at most `keep - 1`; and how many those are.
    #[inline(always)]
    pub(crate) fn with_history(&self, count: usize) -> (usize, &[f64]) {
        let history = (self.end - count).min(self.keep - 1);
        (history, &self.room[self.end - count - history..self.end])
    }

    /// Moves what is kept to the front, so that `count` more values find room.
    #[inline(always)]
    fn make_room(&mut self, count: usize) {
        let kept = self.end.min(self.keep);
        self.room.copy_within(self.end - kept..self.end, 0);
        self.end = kept;
        if self.room.len() < kept + count {
            self.room.resize(kept + count, 0.0);
        }
    }
}
