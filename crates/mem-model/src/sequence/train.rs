//! How a sequence model is trained, and from what.

use serde::{Deserialize, Serialize};

use super::Sequence;
use super::network::{Cell, Shape};
use crate::sample::{Sample, SampleError};
use crate::table::Table;

/// Why nothing was learned.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SequenceError {
    /// The feature `deep` was left out of this program.
    #[error("this build lacks `deep`: sequence models are trained by one that was built with `--features deep`")]
    Lacks,
    /// A setting out of range.
    #[error("{name} is {value}; {wanted}")]
    Parameter {
        /// Which.
        name: &'static str,
        /// What it is.
        value: f64,
        /// What it ought to be.
        wanted: &'static str,
    },
    /// Rows that cannot be learned from.
    #[error("training rows: {0}")]
    Sample(#[from] SampleError),
    /// A window that begins before its series, or ends after it.
    #[error("row {row} of series {series} does not end a window of {steps} rows")]
    Window {
        /// The series, from 0.
        series: usize,
        /// The row, from 0.
        row: usize,
        /// Rows of a window.
        steps: usize,
    },
    /// All rows are of one class.
    #[error("all training rows that count are of one class")]
    OneClass,
    /// Weights that are no numbers any more.
    #[error(
        "the training has not come to an end: weights have grown beyond all numbers; a smaller learning rate helps"
    )]
    Diverged,
    /// The library that computes gradients has refused.
    #[error("gradients: {0}")]
    Gradients(String),
}

/// How to learn the probability of the second of two classes from the last rows of a series: by stochastic gradients (AdamW; Loshchilov and
/// Hutter 2019) of the logarithmic loss.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SequenceParameters {
    /// What looks at the rows.
    pub cell: Cell,
    /// Rows that it looks at, 2 to 512.
    pub steps: usize,
    /// Numbers that it keeps of each, 1 to 512.
    pub hidden: usize,
    /// Layers, 1 to 8.
    pub layers: usize,
    /// Parts that attend on their own (transformer), 1 to 16; divides `hidden`.
    pub heads: usize,
    /// Times that every training row is seen, at most, 1 to 10,000.
    pub epochs: usize,
    /// Times without improvement on the validation rows after which it ends, from 1; the best time is kept.
    pub patience: usize,
    /// Rows of a step, from 1.
    pub batch: usize,
    /// Length of a step, above 0, at most 1.
    pub learning_rate: f64,
    /// Share of each weight, times the length of a step, that is taken off at each; from 0, below 1.
    pub weight_decay: f64,
    /// The norm that gradients are cut down to, above 0.
    pub clip: f64,
    /// Where randomness begins.
    pub seed: u64,
}

impl Default for SequenceParameters {
    fn default() -> Self {
        Self {
            cell: Cell::Lstm,
            steps: 32,
            hidden: 32,
            layers: 1,
            heads: 4,
            epochs: 20,
            patience: 3,
            batch: 256,
            learning_rate: 0.001,
            weight_decay: 0.01,
            clip: 1.0,
            seed: 0,
        }
    }
}

impl SequenceParameters {
    /// Whether a network can be trained so, by this program.
    ///
    /// # Errors
    /// The first setting that is out of range; a program without `deep`.
    pub fn check(&self) -> Result<(), SequenceError> {
        let among = |name, value: usize, range: std::ops::RangeInclusive<usize>, wanted| {
            if range.contains(&value) {
                return Ok(());
            }
            Err(SequenceError::Parameter { name, value: value as f64, wanted })
        };
        among("steps", self.steps, 2..=512, "2 to 512")?;
        among("hidden", self.hidden, 1..=512, "1 to 512")?;
        among("layers", self.layers, 1..=8, "1 to 8")?;
        among("heads", self.heads, 1..=16, "1 to 16")?;
        among("epochs", self.epochs, 1..=10_000, "1 to 10,000")?;
        among("patience", self.patience, 1..=10_000, "1 to 10,000")?;
        among("batch", self.batch, 1..=1 << 20, "1 to 1,048,576")?;
        let bounds = [
            (
                "learning_rate",
                self.learning_rate,
                self.learning_rate > 0.0 && self.learning_rate <= 1.0,
                "above 0, at most 1",
            ),
            ("weight_decay", self.weight_decay, (0.0..1.0).contains(&self.weight_decay), "from 0, below 1"),
            ("clip", self.clip, self.clip > 0.0 && self.clip.is_finite(), "a finite number above 0"),
        ];
        for (name, value, sound, wanted) in bounds {
            if !sound {
                return Err(SequenceError::Parameter { name, value, wanted });
            }
        }
        if self.cell == Cell::Transformer && !self.hidden.is_multiple_of(self.heads) {
            return Err(SequenceError::Parameter {
                name: "hidden",
                value: self.hidden as f64,
                wanted: "a multiple of the heads",
            });
        }
        if cfg!(feature = "deep") { Ok(()) } else { Err(SequenceError::Lacks) }
    }

    /// The network that is trained, over so many features. Without attention there is a single head.
    pub fn shape(&self, features: usize) -> Shape {
        let heads = if self.cell == Cell::Transformer { self.heads } else { 1 };
        Shape { cell: self.cell, features, steps: self.steps, hidden: self.hidden, layers: self.layers, heads }
    }

    /// Learns from `training`; `validation` says when to stop. Means and deviations are those of the rows that training windows end with.
    ///
    /// # Errors
    /// Settings out of range, rows that cannot be learned from, a program without `deep`.
    pub fn train(
        &self,
        training: &Sequences<'_>,
        validation: Option<&Sequences<'_>>,
    ) -> Result<Sequence, SequenceError> {
        self.check()?;
        training.check(self.steps)?;
        validation.map_or(Ok(()), |validation| validation.check(self.steps))?;
        #[cfg(feature = "deep")]
        return super::deep::train(self, training, validation);
        #[cfg(not(feature = "deep"))]
        Err(SequenceError::Lacks)
    }
}

/// Borrowed windows to learn from.
#[derive(Debug, Clone, Copy)]
pub struct Sequences<'a> {
    /// Rows of each series, in order of time, with the same features.
    pub series: &'a [Table],
    /// The newest row of each window: of which series, and which of its rows.
    pub ends: &'a [(usize, usize)],
    /// What came after each window: 0 or 1.
    pub target: &'a [f64],
    /// How much each counts; all the same if none are given. Not negative.
    pub weights: Option<&'a [f64]>,
}

impl Sequences<'_> {
    /// The rows that windows end with.
    pub fn newest(&self) -> Table {
        let Some(first) = self.series.first() else { return Table::default() };
        let column = |column: usize| {
            self.ends.iter().map(|(series, row)| self.series[*series].columns()[column][*row]).collect()
        };
        Table::new(first.names().to_vec(), (0..first.width()).map(column).collect())
            .expect("names are those of a table")
    }

    pub(super) fn check(&self, steps: usize) -> Result<(), SequenceError> {
        for (series, row) in self.ends.iter().copied() {
            let fits = self.series.get(series).is_some_and(|table| row < table.rows() && row + 1 >= steps);
            if !fits {
                return Err(SequenceError::Window { series, row, steps });
            }
        }
        if self.series.iter().any(|table| table.names() != self.series[0].names()) {
            return Err(SampleError::Empty("series with different features").into());
        }
        let newest = self.newest();
        let sample = Sample { table: &newest, target: self.target, weights: self.weights };
        sample.check()?;
        sample.check_classes(2)?;
        let counted =
            |class: f64| (0..self.target.len()).any(|row| self.target[row] == class && sample.weight(row) > 0.0);
        if counted(0.0) && counted(1.0) { Ok(()) } else { Err(SequenceError::OneClass) }
    }
}
