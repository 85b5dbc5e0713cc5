//! The best cut of one feature in one node.

use super::Monotone;
use super::histogram::unpack;

/// Bins whose cuts are scored at a time.
const BLOCK: usize = 16;

/// What a split must satisfy; sums are in units of the histograms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Ridge penalty.
    pub(super) l2: f64,
    /// Least hessian of a side.
    pub(super) hessian: f64,
    /// Least value of a leaf below this node.
    pub(super) low: f64,
    /// Greatest value of a leaf below this node.
    pub(super) high: f64,
}

/// A cut: bins up to `bin` go left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cut {
    /// What both sides score together.
    pub(super) score: f64,
    pub(super) bin: u8,
    pub(super) missing_left: bool,
    /// The sum of the left side.
    pub(super) left: i64,
}

impl Limits {
    /// The value of a leaf with such a sum.
    pub(super) fn value(&self, gradient: f64, hessian: f64) -> f64 {
        let value = if gradient == 0.0 { 0.0 } else { -gradient / (hessian + self.l2) };
        value.clamp(self.low, self.high)
    }

    /// Twice what a leaf with such a sum takes off the loss.
    pub(super) fn score(&self, gradient: f64, hessian: f64) -> f64 {
        let value = self.value(gradient, hessian);
        -(2.0 * gradient * value + (hessian + self.l2) * value * value)
    }
}

/// The best cut of a feature with `count` bins of values (bin 0, the missing ones, comes on top), whose sums by bin are `sums`.
pub(super) fn best_cut(
    sums: &[i64; 256],
    count: usize,
    total: i64,
    direction: Monotone,
    limits: &Limits,
) -> Option<Cut> {
    let sweep = |missing_left: bool, best: Option<Cut>| {
        let bounded = direction != Monotone::Free || limits.low > f64::NEG_INFINITY || limits.high < f64::INFINITY;
        if bounded {
            sweep_bounded(sums, count, total, missing_left, direction, limits, best)
        } else {
            sweep_free(sums, count, total, missing_left, limits, best)
        }
    };
    if sums[0] != 0 {
        return sweep(true, sweep(false, None));
    }
    // Nothing is missing here: what will be missing later goes with the greater part.
    let mut cut = sweep(false, None)?;
    cut.missing_left = 2.0 * unpack(cut.left).1 >= unpack(total).1;
    Some(cut)
}

/// Where every cut is allowed. Cuts are scored block by block and without branches: which bins hold rows cannot be foretold, and an empty bin
/// scores what the bin before it does.
fn sweep_free(
    sums: &[i64; 256],
    count: usize,
    total: i64,
    missing_left: bool,
    limits: &Limits,
    best: Option<Cut>,
) -> Option<Cut> {
    let (gradient, hessian) = unpack(total);
    let (l2, least) = (limits.l2, limits.hessian);
    let mut left = if missing_left { sums[0] } else { 0 };
    let mut found = best;
    for (block, sums) in sums[1..=count].chunks(BLOCK).enumerate() {
        let mut lefts = [0; BLOCK];
        for (at, sum) in lefts.iter_mut().zip(sums) {
            left += sum;
            *at = left;
        }
        if unpack(left).1 < least {
            continue;
        }
        // Past the last bin there is nothing on the right, which is no cut.
        lefts[sums.len()..].fill(total);
        let mut scores = [0.0; BLOCK];
        for (score, left) in scores.iter_mut().zip(lefts) {
            let (g, h) = unpack(left);
            let (rest_g, rest_h) = (gradient - g, hessian - h);
            let is_allowed = (h >= least) & (rest_h >= least);
            // g^2 / h + rest_g^2 / rest_h, with one division.
            let (h, rest_h) = (h + l2, rest_h + l2);
            let scored = (g * g * rest_h + rest_g * rest_g * h) / (h * rest_h);
            *score = if is_allowed { scored } else { 0.0 };
        }
        let highest = scores.iter().fold(0.0, |best, score| if *score > best { *score } else { best });
        if highest > found.map_or(0.0, |cut| cut.score) {
            let at = scores.iter().position(|score| *score == highest).unwrap_or_default();
            found = Some(Cut { score: highest, bin: (1 + block * BLOCK + at) as u8, missing_left, left: lefts[at] });
        }
        if hessian - unpack(left).1 < least {
            break;
        }
    }
    found
}

fn sweep_bounded(
    sums: &[i64; 256],
    count: usize,
    total: i64,
    missing_left: bool,
    direction: Monotone,
    limits: &Limits,
    best: Option<Cut>,
) -> Option<Cut> {
    let (gradient, hessian) = unpack(total);
    let mut left = if missing_left { sums[0] } else { 0 };
    let mut found = best;
    for (bin, sum) in sums.iter().enumerate().take(count + 1).skip(1) {
        left += sum;
        let (g, h) = unpack(left);
        let (rest_g, rest_h) = (gradient - g, hessian - h);
        if *sum == 0 || h < limits.hessian || rest_h < limits.hessian {
            continue;
        }
        let (value, rest_value) = (limits.value(g, h), limits.value(rest_g, rest_h));
        let allowed = match direction {
            Monotone::Free => true,
            Monotone::Increasing => value <= rest_value,
            Monotone::Decreasing => value >= rest_value,
        };
        let score = limits.score(g, h) + limits.score(rest_g, rest_h);
        if allowed && score > found.map_or(0.0, |cut| cut.score) {
            found = Some(Cut { score, bin: bin as u8, missing_left, left });
        }
    }
    found
}
