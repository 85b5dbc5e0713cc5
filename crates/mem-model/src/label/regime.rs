//! What kind of market follows.

use std::collections::VecDeque;

use super::Label;
use super::labeler::{Moment, Volatility};

const BULLISH: i32 = 0;
const BEARISH: i32 = 1;
const SIDEWAYS: i32 = 2;
const VOLATILE: i32 = 3;

#[derive(Debug)]
pub(super) struct RegimeLabels {
    bars: usize,
    volatile: f64,
    trend: f64,
    usual: Volatility,
    /// Deviation of the last `bars` returns: at a decision's label it is that of its future.
    recent: Volatility,
    /// Decisions with the usual deviation then.
    open: VecDeque<(Moment, f64)>,
}

impl RegimeLabels {
    pub(super) fn new(bars: usize, volatility_bars: usize, volatile: f64, trend: f64) -> Self {
        let (usual, recent) = (Volatility::new(volatility_bars), Volatility::new(bars));
        Self { bars, volatile, trend, usual, recent, open: VecDeque::new() }
    }

    pub(super) fn push(&mut self, now: Moment, known: &mut Vec<Label>) {
        let (usual, future) = (self.usual.push(now.bar.close), self.recent.push(now.bar.close));
        if self.open.len() == self.bars
            && let Some((decision, usual)) = self.open.pop_front()
            && !usual.is_nan()
        {
            let change = libm::log(now.bar.close / decision.bar.close);
            let strength = if change == 0.0 { 0.0 } else { change / (future * (self.bars as f64).sqrt()) };
            let class = if future > self.volatile * usual {
                VOLATILE
            } else if strength > self.trend {
                BULLISH
            } else if strength < -self.trend {
                BEARISH
            } else {
                SIDEWAYS
            };
            known.push(decision.label(&now, class, strength, now.bar.close));
        }
        self.open.push_back((now, usual));
    }
}
