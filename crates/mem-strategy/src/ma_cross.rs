//! `ma_cross`: two moving averages, any two.
//!
//! At the close of a bar the fast average has crossed above the slow one if it lies above now and did not at the bar
//! before; both averages must be defined at both bars. Crossing below is the mirror image. There is no stop and no
//! target: a position ends with the opposite cross.

use mem_indicators::{Ema, HullMa, ParamKind, ParamSpec, ParamValue, Params, Sma, Tema, Wma, kernel};
use mem_types::{Bar, Decision, Decisions, Intent, Signal, Timeframe};

use crate::builtin::StrategySpec;
use crate::error::StrategyError;
use crate::shelf::Shelf;
use crate::strategy::{OnOpposite, Recommended, SizingHint, Strategy, StrategyInput, StrategyStream, signal_of};

/// Bars whose averages are looked at together.
const BLOCK: usize = 8192;

/// Certain: an average has crossed or it has not.
const CONFIDENCE: f64 = 100.0;

const AVERAGES: &[&str] = &["sma", "ema", "wma", "hull_ma", "tema"];

const fn average_of(name: &'static str, default: &'static str, doc: &'static str) -> ParamSpec {
    ParamSpec { name, kind: ParamKind::Choice { options: AVERAGES, default }, doc }
}

const fn period_of(name: &'static str, default: i64, doc: &'static str) -> ParamSpec {
    ParamSpec { name, kind: ParamKind::Int { min: 2, max: 5_000, default }, doc }
}

pub(crate) const SPEC: StrategySpec = StrategySpec {
    name: "ma_cross",
    title: "moving-average cross",
    summary: "Long while the fast average is above the slow one; out, or short, while it is below. Acts on the cross.",
    params: &[
        average_of("fast_type", "sma", "kind of the fast average"),
        period_of("fast", 10, "bars of the fast average"),
        average_of("slow_type", "sma", "kind of the slow average"),
        period_of("slow", 30, "bars of the slow average"),
        ParamSpec {
            name: "direction",
            kind: ParamKind::Choice { options: &["long", "both", "short"], default: "long" },
            doc: "which positions it opens",
        },
    ],
    build: |given| Ok(Box::new(MaCross::new(Params::resolve("ma_cross", SPEC.params, given)?)?)),
};

/// The strategy with its parameters.
#[derive(Debug, Clone)]
pub struct MaCross {
    params: Params,
    fast: Average,
    slow: Average,
    longs: bool,
    shorts: bool,
}

#[derive(Debug, Clone)]
struct Average {
    kind: String,
    period: usize,
}

enum AverageStream {
    Sma(Sma),
    Ema(Ema),
    Wma(Wma),
    Hull(HullMa),
    Tema(Box<Tema>),
}

impl Average {
    fn column(&self, input: &[f64], out: &mut Vec<f64>) {
        match self.kind.as_str() {
            "sma" => kernel::sma(input, self.period, out),
            "ema" => kernel::ema(input, self.period, out),
            "wma" => kernel::wma(input, self.period, out),
            "hull_ma" => kernel::hull_ma(input, self.period, out),
            _ => kernel::tema(input, self.period, out),
        }
    }

    fn stream(&self) -> AverageStream {
        match self.kind.as_str() {
            "sma" => AverageStream::Sma(Sma::new(self.period)),
            "ema" => AverageStream::Ema(Ema::new(self.period)),
            "wma" => AverageStream::Wma(Wma::new(self.period)),
            "hull_ma" => AverageStream::Hull(HullMa::new(self.period)),
            _ => AverageStream::Tema(Box::new(Tema::new(self.period))),
        }
    }

    fn warmup(&self) -> usize {
        let spec = mem_indicators::find(&self.kind).expect("the kinds are names of the registry");
        let period = ("period".to_owned(), ParamValue::Int(self.period as i64));
        spec.resolve(&[period]).map_or(self.period, |params| spec.warmup(&params))
    }

    fn words(&self) -> String {
        format!("{}({})", self.kind, self.period)
    }
}

impl AverageStream {
    fn push(&mut self, value: f64) -> f64 {
        match self {
            Self::Sma(average) => average.push(value),
            Self::Ema(average) => average.push(value),
            Self::Wma(average) => average.push(value),
            Self::Hull(average) => average.push(value),
            Self::Tema(average) => average.push(value),
        }
    }

    fn extend(&mut self, input: &[f64], out: &mut [f64]) {
        match self {
            Self::Sma(average) => average.extend(input, out),
            Self::Ema(average) => average.extend(input, out),
            Self::Wma(average) => average.extend(input, out),
            Self::Hull(average) => average.extend(input, out),
            Self::Tema(average) => average.extend(input, out),
        }
    }
}

/// Which way the averages crossed at a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cross {
    Above,
    Below,
}

/// Comparisons with an undefined average are false, so warm-up crosses nothing.
fn cross(before: (f64, f64), now: (f64, f64)) -> Option<Cross> {
    if now.0 > now.1 && before.0 <= before.1 {
        Some(Cross::Above)
    } else if now.0 < now.1 && before.0 >= before.1 {
        Some(Cross::Below)
    } else {
        None
    }
}

/// Tells of every cross, with the position at which the averages have crossed.
fn for_each_cross(fast: &[f64], slow: &[f64], near: &mut Vec<u8>, mut tell: impl FnMut(usize, Cross)) {
    // While the averages keep their sides, their differences have one sign: most bars are passed over eight by eight.
    let sides = fast.windows(2).zip(slow.windows(2)).map(|(fast, slow)| (fast[0] - slow[0]) * (fast[1] - slow[1]));
    near.clear();
    near.extend(sides.map(|product| if product > 0.0 { 0 } else { 1 }));
    near.resize(near.len().next_multiple_of(8), 0);
    for (eighth, marks) in near.as_chunks::<8>().0.iter().enumerate() {
        let mut marks = u64::from_le_bytes(*marks);
        while marks != 0 {
            let i = 1 + eighth * 8 + marks.trailing_zeros() as usize / 8;
            if let Some(cross) = cross((fast[i - 1], slow[i - 1]), (fast[i], slow[i])) {
                tell(i, cross);
            }
            marks &= marks - 1;
        }
    }
}

impl MaCross {
    fn new(params: Params) -> Result<Self, StrategyError> {
        let average =
            |kind: &str, period: &str| Average { kind: params.choice(kind).to_owned(), period: params.bars(period) };
        let (fast, slow) = (average("fast_type", "fast"), average("slow_type", "slow"));
        if fast.kind == slow.kind && fast.period >= slow.period {
            let rule = "fast must be shorter than slow when both averages are of one kind";
            return Err(StrategyError::Conflict { strategy: "ma_cross", rule });
        }
        let direction = params.choice("direction");
        let (longs, shorts) = (direction != "short", direction != "long");
        Ok(Self { fast, slow, longs, shorts, params })
    }

    fn act(&self, cross: Cross, bar: usize, out: &mut Vec<Decision>) {
        let intents = match cross {
            Cross::Above => [self.shorts.then_some(Intent::ExitShort), self.longs.then_some(Intent::EnterLong)],
            Cross::Below => [self.longs.then_some(Intent::ExitLong), self.shorts.then_some(Intent::EnterShort)],
        };
        let decision =
            |intent| Decision { bar, intent, confidence: CONFIDENCE, stop_distance: None, target_distance: None };
        out.extend(intents.into_iter().flatten().map(decision));
    }

    fn signal(&self, bar: &Bar, before: (f64, f64), now: (f64, f64)) -> Signal {
        let mut decisions = Vec::new();
        let mut reasons = Vec::new();
        let (fast, slow) = (self.fast.words(), self.slow.words());
        if let Some(cross) = cross(before, now) {
            self.act(cross, 0, &mut decisions);
            let word = if cross == Cross::Above { "above" } else { "below" };
            reasons.push(format!("{fast} crossed {word} {slow}: {:.6} against {:.6}", now.0, now.1));
        } else if now.0.is_nan() || now.1.is_nan() {
            reasons.push(format!("{fast} and {slow} are not defined yet: too few bars"));
        } else {
            let word = if now.0 > now.1 { "above" } else { "not above" };
            reasons.push(format!("no cross: {fast} stays {word} {slow}: {:.6} against {:.6}", now.0, now.1));
        }
        let confidence = if decisions.is_empty() { 0.0 } else { CONFIDENCE };
        signal_of(bar, decisions.last(), confidence, reasons)
    }
}

impl Strategy for MaCross {
    fn name(&self) -> &'static str {
        SPEC.name
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        self.params.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    fn warmup(&self) -> usize {
        // A cross needs both averages at two bars.
        self.fast.warmup().max(self.slow.warmup()) + 1
    }

    fn recommended(&self) -> Recommended {
        Recommended { on_opposite: OnOpposite::Reverse, sizing: SizingHint::AllIn }
    }

    fn decide(&self, input: &StrategyInput<'_>) -> Result<Decisions, StrategyError> {
        let (mut fast, mut slow) = (self.fast.stream(), self.slow.stream());
        // Block by block, so that the averages stay in the cache and take no memory. Position 0 holds the last values
        // of the block before.
        let [mut fasts, mut slows] = [(); 2].map(|()| vec![f64::NAN; BLOCK + 1]);
        let (mut near, mut list) = (Vec::new(), Vec::new());
        for (block, closes) in input.bars.close.chunks(BLOCK).enumerate() {
            let last = closes.len();
            fast.extend(closes, &mut fasts[1..=last]);
            slow.extend(closes, &mut slows[1..=last]);
            for_each_cross(&fasts[..=last], &slows[..=last], &mut near, |offset, cross| {
                self.act(cross, block * BLOCK + offset - 1, &mut list);
            });
            (fasts[0], slows[0]) = (fasts[last], slows[last]);
        }
        Ok(Decisions { list })
    }

    fn decide_sharing(&self, input: &StrategyInput<'_>, shelf: &Shelf<'_>) -> Result<Decisions, StrategyError> {
        let column = |average: &Average| {
            shelf.column(&average.kind, average.period, || {
                let mut column = Vec::new();
                average.column(shelf.bars().close, &mut column);
                column
            })
        };
        let (Some(fast), Some(slow)) = (column(&self.fast), column(&self.slow)) else { return self.decide(input) };
        let (mut near, mut list) = (Vec::new(), Vec::new());
        // Each block begins with the last bar of the one before.
        for start in (0..fast.len()).step_by(BLOCK) {
            let bars = start.saturating_sub(1)..fast.len().min(start + BLOCK);
            for_each_cross(&fast[bars.clone()], &slow[bars.clone()], &mut near, |offset, cross| {
                self.act(cross, bars.start + offset, &mut list);
            });
        }
        Ok(Decisions { list })
    }

    fn stream(&self, _: Timeframe) -> Result<Box<dyn StrategyStream>, StrategyError> {
        Ok(Box::new(Stream {
            strategy: self.clone(),
            fast: self.fast.stream(),
            slow: self.slow.stream(),
            bars: 0,
            last: None,
            before: UNDEFINED,
            now: UNDEFINED,
        }))
    }

    fn explain(&self, input: &StrategyInput<'_>, bar: usize) -> Result<Signal, StrategyError> {
        let input = input.up_to(bar)?;
        let (mut fast, mut slow) = (Vec::new(), Vec::new());
        self.fast.column(input.bars.close, &mut fast);
        self.slow.column(input.bars.close, &mut slow);
        let before = bar.checked_sub(1).map_or(UNDEFINED, |i| (fast[i], slow[i]));
        Ok(self.signal(&input.bars.bar(bar), before, (fast[bar], slow[bar])))
    }
}

const UNDEFINED: (f64, f64) = (f64::NAN, f64::NAN);

struct Stream {
    strategy: MaCross,
    fast: AverageStream,
    slow: AverageStream,
    bars: usize,
    last: Option<Bar>,
    before: (f64, f64),
    now: (f64, f64),
}

impl StrategyStream for Stream {
    fn on_bar(&mut self, bar: &Bar, out: &mut Vec<Decision>) {
        self.before = self.now;
        self.now = (self.fast.push(bar.close), self.slow.push(bar.close));
        if let Some(cross) = cross(self.before, self.now) {
            self.strategy.act(cross, self.bars, out);
        }
        self.bars += 1;
        self.last = Some(*bar);
    }

    fn signal(&self) -> Option<Signal> {
        Some(self.strategy.signal(self.last.as_ref()?, self.before, self.now))
    }
}
