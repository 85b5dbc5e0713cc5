//! Volatility: how far prices spread.

pub mod atr;
pub mod bollinger;
pub mod true_range;
