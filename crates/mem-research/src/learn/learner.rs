//! What is trained.

use mem_model::boost::BoostParameters;
use mem_model::learn::Learn;
use mem_model::linear::LogisticParameters;
use mem_model::sequence::SequenceParameters;
use serde::{Deserialize, Serialize};

use crate::error::ResearchError;

/// What is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Learner {
    /// Gradient-boosted trees.
    BoostedTrees(BoostParameters),
    /// Logistic regression.
    Logistic(LogisticParameters),
    /// A network that looks at the last rows.
    Sequence(SequenceParameters),
    /// A mean of members.
    Weighted {
        /// What it is the mean of; at least two.
        members: Vec<Member>,
    },
    /// A logistic regression over the log-odds of members.
    Stacked {
        /// What it looks at; at least two.
        members: Vec<Member>,
        /// Its penalty, see [`LogisticParameters::l2`].
        l2: f64,
    },
    /// A predictor for each third of the values of a feature.
    Switched {
        /// What is trained for each.
        member: Member,
        /// The feature, by its name.
        feature: String,
    },
}

/// What may be part of an ensemble: it looks at one row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Member {
    /// Gradient-boosted trees.
    BoostedTrees(BoostParameters),
    /// Logistic regression.
    Logistic(LogisticParameters),
}

impl Member {
    /// Its name: `boosted_trees`, `logistic`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::BoostedTrees(_) => "boosted_trees",
            Self::Logistic(_) => "logistic",
        }
    }

    fn seed(&self) -> Option<u64> {
        match self {
            Self::BoostedTrees(parameters) => Some(parameters.seed),
            Self::Logistic(_) => None,
        }
    }

    pub(super) fn as_learn(&self) -> &dyn Learn {
        match self {
            Self::BoostedTrees(parameters) => parameters,
            Self::Logistic(parameters) => parameters,
        }
    }
}

impl Learner {
    /// Its name: `boosted_trees`, `logistic`, `lstm`, `gru`, `transformer`, `weighted`, `stacked`, `switched`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::BoostedTrees(_) => "boosted_trees",
            Self::Logistic(_) => "logistic",
            Self::Sequence(parameters) => parameters.cell.name(),
            Self::Weighted { .. } => "weighted",
            Self::Stacked { .. } => "stacked",
            Self::Switched { .. } => "switched",
        }
    }

    /// What an ensemble is made of.
    pub fn members(&self) -> &[Member] {
        match self {
            Self::BoostedTrees(_) | Self::Logistic(_) | Self::Sequence(_) => &[],
            Self::Weighted { members } | Self::Stacked { members, .. } => members,
            Self::Switched { member, .. } => std::slice::from_ref(member),
        }
    }

    /// How many rows it looks at.
    pub fn steps(&self) -> usize {
        if let Self::Sequence(parameters) = self { parameters.steps } else { 1 }
    }

    /// Where its randomness begins; `None` where nothing is random.
    pub fn seed(&self) -> Option<u64> {
        match self {
            Self::BoostedTrees(parameters) => Some(parameters.seed),
            Self::Sequence(parameters) => Some(parameters.seed),
            Self::Logistic(_) | Self::Weighted { .. } | Self::Stacked { .. } | Self::Switched { .. } => {
                self.members().iter().find_map(Member::seed)
            }
        }
    }

    /// Whether it can be trained on these features in this build.
    ///
    /// # Errors
    /// Says what cannot be.
    pub(super) fn check(&self, features: &[String]) -> Result<(), ResearchError> {
        let members = self.members();
        match self {
            Self::BoostedTrees(_) | Self::Logistic(_) => Ok(()),
            Self::Sequence(parameters) => parameters.check().map_err(|error| error.to_string()),
            Self::Weighted { .. } | Self::Stacked { .. } => {
                let differ = (1..members.len()).all(|at| !members[..at].contains(&members[at]));
                let some = members.len() > 1 && differ;
                if some { Ok(()) } else { Err(format!("{} needs two members or more that differ", self.kind())) }
            }
            Self::Switched { feature, .. } if features.contains(feature) => Ok(()),
            Self::Switched { feature, .. } => {
                Err(format!("no feature is named {feature}; the regime is told by one of: {}", features.join(", ")))
            }
        }
        .map_err(ResearchError::Model)
    }
}
