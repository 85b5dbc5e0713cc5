//! Models that others trained: files of LightGBM and XGBoost as forests of ours.
//!
//! What is not understood is refused with the line or the field; nothing is guessed. Modules in reading order: [`lightgbm`] (`model.txt`),
//! [`xgboost`] (JSON and UBJSON), `ubjson` (binary JSON as JSON), `assemble` (nodes in their order as nodes in ours).

mod assemble;
pub mod lightgbm;
mod ubjson;
pub mod xgboost;

use crate::forest::{Forest, ForestError};

/// Most outputs that an imported model may have.
const OUTPUTS_MAX: usize = 4096;

/// A model as it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The trees.
    pub forest: Forest,
    /// The names of its features, in the order of a row.
    pub features: Vec<String>,
}

/// Why a file is no model of ours.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A line of a text file.
    #[error("line {line}: {problem}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// JSON that is none, or that lacks what a model has.
    #[error("{field}: {source}")]
    Json {
        /// The way to the field.
        field: String,
        /// With line and column.
        source: serde_json::Error,
    },
    /// A place in a binary file.
    #[error("byte {at}: {problem}")]
    Byte {
        /// Counted from 0.
        at: usize,
        /// What is wrong.
        problem: String,
    },
    /// A field that says what cannot be.
    #[error("{field}: {problem}")]
    Field {
        /// The way to the field.
        field: String,
        /// What is wrong.
        problem: String,
    },
    /// Trees that the predictor refuses.
    #[error(transparent)]
    Forest(#[from] ForestError),
}

#[cfg(test)]
mod tests;
