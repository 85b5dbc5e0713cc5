//! What every strategy can do.

use std::fmt::Debug;

use mem_indicators::ParamValue;
use mem_types::{Action, Bar, BarsRef, Decision, Decisions, Intent, PositionSide, Signal, Timeframe};
use serde::{Deserialize, Serialize};

use crate::advice::Levels;
use crate::error::StrategyError;
use crate::shelf::Shelf;

/// What a strategy looks at.
#[derive(Debug, Clone, Copy)]
pub struct StrategyInput<'a> {
    /// The bars to decide on.
    pub bars: BarsRef<'a>,
    /// How long they last.
    pub timeframe: Timeframe,
    /// Bars of longer timeframes, if they are at hand. A longer bar is used only from the close of the first bar that
    /// closes at or after it. Where none are given, a strategy that wants them resamples `bars`, closed ones only.
    pub higher: &'a [(Timeframe, BarsRef<'a>)],
}

impl<'a> StrategyInput<'a> {
    /// Bars alone.
    pub const fn new(bars: BarsRef<'a>, timeframe: Timeframe) -> Self {
        Self { bars, timeframe, higher: &[] }
    }

    /// The input as it stood at the close of a bar.
    ///
    /// # Errors
    /// If there is no such bar.
    pub fn up_to(&self, bar: usize) -> Result<Self, StrategyError> {
        if bar >= self.bars.len() {
            return Err(StrategyError::NoSuchBar { bar, bars: self.bars.len() });
        }
        Ok(Self { bars: self.bars.slice(0..bar + 1), ..*self })
    }
}

/// What an opposite entry should do while a position is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnOpposite {
    /// Close the position and open the opposite one.
    Reverse,
    /// Close the position.
    Close,
    /// Nothing: the position lives until its stop or target.
    Ignore,
}

/// How large positions should be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SizingHint {
    /// All equity.
    AllIn,
    /// So much that the stop loses this fraction of equity, at most `cap` of equity as notional.
    Risk {
        /// Fraction of equity lost at the stop.
        risk: f64,
        /// Largest notional as a fraction of equity.
        cap: f64,
    },
}

/// How a strategy is meant to be traded, where the user says nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Recommended {
    /// What an opposite entry does.
    pub on_opposite: OnOpposite,
    /// Position size.
    pub sizing: SizingHint,
}

/// A way to decide: bars in, decisions out. Holds parameters only; all state of a series lives in its stream.
pub trait Strategy: Send + Sync + Debug {
    /// Its name in the list of strategies.
    fn name(&self) -> &'static str;

    /// Every parameter with its value, in the order of the specification.
    fn params(&self) -> Vec<(String, ParamValue)>;

    /// How many bars come before the first that a decision can be taken on.
    fn warmup(&self) -> usize;

    /// Whether it looks at longer timeframes, so that its bars must have one.
    fn needs_clock(&self) -> bool {
        false
    }

    /// How it is meant to be traded.
    fn recommended(&self) -> Recommended;

    /// Where its stops and targets lie, as it is configured: a model that decides in its place puts its own there.
    fn levels(&self) -> Levels {
        Levels::default()
    }

    /// All decisions over the bars, in order.
    ///
    /// # Errors
    /// If a higher timeframe does not go with the bars.
    fn decide(&self, input: &StrategyInput<'_>) -> Result<Decisions, StrategyError>;

    /// [`Strategy::decide`] on the bars of a shelf, where others have left columns that may serve. The same decisions.
    ///
    /// # Errors
    /// As [`Strategy::decide`].
    fn decide_sharing(&self, input: &StrategyInput<'_>, _shelf: &Shelf<'_>) -> Result<Decisions, StrategyError> {
        self.decide(input)
    }

    /// The strategy before its first bar: takes the same decisions bar by bar.
    ///
    /// # Errors
    /// If it cannot work on this timeframe.
    fn stream(&self, timeframe: Timeframe) -> Result<Box<dyn StrategyStream>, StrategyError>;

    /// What it says at the close of a bar, with its reasons; bars after it are not looked at.
    ///
    /// # Errors
    /// If there is no such bar, or as [`Strategy::decide`].
    fn explain(&self, input: &StrategyInput<'_>, bar: usize) -> Result<Signal, StrategyError>;
}

/// A strategy in the middle of a series.
pub trait StrategyStream: Send {
    /// Takes the next closed bar and appends what it decides.
    fn on_bar(&mut self, bar: &Bar, out: &mut Vec<Decision>);

    /// What the strategy says at the last bar; `None` before the first.
    fn signal(&self) -> Option<Signal>;
}

/// Why a signal that is strong enough is not acted on where nothing has moved.
pub(crate) const NO_RANGE: &str = "No stop can be placed: the average true range is zero";

/// Bars in blocks that fit the cache, each with the position of its first bar. Indicators that go on from block to block
/// take a few columns of this length instead of columns as long as the series.
pub(crate) fn blocks(bars: BarsRef<'_>) -> impl Iterator<Item = (usize, BarsRef<'_>)> {
    const BLOCK: usize = 4096;
    (0..bars.len()).step_by(BLOCK).map(move |start| (start, bars.slice(start..bars.len().min(start + BLOCK))))
}

/// A column made so long.
pub(crate) fn sized(column: &mut Vec<f64>, length: usize) -> &mut [f64] {
    column.resize(length, f64::NAN);
    column
}

/// The decision to enter on a side with a stop and a target in multiples of the average true range.
pub(crate) fn entry(bar: usize, side: PositionSide, confidence: f64, stop: f64, target: f64) -> Decision {
    let intent = match side {
        PositionSide::Long => Intent::EnterLong,
        PositionSide::Short => Intent::EnterShort,
    };
    Decision { bar, intent, confidence, stop_distance: Some(stop), target_distance: Some(target) }
}

/// A decision in the words of a signal.
pub(crate) fn signal_of(bar: &Bar, decision: Option<&Decision>, confidence: f64, reasons: Vec<String>) -> Signal {
    let intent = decision.map(|decision| decision.intent);
    let (action, sign) = match intent {
        Some(Intent::EnterLong | Intent::ExitShort) => (Action::Buy, 1.0),
        Some(Intent::EnterShort | Intent::ExitLong) => (Action::Sell, -1.0),
        None => (Action::Hold, 0.0),
    };
    let level = |distance: Option<f64>, towards: f64| distance.map(|distance| bar.close + towards * distance);
    Signal {
        ts: bar.ts,
        action,
        intent,
        confidence,
        price: bar.close,
        stop: level(decision.and_then(|decision| decision.stop_distance), -sign),
        target: level(decision.and_then(|decision| decision.target_distance), sign),
        reasons,
    }
}
