//! How trading has gone.

use mem_monitor::rolling::{Figures, TotalFigures, WindowFigures};
use serde::Serialize;
use utoipa::ToSchema;

/// Figures of a window; what they mean and how they are computed is written at the monitor's own.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WindowView {
    /// Which: `100 trades`, `24h`, `7d`.
    pub window: String,
    /// Whether everything that the window reaches is still remembered.
    pub complete: bool,
    /// Trades closed in it.
    pub trades: usize,
    /// Trades with a profit above zero.
    pub wins: usize,
    /// Trades with a profit below zero.
    pub losses: usize,
    /// In percent.
    pub win_rate: Option<f64>,
    /// Gross profit over gross loss; null where nothing was lost.
    pub profit_factor: Option<f64>,
    /// After fees, in quote.
    pub pnl: f64,
    /// Sum of what winning trades brought.
    pub gross_profit: f64,
    /// Sum of what losing trades cost, zero or above.
    pub gross_loss: f64,
    /// Annualised.
    pub sharpe: Option<f64>,
    /// Deepest fall of equity from the highest value before it, in percent.
    pub max_drawdown_pct: Option<f64>,
    /// The fall of the newest equity from the highest within the window, in percent.
    pub drawdown_pct: Option<f64>,
    /// Mean slippage in basis points; above zero is worse than the price decided on.
    pub slippage_bps: Option<f64>,
}

/// Figures since the beginning.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TotalView {
    /// Trades closed.
    pub trades: u64,
    /// Trades with a profit above zero.
    pub wins: u64,
    /// Trades with a profit below zero.
    pub losses: u64,
    /// In percent.
    pub win_rate: Option<f64>,
    /// Gross profit over gross loss; null where nothing was lost.
    pub profit_factor: Option<f64>,
    /// From the first equity to the newest, in percent of the first.
    pub return_pct: Option<f64>,
    /// Annualised.
    pub sharpe: Option<f64>,
    /// Deepest fall of equity from the highest value before it, in percent.
    pub max_drawdown_pct: Option<f64>,
    /// The fall of the newest equity from the highest ever, in percent.
    pub drawdown_pct: Option<f64>,
    /// Sum of what winning trades brought, in quote.
    pub gross_profit: f64,
    /// Sum of what losing trades cost, in quote, zero or above.
    pub gross_loss: f64,
    /// Losing trades in a row up to the newest.
    pub losing_streak: u32,
}

/// All figures at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FiguresView {
    /// As of when, in the market's time.
    pub at: i64,
    /// Of the newest trades.
    pub recent: WindowView,
    /// Of spans of time that end now.
    pub spans: Vec<WindowView>,
    /// Of everything.
    pub total: TotalView,
}

/// Figures and what the account is worth, each second.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MetricsData {
    /// Null before the first price.
    pub figures: Option<FiguresView>,
    /// The market's time and what the account is worth then; null before the first price.
    pub equity: Option<(i64, f64)>,
    /// What the market's UTC day has brought.
    pub day_pnl: Option<f64>,
    /// How far equity is below its peak, in percent.
    pub drawdown_pct: f64,
}

impl FiguresView {
    pub(crate) fn of(figures: &Figures) -> Self {
        Self {
            at: figures.at.as_millis(),
            recent: WindowView::of(&figures.recent),
            spans: figures.spans.iter().map(WindowView::of).collect(),
            total: TotalView::of(&figures.total),
        }
    }
}

impl WindowView {
    fn of(figures: &WindowFigures) -> Self {
        Self {
            window: figures.window.clone(),
            complete: figures.complete,
            trades: figures.trades,
            wins: figures.wins,
            losses: figures.losses,
            win_rate: figures.win_rate,
            profit_factor: figures.profit_factor,
            pnl: figures.pnl,
            gross_profit: figures.gross_profit,
            gross_loss: figures.gross_loss,
            sharpe: figures.sharpe,
            max_drawdown_pct: figures.max_drawdown_pct,
            drawdown_pct: figures.drawdown_pct,
            slippage_bps: figures.slippage_bps,
        }
    }
}

impl TotalView {
    fn of(figures: &TotalFigures) -> Self {
        Self {
            trades: figures.total_trades,
            wins: figures.winning_trades,
            losses: figures.losing_trades,
            win_rate: figures.win_rate,
            profit_factor: figures.profit_factor,
            return_pct: figures.total_return,
            sharpe: figures.sharpe_ratio,
            max_drawdown_pct: figures.max_drawdown,
            drawdown_pct: figures.drawdown,
            gross_profit: figures.gross_profit,
            gross_loss: figures.gross_loss,
            losing_streak: figures.losing_streak,
        }
    }
}
