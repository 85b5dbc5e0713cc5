//! What labels are asked for.

use serde::{Deserialize, Serialize};

/// Longest future of a label, in bars.
const MAX_BARS: usize = 10_000;

/// Why labels cannot be made as asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LabelError {
    /// A number out of its range.
    #[error("{what} {found} is not {expected}")]
    OutOfRange {
        /// Which.
        what: &'static str,
        /// What was given.
        found: f64,
        /// What is allowed.
        expected: &'static str,
    },
    /// Not as many sides as bars.
    #[error("{sides} sides for {bars} bars")]
    Sides {
        /// How many sides.
        sides: usize,
        /// How many bars.
        bars: usize,
    },
}

/// A kind of label with its numbers. Returns are logarithmic, prices those of the close if nothing else is said.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, tag = "kind")]
pub enum LabelDef {
    /// The return over so many bars. Class 1 above the dead band, -1 below it, 0 inside; the value is the return.
    Horizon {
        /// Bars looked ahead.
        bars: usize,
        /// Returns that are no nearer to zero than this have a direction. At least 0.
        dead_band: f64,
    },
    /// Which of three barriers is touched first (López de Prado, Advances in Financial Machine Learning, 2018, section 3.4), for a long
    /// decision at every bar. Class 1 upper, -1 lower, 0 (or the sign of the return) vertical; the value is the return to where it was
    /// touched.
    TripleBarrier(Barriers),
    /// Whether a decision of a primary strategy was right (the same, section 3.6): barriers as in `TripleBarrier`, in the direction of
    /// the decision. Only bars with a decision are labelled. Class 1 if the return in its direction passed `min_return`, else 0; the value
    /// is that return.
    Meta {
        /// The barriers; `up` is the side of gain whichever the direction.
        barriers: Barriers,
        /// What must be passed, for example the costs of the trade. At least 0.
        min_return: f64,
    },
    /// What kind of market follows. With s the sample deviation of the next `bars` returns, r their sum: class 3 (volatile) if s is more
    /// than `volatile` times the deviation of the last `volatility_bars`; else 0 (bullish) or 1 (bearish) if r / (s sqrt(bars)), the value,
    /// is above `trend` or below -`trend`; else 2 (sideways). The value is infinite if all returns are equal and not zero.
    Regime {
        /// Bars looked ahead, at least 2.
        bars: usize,
        /// Bars whose deviation is the usual one, at least 2.
        volatility_bars: usize,
        /// So many times the usual deviation is volatile. Above 0.
        volatile: f64,
        /// From this on a move is a trend. At least 0.
        trend: f64,
    },
    /// The strongest trend that begins (López de Prado, Machine Learning for Asset Managers, 2020, section 5.4): of the least-squares lines
    /// through the logarithms of the closes from the bar to each of `shortest` to `longest` bars later, the one whose slope has the
    /// t-value furthest from zero. The value is that t-value, the class its sign, or 0 if it is nearer to zero than `min_t`. As the choice
    /// needs all lines, the label is known after `longest` bars, whichever is chosen. The value is infinite if a line is met exactly.
    TrendScan {
        /// Bars to the end of the shortest line, at least 2.
        shortest: usize,
        /// Bars to the end of the longest line.
        longest: usize,
        /// T-values from here on have a direction. At least 0.
        min_t: f64,
    },
}

/// Three barriers around the close of a decision.
///
/// The horizontal ones lie `up` and `down` times `sigma sqrt(bars)` away, with sigma the sample deviation of the last
/// `volatility_bars` returns at the decision, and never nearer than `min_width`. The bars after the decision are looked at one by one:
/// an open beyond a barrier settles at the open; else a high or low that touches one settles at the barrier; **if one bar touches both,
/// the one of loss counts**, as the bar does not say which came first. After `bars` the close settles. Bars before sigma is defined, or
/// where it and `min_width` are zero, have no label.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Barriers {
    /// Distance of the barrier of gain. Above 0.
    pub up: f64,
    /// Distance of the barrier of loss. Above 0.
    pub down: f64,
    /// Bars to the vertical barrier.
    pub bars: usize,
    /// Bars that sigma is taken from, at least 2.
    pub volatility_bars: usize,
    /// Smallest distance, as a logarithmic return. At least 0.
    pub min_width: f64,
    /// What the vertical barrier says.
    pub vertical: Vertical,
}

/// The class of a label that no horizontal barrier has settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vertical {
    /// Class 0.
    Zero,
    /// The sign of the return.
    Sign,
}

impl LabelDef {
    /// Longest time from decision to label, in bars.
    pub fn longest(&self) -> usize {
        match self {
            Self::Horizon { bars, .. } | Self::Regime { bars, .. } => *bars,
            Self::TripleBarrier(barriers) | Self::Meta { barriers, .. } => barriers.bars,
            Self::TrendScan { longest, .. } => *longest,
        }
    }

    /// Bars before a decision that its label looks back at.
    pub fn looks_back(&self) -> usize {
        match self {
            Self::Horizon { .. } | Self::TrendScan { .. } => 0,
            Self::TripleBarrier(barriers) | Self::Meta { barriers, .. } => barriers.volatility_bars,
            Self::Regime { volatility_bars, .. } => *volatility_bars,
        }
    }

    /// Whether its numbers are in range.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check(&self) -> Result<(), LabelError> {
        match *self {
            Self::Horizon { bars, dead_band } => count("horizon", bars, 1).and(at_least_zero("dead band", dead_band)),
            Self::TripleBarrier(barriers) => barriers.check(),
            Self::Meta { barriers, min_return } => barriers.check().and(at_least_zero("least return", min_return)),
            Self::Regime { bars, volatility_bars, volatile, trend } => count("horizon", bars, 2)
                .and(count("window of volatility", volatility_bars, 2))
                .and(above_zero("multiple of volatility", volatile))
                .and(at_least_zero("trend", trend)),
            Self::TrendScan { shortest, longest, min_t } => count("shortest line", shortest, 2)
                .and(count("longest line", longest, shortest))
                .and(at_least_zero("least t-value", min_t)),
        }
    }
}

impl Barriers {
    fn check(&self) -> Result<(), LabelError> {
        above_zero("barrier of gain", self.up)
            .and(above_zero("barrier of loss", self.down))
            .and(count("vertical barrier", self.bars, 1))
            .and(count("window of volatility", self.volatility_bars, 2))
            .and(at_least_zero("least width", self.min_width))
    }
}

fn count(what: &'static str, bars: usize, fewest: usize) -> Result<(), LabelError> {
    let expected = "a count of bars that makes sense, at most 10000";
    if (fewest..=MAX_BARS).contains(&bars) {
        Ok(())
    } else {
        Err(LabelError::OutOfRange { what, found: bars as f64, expected })
    }
}

fn above_zero(what: &'static str, found: f64) -> Result<(), LabelError> {
    if found > 0.0 && found.is_finite() {
        Ok(())
    } else {
        Err(LabelError::OutOfRange { what, found, expected: "a number above 0" })
    }
}

fn at_least_zero(what: &'static str, found: f64) -> Result<(), LabelError> {
    if found >= 0.0 && found.is_finite() {
        Ok(())
    } else {
        Err(LabelError::OutOfRange { what, found, expected: "a number of at least 0" })
    }
}
