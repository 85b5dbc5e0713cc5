//! Figures since the beginning, from sums alone.

use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::equity::fall;
use super::figures::{self, TotalFigures};
use super::{KeptTrade, nanos_between};

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Total {
    trades: u64,
    winning: u64,
    losing: u64,
    losing_streak: u32,
    gross_profit: f64,
    gross_loss: f64,
    first_trade: Option<Timestamp>,
    /// Mean of the returns, and the sum of their squared distances to it, by Welford's method.
    mean: f64,
    squares: f64,
    equity: Option<Equity>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Equity {
    first: f64,
    last: f64,
    peak: f64,
    deepest: f64,
}

impl Total {
    pub(super) fn trade(&mut self, trade: &KeptTrade) {
        self.trades += 1;
        self.first_trade.get_or_insert(trade.at);
        if trade.pnl > 0.0 {
            self.winning += 1;
            self.gross_profit += trade.pnl;
            self.losing_streak = 0;
        } else if trade.pnl < 0.0 {
            self.losing += 1;
            self.gross_loss -= trade.pnl;
            self.losing_streak = self.losing_streak.saturating_add(1);
        }
        let distance = trade.return_pct - self.mean;
        self.mean += distance / self.trades as f64;
        self.squares += distance * (trade.return_pct - self.mean);
    }

    pub(super) fn equity(&mut self, value: f64) {
        let equity = self.equity.get_or_insert(Equity { first: value, last: value, peak: value, deepest: 0.0 });
        equity.last = value;
        equity.deepest = equity.deepest.max(fall(equity.peak, value));
        equity.peak = equity.peak.max(value);
    }

    pub(super) fn figures(&self, now: Timestamp) -> TotalFigures {
        let count = self.trades as f64;
        let elapsed = self.first_trade.map(|first| nanos_between(first, now));
        let equity = self.equity;
        TotalFigures {
            total_trades: self.trades,
            winning_trades: self.winning,
            losing_trades: self.losing,
            win_rate: (self.trades > 0).then(|| self.winning as f64 * 100.0 / count),
            profit_factor: figures::profit_factor(self.gross_profit, self.gross_loss),
            current_equity: equity.map(|equity| equity.last),
            total_return: equity
                .filter(|equity| equity.first > 0.0)
                .map(|equity| (equity.last / equity.first - 1.0) * 100.0),
            sharpe_ratio: figures::annual(figures::sharpe(count, self.mean, self.squares), count, elapsed),
            max_drawdown: equity.map(|equity| equity.deepest * 100.0),
            drawdown: equity.map(|equity| fall(equity.peak, equity.last) * 100.0),
            gross_profit: self.gross_profit,
            gross_loss: self.gross_loss,
            losing_streak: self.losing_streak,
        }
    }
}
