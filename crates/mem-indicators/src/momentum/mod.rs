//! Momentum: how fast prices move.

pub mod rsi;
pub mod stochastic;
