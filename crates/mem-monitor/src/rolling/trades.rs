//! The trades that a window may still reach.

use std::collections::VecDeque;

use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ClosedTrade, KeptTrade, RollingConfig};

/// Trades in the order of their times.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct KeptTrades {
    trades: VecDeque<KeptTrade>,
    /// The newest of those that were forgotten for want of room.
    forgotten: Option<Timestamp>,
}

/// Two halves of a ring, the older first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slices<'a>(&'a [KeptTrade], &'a [KeptTrade]);

impl<'a> Slices<'a> {
    pub(super) fn first(self) -> Option<&'a KeptTrade> {
        self.0.first().or(self.1.first())
    }

    pub(super) fn iter(self) -> impl Iterator<Item = &'a KeptTrade> {
        self.0.iter().chain(self.1)
    }
}

impl KeptTrades {
    pub(super) fn newest(&self) -> Timestamp {
        self.trades.back().map_or(Timestamp::from_nanos(i64::MIN), |trade| trade.at)
    }

    /// Takes a trade and returns what is kept of it.
    pub(super) fn push(&mut self, trade: &ClosedTrade, config: &RollingConfig) -> KeptTrade {
        let kept = KeptTrade {
            at: trade.at.max(self.newest()),
            pnl: trade.pnl,
            return_pct: trade.return_pct,
            slippage_bps: trade.slippage_bps,
            expected_slippage_bps: trade.expected_slippage_bps,
        };
        self.trades.push_back(kept);
        let reached = kept.at.as_nanos().saturating_sub(config.longest_span());
        while self.trades.len() > config.trades
            && self.trades.front().is_some_and(|oldest| oldest.at.as_nanos() < reached)
        {
            self.trades.pop_front();
        }
        if self.trades.len() > config.max_trades.max(config.trades) {
            self.forgotten = self.trades.pop_front().map(|trade| trade.at);
        }
        kept
    }

    /// The newest `count`.
    pub(super) fn recent(&self, count: usize) -> Slices<'_> {
        self.from(self.trades.len().saturating_sub(count))
    }

    /// Those after `start`, and whether none of them was forgotten.
    pub(super) fn since(&self, start: Timestamp) -> (Slices<'_>, bool) {
        let first = self.trades.partition_point(|trade| trade.at <= start);
        (self.from(first), self.forgotten.is_none_or(|forgotten| forgotten <= start))
    }

    fn from(&self, first: usize) -> Slices<'_> {
        let (older, newer) = self.trades.as_slices();
        match first.checked_sub(older.len()) {
            None => Slices(&older[first..], newer),
            Some(rest) => Slices(&[], &newer[rest..]),
        }
    }
}
