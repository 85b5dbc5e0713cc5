//! What learners say of rows that they had not learned from.

use crate::calibrate::{CalibrateError, Calibrator, Isotonic, Platt};
use crate::forest::Link;
use crate::learn::{Learn, LearnError};
use crate::sample::Sample;
use crate::validate::split::Fold;

/// Log-odds of 0 and 1 are kept within these bounds.
const LOG_ODDS_MAX: f64 = 35.0;

/// Why there are no such answers.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HeldOutError {
    /// No learners, or no rows to test on.
    #[error("there is nothing to hold out")]
    Empty,
    /// A row that is not in the sample.
    #[error("fold {fold}: there is no row {row}")]
    NoRow {
        /// The fold, from 0.
        fold: usize,
        /// The row.
        row: usize,
    },
    /// A row that trains and tests in one fold.
    #[error("fold {fold}: row {row} trains and tests")]
    Both {
        /// The fold, from 0.
        fold: usize,
        /// The row.
        row: usize,
    },
    /// A row that tests in two folds.
    #[error("fold {fold}: row {row} was tested before")]
    Twice {
        /// The second fold, from 0.
        fold: usize,
        /// The row.
        row: usize,
    },
    /// Nothing was learned in a fold.
    #[error("fold {fold}: {source}")]
    Learn {
        /// The fold, from 0.
        fold: usize,
        /// Why.
        source: LearnError,
    },
}

/// Answers of some learners, each to rows that it had not learned from. Nothing else makes one, so whoever takes it cannot be given answers
/// to rows of the training.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOut {
    rows: Vec<usize>,
    targets: Vec<f64>,
    weights: Vec<f64>,
    link: Link,
    outputs: usize,
    /// For each learner, its answers row by row.
    answers: Vec<Vec<f64>>,
}

/// How a probability is calibrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calibration {
    /// By a logistic curve.
    Platt,
    /// By any curve that does not fall.
    Isotonic,
}

impl HeldOut {
    /// Lets each learner learn from the training rows of each fold, and answer to its test rows. `validation` rows, which are in no fold,
    /// only say when to stop.
    ///
    /// # Errors
    /// Folds that are none; learners that do not learn.
    pub fn new(
        learners: &[&dyn Learn],
        sample: &Sample<'_>,
        validation: Option<&Sample<'_>>,
        folds: &[Fold],
    ) -> Result<Self, HeldOutError> {
        let mut tested = vec![false; sample.table.rows()];
        let mut held_out = Self {
            rows: Vec::new(),
            targets: Vec::new(),
            weights: Vec::new(),
            link: Link::Identity,
            outputs: 1,
            answers: vec![Vec::new(); learners.len()],
        };
        for (number, fold) in folds.iter().enumerate() {
            check(number, fold, &mut tested)?;
            let (training, test) = (sample.select(&fold.train), sample.select(&fold.test));
            for (learner, answers) in learners.iter().zip(&mut held_out.answers) {
                let learned = learner.learn(&training.sample(), validation);
                let learned = learned.map_err(|source| HeldOutError::Learn { fold: number, source })?;
                (held_out.link, held_out.outputs) = (learned.link(), learned.outputs());
                answers.extend(learned.predict_table(&test.table).expect("the test rows come from the same table"));
            }
            held_out.rows.extend(&fold.test);
            held_out.targets.extend(test.target);
            held_out.weights.extend(fold.test.iter().map(|row| sample.weight(*row)));
        }
        if held_out.rows.is_empty()
            || learners.is_empty()
            || held_out.answers.iter().any(|answers| answers.len() != held_out.answers[0].len())
        {
            return Err(HeldOutError::Empty);
        }
        Ok(held_out)
    }

    /// The rows that were tested, fold by fold.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// What became of them.
    pub fn targets(&self) -> &[f64] {
        &self.targets
    }

    /// How much each counts.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// What the answers are.
    pub fn link(&self) -> Link {
        self.link
    }

    /// How many numbers an answer has.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The answers of each learner, row by row.
    pub fn answers(&self) -> &[Vec<f64>] {
        &self.answers
    }

    /// A calibrator for the probabilities of the learner of that number.
    ///
    /// # Errors
    /// Outcomes that are no classes 0 and 1, or of one kind.
    ///
    /// # Panics
    /// If there is no such learner.
    pub fn calibrator(&self, learner: usize, by: Calibration) -> Result<Calibrator, CalibrateError> {
        let scores: Vec<f64> = self.answers[learner].iter().map(|chance| log_odds(*chance)).collect();
        let weights = Some(&self.weights[..]);
        match by {
            Calibration::Platt => Platt::fit(&scores, &self.targets, weights).map(Calibrator::Platt),
            Calibration::Isotonic => Isotonic::fit(&scores, &self.targets, weights).map(Calibrator::Isotonic),
        }
    }
}

/// ln(p / (1 - p)), within bounds.
pub fn log_odds(chance: f64) -> f64 {
    (libm::log(chance) - libm::log1p(-chance)).clamp(-LOG_ODDS_MAX, LOG_ODDS_MAX)
}

fn check(number: usize, fold: &Fold, tested: &mut [bool]) -> Result<(), HeldOutError> {
    let mut trains = vec![false; tested.len()];
    for row in &fold.train {
        *trains.get_mut(*row).ok_or(HeldOutError::NoRow { fold: number, row: *row })? = true;
    }
    for row in &fold.test {
        match tested.get_mut(*row) {
            None => return Err(HeldOutError::NoRow { fold: number, row: *row }),
            Some(_) if trains[*row] => return Err(HeldOutError::Both { fold: number, row: *row }),
            Some(true) => return Err(HeldOutError::Twice { fold: number, row: *row }),
            Some(tested) => *tested = true,
        }
    }
    Ok(())
}
