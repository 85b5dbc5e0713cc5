//! Numbers and times as Binance writes them.

use mem_types::Timestamp;

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// Reads a decimal such as `61837.63000000` as the double nearest to it; `None` for anything else, infinities and NaN
/// included.
///
/// Digits below 2^53 and a power of ten up to 10^22 are both exact as doubles, so that one division rounds once, and
/// rightly (Clinger 1990, "How to read floating point numbers accurately"). The rest goes to the standard library.
pub fn decimal(text: &[u8]) -> Option<f64> {
    let mut mantissa = 0_u64;
    let mut point = None;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            // Nineteen digits fit; longer texts go the slow way below, whatever has wrapped here.
            b'0'..=b'9' => mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')),
            b'.' if point.is_none() => point = Some(at),
            _ => return slow(text),
        }
    }
    let decimals = point.map_or(0, |at| text.len() - at - 1);
    let digits = text.len() - usize::from(point.is_some());
    if digits == 0 || digits > 19 || mantissa >= 1 << 53 {
        return slow(text);
    }
    Some(mantissa as f64 / POWERS[decimals])
}

#[cold]
fn slow(text: &[u8]) -> Option<f64> {
    let numeric = text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
    let value: f64 = std::str::from_utf8(text).ok().filter(|_| numeric)?.parse().ok()?;
    value.is_finite().then_some(value)
}

/// Reads a time in milliseconds or, where spot was asked for them, in microseconds ("General API Information": timestamps
/// are in milliseconds by default). Which of the two is told by magnitude: milliseconds end in the year 2262, and what
/// is larger is microseconds.
pub fn time(value: i64) -> Option<Timestamp> {
    if value < 0 {
        return None;
    }
    Timestamp::from_millis(value).or_else(|| value.checked_mul(1_000).map(Timestamp::from_nanos))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_decimals_and_nothing_else() {
        for text in ["0", "61837.63000000", ".5", "5.", "-1.25", "1e3", "9007199254740993", "0.00000000000000000000001"]
        {
            assert_eq!(decimal(text.as_bytes()), Some(text.parse().unwrap()), "{text}");
        }
        for text in ["", ".", "1.2.3", "inf", "NaN", "1e999", " 1", "1 ", "0x1", "-", "1,5", "\u{663}"] {
            assert_eq!(decimal(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn tells_microseconds_by_their_size() {
        let at: Timestamp = "2025-01-01T00:00:00.123Z".parse().unwrap();
        assert_eq!(time(1_735_689_600_123), Some(at));
        assert_eq!(time(1_735_689_600_123_000), Some(at));
        assert_eq!(time(-1), None);
        assert_eq!(time(i64::MAX), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn bits_are_those_of_the_standard_library(text in "[0-9]{0,22}(\\.[0-9]{0,24})?") {
            let expected: Option<f64> = text.parse().ok();
            prop_assert_eq!(decimal(text.as_bytes()).map(f64::to_bits), expected.map(f64::to_bits));
        }

        #[test]
        fn what_is_printed_is_read(value in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL) {
            let text = value.to_string();
            prop_assert_eq!(decimal(text.as_bytes()).map(f64::to_bits), Some(value.to_bits()));
        }
    }
}
