//! A predictor for each regime.
//!
//! The regime is a feature of the row, known when the row is; its whole numbers are the regimes.

use serde::{Deserialize, Serialize};

use super::EnsembleError;
use crate::learn::{Learn, LearnError, Predictor};
use crate::sample::Sample;

/// Predictors by regime, and one for all other rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switched {
    feature: usize,
    regimes: Vec<(f64, Predictor)>,
    otherwise: Box<Predictor>,
}

impl Switched {
    /// Learns from the rows of each regime that has at least `rows` of them, and from all rows for the others. A regime whose rows cannot be
    /// learned from (all of one class, say) is left to the predictor for all.
    ///
    /// # Errors
    /// A feature that does not exist or holds no regime; rows that cannot be learned from at all.
    pub fn learn(learner: &dyn Learn, sample: &Sample<'_>, feature: usize, rows: usize) -> Result<Self, EnsembleError> {
        let column = sample.table.columns().get(feature).ok_or(EnsembleError::Regime(feature))?;
        let mut names: Vec<f64> = column.iter().copied().filter(|value| value.is_finite()).collect();
        names.sort_by(f64::total_cmp);
        names.dedup();
        if names.is_empty() {
            return Err(EnsembleError::Regime(feature));
        }
        let otherwise = Box::new(learner.learn(sample, None)?);
        let mut regimes = Vec::new();
        for name in names {
            let of: Vec<usize> = (0..column.len()).filter(|row| column[*row] == name).collect();
            if of.len() < rows.max(1) {
                continue;
            }
            if let Ok(predictor) = part(learner, sample, &of) {
                regimes.push((name, predictor));
            }
        }
        let switched = Self { feature, regimes, otherwise };
        if switched.is_sound() { Ok(switched) } else { Err(EnsembleError::Members) }
    }

    /// The regimes that have a predictor of their own.
    pub fn regimes(&self) -> impl Iterator<Item = f64> {
        self.regimes.iter().map(|(regime, _)| *regime)
    }

    /// The predictor for all other rows.
    pub fn otherwise(&self) -> &Predictor {
        &self.otherwise
    }

    /// The predictor that answers to a row.
    pub(crate) fn of(&self, row: &[f64]) -> &Predictor {
        let own = self.regimes.iter().find(|(regime, _)| *regime == row[self.feature]);
        own.map_or(&*self.otherwise, |(_, predictor)| predictor)
    }

    pub(crate) fn is_sound(&self) -> bool {
        let otherwise = &self.otherwise;
        otherwise.is_sound()
            && otherwise.steps() == 1
            && self.feature < otherwise.features()
            && self.regimes.iter().all(|(_, predictor)| predictor.is_sound() && predictor.is_like(otherwise))
    }
}

fn part(learner: &dyn Learn, sample: &Sample<'_>, rows: &[usize]) -> Result<Predictor, LearnError> {
    let table = sample.table.select(rows);
    let target: Vec<f64> = rows.iter().map(|row| sample.target[*row]).collect();
    let weights: Vec<f64> = rows.iter().map(|row| sample.weight(*row)).collect();
    let weights = sample.weights.is_some().then_some(&weights[..]);
    learner.learn(&Sample { table: &table, target: &target, weights }, None)
}
