//! Shares of the normal distribution, of Student's and of the fair coin's.

use std::f64::consts::{PI, SQRT_2};

/// Share of the standard normal distribution below `x`.
pub(crate) fn normal_share(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}

/// Where a share of the standard normal distribution lies below, infinite for 0 and 1: the rational approximation of Odeh and Evans
/// (Applied Statistics 23, 1974, good to 1.5e-8), made exact by two steps of Halley's method.
pub(crate) fn normal_quantile(share: f64) -> f64 {
    if share <= 0.0 || share >= 1.0 {
        return if share <= 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let tail = share.min(1.0 - share);
    let y = libm::sqrt(-2.0 * libm::log(tail));
    let upper = [-0.322_232_431_088, -1.0, -0.342_242_088_547, -0.020_423_121_024_5, -0.000_045_364_221_014_8];
    let lower = [0.099_348_462_606, 0.588_581_570_495, 0.531_103_462_366, 0.103_537_752_85, 0.003_856_070_063_4];
    let polynomial = |terms: [f64; 5]| terms.iter().rev().fold(0.0, |sum, term| sum * y + term);
    // The quantile of the lower tail, where shares keep their precision.
    let mut x = -(y + polynomial(upper) / polynomial(lower));
    for _ in 0..2 {
        let error = (normal_share(x) - tail) * (2.0 * PI).sqrt() * libm::exp(x * x / 2.0);
        x -= error / (1.0 + x * error / 2.0);
    }
    if share < 0.5 { x } else { -x }
}

/// Share of Student's distribution with `freedom` degrees that lies further from zero than `t`.
pub(crate) fn student_beyond(t: f64, freedom: f64) -> f64 {
    incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + t * t))
}

/// Chance of a fair coin to fall on one side at most `least` times in `throws`, either side counting; at most 1.
pub(crate) fn fair_coin(least: u64, throws: u64) -> f64 {
    let n = throws as f64;
    let log_chance =
        |k: f64| libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0) - n * libm::log(2.0);
    let one_side: f64 = (0..=least).map(|k| libm::exp(log_chance(k as f64))).sum();
    (2.0 * one_side).min(1.0)
}

/// The regularised incomplete beta function, by its continued fraction (Lentz' method; Press et al., Numerical Recipes, section 6.4).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    // The fraction converges fast below the mean; above it, the other tail is computed.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let log_front = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log1p(-x);
    let away = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..1000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            change = d * c;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    libm::exp(log_front) * fraction / a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-13 * expected.abs().max(1e-3), "{found} not {expected}");
    }

    #[test]
    fn known_shares() {
        close(normal_share(1.959_963_984_540_054), 0.975);
        close(normal_quantile(0.975), 1.959_963_984_540_054);
        close(normal_quantile(0.5), 0.0);
        close(normal_quantile(1e-7), -5.199_337_582_192_816);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
        // One degree of freedom is Cauchy's distribution, two have a closed form.
        close(student_beyond(1.0, 1.0), 0.5);
        close(student_beyond(3.0, 2.0), 1.0 - 3.0 / 11.0_f64.sqrt());
        close(student_beyond(0.0, 7.0), 1.0);
        close(fair_coin(1, 4), 0.625);
        close(fair_coin(2, 4), 1.0);
        close(fair_coin(0, 10), 2.0 / 1024.0);
    }
}
