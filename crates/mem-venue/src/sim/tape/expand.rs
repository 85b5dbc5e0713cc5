//! One candle becomes the trades that rebuild exactly this candle.
//!
//! The trades open at the open, touch high and low (the low first in a rising candle, the high first in a falling one),
//! and end at the close; in between they walk on straight lines, on the grid of prices. Quantities are whole lots that
//! add up to the volume. Where a volume lies on no grid, the last trade takes what is left, chosen so that
//! [`VolumeSum`] gives the same bits. A candle without volume gives trades of quantity zero: they carry its prices.

use mem_types::{Bar, VolumeSum};

use super::grid;

/// A candle has at most so many trades.
pub(super) const MOST_TRADES: usize = 12;

/// The grids of a series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grids {
    /// Decimals of prices.
    pub price: u32,
    /// Decimals of quantities.
    pub qty: u32,
}

/// Price and quantity of one trade.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Print {
    pub price: f64,
    pub qty: f64,
}

/// The prices that the trades of `bar` must touch, in order.
fn corners(bar: &Bar) -> Vec<f64> {
    let mut corners = vec![bar.open];
    let body_low = bar.open.min(bar.close);
    let body_high = bar.open.max(bar.close);
    let low = (bar.low < body_low).then_some(bar.low);
    let high = (bar.high > body_high).then_some(bar.high);
    if bar.close >= bar.open {
        corners.extend(low.into_iter().chain(high));
    } else {
        corners.extend(high.into_iter().chain(low));
    }
    if corners.len() > 1 || bar.close != bar.open {
        corners.push(bar.close);
    }
    corners
}

/// Whole lots in `volume`, if it is a multiple of the lot and small enough to be counted exactly.
fn lots(volume: f64, decimals: u32) -> Option<u64> {
    let scale = 10_f64.powi(decimals as i32);
    let lots = (volume * scale).round();
    (lots < 2_251_799_813_685_248.0 && lots / scale == volume).then_some(lots as u64)
}

/// How many trades `bar` becomes: as many as it has lots, up to [`MOST_TRADES`], and never fewer than its corners.
pub(super) fn count(bar: &Bar, grids: Grids) -> usize {
    let wanted = match lots(bar.volume, grids.qty) {
        Some(lots) => usize::try_from(lots).unwrap_or(MOST_TRADES).min(MOST_TRADES),
        None => MOST_TRADES,
    };
    wanted.max(corners(bar).len())
}

/// The trades of `bar`. `salt` varies the sizes from candle to candle.
pub(super) fn expand(bar: &Bar, grids: Grids, salt: u64) -> Vec<Print> {
    let count = count(bar, grids);
    let prices = walk(bar, count, grids.price);
    let quantities = split(bar.volume, count, grids.qty, salt);
    prices.into_iter().zip(quantities).map(|(price, qty)| Print { price, qty }).collect()
}

fn walk(bar: &Bar, count: usize, decimals: u32) -> Vec<f64> {
    let corners = corners(bar);
    if corners.len() == 1 {
        return vec![bar.open; count];
    }
    let legs = corners.len() - 1;
    // Where corner i stands among the trades: spread evenly, the first at the beginning, the last at the end.
    let place = |corner: usize| corner * (count - 1) / legs;
    let mut prices = vec![0.0; count];
    for leg in 0..legs {
        let (from, to) = (place(leg), place(leg + 1));
        for (step, price) in prices[from..to].iter_mut().enumerate() {
            let part = step as f64 / (to - from) as f64;
            let between = corners[leg] + (corners[leg + 1] - corners[leg]) * part;
            *price = if step == 0 { corners[leg] } else { grid::round(between, decimals).clamp(bar.low, bar.high) };
        }
    }
    prices[count - 1] = corners[legs];
    prices
}

fn split(volume: f64, count: usize, decimals: u32, salt: u64) -> Vec<f64> {
    let scale = 10_f64.powi(decimals as i32);
    if let Some(lots) = lots(volume, decimals) {
        let quantities: Vec<f64> = spread(lots, count, salt).into_iter().map(|lots| lots as f64 / scale).collect();
        if sum(&quantities) == volume {
            return quantities;
        }
    }
    // A volume off the grid, or too large to be counted exactly: three quarters of it in lots, the rest, whatever its digits, in the last trade.
    for share in [0.75, 0.5, 0.875, 0.625] {
        let in_lots = ((volume * share * scale).floor().clamp(0.0, 1e15)) as u64;
        let mut quantities: Vec<f64> =
            spread(in_lots, count - 1, salt).into_iter().map(|lots| lots as f64 / scale).collect();
        quantities.push(volume - sum(&quantities));
        if quantities[count - 1] >= 0.0 && sum(&quantities) == volume {
            return quantities;
        }
    }
    let mut quantities = vec![0.0; count];
    quantities[count - 1] = volume;
    quantities
}

fn sum(quantities: &[f64]) -> f64 {
    let mut sum = VolumeSum::default();
    quantities.iter().for_each(|qty| sum.add(*qty));
    sum.value()
}

/// `lots` over `count` trades, unevenly, each with at least one where there are enough.
fn spread(lots: u64, count: usize, salt: u64) -> Vec<u64> {
    let each = u64::from(lots >= count as u64);
    let mut left = lots - each * count as u64;
    let weights: Vec<u64> = (0..count as u64).map(|index| 1 + mix(salt ^ (index << 32)) % 100).collect();
    let mut weight_left: u64 = weights.iter().sum();
    weights
        .into_iter()
        .map(|weight| {
            let part = (u128::from(left) * u128::from(weight) / u128::from(weight_left)) as u64;
            left -= part;
            weight_left -= weight;
            each + part
        })
        .collect()
}

/// SplitMix64's finaliser (Steele, Lea, Flood 2014): a number from a number, without state.
pub(in crate::sim) fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mem_types::{BarBuilder, Timestamp};
    use proptest::prelude::*;

    fn rebuilt(bar: &Bar, grids: Grids) -> Bar {
        let mut builder = BarBuilder::new("1m".parse().unwrap());
        let prints = expand(bar, grids, 7);
        assert_eq!(prints.len(), count(bar, grids));
        for print in prints {
            assert!(print.qty >= 0.0);
            builder.push(bar.ts, print.price, print.qty).unwrap();
        }
        builder.unfinished().unwrap()
    }

    fn bits(bar: &Bar) -> [u64; 5] {
        [bar.open, bar.high, bar.low, bar.close, bar.volume].map(f64::to_bits)
    }

    fn bar(open: f64, high: f64, low: f64, close: f64, volume: f64) -> Bar {
        Bar { ts: Timestamp::from_nanos(0), open, high, low, close, volume }
    }

    #[test]
    fn small_and_empty_candles_keep_their_prices() {
        let grids = Grids { price: 2, qty: 0 };
        for volume in [0.0, 1.0, 2.0, 3.0, 5.0, 1e6] {
            for candle in [
                bar(10.0, 10.0, 10.0, 10.0, volume),
                bar(10.0, 12.0, 9.0, 11.0, volume),
                bar(10.0, 12.0, 9.0, 10.0, volume),
                bar(12.0, 12.0, 9.0, 9.0, volume),
                bar(10.0, 12.0, 10.0, 10.0, volume),
            ] {
                assert_eq!(bits(&rebuilt(&candle, grids)), bits(&candle), "{candle:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn any_candle_is_rebuilt_to_the_bit(
            prices in prop::array::uniform4(0.01_f64..90_000.0),
            volume in prop_oneof![0.0_f64..1e-6, 0.0_f64..10.0, 0.0_f64..1e7, 1e7_f64..1e14],
            price in 0_u32..=8,
            qty in 0_u32..=8,
            on_grid in any::<bool>(),
        ) {
            let grids = Grids { price, qty };
            let mut prices = prices;
            if on_grid {
                prices = prices.map(|value| grid::round(value, price) + 1.0);
            }
            let volume = if on_grid && volume < 1e6 { grid::round(volume, qty) } else { volume };
            let high = prices.iter().copied().fold(f64::MIN, f64::max);
            let low = prices.iter().copied().fold(f64::MAX, f64::min);
            let candle = bar(prices[0], high, low, prices[1], volume);
            prop_assert_eq!(bits(&rebuilt(&candle, grids)), bits(&candle));
        }
    }
}
