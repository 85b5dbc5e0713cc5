//! The paired bootstrap: how far a mean difference could be from what was found.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde::Serialize;

/// What the bootstrap says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bootstrap {
    /// Mean of the first less that of the second.
    pub mean_difference: f64,
    /// Lower end of the interval that holds so much of the resampled means as was asked for.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Twice the smaller share of resampled means on one side of zero, at least 1 / (resamples + 1) and at most 1.
    pub p_value: f64,
}

/// Resamples the differences of two figures a row, in circular stretches of `block` neighbouring rows (Politis and Romano, 1992; 1 for
/// independent rows, about the length of a label for overlapping ones), as often as `resamples` says, and takes the percentiles of the
/// means (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). Same seed, same answer.
///
/// `None` with no row or no resample.
///
/// # Panics
/// If the numbers of rows differ, the block is 0, or `confidence` is not between 0 and 1.
pub fn paired_bootstrap(
    first: &[f64],
    second: &[f64],
    block: usize,
    resamples: usize,
    confidence: f64,
    seed: u64,
) -> Option<Bootstrap> {
    assert_eq!(first.len(), second.len(), "the same rows");
    assert!(block > 0, "blocks of at least one row");
    assert!(confidence > 0.0 && confidence < 1.0, "a share");
    let differences: Vec<f64> = first.iter().zip(second).map(|(first, second)| first - second).collect();
    let rows = differences.len();
    if rows == 0 || resamples == 0 {
        return None;
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // The high half of the product of two 64-bit numbers: even but for 1 in 2^64 / rows.
    let mut draw = || ((u128::from(random.next_u64()) * rows as u128) >> 64) as usize;
    let mut resample = || {
        let (mut sum, mut taken) = (0.0, 0);
        while taken < rows {
            let start = draw();
            let count = block.min(rows - taken);
            sum += (start..start + count).map(|row| differences[row % rows]).sum::<f64>();
            taken += count;
        }
        sum / rows as f64
    };
    let mut means: Vec<f64> = (0..resamples).map(|_| resample()).collect();
    means.sort_by(f64::total_cmp);
    let percentile = |share: f64| means[((resamples as f64 * share) as usize).min(resamples - 1)];
    let outside = (1.0 - confidence) / 2.0;
    let not_above = means.partition_point(|mean| *mean <= 0.0);
    let not_below = resamples - means.partition_point(|mean| *mean < 0.0);
    let p_value = 2.0 * (not_above.min(not_below) + 1) as f64 / (resamples + 1) as f64;
    Some(Bootstrap {
        mean_difference: differences.iter().sum::<f64>() / rows as f64,
        low: percentile(outside),
        high: percentile(1.0 - outside),
        p_value: p_value.min(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_clear_is_clear_and_a_seed_gives_the_same_again() {
        let first: Vec<f64> = (0..200).map(|row| 1.0 + f64::from(row % 5)).collect();
        let second: Vec<f64> = (0..200).map(|row| f64::from((row * 3) % 5)).collect();
        let found = paired_bootstrap(&first, &second, 1, 999, 0.95, 7).unwrap();
        assert_eq!(found.mean_difference, 1.0);
        assert!(found.low < 1.0 && 1.0 < found.high && found.low > 0.4 && found.p_value <= 0.002, "{found:?}");
        assert_eq!(paired_bootstrap(&first, &second, 1, 999, 0.95, 7), Some(found));
        assert_ne!(paired_bootstrap(&first, &second, 1, 999, 0.95, 8), Some(found));
        let even = paired_bootstrap(&first, &first, 3, 99, 0.9, 7).unwrap();
        assert_eq!((even.low, even.high, even.p_value), (0.0, 0.0, 1.0));
        assert_eq!(paired_bootstrap(&[], &[], 1, 99, 0.9, 7), None);
    }
}
