//! `confluence`: four groups of indicators vote; a decision needs enough of them to agree.
//!
//! # Why the original could not decide
//! The reference adds four weighted group scores. Three groups buy weakness, one buys strength, so they cancel: its
//! `signal_strength = (total + 10) * 5` lies between 32.5 and 67.5, below its own default threshold of 70, always. That
//! raw score is still here ([`Analysis::raw`]) for whoever compares.
//!
//! # The mend
//! 1. Each group's points are divided by the most it can give: every group speaks from -1 to +1.
//! 2. What a reading means depends on whether there is a trend (ADX above 25). In a trend, the trend group speaks, and
//!    the contrarian readings count only with the trend: oversold in an uptrend is a pullback to buy, overbought in
//!    an uptrend is no reason to sell. Without one, the trend group is silent and the contrarian readings speak freely.
//! 3. Groups that say nothing do not dilute those that speak: the weighted sum is divided by the weights of the groups
//!    that speak, but by no less than 0.6 of all weight, so that no group alone reaches the default threshold.
//! 4. Longer timeframes speak with the same voice. Agreement raises confidence by up to `timeframe_weight`, opposition
//!    lowers it by as much.
//!
//! Strength runs from 0 to 100 in either direction, and the action is the direction of the sum.

mod analysis;
mod readings;
mod timeframes;
mod votes;

use mem_indicators::{ParamKind, ParamSpec, ParamValue, Params};
use mem_types::{Bar, Decision, Decisions, PositionSide, Signal, Timeframe};

use crate::advice::Levels;
use crate::builtin::StrategySpec;
use crate::error::StrategyError;
use crate::sizing::{PositionSize, risk_based};
use crate::strategy::{
    NO_RANGE, OnOpposite, Recommended, SizingHint, Strategy, StrategyInput, StrategyStream, blocks, entry, signal_of,
};
use readings::{Columns, ReadingStream, Readings};
use timeframes::{HigherStreams, HigherView, MOST_TIMEFRAMES, Voices};
use votes::Votes;

pub use analysis::{
    Analysis, Indicators, MomentumReadings, ObvTrend, RawScore, Signals, TrendReadings, VolatilityReadings,
    VolumeReadings,
};
pub use votes::{Direction, Trend, VolatilityLevel};

pub(crate) const SPEC: StrategySpec = StrategySpec {
    name: "confluence",
    title: "multi-indicator confluence",
    summary: "Momentum, trend, volatility and volume vote, over several timeframes; ATR stop and target.",
    params: &[
        ParamSpec {
            name: "min_confidence",
            kind: ParamKind::Float { min: 0.0, max: 100.0, default: 70.0 },
            doc: "strength in percent that a decision needs",
        },
        ParamSpec {
            name: "timeframes",
            kind: ParamKind::Int { min: 0, max: MOST_TIMEFRAMES as i64, default: 2 },
            doc: "how many longer timeframes are heard",
        },
        ParamSpec {
            name: "timeframe_weight",
            kind: ParamKind::Float { min: 0.0, max: 1.0, default: 0.3 },
            doc: "how far longer timeframes raise or lower confidence",
        },
        ParamSpec {
            name: "stop_atr",
            kind: ParamKind::Float { min: 0.1, max: 50.0, default: 2.0 },
            doc: "distance to the stop in average true ranges",
        },
        ParamSpec {
            name: "target_atr",
            kind: ParamKind::Float { min: 0.1, max: 100.0, default: 4.0 },
            doc: "distance to the target in average true ranges",
        },
    ],
    build: |given| Ok(Box::new(Confluence::from_params(given)?)),
};

/// The strategy with its parameters.
#[derive(Debug, Clone)]
pub struct Confluence {
    params: Params,
    min_confidence: f64,
    timeframes: usize,
    timeframe_weight: f64,
    stop_atr: f64,
    target_atr: f64,
}

/// What the strategy makes of its readings at one bar.
struct Opinion {
    /// `None` before all price readings are defined.
    votes: Option<Votes>,
    direction: Direction,
    strength: f64,
    aligned: usize,
    heard: usize,
    reasons: Vec<String>,
    decision: Option<Decision>,
}

impl Confluence {
    /// The strategy with these parameters, for whoever needs more than [`Strategy`] offers: [`Confluence::analyze`].
    ///
    /// # Errors
    /// Parameters that are unknown or out of range.
    pub fn from_params(given: &[(String, ParamValue)]) -> Result<Self, StrategyError> {
        let params = Params::resolve("confluence", SPEC.params, given)?;
        Ok(Self {
            min_confidence: params.float("min_confidence"),
            timeframes: usize::try_from(match params.get("timeframes") {
                Some(ParamValue::Int(count)) => *count,
                _ => 0,
            })
            .unwrap_or(0),
            timeframe_weight: params.float("timeframe_weight"),
            stop_atr: params.float("stop_atr"),
            target_atr: params.float("target_atr"),
            params,
        })
    }

    /// Strength after hearing the longer timeframes: agreement of -1 to 1 moves it by up to the weight.
    fn confidence(&self, votes: &Votes, voices: &Voices) -> f64 {
        let agreement = voices.agreement(votes.total);
        (votes.strength() * (1.0 + self.timeframe_weight * agreement)).clamp(0.0, 100.0)
    }

    fn decision(&self, bar: usize, readings: &Readings, votes: &Votes, voices: &Voices) -> Option<Decision> {
        let side = match votes.direction() {
            Direction::Buy => PositionSide::Long,
            Direction::Sell => PositionSide::Short,
            Direction::Neutral => return None,
        };
        let confidence = self.confidence(votes, voices);
        // A NaN range compares false: no stop can be placed, so there is no entry.
        let has_range = readings.atr > 0.0;
        (has_range && confidence >= self.min_confidence)
            .then(|| entry(bar, side, confidence, self.stop_atr * readings.atr, self.target_atr * readings.atr))
    }

    fn opinion(&self, readings: &Readings, voices: &Voices) -> Opinion {
        let Some(votes) = readings.votes() else {
            return Opinion {
                votes: None,
                direction: Direction::Neutral,
                strength: 0.0,
                aligned: 0,
                heard: 0,
                reasons: vec!["not all indicators are defined yet: too few bars".to_owned()],
                decision: None,
            };
        };
        let confidence = self.confidence(&votes, voices);
        let decision = self.decision(0, readings, &votes, voices);
        let (aligned, heard) = voices.aligned(votes.total);
        let mut reasoning = Vec::new();
        let side = votes.direction();
        reasoning.push(match (side, &decision) {
            (Direction::Neutral, _) => "Neutral signal".to_owned(),
            (_, None) if readings.atr <= 0.0 => NO_RANGE.to_owned(),
            (_, None) => format!("Low confidence: {confidence:.1}% < {:.1}%", self.min_confidence),
            _ if confidence >= 80.0 => format!("Very strong {side} signal ({confidence:.1}% confidence)"),
            _ if confidence >= 70.0 => format!("Strong {side} signal ({confidence:.1}% confidence)"),
            _ => format!("Moderate {side} signal ({confidence:.1}% confidence)"),
        });
        reasoning.extend(readings.reasons());
        reasoning.push(match votes.trend {
            Trend::Sideways => "No trend: oversold and overbought readings decide".to_owned(),
            trend => format!("{trend}: only readings that go with it count"),
        });
        if heard > 0 {
            let share = aligned as f64 / heard as f64;
            let word = if share >= 0.66 {
                "High"
            } else if share >= 0.33 {
                "Moderate"
            } else {
                "Low"
            };
            reasoning.push(format!("{word} agreement of timeframes ({aligned}/{heard})"));
        }
        if let Some(level) = readings.volatility_level() {
            reasoning.push(format!("{level} volatility: stop {:.6} away", self.stop_atr * readings.atr));
        }
        Opinion {
            votes: Some(votes),
            direction: side,
            strength: confidence,
            aligned,
            heard,
            reasons: reasoning,
            decision,
        }
    }

    /// What the strategy sees at the close of a bar; bars after it are not looked at.
    ///
    /// # Errors
    /// If there is no such bar, or a higher timeframe does not go with the bars.
    pub fn analyze(&self, input: &StrategyInput<'_>, bar: usize) -> Result<Analysis, StrategyError> {
        let input = input.up_to(bar)?;
        let columns = Columns::new(input.bars);
        let mut higher = HigherView::new(&input, self.timeframes)?;
        let readings = columns.at(bar);
        let opinion = self.opinion(&readings, &higher.voices_at(bar));
        Ok(Analysis::at_last(input.bars, &input.bars.bar(bar), &columns, &readings, opinion))
    }

    /// Position size for an account, from the distance to the stop at this analysis; `None` without a usable range.
    pub fn position_size(&self, analysis: &Analysis, account: f64, max_risk: f64) -> Option<PositionSize> {
        let atr = analysis.indicators.volatility.atr?;
        let (stop, target) = (self.stop_atr * atr, self.target_atr * atr);
        risk_based(account, max_risk, 1.0, analysis.price, stop, target)
    }

    fn signal(&self, bar: &Bar, readings: &Readings, voices: &Voices) -> Signal {
        let opinion = self.opinion(readings, voices);
        signal_of(bar, opinion.decision.as_ref(), opinion.strength, opinion.reasons)
    }
}

impl Strategy for Confluence {
    fn name(&self) -> &'static str {
        SPEC.name
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        self.params.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    fn warmup(&self) -> usize {
        // MACD's signal is the last reading to be defined; volume readings come earlier or never.
        33
    }

    fn needs_clock(&self) -> bool {
        true
    }

    fn levels(&self) -> Levels {
        Levels { stop: self.stop_atr, target: Some(self.target_atr) }
    }

    fn recommended(&self) -> Recommended {
        Recommended { on_opposite: OnOpposite::Reverse, sizing: SizingHint::Risk { risk: 0.02, cap: 1.0 } }
    }

    fn decide(&self, input: &StrategyInput<'_>) -> Result<Decisions, StrategyError> {
        let mut higher = HigherView::new(input, self.timeframes)?;
        let mut list = Vec::new();
        let (mut stream, mut columns) = (ReadingStream::new(), Columns::default());
        for (start, block) in blocks(input.bars) {
            stream.fill(block, &mut columns);
            for offset in 0..block.len() {
                let readings = columns.at(offset);
                let Some(votes) = readings.votes() else { continue };
                // Longer timeframes can raise strength by the weight at most: below that they need not be heard.
                if votes.strength() * (1.0 + self.timeframe_weight) < self.min_confidence {
                    continue;
                }
                let bar = start + offset;
                list.extend(self.decision(bar, &readings, &votes, &higher.voices_at(bar)));
            }
        }
        Ok(Decisions { list })
    }

    fn stream(&self, timeframe: Timeframe) -> Result<Box<dyn StrategyStream>, StrategyError> {
        Ok(Box::new(Stream {
            strategy: self.clone(),
            bars: 0,
            readings: ReadingStream::new(),
            higher: HigherStreams::new(timeframe, self.timeframes),
            last: None,
        }))
    }

    fn explain(&self, input: &StrategyInput<'_>, bar: usize) -> Result<Signal, StrategyError> {
        let input = input.up_to(bar)?;
        let readings = Columns::new(input.bars).at(bar);
        let voices = HigherView::new(&input, self.timeframes)?.voices_at(bar);
        Ok(self.signal(&input.bars.bar(bar), &readings, &voices))
    }
}

struct Stream {
    strategy: Confluence,
    bars: usize,
    readings: ReadingStream,
    higher: HigherStreams,
    last: Option<(Bar, Readings, Voices)>,
}

impl StrategyStream for Stream {
    fn on_bar(&mut self, bar: &Bar, out: &mut Vec<Decision>) {
        let readings = self.readings.push(bar);
        let voices = self.higher.push(bar);
        if let Some(votes) = readings.votes() {
            out.extend(self.strategy.decision(self.bars, &readings, &votes, &voices));
        }
        self.bars += 1;
        self.last = Some((*bar, readings, voices));
    }

    fn signal(&self) -> Option<Signal> {
        let (bar, readings, voices) = self.last.as_ref()?;
        Some(self.strategy.signal(bar, readings, voices))
    }
}
