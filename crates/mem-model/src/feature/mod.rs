//! Bars, other markets and scores in, rows of features out: the same bits bar by bar and all at once.
//!
//! A feature is a formula ([`Expr`]) over the bars of the symbol, the registry of indicators, bars of other symbols, scores and the
//! calendar. A [`FeatureSet`] is a named, versioned list of them; [`built_in`] gives those that come along. A [`FeatureStream`] computes
//! a set. Each row is known when its bar closes ([`FeatureTable::known_at`]) and depends on nothing that was known later; what is
//! undefined is NaN.
//!
//! Modules in reading order: `expr` (formulas; `brief` writes and `print` shows them), `set` and `sets` (named lists of them), `plan` (a set
//! made ready to compute: each part once, however many features use it), `machine` (a formula's parts as state machines), `join` (other
//! series, as they were known), `calendar`, `stream` (rows), `scale` and `encode` (what is fitted on the rows of training only).

mod brief;
mod calendar;
mod encode;
mod expr;
mod join;
mod machine;
mod plan;
mod print;
mod scale;
mod set;
mod sets;
mod stream;

use mem_indicators::IndicatorError;
use mem_types::Timestamp;

pub use calendar::Calendar;
pub use encode::Categories;
pub use expr::{Column, Expr, SentimentMeasure};
pub use join::Score;
pub use scale::{Scaler, Scaling};
pub use set::{FeatureDef, FeatureSet};
pub use sets::{built_in, named};
pub use stream::{FeatureStream, FeatureTable, Sources};

/// Why features cannot be computed as asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FeatureError {
    /// No feature at all.
    #[error("feature set `{0}` has no features")]
    Empty(String),
    /// A name twice in a set.
    #[error("two features are named `{0}`")]
    Twice(String),
    /// An indicator that is not in the registry.
    #[error("no indicator is named `{0}`")]
    UnknownIndicator(String),
    /// An output that the indicator does not have.
    #[error("{indicator} has no output `{output}`; it has {}", known.join(", "))]
    UnknownOutput {
        /// The indicator.
        indicator: String,
        /// What was asked for.
        output: String,
        /// What there is.
        known: &'static [&'static str],
    },
    /// Parameters that the indicator does not take.
    #[error(transparent)]
    Indicator(#[from] IndicatorError),
    /// A number of a formula out of its range.
    #[error("{what} {found} is not {expected}")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// What was given.
        found: String,
        /// What is allowed.
        expected: &'static str,
    },
    /// A bar or score that is not later than the one before it.
    #[error("{what} at {at} comes after one of {last}")]
    OutOfOrder {
        /// Of which series.
        what: String,
        /// Its time.
        at: Timestamp,
        /// The time of the one before.
        last: Timestamp,
    },
    /// Something that was known in time for a row that has been given out without it.
    #[error("{what} known at {at} comes after the row of {row} was given out")]
    Late {
        /// Of which series.
        what: String,
        /// When it was known.
        at: Timestamp,
        /// When the last row was known.
        row: Timestamp,
    },
}
