//! What all models of tone have in common: a name, and a reading of a text.

use std::fmt::Debug;

use super::{Lexicon, LinearModel, Reading};

/// Why a text has no reading.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{model} cannot read this text: {problem}")]
pub struct ReadError {
    /// The name of the model.
    pub model: String,
    /// What went wrong.
    pub problem: String,
}

/// Something that reads texts. The same text gets the same reading, to the bit.
pub trait Scorer: Debug + Send + Sync {
    /// Its name, as it stands on record beside its readings.
    fn name(&self) -> &str;

    /// What it says of a text.
    ///
    /// # Errors
    /// A model that was made elsewhere and has no answer to this text. The built-in ones always have one.
    fn score(&self, text: &str) -> Result<Reading, ReadError>;
}

impl Scorer for Lexicon {
    fn name(&self) -> &'static str {
        "lexicon"
    }

    fn score(&self, text: &str) -> Result<Reading, ReadError> {
        Ok(self.read(text))
    }
}

impl Scorer for LinearModel {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn score(&self, text: &str) -> Result<Reading, ReadError> {
        Ok(self.read(text))
    }
}
