//! Candles, one at a time and as columns.

use std::ops::Range;

use crate::time::Timestamp;

/// One closed candle.
///
/// Prices are in quote currency, volume in base units. `volume` is NaN where the source gives none (mark prices).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// When the bar opened.
    pub ts: Timestamp,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Traded volume in base units; NaN where unknown.
    pub volume: f64,
}

/// What is wrong with a candle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum BarFault {
    /// A price is NaN or infinite, or the volume is infinite.
    #[error("{0} is not a finite number")]
    NotFinite(&'static str),
    /// A price is zero or negative.
    #[error("{0} is not positive")]
    NotPositive(&'static str),
    /// The volume is below zero.
    #[error("volume is negative")]
    NegativeVolume,
    /// The high lies below the open or the close.
    #[error("high is below open or close")]
    HighBelowBody,
    /// The low lies above the open or the close.
    #[error("low is above open or close")]
    LowAboveBody,
}

impl Bar {
    /// Whether prices are finite and positive, high and low enclose open and close, and volume is not negative.
    ///
    /// # Errors
    /// The first fault found.
    pub fn check(&self) -> Result<(), BarFault> {
        // Comparisons that are false for anything odd, NaN included; the reason is looked for only then.
        let sound = self.low > 0.0
            && self.low <= self.open
            && self.low <= self.close
            && self.high >= self.open
            && self.high >= self.close
            && self.high < f64::INFINITY
            && (self.volume.is_nan() || (self.volume >= 0.0 && self.volume < f64::INFINITY));
        if sound { Ok(()) } else { Err(self.fault()) }
    }

    #[cold]
    fn fault(&self) -> BarFault {
        let prices = [("open", self.open), ("high", self.high), ("low", self.low), ("close", self.close)];
        if let Some((name, _)) = prices.iter().find(|(_, price)| !price.is_finite()) {
            return BarFault::NotFinite(name);
        }
        if let Some((name, _)) = prices.iter().find(|(_, price)| *price <= 0.0) {
            return BarFault::NotPositive(name);
        }
        if self.volume == f64::INFINITY {
            return BarFault::NotFinite("volume");
        }
        if self.volume < 0.0 {
            return BarFault::NegativeVolume;
        }
        if self.high < self.open || self.high < self.close { BarFault::HighBelowBody } else { BarFault::LowAboveBody }
    }
}

/// Why columns do not make [`Bars`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BarsError {
    /// The columns have different lengths.
    #[error("columns differ in length: {0:?}")]
    Lengths([usize; 6]),
    /// A bar is faulty.
    #[error("bar {index} at {ts}: {fault}")]
    Fault {
        /// Position of the bar, from 0.
        index: usize,
        /// Its time.
        ts: Timestamp,
        /// What is wrong.
        fault: BarFault,
    },
    /// A bar's time is not later than that of the bar before.
    #[error("bar {index} at {ts} is not later than the bar before it")]
    TimeNotIncreasing {
        /// Position of the bar, from 0.
        index: usize,
        /// Its time.
        ts: Timestamp,
    },
}

/// Candles as columns: every bar sound ([`Bar::check`]), times strictly increasing.
///
/// Once made, it can be trusted: nothing downstream checks again.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bars {
    ts_ns: Vec<i64>,
    open: Vec<f64>,
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
    volume: Vec<f64>,
}

impl Bars {
    /// Takes columns of equal length; `ts_ns` is the open time in nanoseconds since the Unix epoch.
    ///
    /// # Errors
    /// Names the first bar that is faulty or out of order, or says that lengths differ.
    pub fn from_columns(
        ts_ns: Vec<i64>,
        open: Vec<f64>,
        high: Vec<f64>,
        low: Vec<f64>,
        close: Vec<f64>,
        volume: Vec<f64>,
    ) -> Result<Self, BarsError> {
        let lengths = [ts_ns.len(), open.len(), high.len(), low.len(), close.len(), volume.len()];
        if lengths.iter().any(|length| *length != lengths[0]) {
            return Err(BarsError::Lengths(lengths));
        }
        let bars = Self { ts_ns, open, high, low, close, volume };
        let view = bars.view();
        let mut previous = i64::MIN;
        for index in 0..view.len() {
            let bar = view.bar(index);
            bar.check().map_err(|fault| BarsError::Fault { index, ts: bar.ts, fault })?;
            let ts_ns = view.ts_ns[index];
            if index > 0 && ts_ns <= previous {
                return Err(BarsError::TimeNotIncreasing { index, ts: bar.ts });
            }
            previous = ts_ns;
        }
        Ok(bars)
    }

    /// Collects single bars.
    ///
    /// # Errors
    /// As [`Bars::from_columns`].
    pub fn from_bars(bars: impl IntoIterator<Item = Bar>) -> Result<Self, BarsError> {
        let mut columns = Self::default();
        for bar in bars {
            columns.push(bar)?;
        }
        Ok(columns)
    }

    /// Appends one bar.
    ///
    /// # Errors
    /// If the bar is faulty or not later than the last one; the columns are then unchanged.
    pub fn push(&mut self, bar: Bar) -> Result<(), BarsError> {
        let index = self.len();
        bar.check().map_err(|fault| BarsError::Fault { index, ts: bar.ts, fault })?;
        if self.ts_ns.last().is_some_and(|last| bar.ts.as_nanos() <= *last) {
            return Err(BarsError::TimeNotIncreasing { index, ts: bar.ts });
        }
        self.ts_ns.push(bar.ts.as_nanos());
        self.open.push(bar.open);
        self.high.push(bar.high);
        self.low.push(bar.low);
        self.close.push(bar.close);
        self.volume.push(bar.volume);
        Ok(())
    }

    /// How many bars.
    pub fn len(&self) -> usize {
        self.ts_ns.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ts_ns.is_empty()
    }

    /// All bars, borrowed.
    pub fn view(&self) -> BarsRef<'_> {
        BarsRef {
            ts_ns: &self.ts_ns,
            open: &self.open,
            high: &self.high,
            low: &self.low,
            close: &self.close,
            volume: &self.volume,
        }
    }
}

/// Borrowed columns of [`Bars`], or a stretch of them. Cheap to copy.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BarsRef<'a> {
    /// Open times, nanoseconds since the Unix epoch, strictly increasing.
    pub ts_ns: &'a [i64],
    /// First prices.
    pub open: &'a [f64],
    /// Highest prices.
    pub high: &'a [f64],
    /// Lowest prices.
    pub low: &'a [f64],
    /// Last prices.
    pub close: &'a [f64],
    /// Volumes in base units; NaN where unknown.
    pub volume: &'a [f64],
}

impl<'a> BarsRef<'a> {
    /// How many bars.
    pub fn len(&self) -> usize {
        self.ts_ns.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ts_ns.is_empty()
    }

    /// The bar at `index`.
    ///
    /// # Panics
    /// If `index` is out of range.
    pub fn bar(&self, index: usize) -> Bar {
        Bar {
            ts: self.ts(index),
            open: self.open[index],
            high: self.high[index],
            low: self.low[index],
            close: self.close[index],
            volume: self.volume[index],
        }
    }

    /// When the bar at `index` opened.
    ///
    /// # Panics
    /// If `index` is out of range.
    pub fn ts(&self, index: usize) -> Timestamp {
        Timestamp::from_nanos(self.ts_ns[index])
    }

    /// The bars in `range`.
    ///
    /// # Panics
    /// If `range` is out of range.
    pub fn slice(&self, range: Range<usize>) -> BarsRef<'a> {
        BarsRef {
            ts_ns: &self.ts_ns[range.clone()],
            open: &self.open[range.clone()],
            high: &self.high[range.clone()],
            low: &self.low[range.clone()],
            close: &self.close[range.clone()],
            volume: &self.volume[range],
        }
    }

    /// The bars that open within `[from, to)`; an open end is unbounded.
    pub fn between(&self, from: Option<Timestamp>, to: Option<Timestamp>) -> BarsRef<'a> {
        let start = from.map_or(0, |from| self.ts_ns.partition_point(|ts| *ts < from.as_nanos()));
        let end = to.map_or(self.len(), |to| self.ts_ns.partition_point(|ts| *ts < to.as_nanos()));
        self.slice(start..end.max(start))
    }

    /// Every bar in turn.
    pub fn iter(&self) -> impl Iterator<Item = Bar> + use<'a> {
        let view = *self;
        (0..view.len()).map(move |index| view.bar(index))
    }

    /// The bars as owned columns.
    pub fn to_bars(&self) -> Bars {
        Bars {
            ts_ns: self.ts_ns.to_vec(),
            open: self.open.to_vec(),
            high: self.high.to_vec(),
            low: self.low.to_vec(),
            close: self.close.to_vec(),
            volume: self.volume.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(ts_ns: i64, open: f64, high: f64, low: f64, close: f64, volume: f64) -> Bar {
        Bar { ts: Timestamp::from_nanos(ts_ns), open, high, low, close, volume }
    }

    #[test]
    fn every_fault_is_named() {
        let inf = f64::INFINITY;
        let nan = f64::NAN;
        for (faulty, fault) in [
            (bar(0, nan, 2.0, 1.0, 1.5, 1.0), BarFault::NotFinite("open")),
            (bar(0, 1.5, inf, 1.0, 1.5, 1.0), BarFault::NotFinite("high")),
            (bar(0, 1.5, 2.0, nan, 1.5, 1.0), BarFault::NotFinite("low")),
            (bar(0, 1.5, 2.0, 1.0, nan, 1.0), BarFault::NotFinite("close")),
            (bar(0, 1.5, 2.0, 0.0, 1.5, 1.0), BarFault::NotPositive("low")),
            (bar(0, -1.5, 2.0, -2.0, 1.5, 1.0), BarFault::NotPositive("open")),
            (bar(0, 1.5, 2.0, 1.0, 1.5, -1.0), BarFault::NegativeVolume),
            (bar(0, 1.5, 2.0, 1.0, 1.5, inf), BarFault::NotFinite("volume")),
            (bar(0, 2.5, 2.0, 1.0, 1.5, 1.0), BarFault::HighBelowBody),
            (bar(0, 1.5, 2.0, 1.6, 1.8, 1.0), BarFault::LowAboveBody),
        ] {
            assert_eq!(faulty.check(), Err(fault), "{faulty:?}");
        }
        assert_eq!(bar(0, 1.0, 1.0, 1.0, 1.0, 0.0).check(), Ok(()));
        assert_eq!(bar(0, 1.0, 1.0, 1.0, 1.0, nan).check(), Ok(()));
    }

    #[test]
    fn columns_are_checked_as_a_whole() {
        let good = bar(1, 1.0, 1.0, 1.0, 1.0, 1.0);
        assert!(matches!(Bars::from_bars([good, good]), Err(BarsError::TimeNotIncreasing { index: 1, .. })));
        assert!(matches!(
            Bars::from_columns(vec![1], vec![1.0], vec![1.0], vec![1.0], vec![], vec![1.0]),
            Err(BarsError::Lengths(_))
        ));
        assert!(matches!(
            Bars::from_columns(vec![1, 1], vec![1.0; 2], vec![1.0; 2], vec![1.0; 2], vec![1.0; 2], vec![1.0; 2]),
            Err(BarsError::TimeNotIncreasing { index: 1, .. })
        ));
    }

    #[test]
    fn stretches_are_half_open() {
        let bars = Bars::from_bars((0..10).map(|i| bar(i * 10, 1.0, 1.0, 1.0, 1.0, 1.0))).unwrap();
        let at = |ns| Some(Timestamp::from_nanos(ns));
        assert_eq!(bars.view().between(at(15), at(40)).ts_ns, &[20, 30]);
        assert_eq!(bars.view().between(at(40), at(15)).len(), 0);
        assert_eq!(bars.view().between(None, None).to_bars(), bars);
    }
}
