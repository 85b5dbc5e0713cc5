//! What is remembered.

use mem_types::{PositionSide, Timestamp};
use serde::{Deserialize, Serialize};

/// A decision to enter, and what the market looked like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The decision's number.
    pub id: u64,
    /// When it was taken.
    pub at: Timestamp,
    /// Which way it faced.
    pub side: PositionSide,
    /// How sure the strategy was, 0 to 100.
    pub confidence: f64,
    /// What the market looked like; NaN where undefined.
    #[serde(with = "undefined")]
    pub features: Vec<f64>,
}

/// What came of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// When its trade was over. From then on it may be recalled.
    pub closed_at: Timestamp,
    /// What it brought after costs, in percent of what was entered.
    pub return_pct: f64,
}

impl Outcome {
    /// Whether it gained anything.
    pub fn won(&self) -> bool {
        self.return_pct > 0.0
    }
}

/// A case whose outcome is known, as it is kept and read back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// The case.
    pub case: Case,
    /// Its outcome; `None` while its trade is open.
    pub outcome: Option<Outcome>,
}

/// Undefined features are null in JSON.
mod undefined {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(features: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
        let values: Vec<Option<f64>> = features.iter().map(|value| (!value.is_nan()).then_some(*value)).collect();
        values.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
        let values = Vec::<Option<f64>>::deserialize(deserializer)?;
        Ok(values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect())
    }
}
