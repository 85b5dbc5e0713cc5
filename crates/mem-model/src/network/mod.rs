//! Networks that others trained, in ONNX format, as predictors.
//!
//! The bytes of the file are kept whole in the model, and looked at anew each time that it is read. What is inside runs with the cargo feature
//! `onnx`; a build without it refuses them by name. Rows go through one at a time on one thread, so that a row alone and in a table gets the
//! same bits. Modules in reading order: `bytes` (bytes as text), `graph` (what a file may hold, and what of it is needed), `skim` (whether it may
//! be unpacked at all), `lower` (scikit-learn's operators as common ones), `trees` (its ensembles of trees), `runtime` (running it), `absent` (where the feature is not built in).

#[cfg(not(feature = "onnx"))]
#[path = "absent.rs"]
mod runtime;

mod bytes;
#[cfg(feature = "onnx")]
mod graph;
#[cfg(feature = "onnx")]
mod lower;
#[cfg(feature = "onnx")]
pub(crate) mod runtime;
#[cfg(feature = "onnx")]
mod skim;
#[cfg(feature = "onnx")]
mod trees;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::forest::Link;
use crate::forest::link::softmax;
use crate::table::Table;
pub use bytes::Bytes;
use runtime::Runtime;

/// The largest file that is taken as a model of rows, in bytes.
pub const BYTES_MAX: usize = 64 << 20;

/// How far from 0 to 1 a number may lie and still be a probability, rounded.
const ROUNDING: f64 = 1e-4;

/// Why bytes are no network, or not the wanted one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// The cargo feature is not built in.
    #[error("this build cannot run ONNX models; build it with `--features onnx`")]
    Absent,
    /// More bytes than are taken.
    #[error("{found} bytes are more than the {most} that an ONNX model may have")]
    TooLarge {
        /// How many.
        found: usize,
        /// How many at most.
        most: usize,
    },
    /// Bytes that are no ONNX model.
    #[error("this is no ONNX model: {0}")]
    NoModel(String),
    /// Parts of ONNX that are not run here.
    #[error("this ONNX model cannot be run: {0}")]
    Unsupported(String),
    /// Inputs that are not the row of features.
    #[error("the inputs of the ONNX model do not fit: {0}")]
    Inputs(String),
    /// Outputs that do not answer what is asked.
    #[error("the outputs of the ONNX model do not fit: {0}")]
    Outputs(String),
}

/// What a network is to answer, and how its file is to be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// The names of the features, in the order of a row.
    pub features: Vec<String>,
    /// What the answers are.
    pub link: Link,
    /// How many numbers an answer has.
    pub outputs: usize,
    /// The output that answers; none to find it: the one that holds numbers, or the one of them whose name speaks of probabilities.
    pub output: Option<String>,
    /// Whether that output holds sums from which probabilities are still to be made.
    pub logits: bool,
}

/// A network. It can answer, or it does not exist.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Network {
    parts: Parts,
    runtime: Arc<Runtime>,
}

/// What makes a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// How many features a row has.
    pub features: usize,
    /// The inputs: one that takes a whole row, or one a feature.
    pub inputs: Vec<String>,
    /// The output that answers.
    pub output: String,
    /// What the answers are.
    pub link: Link,
    /// How many numbers an answer has.
    pub outputs: usize,
    /// Whether the output holds sums from which probabilities are still to be made.
    pub logits: bool,
    /// The file.
    pub onnx: Bytes,
}

impl PartialEq for Network {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl TryFrom<Parts> for Network {
    type Error = NetworkError;

    fn try_from(parts: Parts) -> Result<Self, NetworkError> {
        if parts.features == 0 || !parts.link.fits(parts.outputs) {
            return Err(NetworkError::Outputs(format!("{} numbers are no {:?} answer", parts.outputs, parts.link)));
        }
        if parts.inputs.len() != 1 && parts.inputs.len() != parts.features {
            return Err(NetworkError::Inputs(format!("{} of them, {} features", parts.inputs.len(), parts.features)));
        }
        let runtime = Arc::new(Runtime::load(parts.onnx.as_slice(), BYTES_MAX, &parts.inputs, &parts.output)?);
        let network = Self { parts, runtime };
        for value in [0.0, 1.0, -1.0] {
            network.check(&vec![value; network.parts.features])?;
        }
        Ok(network)
    }
}

impl From<Network> for Parts {
    fn from(network: Network) -> Self {
        network.parts
    }
}

impl Network {
    /// The network in a file.
    ///
    /// # Errors
    /// A build that runs none; bytes that are none; operators that are not known; inputs or outputs that are not what is asked.
    pub fn import(onnx: &[u8], ask: &Ask) -> Result<Self, NetworkError> {
        let (inputs, output) = runtime::ends(onnx, BYTES_MAX, ask)?;
        Self::try_from(Parts {
            features: ask.features.len(),
            inputs,
            output,
            link: ask.link,
            outputs: ask.outputs,
            logits: ask.logits,
            onnx: Bytes::from(onnx.to_vec()),
        })
    }

    /// What it is made of.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The answer to a row of the right width; NaN where the network has no finite one.
    pub(crate) fn answer(&self, row: &[f64]) -> Vec<f64> {
        let raw = self.runtime.run_rows(&mut std::iter::once(row.to_vec())).pop();
        self.finish(raw.and_then(Result::ok).unwrap_or_default())
    }

    /// The answers to every row, those to the first first; the same bits as alone.
    pub(crate) fn answers(&self, table: &Table) -> Vec<f64> {
        let mut rows = (0..table.rows()).map(|number| {
            let mut row = Vec::with_capacity(table.width());
            table.row(number, &mut row);
            row
        });
        let raw = self.runtime.run_rows(&mut rows);
        raw.into_iter().flat_map(|raw| self.finish(raw.unwrap_or_default())).collect()
    }

    /// From what comes out of the network to an answer.
    fn finish(&self, raw: Vec<f64>) -> Vec<f64> {
        let Parts { link, outputs, logits, .. } = self.parts;
        let mut answer = self.shaped(raw);
        if answer.len() != outputs || answer.iter().any(|value| !value.is_finite()) {
            return vec![f64::NAN; outputs];
        }
        if link != Link::Identity {
            if logits {
                link.apply(&mut answer);
            }
            answer.iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
        }
        answer
    }

    /// Of the probabilities (or sums) of two classes, what is said of the second.
    fn shaped(&self, mut raw: Vec<f64>) -> Vec<f64> {
        if self.parts.link == Link::Logistic && raw.len() == 2 {
            if self.parts.logits {
                return vec![raw[1] - raw[0]];
            }
            raw.remove(0);
        }
        raw
    }

    /// Whether it answers a row, and with what is asked.
    fn check(&self, row: &[f64]) -> Result<(), NetworkError> {
        let Parts { link, outputs, logits, output, .. } = &self.parts;
        let raw = self.runtime.run_rows(&mut std::iter::once(row.to_vec())).pop();
        let raw = raw.unwrap_or_else(|| Err("it does not answer".to_owned())).map_err(NetworkError::Unsupported)?;
        let found = raw.len();
        let mut answer = self.shaped(raw);
        if answer.len() != *outputs {
            let wanted = match link {
                Link::Logistic => "the probability of a rise, or of a fall and a rise, is".to_owned(),
                Link::Identity => "one number is".to_owned(),
                Link::Softmax => format!("the probabilities of {outputs} classes are"),
            };
            return Err(NetworkError::Outputs(format!("`{output}` holds {found} numbers a row, {wanted} wanted")));
        }
        if *logits && *link == Link::Softmax {
            softmax(&mut answer);
        }
        let is_probability = |value: &f64| !value.is_finite() || (-ROUNDING..=1.0 + ROUNDING).contains(value);
        if *link != Link::Identity
            && !logits
            && let Some(value) = answer.iter().find(|value| !is_probability(value))
        {
            return Err(NetworkError::Outputs(format!(
                "`{output}` holds {value}, which is no probability: are they logits?"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
#[cfg(not(feature = "onnx"))]
mod absent_test;
#[cfg(test)]
#[cfg(feature = "onnx")]
mod tests;
