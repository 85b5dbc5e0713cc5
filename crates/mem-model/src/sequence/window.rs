//! Rows as they come, and where so many of them follow each other that a model may look at them.

use mem_types::{Timeframe, Timestamp};

/// Counts rows that follow each other: each known when the next bar opens, none before the features are warmed up.
#[derive(Debug, Clone)]
pub struct Run {
    timeframe: Timeframe,
    /// Rows that are still to be left out.
    cold: usize,
    last: Option<Timestamp>,
    length: usize,
}

impl Run {
    /// Before the first of rows of bars that last a `timeframe`; the first `warmup` of them are not whole and count for nothing.
    pub fn new(timeframe: Timeframe, warmup: usize) -> Self {
        Self { timeframe, cold: warmup, last: None, length: 0 }
    }

    /// Takes the next row, known at `at`, and says how many rows, this one included, follow each other up to it.
    pub fn push(&mut self, at: Timestamp) -> usize {
        let follows = self.last.is_some_and(|last| self.timeframe.close_of(last) == at);
        self.last = Some(at);
        if self.cold > 0 {
            self.cold -= 1;
            return 0;
        }
        self.length = if follows { self.length + 1 } else { 1 };
        self.length
    }
}

/// The newest rows of a series, for models that look at several.
#[derive(Debug, Clone)]
pub struct Window {
    run: Run,
    /// How many rows follow each other up to the newest.
    length: usize,
    /// The most rows that are asked for.
    steps: usize,
    width: usize,
    /// Rows end to end, oldest first.
    rows: Vec<f64>,
}

impl Window {
    /// Room for `steps` rows of `width` features, counted by `run`.
    pub fn new(run: Run, steps: usize, width: usize) -> Self {
        Self { run, length: 0, steps: steps.max(1), width, rows: Vec::new() }
    }

    /// The most rows that can be asked for.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Takes the next row, known at `at`.
    pub fn push(&mut self, at: Timestamp, row: &[f64]) {
        self.length = self.run.push(at);
        // Old rows leave many at a time: moving what stays costs less than a row a row.
        if self.rows.len() >= 2 * self.steps * self.width {
            self.rows.drain(..self.rows.len() - (self.steps - 1) * self.width);
        }
        self.rows.extend_from_slice(row);
    }

    /// The last `steps` rows, end to end, oldest first; `None` where not so many follow each other. A single row is the newest, warmed up or not.
    pub fn last(&self, steps: usize) -> Option<&[f64]> {
        if steps > 1 && self.length < steps {
            return None;
        }
        self.rows.len().checked_sub(steps * self.width).map(|from| &self.rows[from..])
    }
}
