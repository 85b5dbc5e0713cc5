//! Several predictors as one.
//!
//! How much each member counts is learned from [`HeldOut`] answers and from nothing else; then each member learns from all rows.
//! Validation rows, which no fold has, say when each training stops. Modules in reading order: [`weighted`] (a mean), [`stacked`] (a linear model over members), [`switched`] (one member a regime).

pub mod stacked;
pub mod switched;
pub mod weighted;

use crate::held_out::HeldOutError;
use crate::learn::{Learn, LearnError, Predictor};
use crate::sample::Sample;
pub use stacked::Stacked;
pub use switched::{Regimes, Switched};
pub use weighted::Weighted;

/// Why there is no ensemble.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EnsembleError {
    /// No members, members with different features or kinds of answers, or members that look at more than one row.
    #[error("members of an ensemble have the same features and the same kind of answer, and look at one row each")]
    Members,
    /// Not as many weights as members, or weights that are none.
    #[error("weights are not negative, one a member, and add up to 1")]
    Weights,
    /// Answers that cannot be stacked.
    #[error("probabilities of many classes cannot be stacked; a weighted mean can be taken of them")]
    Classes,
    /// A regime feature that does not exist, or is in no row.
    #[error("there is no regime in feature {0}")]
    Regime(usize),
    /// Nothing was held out.
    #[error(transparent)]
    HeldOut(#[from] Box<HeldOutError>),
    /// A member, or what stands over them, does not learn.
    #[error(transparent)]
    Learn(#[from] Box<LearnError>),
}

impl From<LearnError> for EnsembleError {
    fn from(error: LearnError) -> Self {
        Self::Learn(Box::new(error))
    }
}

impl From<HeldOutError> for EnsembleError {
    fn from(error: HeldOutError) -> Self {
        Self::HeldOut(Box::new(error))
    }
}

/// Each learner, having learned from all rows.
fn members(
    learners: &[&dyn Learn],
    sample: &Sample<'_>,
    validation: Option<&Sample<'_>>,
) -> Result<Vec<Predictor>, EnsembleError> {
    let members = learners.iter().map(|learner| learner.learn(sample, validation));
    let members = members.collect::<Result<Vec<_>, _>>()?;
    if are_alike(&members) { Ok(members) } else { Err(EnsembleError::Members) }
}

/// Whether there are members, sound ones, that may stand for each other and look at one row.
fn are_alike(members: &[Predictor]) -> bool {
    let fits = |member: &Predictor| member.is_sound() && member.is_like(&members[0]) && member.steps() == 1;
    members.iter().all(fits) && !members.is_empty()
}

#[cfg(test)]
mod tests;
