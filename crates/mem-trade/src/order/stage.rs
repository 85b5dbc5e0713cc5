//! The stages of an order's life, and which may follow which.

use serde::{Deserialize, Serialize};

/// Where an order of ours stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Written down, not sent.
    Planned,
    /// On its way, no answer yet.
    Sent,
    /// Sent, no answer came: it may stand in the market, or not.
    Unknown,
    /// Accepted: it stands in the market or waits for its trigger.
    Open,
    /// Some of it has filled.
    PartiallyFilled,
    /// Done: all of it filled.
    Filled,
    /// Done: cancelled before all of it filled.
    Canceled,
    /// Done: refused, or never sent.
    Rejected,
    /// Done: found no liquidity, or came too late.
    Expired,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 9] = [
        Self::Planned,
        Self::Sent,
        Self::Unknown,
        Self::Open,
        Self::PartiallyFilled,
        Self::Filled,
        Self::Canceled,
        Self::Rejected,
        Self::Expired,
    ];

    /// Whether nothing more can happen to it.
    pub const fn is_done(self) -> bool {
        matches!(self, Self::Filled | Self::Canceled | Self::Rejected | Self::Expired)
    }

    /// Whether an order here may next be there. News may come late or twice: what has been passed is not gone back to.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Planned => !matches!(next, Self::Planned),
            Self::Sent => !matches!(next, Self::Planned | Self::Sent),
            Self::Unknown => !matches!(next, Self::Planned | Self::Unknown),
            Self::Open => !matches!(next, Self::Planned | Self::Sent | Self::Open | Self::Unknown),
            Self::PartiallyFilled => matches!(next, Self::Filled | Self::Canceled | Self::Expired | Self::Rejected),
            Self::Filled | Self::Canceled | Self::Rejected | Self::Expired => false,
        }
    }

    /// Its name in files and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sent => "sent",
            Self::Unknown => "unknown",
            Self::Open => "open",
            Self::PartiallyFilled => "partially_filled",
            Self::Filled => "filled",
            Self::Canceled => "canceled",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_the_end_and_no_life_is_a_circle() {
        for from in Stage::ALL {
            for to in Stage::ALL {
                let both = from.may_become(to) && to.may_become(from);
                // An order that is sent again after silence is the one way round.
                let sent_again = matches!((from, to), (Stage::Sent, Stage::Unknown) | (Stage::Unknown, Stage::Sent));
                assert!(!both || sent_again, "{from:?} and {to:?}");
                assert!(!(from.is_done() && from.may_become(to)), "{from:?} to {to:?}");
            }
        }
    }
}
