//! Longer bars from shorter ones, each known only when it has closed.

use crate::bars::{Bar, Bars, BarsRef};
use crate::time::Timestamp;
use crate::timeframe::Timeframe;

/// Builds bars of a longer timeframe out of a stream of shorter ones.
///
/// A longer bar is handed out as soon as it is certain that it is complete: with the shorter bar whose own close
/// reaches the longer bar's close, or, where that one is missing, with the first shorter bar of a later period.
/// So what it hands out was always known at the close of the bar just pushed.
///
/// A longer bar that was handed out never changes: a shorter bar that comes after it and belongs to it is left out.
/// Such bars exist only where a series does not keep to its timeframe (minutes that were declared as hours).
#[derive(Debug, Clone)]
pub struct Resampler {
    from: Timeframe,
    to: Timeframe,
    open_bar: Option<(Bar, Timestamp)>,
    /// When the longer bar handed out last closed.
    done_until: Option<Timestamp>,
}

impl Resampler {
    /// A resampler from bars of `from` to bars of `to`; `None` unless `to` holds whole bars of `from`.
    pub fn new(from: Timeframe, to: Timeframe) -> Option<Self> {
        to.is_multiple_of(from).then_some(Self { from, to, open_bar: None, done_until: None })
    }

    /// Takes the next closed shorter bar and calls `emit` for each longer bar that is now complete (at most two).
    pub fn push(&mut self, bar: &Bar, mut emit: impl FnMut(Bar)) {
        if self.done_until.is_some_and(|until| bar.ts < until) {
            return;
        }
        if let Some((longer, closes)) = &mut self.open_bar {
            if bar.ts < *closes {
                absorb(longer, bar);
            } else {
                emit(*longer);
                self.open_bar = None;
            }
        }
        let (longer, closes) = *self.open_bar.get_or_insert_with(|| {
            let open = self.to.open_of(bar.ts);
            (Bar { ts: open, ..*bar }, self.to.close_of(open))
        });
        if self.from.close_of(bar.ts) >= closes {
            emit(longer);
            self.open_bar = None;
            self.done_until = Some(closes);
        }
    }

    /// The longer bar that is still open, as far as it has come.
    pub fn unfinished(&self) -> Option<Bar> {
        self.open_bar.map(|(bar, _)| bar)
    }
}

fn absorb(longer: &mut Bar, bar: &Bar) {
    longer.high = longer.high.max(bar.high);
    longer.low = longer.low.min(bar.low);
    longer.close = bar.close;
    longer.volume += bar.volume;
}

/// Longer bars, and when each became known.
#[derive(Debug, Clone, PartialEq)]
pub struct Resampled {
    /// The longer bars, complete ones only.
    pub bars: Bars,
    /// For each longer bar, the position of the shorter bar at whose close it was known; not decreasing.
    pub known_at: Vec<usize>,
    /// The last longer bar, if it had not closed when the data ended.
    pub unfinished: Option<Bar>,
}

/// Resamples whole columns; the same bars that a [`Resampler`] hands out one by one.
///
/// `None` unless `to` holds whole bars of `from`.
pub fn resample(bars: BarsRef<'_>, from: Timeframe, to: Timeframe) -> Option<Resampled> {
    let mut resampler = Resampler::new(from, to)?;
    let mut longer = Bars::default();
    let mut known_at = Vec::new();
    for (index, bar) in bars.iter().enumerate() {
        resampler.push(&bar, |complete| {
            longer.push(complete).expect("bars built from sound bars in order are sound and in order");
            known_at.push(index);
        });
    }
    Some(Resampled { bars: longer, known_at, unfinished: resampler.unfinished() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn minute_bar(minute: i64, price: f64) -> Bar {
        Bar {
            ts: Timestamp::from_nanos(minute * 60_000_000_000),
            open: price,
            high: price + 1.0,
            low: price - 0.5,
            close: price + 0.5,
            volume: 2.0,
        }
    }

    fn hour() -> Timeframe {
        Timeframe::H1
    }

    #[test]
    fn a_bar_is_known_when_its_last_minute_closes() {
        let bars = Bars::from_bars((0..125).map(|m| minute_bar(m, 100.0 + m as f64))).unwrap();
        let longer = resample(bars.view(), Timeframe::M1, hour()).unwrap();
        assert_eq!(longer.known_at, [59, 119]);
        let first = longer.bars.view().bar(0);
        assert_eq!((first.open, first.high, first.low, first.close, first.volume), (100.0, 160.0, 99.5, 159.5, 120.0));
        assert_eq!(longer.unfinished.unwrap().open, 220.0);
    }

    #[test]
    fn a_missing_last_minute_delays_the_bar() {
        let minutes = [0, 1, 58, 61, 62, 200];
        let bars = Bars::from_bars(minutes.map(|m| minute_bar(m, 10.0))).unwrap();
        let longer = resample(bars.view(), Timeframe::M1, hour()).unwrap();
        assert_eq!(longer.known_at, [3, 5]);
        assert_eq!(longer.bars.view().volume, [6.0, 4.0]);
    }

    #[test]
    fn an_unknown_volume_stays_unknown() {
        let bars = Bars::from_bars((0..60).map(|m| Bar { volume: f64::NAN, ..minute_bar(m, 10.0) })).unwrap();
        assert!(resample(bars.view(), Timeframe::M1, hour()).unwrap().bars.view().volume[0].is_nan());
        assert!(Resampler::new(hour(), Timeframe::M1).is_none());
    }

    #[test]
    fn minutes_declared_as_hours_do_not_reopen_a_closed_bar() {
        let bars = Bars::from_bars((0..300).map(|m| minute_bar(m, 10.0))).unwrap();
        let longer = resample(bars.view(), Timeframe::H1, Timeframe::H4).unwrap();
        assert_eq!(longer.bars.len(), 1);
        assert_eq!(longer.known_at, [180]);
    }

    proptest! {
        /// What is known at bar i does not change when later bars arrive.
        #[test]
        fn nothing_sees_the_future(gaps in prop::collection::vec(1i64..90, 1..200), cut in 0usize..200) {
            let mut minute = 0;
            let bars = Bars::from_bars(gaps.iter().map(|gap| { minute += gap; minute_bar(minute, 50.0 + (minute % 7) as f64) })).unwrap();
            let cut = cut.min(bars.len());
            let whole = resample(bars.view(), Timeframe::M1, hour()).unwrap();
            let part = resample(bars.view().slice(0..cut), Timeframe::M1, hour()).unwrap();
            let known = whole.known_at.partition_point(|at| *at < cut);
            prop_assert_eq!(part.known_at.as_slice(), &whole.known_at[..known]);
            prop_assert_eq!(part.bars, whole.bars.view().slice(0..known).to_bars());
        }
    }
}
