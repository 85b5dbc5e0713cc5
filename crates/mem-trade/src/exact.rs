//! From `f64`, which markets and strategies speak, to exact decimals, which books are kept in.
//!
//! Everything booked has at most [`PLACES`] decimal places and stays below a million million: sums of such numbers are exact in
//! a [`Decimal`], so that entries which balance go on balancing for ever.

use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use rust_decimal::{Decimal, RoundingStrategy};

/// Decimal places of everything that is booked.
pub const PLACES: u32 = 12;

/// The decimal nearest to `value` with at most [`PLACES`] places; `None` where it is not finite or too large.
///
/// ```
/// use mem_trade::exact::decimal;
/// assert_eq!(decimal(42_000.1).unwrap().to_string(), "42000.1");
/// assert_eq!(decimal(f64::NAN), None);
/// ```
pub fn decimal(value: f64) -> Option<Decimal> {
    let exact = Decimal::from_f64(value).filter(|exact| exact.abs() <= mem_types::order::MAX_AMOUNT)?;
    Some(rounded(exact))
}

/// The `f64` nearest to `value`.
pub fn float(value: Decimal) -> f64 {
    // Every decimal has a nearest f64: the conversion knows no failure.
    value.to_f64().unwrap_or(f64::NAN)
}

/// `value` with at most [`PLACES`] places, half to even.
pub fn rounded(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(PLACES, RoundingStrategy::MidpointNearestEven).normalize()
}

/// The largest multiple of `step` not above `value`, which is not negative; with a step of zero, [`PLACES`] places.
pub fn down_to(value: Decimal, step: Decimal) -> Decimal {
    if step.is_zero() {
        return value.round_dp_with_strategy(PLACES, RoundingStrategy::ToZero).normalize();
    }
    ((value / step).floor() * step).normalize()
}

/// The multiple of `step` nearest to `value`; with a step of zero, [`PLACES`] places.
pub fn nearest(value: Decimal, step: Decimal) -> Decimal {
    if step.is_zero() {
        return rounded(value);
    }
    ((value / step).round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven) * step).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn grids() {
        assert_eq!(down_to(dec("0.123"), dec("0.01")), dec("0.12"));
        assert_eq!(down_to(dec("7"), dec("5")), dec("5"));
        assert_eq!(down_to(dec("0.1234567890129"), Decimal::ZERO), dec("0.123456789012"));
        assert_eq!(nearest(dec("0.126"), dec("0.01")), dec("0.13"));
        assert_eq!(decimal(1e13), None);
    }

    proptest! {
        #[test]
        fn what_was_decimal_comes_back(units in 1i64..1_000_000_000_000, scale in 0u32..9) {
            let exact = Decimal::new(units, scale);
            prop_assert_eq!(decimal(float(exact)), Some(exact.normalize()));
        }

        #[test]
        fn down_is_a_multiple_and_not_above(units in 1i64..1_000_000_000, scale in 0u32..9, step in 1i64..1000, step_scale in 0u32..6) {
            let (value, step) = (Decimal::new(units, scale), Decimal::new(step, step_scale));
            let down = down_to(value, step);
            prop_assert!(down <= value && value - down < step);
            prop_assert!((down / step).fract().is_zero());
        }
    }
}
