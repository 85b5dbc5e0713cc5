//! From what a model says to how often it happens.
//!
//! A calibrator is fitted on predictions for rows that the model had not learned from. Modules in reading order: [`platt`], [`isotonic`].
//! Whether it helped is told by [`reliability`](crate::validate::metric::reliability).

pub mod isotonic;
pub mod platt;

use serde::{Deserialize, Serialize};

pub use isotonic::Isotonic;
pub use platt::Platt;

/// Why nothing was calibrated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalibrateError {
    /// Not as many outcomes as predictions, or none at all.
    #[error("{predictions} predictions and {outcomes} outcomes")]
    Length {
        /// How many predictions.
        predictions: usize,
        /// How many outcomes.
        outcomes: usize,
    },
    /// A prediction, an outcome or a weight that is none.
    #[error("row {0}: predictions are finite, outcomes 0 or 1, weights not negative")]
    Value(usize),
    /// Nothing happened, or everything did.
    #[error("all outcomes that count are the same")]
    OneClass,
}

/// From the log-odds that a model gives to a calibrated probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibrator {
    /// A logistic curve: few parameters, for few rows.
    Platt(Platt),
    /// Any curve that does not fall: for a thousand rows and more.
    Isotonic(Isotonic),
}

impl Calibrator {
    /// The calibrated probability.
    pub fn apply(&self, log_odds: f64) -> f64 {
        match self {
            Self::Platt(platt) => platt.apply(log_odds),
            Self::Isotonic(isotonic) => isotonic.apply(log_odds),
        }
    }

    /// Whether it gives probabilities; what is read from a file might not.
    pub(crate) fn is_sound(&self) -> bool {
        match self {
            Self::Platt(platt) => platt.slope.is_finite() && platt.shift.is_finite(),
            Self::Isotonic(isotonic) => isotonic.is_sound(),
        }
    }
}

fn check(predictions: &[f64], outcomes: &[f64], weights: Option<&[f64]>) -> Result<(), CalibrateError> {
    let weighted = weights.is_none_or(|weights| weights.len() == outcomes.len());
    if predictions.is_empty() || predictions.len() != outcomes.len() || !weighted {
        return Err(CalibrateError::Length { predictions: predictions.len(), outcomes: outcomes.len() });
    }
    let sound = |row: usize| {
        let weight = weights.map_or(1.0, |weights| weights[row]);
        let outcome = outcomes[row];
        predictions[row].is_finite() && (outcome == 0.0 || outcome == 1.0) && weight.is_finite() && weight >= 0.0
    };
    (0..outcomes.len()).find(|row| !sound(*row)).map_or(Ok(()), |row| Err(CalibrateError::Value(row)))
}

#[cfg(test)]
mod tests;
