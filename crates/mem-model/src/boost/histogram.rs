//! Sums of gradients by bin, as whole numbers.
//!
//! A row's gradient and hessian are scaled so that the sums over all rows stay below 2^30, rounded, and packed into one number: gradient in
//! the upper half, hessian in the lower. One addition adds both, nothing overflows from one half into the other, and additions commute, so a
//! sum is the same in whatever order and on however many threads it is made. Rounding costs half a unit a row of what is on average
//! 2^30 / rows units.

use rayon::prelude::*;

use super::bins::Bins;

/// Features of a group: their histograms lie together in the first-level cache.
pub(super) const WIDTH: usize = 8;

/// Sums by bin of each feature of a group.
pub(super) type Histogram = [[i64; 256]; WIDTH];

/// Rows of a piece of work.
const PIECE: usize = 4096;

/// The greatest sum.
const GREATEST: f64 = (1_u64 << 30) as f64;

/// Packed gradients and hessians of all rows.
#[derive(Debug)]
pub(super) struct Quantised {
    pub(super) pairs: Vec<i64>,
    /// Units of gradient to one.
    pub(super) gradient_scale: f64,
    /// Units of hessian to one.
    pub(super) hessian_scale: f64,
}

impl Quantised {
    /// Packs what `pair` gives for each row.
    pub(super) fn new(rows: usize, pair: impl Fn(usize) -> (f64, f64) + Sync) -> Self {
        let mut exact = vec![(0.0, 0.0); rows];
        // Sums of pieces of one size, added in order: the same on any number of threads.
        let pieces = exact.par_chunks_mut(PIECE).enumerate();
        let sums: Vec<(f64, f64)> = pieces
            .map(|(piece, exact)| {
                let mut sums = (0.0, 0.0);
                for (offset, into) in exact.iter_mut().enumerate() {
                    *into = pair(piece * PIECE + offset);
                    sums = (sums.0 + into.0.abs(), sums.1 + into.1);
                }
                sums
            })
            .collect();
        let (gradients, hessians) = sums.iter().fold((0.0, 0.0), |all, piece| (all.0 + piece.0, all.1 + piece.1));
        let scale = |sum: f64| if sum > 0.0 { GREATEST / sum } else { 1.0 };
        let (gradient_scale, hessian_scale) = (scale(gradients), scale(hessians));
        let mut pairs = vec![0; rows];
        pairs.par_chunks_mut(PIECE).zip(exact.par_chunks(PIECE)).for_each(|(pairs, exact)| {
            for (into, (gradient, hessian)) in pairs.iter_mut().zip(exact) {
                *into = pack(whole(gradient * gradient_scale), whole(hessian * hessian_scale));
            }
        });
        Self { pairs, gradient_scale, hessian_scale }
    }
}

/// To the nearest whole number. Adding and taking away 1.5 * 2^52 rounds without a call.
fn whole(number: f64) -> i64 {
    const ROUND: f64 = 6_755_399_441_055_744.0;
    ((number + ROUND) - ROUND) as i64
}

fn pack(gradient: i64, hessian: i64) -> i64 {
    (gradient << 32) + hessian
}

/// Gradient and hessian of a sum, in units. Neither passes 2^31, and signed numbers are the ones that processors turn into fractions side by
/// side.
#[inline(always)]
pub(super) fn unpack(sum: i64) -> (f64, f64) {
    (f64::from((sum >> 32) as i32), f64::from(sum as u32 as i32))
}

/// Histograms that no node needs any more, for the next that does: memory asked for and given back at every split takes longer than the sums of a
/// small node.
#[derive(Debug, Default)]
pub(super) struct Spare {
    kept: Vec<Vec<Histogram>>,
}

impl Spare {
    /// Empty histograms of all groups of `bins`, which are those of every other call.
    pub(super) fn take(&mut self, bins: &Bins) -> Vec<Histogram> {
        let Some(mut histograms) = self.kept.pop() else { return vec![[[0; 256]; WIDTH]; bins.groups().len()] };
        // Places of the last group that have no feature add up what is in their bin 0.
        for (place, sums) in histograms.iter_mut().flatten().enumerate() {
            let last = if place < bins.features() { bins.count(place) } else { 0 };
            sums[..=last].fill(0);
        }
        histograms
    }

    /// Takes back what [`Spare::take`] gave.
    pub(super) fn keep(&mut self, histograms: Vec<Histogram>) {
        if !histograms.is_empty() {
            self.kept.push(histograms);
        }
    }
}

/// Adds rows to a histogram.
pub(super) fn add(histogram: &mut Histogram, lines: &[[u8; WIDTH]], rows: &[u32], pairs: &[i64]) {
    for (row, pair) in rows.iter().zip(pairs) {
        let line = lines[*row as usize];
        for (sums, bin) in histogram.iter_mut().zip(line) {
            sums[usize::from(bin)] += pair;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_unpacked_as_what_was_added() {
        let all = [(-3, 5), (7, 0), (-1000, 123_456), (i64::from(i32::MIN) / 4, 1 << 30)];
        let sum = all.iter().map(|(g, h)| pack(*g, *h)).sum();
        let (gradient, hessian) = all.iter().fold((0, 0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
        assert_eq!(unpack(sum), (gradient as f64, hessian as f64));
        assert_eq!((whole(2.5), whole(-2.4), whole(3.6)), (2, -2, 4));
    }
}
