//! Momentum: how fast prices move.

pub mod cci;
pub mod roc;
pub mod rsi;
pub mod stochastic;
pub mod tsi;
pub mod williams_r;
