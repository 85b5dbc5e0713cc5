//! The strategy whose entries a meta-label judges.

use mem_indicators::ParamValue;
use serde::{Deserialize, Serialize};

use crate::strategy::Strategy;

/// The strategy whose entries a meta-label judges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Primary {
    /// Its name.
    pub strategy: String,
    /// Every parameter with its value, in the strategy's own order.
    pub params: Vec<(String, ParamValue)>,
}

impl Primary {
    /// A strategy as it was built.
    pub fn of(strategy: &dyn Strategy) -> Self {
        Self { strategy: strategy.name().to_owned(), params: strategy.params() }
    }

    /// Whether that strategy is meant.
    pub fn is(&self, strategy: &dyn Strategy) -> bool {
        *self == Self::of(strategy)
    }
}

impl std::fmt::Display for Primary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.strategy)?;
        self.params.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}
