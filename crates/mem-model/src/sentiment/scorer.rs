//! What all models of tone have in common: a name, and a reading of a text.

use std::fmt::Debug;

use serde::Serialize;

use super::{Lexicon, LinearModel, Reading, Tone};

/// Why a text has no reading.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{model} cannot read this text: {problem}")]
pub struct ReadError {
    /// The name of the model.
    pub model: String,
    /// What went wrong.
    pub problem: String,
}

/// A reading, how sure of it the model is, and what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explained {
    /// What it says.
    #[serde(flatten)]
    pub reading: Reading,
    /// 0 to 1. Of a model with probabilities that of the tone; of the word list the distance of the score from 0, of a neutral text 1
    /// less that, which is no probability. `None` of a model that does not say.
    pub confidence: Option<f64>,
    /// The words (and pairs) that spoke, the loudest first, and how: positive is good news. In units of the model.
    pub words: Vec<(String, f64)>,
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

    /// The same with its reasons.
    ///
    /// # Errors
    /// As [`Scorer::score`].
    fn explain(&self, text: &str) -> Result<Explained, ReadError> {
        Ok(Explained { reading: self.score(text)?, confidence: None, words: Vec::new() })
    }
}

/// The built-in model of that name: `lexicon`, `linear`.
pub fn built_in(name: &str) -> Option<Box<dyn Scorer>> {
    match name {
        "lexicon" => Some(Box::new(Lexicon::built_in())),
        "linear" => Some(Box::new(LinearModel::built_in())),
        _ => None,
    }
}

/// The names that [`built_in`] knows.
pub const BUILT_IN: [&str; 2] = ["lexicon", "linear"];

impl Scorer for Lexicon {
    fn name(&self) -> &'static str {
        "lexicon"
    }

    fn score(&self, text: &str) -> Result<Reading, ReadError> {
        Ok(self.read(text))
    }

    fn explain(&self, text: &str) -> Result<Explained, ReadError> {
        let reading = self.read(text);
        let toned = reading.score.abs();
        let confidence = Some(if reading.tone == Tone::Neutral { 1.0 - toned } else { toned });
        Ok(Explained { reading, confidence, words: loudest(self.words(text)) })
    }
}

impl Scorer for LinearModel {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn score(&self, text: &str) -> Result<Reading, ReadError> {
        Ok(self.read(text))
    }

    fn explain(&self, text: &str) -> Result<Explained, ReadError> {
        let reading = self.read(text);
        let confidence = Some(self.probabilities(text)[reading.tone as usize]);
        Ok(Explained { reading, confidence, words: loudest(self.words(text)) })
    }
}

/// Words that say something, the loudest first; of equals in the order of the text.
fn loudest(mut words: Vec<(String, f64)>) -> Vec<(String, f64)> {
    words.retain(|(_, says)| *says != 0.0);
    words.sort_by(|one, other| other.1.abs().total_cmp(&one.1.abs()));
    words
}
