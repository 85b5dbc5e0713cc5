//! Volume: what trading says about the move.

pub mod ad_line;
pub mod cmf;
pub mod mfi;
pub mod obv;
pub mod vpt;
pub mod vwap;
