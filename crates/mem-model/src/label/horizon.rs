//! The return over a fixed number of bars, and its direction.

use std::collections::VecDeque;

use super::Label;
use super::labeler::Moment;

#[derive(Debug)]
pub(super) struct HorizonLabels {
    bars: usize,
    dead_band: f64,
    open: VecDeque<Moment>,
}

impl HorizonLabels {
    pub(super) fn new(bars: usize, dead_band: f64) -> Self {
        Self { bars, dead_band, open: VecDeque::new() }
    }

    pub(super) fn push(&mut self, now: Moment, known: &mut Vec<Label>) {
        if self.open.len() == self.bars
            && let Some(decision) = self.open.pop_front()
        {
            let change = libm::log(now.bar.close / decision.bar.close);
            known.push(decision.label(&now, direction(change, self.dead_band), change, now.bar.close));
        }
        self.open.push_back(now);
    }
}

/// 1 above `band`, -1 below `-band`, else 0.
pub(super) fn direction(value: f64, band: f64) -> i32 {
    i32::from(value > band) - i32::from(value < -band)
}
