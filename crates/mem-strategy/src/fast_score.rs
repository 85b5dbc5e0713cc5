//! `fast_score`: the scoring strategy of the reference's fast backtester.
//!
//! One score out of seven points, from six readings at default parameters:
//!
//! | reading | points |
//! |---|---|
//! | RSI(14) | below 30: +2, below 40: +1, above 70: -2, above 60: -1 |
//! | MACD(12,26,9) | line above signal: +1, else -1 |
//! | ADX(14) | at most 25: the points so far count half |
//! | Bollinger(20,2) | close below the lower band: +1, above the upper: -1 |
//! | MFI(14) | below 20: +1, above 80: -1 |
//! | OBV | above its previous value: +1, else -1 |
//!
//! Confidence is `|score| / 7` in percent: a multiple of 50/7, at most 85.7. It enters on the side of the score where
//! confidence reaches `min_confidence`, with a stop of two and a target of four average true ranges. Unlike the original
//! it decides nothing before every reading is defined (there, an undefined reading counted as a sell), and its readings
//! are in textbook form (there, smoothing by plain averages, and bands from the sample deviation instead of the
//! population's). The original also passes over the first `min(200, max(50, bars / 4))` bars of a backtest, so that the
//! length of the data moves its first trade; here the first decision falls on the same bar however many follow. Where
//! volume is unknown it never decides.

use mem_indicators::{Adx, Atr, BollingerBands, Macd, Mfi, Obv, ParamKind, ParamSpec, ParamValue, Params, Rsi};
use mem_types::{Bar, BarsRef, Decision, Decisions, PositionSide, Signal, Timeframe};

use crate::advice::Levels;
use crate::builtin::StrategySpec;
use crate::error::StrategyError;
use crate::strategy::{
    NO_RANGE, OnOpposite, Recommended, SizingHint, Strategy, StrategyInput, StrategyStream, blocks, entry, signal_of,
    sized,
};

/// The most points there are.
const POINTS: f64 = 7.0;

pub(crate) const SPEC: StrategySpec = StrategySpec {
    name: "fast_score",
    title: "fast scoring",
    summary: "One score out of seven from RSI, MACD, ADX, Bollinger bands, MFI and OBV; ATR stop and target.",
    params: &[
        ParamSpec {
            name: "min_confidence",
            kind: ParamKind::Float { min: 0.0, max: 100.0, default: 50.0 },
            doc: "percent of the seven points that a decision needs",
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
    build: |given| Ok(Box::new(FastScore::new(Params::resolve("fast_score", SPEC.params, given)?))),
};

/// The strategy with its parameters.
#[derive(Debug, Clone)]
pub struct FastScore {
    params: Params,
    min_confidence: f64,
    stop_atr: f64,
    target_atr: f64,
}

/// What the strategy reads at one bar; NaN where not yet defined.
#[derive(Debug, Clone, Copy)]
struct Readings {
    close: f64,
    rsi: f64,
    macd: f64,
    macd_signal: f64,
    adx: f64,
    lower: f64,
    upper: f64,
    mfi: f64,
    obv: f64,
    obv_before: f64,
    atr: f64,
}

impl Readings {
    fn is_defined(&self) -> bool {
        // One sum is NaN if any part is.
        let sum =
            self.rsi + self.macd_signal + self.adx + self.lower + self.mfi + self.obv + self.obv_before + self.atr;
        !sum.is_nan()
    }

    /// Points, -7 to 7; `None` while anything is undefined.
    fn score(&self) -> Option<f64> {
        if !self.is_defined() {
            return None;
        }
        let rsi = if self.rsi < 30.0 {
            2.0
        } else if self.rsi < 40.0 {
            1.0
        } else if self.rsi > 70.0 {
            -2.0
        } else if self.rsi > 60.0 {
            -1.0
        } else {
            0.0
        };
        let macd = if self.macd > self.macd_signal { 1.0 } else { -1.0 };
        let trendless = if self.adx <= 25.0 { 0.5 } else { 1.0 };
        let bands = between(self.close, self.lower, self.upper);
        let flow = between(self.mfi, 20.0, 80.0);
        let obv = if self.obv > self.obv_before { 1.0 } else { -1.0 };
        Some((rsi + macd) * trendless + bands + flow + obv)
    }
}

/// +1 below the range, -1 above it, 0 within.
fn between(value: f64, low: f64, high: f64) -> f64 {
    if value < low {
        1.0
    } else if value > high {
        -1.0
    } else {
        0.0
    }
}

impl FastScore {
    fn new(params: Params) -> Self {
        let [min_confidence, stop_atr, target_atr] =
            ["min_confidence", "stop_atr", "target_atr"].map(|name| params.float(name));
        Self { params, min_confidence, stop_atr, target_atr }
    }

    fn decision(&self, bar: usize, readings: &Readings) -> Option<Decision> {
        let score = readings.score()?;
        let confidence = score.abs() / POINTS * 100.0;
        if score == 0.0 || confidence < self.min_confidence || readings.atr <= 0.0 {
            return None;
        }
        let side = if score > 0.0 { PositionSide::Long } else { PositionSide::Short };
        Some(entry(bar, side, confidence, self.stop_atr * readings.atr, self.target_atr * readings.atr))
    }

    fn signal(&self, bar: &Bar, readings: &Readings) -> Signal {
        let Some(score) = readings.score() else {
            return signal_of(bar, None, 0.0, vec!["not all indicators are defined yet".to_owned()]);
        };
        let confidence = score.abs() / POINTS * 100.0;
        let decision = self.decision(0, readings);
        let mut reasons = vec![format!("score {score:+.1} of {POINTS} points ({confidence:.1} %)")];
        if confidence < self.min_confidence {
            reasons.push(format!("below the {:.1} % that a decision needs", self.min_confidence));
        } else if score == 0.0 {
            reasons.push("as much speaks for rising as for falling".to_owned());
        } else if decision.is_none() {
            reasons.push(NO_RANGE.to_owned());
        }
        let half = if readings.adx <= 25.0 { ", halved with RSI: no trend (ADX at most 25)" } else { "" };
        reasons.push(format!("RSI(14) at {:.1}", readings.rsi));
        let side = if readings.macd > readings.macd_signal { "above" } else { "not above" };
        reasons.push(format!("MACD line {side} its signal{half}"));
        match between(readings.close, readings.lower, readings.upper) {
            0.0 => {}
            value => {
                let band = if value > 0.0 { "below lower" } else { "above upper" };
                reasons.push(format!("Price {band} Bollinger Band"));
            }
        }
        if between(readings.mfi, 20.0, 80.0) != 0.0 {
            reasons.push(format!("MFI(14) at {:.1}", readings.mfi));
        }
        let obv = if readings.obv > readings.obv_before { "rising" } else { "not rising" };
        reasons.push(format!("On-balance volume {obv}"));
        signal_of(bar, decision.as_ref(), confidence, reasons)
    }
}

/// The readings of a block of bars, as columns.
#[derive(Default)]
struct Columns<'a> {
    close: &'a [f64],
    rsi: Vec<f64>,
    macd: [Vec<f64>; 3],
    adx: [Vec<f64>; 3],
    bands: [Vec<f64>; 3],
    mfi: Vec<f64>,
    obv: Vec<f64>,
    /// OBV at the bar before the block.
    obv_before: f64,
    atr: Vec<f64>,
}

impl Columns<'_> {
    fn at(&self, bar: usize) -> Readings {
        Readings {
            close: self.close[bar],
            rsi: self.rsi[bar],
            macd: self.macd[0][bar],
            macd_signal: self.macd[1][bar],
            adx: self.adx[0][bar],
            lower: self.bands[2][bar],
            upper: self.bands[0][bar],
            mfi: self.mfi[bar],
            obv: self.obv[bar],
            obv_before: if bar == 0 { self.obv_before } else { self.obv[bar - 1] },
            atr: self.atr[bar],
        }
    }
}

impl Strategy for FastScore {
    fn name(&self) -> &'static str {
        SPEC.name
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        self.params.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    fn warmup(&self) -> usize {
        // MACD's signal and ADX are the last to be defined.
        33
    }

    fn levels(&self) -> Levels {
        Levels { stop: self.stop_atr, target: Some(self.target_atr) }
    }

    fn recommended(&self) -> Recommended {
        Recommended { on_opposite: OnOpposite::Ignore, sizing: SizingHint::Risk { risk: 0.02, cap: 0.95 } }
    }

    fn decide(&self, input: &StrategyInput<'_>) -> Result<Decisions, StrategyError> {
        let mut list = Vec::new();
        let (mut stream, mut columns) = (ReadingStream::new(), Columns::default());
        for (start, block) in blocks(input.bars) {
            stream.fill(block, &mut columns);
            list.extend((0..block.len()).filter_map(|offset| self.decision(start + offset, &columns.at(offset))));
        }
        Ok(Decisions { list })
    }

    fn stream(&self, _: Timeframe) -> Result<Box<dyn StrategyStream>, StrategyError> {
        Ok(Box::new(Stream { strategy: self.clone(), bars: 0, last: None, readings: ReadingStream::new() }))
    }

    fn explain(&self, input: &StrategyInput<'_>, bar: usize) -> Result<Signal, StrategyError> {
        let input = input.up_to(bar)?;
        let (mut stream, mut columns) = (ReadingStream::new(), Columns::default());
        stream.fill(input.bars, &mut columns);
        Ok(self.signal(&input.bars.bar(bar), &columns.at(bar)))
    }
}

/// The readings, bar by bar or block by block.
struct ReadingStream {
    rsi: Rsi,
    macd: Macd,
    adx: Adx,
    bands: BollingerBands,
    mfi: Mfi,
    obv: Obv,
    obv_before: f64,
    atr: Atr,
}

impl ReadingStream {
    fn new() -> Self {
        Self {
            rsi: Rsi::new(14),
            macd: Macd::new(12, 26, 9),
            adx: Adx::new(14),
            bands: BollingerBands::new(20, 2.0, 0),
            mfi: Mfi::new(14),
            obv: Obv::new(),
            obv_before: f64::NAN,
            atr: Atr::new(14),
        }
    }

    /// The readings of the next bars, into columns whose memory is used again.
    fn fill<'a>(&mut self, bars: BarsRef<'a>, columns: &mut Columns<'a>) {
        let BarsRef { high, low, close, volume, .. } = bars;
        columns.close = close;
        self.rsi.extend(close, sized(&mut columns.rsi, close.len()));
        self.macd.extend(close, columns.macd.each_mut().map(|column| sized(column, close.len())));
        self.adx.extend(high, low, close, columns.adx.each_mut().map(|column| sized(column, close.len())));
        self.bands.extend(close, columns.bands.each_mut().map(|column| sized(column, close.len())));
        self.mfi.extend(high, low, close, volume, sized(&mut columns.mfi, close.len()));
        self.obv.extend(close, volume, sized(&mut columns.obv, close.len()));
        self.atr.extend(high, low, close, sized(&mut columns.atr, close.len()));
        let last = columns.obv.last().copied().unwrap_or(self.obv_before);
        columns.obv_before = std::mem::replace(&mut self.obv_before, last);
    }

    fn push(&mut self, bar: &Bar) -> Readings {
        let Bar { high, low, close, volume, .. } = *bar;
        let [macd, macd_signal, _] = self.macd.push(close);
        let [adx, _, _] = self.adx.push(high, low, close);
        let [upper, _, lower] = self.bands.push(close);
        let obv = self.obv.push(close, volume);
        Readings {
            close,
            rsi: self.rsi.push(close),
            macd,
            macd_signal,
            adx,
            lower,
            upper,
            mfi: self.mfi.push(high, low, close, volume),
            obv,
            obv_before: std::mem::replace(&mut self.obv_before, obv),
            atr: self.atr.push(high, low, close),
        }
    }
}

struct Stream {
    strategy: FastScore,
    bars: usize,
    last: Option<(Bar, Readings)>,
    readings: ReadingStream,
}

impl StrategyStream for Stream {
    fn on_bar(&mut self, bar: &Bar, out: &mut Vec<Decision>) {
        let readings = self.readings.push(bar);
        out.extend(self.strategy.decision(self.bars, &readings));
        self.bars += 1;
        self.last = Some((*bar, readings));
    }

    fn signal(&self) -> Option<Signal> {
        let (bar, readings) = self.last.as_ref()?;
        Some(self.strategy.signal(bar, readings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings() -> Readings {
        Readings {
            close: 100.0,
            rsi: 50.0,
            macd: 1.0,
            macd_signal: 0.0,
            adx: 30.0,
            lower: 90.0,
            upper: 110.0,
            mfi: 50.0,
            obv: 2.0,
            obv_before: 1.0,
            atr: 2.0,
        }
    }

    #[test]
    fn points_add_up_as_the_table_says() {
        let base = readings();
        for (readings, points) in [
            (base, 2.0),
            (Readings { adx: 25.0, ..base }, 1.5),
            (Readings { rsi: 29.0, ..base }, 4.0),
            (Readings { rsi: 39.0, ..base }, 3.0),
            (Readings { rsi: 61.0, ..base }, 1.0),
            (Readings { rsi: 71.0, macd: 0.0, obv: 1.0, close: 120.0, mfi: 81.0, ..base }, -6.0),
            (Readings { rsi: 20.0, close: 80.0, mfi: 10.0, ..base }, 6.0),
        ] {
            assert_eq!(readings.score(), Some(points), "{readings:?}");
        }
        assert_eq!(Readings { mfi: f64::NAN, ..base }.score(), None);
    }

    #[test]
    fn stops_and_targets_are_in_average_true_ranges() {
        let strategy = FastScore::new(Params::resolve("fast_score", SPEC.params, &[]).unwrap());
        let decision = strategy.decision(5, &Readings { rsi: 20.0, ..readings() }).unwrap();
        assert_eq!((decision.stop_distance, decision.target_distance), (Some(4.0), Some(8.0)));
        assert!((decision.confidence - 400.0 / 7.0).abs() < 1e-12);
        assert_eq!(strategy.decision(5, &readings()), None);
    }
}
