//! A model as bytes: a line with format and checksum, then JSON. There is no code in it.

use sha2::{Digest, Sha256};

use super::{Model, ModelError, ModelParts};

/// The format that is written, and the only one that is read.
pub const FORMAT: u32 = 1;

const MARK: &str = "mem-model";

impl Model {
    /// The model as bytes; the same model gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let json =
            serde_json::to_string(&self.parts).expect("a sound model has finite numbers, and maps by symbol only");
        format!("{MARK} {FORMAT} sha256 {}\n{json}\n", checksum(&json)).into_bytes()
    }

    /// Reads a model.
    ///
    /// # Errors
    /// Bytes that are no model, that were changed, or that belong to a later program.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let text = std::str::from_utf8(bytes).map_err(|_| ModelError::NoModel)?;
        let (head, json) = text.split_once('\n').ok_or(ModelError::NoModel)?;
        let words: Vec<&str> = head.split(' ').collect();
        let [MARK, format, "sha256", sum] = words[..] else { return Err(ModelError::NoModel) };
        let format = format.parse().map_err(|_| ModelError::NoModel)?;
        if format != FORMAT {
            return Err(ModelError::Format(format));
        }
        let json = json.strip_suffix('\n').unwrap_or(json);
        if checksum(json) != sum {
            return Err(ModelError::Checksum);
        }
        Self::new(serde_json::from_str::<ModelParts>(json)?)
    }
}

fn checksum(json: &str) -> String {
    Sha256::digest(json).iter().map(|byte| format!("{byte:02x}")).collect()
}
