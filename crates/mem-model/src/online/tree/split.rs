//! How a column would divide a leaf: ten thresholds between its least and its largest number, judged by information gain, with each class
//! taken for normal (Pfahringer, Holmes, Kirkby 2008).

use super::leaf::{Column, Spread};

/// Thresholds tried.
const THRESHOLDS: u32 = 10;

/// The share of a leaf's weight that either side of a split must have.
const LEAST_SHARE: f64 = 0.01;

/// A leaf with more of one class than this is not worth a split.
pub(super) const PURE: f64 = 0.99;

/// A division of a leaf.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Split {
    /// By which column.
    pub(super) column: usize,
    /// What is at most this goes left.
    pub(super) threshold: f64,
    /// Weights of the classes left and right.
    pub(super) sides: [[f64; 2]; 2],
    /// Information gain in bits.
    pub(super) gain: f64,
}

/// The best division by `column`, if it can divide at all.
pub(super) fn of(column: &Column) -> Option<Split> {
    let seen = || column.classes.iter().filter(|spread| spread.gaussian.weight() > 0.0);
    let least = seen().map(|spread| spread.least).reduce(f64::min)?;
    let most = seen().map(|spread| spread.most).reduce(f64::max)?;
    let weights = [column.classes[0].gaussian.weight(), column.classes[1].gaussian.weight()];
    let total = weights[0] + weights[1];
    let before = surprise(weights);
    let step = (most - least) / f64::from(THRESHOLDS + 1);
    let mut best: Option<Split> = None;
    for place in 1..=THRESHOLDS {
        let threshold = least + step * f64::from(place);
        if !(least < threshold && threshold < most) {
            continue;
        }
        let left = [weight_below(&column.classes[0], threshold), weight_below(&column.classes[1], threshold)];
        let right = [weights[0] - left[0], weights[1] - left[1]];
        let smaller = (left[0] + left[1]).min(right[0] + right[1]);
        if smaller <= LEAST_SHARE * total {
            continue;
        }
        let gain = (before - surprise(left) - surprise(right)) / total;
        if best.is_none_or(|best| gain > best.gain) {
            best = Some(Split { column: column.column, threshold, sides: [left, right], gain });
        }
    }
    best
}

/// The weight of a class at or below `threshold`.
fn weight_below(spread: &Spread, threshold: f64) -> f64 {
    let weight = spread.gaussian.weight();
    if weight == 0.0 || threshold < spread.least {
        0.0
    } else if threshold >= spread.most {
        weight
    } else {
        weight * spread.gaussian.below(threshold)
    }
}

/// Entropy in bits, times the weight.
fn surprise([no, yes]: [f64; 2]) -> f64 {
    let term = |weight: f64| if weight > 0.0 { weight * libm::log2(weight) } else { 0.0 };
    term(no + yes) - term(no) - term(yes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surprise_is_entropy_times_weight() {
        assert_eq!(surprise([4.0, 4.0]), 8.0);
        assert_eq!(surprise([5.0, 0.0]), 0.0);
        let quarter = 0.811_278_124_459_132_8;
        assert!((surprise([3.0, 1.0]) - 4.0 * quarter).abs() < 1e-12);
    }
}
