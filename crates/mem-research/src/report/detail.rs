//! Stretches of original bars around trades, for pages whose candles had to be joined.

use std::ops::Range;

use crate::result::TradeRecord;

/// A window longer than this is read well enough on joined candles.
const LONGEST: usize = 600;

/// Disjoint stretches of bars, in order, that show as many trades as fit into `budget` bars: the largest gains and
/// losses first, each from well before its entry to well after its exit.
pub(super) fn stretches_around(trades: &[TradeRecord], bars: usize, budget: usize) -> Vec<Range<usize>> {
    let mut by_size: Vec<&TradeRecord> = trades.iter().collect();
    by_size.sort_by(|a, b| b.pnl_pct.abs().total_cmp(&a.pnl_pct.abs()).then(a.entry_bar.cmp(&b.entry_bar)));
    let mut windows: Vec<Range<usize>> = Vec::new();
    let mut left = budget;
    for trade in by_size {
        let margin = 20.max((trade.exit_bar - trade.entry_bar) / 2);
        let window = trade.entry_bar.saturating_sub(margin)..(trade.exit_bar + margin + 1).min(bars);
        if window.len() > LONGEST {
            continue;
        }
        if window.len() > left {
            break;
        }
        left -= window.len();
        windows.push(window);
    }
    windows.sort_by_key(|window| window.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(windows.len());
    for window in windows {
        match merged.last_mut() {
            Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
            _ => merged.push(window),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::ExitReason;
    use mem_types::{PositionSide, Timestamp};

    fn trade(entry_bar: usize, exit_bar: usize, pnl_pct: f64) -> TradeRecord {
        TradeRecord {
            entry_time: Timestamp::from_nanos(0),
            exit_time: Timestamp::from_nanos(0),
            entry_bar,
            exit_bar,
            side: PositionSide::Long,
            entry_price: 1.0,
            exit_price: 1.0,
            size: 1.0,
            pnl: pnl_pct,
            pnl_pct,
            fees: 0.0,
            carry: 0.0,
            exit_reason: ExitReason::Signal,
            confidence: 50.0,
            mae_pct: 0.0,
            mfe_pct: 0.0,
            equity_after: 1.0,
        }
    }

    #[test]
    fn the_largest_come_first_and_neighbours_share_a_stretch() {
        let trades = [trade(5, 10, 1.0), trade(30, 40, -3.0), trade(500, 510, 2.0), trade(2000, 2010, 0.1)];
        assert_eq!(stretches_around(&trades, 2020, 1000), [0..61, 480..531, 1980..2020]);
        assert_eq!(stretches_around(&trades, 2020, 110), [10..61, 480..531]);
        assert_eq!(stretches_around(&[trade(0, 5000, 9.0)], 6000, 9000), Vec::<Range<usize>>::new());
    }
}
