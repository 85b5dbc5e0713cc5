//! What a model foresees: where the price goes, how far, how wildly, or within which bounds.

use mem_model::boost::Objective;
use mem_model::model::Tells;
use serde::{Deserialize, Serialize};

use crate::error::ResearchError;

/// What is foreseen of the bars up to the horizon.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The probability that the label's class is above 0. Such a model can decide.
    #[default]
    Direction,
    /// The logarithmic return.
    Return,
    /// The realised volatility: the square root of the sum of the squared logarithmic returns of the bars.
    Volatility,
    /// Quantiles of the logarithmic return at these levels, which ascend between 0 and 1.
    Quantiles(Vec<f64>),
}

impl Target {
    /// Its name: `direction`, `return`, `volatility`, `quantiles`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Direction => "direction",
            Self::Return => "return",
            Self::Volatility => "volatility",
            Self::Quantiles(_) => "quantiles",
        }
    }

    /// Whether it is that which is trained where nothing is said.
    pub(super) fn is_direction(&self) -> bool {
        *self == Self::Direction
    }

    /// # Errors
    /// Levels that are none.
    pub(super) fn validate(&self) -> Result<(), ResearchError> {
        let Self::Quantiles(levels) = self else { return Ok(()) };
        let expected = "levels of quantiles that ascend, above 0 and below 1".to_owned();
        let wrong = |value| ResearchError::Config { field: "levels", value, expected };
        match levels.iter().copied().find(|level| !(*level > 0.0 && *level < 1.0)) {
            Some(level) => Err(wrong(level)),
            None if levels.is_empty() => Err(wrong(f64::NAN)),
            None => match levels.windows(2).find(|pair| pair[0] >= pair[1]) {
                Some(pair) => Err(wrong(pair[1])),
                None => Ok(()),
            },
        }
    }

    /// What each predictor of such a model is trained for.
    pub(super) fn objectives(&self) -> Vec<Objective> {
        match self {
            Self::Direction => vec![Objective::Binary],
            Self::Return | Self::Volatility => vec![Objective::Squared],
            Self::Quantiles(levels) => levels.iter().map(|level| Objective::Quantile { level: *level }).collect(),
        }
    }

    /// What the answers of such a model are.
    pub(super) fn tells(&self) -> Tells {
        match self {
            Self::Direction => Tells::Up,
            Self::Return => Tells::Return,
            Self::Volatility => Tells::Volatility,
            Self::Quantiles(levels) => Tells::ReturnQuantiles(levels.clone()),
        }
    }
}
