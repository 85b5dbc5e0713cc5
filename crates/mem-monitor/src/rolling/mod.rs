//! Rolling figures of closed trades and equity.
//!
//! [`Rolling`] is fed with what happened and asked for [`Figures`]: of the newest trades, of spans of time, and of everything.
//! Each figure's formula stands at its field in [`WindowFigures`] and [`TotalFigures`].
//!
//! ```
//! use mem_monitor::rolling::{ClosedTrade, Rolling, RollingConfig};
//!
//! let mut rolling = Rolling::new(RollingConfig::default());
//! let at = "2024-01-01T00:00:00Z".parse().unwrap();
//! let symbol = "BTCUSDT".parse().unwrap();
//! let trade = ClosedTrade { at, symbol, pnl: 12.5, return_pct: 0.4, slippage_bps: 1.2, expected_slippage_bps: 1.0 };
//! rolling.trade(&trade).unwrap();
//! rolling.equity(at, 10_012.5).unwrap();
//! let figures = rolling.figures(at);
//! assert_eq!(figures.recent.win_rate, Some(100.0));
//! assert_eq!(figures.recent.profit_factor, None, "nothing was lost");
//! ```

mod config;
mod equity;
mod figures;
mod total;
mod trades;

use mem_types::{Symbol, Timestamp};
use serde::{Deserialize, Serialize};

pub use config::RollingConfig;
pub use figures::{Figures, TotalFigures, WindowFigures};

use crate::MonitorError;
use equity::EquityHistory;
use total::Total;
use trades::KeptTrades;

/// A year of 365.25 days, in nanoseconds.
const NANOS_PER_YEAR: f64 = 365.25 * 86_400.0 * 1e9;

/// A trade that is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClosedTrade {
    /// When it was closed.
    pub at: Timestamp,
    /// What was traded.
    pub symbol: Symbol,
    /// Profit after costs, in the quote currency.
    pub pnl: f64,
    /// Profit after costs in percent of what was entered.
    pub return_pct: f64,
    /// Slippage in basis points; above zero is worse than the price decided on.
    pub slippage_bps: f64,
    /// The slippage that was expected beforehand, in basis points.
    pub expected_slippage_bps: f64,
}

/// Trades and equity in, figures out.
///
/// Memory is bounded: trades that no window reaches are forgotten (at most `max_trades` are kept), equity is kept as one
/// summary a minute. Something stamped earlier than what came before counts at the time of what came before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rolling {
    config: RollingConfig,
    trades: KeptTrades,
    equity: EquityHistory,
    total: Total,
}

impl Rolling {
    /// Nothing has happened yet.
    pub fn new(config: RollingConfig) -> Self {
        let equity = EquityHistory::new(config.longest_span());
        Self { config, trades: KeptTrades::default(), equity, total: Total::default() }
    }

    /// A trade was closed.
    ///
    /// # Errors
    /// One of its numbers is not finite. Nothing has changed then.
    pub fn trade(&mut self, trade: &ClosedTrade) -> Result<(), MonitorError> {
        finite("pnl", trade.pnl)?;
        finite("return_pct", trade.return_pct)?;
        finite("slippage_bps", trade.slippage_bps)?;
        finite("expected_slippage_bps", trade.expected_slippage_bps)?;
        let kept = self.trades.push(trade, &self.config);
        self.total.trade(&kept);
        Ok(())
    }

    /// The account was worth `value` at `at`, open positions included.
    ///
    /// # Errors
    /// The value is not finite. Nothing has changed then.
    pub fn equity(&mut self, at: Timestamp, value: f64) -> Result<(), MonitorError> {
        finite("equity", value)?;
        self.equity.push(at, value);
        self.total.equity(value);
        Ok(())
    }

    /// The figures as of `now`. A `now` before what was fed last counts as the time of that.
    pub fn figures(&self, now: Timestamp) -> Figures {
        let now = now.max(self.trades.newest()).max(self.equity.newest());
        let recent = self.trades.recent(self.config.trades);
        let oldest = recent.first().map(|trade| trade.at);
        let elapsed = oldest.map(|oldest| nanos_between(oldest, now));
        let mut recent = figures::of_trades(format!("{} trades", self.config.trades), recent, elapsed);
        if let Some(oldest) = oldest {
            figures::add_drawdown(&mut recent, self.equity.since(oldest));
        }
        let spans = self.config.span_hours.iter().map(|hours| self.span(*hours, now)).collect();
        Figures { at: now, recent, spans, total: self.total.figures(now) }
    }

    fn span(&self, hours: u32, now: Timestamp) -> WindowFigures {
        let length = config::hours(hours);
        let start = Timestamp::from_nanos(now.as_nanos().saturating_sub(length));
        let (trades, complete) = self.trades.since(start);
        let mut figures = figures::of_trades(config::span_name(hours), trades, Some(length as f64));
        figures.complete = complete;
        figures::add_drawdown(&mut figures, self.equity.since(start));
        figures
    }
}

/// What is kept of a trade.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct KeptTrade {
    at: Timestamp,
    pnl: f64,
    return_pct: f64,
    slippage_bps: f64,
    expected_slippage_bps: f64,
}

fn finite(field: &'static str, value: f64) -> Result<(), MonitorError> {
    if value.is_finite() { Ok(()) } else { Err(MonitorError::NotFinite { field, value }) }
}

fn nanos_between(from: Timestamp, to: Timestamp) -> f64 {
    to.as_nanos().saturating_sub(from.as_nanos()) as f64
}

#[cfg(test)]
#[path = "rolling_test.rs"]
mod tests;
