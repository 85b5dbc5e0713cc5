//! A trained model as a whole: its features by name, what predicts, what calibrates, and what the numbers mean.
//!
//! Modules in reading order: `artefact` (a model as bytes), [`watch`] (what the rows of its training were like), [`prediction`] (an answer as
//! others read it).

mod artefact;
pub mod prediction;
pub mod watch;

use serde::{Deserialize, Serialize};

use crate::calibrate::Calibrator;
use crate::drift::FeatureDrift;
use crate::forest::Link;
use crate::held_out::log_odds;
use crate::learn::{Predictor, WidthError};
use crate::table::Table;
pub use artefact::FORMAT;
pub use prediction::{Direction, Prediction, Quantile};
pub use watch::Watch;

/// Why parts or bytes are no model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Parts that do not fit together.
    #[error("{0}")]
    Parts(&'static str),
    /// Bytes that do not begin as a model does.
    #[error("this is no model of MEM")]
    NoModel,
    /// A later format.
    #[error("the model is written in format {0}; this program reads format {FORMAT}")]
    Format(u32),
    /// Bytes that are not those that were written.
    #[error("the model is damaged: its checksum is another")]
    Checksum,
    /// What the bytes say is no model.
    #[error("the model cannot be read: {0}")]
    Json(#[from] serde_json::Error),
}

/// What the answers of a model are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tells {
    /// The probability that the price is higher at the horizon.
    Up,
    /// The probability that what a strategy has decided gains (AFML 3.6): a meta-label.
    Gain,
    /// The logarithmic return until the horizon.
    Return,
    /// Quantiles of that return, at these levels, which ascend; a predictor each.
    ReturnQuantiles(Vec<f64>),
    /// The volatility until the horizon: the square root of the sum of the squared logarithmic returns of its bars. The predictor tells its
    /// logarithm.
    Volatility,
    /// The probability of each of these classes.
    Classes(Vec<String>),
}

/// What makes a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelParts {
    /// Its version.
    pub version: String,
    /// The names of the features, in the order of a row.
    pub features: Vec<String>,
    /// How far ahead it tells, in minutes.
    pub horizon_minutes: u32,
    /// What its answers are.
    pub tells: Tells,
    /// What predicts: one, or one a quantile.
    pub predictors: Vec<Predictor>,
    /// From the log-odds of a predicted probability to a calibrated one; with [`Tells::Up`] and [`Tells::Gain`] only.
    pub calibrator: Option<Calibrator>,
    /// What the rows of its training were like, symbol by symbol; none where nobody wants to know whether that changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Watch>,
}

/// A trained model. Sound, or it does not exist.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    parts: ModelParts,
}

impl Model {
    /// A model of `parts`.
    ///
    /// # Errors
    /// Parts that do not fit together.
    pub fn new(parts: ModelParts) -> Result<Self, ModelError> {
        let ModelParts { features, tells, predictors, calibrator, watch, .. } = &parts;
        // Sound first: what is not cannot even be asked for its width.
        if predictors.is_empty() || !predictors.iter().all(Predictor::is_sound) {
            return Err(ModelError::Parts("a model has predictors that can answer"));
        }
        if predictors.iter().any(|predictor| predictor.features() != features.len()) {
            return Err(ModelError::Parts("predictors are made for the features that the model names"));
        }
        if predictors.iter().any(|predictor| predictor.steps() != predictors[0].steps()) {
            return Err(ModelError::Parts("predictors look at the same number of rows"));
        }
        if (1..features.len()).any(|at| features[..at].contains(&features[at])) {
            return Err(ModelError::Parts("features have different names"));
        }
        let watched: Vec<&FeatureDrift> = watch.iter().flat_map(Watch::references).collect();
        if watched.iter().any(|reference| !reference.names().eq(features)) {
            return Err(ModelError::Parts("what is watched are the features that the model names"));
        }
        if !watched.iter().all(|reference| reference.is_sound()) {
            return Err(ModelError::Parts("what is watched does not fit its own numbers"));
        }
        let (count, link, outputs) = match tells {
            Tells::Up | Tells::Gain => (1, Link::Logistic, 1),
            Tells::Return | Tells::Volatility => (1, Link::Identity, 1),
            Tells::ReturnQuantiles(levels) => (levels.len(), Link::Identity, 1),
            Tells::Classes(names) => (1, Link::Softmax, names.len()),
        };
        let fits = |predictor: &Predictor| predictor.link() == link && predictor.outputs() == outputs;
        if predictors.len() != count || !predictors.iter().all(fits) {
            return Err(ModelError::Parts("predictors answer what the model tells"));
        }
        if let Tells::ReturnQuantiles(levels) = tells
            && !(levels.is_sorted_by(|a, b| a < b) && levels.iter().all(|level| *level > 0.0 && *level < 1.0))
        {
            return Err(ModelError::Parts("levels of quantiles lie between 0 and 1 and ascend"));
        }
        match calibrator {
            Some(_) if !matches!(tells, Tells::Up | Tells::Gain) => {
                Err(ModelError::Parts("only the probability of a rise or a gain is calibrated"))
            }
            Some(calibrator) if !calibrator.is_sound() => {
                Err(ModelError::Parts("the calibrator gives no probabilities"))
            }
            _ => Ok(Self { parts }),
        }
    }

    /// The same model under another version.
    #[must_use]
    pub fn versioned(mut self, version: String) -> Self {
        self.parts.version = version;
        self
    }

    /// The same model, its probability calibrated by `calibrator`.
    ///
    /// # Errors
    /// A model that tells no such probability, or a calibrator that gives none.
    pub fn calibrated(mut self, calibrator: Calibrator) -> Result<Self, ModelError> {
        self.parts.calibrator = Some(calibrator);
        Self::new(self.parts)
    }

    /// How many rows it looks at: 1, but for sequence models. Their last rows, end to end, the oldest first, are a row to ask with.
    pub fn steps(&self) -> usize {
        self.parts.predictors[0].steps()
    }

    /// What it is made of.
    pub fn parts(&self) -> &ModelParts {
        &self.parts
    }

    /// The answer to one row: a calibrated probability, a return, quantiles that ascend, a volatility, or a probability a class.
    ///
    /// # Errors
    /// A row of another width.
    pub fn predict_row(&self, row: &[f64]) -> Result<Vec<f64>, WidthError> {
        let mut answer = Vec::new();
        for predictor in &self.parts.predictors {
            answer.extend(predictor.predict_row(row)?);
        }
        self.finish(&mut answer);
        Ok(answer)
    }

    /// The answers to every row, those to the first row first; the same bits as [`Model::predict_row`] gives.
    ///
    /// # Errors
    /// A table of another width.
    pub fn predict_table(&self, table: &Table) -> Result<Vec<f64>, WidthError> {
        let each = self.parts.predictors.iter().map(|predictor| predictor.predict_table(table));
        let each = each.collect::<Result<Vec<_>, _>>()?;
        let outputs = self.parts.predictors[0].outputs();
        let mut all = Vec::with_capacity(each.len() * each[0].len());
        for row in 0..table.rows() {
            let from = all.len();
            for answers in &each {
                all.extend_from_slice(&answers[row * outputs..(row + 1) * outputs]);
            }
            self.finish(&mut all[from..]);
        }
        Ok(all)
    }

    /// Calibrates a probability; tells a volatility out of its logarithm; puts quantiles in order where they cross (Chernozhukov, Fernández-Val and Galichon, 2010).
    fn finish(&self, answer: &mut [f64]) {
        if let Some(calibrator) = &self.parts.calibrator {
            answer[0] = calibrator.apply(log_odds(answer[0]));
        }
        match self.parts.tells {
            Tells::ReturnQuantiles(_) => answer.sort_by(f64::total_cmp),
            Tells::Volatility => answer[0] = libm::exp(answer[0]),
            Tells::Up | Tells::Gain | Tells::Return | Tells::Classes(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
