//! Trustworthy answers about strategies: candles and decisions in, trades, equity, metrics and reports out.
//!
//! Modules in reading order: [`config`] (every assumption of a simulation, written down), [`result`] (what a
//! simulation gives back).

pub mod config;
pub mod result;

pub use config::{Fees, Fill, Intrabar, OnOpposite, SimConfig, Sizing, Slippage};
pub use result::{Backtest, ExitReason, OpenPosition, TradeRecord};
