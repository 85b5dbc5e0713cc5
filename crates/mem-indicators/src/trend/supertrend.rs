//! Supertrend.

use crate::indicator::indicator;
use crate::param::{bars, float};
use crate::registry::{Category, IndicatorSpec, any};
use crate::volatility::atr::Atr;
use crate::wide::{BLOCK, blocks};

/// A stop some ATRs from the middle of the bar that only moves with the trend, and the trend itself.
///
/// The trend is taken to be up at the first value, as published versions that say anything do.
#[derive(Debug, Clone)]
pub struct Supertrend {
    atr: Atr,
    multiplier: f64,
    bands: Option<Bands>,
}

#[derive(Debug, Clone, Copy)]
struct Bands {
    upper: f64,
    lower: f64,
    up: bool,
    close: f64,
}

impl Supertrend {
    /// `multiplier` in ATRs.
    ///
    /// # Panics
    /// If `period` is 0.
    pub fn new(period: usize, multiplier: f64) -> Self {
        Self { atr: Atr::new(period), multiplier, bands: None }
    }

    /// Takes the next bar; gives the line and the direction (1 up, -1 down), NaN for the first `period`.
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> [f64; 2] {
        let atr = self.atr.push(high, low, close);
        self.next(high, low, close, atr)
    }

    /// Takes the next bars; `out` is line and direction.
    pub fn extend(&mut self, high: &[f64], low: &[f64], close: &[f64], [line, direction]: [&mut [f64]; 2]) {
        let mut atr = [0.0; BLOCK];
        for range in blocks(0, close.len(), 0) {
            let atr = &mut atr[..range.len()];
            let [high, low, close] = [high, low, close].map(|column| &column[range.clone()]);
            self.atr.extend(high, low, close, atr);
            let bars = high.iter().zip(low).zip(close).zip(&*atr);
            let out = line[range.clone()].iter_mut().zip(&mut direction[range]);
            for ((line, direction), (((high, low), close), atr)) in out.zip(bars) {
                [*line, *direction] = self.next(*high, *low, *close, *atr);
            }
        }
    }

    #[inline(always)]
    fn next(&mut self, high: f64, low: f64, close: f64, atr: f64) -> [f64; 2] {
        if atr.is_nan() {
            return [f64::NAN; 2];
        }
        let middle = (high + low) / 2.0;
        let band = self.multiplier * atr;
        let (upper, lower) = (middle + band, middle - band);
        let bands = match self.bands {
            None => Bands { upper, lower, up: true, close },
            Some(last) => last.next(upper, lower, close),
        };
        self.bands = Some(bands);
        if bands.up { [bands.lower, 1.0] } else { [bands.upper, -1.0] }
    }
}

impl Bands {
    /// Each band moves only towards the price, until a close beyond it lets it go.
    fn next(self, upper: f64, lower: f64, close: f64) -> Self {
        // `|` and `&` rather than `||` and `&&`: nobody can predict these, so nothing is gained by a branch.
        let upper = if (upper < self.upper) | (self.close > self.upper) { upper } else { self.upper };
        let lower = if (lower > self.lower) | (self.close < self.lower) { lower } else { self.lower };
        let up = (self.up & (close >= lower)) | (!self.up & (close > upper));
        Self { upper, lower, up, close }
    }
}

indicator!(Supertrend[2]: high, low, close);

pub(crate) const SPEC: IndicatorSpec = IndicatorSpec {
    name: "supertrend",
    title: "Supertrend",
    category: Category::Trend,
    params: &[
        bars("period", 1, 10, "bars of the average true range"),
        float("multiplier", 0.0, 100.0, 3.0, "average true ranges from the middle of the bar to the line"),
    ],
    outputs: &["line", "direction"],
    uses_volume: false,
    formula: "bands = (high + low) / 2 +- multiplier atr(period), each kept while the new one is further from the price \
              and the last close did not cross it; direction turns down on a close below the lower band, up on one \
              above the upper; line = the band on the side of the trend",
    source: "Olivier Seban; TA-Lib SUPERTREND",
    check: any,
    warmups: |p| vec![p.bars("period"); 2],
    build: |p| Box::new(Supertrend::new(p.bars("period"), p.float("multiplier"))),
};
