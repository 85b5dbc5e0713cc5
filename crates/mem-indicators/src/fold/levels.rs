//! The first levels of the tree for folds of one number: those of four and of sixteen values at every position.
//!
//! Sixteen positions are made at a time. What they share with those before stays in registers, so that each value is
//! read twice instead of four times.

use super::Fold;

/// Positions made at once.
const LANES: usize = 16;

/// The folds of the last four of `values` at each position from the fourth.
#[inline(always)]
pub(super) fn fours<F: Fold<N>, const N: usize>(fold: &F, values: &[f64], out: &mut [f64]) {
    let leaf = |value: f64| fold.leaf(value)[0];
    let join = |older: f64, newer: f64, count: f64| fold.join_equal([older; N], [newer; N], count)[0];
    let mut last = [join(leaf(values[0]), leaf(values[1]), 1.0), join(leaf(values[1]), leaf(values[2]), 1.0)];
    let (newer, rest) = values[3..].as_chunks::<LANES>();
    let (older, _) = values[2..].as_chunks::<LANES>();
    let (groups, rest_out) = out.as_chunks_mut::<LANES>();
    for ((out, newer), older) in groups.iter_mut().zip(newer).zip(older) {
        let (mut pairs, mut before) = ([0.0; LANES], [0.0; LANES]);
        for lane in 0..LANES {
            pairs[lane] = join(leaf(older[lane]), leaf(newer[lane]), 1.0);
        }
        (before[0], before[1]) = (last[0], last[1]);
        before[2..].copy_from_slice(&pairs[..LANES - 2]);
        last = [pairs[LANES - 2], pairs[LANES - 1]];
        for lane in 0..LANES {
            out[lane] = join(before[lane], pairs[lane], 2.0);
        }
    }
    let rest = &values[values.len() - rest.len() - 3..];
    for (out, values) in rest_out.iter_mut().zip(rest.windows(4)) {
        let pair = |at: usize| join(leaf(values[at]), leaf(values[at + 1]), 1.0);
        *out = join(pair(0), pair(2), 2.0);
    }
}

/// The folds of the last sixteen values at each position from the sixteenth, from those of the last four, which begin
/// at the fourth.
#[inline(always)]
pub(super) fn sixteens<F: Fold<N>, const N: usize>(fold: &F, fours: &[f64], out: &mut [f64]) {
    let join = |older: f64, newer: f64, count: f64| fold.join_equal([older; N], [newer; N], count)[0];
    let mut last = [0.0; 8];
    for (lane, last) in last.iter_mut().enumerate() {
        *last = join(fours[lane], fours[lane + 4], 4.0);
    }
    let (newer, rest) = fours[12..].as_chunks::<LANES>();
    let (older, _) = fours[8..].as_chunks::<LANES>();
    let (groups, rest_out) = out.as_chunks_mut::<LANES>();
    for ((out, newer), older) in groups.iter_mut().zip(newer).zip(older) {
        let (mut eights, mut before) = ([0.0; LANES], [0.0; LANES]);
        for lane in 0..LANES {
            eights[lane] = join(older[lane], newer[lane], 4.0);
        }
        before[..8].copy_from_slice(&last);
        before[8..].copy_from_slice(&eights[..8]);
        last.copy_from_slice(&eights[8..]);
        for lane in 0..LANES {
            out[lane] = join(before[lane], eights[lane], 8.0);
        }
    }
    let rest = &fours[fours.len() - rest.len() - 12..];
    for (out, fours) in rest_out.iter_mut().zip(rest.windows(13)) {
        *out = join(join(fours[0], fours[4], 4.0), join(fours[8], fours[12], 4.0), 8.0);
    }
}
