//! What a simulation gives back.

use mem_types::{PositionSide, Timestamp};
use serde::{Deserialize, Serialize};

/// Why a position was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExitReason {
    /// The protective stop was hit.
    StopLoss,
    /// The profit target was hit.
    TakeProfit,
    /// The strategy asked for it.
    Signal,
    /// An opposite entry took its place.
    Reversal,
    /// The account could not carry the position any longer.
    Liquidation,
}

/// One closed position.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TradeRecord {
    /// Open time of the bar in which the entry filled.
    pub entry_time: Timestamp,
    /// Open time of the bar in which the exit filled.
    pub exit_time: Timestamp,
    /// Position of the entry's bar.
    pub entry_bar: usize,
    /// Position of the exit's bar.
    pub exit_bar: usize,
    /// Long or short.
    pub side: PositionSide,
    /// Entry price, slippage included.
    pub entry_price: f64,
    /// Exit price, slippage included.
    pub exit_price: f64,
    /// Quantity in base units, positive.
    pub size: f64,
    /// Profit after fees, funding and borrow cost, in quote currency.
    pub pnl: f64,
    /// Profit in percent of the entry's notional.
    pub pnl_pct: f64,
    /// Fees paid at entry and exit.
    pub fees: f64,
    /// Funding and borrow cost paid while open (negative: received).
    pub carry: f64,
    /// Why it was closed.
    pub exit_reason: ExitReason,
    /// Confidence of the decision that opened it, 0 to 100.
    pub confidence: f64,
    /// Largest loss while open, in percent of the entry's notional, at most 0 (maximum adverse excursion).
    pub mae_pct: f64,
    /// Largest gain while open, in percent of the entry's notional, at least 0 (maximum favourable excursion).
    pub mfe_pct: f64,
    /// Equity after the exit.
    pub equity_after: f64,
}

/// A position that is still open when the data ends, valued at the last close, exit costs not yet paid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenPosition {
    /// Open time of the bar in which the entry filled.
    pub entry_time: Timestamp,
    /// Position of the entry's bar.
    pub entry_bar: usize,
    /// Long or short.
    pub side: PositionSide,
    /// Entry price, slippage included.
    pub entry_price: f64,
    /// Quantity in base units, positive.
    pub size: f64,
    /// Profit so far after costs so far, in quote currency.
    pub unrealised_pnl: f64,
    /// Where the stop stands.
    pub stop: Option<f64>,
    /// Where the target stands.
    pub target: Option<f64>,
}

/// Everything that one simulation over one series gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    /// Closed positions in order of exit.
    pub trades: Vec<TradeRecord>,
    /// Account value at every bar's close, open positions valued at that close. As long as the bars.
    pub equity: Vec<f64>,
    /// Position at every bar's close as a signed quantity in base units, run-length coded: `(first bar, quantity)`.
    pub position_changes: Vec<(usize, f64)>,
    /// The position that was open at the end, if any.
    pub open_position: Option<OpenPosition>,
    /// All fees paid.
    pub fees_paid: f64,
    /// All funding and borrow cost paid.
    pub carry_paid: f64,
    /// Traded notional, entries and exits added up.
    pub traded_notional: f64,
    /// Entries wanted but not made (no shorts allowed, no money left, zero size), with the reason's count.
    pub refused_entries: usize,
}
