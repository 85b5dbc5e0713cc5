//! Which of three barriers is touched first, and whether a decision was right.

use mem_types::PositionSide;

use super::Label;
use super::definition::{Barriers, Vertical};
use super::horizon::direction;
use super::labeler::{Moment, Volatility};

#[derive(Debug)]
pub(super) struct BarrierLabels {
    barriers: Barriers,
    /// What a decision must gain to be right: then these are meta-labels.
    min_return: Option<f64>,
    volatility: Volatility,
    open: Vec<Open>,
}

/// A decision that is not settled yet.
#[derive(Debug)]
struct Open {
    decision: Moment,
    side: PositionSide,
    upper: f64,
    lower: f64,
}

impl BarrierLabels {
    pub(super) fn new(barriers: Barriers, min_return: Option<f64>) -> Self {
        Self { barriers, min_return, volatility: Volatility::new(barriers.volatility_bars), open: Vec::new() }
    }

    pub(super) fn push(&mut self, now: Moment, side: Option<PositionSide>, known: &mut Vec<Label>) {
        let (barriers, min_return) = (self.barriers, self.min_return);
        self.open.retain(|open| {
            let Some((class, price)) = open.settled(&now, &barriers) else { return true };
            known.push(open.label(&now, class, price, min_return));
            false
        });
        let sigma = self.volatility.push(now.bar.close);
        let side = if min_return.is_some() { side } else { Some(PositionSide::Long) };
        if let Some(side) = side
            && let Some(open) = Open::new(now, side, sigma, &barriers)
        {
            self.open.push(open);
        }
    }
}

impl Open {
    fn new(decision: Moment, side: PositionSide, sigma: f64, barriers: &Barriers) -> Option<Self> {
        let scale = sigma * (barriers.bars as f64).sqrt();
        let [gain, loss] = [barriers.up, barriers.down].map(|times| (times * scale).max(barriers.min_width));
        // NaN where sigma is: no label either.
        if !(sigma >= 0.0 && gain > 0.0 && loss > 0.0) {
            return None;
        }
        let (above, below) = if side == PositionSide::Long { (gain, loss) } else { (loss, gain) };
        let close = decision.bar.close;
        let (upper, lower) = (close * libm::exp(above), close * libm::exp(-below));
        Some(Self { decision, side, upper, lower })
    }

    /// Class (1 upper, -1 lower, the vertical's) and price, if the bar settles it.
    fn settled(&self, now: &Moment, barriers: &Barriers) -> Option<(i32, f64)> {
        let bar = &now.bar;
        if bar.open >= self.upper || bar.open <= self.lower {
            return Some((if bar.open >= self.upper { 1 } else { -1 }, bar.open));
        }
        let upper = (bar.high >= self.upper).then_some((1, self.upper));
        let lower = (bar.low <= self.lower).then_some((-1, self.lower));
        let (loss, gain) = if self.side == PositionSide::Long { (lower, upper) } else { (upper, lower) };
        let vertical = || {
            let change = libm::log(bar.close / self.decision.bar.close);
            let class = if barriers.vertical == Vertical::Sign { direction(change, 0.0) } else { 0 };
            (now.row - self.decision.row >= barriers.bars).then_some((class, bar.close))
        };
        loss.or(gain).or_else(vertical)
    }

    fn label(&self, now: &Moment, class: i32, price: f64, min_return: Option<f64>) -> Label {
        let change = libm::log(price / self.decision.bar.close);
        let Some(min_return) = min_return else { return self.decision.label(now, class, change, price) };
        let gain = if self.side == PositionSide::Long { change } else { -change };
        self.decision.label(now, i32::from(gain > min_return), gain, price)
    }
}
