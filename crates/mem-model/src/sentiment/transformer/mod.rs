//! Sentences read by a transformer (BERT and its kin, FinBERT above all) whose weights a user gives: a file in ONNX format and its vocabulary.
//!
//! Runs with the cargo feature `onnx`; a build without it refuses by name. Modules in reading order: `wordpiece` (text as numbers of a
//! vocabulary), `running` (the network), `absent` (where the feature is not built in).

#[cfg(not(feature = "onnx"))]
#[path = "absent.rs"]
mod running;
#[cfg(feature = "onnx")]
mod running;
#[cfg(feature = "onnx")]
mod wordpiece;

use super::{Explained, ReadError, Reading, Scorer, Tone};
use crate::network::NetworkError;
use running::Running;
#[cfg(feature = "onnx")]
pub use wordpiece::WordPiece;

/// The largest file that is taken as a model of texts, in bytes: what the format can hold.
pub const BYTES_MAX: usize = (1 << 31) - 1;

/// How a transformer reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransformerConfig {
    /// Whether its vocabulary knows lower case only, without accents (`do_lower_case`). Yes.
    pub lower_case: bool,
    /// What its outputs stand for, in their order (`id2label`). FinBERT's: positive, negative, neutral.
    pub labels: [Tone; 3],
    /// The most tokens of a text that are read, the two around it included. 512.
    pub tokens: usize,
}

impl Default for TransformerConfig {
    fn default() -> Self {
        Self { lower_case: true, labels: [Tone::Positive, Tone::Negative, Tone::Neutral], tokens: 512 }
    }
}

/// Why files are no transformer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransformerError {
    /// The network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A vocabulary without a token that every text has.
    #[error("the vocabulary has no {0}")]
    Token(&'static str),
    /// Labels that are not the three tones, or no room for a text.
    #[error("{0}")]
    Config(&'static str),
}

/// A transformer. It can answer, or it does not exist.
#[derive(Debug)]
pub struct Transformer {
    name: String,
    config: TransformerConfig,
    running: Running,
}

impl Transformer {
    /// A classifier of sequences in ONNX format, with its vocabulary (`vocab.txt`, a token a line), under a name for the record.
    ///
    /// # Errors
    /// A build that runs none; files that are none; three tones that are not in the labels.
    pub fn new(
        name: String,
        onnx: &[u8],
        vocabulary: &str,
        config: TransformerConfig,
    ) -> Result<Self, TransformerError> {
        if !Tone::ALL.iter().all(|tone| config.labels.contains(tone)) {
            return Err(TransformerError::Config("each of the three tones is a label"));
        }
        if config.tokens < 3 {
            return Err(TransformerError::Config("a text has a token beside the two around it"));
        }
        let running = Running::new(onnx, vocabulary, &config)?;
        let transformer = Self { name, config, running };
        let answer = transformer.probabilities("Shares rise.");
        answer.map_err(|problem| NetworkError::Outputs(problem).into()).map(|_| transformer)
    }

    /// The probabilities of the tones, in the order of [`Tone::ALL`].
    fn probabilities(&self, text: &str) -> Result<[f64; 3], String> {
        let said = self.running.probabilities(text, &self.config)?;
        let mut of = [0.0; 3];
        for (label, probability) in self.config.labels.iter().zip(said) {
            of[*label as usize] = probability;
        }
        Ok(of)
    }
}

impl Scorer for Transformer {
    fn name(&self) -> &str {
        &self.name
    }

    fn score(&self, text: &str) -> Result<Reading, ReadError> {
        Ok(self.explain(text)?.reading)
    }

    fn explain(&self, text: &str) -> Result<Explained, ReadError> {
        let probabilities = self.probabilities(text);
        let probabilities = probabilities.map_err(|problem| ReadError { model: self.name.clone(), problem })?;
        let reading = Reading::of_probabilities(probabilities);
        Ok(Explained { reading, confidence: Some(probabilities[reading.tone as usize]), words: Vec::new() })
    }
}

#[cfg(test)]
#[cfg(feature = "onnx")]
mod tests;
