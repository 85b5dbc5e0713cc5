//! Wilder's parabolic stop and reverse.

use crate::indicator::indicator;
use crate::param::float;
use crate::registry::{Category, IndicatorSpec};

/// A stop that closes in on the price, faster with every new extreme, and turns round when it is hit.
///
/// As in TA-Lib the first trend is down if the second bar's low fell further than its high rose, else up, and the first
/// stop is the first bar's opposite extreme.
#[derive(Debug, Clone)]
pub struct Psar {
    step: f64,
    max: f64,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Empty,
    OneBar { high: f64, low: f64 },
    Running(Run),
}

#[derive(Debug, Clone, Copy)]
struct Run {
    up: bool,
    stop: f64,
    extreme: f64,
    factor: f64,
    high: f64,
    low: f64,
}

impl Psar {
    /// `step` is added to the acceleration factor at each new extreme, up to `max`.
    pub fn new(step: f64, max: f64) -> Self {
        Self { step, max, state: State::Empty }
    }

    /// Takes the next bar; gives the stop and the trend (1 up, -1 down), NaN for the first bar.
    pub fn push(&mut self, high: f64, low: f64) -> [f64; 2] {
        let mut run = match self.state {
            State::Empty => {
                self.state = State::OneBar { high, low };
                return [f64::NAN; 2];
            }
            State::OneBar { high: first_high, low: first_low } => {
                let (rise, fall) = (high - first_high, first_low - low);
                let up = !(fall > rise && fall > 0.0);
                let (stop, extreme) = if up { (first_low, high) } else { (first_high, low) };
                Run { up, stop, extreme, factor: self.step, high, low }
            }
            State::Running(run) => run,
        };
        let values = run.next(high, low, self.step, self.max);
        self.state = State::Running(run);
        values
    }

    /// Takes the next bars; `out` is stop and trend.
    pub fn extend(&mut self, high: &[f64], low: &[f64], [stop, trend]: [&mut [f64]; 2]) {
        let mut bars = high.iter().zip(low).zip(stop.iter_mut().zip(trend));
        for ((high, low), (stop, trend)) in bars.by_ref().take(2) {
            [*stop, *trend] = self.push(*high, *low);
        }
        let State::Running(run) = &mut self.state else { return };
        for ((high, low), (stop, trend)) in bars {
            [*stop, *trend] = run.next(*high, *low, self.step, self.max);
        }
    }
}

impl Run {
    fn next(&mut self, high: f64, low: f64, step: f64, max: f64) -> [f64; 2] {
        let hit = if self.up { low <= self.stop } else { high >= self.stop };
        if hit {
            self.up = !self.up;
            self.stop = self.outside(self.extreme, high, low);
            self.extreme = if self.up { high } else { low };
            self.factor = step;
        } else if if self.up { high > self.extreme } else { low < self.extreme } {
            self.extreme = if self.up { high } else { low };
            self.factor = (self.factor + step).min(max);
        }
        let values = [self.stop, if self.up { 1.0 } else { -1.0 }];
        self.stop = self.outside(self.stop + self.factor * (self.extreme - self.stop), high, low);
        (self.high, self.low) = (high, low);
        values
    }

    /// A stop may not lie within the last two bars.
    fn outside(&self, stop: f64, high: f64, low: f64) -> f64 {
        if self.up { stop.min(self.low).min(low) } else { stop.max(self.high).max(high) }
    }
}

indicator!(Psar[2]: high, low);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "psar",
    title: "Parabolic SAR",
    category: Category::Trend,
    params: &[
        float("step", 0.0001, 1.0, 0.02, "acceleration at the start and at each new extreme"),
        float("max", 0.0001, 1.0, 0.2, "largest acceleration, at least step"),
    ],
    outputs: &["sar", "trend"],
    uses_volume: false,
    formula: "sar = sar' + af (extreme - sar'), kept outside the last two bars; on a touch the trend turns and sar \
              restarts at the extreme; trend is 1 or -1",
    source: "J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; TA-Lib SAR",
    check: |p| if p.float("step") <= p.float("max") { Ok(()) } else { Err("step must not be above max") },
    warmups: |_| vec![1, 1],
    build: |p| Box::new(Psar::new(p.float("step"), p.float("max"))),
};
