//! Candles out of trades, each handed out once, when it has closed.
//!
//! Exchanges add quantities as decimal numbers. Adding them as `f64` gives another last digit now and then, and candles
//! that differ from the exchange's. [`VolumeSum`] therefore counts in whole steps of 1e-8, which holds every quantity
//! that exchanges print, and rounds once, at the end: the same bits as reading the exchange's own sum.

use crate::bars::Bar;
use crate::time::Timestamp;
use crate::timeframe::Timeframe;

/// Steps in one unit.
const STEPS: f64 = 1e8;
/// Below this many steps a quantity is exact in `f64`, and so is the test for it.
const EXACT: f64 = 2_251_799_813_685_248.0; // 2^51

/// A sum of quantities that does not depend on their order, for quantities with up to eight decimals.
///
/// Quantities beyond that grid (more decimals, or above 22 million units) are added as `f64`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct VolumeSum {
    steps: i64,
    rest: f64,
}

impl VolumeSum {
    /// Adds a quantity.
    #[inline]
    pub fn add(&mut self, qty: f64) {
        let steps = (qty * STEPS).round_ties_even();
        if steps.abs() < EXACT && steps / STEPS == qty {
            self.steps = self.steps.saturating_add(steps as i64);
        } else {
            self.rest += qty;
        }
    }

    /// The sum, rounded to `f64` once.
    #[inline]
    pub fn value(&self) -> f64 {
        self.steps as f64 / STEPS + self.rest
    }
}

/// A trade whose candle has been handed out already: candles that closed do not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the trade at {at} belongs to a candle that closed at {closed}")]
pub struct LateTrade {
    /// When the trade happened.
    pub at: Timestamp,
    /// When the newest candle handed out had closed.
    pub closed: Timestamp,
}

/// Builds candles of one length from the trades of one symbol.
///
/// A candle holds the trades with `open <= time < open + timeframe`. A period without trades gives none.
#[derive(Debug, Clone)]
pub struct BarBuilder {
    timeframe: Timeframe,
    bar: Bar,
    volume: VolumeSum,
    /// The open candle's span in nanoseconds; empty while there is none.
    from: i64,
    until: i64,
    /// No trade before this is taken any more.
    closed: i64,
}

impl BarBuilder {
    /// A builder without an open candle.
    pub fn new(timeframe: Timeframe) -> Self {
        let zero = Timestamp::from_nanos(0);
        Self {
            timeframe,
            bar: Bar { ts: zero, open: 0.0, high: 0.0, low: 0.0, close: 0.0, volume: 0.0 },
            volume: VolumeSum::default(),
            from: 0,
            until: i64::MIN,
            closed: i64::MIN,
        }
    }

    /// How long its candles last.
    pub fn timeframe(&self) -> Timeframe {
        self.timeframe
    }

    /// Takes a trade and returns the candle that is thereby known to be complete, if one is.
    ///
    /// # Errors
    /// A trade whose candle has been handed out already; nothing changes.
    #[inline]
    pub fn push(&mut self, at: Timestamp, price: f64, qty: f64) -> Result<Option<Bar>, LateTrade> {
        let ns = at.as_nanos();
        if ns >= self.from && ns < self.until {
            self.bar.high = self.bar.high.max(price);
            self.bar.low = self.bar.low.min(price);
            self.bar.close = price;
            self.volume.add(qty);
            return Ok(None);
        }
        self.open_next(at, price, qty)
    }

    #[cold]
    fn open_next(&mut self, at: Timestamp, price: f64, qty: f64) -> Result<Option<Bar>, LateTrade> {
        let open = self.timeframe.open_of(at);
        let unfinished = self.unfinished();
        if at.as_nanos() < self.closed || unfinished.is_some_and(|bar| open < bar.ts) {
            let closed = if unfinished.is_some() { self.from } else { self.closed };
            return Err(LateTrade { at, closed: Timestamp::from_nanos(closed) });
        }
        if unfinished.is_some() {
            self.closed = self.until;
        }
        self.bar = Bar { ts: open, open: price, high: price, low: price, close: price, volume: 0.0 };
        self.volume = VolumeSum::default();
        self.volume.add(qty);
        self.from = open.as_nanos();
        self.until = self.timeframe.close_of(open).as_nanos();
        Ok(unfinished)
    }

    /// Says that no trade before `now` will come any more, and returns the open candle if that completes it.
    pub fn close_until(&mut self, now: Timestamp) -> Option<Bar> {
        let bar = self.unfinished().filter(|_| self.until <= now.as_nanos())?;
        self.closed = self.until;
        self.until = i64::MIN;
        Some(bar)
    }

    /// The open candle as it stands.
    pub fn unfinished(&self) -> Option<Bar> {
        (self.until != i64::MIN).then(|| Bar { volume: self.volume.value(), ..self.bar })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_nanos(second * 1_000_000_000)
    }

    fn minute() -> BarBuilder {
        BarBuilder::new("1m".parse().unwrap())
    }

    #[test]
    fn a_candle_is_handed_out_by_the_first_trade_after_it() {
        let mut builder = minute();
        for (second, price) in [(0, 10.0), (20, 12.0), (40, 9.0), (59, 11.0)] {
            assert_eq!(builder.push(at(second), price, 0.1), Ok(None));
        }
        let bar = builder.push(at(125), 20.0, 1.0).unwrap().unwrap();
        assert_eq!(bar, Bar { ts: at(0), open: 10.0, high: 12.0, low: 9.0, close: 11.0, volume: 0.4 });
        assert_eq!(builder.unfinished().unwrap().ts, at(120));
    }

    #[test]
    fn a_candle_is_handed_out_by_the_clock_and_never_again() {
        let mut builder = minute();
        builder.push(at(5), 10.0, 1.0).unwrap();
        assert_eq!(builder.close_until(at(59)), None);
        assert_eq!(builder.close_until(at(60)).unwrap().ts, at(0));
        assert_eq!(builder.close_until(at(60)), None);
        assert_eq!(builder.push(at(59), 10.0, 1.0), Err(LateTrade { at: at(59), closed: at(60) }));
        assert_eq!(builder.push(at(60), 10.0, 1.0), Ok(None));
        assert!(builder.push(at(30), 10.0, 1.0).is_err());
    }

    #[test]
    fn volumes_are_added_as_the_exchange_adds_them() {
        let mut sum = VolumeSum::default();
        (0..10).for_each(|_| sum.add(0.1));
        assert_eq!(sum.value().to_bits(), 1.0_f64.to_bits());
        assert_ne!((0..10).fold(0.0, |sum, _| sum + 0.1), 1.0);
        let mut large = VolumeSum::default();
        large.add(3e15);
        large.add(0.25);
        assert_eq!(large.value(), 3e15 + 0.25);
    }

    proptest! {
        #[test]
        fn the_sum_is_the_decimal_sum(steps in prop::collection::vec(0_i64..1_000_000_000_000, 1..50), decimals in 0_u32..=8) {
            let scale = 10_i64.pow(decimals);
            let mut sum = VolumeSum::default();
            let total: i64 = steps.iter().sum();
            prop_assume!(total / scale < 22_000_000);
            for step in &steps {
                let text = format!("{}.{:0width$}", step / scale, step % scale, width = decimals as usize);
                sum.add(text.trim_end_matches('.').parse().unwrap());
            }
            let text = format!("{}.{:0width$}", total / scale, total % scale, width = decimals as usize);
            let expected: f64 = text.trim_end_matches('.').parse().unwrap();
            prop_assert_eq!(sum.value().to_bits(), expected.to_bits());
        }

        #[test]
        fn every_trade_is_in_exactly_one_candle(steps in prop::collection::vec((0_i64..90, 1_u32..1000), 1..200)) {
            let mut builder = minute();
            let (mut second, mut bars, mut volume) = (0, Vec::new(), VolumeSum::default());
            for (step, qty) in steps {
                second += step;
                volume.add(f64::from(qty));
                bars.extend(builder.push(at(second), 1.0 + f64::from(qty), f64::from(qty)).unwrap());
            }
            bars.extend(builder.unfinished());
            prop_assert_eq!(bars.iter().map(|bar| bar.volume).sum::<f64>(), volume.value());
            prop_assert!(bars.windows(2).all(|pair| pair[0].ts < pair[1].ts));
            prop_assert!(bars.iter().all(|bar| bar.check().is_ok()));
        }
    }
}
