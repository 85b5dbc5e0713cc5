//! Volatility: how far prices spread.

pub mod atr;
pub mod bollinger;
pub mod donchian;
pub mod keltner;
pub mod std_dev;
pub mod true_range;
