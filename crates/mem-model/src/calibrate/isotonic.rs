//! Isotonic regression: the curve that never falls and lies nearest to the outcomes.
//!
//! By pooling adjacent violators (Barlow et al., "Statistical Inference under Order Restrictions", 1972). Between two scores the curve is a
//! straight line; below the first and above the last it is level.

use serde::{Deserialize, Serialize};

use super::{CalibrateError, check};

/// Scores that ascend, and probabilities that do not fall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Isotonic {
    scores: Vec<f64>,
    chances: Vec<f64>,
}

/// Outcomes that are taken together.
#[derive(Debug, Clone, Copy)]
struct Pool {
    first: f64,
    last: f64,
    mean: f64,
    weight: f64,
}

impl Isotonic {
    /// Fits scores to outcomes (0 or 1).
    ///
    /// # Errors
    /// Lengths that differ, numbers that are none, outcomes of one kind.
    pub fn fit(scores: &[f64], outcomes: &[f64], weights: Option<&[f64]>) -> Result<Self, CalibrateError> {
        check(scores, outcomes, weights)?;
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let mut rows: Vec<usize> = (0..scores.len()).filter(|row| weight(*row) > 0.0).collect();
        if rows.iter().all(|row| outcomes[*row] == 0.0) || rows.iter().all(|row| outcomes[*row] == 1.0) {
            return Err(CalibrateError::OneClass);
        }
        rows.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
        let mut pools: Vec<Pool> = Vec::new();
        for same in rows.chunk_by(|a, b| scores[*a] == scores[*b]) {
            let total: f64 = same.iter().map(|row| weight(*row)).sum();
            let mean = same.iter().map(|row| weight(*row) * outcomes[*row]).sum::<f64>() / total;
            let mut pool = Pool { first: scores[same[0]], last: scores[same[0]], mean, weight: total };
            while let Some(before) = pools.pop_if(|before| before.mean >= pool.mean) {
                let weight = before.weight + pool.weight;
                let mean = (before.mean * before.weight + pool.mean * pool.weight) / weight;
                pool = Pool { first: before.first, last: pool.last, mean, weight };
            }
            pools.push(pool);
        }
        let (mut scores, mut chances) = (Vec::new(), Vec::new());
        for pool in pools {
            scores.push(pool.first);
            chances.push(pool.mean);
            if pool.last > pool.first {
                scores.push(pool.last);
                chances.push(pool.mean);
            }
        }
        Ok(Self { scores, chances })
    }

    /// The calibrated probability of a score.
    pub fn apply(&self, score: f64) -> f64 {
        on_lines(&self.scores, &self.chances, score)
    }

    /// Whether scores ascend and probabilities do not fall.
    pub(crate) fn is_sound(&self) -> bool {
        let chances = self.chances.iter().all(|chance| (0.0..=1.0).contains(chance));
        let ascend = self.scores.is_sorted_by(|a, b| a < b) && self.scores.iter().all(|score| score.is_finite());
        !self.scores.is_empty()
            && self.scores.len() == self.chances.len()
            && chances
            && ascend
            && self.chances.is_sorted()
    }
}

/// The height over `x` of straight lines through points whose places do not descend; level before the first and after the last.
pub(crate) fn on_lines(places: &[f64], heights: &[f64], x: f64) -> f64 {
    let after = places.partition_point(|place| *place < x);
    match (after.checked_sub(1), places.get(after)) {
        (None, _) => heights[0],
        (Some(before), None) => heights[before],
        (Some(before), Some(next)) => {
            let share = (x - places[before]) / (next - places[before]);
            let (from, to) = (heights[before], heights[after]);
            // Rounded, the end of a line could lie a bit beyond its point: what follows would then seem to fall.
            (from + share * (to - from)).max(from.min(to)).min(from.max(to))
        }
    }
}
