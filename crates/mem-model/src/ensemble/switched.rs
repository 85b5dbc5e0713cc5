//! A predictor for each regime.
//!
//! The regime is told by a feature of the row, known when the row is: by its whole numbers, or by which of some stretches it lies in.

use serde::{Deserialize, Serialize};

use super::EnsembleError;
use crate::learn::{Learn, Predictor};
use crate::sample::{Sample, Selected};

/// What tells the regime of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regimes {
    /// The feature, by its place in a row.
    pub feature: usize,
    /// Where one regime ends and the next begins, ascending; without any, each value is a regime of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<f64>,
}

impl Regimes {
    /// So many stretches of a feature with about as many rows each. Fewer, where values repeat.
    ///
    /// # Errors
    /// A feature that does not exist, or that says too little to be cut.
    pub fn even(sample: &Sample<'_>, feature: usize, parts: usize) -> Result<Self, EnsembleError> {
        let mut values = values(sample, feature)?;
        values.sort_by(f64::total_cmp);
        let mut cuts: Vec<f64> = (1..parts).map(|part| values[part * values.len() / parts]).collect();
        cuts.dedup();
        // Nothing lies below the least value.
        cuts.retain(|cut| *cut > values[0]);
        if cuts.is_empty() { Err(EnsembleError::Regime(feature)) } else { Ok(Self { feature, cuts }) }
    }

    /// The regime of a row in which the feature has this value: the value itself, or the number of cuts at or below it. Not a number where
    /// the value is missing.
    pub fn of(&self, value: f64) -> f64 {
        if self.cuts.is_empty() || value.is_nan() {
            return value;
        }
        self.cuts.partition_point(|cut| *cut <= value) as f64
    }

    fn is_sound(&self, features: usize) -> bool {
        let ascend = self.cuts.is_sorted_by(|a, b| a < b) && self.cuts.iter().all(|cut| cut.is_finite());
        ascend && self.feature < features
    }
}

/// Predictors by regime, and one for all other rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switched {
    by: Regimes,
    regimes: Vec<(f64, Predictor)>,
    otherwise: Box<Predictor>,
}

impl Switched {
    /// Learns from the rows of each regime that has at least `rows` of them, and from all rows for the others. A regime whose rows cannot be
    /// learned from (all of one class, say) is left to the predictor for all. Validation rows of a regime say when to stop, all of them where
    /// it has none.
    ///
    /// # Errors
    /// A feature that does not exist or holds no regime; rows that cannot be learned from at all.
    pub fn learn(
        learner: &dyn Learn,
        sample: &Sample<'_>,
        validation: Option<&Sample<'_>>,
        by: Regimes,
        rows: usize,
    ) -> Result<Self, EnsembleError> {
        let mut names: Vec<f64> = values(sample, by.feature)?.into_iter().map(|value| by.of(value)).collect();
        names.sort_by(f64::total_cmp);
        names.dedup();
        let otherwise = Box::new(learner.learn(sample, validation)?);
        let mut regimes = Vec::new();
        for name in names {
            let part = rows_of(sample, &by, name);
            if part.target.len() < rows.max(1) {
                continue;
            }
            let stops = validation.map(|validation| rows_of(validation, &by, name));
            let stops = stops.filter(|part| !part.target.is_empty());
            let stops = stops.as_ref().map(Selected::sample);
            if let Ok(predictor) = learner.learn(&part.sample(), stops.as_ref().or(validation)) {
                regimes.push((name, predictor));
            }
        }
        let switched = Self { by, regimes, otherwise };
        if switched.is_sound() { Ok(switched) } else { Err(EnsembleError::Members) }
    }

    /// What tells the regime.
    pub fn by(&self) -> &Regimes {
        &self.by
    }

    /// The regimes that have a predictor of their own, and these.
    pub fn regimes(&self) -> impl Iterator<Item = (f64, &Predictor)> {
        self.regimes.iter().map(|(regime, predictor)| (*regime, predictor))
    }

    /// The predictor for all other rows.
    pub fn otherwise(&self) -> &Predictor {
        &self.otherwise
    }

    /// The predictor that answers to a row.
    pub(crate) fn of(&self, row: &[f64]) -> &Predictor {
        let regime = self.by.of(row[self.by.feature]);
        let own = self.regimes.iter().find(|(of, _)| *of == regime);
        own.map_or(&*self.otherwise, |(_, predictor)| predictor)
    }

    pub(crate) fn is_sound(&self) -> bool {
        let otherwise = &self.otherwise;
        otherwise.is_sound()
            && otherwise.steps() == 1
            && self.by.is_sound(otherwise.features())
            && self.regimes.iter().all(|(_, predictor)| predictor.is_sound() && predictor.is_like(otherwise))
    }
}

/// What is known of a feature.
fn values(sample: &Sample<'_>, feature: usize) -> Result<Vec<f64>, EnsembleError> {
    let column = sample.table.columns().get(feature).ok_or(EnsembleError::Regime(feature))?;
    let values: Vec<f64> = column.iter().copied().filter(|value| value.is_finite()).collect();
    if values.is_empty() { Err(EnsembleError::Regime(feature)) } else { Ok(values) }
}

/// The rows of one regime.
fn rows_of(sample: &Sample<'_>, by: &Regimes, regime: f64) -> Selected {
    let column = &sample.table.columns()[by.feature];
    let rows: Vec<usize> = (0..column.len()).filter(|row| by.of(column[*row]) == regime).collect();
    sample.select(&rows)
}
