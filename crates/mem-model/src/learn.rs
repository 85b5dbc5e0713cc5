//! What learns, and what comes of it.

use serde::{Deserialize, Serialize};

use crate::boost::{BoostError, BoostParameters};
use crate::ensemble::{EnsembleError, Stacked, Switched, Weighted};
use crate::forest::{Forest, Link};
use crate::linear::{Linear, LinearError, LogisticParameters, RidgeParameters};
use crate::network::Network;
use crate::sample::Sample;
use crate::sequence::Sequence;
use crate::table::Table;

/// Why nothing was learned.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LearnError {
    /// By trees.
    #[error(transparent)]
    Boost(#[from] BoostError),
    /// By a linear model.
    #[error(transparent)]
    Linear(#[from] LinearError),
    /// By an ensemble.
    #[error(transparent)]
    Ensemble(#[from] EnsembleError),
}

/// Something that makes a predictor out of rows. The same rows give the same predictor, to the bit.
pub trait Learn {
    /// Learns from `training`; `validation` rows only say when to stop, where there is something to stop.
    ///
    /// # Errors
    /// Parameters out of range; rows that cannot be learned from.
    fn learn(&self, training: &Sample<'_>, validation: Option<&Sample<'_>>) -> Result<Predictor, LearnError>;
}

impl Learn for BoostParameters {
    fn learn(&self, training: &Sample<'_>, validation: Option<&Sample<'_>>) -> Result<Predictor, LearnError> {
        Ok(Predictor::Forest(self.train(training, validation)?.forest))
    }
}

impl Learn for LogisticParameters {
    fn learn(&self, training: &Sample<'_>, _: Option<&Sample<'_>>) -> Result<Predictor, LearnError> {
        Ok(Predictor::Linear(self.train(training)?))
    }
}

impl Learn for RidgeParameters {
    fn learn(&self, training: &Sample<'_>, _: Option<&Sample<'_>>) -> Result<Predictor, LearnError> {
        Ok(Predictor::Linear(self.train(training)?))
    }
}

/// A row of another width than a predictor was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{found} numbers for {expected} features{}", of_rows(*.steps))]
pub struct WidthError {
    /// How many numbers were given.
    pub found: usize,
    /// How many features the predictor was made for.
    pub expected: usize,
    /// How many rows it looks at.
    pub steps: usize,
}

fn of_rows(steps: usize) -> String {
    if steps == 1 { String::new() } else { format!(" of {steps} rows") }
}

/// Everything that predicts.
///
/// What it is asked with is a row of features; the last rows, end to end, the oldest first, where it looks at several steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Predictor {
    /// Trees.
    Forest(Forest),
    /// A linear model.
    Linear(Linear),
    /// A weighted mean of predictors.
    Weighted(Weighted),
    /// A linear model over what predictors say.
    Stacked(Stacked),
    /// A predictor for each regime.
    Switched(Switched),
    /// A network that looks at the last rows.
    Sequence(Sequence),
    /// A network that was trained elsewhere.
    Network(Network),
}

impl Predictor {
    /// How many features a row has.
    pub fn features(&self) -> usize {
        match self {
            Self::Forest(forest) => forest.features(),
            Self::Linear(linear) => linear.features(),
            Self::Weighted(weighted) => weighted.members()[0].features(),
            Self::Stacked(stacked) => stacked.members()[0].features(),
            Self::Switched(switched) => switched.otherwise().features(),
            Self::Sequence(sequence) => sequence.network.shape().features,
            Self::Network(network) => network.parts().features,
        }
    }

    /// How many rows it looks at: 1, but for those that look back.
    pub fn steps(&self) -> usize {
        match self {
            Self::Sequence(sequence) => sequence.network.shape().steps,
            // Members of ensembles look at one row.
            Self::Forest(_)
            | Self::Linear(_)
            | Self::Weighted(_)
            | Self::Stacked(_)
            | Self::Switched(_)
            | Self::Network(_) => 1,
        }
    }

    /// How many numbers an answer has: the classes of a softmax, otherwise 1.
    pub fn outputs(&self) -> usize {
        match self {
            Self::Forest(forest) => forest.outputs(),
            Self::Linear(_) | Self::Stacked(_) | Self::Sequence(_) => 1,
            Self::Weighted(weighted) => weighted.members()[0].outputs(),
            Self::Switched(switched) => switched.otherwise().outputs(),
            Self::Network(network) => network.parts().outputs,
        }
    }

    /// What its answers are: values, the probability of the second of two classes, or the probabilities of classes.
    pub fn link(&self) -> Link {
        match self {
            Self::Forest(forest) => forest.parts().link,
            Self::Linear(linear) => linear.link,
            Self::Weighted(weighted) => weighted.members()[0].link(),
            Self::Stacked(stacked) => stacked.meta().link,
            Self::Switched(switched) => switched.otherwise().link(),
            Self::Sequence(_) => Link::Logistic,
            Self::Network(network) => network.parts().link,
        }
    }

    /// The answer to one row.
    ///
    /// # Errors
    /// A row of another width.
    pub fn predict_row(&self, row: &[f64]) -> Result<Vec<f64>, WidthError> {
        self.expect_width(row.len())?;
        Ok(self.answer(row))
    }

    /// The answers to every row, those to the first row first; the same bits as [`Predictor::predict_row`] gives.
    ///
    /// # Errors
    /// A table of another width.
    pub fn predict_table(&self, table: &Table) -> Result<Vec<f64>, WidthError> {
        self.expect_width(table.width())?;
        const CHECKED: &str = "the width was checked";
        match self {
            Self::Forest(forest) => Ok(forest.predict_table(table).expect(CHECKED)),
            Self::Linear(linear) => Ok(linear.predict_table(table).expect(CHECKED)),
            Self::Weighted(weighted) => weighted.answers(table),
            Self::Stacked(stacked) => stacked.answers(table),
            Self::Network(network) => Ok(network.answers(table)),
            Self::Switched(_) | Self::Sequence(_) => {
                let (mut row, mut all) = (Vec::new(), Vec::with_capacity(table.rows() * self.outputs()));
                for number in 0..table.rows() {
                    table.row(number, &mut row);
                    all.extend(self.answer(&row));
                }
                Ok(all)
            }
        }
    }

    /// The answer to a row of the right width.
    pub(crate) fn answer(&self, row: &[f64]) -> Vec<f64> {
        const CHECKED: &str = "members of a predictor have its width";
        match self {
            Self::Forest(forest) => forest.predict_row(row).expect(CHECKED),
            Self::Linear(linear) => vec![linear.predict_row(row).expect(CHECKED)],
            Self::Weighted(weighted) => weighted.answer(row),
            Self::Stacked(stacked) => vec![stacked.answer(row)],
            Self::Switched(switched) => switched.of(row).answer(row),
            Self::Sequence(sequence) => vec![sequence.answer(row)],
            Self::Network(network) => network.answer(row),
        }
    }

    /// Whether it can answer at all; what is read from a file might not.
    pub(crate) fn is_sound(&self) -> bool {
        match self {
            // A forest or a network that is not sound does not exist.
            Self::Forest(_) | Self::Network(_) => true,
            Self::Linear(linear) => linear.is_sound(),
            Self::Weighted(weighted) => weighted.is_sound(),
            Self::Stacked(stacked) => stacked.is_sound(),
            Self::Switched(switched) => switched.is_sound(),
            Self::Sequence(sequence) => sequence.is_sound(),
        }
    }

    /// Whether two may stand for each other: the same features, the same kind of answer.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let asked = self.features() == other.features() && self.steps() == other.steps();
        asked && self.outputs() == other.outputs() && self.link() == other.link()
    }

    fn expect_width(&self, found: usize) -> Result<(), WidthError> {
        let (expected, steps) = (self.features(), self.steps());
        if found == expected * steps { Ok(()) } else { Err(WidthError { found, expected, steps }) }
    }
}
