//! Figures of the texts about a symbol over time: how good the news are, which way that goes, how much they differ.

use mem_types::Timestamp;
use mem_types::time::NANOS_PER_SECOND;
use serde::{Deserialize, Serialize};

use super::mood::{Mood, MoodError};
use super::{Reading, Tone};

/// Half-lives: of what is recent, of the mean, and of what was before.
const SHORT_HOURS: i64 = 6;
const HOURS: i64 = 24;
const LONG_HOURS: i64 = 48;

/// The figures of one series of texts as they come in.
///
/// Texts come in the order in which they were known; to replay them is to get the same figures to the bit.
#[derive(Debug, Clone)]
pub struct MoodFigures {
    mean: Mood,
    short: Mood,
    long: Mood,
    squares: Mood,
    positive: Mood,
    negative: Mood,
    /// Texts that came before those that are felt.
    unfelt: u64,
}

/// What they are at a time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Mean score, -1 to 1, half-life a day.
    pub score: f64,
    /// Mean with a half-life of six hours less that with one of two days.
    pub momentum: f64,
    /// Standard deviation of the scores, half-life two days.
    pub volatility: f64,
    /// Share of texts with good news, 0 to 1, half-life a day.
    pub positive: f64,
    /// Share of texts with bad news.
    pub negative: f64,
    /// Share of the others.
    pub neutral: f64,
    /// How many texts came ever.
    pub texts: u64,
}

/// Moods keep symbols apart; here one has each to itself.
const ALONE: &str = "";

impl Default for MoodFigures {
    fn default() -> Self {
        let mood = |hours: i64| Mood::new(hours * 3_600 * NANOS_PER_SECOND);
        Self {
            mean: mood(HOURS),
            short: mood(SHORT_HOURS),
            long: mood(LONG_HOURS),
            squares: mood(LONG_HOURS),
            positive: mood(HOURS),
            negative: mood(HOURS),
            unfelt: 0,
        }
    }
}

impl MoodFigures {
    /// How long a text is felt at all, in nanoseconds: after 60 of the longest half-lives it counts less than rounding does.
    pub const FELT_NS: i64 = 60 * LONG_HOURS * 3_600 * NANOS_PER_SECOND;

    /// Figures after so many texts that are no longer felt.
    pub fn after(unfelt: u64) -> Self {
        Self { unfelt, ..Self::default() }
    }

    /// Takes a text that was known at `at`, and gives the figures with it.
    ///
    /// # Errors
    /// A text older than the last one; a score that is no number.
    pub fn push(&mut self, at: Timestamp, reading: Reading) -> Result<Figures, MoodError> {
        let is = |tone: Tone| f64::from(u8::from(reading.tone == tone));
        let mean = |mood: &mut Mood, value: f64| {
            mood.push(ALONE, at, value, 1.0)?;
            Ok(mood.as_of(ALONE, at)?.score.unwrap_or_default())
        };
        let score = mean(&mut self.mean, reading.score)?;
        let short = mean(&mut self.short, reading.score)?;
        let long = mean(&mut self.long, reading.score)?;
        let squares = mean(&mut self.squares, reading.score * reading.score)?;
        let (positive, negative) =
            (mean(&mut self.positive, is(Tone::Positive))?, mean(&mut self.negative, is(Tone::Negative))?);
        Ok(Figures {
            score,
            momentum: short - long,
            // Rounding can make the difference of what is equal negative.
            volatility: (squares - long * long).max(0.0).sqrt(),
            positive,
            negative,
            neutral: (1.0 - positive - negative).max(0.0),
            texts: self.unfelt + self.mean.as_of(ALONE, at)?.texts,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_nanos(hours * 3_600 * NANOS_PER_SECOND)
    }

    fn reading(score: f64) -> Reading {
        Reading::of(score)
    }

    #[test]
    fn figures_by_hand() {
        let mut figures = MoodFigures::default();
        let first = figures.push(at(0), reading(0.8)).unwrap();
        assert_eq!((first.score, first.momentum, first.volatility, first.texts), (0.8, 0.0, 0.0, 1));
        assert_eq!((first.positive, first.negative, first.neutral), (1.0, 0.0, 0.0));
        let second = figures.push(at(24), reading(-0.4)).unwrap();
        // The first weighs 1/2 after a day, 1/16 and 1/sqrt 2 with the other half-lives.
        assert!((second.score - (0.4 - 0.4) / 1.5).abs() < 1e-12);
        let (short, left) = ((0.8 / 16.0 - 0.4) / (1.0 + 1.0 / 16.0), 0.5_f64.sqrt());
        let long = (0.8 * left - 0.4) / (1.0 + left);
        assert!((second.momentum - (short - long)).abs() < 1e-12);
        let spread = ((0.64 * left + 0.16) / (1.0 + left) - long * long).sqrt();
        assert!((second.volatility - spread).abs() < 1e-12);
        assert!((second.positive - 1.0 / 3.0).abs() < 1e-12 && (second.negative - 2.0 / 3.0).abs() < 1e-12);
        assert!(figures.push(at(23), reading(0.0)).is_err());
    }
}
