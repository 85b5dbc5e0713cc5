//! What the market looked like when a decision was taken: a fixed row of numbers, from the last [`SPAN`] closed bars only.
//!
//! A function of those bars and nothing else, so that it is the same live, in replay and in research.

use mem_indicators::{Adx, Atr, Rsi};
use mem_types::Bar;
use mem_types::time::NANOS_PER_DAY;

/// Bars that are looked at.
pub const SPAN: usize = 128;

/// The names of the features, in their order.
pub const NAMES: [&str; 16] = [
    "return_1",
    "return_5",
    "return_20",
    "return_60",
    "atr_pct_14",
    "volatility_ratio_10_50",
    "rsi_14",
    "adx_14",
    "close_to_sma_20_atr",
    "close_to_sma_50_atr",
    "bollinger_position_20",
    "range_position_50",
    "volume_ratio_20",
    "body_to_range",
    "hour_sin",
    "hour_cos",
];

/// The features at the newest of `bars` (oldest first); those that need more bars are NaN.
///
/// Returns are in percent, distances to averages in units of the average true range; the position within the Bollinger bands and within the range
/// is 0 at the lower and 1 at the upper end; the volume ratio is over the mean of the last 20; hours are of the bar's open in UTC.
pub fn snapshot<'a>(bars: impl DoubleEndedIterator<Item = &'a Bar> + ExactSizeIterator) -> [f64; NAMES.len()] {
    let skip = bars.len().saturating_sub(SPAN);
    let bars: Vec<&Bar> = bars.skip(skip).collect();
    let mut out = [f64::NAN; NAMES.len()];
    let Some(last) = bars.last() else { return out };
    let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
    let (mut rsi, mut atr, mut adx) = (Rsi::new(14), Atr::new(14), Adx::new(14));
    let (mut rsi_14, mut atr_14, mut adx_14) = (f64::NAN, f64::NAN, f64::NAN);
    for bar in &bars {
        rsi_14 = rsi.push(bar.close);
        atr_14 = atr.push(bar.high, bar.low, bar.close);
        [adx_14, ..] = adx.push(bar.high, bar.low, bar.close);
    }
    let back = |count: usize| closes.len().checked_sub(count + 1).map(|index| closes[index]);
    for (slot, count) in [1, 5, 20, 60].into_iter().enumerate() {
        out[slot] = back(count).map_or(f64::NAN, |then| (last.close / then - 1.0) * 100.0);
    }
    let mean_20 = mean(tail(&closes, 20));
    let deviation = deviation(tail(&closes, 20));
    out[4] = atr_14 / last.close * 100.0;
    out[5] = volatility(&closes, 10) / volatility(&closes, 50);
    out[6] = rsi_14;
    out[7] = adx_14;
    out[8] = (last.close - mean_20) / atr_14;
    out[9] = (last.close - mean(tail(&closes, 50))) / atr_14;
    out[10] = (last.close - (mean_20 - 2.0 * deviation)) / (4.0 * deviation);
    if bars.len() >= 50 {
        let range = &bars[bars.len() - 50..];
        let low = range.iter().map(|bar| bar.low).fold(f64::INFINITY, f64::min);
        let high = range.iter().map(|bar| bar.high).fold(f64::NEG_INFINITY, f64::max);
        out[11] = (last.close - low) / (high - low);
    }
    let volumes: Vec<f64> = bars.iter().map(|bar| bar.volume).collect();
    out[12] = last.volume / mean(tail(&volumes, 20));
    out[13] = (last.close - last.open) / (last.high - last.low);
    let hour = last.ts.as_nanos().rem_euclid(NANOS_PER_DAY) as f64 / NANOS_PER_DAY as f64 * std::f64::consts::TAU;
    (out[14], out[15]) = (libm::sin(hour), libm::cos(hour));
    // A division by nothing says nothing.
    for value in &mut out {
        if value.is_infinite() {
            *value = f64::NAN;
        }
    }
    out
}

/// The last `count`, or none if there are fewer.
fn tail(values: &[f64], count: usize) -> &[f64] {
    values.len().checked_sub(count).map_or(&[], |from| &values[from..])
}

/// NaN without values.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Sample standard deviation; NaN with fewer than two values.
fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (squares / (values.len() as f64 - 1.0)).sqrt()
}

fn volatility(closes: &[f64], count: usize) -> f64 {
    let returns: Vec<f64> = tail(closes, count + 1).windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
    deviation(&returns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mem_types::Timestamp;
    use proptest::prelude::*;

    fn bars(steps: &[(f64, f64)]) -> Vec<Bar> {
        let mut price = 100.0;
        let bar = |(number, (step, volume)): (usize, &(f64, f64))| {
            let open = price;
            price *= 1.0 + step;
            let ts = Timestamp::from_nanos(number as i64 * 3_600_000_000_000);
            Bar { ts, open, high: open.max(price) * 1.001, low: open.min(price) * 0.999, close: price, volume: *volume }
        };
        steps.iter().enumerate().map(bar).collect()
    }

    proptest! {
        /// Only the last bars count, and with enough of them everything is defined.
        #[test]
        fn only_the_window_matters(steps in prop::collection::vec((-0.03_f64..0.03, 1.0_f64..100.0), 1..300)) {
            let bars = bars(&steps);
            let all = snapshot(bars.iter());
            let window = snapshot(bars[bars.len().saturating_sub(SPAN)..].iter());
            prop_assert_eq!(all.map(f64::to_bits), window.map(f64::to_bits));
            prop_assert!(all.iter().all(|value| !value.is_infinite()));
            prop_assert!(bars.len() < 61 || all.iter().all(|value| value.is_finite()));
        }
    }

    #[test]
    fn by_hand() {
        let steps: Vec<(f64, f64)> = (0..100).map(|number| (if number == 99 { 0.05 } else { 0.0 }, 10.0)).collect();
        let row = snapshot(bars(&steps).iter());
        assert!((row[0] - 5.0).abs() < 1e-9 && (row[3] - 5.0).abs() < 1e-9);
        assert_eq!(row[12], 1.0);
        assert!(row[13] > 0.9);
        let none: Vec<Bar> = Vec::new();
        assert!(snapshot(none.iter()).iter().all(|value| value.is_nan()));
    }
}
