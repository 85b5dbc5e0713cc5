//! Trend: which way prices go.

pub mod adx;
pub mod aroon;
pub mod ichimoku;
pub mod macd;
pub mod psar;
pub mod supertrend;
