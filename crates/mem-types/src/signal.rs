//! What a strategy decides.

use crate::time::Timestamp;

/// Which way a position faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PositionSide {
    /// Gains when the price rises.
    Long,
    /// Gains when the price falls.
    Short,
}

impl PositionSide {
    /// +1 for long, -1 for short.
    pub const fn sign(self) -> f64 {
        match self {
            Self::Long => 1.0,
            Self::Short => -1.0,
        }
    }
}

/// What to do after a closed bar, in the words of the strategy API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Action {
    /// Be long.
    Buy,
    /// Be short, or out where shorts are not allowed.
    Sell,
    /// Leave things as they are.
    Hold,
}

/// What a strategy wants to happen, bar for bar; bars without an intent are not listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// Open a long position.
    EnterLong,
    /// Open a short position.
    EnterShort,
    /// Close a long position if there is one.
    ExitLong,
    /// Close a short position if there is one.
    ExitShort,
}

impl Intent {
    /// The side that it enters; `None` for one that leaves.
    pub fn enters(self) -> Option<PositionSide> {
        match self {
            Self::EnterLong => Some(PositionSide::Long),
            Self::EnterShort => Some(PositionSide::Short),
            Self::ExitLong | Self::ExitShort => None,
        }
    }
}

/// One decision, taken at the close of a bar from that bar and earlier ones only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Position of the bar at whose close it was taken.
    pub bar: usize,
    /// What is wanted.
    pub intent: Intent,
    /// How sure the strategy is, 0 to 100 percent.
    pub confidence: f64,
    /// Distance from entry price to protective stop in price units, if there is a stop.
    pub stop_distance: Option<f64>,
    /// Distance from entry price to profit target in price units, if there is a target.
    pub target_distance: Option<f64>,
}

/// All decisions over a stretch of bars, in order of [`Decision::bar`]; several may share a bar (an exit, then an entry).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decisions {
    /// In order of time.
    pub list: Vec<Decision>,
}

/// A decision as people and programs read it: with price levels and with reasons in plain English.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Signal {
    /// When the bar that it was taken on opened.
    pub ts: Timestamp,
    /// What to do.
    pub action: Action,
    /// The exact intent behind the action; `None` when holding.
    pub intent: Option<Intent>,
    /// How sure, 0 to 100 percent.
    pub confidence: f64,
    /// The close that the decision was taken at.
    pub price: f64,
    /// Protective stop price.
    pub stop: Option<f64>,
    /// Profit target price.
    pub target: Option<f64>,
    /// Why, in plain English, the weightiest reason first.
    pub reasons: Vec<String>,
}
