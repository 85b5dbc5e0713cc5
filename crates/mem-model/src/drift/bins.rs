//! Samples over the same bins, and how far they are apart.

use serde::{Deserialize, Serialize};

use super::Severity;

/// Added to the count of every bin before shares are taken (Krichevsky, Trofimov 1981): an empty bin is a rare one, not an impossible one.
pub const SMOOTHING: f64 = 0.5;

/// Bins that hold about equally much of a reference sample, and one for missing numbers; with the counts of the reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bins {
    /// Upper borders, rising; a value belongs to the first bin whose border it does not exceed, else to the last.
    borders: Vec<f64>,
    counts: Vec<u64>,
}

impl Bins {
    /// At most `bins` bins by the quantiles of `reference`; fewer where values repeat.
    pub fn of(reference: &[f64], bins: usize) -> Self {
        let mut sorted: Vec<f64> = reference.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut borders: Vec<f64> = Vec::new();
        for bin in 1..bins.max(1) {
            let Some(border) = sorted.get((bin * sorted.len()).div_ceil(bins).saturating_sub(1)) else { break };
            // What is above the last border needs a value, or its bin would be empty by construction.
            if borders.last() != Some(border) && sorted.last() != Some(border) {
                borders.push(*border);
            }
        }
        let mut made = Self { borders, counts: Vec::new() };
        made.counts = made.count(reference);
        made
    }

    /// Whether these are bins, with the counts of so many values: what was read from a file need not be.
    pub(super) fn is_sound(&self, values: usize) -> bool {
        let counted = self.counts.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count));
        self.borders.iter().all(|border| border.is_finite())
            && self.borders.is_sorted_by(|a, b| a < b)
            && self.counts.len() == self.borders.len() + 2
            && counted == Some(values as u64)
    }

    /// How many of `sample` fall into each bin; the last count is of what is not finite.
    pub fn count(&self, sample: &[f64]) -> Vec<u64> {
        let mut counts = vec![0; self.borders.len() + 2];
        for value in sample {
            let bin = if value.is_finite() {
                self.borders.partition_point(|border| border < value)
            } else {
                self.borders.len() + 1
            };
            counts[bin] += 1;
        }
        counts
    }

    /// How far `sample` is from the reference.
    pub fn distance(&self, sample: &[f64]) -> BinDistance {
        BinDistance::of(&self.counts, &self.count(sample))
    }
}

/// How far two samples over the same bins are apart. All are 0 for equal shares; logarithms are natural.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BinDistance {
    /// Population stability index: sum of (q - p) ln(q / p). Below 0.1 nothing, up to 0.25 some, above much.
    pub psi: f64,
    /// Kullback-Leibler divergence of the sample from the reference: sum of q ln(q / p).
    pub kl: f64,
    /// Jensen-Shannon divergence: from 0 to ln 2, the same both ways (Lin 1991).
    pub js: f64,
}

impl BinDistance {
    /// The distance of counts over the same bins, each with [`SMOOTHING`] added; bins that are empty on both sides count as no bins.
    ///
    /// # Panics
    /// If there are not as many counts on one side as on the other.
    pub fn of(reference: &[u64], sample: &[u64]) -> Self {
        assert_eq!(reference.len(), sample.len(), "counts over the same bins");
        let used: Vec<(f64, f64)> = reference
            .iter()
            .zip(sample)
            .filter(|(reference, sample)| **reference + **sample > 0)
            .map(|(reference, sample)| (*reference as f64 + SMOOTHING, *sample as f64 + SMOOTHING))
            .collect();
        let totals = used.iter().fold((0.0, 0.0), |sum, each| (sum.0 + each.0, sum.1 + each.1));
        let (mut psi, mut kl, mut js) = (0.0, 0.0, 0.0);
        for (reference, sample) in used {
            let (p, q) = (reference / totals.0, sample / totals.1);
            let middle = (p + q) / 2.0;
            psi += (q - p) * libm::log(q / p);
            kl += q * libm::log(q / p);
            js += (p * libm::log(p / middle) + q * libm::log(q / middle)) / 2.0;
        }
        Self { psi, kl: kl.max(0.0), js: js.max(0.0) }
    }

    /// What the population stability index says: low from 0.1, medium from 0.25, high from 0.5, critical from 1.
    pub fn severity(&self) -> Severity {
        Severity::reached(self.psi, [0.1, 0.25, 0.5, 1.0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_equal_shares_of_the_reference() {
        let reference: Vec<f64> = (0..1_000).map(f64::from).collect();
        let bins = Bins::of(&reference, 10);
        assert_eq!(bins.counts, [vec![100; 10], vec![0]].concat());
        assert_eq!(bins.count(&[-1e300, 99.0, 99.5, 1e300, f64::NAN]), [1 + 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    }

    #[test]
    fn repeated_values_make_fewer_bins() {
        assert_eq!(Bins::of(&[1.0; 50], 10).counts, [50, 0]);
        assert_eq!(Bins::of(&[], 10).counts, [0, 0]);
        let bins = Bins::of(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0], 10);
        assert_eq!(bins.counts, [6, 4, 0]);
    }

    #[test]
    fn distances_are_the_formulas() {
        let distance = BinDistance::of(&[19, 79, 0], &[49, 49, 0]);
        let (p, q) = ([19.5_f64 / 99.0, 79.5 / 99.0], [0.5_f64, 0.5]);
        let kl: f64 = (0..2).map(|bin| q[bin] * (q[bin] / p[bin]).ln()).sum();
        let back: f64 = (0..2).map(|bin| p[bin] * (p[bin] / q[bin]).ln()).sum();
        assert!((distance.kl - kl).abs() < 1e-12);
        assert!((distance.psi - (kl + back)).abs() < 1e-12);
        assert!(distance.js > 0.0 && distance.js < std::f64::consts::LN_2);
        assert_eq!(distance.severity(), Severity::Medium);
    }
}
