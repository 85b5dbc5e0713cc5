//! What alerts there are, and how bad they can be.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad it is. The order is that of the words: info, yellow, red.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Somebody should look.
    Yellow,
    /// Somebody must look now.
    Red,
}

impl Severity {
    /// Its name: `info`, `yellow`, `red`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// What an alert is about. The names never change: records and receivers know them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum AlertKind {
            $($(#[$doc])* #[serde(rename = $name)] $kind,)*
        }

        impl AlertKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// Its name, as in `LOW_WIN_RATE`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// Too few of the newest trades win.
    LowWinRate = "LOW_WIN_RATE",
    /// Equity is too far below its peak.
    HighDrawdown = "HIGH_DRAWDOWN",
    /// The newest trades lose more than they win.
    LowProfitFactor = "LOW_PROFIT_FACTOR",
    /// Too many losing trades in a row.
    LosingStreak = "LOSING_STREAK",
    /// A feed brings nothing, or nothing new.
    StaleFeed = "STALE_FEED",
    /// A feed's WebSocket is down and REST stands in for it.
    FailOver = "FAIL_OVER",
    /// A feed has stopped trying to connect for a while.
    BreakerOpen = "BREAKER_OPEN",
    /// Risk has halted trading.
    RiskHalt = "RISK_HALT",
    /// The kill switch is pulled.
    KillSwitch = "KILL_SWITCH",
    /// A price has reached what somebody asked to be told about.
    PriceLevel = "PRICE_LEVEL",
    /// The disk is nearly full.
    DiskLow = "DISK_LOW",
    /// Our clock and the venue's differ.
    ClockSkew = "CLOCK_SKEW",
    /// The ledger and the venue differ.
    BooksDiffer = "BOOKS_DIFFER",
    /// Nobody knows what became of an order.
    OrderUnknown = "ORDER_UNKNOWN",
    /// What a model sees is no longer like what it was trained on.
    ModelDrift = "MODEL_DRIFT",
    /// A model's predictions have become worse.
    ModelDecay = "MODEL_DECAY",
    /// A candidate has come further.
    ModelStage = "MODEL_STAGE",
    /// A candidate was taken back.
    ModelRolledBack = "MODEL_ROLLED_BACK",
}

impl fmt::Display for AlertKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_everywhere() {
        for kind in AlertKind::ALL {
            let spelt = serde_json::to_string(kind).unwrap();
            assert_eq!(spelt, format!("\"{kind}\""));
            assert_eq!(serde_json::from_str::<AlertKind>(&spelt).unwrap(), *kind);
        }
        assert_eq!(serde_json::to_string(&Severity::Yellow).unwrap(), "\"yellow\"");
        assert!(Severity::Info < Severity::Yellow && Severity::Yellow < Severity::Red);
    }
}
