//! The cases most like a situation.
//!
//! Distance is Euclidean over features in units of their standard deviation among the cases known by then, divided by the square root of
//! the number of features that vary: 0 for the same situation, about 1.4 for two that have nothing to do with each other. Where a feature is
//! undefined (or infinite) on either side, its square counts 2, what it is on average between strangers.

use mem_types::{PositionSide, Timestamp};
use serde::{Deserialize, Serialize};

use crate::case::{Case, Outcome};

/// What the square of a difference is on average, in units of variance, between two that have nothing to do with each other.
const STRANGERS: f64 = 2.0;

/// A case that is like the situation asked about.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Similar {
    /// The decision's number.
    pub id: u64,
    /// How far it is: 0 for the same.
    pub distance: f64,
    /// What came of it, in percent.
    pub return_pct: f64,
}

/// Cases with known outcomes, in the order in which they became known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) cases: Vec<Case>,
    pub(crate) outcomes: Vec<Outcome>,
    /// The features of all cases, one row after another, and their sides: what a question goes through, kept close together.
    rows: Vec<f64>,
    sides: Vec<PositionSide>,
    /// Reciprocal deviations among all cases: made when they are first needed.
    scale: Option<Vec<f64>>,
}

impl Known {
    pub(crate) fn len(&self) -> usize {
        self.cases.len()
    }

    /// Adds a case. One that became known before others takes its place among them.
    pub(crate) fn insert(&mut self, case: Case, outcome: Outcome) {
        let key = (outcome.closed_at, case.id);
        let place = self
            .outcomes
            .iter()
            .zip(&self.cases)
            .rposition(|(known, of)| (known.closed_at, of.id) <= key)
            .map_or(0, |before| before + 1);
        let width = case.features.len();
        self.rows.splice(place * width..place * width, case.features.iter().copied());
        self.sides.insert(place, case.side);
        self.cases.insert(place, case);
        self.outcomes.insert(place, outcome);
        self.scale = None;
    }

    /// Forgets the oldest beyond `capacity`.
    pub(crate) fn keep(&mut self, capacity: usize) {
        let extra = self.len().saturating_sub(capacity);
        if let (true, Some(first)) = (extra > 0, self.cases.first()) {
            self.rows.drain(..extra * first.features.len());
            self.sides.drain(..extra);
            self.cases.drain(..extra);
            self.outcomes.drain(..extra);
            self.scale = None;
        }
    }

    /// Works out ahead what the next question about all cases needs.
    pub(crate) fn prepare(&mut self) {
        if let (None, Some(first)) = (&self.scale, self.cases.first()) {
            self.scale = Some(reciprocal_deviations(&self.rows, first.features.len()));
        }
    }

    /// How many were known at an instant: they come first.
    pub(crate) fn known_at(&self, at: Timestamp) -> usize {
        self.outcomes.partition_point(|outcome| outcome.closed_at <= at)
    }

    /// The `count` cases of a side most like `features` among those known at `at`, the nearest first.
    pub(crate) fn nearest(
        &mut self,
        at: Timestamp,
        side: PositionSide,
        features: &[f64],
        count: usize,
    ) -> Vec<Similar> {
        let known = self.known_at(at);
        let width = features.len();
        if known == 0 || width == 0 || count == 0 {
            return Vec::new();
        }
        let all = known == self.len();
        let scale = match self.scale.take() {
            Some(scale) if all => scale,
            _ => reciprocal_deviations(&self.rows[..known * width], width),
        };
        let used = scale.iter().filter(|reciprocal| **reciprocal > 0.0).count();
        let id = |index: usize| self.cases[index].id;
        let order =
            |one: &(f64, usize), other: &(f64, usize)| one.0.total_cmp(&other.0).then(id(one.1).cmp(&id(other.1)));
        // The nearest so far, in order: after a while hardly any case gets in.
        let mut found: Vec<(f64, usize)> = Vec::with_capacity(count.min(known));
        for (index, (of, row)) in self.sides[..known].iter().zip(self.rows.chunks_exact(width)).enumerate() {
            if *of != side {
                continue;
            }
            let case = (sum_of_squares(row, features, &scale), index);
            if found.len() == count {
                if found.last().is_some_and(|farthest| order(farthest, &case).is_lt()) {
                    continue;
                }
                found.pop();
            }
            let place = found.partition_point(|nearer| order(nearer, &case).is_lt());
            found.insert(place, case);
        }
        let similar = |(squares, index): (f64, usize)| Similar {
            id: id(index),
            distance: if used == 0 { 0.0 } else { (squares / used as f64).sqrt() },
            return_pct: self.outcomes[index].return_pct,
        };
        let recalled = found.into_iter().map(similar).collect();
        if all {
            self.scale = Some(scale);
        }
        recalled
    }
}

/// Features that are looked at side by side: one sum alone would wait for itself at every step.
const LANES: usize = 4;

fn sum_of_squares(row: &[f64], features: &[f64], scale: &[f64]) -> f64 {
    let square = |theirs: f64, ours: f64, reciprocal: f64| {
        let difference = (theirs - ours) * reciprocal;
        let square = difference * difference;
        let stranger = if reciprocal > 0.0 { STRANGERS } else { 0.0 };
        if square.is_finite() { square } else { stranger }
    };
    let mut sums = [0.0; LANES];
    let (rows, rest_of_row) = row.as_chunks::<LANES>();
    let (features, rest_of_features) = features.as_chunks::<LANES>();
    let (scales, rest_of_scale) = scale.as_chunks::<LANES>();
    for ((theirs, ours), reciprocals) in rows.iter().zip(features).zip(scales) {
        for lane in 0..LANES {
            sums[lane] += square(theirs[lane], ours[lane], reciprocals[lane]);
        }
    }
    let rest = rest_of_row.iter().zip(rest_of_features).zip(rest_of_scale);
    rest.fold((sums[0] + sums[1]) + (sums[2] + sums[3]), |sum, ((theirs, ours), reciprocal)| {
        sum + square(*theirs, *ours, *reciprocal)
    })
}

/// One over the standard deviation of each column; 0 where a column does not vary. Undefined values are left out.
fn reciprocal_deviations(rows: &[f64], width: usize) -> Vec<f64> {
    // Sums of what is left after taking off a value of the column, which is of the right size: little is lost to cancellation.
    let first = |column: usize| rows[column..].iter().step_by(width).find(|value| !value.is_nan()).copied();
    let shift: Vec<f64> = (0..width).map(|column| first(column).unwrap_or(0.0)).collect();
    let (mut count, mut sum, mut squares) = (vec![0.0_f64; width], vec![0.0_f64; width], vec![0.0_f64; width]);
    for row in rows.chunks_exact(width) {
        let columns = count.iter_mut().zip(&mut sum).zip(&mut squares).zip(row.iter().zip(&shift));
        for (((count, sum), squares), (value, shift)) in columns {
            let away = value - shift;
            let known = !away.is_nan();
            let away = if known { away } else { 0.0 };
            *count += if known { 1.0 } else { 0.0 };
            *sum += away;
            *squares += away * away;
        }
    }
    let reciprocal = |column: usize| {
        let (n, sum) = (count[column], sum[column]);
        let deviation = ((squares[column] - sum * sum / n).max(0.0) / (n - 1.0)).sqrt();
        let mean = shift[column] + sum / n;
        if n > 1.0 && deviation > 1e-9 * mean.abs().max(1e-3) { 1.0 / deviation } else { 0.0 }
    };
    (0..width).map(reciprocal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_by_hand() {
        // The values 1, 3, 5 deviate by 2; a column that does not vary or is never defined does not count.
        let rows = [1.0, 7.0, f64::NAN, 3.0, 7.0, f64::NAN, 5.0, 7.0, f64::NAN];
        assert_eq!(reciprocal_deviations(&rows, 3), [0.5, 0.0, 0.0]);
        // One that begins undefined and is large beside its deviation.
        let rows = [f64::NAN, 1e9 + 1.0, 1e9 + 3.0, 1e9 + 5.0];
        assert_eq!(reciprocal_deviations(&rows, 1), [0.5]);
    }

    #[test]
    fn distances_by_hand() {
        let scale = [1.0, 0.5, 0.0];
        // 2 squared and (4 / 2) squared; what does not vary does not count, whatever it is.
        assert_eq!(sum_of_squares(&[1.0, 0.0, 9.0], &[3.0, 4.0, f64::NAN], &scale), 8.0);
        // Undefined or infinite on either side: strangers.
        for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(sum_of_squares(&[odd, 0.0, 0.0], &[0.0, 4.0, 0.0], &scale), STRANGERS + 4.0);
            assert_eq!(sum_of_squares(&[0.0, 0.0, 0.0], &[odd, 4.0, odd], &scale), STRANGERS + 4.0);
        }
    }
}
