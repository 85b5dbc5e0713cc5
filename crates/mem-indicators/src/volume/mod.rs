//! Volume: what trading says about the move.

pub mod cmf;
pub mod mfi;
pub mod obv;
