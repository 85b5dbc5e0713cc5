//! Bars that close when enough has happened, not when enough time has passed: after so many trades, units or so much money
//! (López de Prado, Advances in Financial Machine Learning, 2.3).

use std::fmt;
use std::str::FromStr;

use crate::bar_builder::VolumeSum;
use crate::bars::Bar;
use crate::time::Timestamp;
use crate::timeframe::Timeframe;

/// What closes a bar, written `1m` (time), `100t` (trades), `5v` (base units) or `250000$` (quote currency).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BarSpec {
    /// The clock.
    Time(Timeframe),
    /// So many trades.
    Ticks(u32),
    /// So many base units traded.
    Volume(f64),
    /// So much quote currency traded.
    Dollars(f64),
}

/// A text that names no kind of bar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' names no bars: write a timeframe such as 15m, or 100t (trades), 5v (base units), 250000$ (quote currency)"
)]
pub struct BarSpecError(pub String);

impl BarSpec {
    /// The timeframe, where the clock closes bars.
    pub fn timeframe(self) -> Option<Timeframe> {
        match self {
            Self::Time(timeframe) => Some(timeframe),
            Self::Ticks(_) | Self::Volume(_) | Self::Dollars(_) => None,
        }
    }
}

impl fmt::Display for BarSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(timeframe) => write!(f, "{timeframe}"),
            Self::Ticks(count) => write!(f, "{count}t"),
            Self::Volume(units) => write!(f, "{units}v"),
            Self::Dollars(money) => write!(f, "{money}$"),
        }
    }
}

impl FromStr for BarSpec {
    type Err = BarSpecError;

    fn from_str(text: &str) -> Result<Self, BarSpecError> {
        let wrong = || BarSpecError(text.chars().take(40).collect());
        let amount = |digits: &str| {
            digits.parse::<f64>().ok().filter(|amount| *amount > 0.0 && amount.is_finite()).ok_or_else(wrong)
        };
        if let Some(count) = text.strip_suffix('t') {
            let count = count.parse().ok().filter(|count| *count > 0).ok_or_else(wrong)?;
            Ok(Self::Ticks(count))
        } else if let Some(units) = text.strip_suffix('v') {
            amount(units).map(Self::Volume)
        } else if let Some(money) = text.strip_suffix('$') {
            amount(money).map(Self::Dollars)
        } else {
            text.parse().map(Self::Time).map_err(|_| wrong())
        }
    }
}

impl serde::Serialize for BarSpec {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for BarSpec {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Builds bars of trades, units or money from the trades of one symbol.
///
/// The trade that reaches the amount belongs to the bar it closes, whole. A bar is named by its first trade's time, at least a
/// nanosecond after the bar before. Trades out of order count where they arrive: these bars know no clock.
#[derive(Debug, Clone)]
pub struct InformationBars {
    spec: BarSpec,
    bar: Option<Bar>,
    volume: VolumeSum,
    dollars: f64,
    trades: u32,
    newest: i64,
}

impl InformationBars {
    /// A builder without an open bar; `None` for bars that the clock closes.
    pub fn new(spec: BarSpec) -> Option<Self> {
        spec.timeframe().is_none().then(|| Self {
            spec,
            bar: None,
            volume: VolumeSum::default(),
            dollars: 0.0,
            trades: 0,
            newest: i64::MIN,
        })
    }

    /// The open bar as it stands.
    pub fn unfinished(&self) -> Option<Bar> {
        self.bar
    }

    /// Takes a trade and returns the bar that it closes, if it closes one.
    pub fn push(&mut self, at: Timestamp, price: f64, qty: f64) -> Option<Bar> {
        let bar = self.bar.get_or_insert_with(|| {
            let ts = Timestamp::from_nanos(at.as_nanos().max(self.newest.saturating_add(1)));
            Bar { ts, open: price, high: price, low: price, close: price, volume: 0.0 }
        });
        bar.high = bar.high.max(price);
        bar.low = bar.low.min(price);
        bar.close = price;
        self.volume.add(qty);
        self.dollars += price * qty;
        self.trades += 1;
        bar.volume = self.volume.value();
        let full = match self.spec {
            BarSpec::Ticks(count) => self.trades >= count,
            BarSpec::Volume(units) => bar.volume >= units,
            BarSpec::Dollars(money) => self.dollars >= money,
            BarSpec::Time(_) => false,
        };
        if !full {
            return None;
        }
        let closed = self.bar.take()?;
        (self.volume, self.dollars, self.trades) = (VolumeSum::default(), 0.0, 0);
        self.newest = closed.ts.as_nanos();
        Some(closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names() {
        for text in ["1m", "100t", "5v", "0.5v", "250000$"] {
            assert_eq!(text.parse::<BarSpec>().unwrap().to_string(), text);
        }
        for wrong in ["", "t", "0t", "-1v", "NaN$", "5x", "1.5t"] {
            assert!(wrong.parse::<BarSpec>().is_err(), "{wrong}");
        }
        let spec: BarSpec = serde_json::from_str("\"100t\"").unwrap();
        assert_eq!(serde_json::to_string(&spec).unwrap(), "\"100t\"");
    }

    proptest! {
        #[test]
        fn bars_hold_all_trades_in_order(
            trades in prop::collection::vec((0i64..3, 1.0_f64..100.0, 1u32..1000), 1..200), which in 0usize..3,
        ) {
            let spec = [BarSpec::Ticks(7), BarSpec::Volume(5.0), BarSpec::Dollars(300.0)][which];
            let mut builder = InformationBars::new(spec).unwrap();
            let (mut at, mut bars, mut done) = (0, Vec::new(), 0);
            let mut total = VolumeSum::default();
            for (index, (step, price, lots)) in trades.iter().enumerate() {
                at += step;
                let qty = f64::from(*lots) / 100.0;
                total.add(qty);
                if let Some(bar) = builder.push(Timestamp::from_nanos(at), *price, qty) {
                    prop_assert_eq!(bar.open, trades[done].1);
                    prop_assert_eq!(bar.close, *price);
                    prop_assert_eq!(bar.check(), Ok(()));
                    done = index + 1;
                    bars.push(bar);
                }
            }
            prop_assert!(bars.windows(2).all(|pair| pair[0].ts < pair[1].ts));
            let held: f64 = bars.iter().map(|bar| bar.volume).sum();
            let open: f64 = trades[done..].iter().map(|(_, _, lots)| f64::from(*lots) / 100.0).sum();
            prop_assert!((held + open - total.value()).abs() < 1e-6);
        }
    }
}
