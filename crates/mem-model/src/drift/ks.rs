//! The two-sample Kolmogorov-Smirnov test: whether two samples may come from one continuous distribution.

use serde::{Deserialize, Serialize};

/// The result of a two-sample test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct KsTest {
    /// The largest distance of the two empirical distribution functions, 0 to 1.
    pub distance: f64,
    /// The chance of such a distance or a larger one from one continuous distribution; with ties it is an upper bound.
    pub p_value: f64,
}

/// Samples up to this size get the exact p-value.
const EXACT: usize = 10_000;

/// Two-sided test of two samples, which it sorts. `None` if either is empty.
///
/// The p-value is exact (Hodges 1958) for samples of at most 10,000 each, and the limiting distribution with Stephens' correction beyond.
///
/// # Panics
/// If a value is NaN: missing numbers are to be left out by the caller.
pub fn ks_two_sample(first: &mut [f64], second: &mut [f64]) -> Option<KsTest> {
    if first.is_empty() || second.is_empty() {
        return None;
    }
    assert!(first.iter().chain(second.iter()).all(|value| !value.is_nan()), "a sample holds no NaN");
    first.sort_unstable_by(f64::total_cmp);
    second.sort_unstable_by(f64::total_cmp);
    Some(ks_sorted(first, second, None, 0.0))
}

/// The test of two sorted samples that are not empty and hold no NaN. `worth`: how many independent values each counts for, where that is
/// not as many as it has; the p-value is then that of the limiting distribution. `slack`, at most so far a sample is from what it stands for,
/// is no distance; it goes with `worth` only.
pub(crate) fn ks_sorted(first: &[f64], second: &[f64], worth: Option<[f64; 2]>, slack: f64) -> KsTest {
    let (n, m) = (first.len(), second.len());
    let steps = largest_step(first, second);
    let distance = (steps as f64 / (n as f64 * m as f64) - slack).max(0.0);
    let p_value = match worth {
        Some([n, m]) => limiting(distance, n, m),
        None if steps == 0 => 1.0,
        None if n.max(m) > EXACT => limiting(distance, n as f64, m as f64),
        None if n == m => exact_equal(n, steps / n),
        None => exact(n.max(m), n.min(m), steps),
    };
    KsTest { distance, p_value }
}

/// The largest distance of the distribution functions, times both sizes: a whole number.
fn largest_step(first: &[f64], second: &[f64]) -> usize {
    let (mut below_first, mut below_second, mut largest) = (0, 0, 0);
    while below_first < first.len() && below_second < second.len() {
        let value = first[below_first].min(second[below_second]);
        below_first += first[below_first..].iter().take_while(|other| **other <= value).count();
        below_second += second[below_second..].iter().take_while(|other| **other <= value).count();
        largest = largest.max((below_first * second.len()).abs_diff(below_second * first.len()));
    }
    largest
}

/// P(D >= h / n) of two samples of `n`: paths that leave a strip (Gnedenko, Korolyuk 1951), as nested products so that nothing cancels.
fn exact_equal(n: usize, h: usize) -> f64 {
    let mut probability = 0.0;
    for reflection in (0..=n / h).rev() {
        let shift = reflection * h;
        let ratio = (0..h)
            .fold(1.0, |ratio, step| ratio * (n.saturating_sub(shift + step)) as f64 / (n + shift + step + 1) as f64);
        probability = ratio * (1.0 - probability);
    }
    (2.0 * probability).clamp(0.0, 1.0)
}

/// P(D >= steps / (n m)) of samples of `m` >= `n`: the share of lattice paths from (0, 0) to (m, n) that touch |x n - y m| >= steps, by
/// recursion over columns with shares instead of counts (Viehmann 2021), so that nothing overflows or cancels.
fn exact(m: usize, n: usize, steps: usize) -> f64 {
    // outside[y]: the share of paths to (x, y) that have touched.
    let mut outside = vec![0.0; n + 1];
    for (y, share) in outside.iter_mut().enumerate() {
        *share = if y * m >= steps { 1.0 } else { 0.0 };
    }
    for x in 1..=m {
        let from_origin = x * n;
        outside[0] = if from_origin >= steps { 1.0 } else { outside[0] };
        for y in 1..=n {
            outside[y] = if from_origin.abs_diff(y * m) >= steps {
                1.0
            } else {
                // A path to (x, y) came from the left with chance x / (x + y), from below with chance y / (x + y).
                let (left, below) = (x as f64, y as f64);
                (left * outside[y] + below * outside[y - 1]) / (left + below)
            };
        }
    }
    outside[n].clamp(0.0, 1.0)
}

/// Kolmogorov's limiting distribution at the distance of samples worth `n` and `m` values, with the correction of Stephens (1970).
fn limiting(distance: f64, n: f64, m: f64) -> f64 {
    let root = (n * m / (n + m)).sqrt();
    let lambda = (root + 0.12 + 0.11 / root) * distance;
    // Below this the series needs many terms and is 1 to 1e-12.
    if lambda < 0.2 {
        return 1.0;
    }
    let term = |k: i32| libm::exp(-2.0 * f64::from(k * k) * lambda * lambda) * if k % 2 == 1 { 2.0 } else { -2.0 };
    (1..=100).map(term).sum::<f64>().clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_samples_by_hand() {
        // Two of two: every order of four has the same chance; D = 1 in two of six.
        let test = ks_two_sample(&mut [1.0, 2.0], &mut [3.0, 4.0]).unwrap();
        assert_eq!(test.distance, 1.0);
        assert!((test.p_value - 1.0 / 3.0).abs() < 1e-15);
        // Two of one: three orders, D = 1 in two of them.
        let test = ks_two_sample(&mut [1.0, 2.0], &mut [3.0]).unwrap();
        assert!((test.p_value - 2.0 / 3.0).abs() < 1e-15);
        assert_eq!(ks_two_sample(&mut [], &mut [1.0]), None);
        let same = ks_two_sample(&mut [1.0, 1.0, 2.0], &mut [1.0, 1.0, 2.0]).unwrap();
        assert_eq!((same.distance, same.p_value), (0.0, 1.0));
    }

    #[test]
    fn the_limit_is_close_to_the_exact_values() {
        for (n, h) in [(1_000, 45), (1_000, 62), (2_000, 90)] {
            let exact = exact_equal(n, h);
            let limit = limiting(h as f64 / n as f64, n as f64, n as f64);
            assert!((exact - limit).abs() < 0.05 * exact, "{exact} {limit}");
        }
        assert!((exact(300, 300, 300 * 30) - exact_equal(300, 30)).abs() < 1e-12);
    }
}
