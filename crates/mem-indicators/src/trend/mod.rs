//! Trend: which way prices go.

pub mod adx;
pub mod aroon;
pub mod macd;
