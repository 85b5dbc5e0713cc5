//! Other series as they were known: nothing that was known later has any influence.

use std::collections::VecDeque;

use mem_types::time::NANOS_PER_SECOND;
use mem_types::{Bar, Timeframe, Timestamp};
use serde::{Deserialize, Serialize};

use super::FeatureError;
use super::expr::{Column, SentimentMeasure};

/// Below this sum of weights nothing is said of scores any more: the weight of one that is ten half lives old.
const FORGOTTEN: f64 = 1.0 / 1024.0;

/// One score of a series, for example the sentiment of a text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// When it was known: publication and scoring over.
    pub known_at: Timestamp,
    /// The score, in the units of its series; finite.
    pub value: f64,
}

/// What came in and is not due yet, in order of the time at which it was known.
#[derive(Debug, Clone)]
struct Queue<T> {
    waiting: VecDeque<(Timestamp, T)>,
    last: Option<Timestamp>,
}

impl<T> Queue<T> {
    fn new() -> Self {
        Self { waiting: VecDeque::new(), last: None }
    }

    fn offer(&mut self, what: &str, at: Timestamp, item: T) -> Result<(), FeatureError> {
        if let Some(last) = self.last.filter(|last| at < *last) {
            return Err(FeatureError::OutOfOrder { what: what.to_owned(), at, last });
        }
        self.last = Some(at);
        self.waiting.push_back((at, item));
        Ok(())
    }

    /// The next that was known at `now`.
    fn due(&mut self, now: Timestamp) -> Option<(Timestamp, T)> {
        let (at, _) = self.waiting.front()?;
        if *at > now { None } else { self.waiting.pop_front() }
    }
}

/// Bars of another symbol.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    role: String,
    queue: Queue<Bar>,
    newest: Option<(Timestamp, Bar)>,
}

impl Reference {
    pub(super) fn new(role: &str) -> Self {
        Self { role: role.to_owned(), queue: Queue::new(), newest: None }
    }

    pub(super) fn role(&self) -> &str {
        &self.role
    }

    pub(super) fn offer(&mut self, bar: &Bar, timeframe: Timeframe) -> Result<(), FeatureError> {
        self.queue.offer(&self.role, timeframe.close_of(bar.ts), *bar)
    }

    /// Takes what was known at `now`.
    pub(super) fn advance(&mut self, now: Timestamp) {
        while let Some(newer) = self.queue.due(now) {
            self.newest = Some(newer);
        }
    }

    /// A column of the newest bar, if it closed within `max_age_ns` before `now`.
    pub(super) fn value(&self, column: Column, max_age_ns: i64, now: Timestamp) -> f64 {
        match &self.newest {
            Some((at, bar)) if now.as_nanos() - at.as_nanos() <= max_age_ns => match column {
                Column::Open => bar.open,
                Column::High => bar.high,
                Column::Low => bar.low,
                Column::Close => bar.close,
                Column::Volume => bar.volume,
            },
            _ => f64::NAN,
        }
    }
}

/// Scores of one series with one half life: sums that fade from score to score.
#[derive(Debug, Clone)]
pub(super) struct Sentiment {
    source: String,
    half_life_hours: f64,
    queue: Queue<f64>,
    /// Time of the newest score taken; the sums are as of then.
    at: Option<Timestamp>,
    weight: f64,
    mean: f64,
    /// Weighted sum of squared distances from the mean.
    squares: f64,
}

impl Sentiment {
    pub(super) fn new(source: &str, half_life_hours: f64) -> Self {
        let (weight, mean, squares) = (0.0, 0.0, 0.0);
        Self { source: source.to_owned(), half_life_hours, queue: Queue::new(), at: None, weight, mean, squares }
    }

    /// Whether it keeps the scores of `source` with that half life.
    pub(super) fn is(&self, source: &str, half_life_hours: f64) -> bool {
        self.source == source && self.half_life_hours == half_life_hours
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// When the score that was offered last was known.
    pub(super) fn last(&self) -> Option<Timestamp> {
        self.queue.last
    }

    pub(super) fn offer(&mut self, score: Score) -> Result<(), FeatureError> {
        if !score.value.is_finite() {
            let (what, found) = ("score", score.value.to_string());
            return Err(FeatureError::OutOfRange { what, found, expected: "a finite number" });
        }
        self.queue.offer(&self.source, score.known_at, score.value)
    }

    /// Takes what was known at `now`. Weighted mean and spread are kept as West (1979) keeps them.
    pub(super) fn advance(&mut self, now: Timestamp) {
        while let Some((at, value)) = self.queue.due(now) {
            let fade = self.fade(at);
            let weight = self.weight * fade + 1.0;
            let apart = value - self.mean;
            self.squares = self.squares * fade + apart * apart * (weight - 1.0) / weight;
            self.mean += apart / weight;
            self.weight = weight;
            self.at = Some(at);
        }
    }

    /// What the sums are worth at `now`.
    fn fade(&self, now: Timestamp) -> f64 {
        let half_life_ns = self.half_life_hours * 3600.0 * NANOS_PER_SECOND as f64;
        self.at.map_or(0.0, |at| libm::exp2(-((now.as_nanos() - at.as_nanos()) as f64) / half_life_ns))
    }

    pub(super) fn value(&self, measure: SentimentMeasure, now: Timestamp) -> f64 {
        let weight = self.weight * self.fade(now);
        match measure {
            SentimentMeasure::Weight if self.at.is_some() => weight,
            SentimentMeasure::Mean if weight >= FORGOTTEN => self.mean,
            SentimentMeasure::Spread if weight >= FORGOTTEN => (self.squares / self.weight).sqrt(),
            _ => f64::NAN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000_000;

    fn t(hours: i64) -> Timestamp {
        Timestamp::from_nanos(hours * HOUR)
    }

    #[test]
    fn scores_fade_by_half_each_half_life() {
        let mut scores = Sentiment::new("news", 2.0);
        scores.offer(Score { known_at: t(0), value: 1.0 }).unwrap();
        scores.offer(Score { known_at: t(2), value: 0.0 }).unwrap();
        scores.offer(Score { known_at: t(9), value: -9.0 }).unwrap();
        scores.advance(t(4));
        // Weights 1/4 and 1/2: mean 1/3, spread sqrt(2)/3.
        assert!((scores.value(SentimentMeasure::Weight, t(4)) - 0.75).abs() < 1e-15);
        assert!((scores.value(SentimentMeasure::Mean, t(4)) - 1.0 / 3.0).abs() < 1e-15);
        assert!((scores.value(SentimentMeasure::Spread, t(4)) - 2.0_f64.sqrt() / 3.0).abs() < 1e-15);
        assert!(scores.value(SentimentMeasure::Mean, t(30)).is_nan(), "forgotten");
        assert!(scores.value(SentimentMeasure::Weight, t(30)) > 0.0);
    }

    #[test]
    fn what_is_out_of_order_is_refused() {
        let mut scores = Sentiment::new("news", 2.0);
        scores.offer(Score { known_at: t(1), value: 1.0 }).unwrap();
        scores.offer(Score { known_at: t(1), value: 2.0 }).unwrap();
        let late = scores.offer(Score { known_at: t(0), value: 1.0 }).unwrap_err();
        assert_eq!(late, FeatureError::OutOfOrder { what: "news".to_owned(), at: t(0), last: t(1) });
        assert!(scores.offer(Score { known_at: t(2), value: f64::NAN }).is_err());
    }

    #[test]
    fn a_reference_is_the_newest_closed_bar() {
        let mut market = Reference::new("market");
        for hour in 0..3 {
            let price = 10.0 + hour as f64;
            let bar = Bar { ts: t(hour), open: price, high: price, low: price, close: price, volume: 1.0 };
            market.offer(&bar, Timeframe::H1).unwrap();
        }
        market.advance(t(2));
        assert_eq!(market.value(Column::Close, HOUR, t(2)), 11.0, "the bar of hour 1 closed at 2");
        assert_eq!(market.value(Column::Close, HOUR, t(3)), 11.0);
        assert!(market.value(Column::Close, HOUR, t(4)).is_nan(), "too old");
    }
}
