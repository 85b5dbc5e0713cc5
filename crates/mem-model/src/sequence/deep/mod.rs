//! Training: gradients by candle, on the processor, on one thread, so that the same windows and seed give the same weights.
//!
//! Modules in reading order: `initial` (weights before the first step), `graph` (from windows to log-odds, with gradients), `batch` (windows
//! as tensors), `epochs` (step by step).

mod batch;
mod epochs;
mod graph;
mod initial;

pub(super) use epochs::train;

use super::SequenceError;

impl From<candle_core::Error> for SequenceError {
    fn from(error: candle_core::Error) -> Self {
        Self::Gradients(error.to_string())
    }
}

#[cfg(test)]
mod tests;
