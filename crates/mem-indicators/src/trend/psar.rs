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
        let first = high.len().min(2);
        for index in 0..first {
            [stop[index], trend[index]] = self.push(high[index], low[index]);
        }
        let State::Running(run) = &mut self.state else { return };
        let mut bars = high[first..].iter().zip(&low[first..]).zip(stop[first..].iter_mut().zip(&mut trend[first..]));
        let mut state = *run;
        // A loop for each side, left when the stop is hit.
        loop {
            let turned = if state.up {
                bars.find_map(|bar| state.bar::<true>(bar, self.step, self.max))
            } else {
                bars.find_map(|bar| state.bar::<false>(bar, self.step, self.max))
            };
            if turned.is_none() {
                break;
            }
        }
        *run = state;
    }
}

type BarAndOut<'a> = ((&'a f64, &'a f64), (&'a mut f64, &'a mut f64));

impl Run {
    fn next(&mut self, high: f64, low: f64, step: f64, max: f64) -> [f64; 2] {
        let mut out = [0.0; 2];
        let [stop, trend] = &mut out;
        let bar = ((&high, &low), (stop, trend));
        if self.up {
            self.bar::<true>(bar, step, max)
        } else {
            self.bar::<false>(bar, step, max)
        };
        out
    }

    /// Takes a bar while the trend is `UP`; something if it turned.
    #[inline(always)]
    fn bar<const UP: bool>(&mut self, ((high, low), out): BarAndOut<'_>, step: f64, max: f64) -> Option<()> {
        let (high, low) = (*high, *low);
        let hit = if UP { low <= self.stop } else { high >= self.stop };
        if hit {
            if UP { self.turn::<false>(high, low, step) } else { self.turn::<true>(high, low, step) }
        } else {
            self.go_on::<UP>(high, low, step, max);
        }
        (*out.0, *out.1) = (self.stop, if self.up { 1.0 } else { -1.0 });
        if self.up {
            self.advance::<true>(high, low);
        } else {
            self.advance::<false>(high, low);
        }
        hit.then_some(())
    }

    /// The trend turns `UP` or down: the stop goes to the old extreme.
    #[inline(always)]
    fn turn<const UP: bool>(&mut self, high: f64, low: f64, step: f64) {
        self.up = UP;
        self.stop = self.outside::<UP>(self.extreme, high, low);
        self.extreme = if UP { high } else { low };
        self.factor = step;
    }

    /// A new extreme makes the stop faster. Both answers are made and one is taken: nobody can predict which.
    #[inline(always)]
    fn go_on<const UP: bool>(&mut self, high: f64, low: f64, step: f64, max: f64) {
        let end = if UP { high } else { low };
        let further = if UP { end > self.extreme } else { end < self.extreme };
        let faster = smaller(self.factor + step, max);
        self.extreme = if further { end } else { self.extreme };
        self.factor = if further { faster } else { self.factor };
    }

    /// The stop for the next bar.
    #[inline(always)]
    fn advance<const UP: bool>(&mut self, high: f64, low: f64) {
        self.stop = self.outside::<UP>(self.stop + self.factor * (self.extreme - self.stop), high, low);
        (self.high, self.low) = (high, low);
    }

    /// A stop may not lie within the last two bars.
    #[inline(always)]
    fn outside<const UP: bool>(&self, stop: f64, high: f64, low: f64) -> f64 {
        if UP { smaller(stop, smaller(self.low, low)) } else { larger(stop, larger(self.high, high)) }
    }
}

#[inline(always)]
fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
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
