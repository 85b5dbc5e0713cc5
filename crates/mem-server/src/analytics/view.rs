//! Backtests in the reference's words: percents where it has percents, undefined values null.

use mem_research::run::{SeriesRun, Tested};
use mem_research::{ExitReason, TradeRecord};
use mem_types::PositionSide;
use serde::Serialize;
use utoipa::ToSchema;

/// One symbol's backtest.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ResultView {
    /// Always true: what could not be tested stands elsewhere.
    success: bool,
    symbol: String,
    /// Open of the first and of the last candle, RFC 3339.
    start_date: String,
    end_date: String,
    initial_capital: f64,
    /// Marked to market at the last close.
    final_equity: f64,
    total_trades: usize,
    winning_trades: usize,
    losing_trades: usize,
    /// Percent.
    win_rate: Option<f64>,
    /// Of the closed trades, after costs.
    total_pnl: f64,
    /// Percent.
    total_return: Option<f64>,
    /// Mean profit of the winners, quote currency.
    avg_win: Option<f64>,
    /// Mean loss of the others, at most 0.
    avg_loss: Option<f64>,
    profit_factor: Option<f64>,
    /// Percent, positive.
    max_drawdown: Option<f64>,
    /// Annual, from the returns of every bar.
    sharpe_ratio: Option<f64>,
    sortino_ratio: Option<f64>,
    /// Percent of the bars at which a position was open.
    exposure: Option<f64>,
    /// Percent of buying at the first open and holding.
    buy_and_hold_return: f64,
    /// The position that is still open at the end.
    #[schema(value_type = Option<Object>)]
    open_position: Option<serde_json::Value>,
    trades: Vec<TradeView>,
}

/// One closed trade.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BacktestTrade)]
struct TradeView {
    /// RFC 3339.
    entry_time: String,
    /// RFC 3339.
    exit_time: String,
    /// BUY or SELL.
    side: &'static str,
    entry_price: f64,
    exit_price: f64,
    size: f64,
    /// After costs.
    pnl: f64,
    /// Percent of the entry's value.
    pnl_pct: f64,
    /// STOP_LOSS, TAKE_PROFIT, SIGNAL, REVERSAL or LIQUIDATION.
    #[schema(value_type = String)]
    exit_reason: ExitReason,
    equity_after: f64,
}

/// A symbol that could not be tested.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FailureView {
    symbol: String,
    /// Always false.
    success: bool,
    error: String,
}

pub(super) fn percent(fraction: Option<f64>) -> Option<f64> {
    fraction.map(|fraction| fraction * 100.0)
}

/// One symbol's backtest; with its trades or without.
pub(super) fn result(symbol: &str, tested: &Tested, initial_capital: f64, with_trades: bool) -> ResultView {
    let metrics = &tested.summary.metrics;
    let mean = |is: fn(f64) -> bool| {
        let (sum, count) = tested
            .trades
            .iter()
            .filter(|trade| is(trade.pnl))
            .fold((0.0, 0_usize), |(sum, count), trade| (sum + trade.pnl, count + 1));
        (count > 0).then(|| sum / count as f64)
    };
    ResultView {
        success: true,
        symbol: symbol.to_owned(),
        start_date: tested.summary.first.to_string(),
        end_date: tested.summary.last.to_string(),
        initial_capital,
        final_equity: tested.equity.last().copied().unwrap_or(initial_capital),
        total_trades: metrics.total_trades,
        winning_trades: metrics.winning_trades,
        losing_trades: metrics.losing_trades,
        win_rate: percent(metrics.win_rate),
        total_pnl: tested.trades.iter().map(|trade| trade.pnl).sum(),
        total_return: percent(metrics.total_return),
        avg_win: mean(|pnl| pnl > 0.0),
        avg_loss: mean(|pnl| pnl <= 0.0),
        profit_factor: metrics.profit_factor,
        max_drawdown: percent(metrics.max_drawdown.map(f64::abs)),
        sharpe_ratio: metrics.sharpe,
        sortino_ratio: metrics.sortino,
        exposure: percent(metrics.exposure),
        buy_and_hold_return: tested.summary.buy_and_hold_pct,
        open_position: tested.summary.open_position.as_ref().map(|open| serde_json::json!(open)),
        trades: if with_trades { tested.trades.iter().map(trade).collect() } else { Vec::new() },
    }
}

fn trade(trade: &TradeRecord) -> TradeView {
    TradeView {
        entry_time: trade.entry_time.to_string(),
        exit_time: trade.exit_time.to_string(),
        side: match trade.side {
            PositionSide::Long => "BUY",
            PositionSide::Short => "SELL",
        },
        entry_price: trade.entry_price,
        exit_price: trade.exit_price,
        size: trade.size,
        pnl: trade.pnl,
        pnl_pct: trade.pnl_pct,
        exit_reason: trade.exit_reason,
        equity_after: trade.equity_after,
    }
}

pub(super) fn failures(series: &[SeriesRun]) -> Vec<FailureView> {
    let failed = series.iter().filter_map(|one| Some((one.key.symbol.to_string(), one.outcome.failure()?)));
    failed.map(|(symbol, error)| FailureView { symbol, success: false, error: error.to_owned() }).collect()
}
