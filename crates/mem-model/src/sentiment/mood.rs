//! Texts of a symbol over time: a mean in which a text counts half after a half-life.

use std::collections::BTreeMap;

use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

/// Why a text or a question is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoodError {
    /// It is older than what is known of the symbol: the answer would be another than at its time.
    #[error("{at} is before {last}, up to which the mood is known")]
    Past {
        /// What came.
        at: Timestamp,
        /// Up to when texts were taken.
        last: Timestamp,
    },
    /// A score or weight that is not finite, or a weight below 0.
    #[error("a score is finite, and a weight finite and not negative")]
    Number,
}

/// The moods of symbols as texts come in.
///
/// A text counts from the time at which it was known, not from the time it writes about. Texts of a symbol come in the order of time; to replay
/// them is to get the same moods to the bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mood {
    half_life_ns: f64,
    symbols: BTreeMap<String, Decayed>,
}

/// Sums as of `last`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Decayed {
    last: Timestamp,
    weight: f64,
    scores: f64,
    texts: u64,
}

/// The mood of a symbol at a time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MoodReading {
    /// Mean score, newer texts counting more; none while no text came.
    pub score: Option<f64>,
    /// How many texts' worth of evidence is left: the sum of their weights, halved every half-life.
    pub weight: f64,
    /// How many texts came ever.
    pub texts: u64,
}

impl Mood {
    /// No texts yet; each counts half after `half_life_ns` nanoseconds (at least 1).
    pub fn new(half_life_ns: i64) -> Self {
        Self { half_life_ns: half_life_ns.max(1) as f64, symbols: BTreeMap::new() }
    }

    /// Takes the score of a text about `symbol`, known at `at`, with a weight (1 for a plain one).
    ///
    /// # Errors
    /// A text older than the last one of the symbol; numbers that are none.
    pub fn push(&mut self, symbol: &str, at: Timestamp, score: f64, weight: f64) -> Result<(), MoodError> {
        if !score.is_finite() || !weight.is_finite() || weight < 0.0 {
            return Err(MoodError::Number);
        }
        let half_life_ns = self.half_life_ns;
        if let Some(known) = self.symbols.get_mut(symbol) {
            let left = known.left(at, half_life_ns)?;
            let (weights, scores) = (known.weight * left + weight, known.scores * left + weight * score);
            *known = Decayed { last: at, weight: weights, scores, texts: known.texts + 1 };
        } else {
            let first = Decayed { last: at, weight, scores: weight * score, texts: 1 };
            self.symbols.insert(symbol.to_owned(), first);
        }
        Ok(())
    }

    /// The mood of `symbol` at `at`, by all texts known then.
    ///
    /// # Errors
    /// A time before the last text of the symbol: later texts cannot be taken out again.
    pub fn as_of(&self, symbol: &str, at: Timestamp) -> Result<MoodReading, MoodError> {
        let Some(known) = self.symbols.get(symbol) else {
            return Ok(MoodReading { score: None, weight: 0.0, texts: 0 });
        };
        let weight = known.weight * known.left(at, self.half_life_ns)?;
        let score = (known.weight > 0.0).then(|| known.scores / known.weight);
        Ok(MoodReading { score, weight, texts: known.texts })
    }
}

impl Decayed {
    /// What is left at `at` of a weight of one.
    fn left(&self, at: Timestamp, half_life_ns: f64) -> Result<f64, MoodError> {
        if at < self.last {
            return Err(MoodError::Past { at, last: self.last });
        }
        Ok(libm::exp2(-(at.as_nanos().saturating_sub(self.last.as_nanos()) as f64) / half_life_ns))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ns: i64) -> Timestamp {
        Timestamp::from_nanos(ns)
    }

    #[test]
    fn a_text_counts_half_after_a_half_life() {
        let mut mood = Mood::new(10);
        assert_eq!(mood.as_of("A", at(0)).unwrap().score, None);
        mood.push("A", at(0), 1.0, 1.0).unwrap();
        mood.push("A", at(10), -1.0, 1.0).unwrap();
        let reading = mood.as_of("A", at(20)).unwrap();
        assert!((reading.score.unwrap() - (0.25 - 0.5) / 0.75).abs() < 1e-12);
        assert!((reading.weight - 0.75).abs() < 1e-12);
        assert_eq!(reading.texts, 2);
        assert_eq!(mood.as_of("B", at(20)).unwrap().texts, 0);
    }

    #[test]
    fn what_is_past_is_refused() {
        let mut mood = Mood::new(10);
        mood.push("A", at(5), 1.0, 1.0).unwrap();
        assert_eq!(mood.as_of("A", at(4)), Err(MoodError::Past { at: at(4), last: at(5) }));
        assert_eq!(mood.push("A", at(4), 1.0, 1.0), Err(MoodError::Past { at: at(4), last: at(5) }));
        assert_eq!(mood.push("A", at(6), f64::NAN, 1.0), Err(MoodError::Number));
    }

    proptest! {
        /// A reading is that of the texts known by then, whatever comes later; it lies between their scores.
        #[test]
        fn later_texts_change_nothing(gaps in prop::collection::vec((0_i64..50, -1.0..1.0_f64), 1..40), cut in 0_usize..40) {
            let mut now = 0;
            let texts: Vec<(i64, f64)> = gaps.iter().map(|(gap, score)| { now += gap; (now, *score) }).collect();
            let until = texts[cut.min(texts.len() - 1)].0;
            let (mut whole, mut past) = (Mood::new(25), Mood::new(25));
            let mut reading = None;
            for (time, score) in &texts {
                if *time > until && reading.is_none() {
                    reading = Some(whole.as_of("A", at(until)).unwrap());
                }
                whole.push("A", at(*time), *score, 1.0).unwrap();
            }
            let reading = reading.unwrap_or_else(|| whole.as_of("A", at(until)).unwrap());
            for (time, score) in texts.iter().filter(|(time, _)| *time <= until) {
                past.push("A", at(*time), *score, 1.0).unwrap();
            }
            prop_assert_eq!(past.as_of("A", at(until)).unwrap(), reading);
            prop_assert!(reading.score.is_none_or(|score| (-1.0 - 1e-9..=1.0 + 1e-9).contains(&score)));
        }
    }
}
