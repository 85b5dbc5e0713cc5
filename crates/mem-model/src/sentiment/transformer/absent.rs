//! What stands for a transformer in a build without them: nothing that could exist.

use super::{TransformerConfig, TransformerError};
use crate::network::NetworkError;

/// No transformer ever gets this far.
#[derive(Debug)]
pub(super) enum Running {}

impl Running {
    pub(super) fn new(_: &[u8], _: &str, _: &TransformerConfig) -> Result<Self, TransformerError> {
        Err(NetworkError::Absent.into())
    }

    pub(super) fn probabilities(&self, _: &str, _: &TransformerConfig) -> Result<[f64; 3], String> {
        match *self {}
    }
}
