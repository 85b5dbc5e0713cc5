//! What is told about a window, and about everything.

use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::NANOS_PER_YEAR;
use super::equity::Drawdown;
use super::trades::Slices;

/// All figures at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// As of when.
    pub at: Timestamp,
    /// Of the newest trades.
    pub recent: WindowFigures,
    /// Of spans of time that end now, in the order of the configuration.
    pub spans: Vec<WindowFigures>,
    /// Of everything that was fed.
    pub total: TotalFigures,
}

/// Figures of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowFigures {
    /// Which: `100 trades`, `24h`, `7d`.
    pub window: String,
    /// Whether everything that the window reaches is still remembered.
    pub complete: bool,
    /// Trades closed in it: those after its start, up to now.
    pub trades: usize,
    /// Trades with a profit above zero.
    pub wins: usize,
    /// Trades with a profit below zero. A trade that ends at zero is neither.
    pub losses: usize,
    /// `100 * wins / trades`, in percent; `None` without trades.
    pub win_rate: Option<f64>,
    /// `gross_profit / gross_loss`; `None` where nothing was lost.
    pub profit_factor: Option<f64>,
    /// Sum of the profits of winning trades, in quote.
    pub gross_profit: f64,
    /// Sum of the losses of losing trades, in quote, zero or above.
    pub gross_loss: f64,
    /// `gross_profit - gross_loss`.
    pub pnl: f64,
    /// `mean / deviation * sqrt(trades per year)` of the trades' returns, the deviation over n - 1 (that of a sample).
    ///
    /// Trades per year, with a year of 365.25 days: in a span of time its trades over its length, however short the history
    /// is; for the newest trades their number over the time since the oldest of them. `None` below two trades, where all
    /// returns are the same, or where no time has passed. No rate of interest is subtracted.
    pub sharpe: Option<f64>,
    /// The same without `sqrt(trades per year)`.
    pub sharpe_per_trade: Option<f64>,
    /// Deepest fall of equity from the highest value before it within the window, in percent of that; `None` without equity.
    ///
    /// The value that stood as the window opened counts, and the minute in which it opens counts whole. For the newest trades
    /// the window opens when the oldest of them was closed.
    pub max_drawdown_pct: Option<f64>,
    /// The fall of the newest equity from the highest within the window, in percent of that.
    pub drawdown_pct: Option<f64>,
    /// Mean slippage in basis points; above zero is worse than the price decided on.
    pub slippage_bps: Option<f64>,
    /// Mean slippage beyond expectation in basis points; above zero is worse than expected.
    pub slippage_excess_bps: Option<f64>,
}

/// Figures since the beginning, in the reference systems' names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TotalFigures {
    /// Trades closed.
    pub total_trades: u64,
    /// Trades with a profit above zero.
    pub winning_trades: u64,
    /// Trades with a profit below zero.
    pub losing_trades: u64,
    /// `100 * winning_trades / total_trades`, in percent; `None` without trades.
    pub win_rate: Option<f64>,
    /// `gross_profit / gross_loss`; `None` where nothing was lost.
    pub profit_factor: Option<f64>,
    /// The newest equity.
    pub current_equity: Option<f64>,
    /// From the first equity to the newest, in percent of the first; `None` where that is zero or below.
    pub total_return: Option<f64>,
    /// As [`WindowFigures::sharpe`], trades per year being all trades over the time since the first.
    pub sharpe_ratio: Option<f64>,
    /// Deepest fall of equity from the highest value before it, in percent of that.
    pub max_drawdown: Option<f64>,
    /// The fall of the newest equity from the highest ever, in percent of that.
    pub drawdown: Option<f64>,
    /// Sum of the profits of winning trades, in quote.
    pub gross_profit: f64,
    /// Sum of the losses of losing trades, in quote, zero or above.
    pub gross_loss: f64,
    /// Losing trades in a row up to the newest trade. A trade that ends at zero changes nothing.
    pub losing_streak: u32,
}

/// The figures of `trades`, a window over `elapsed` nanoseconds. Drawdown is still to come.
pub(super) fn of_trades(window: String, trades: Slices<'_>, elapsed: Option<f64>) -> WindowFigures {
    let (mut count, mut wins, mut losses) = (0, 0, 0);
    let (mut gross_profit, mut gross_loss) = (0.0, 0.0);
    let (mut returns, mut slippage, mut excess) = (0.0, 0.0, 0.0);
    for trade in trades.iter() {
        count += 1;
        if trade.pnl > 0.0 {
            wins += 1;
            gross_profit += trade.pnl;
        } else if trade.pnl < 0.0 {
            losses += 1;
            gross_loss -= trade.pnl;
        }
        returns += trade.return_pct;
        slippage += trade.slippage_bps;
        excess += trade.slippage_bps - trade.expected_slippage_bps;
    }
    let mean = returns / count as f64;
    let squares = trades.iter().map(|trade| (trade.return_pct - mean).powi(2)).sum();
    let sharpe_per_trade = sharpe(count as f64, mean, squares);
    let some = |sum: f64| (count > 0).then(|| sum / count as f64);
    WindowFigures {
        window,
        complete: true,
        trades: count,
        wins,
        losses,
        win_rate: some(wins as f64 * 100.0),
        profit_factor: profit_factor(gross_profit, gross_loss),
        gross_profit,
        gross_loss,
        pnl: gross_profit - gross_loss,
        sharpe: annual(sharpe_per_trade, count as f64, elapsed),
        sharpe_per_trade,
        max_drawdown_pct: None,
        drawdown_pct: None,
        slippage_bps: some(slippage),
        slippage_excess_bps: some(excess),
    }
}

pub(super) fn add_drawdown(figures: &mut WindowFigures, drawdown: Option<Drawdown>) {
    if let Some(drawdown) = drawdown {
        figures.max_drawdown_pct = Some(drawdown.deepest);
        figures.drawdown_pct = Some(drawdown.current);
        figures.complete &= !drawdown.cut;
    }
}

pub(super) fn profit_factor(gross_profit: f64, gross_loss: f64) -> Option<f64> {
    (gross_loss > 0.0).then(|| gross_profit / gross_loss).filter(|factor| factor.is_finite())
}

/// Mean over deviation, from the sum of squared distances to the mean. Rounding alone is no deviation.
pub(super) fn sharpe(count: f64, mean: f64, squares: f64) -> Option<f64> {
    if count < 2.0 {
        return None;
    }
    let deviation = (squares / (count - 1.0)).sqrt();
    (deviation > mean.abs() * 1e-12).then(|| mean / deviation).filter(|ratio| ratio.is_finite())
}

pub(super) fn annual(per_trade: Option<f64>, count: f64, elapsed: Option<f64>) -> Option<f64> {
    let elapsed = elapsed.filter(|elapsed| *elapsed > 0.0)?;
    Some(per_trade? * (count * NANOS_PER_YEAR / elapsed).sqrt())
}
