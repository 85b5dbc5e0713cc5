//! Sums over the trades.

use crate::result::{OpenPosition, TradeRecord};

/// Sums over winning or over losing trades.
#[derive(Debug, Default)]
pub(super) struct Side {
    pub(super) count: usize,
    /// Profit in quote currency.
    pub(super) pnl: f64,
    /// Returns on the entries' notional.
    pub(super) returns: f64,
    pub(super) most_in_a_row: usize,
    in_a_row: usize,
}

impl Side {
    fn add(&mut self, trade: &TradeRecord) {
        self.count += 1;
        self.pnl += trade.pnl;
        self.returns += trade.pnl_pct / 100.0;
        self.in_a_row += 1;
        self.most_in_a_row = self.most_in_a_row.max(self.in_a_row);
    }

    pub(super) fn mean_return(&self) -> Option<f64> {
        (self.count > 0).then(|| self.returns / self.count as f64)
    }
}

/// Sums over all trades.
#[derive(Debug)]
pub(super) struct Trading {
    pub(super) count: usize,
    pub(super) wins: Side,
    pub(super) losses: Side,
    /// Return of the best trade; minus infinity without trades.
    pub(super) best: f64,
    /// Return of the worst trade; infinity without trades.
    pub(super) worst: f64,
    pub(super) adverse: f64,
    pub(super) favourable: f64,
    /// Closes at which a trade was open.
    pub(super) bars_in_trades: usize,
    /// Closes at which any position was open, the last one included.
    pub(super) bars_held: usize,
    /// Traded notional.
    pub(super) notional: f64,
}

impl Trading {
    pub(super) fn of(trades: &[TradeRecord], open: Option<&OpenPosition>, bars: usize) -> Self {
        let mut sums = Self {
            count: trades.len(),
            wins: Side::default(),
            losses: Side::default(),
            best: f64::NEG_INFINITY,
            worst: f64::INFINITY,
            adverse: 0.0,
            favourable: 0.0,
            bars_in_trades: 0,
            bars_held: 0,
            notional: 0.0,
        };
        for trade in trades {
            let (side, other) =
                if trade.pnl > 0.0 { (&mut sums.wins, &mut sums.losses) } else { (&mut sums.losses, &mut sums.wins) };
            side.add(trade);
            other.in_a_row = 0;
            sums.best = sums.best.max(trade.pnl_pct / 100.0);
            sums.worst = sums.worst.min(trade.pnl_pct / 100.0);
            sums.adverse += trade.mae_pct / 100.0;
            sums.favourable += trade.mfe_pct / 100.0;
            sums.bars_in_trades += trade.exit_bar - trade.entry_bar;
            sums.notional += trade.size * (trade.entry_price + trade.exit_price);
        }
        sums.bars_held = sums.bars_in_trades;
        if let Some(open) = open {
            sums.bars_held += bars - open.entry_bar;
            sums.notional += open.size * open.entry_price;
        }
        sums
    }

    /// A sum over the number of trades; `None` without trades.
    pub(super) fn per_trade(&self, sum: f64) -> Option<f64> {
        (self.count > 0).then(|| sum / self.count as f64)
    }

    pub(super) fn payoff_ratio(&self) -> Option<f64> {
        let (win, loss) = (self.wins.mean_return()?, self.losses.mean_return()?);
        (loss < 0.0).then(|| win / -loss)
    }
}
