//! Trustworthy answers about strategies: candles and decisions in, trades, equity, metrics and reports out.
//!
//! Modules in reading order: [`config`] (every assumption of a simulation, written down), `costs` (slippage, funding
//! and borrow), [`mod@simulate`] (from event to event through the bars), [`result`] (what a simulation gives back),
//! [`calendar`] (how many bars a year has), [`mod@metrics`] (the usual figures), [`run`] (one strategy over many series),
//! [`runlog`] (runs that were kept), [`report`] (a run as a page), [`error`].

pub mod calendar;
pub mod compare;
pub mod config;
mod costs;
pub mod error;
pub mod fitness;
pub mod learn;
pub mod market;
pub mod metrics;
pub mod optimize;
pub mod portfolio;
pub mod portfolio_run;
pub mod report;
pub mod result;
pub mod run;
pub mod runlog;
pub mod simulate;

pub use calendar::{PeriodsPerYear, periods_per_year};
pub use config::{Fees, Fill, Intrabar, OnOpposite, OrdersAt, SimConfig, Sizing, Slippage};
pub use error::ResearchError;
pub use metrics::{Metrics, MetricsInput, metrics};
pub use result::{Backtest, ExitReason, OpenPosition, TradeRecord};
pub use simulate::simulate;
