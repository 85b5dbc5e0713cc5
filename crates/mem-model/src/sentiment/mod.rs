//! Text in, a score from -1 (bad news for the price) to 1 (good news) out, and scores of many texts as one of a symbol at a time.
//!
//! What comes in: English text of a line or two, as headlines and short messages are. What goes out: a score and a label. It reads no file
//! and no network; a text tells nothing before the time at which it was known.
//!
//! Modules in reading order: [`token`] (words of a text), [`lexicon`] (words with values), [`linear`] (a model that is trained here, and the
//! one that is built in), [`transformer`] (one whose weights a user gives), [`scorer`] (what all models have in common), [`mood`] (texts
//! of a symbol over time), [`figures`] (several means of them, as they are kept on record), [`keywords`] (which symbols a text is about).

pub mod figures;
pub mod keywords;
pub mod lexicon;
pub mod linear;
pub mod mood;
pub mod scorer;
pub mod token;
pub mod transformer;

use serde::{Deserialize, Serialize};

pub use figures::{Figures, MoodFigures};
pub use keywords::Keywords;
pub use lexicon::Lexicon;
pub use linear::{LinearConfig, LinearModel};
pub use mood::{Mood, MoodReading};
pub use scorer::{Explained, ReadError, Scorer};
pub use transformer::{Transformer, TransformerConfig, TransformerError};

/// What a text means for the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Bad news.
    Negative,
    /// No news, or mixed.
    Neutral,
    /// Good news.
    Positive,
}

impl Tone {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Negative, Self::Neutral, Self::Positive];

    /// Its name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::Neutral => "neutral",
            Self::Positive => "positive",
        }
    }

    /// The tone of that name in lower case.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "negative" => Some(Self::Negative),
            "neutral" => Some(Self::Neutral),
            "positive" => Some(Self::Positive),
            _ => None,
        }
    }
}

/// What a model says of a text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// -1 to 1.
    pub score: f64,
    /// What that amounts to.
    pub tone: Tone,
}

/// Scores nearer to 0 are neutral.
const NEUTRAL: f64 = 0.15;

impl Reading {
    /// The reading of a score: neutral within 0.15 of 0.
    fn of(score: f64) -> Self {
        let tone = match score {
            _ if score > NEUTRAL => Tone::Positive,
            _ if score < -NEUTRAL => Tone::Negative,
            _ => Tone::Neutral,
        };
        Self { score, tone }
    }

    /// The reading of probabilities, in the order of [`Tone::ALL`]: that of good news less that of bad, and the likeliest tone.
    fn of_probabilities([negative, neutral, positive]: [f64; 3]) -> Self {
        let tone = if neutral >= negative && neutral >= positive {
            Tone::Neutral
        } else if positive > negative {
            Tone::Positive
        } else {
            Tone::Negative
        };
        Self { score: positive - negative, tone }
    }
}

#[cfg(test)]
mod sentiment_test;
