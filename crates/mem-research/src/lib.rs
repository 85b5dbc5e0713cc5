//! Trustworthy answers about strategies: candles and decisions in, trades, equity, metrics and reports out.
//!
//! Modules in reading order: [`config`] (every assumption of a simulation, written down), `costs` (slippage, funding
//! and borrow), [`mod@simulate`] (from event to event through the bars), [`result`] (what a simulation gives back),
//! [`error`].

pub mod config;
mod costs;
pub mod error;
pub mod result;
pub mod simulate;

pub use config::{Fees, Fill, Intrabar, OnOpposite, SimConfig, Sizing, Slippage};
pub use error::ResearchError;
pub use result::{Backtest, ExitReason, OpenPosition, TradeRecord};
pub use simulate::simulate;
