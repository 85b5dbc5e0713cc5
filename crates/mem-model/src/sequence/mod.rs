//! Models that look at the last rows of a series, oldest first: recurrent networks (LSTM, GRU) and a small transformer.
//!
//! Any build asks them; only one with the feature `deep` trains them. What they look at is a window: so many rows of one series that follow
//! each other without a gap. Where there is no such window there is no answer.
//!
//! Modules in reading order: [`window`] (rows as they come, and where windows are whole), [`network`] (weights and their shapes), `forward`
//! (from a window to an answer), [`train`] (how one is trained, and from what), `deep` (the training itself).

#[cfg(feature = "deep")]
mod deep;
mod forward;
pub mod network;
pub mod train;
pub mod window;

use serde::{Deserialize, Serialize};

use crate::forest::link::logistic;
use crate::linear::Scaler;
pub use network::{Cell, Network, Shape};
pub use train::{SequenceError, SequenceParameters, Sequences};
pub use window::{Run, Window};

/// Standardised values are kept within these bounds: what is farther out says no more than that it is far out.
const FARTHEST: f64 = 10.0;

/// A network over standardised rows. A missing value counts as the mean of the training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// Means and deviations of the training rows.
    pub scaler: Scaler,
    /// What looks at them.
    pub network: Network,
}

impl Sequence {
    /// The probability of the second of two classes, after `window`: rows of features, end to end, oldest first.
    ///
    /// # Panics
    /// If the window has another length than the network looks at.
    pub fn answer(&self, window: &[f64]) -> f64 {
        let features = self.network.shape().features;
        let scaled = window.iter().enumerate().map(|(at, value)| scaled(&self.scaler, at % features, *value));
        logistic(self.network.log_odds(&scaled.collect::<Vec<f64>>()))
    }

    /// Whether every part is over its features and finite; what is read from a file might not be.
    pub(crate) fn is_sound(&self) -> bool {
        self.network.is_sound() && self.scaler.is_sound(self.network.shape().features)
    }
}

/// A value of a feature as networks see it.
fn scaled(scaler: &Scaler, feature: usize, value: f64) -> f64 {
    scaler.scale(feature, value).clamp(-FARTHEST, FARTHEST)
}

#[cfg(test)]
mod tests;
