//! An answer as others read it.

use mem_types::{Symbol, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Model, Tells};
use crate::calibrate::isotonic::on_lines;
use crate::learn::WidthError;

/// Where the price goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It rises.
    Up,
    /// It falls.
    Down,
    /// It stays where it is.
    Flat,
    /// What the model's most probable class is called; one that is called like the above is read back as such.
    #[serde(untagged)]
    Class(String),
}

/// What lies below with a given probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quantile {
    /// That probability, 0 to 1.
    pub level: f64,
    /// The logarithmic return until the horizon.
    pub log_return: f64,
    /// The price at the horizon.
    pub price: f64,
}

/// An answer in the shape of the reference's predictor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// For which symbol.
    pub symbol: Symbol,
    /// The price at the horizon; none from a model that tells no returns.
    pub predicted_price: Option<f64>,
    /// Where the price goes; none from a model that tells how wildly it moves.
    pub predicted_direction: Option<Direction>,
    /// The probability of that direction, 0 to 1; none from a model that tells a return alone.
    pub confidence: Option<f64>,
    /// The version of the model.
    pub model_version: String,
    /// Quantiles of what comes, in order; from a model that tells them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub predicted_quantiles: Vec<Quantile>,
    /// The volatility until the horizon, as a logarithmic return; from a model that tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted_volatility: Option<f64>,
    /// How far ahead, in minutes.
    pub prediction_horizon: u32,
    /// The features that it was told from.
    pub features_used: Vec<String>,
    /// When all features were known.
    pub timestamp: Timestamp,
}

impl Model {
    /// What the model says of `symbol` at `timestamp`, when its price is `price` and its features are `row`; nothing where it has no answer.
    ///
    /// # Errors
    /// A row of another width.
    pub fn predict(
        &self,
        symbol: Symbol,
        timestamp: Timestamp,
        price: f64,
        row: &[f64],
    ) -> Result<Option<Prediction>, WidthError> {
        let answer = self.predict_row(row)?;
        if answer.iter().any(|value| value.is_nan()) {
            return Ok(None);
        }
        let parts = self.parts();
        let (expected, predicted_direction, confidence) = match &parts.tells {
            Tells::Up => {
                let direction = if answer[0] >= 0.5 { Direction::Up } else { Direction::Down };
                (None, Some(direction), Some(answer[0].max(1.0 - answer[0])))
            }
            Tells::Gain => {
                let word = if answer[0] >= 0.5 { "gain" } else { "loss" };
                (None, Some(Direction::Class(word.to_owned())), Some(answer[0].max(1.0 - answer[0])))
            }
            Tells::Return => (Some(answer[0]), Some(sign(answer[0])), None),
            Tells::Volatility => (None, None, None),
            Tells::ReturnQuantiles(levels) => {
                let median = on_lines(levels, &answer, 0.5);
                // Never surer than the outermost levels that are known.
                let below = on_lines(&answer, levels, 0.0);
                let confidence = if median >= 0.0 { 1.0 - below } else { below };
                (Some(median), Some(sign(median)), Some(confidence))
            }
            Tells::Classes(names) => {
                let best = (0..answer.len()).reduce(|best, next| if answer[next] > answer[best] { next } else { best });
                let best = best.expect("a model of classes has some");
                (None, Some(Direction::Class(names[best].clone())), Some(answer[best]))
            }
        };
        let predicted_quantiles = match &parts.tells {
            Tells::ReturnQuantiles(levels) => levels.iter().zip(&answer),
            _ => [].iter().zip(&[]),
        };
        let at = |(level, expected): (&f64, &f64)| Quantile {
            level: *level,
            log_return: *expected,
            price: price * libm::exp(*expected),
        };
        Ok(Some(Prediction {
            symbol,
            predicted_quantiles: predicted_quantiles.map(at).collect(),
            predicted_volatility: (parts.tells == Tells::Volatility).then(|| answer[0]),
            predicted_price: expected.map(|expected| price * libm::exp(expected)),
            predicted_direction,
            confidence,
            model_version: parts.version.clone(),
            prediction_horizon: parts.horizon_minutes,
            features_used: parts.features.clone(),
            timestamp,
        }))
    }
}

fn sign(expected: f64) -> Direction {
    if expected > 0.0 {
        Direction::Up
    } else if expected < 0.0 {
        Direction::Down
    } else {
        Direction::Flat
    }
}
