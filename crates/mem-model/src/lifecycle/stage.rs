//! Where a model stands.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a model stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It is being trained.
    Training,
    /// It is trained, and is being judged on data that it has not seen.
    Validating,
    /// It has been judged, and waits.
    Staging,
    /// It predicts live and nobody listens.
    Shadow,
    /// It decides a share of the signals.
    Canary,
    /// It decides.
    Production,
    /// It has done its work, or was not better than the champion.
    Archived,
    /// It could not be trained, or did harm.
    Failed,
}

impl Stage {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 8] = [
        Self::Training,
        Self::Validating,
        Self::Staging,
        Self::Shadow,
        Self::Canary,
        Self::Production,
        Self::Archived,
        Self::Failed,
    ];

    /// Its name, as in `shadow`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Validating => "validating",
            Self::Staging => "staging",
            Self::Shadow => "shadow",
            Self::Canary => "canary",
            Self::Production => "production",
            Self::Archived => "archived",
            Self::Failed => "failed",
        }
    }

    /// Whether a model may go from here to `to`. An operator may put any judged model into production, and take an archived one back.
    pub fn may_become(self, to: Self) -> bool {
        use Stage::{Archived, Canary, Failed, Production, Shadow, Staging, Training, Validating};
        match self {
            Training => matches!(to, Validating | Failed),
            Validating => matches!(to, Staging | Archived | Failed),
            Staging => matches!(to, Shadow | Canary | Production | Archived | Failed),
            Shadow => matches!(to, Staging | Canary | Production | Archived | Failed),
            Canary => matches!(to, Shadow | Production | Archived | Failed),
            Production => matches!(to, Archived | Failed),
            Archived => matches!(to, Staging | Production),
            Failed => false,
        }
    }

    /// Whether it predicts on the live market.
    pub fn predicts(self) -> bool {
        matches!(self, Self::Shadow | Self::Canary | Self::Production)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_records() {
        for stage in Stage::ALL {
            assert_eq!(serde_json::to_string(&stage).unwrap(), format!("\"{stage}\""));
        }
    }

    #[test]
    fn nobody_decides_unjudged_and_nobody_returns_from_failure() {
        for stage in [Stage::Training, Stage::Validating] {
            assert!(!stage.may_become(Stage::Production) && !stage.may_become(Stage::Canary));
        }
        assert!(Stage::ALL.iter().all(|to| !Stage::Failed.may_become(*to)));
        assert!(Stage::ALL.iter().all(|stage| !stage.may_become(*stage)));
    }
}
