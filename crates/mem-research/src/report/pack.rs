//! Columns of numbers as short text: whole numbers, each written as its difference from the one before.
//!
//! A report carries hundreds of thousands of numbers inside HTML, and candles differ little from one to the next. So
//! a column is scaled to whole numbers (`value = number / 10^decimals`), each is replaced by its difference from the
//! last present one, written as a zigzag LEB128 integer plus one (0 says that the value is undefined), and the bytes
//! go into base64. `assets/codec.js` reads it back.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

/// A packed column. `decimals` may be negative (a column of large numbers in thousands).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Packed {
    /// A packed number is the value times ten to this power, rounded.
    decimals: i32,
    /// What one packed step stands for, before `decimals`; times use it (a bar's length in seconds).
    #[serde(skip_serializing_if = "is_one")]
    unit: i64,
    /// Base64 of the bytes.
    data: String,
}

fn is_one(unit: &i64) -> bool {
    *unit == 1
}

/// Packed numbers stay within what a JavaScript number holds exactly.
const LARGEST: f64 = 9_007_199_254_740_991.0;

/// Packs values with that many decimals; `None` and what is not finite become undefined.
pub(super) fn pack(values: impl IntoIterator<Item = Option<f64>>, decimals: i32) -> Packed {
    let factor = 10f64.powi(decimals);
    let whole = values
        .into_iter()
        .map(|value| value.map(|value| (value * factor).round()).filter(|value| value.abs() <= LARGEST))
        .map(|value| value.map(|value| value as i64));
    Packed { decimals, unit: 1, data: base64(&differences(whole)) }
}

/// Packs whole numbers as they are.
pub(super) fn pack_whole(values: impl IntoIterator<Item = i64>) -> Packed {
    Packed { decimals: 0, unit: 1, data: base64(&differences(values.into_iter().map(Some))) }
}

/// Packs times (whole seconds) in units of their greatest common step, so that regular bars take a byte each.
pub(super) fn pack_times(seconds: &[i64]) -> Packed {
    let origin = seconds.first().copied().unwrap_or(0);
    let unit = seconds.iter().fold(origin.abs(), |unit, second| gcd(unit, (second - origin).abs())).max(1);
    Packed { decimals: 0, unit, data: base64(&differences(seconds.iter().map(|second| Some(second / unit)))) }
}

fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// How many decimals keep `significant` digits of the smallest of the values (zeros apart), or fewer where all
/// values are exact with fewer. For prices.
pub(super) fn decimals_of_smallest(values: impl IntoIterator<Item = f64> + Clone, significant: i32) -> i32 {
    let smallest = values.clone().into_iter().map(f64::abs).filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
    // No more than leave the largest value exact in a JavaScript number.
    let room = decimals_of_largest(values.clone(), 15);
    let most = decimals_for(smallest, significant).min(room).max(0);
    let exact = |decimals: i32| {
        let factor = 10f64.powi(decimals);
        values.clone().into_iter().all(|value| ((value * factor).round() / factor - value).abs() <= value.abs() * 1e-12)
    };
    (0..most).find(|decimals| exact(*decimals)).unwrap_or(most)
}

/// How many decimals keep `significant` digits of the largest of the values. For amounts that pass through zero.
pub(super) fn decimals_of_largest(values: impl IntoIterator<Item = f64>, significant: i32) -> i32 {
    let finite = values.into_iter().map(f64::abs).filter(|value| value.is_finite());
    decimals_for(finite.fold(0.0, f64::max), significant)
}

fn decimals_for(magnitude: f64, significant: i32) -> i32 {
    if magnitude > 0.0 && magnitude.is_finite() {
        (significant - 1 - magnitude.log10().floor() as i32).clamp(-9, 15)
    } else {
        0
    }
}

fn differences(values: impl Iterator<Item = Option<i64>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut last = 0i64;
    for value in values {
        let Some(value) = value else {
            bytes.push(0);
            continue;
        };
        let difference = value - last;
        last = value;
        let zigzag = ((difference << 1) ^ (difference >> 63)) as u64;
        push_varint(&mut bytes, zigzag + 1);
    }
    bytes
}

fn push_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Standard base64 with padding (RFC 4648, section 4).
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What `assets/codec.js` does, as the other half of the round trip.
    fn unpack(packed: &Packed) -> Vec<Option<f64>> {
        let mut bytes = Vec::new();
        let mut bits = 0u32;
        let mut held = 0;
        for c in packed.data.bytes().filter(|c| *c != b'=') {
            let six = match c {
                b'A'..=b'Z' => c - b'A',
                b'a'..=b'z' => c - b'a' + 26,
                b'0'..=b'9' => c - b'0' + 52,
                b'+' => 62,
                _ => 63,
            };
            bits = bits << 6 | u32::from(six);
            held += 6;
            if held >= 8 {
                held -= 8;
                bytes.push((bits >> held & 0xff) as u8);
            }
        }
        let (mut values, mut last, mut at) = (Vec::new(), 0i64, 0);
        while at < bytes.len() {
            let (mut number, mut shift) = (0u64, 0);
            loop {
                let byte = bytes[at];
                at += 1;
                number |= u64::from(byte & 0x7f) << shift;
                shift += 7;
                if byte & 0x80 == 0 {
                    break;
                }
            }
            if number == 0 {
                values.push(None);
                continue;
            }
            let zigzag = number - 1;
            last += (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
            values.push(Some((last * packed.unit) as f64 / 10f64.powi(packed.decimals)));
        }
        values
    }

    #[test]
    fn base64_matches_the_standard_vectors() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn prices_keep_their_ticks_and_no_more() {
        assert_eq!(decimals_of_smallest([30_000.0, 30_000.5], 7), 1);
        assert_eq!(decimals_of_smallest([0.00012, 1.0], 6), 5);
        assert_eq!(decimals_of_smallest([1.0 / 3.0], 6), 6);
        assert_eq!(decimals_of_smallest([1e-12, 12_345.678_901_234_567], 7), 10);
        assert_eq!(decimals_of_largest([-1234.5, 3.0], 7), 3);
        assert_eq!(decimals_of_largest([f64::NAN, 0.0], 7), 0);
        assert_eq!(decimals_of_largest([2.5e12], 4), -9);
    }

    #[test]
    fn regular_times_take_a_byte_each() {
        let times: Vec<i64> = (0..1000).map(|i| 1_700_000_400 + 3600 * i).collect();
        let packed = pack_times(&times);
        assert!(packed.data.len() < 1400, "{}", packed.data.len());
        assert_eq!(unpack(&packed), times.iter().map(|t| Some(*t as f64)).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn what_is_packed_can_be_read_back(values in prop::collection::vec(prop::option::of(-1e9f64..1e9), 0..200), decimals in -3i32..5) {
            let step = 10f64.powi(-decimals);
            let read = unpack(&pack(values.clone(), decimals));
            prop_assert_eq!(read.len(), values.len());
            for (read, value) in read.iter().zip(&values) {
                prop_assert_eq!(read.is_some(), value.is_some());
                if let (Some(read), Some(value)) = (read, value) {
                    prop_assert!((read - value).abs() <= step * 0.5 + 1e-6, "{} {}", read, value);
                }
            }
        }

        #[test]
        fn times_come_back_exactly(mut times in prop::collection::vec(-4_000_000_000i64..9_000_000_000, 0..100)) {
            times.sort_unstable();
            let read: Vec<i64> = unpack(&pack_times(&times)).into_iter().map(|t| t.unwrap() as i64).collect();
            prop_assert_eq!(read, times);
        }
    }
}
