//! Moving averages.

pub mod ema;
pub mod hull;
pub mod sma;
pub mod tema;
pub mod wma;

use crate::param::{ParamSpec, bars};

/// The one parameter of most averages.
pub(crate) const PERIOD: ParamSpec = bars("period", 1, 20, "bars averaged");
