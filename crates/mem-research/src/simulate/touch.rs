//! The price levels that end a position, and the search for the first bar that touches one.

use mem_types::{Bar, PositionSide};

use crate::config::Intrabar;
use crate::result::ExitReason;

/// Bars searched at a time: short enough to stay in the nearest cache, long enough to keep the vector unit busy.
const BLOCK: usize = 64;

/// Running minima and maxima kept side by side, so that the compiler can use vector registers.
const LANES: usize = 8;

/// The levels that end a position.
#[derive(Debug, Clone, Copy)]
pub(super) struct Levels {
    /// Which way the position faces.
    pub(super) side: PositionSide,
    /// Where it ends at a loss: the stop or the liquidation price, whichever comes first; infinitely far if none.
    pub(super) protective: f64,
    /// Which of the two that is.
    pub(super) reason: ExitReason,
    /// Where it ends at a profit; infinitely far if there is no target.
    pub(super) target: f64,
}

impl Levels {
    /// The level below the price.
    pub(super) fn floor(&self) -> f64 {
        match self.side {
            PositionSide::Long => self.protective,
            PositionSide::Short => self.target,
        }
    }

    /// The level above the price.
    pub(super) fn ceiling(&self) -> f64 {
        match self.side {
            PositionSide::Long => self.target,
            PositionSide::Short => self.protective,
        }
    }

    /// Why the position ends at an open that lies beyond a level; `None` if it does not.
    pub(super) fn exit_at_open(&self, open: f64) -> Option<ExitReason> {
        let (protective_hit, target_hit) = match self.side {
            PositionSide::Long => (open <= self.protective, open >= self.target),
            PositionSide::Short => (open >= self.protective, open <= self.target),
        };
        if protective_hit { Some(self.reason) } else { target_hit.then_some(ExitReason::TakeProfit) }
    }

    /// At what price and why the position ends within a bar that touches a level: at the open if that lies beyond,
    /// else at the level; where both are touched, `rule` says which came first.
    pub(super) fn exit_within(&self, bar: Bar, rule: Intrabar) -> (f64, ExitReason) {
        if let Some(reason) = self.exit_at_open(bar.open) {
            return (bar.open, reason);
        }
        let (to_loss, to_profit, protective_hit, target_hit) = match self.side {
            PositionSide::Long => {
                (bar.open - bar.low, bar.high - bar.open, bar.low <= self.protective, bar.high >= self.target)
            }
            PositionSide::Short => {
                (bar.high - bar.open, bar.open - bar.low, bar.high >= self.protective, bar.low <= self.target)
            }
        };
        let loss_first = match rule {
            Intrabar::StopFirst => true,
            Intrabar::TargetFirst => false,
            Intrabar::NearestFirst => to_loss <= to_profit,
        };
        if protective_hit && (loss_first || !target_hit) {
            (self.protective, self.reason)
        } else {
            (self.target, ExitReason::TakeProfit)
        }
    }
}

/// The lowest and the highest price that a position has seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extremes {
    pub(super) lowest: f64,
    pub(super) highest: f64,
}

impl Extremes {
    /// Takes note of a price.
    pub(super) fn see(&mut self, price: f64) {
        self.lowest = self.lowest.min(price);
        self.highest = self.highest.max(price);
    }
}

/// The first bar whose low is at or below `floor` or whose high is at or above `ceiling`. The extremes of the bars
/// before it go into `extremes`.
pub(super) fn first_touch(
    low: &[f64],
    high: &[f64],
    floor: f64,
    ceiling: f64,
    extremes: &mut Extremes,
) -> Option<usize> {
    for (block, (lows, highs)) in low.chunks(BLOCK).zip(high.chunks(BLOCK)).enumerate() {
        let (lowest, highest) = (lowest(lows), highest(highs));
        if lowest <= floor || highest >= ceiling {
            let inside = lows.iter().zip(highs).position(|(low, high)| *low <= floor || *high >= ceiling);
            let before = inside.unwrap_or(lows.len());
            for (low, high) in lows[..before].iter().zip(highs) {
                extremes.see(*low);
                extremes.see(*high);
            }
            return inside.map(|offset| block * BLOCK + offset);
        }
        extremes.see(lowest);
        extremes.see(highest);
    }
    None
}

fn lowest(values: &[f64]) -> f64 {
    fold(values, f64::INFINITY, |one, other| if one < other { one } else { other })
}

fn highest(values: &[f64]) -> f64 {
    fold(values, f64::NEG_INFINITY, |one, other| if one > other { one } else { other })
}

#[inline(always)]
fn fold(values: &[f64], start: f64, pick: impl Fn(f64, f64) -> f64) -> f64 {
    let mut lanes = [start; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = pick(*value, *lane);
        }
    }
    let last = rest.iter().fold(start, |best, value| pick(*value, best));
    lanes.iter().fold(last, |best, value| pick(*value, best))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_rule_decides_only_what_the_open_leaves_open() {
        use ExitReason::{StopLoss, TakeProfit};
        let long = Levels { side: PositionSide::Long, protective: 95.0, reason: StopLoss, target: 110.0 };
        let short = Levels { side: PositionSide::Short, protective: 110.0, reason: StopLoss, target: 95.0 };
        let (stop_first, target_first, nearest) = (Intrabar::StopFirst, Intrabar::TargetFirst, Intrabar::NearestFirst);
        for (levels, rule, (open, high, low), expected) in [
            (long, stop_first, (100.0, 100.0, 94.0), (95.0, StopLoss)),
            (long, stop_first, (100.0, 111.0, 99.0), (110.0, TakeProfit)),
            (long, stop_first, (100.0, 111.0, 94.0), (95.0, StopLoss)),
            (long, target_first, (100.0, 111.0, 94.0), (110.0, TakeProfit)),
            (long, nearest, (100.0, 111.0, 94.0), (95.0, StopLoss)),
            (long, nearest, (103.0, 110.0, 94.0), (110.0, TakeProfit)),
            (long, nearest, (102.5, 111.0, 94.0), (95.0, StopLoss)),
            (long, target_first, (93.0, 111.0, 92.0), (93.0, StopLoss)),
            (long, stop_first, (112.0, 113.0, 90.0), (112.0, TakeProfit)),
            (short, stop_first, (100.0, 111.0, 94.0), (110.0, StopLoss)),
            (short, target_first, (100.0, 111.0, 94.0), (95.0, TakeProfit)),
            (short, nearest, (100.0, 111.0, 94.0), (95.0, TakeProfit)),
            (short, nearest, (105.0, 111.0, 94.0), (110.0, StopLoss)),
            (short, target_first, (111.0, 112.0, 90.0), (111.0, StopLoss)),
            (short, stop_first, (94.0, 112.0, 90.0), (94.0, TakeProfit)),
        ] {
            let bar = Bar { ts: Default::default(), open, high, low, close: open, volume: 1.0 };
            assert_eq!(levels.exit_within(bar, rule), expected, "{levels:?} {rule:?} {bar:?}");
        }
    }

    proptest! {
        #[test]
        fn the_search_finds_what_a_plain_loop_finds(
            bars in prop::collection::vec((1.0f64..100.0, 0.0f64..5.0), 0..300),
            floor in 0.0f64..3.0,
            ceiling in 100.0f64..105.0,
        ) {
            let low: Vec<f64> = bars.iter().map(|(low, _)| *low).collect();
            let high: Vec<f64> = bars.iter().map(|(low, range)| low + range).collect();
            let mut found = Extremes { lowest: 50.0, highest: 50.0 };
            let mut plain = found;
            let mut expected = None;
            for i in 0..low.len() {
                if low[i] <= floor || high[i] >= ceiling {
                    expected = Some(i);
                    break;
                }
                plain.see(low[i]);
                plain.see(high[i]);
            }
            prop_assert_eq!(first_touch(&low, &high, floor, ceiling, &mut found), expected);
            prop_assert_eq!((found.lowest, found.highest), (plain.lowest, plain.highest));
        }
    }
}
