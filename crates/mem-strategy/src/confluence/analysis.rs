//! Everything that the strategy sees at one bar, under the reference's field names.
//!
//! The names at the top hold the mended values; [`RawScore`] holds what the reference makes of the same readings, under
//! the same names. What is not defined is `None`, which serializes as null: nothing here is ever NaN.

use mem_indicators::kernel;
use mem_types::{Bar, BarsRef, Decision, Timestamp};
use serde::Serialize;

use super::Opinion;
use super::readings::{Columns, Readings};
use super::votes::{Direction, Points, Trend, VolatilityLevel};

/// What the strategy sees at the close of one bar.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// When the bar opened.
    pub timestamp: Timestamp,
    /// Close of the bar.
    pub price: f64,
    /// Indicator values at default parameters.
    pub indicators: Indicators,
    /// What each group says, -1 to 1; `None` before all price readings are defined.
    pub signals: Option<Signals>,
    /// Why, in plain English, the outcome first.
    pub reasoning: Vec<String>,
    /// Whether there is a trend, by ADX and the directional indicators.
    pub trend_direction: Option<Trend>,
    /// How wide the Bollinger bands are.
    pub volatility_level: Option<VolatilityLevel>,
    /// Which way the groups lean.
    pub overall_signal: Direction,
    /// Strength in that direction, 0 to 100, after hearing the longer timeframes.
    pub signal_strength: f64,
    /// Sum of what the groups say, -1 to 1, before hearing the longer timeframes.
    pub total_score: Option<f64>,
    /// How many timeframes look the same way, of how many that say anything: `2/3`.
    pub timeframes_aligned: String,
    /// The reference's own score of the same readings.
    pub raw: Option<RawScore>,
    /// The decision, if there is one; its position counts from this bar.
    #[serde(skip)]
    pub decision: Option<Decision>,
}

/// One number for each group of indicators; positive is up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Signals {
    /// RSI and stochastic.
    pub momentum: f64,
    /// MACD, ADX and Aroon.
    pub trend: f64,
    /// Bollinger bands.
    pub volatility: f64,
    /// MFI and CMF.
    pub volume: f64,
}

impl From<Points> for Signals {
    fn from([momentum, trend, volatility, volume]: Points) -> Self {
        Self { momentum, trend, volatility, volume }
    }
}

/// The reference's score. A MACD histogram of exactly zero gives no points here, and is bearish there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RawScore {
    /// Whole points of the groups: at most 3, 5, 2 and 3 either way.
    pub signals: Signals,
    /// By the trend group's points: up above 2, down below -2.
    pub trend_direction: Trend,
    /// By the total: BUY above 2, SELL below -2.
    pub overall_signal: Direction,
    /// `(total_score + 10) * 5`: 32.5 to 67.5 whatever happens.
    pub signal_strength: f64,
    /// Weighted sum of the points, -3.5 to 3.5.
    pub total_score: f64,
}

impl RawScore {
    fn new(points: Points, total_score: f64, signal_strength: f64) -> Self {
        let beyond_two = |score: f64| i8::from(score > 2.0) - i8::from(score < -2.0);
        let signals = Signals::from(points);
        Self {
            signals,
            trend_direction: match beyond_two(signals.trend) {
                1 => Trend::Uptrend,
                -1 => Trend::Downtrend,
                _ => Trend::Sideways,
            },
            overall_signal: match beyond_two(total_score) {
                1 => Direction::Buy,
                -1 => Direction::Sell,
                _ => Direction::Neutral,
            },
            signal_strength,
            total_score,
        }
    }
}

/// Indicator values by group.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Indicators {
    /// Is it stretched?
    pub momentum: MomentumReadings,
    /// Which way does it go?
    pub trend: TrendReadings,
    /// How far does it swing?
    pub volatility: VolatilityReadings,
    /// Does volume go along?
    pub volume: VolumeReadings,
}

/// Momentum. Williams %R and CCI are shown, and do not vote: they repeat the stochastic.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MomentumReadings {
    /// RSI(14).
    pub rsi: Option<f64>,
    /// Slow stochastic %K (14, 3).
    pub stochastic_k: Option<f64>,
    /// Its average %D (3).
    pub stochastic_d: Option<f64>,
    /// Williams %R(14).
    pub williams_r: Option<f64>,
    /// CCI(20).
    pub cci: Option<f64>,
}

/// Trend.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TrendReadings {
    /// MACD(12, 26) line.
    pub macd: Option<f64>,
    /// Its signal line (9).
    pub macd_signal: Option<f64>,
    /// Line less signal line.
    pub macd_histogram: Option<f64>,
    /// ADX(14).
    pub adx: Option<f64>,
    /// +DI(14).
    pub plus_di: Option<f64>,
    /// -DI(14).
    pub minus_di: Option<f64>,
    /// Aroon up (25).
    pub aroon_up: Option<f64>,
    /// Aroon down (25).
    pub aroon_down: Option<f64>,
}

/// Volatility.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct VolatilityReadings {
    /// ATR(14) in price units.
    pub atr: Option<f64>,
    /// Upper Bollinger band (20, 2).
    pub bb_upper: Option<f64>,
    /// Middle band.
    pub bb_middle: Option<f64>,
    /// Lower band.
    pub bb_lower: Option<f64>,
    /// Upper less lower band in percent of the middle.
    pub bb_width: Option<f64>,
}

/// Volume; all `None` where it is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct VolumeReadings {
    /// On-balance volume since the first bar.
    pub obv: Option<f64>,
    /// Whether it is higher than four bars earlier.
    pub obv_trend: Option<ObvTrend>,
    /// MFI(14).
    pub mfi: Option<f64>,
    /// CMF(20).
    pub cmf: Option<f64>,
}

/// Where on-balance volume goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ObvTrend {
    /// Higher than four bars earlier.
    Up,
    /// Not higher.
    Down,
}

/// How far back the trend of on-balance volume looks: the reference compares the last value with the fifth from the end.
const OBV_LOOKBACK: usize = 4;

fn defined(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

impl Indicators {
    /// The values at the last of the bars, which the columns belong to.
    fn at_last(bars: BarsRef<'_>, columns: &Columns<'_>, readings: &Readings) -> Self {
        let [mut williams_r, mut cci, mut obv] = [(); 3].map(|()| Vec::new());
        kernel::williams_r(bars.high, bars.low, bars.close, 14, &mut williams_r);
        kernel::cci(bars.high, bars.low, bars.close, 20, &mut cci);
        kernel::obv(bars.close, bars.volume, &mut obv);
        let last = |column: &[f64]| column.last().copied().and_then(defined);
        let earlier = obv.len().checked_sub(1 + OBV_LOOKBACK).and_then(|index| defined(obv[index]));
        let obv_trend = last(&obv).zip(earlier).map(|(now, before)| match now > before {
            true => ObvTrend::Up,
            false => ObvTrend::Down,
        });
        Self {
            momentum: MomentumReadings {
                rsi: defined(readings.rsi),
                stochastic_k: defined(readings.stochastic_k),
                stochastic_d: last(&columns.stochastic[1]),
                williams_r: last(&williams_r),
                cci: last(&cci),
            },
            trend: TrendReadings {
                macd: last(&columns.macd[0]),
                macd_signal: last(&columns.macd[1]),
                macd_histogram: defined(readings.macd_histogram),
                adx: defined(readings.adx),
                plus_di: defined(readings.plus_di),
                minus_di: defined(readings.minus_di),
                aroon_up: last(&columns.aroon[0]),
                aroon_down: last(&columns.aroon[1]),
            },
            volatility: VolatilityReadings {
                atr: defined(readings.atr),
                bb_upper: defined(readings.bb_upper),
                bb_middle: defined(readings.bb_middle),
                bb_lower: defined(readings.bb_lower),
                bb_width: defined(readings.band_width()),
            },
            volume: VolumeReadings {
                obv: last(&obv),
                obv_trend,
                mfi: defined(readings.mfi),
                cmf: defined(readings.cmf),
            },
        }
    }
}

impl Analysis {
    /// The analysis at the last of the bars, which the columns belong to.
    pub(super) fn at_last(
        bars: BarsRef<'_>,
        bar: &Bar,
        columns: &Columns<'_>,
        readings: &Readings,
        opinion: Opinion,
    ) -> Self {
        let votes = opinion.votes;
        Self {
            timestamp: bar.ts,
            price: bar.close,
            indicators: Indicators::at_last(bars, columns, readings),
            signals: votes.map(|votes| votes.voices.into()),
            reasoning: opinion.reasons,
            trend_direction: votes.map(|votes| votes.trend),
            volatility_level: readings.volatility_level(),
            overall_signal: opinion.direction,
            signal_strength: opinion.strength,
            total_score: votes.map(|votes| votes.total),
            timeframes_aligned: format!("{}/{}", opinion.aligned, opinion.heard),
            raw: votes.map(|votes| RawScore::new(readings.points(), votes.raw_total, votes.raw_strength)),
            decision: opinion.decision,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_raw_signal_has_the_reference_s_thresholds() {
        let raw = |points, total| {
            let raw = RawScore::new(points, total, 0.0);
            (raw.trend_direction, raw.overall_signal)
        };
        assert_eq!(raw([0.0, 3.0, 0.0, 0.0], 2.1), (Trend::Uptrend, Direction::Buy));
        assert_eq!(raw([0.0, 2.0, 0.0, 0.0], 2.0), (Trend::Sideways, Direction::Neutral));
        assert_eq!(raw([0.0, -3.0, 0.0, 0.0], -2.1), (Trend::Downtrend, Direction::Sell));
    }
}
