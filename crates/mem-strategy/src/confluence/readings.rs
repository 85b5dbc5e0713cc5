//! The indicator values behind the votes, as columns and as a stream.

use mem_indicators::{Adx, Aroon, Atr, BollingerBands, Cmf, Macd, Mfi, Rsi, Stochastic};
use mem_types::{Bar, BarsRef};

use crate::strategy::sized;

use super::votes::{Points, Trend, VolatilityLevel, Votes};

/// What the strategy reads at one bar, all at default parameters. NaN where undefined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Readings {
    /// Close of the bar.
    pub(super) close: f64,
    /// RSI(14).
    pub(super) rsi: f64,
    /// Slow stochastic %K (14, 3, 3).
    pub(super) stochastic_k: f64,
    /// MACD(12, 26, 9) histogram.
    pub(super) macd_histogram: f64,
    /// ADX(14).
    pub(super) adx: f64,
    /// +DI(14).
    pub(super) plus_di: f64,
    /// -DI(14).
    pub(super) minus_di: f64,
    /// Aroon(25) oscillator.
    pub(super) aroon_oscillator: f64,
    /// Upper Bollinger band (20, 2).
    pub(super) bb_upper: f64,
    /// Middle Bollinger band.
    pub(super) bb_middle: f64,
    /// Lower Bollinger band.
    pub(super) bb_lower: f64,
    /// MFI(14); undefined where volume is unknown.
    pub(super) mfi: f64,
    /// CMF(20); undefined where volume is unknown.
    pub(super) cmf: f64,
    /// ATR(14).
    pub(super) atr: f64,
}

/// ADX above this is a trend.
const TRENDING: f64 = 25.0;

/// So many points up or down, or none: the sign says which way.
fn points(up: bool, down: bool, count: f64) -> f64 {
    f64::from(i8::from(up) - i8::from(down)) * count
}

impl Readings {
    /// What the groups say; `None` before the price readings are defined. Volume that is unknown says nothing.
    pub(super) fn votes(&self) -> Option<Votes> {
        // One sum is NaN if any part is.
        let price = self.rsi
            + self.stochastic_k
            + self.macd_histogram
            + self.adx
            + self.aroon_oscillator
            + self.bb_lower
            + self.atr;
        if price.is_nan() {
            return None;
        }
        Some(Votes::new(self.points(), self.trend()))
    }

    fn trend(&self) -> Trend {
        if self.adx <= TRENDING {
            Trend::Sideways
        } else if self.plus_di > self.minus_di {
            Trend::Uptrend
        } else {
            Trend::Downtrend
        }
    }

    /// Points of the groups as in the reference. Comparisons with an undefined volume reading are false: no points.
    pub(super) fn points(&self) -> Points {
        let momentum = points(self.rsi < 30.0, self.rsi > 70.0, 2.0)
            + points(self.stochastic_k < 20.0, self.stochastic_k > 80.0, 1.0);
        let directed = match self.trend() {
            Trend::Uptrend => 2.0,
            Trend::Downtrend => -2.0,
            Trend::Sideways => 0.0,
        };
        let macd = points(self.macd_histogram > 0.0, self.macd_histogram < 0.0, 2.0);
        let aroon = points(self.aroon_oscillator > 50.0, self.aroon_oscillator < -50.0, 1.0);
        let volatility = points(self.close < self.bb_lower, self.close > self.bb_upper, 2.0);
        let volume = points(self.mfi < 20.0, self.mfi > 80.0, 2.0) + points(self.cmf > 0.1, self.cmf < -0.1, 1.0);
        [momentum, macd + directed + aroon, volatility, volume]
    }

    /// Distance between the bands in percent of the middle; NaN before they are defined.
    pub(super) fn band_width(&self) -> f64 {
        (self.bb_upper - self.bb_lower) / self.bb_middle * 100.0
    }

    /// How wide the bands are; `None` before they are defined.
    pub(super) fn volatility_level(&self) -> Option<VolatilityLevel> {
        let width = self.band_width();
        if width.is_nan() {
            None
        } else if width < 5.0 {
            Some(VolatilityLevel::Low)
        } else if width < 15.0 {
            Some(VolatilityLevel::Medium)
        } else {
            Some(VolatilityLevel::High)
        }
    }

    /// Every reading that says something, in the reference's words.
    pub(super) fn reasons(&self) -> Vec<String> {
        let said = [
            (self.rsi < 30.0, "RSI oversold (bullish)"),
            (self.rsi > 70.0, "RSI overbought (bearish)"),
            (self.stochastic_k < 20.0, "Stochastic oversold (bullish)"),
            (self.stochastic_k > 80.0, "Stochastic overbought (bearish)"),
            (self.macd_histogram > 0.0, "MACD histogram positive (bullish)"),
            (self.macd_histogram < 0.0, "MACD histogram negative (bearish)"),
            (self.trend() == Trend::Uptrend, "ADX shows strong uptrend"),
            (self.trend() == Trend::Downtrend, "ADX shows strong downtrend"),
            (self.aroon_oscillator > 50.0, "Aroon indicates uptrend"),
            (self.aroon_oscillator < -50.0, "Aroon indicates downtrend"),
            (self.close < self.bb_lower, "Price below lower Bollinger Band (bullish)"),
            (self.close > self.bb_upper, "Price above upper Bollinger Band (bearish)"),
            (self.mfi < 20.0, "MFI oversold (bullish)"),
            (self.mfi > 80.0, "MFI overbought (bearish)"),
            (self.cmf > 0.1, "Chaikin Money Flow positive (bullish)"),
            (self.cmf < -0.1, "Chaikin Money Flow negative (bearish)"),
        ];
        said.into_iter().filter(|(holds, _)| *holds).map(|(_, words)| words.to_owned()).collect()
    }
}

/// Every reading as a column, over all bars or over a block of them.
#[derive(Default)]
pub(super) struct Columns<'a> {
    close: &'a [f64],
    rsi: Vec<f64>,
    pub(super) stochastic: [Vec<f64>; 2],
    pub(super) macd: [Vec<f64>; 3],
    adx: [Vec<f64>; 3],
    pub(super) aroon: [Vec<f64>; 3],
    bands: [Vec<f64>; 3],
    mfi: Vec<f64>,
    cmf: Vec<f64>,
    atr: Vec<f64>,
}

impl<'a> Columns<'a> {
    pub(super) fn new(bars: BarsRef<'a>) -> Self {
        let mut columns = Self::default();
        ReadingStream::new().fill(bars, &mut columns);
        columns
    }

    pub(super) fn at(&self, bar: usize) -> Readings {
        Readings {
            close: self.close[bar],
            rsi: self.rsi[bar],
            stochastic_k: self.stochastic[0][bar],
            macd_histogram: self.macd[2][bar],
            adx: self.adx[0][bar],
            plus_di: self.adx[1][bar],
            minus_di: self.adx[2][bar],
            aroon_oscillator: self.aroon[2][bar],
            bb_upper: self.bands[0][bar],
            bb_middle: self.bands[1][bar],
            bb_lower: self.bands[2][bar],
            mfi: self.mfi[bar],
            cmf: self.cmf[bar],
            atr: self.atr[bar],
        }
    }
}

/// The same readings, bar by bar.
pub(super) struct ReadingStream {
    rsi: Rsi,
    stochastic: Stochastic,
    macd: Macd,
    adx: Adx,
    aroon: Aroon,
    bands: BollingerBands,
    mfi: Mfi,
    cmf: Cmf,
    atr: Atr,
}

impl ReadingStream {
    pub(super) fn new() -> Self {
        Self {
            rsi: Rsi::new(14),
            stochastic: Stochastic::new(14, 3, 3),
            macd: Macd::new(12, 26, 9),
            adx: Adx::new(14),
            aroon: Aroon::new(25),
            bands: BollingerBands::new(20, 2.0, 0),
            mfi: Mfi::new(14),
            cmf: Cmf::new(20),
            atr: Atr::new(14),
        }
    }

    /// The readings of the next bars, into columns whose memory is used again.
    pub(super) fn fill<'a>(&mut self, bars: BarsRef<'a>, columns: &mut Columns<'a>) {
        let BarsRef { high, low, close, volume, .. } = bars;
        columns.close = close;
        self.rsi.extend(close, sized(&mut columns.rsi, close.len()));
        self.stochastic.extend(
            high,
            low,
            close,
            columns.stochastic.each_mut().map(|column| sized(column, close.len())),
        );
        self.macd.extend(close, columns.macd.each_mut().map(|column| sized(column, close.len())));
        self.adx.extend(high, low, close, columns.adx.each_mut().map(|column| sized(column, close.len())));
        self.aroon.extend(high, low, columns.aroon.each_mut().map(|column| sized(column, close.len())));
        self.bands.extend(close, columns.bands.each_mut().map(|column| sized(column, close.len())));
        self.mfi.extend(high, low, close, volume, sized(&mut columns.mfi, close.len()));
        self.cmf.extend(high, low, close, volume, sized(&mut columns.cmf, close.len()));
        self.atr.extend(high, low, close, sized(&mut columns.atr, close.len()));
    }

    pub(super) fn push(&mut self, bar: &Bar) -> Readings {
        let Bar { high, low, close, volume, .. } = *bar;
        let [stochastic_k, _] = self.stochastic.push(high, low, close);
        let [_, _, macd_histogram] = self.macd.push(close);
        let [adx, plus_di, minus_di] = self.adx.push(high, low, close);
        let [_, _, aroon_oscillator] = self.aroon.push(high, low);
        let [bb_upper, bb_middle, bb_lower] = self.bands.push(close);
        Readings {
            close,
            rsi: self.rsi.push(close),
            stochastic_k,
            macd_histogram,
            adx,
            plus_di,
            minus_di,
            aroon_oscillator,
            bb_upper,
            bb_middle,
            bb_lower,
            mfi: self.mfi.push(high, low, close, volume),
            cmf: self.cmf.push(high, low, close, volume),
            atr: self.atr.push(high, low, close),
        }
    }
}
