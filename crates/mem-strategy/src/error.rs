//! Why a strategy cannot decide.

use mem_indicators::IndicatorError;
use mem_types::Timeframe;

/// Why a strategy cannot be built or cannot decide.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StrategyError {
    /// No strategy of that name.
    #[error("unknown strategy '{name}'; there are {}", .known.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<&'static str>,
    },
    /// A parameter is unknown, of the wrong kind or out of range.
    #[error(transparent)]
    Parameter(#[from] IndicatorError),
    /// Parameters that are each in range but do not go together.
    #[error("{strategy}: {rule}")]
    Conflict {
        /// The strategy.
        strategy: &'static str,
        /// What must hold.
        rule: &'static str,
    },
    /// A higher timeframe that is not longer than the bars it goes with, or does not hold whole ones.
    #[error("bars of {higher} are no higher timeframe for bars of {base}")]
    NotHigher {
        /// The timeframe that was given as higher.
        higher: Timeframe,
        /// The timeframe of the bars.
        base: Timeframe,
    },
    /// A bar that is not there.
    #[error("there is no bar {bar}: the series has {bars}")]
    NoSuchBar {
        /// The position asked for.
        bar: usize,
        /// How many bars there are.
        bars: usize,
    },
}
