//! What the best of many tries is worth: the probability of backtest overfitting.
//!
//! Bailey, Borwein, López de Prado and Zhu, "The probability of backtest overfitting", Journal of Computational Finance 20 (4), 2017. The
//! deflated Sharpe ratio, which needs the number of tries alone, stands in `mem-research` beside the searches that count them.

use serde::Serialize;

use super::split::choices;

/// What combinatorially symmetric cross-validation says of a choice among tries.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overfitting {
    /// Share of splits in which the try that was best in one half is no better than the median of the other: 0.5 for no skill.
    pub probability: f64,
    /// For each split the logit of the relative rank, in the other half, of the try that was best in the one.
    pub logits: Vec<f64>,
    /// For each split the best Sharpe ratio of the one half and what the same try had in the other, per bar.
    pub sharpes: Vec<(f64, f64)>,
}

/// Judges the choice of the best Sharpe ratio among `tries`, the returns of each (numbers, not NaN), bar by bar over the same bars: cut into `blocks` of
/// equal length (an even number; what is left over at the beginning is not used), every choice of half of the blocks is once what is
/// looked at and once what is not.
///
/// A try that never varies in a half has the Sharpe ratio 0 there. Equal tries share their rank. `None` with fewer than two tries,
/// an odd number of blocks or fewer than two, more than 100,000 splits, or blocks of fewer than two bars.
///
/// # Panics
/// If tries differ in length.
pub fn overfitting(tries: &[Vec<f64>], blocks: usize) -> Option<Overfitting> {
    let bars = tries.first()?.len();
    assert!(tries.iter().all(|returns| returns.len() == bars), "the same bars");
    if tries.len() < 2 || blocks < 2 || !blocks.is_multiple_of(2) || bars / blocks < 2 {
        return None;
    }
    let length = bars / blocks;
    let used = bars - length * blocks;
    let sums = |returns: &Vec<f64>| returns[used..].chunks_exact(length).map(Sums::of).collect::<Vec<_>>();
    let tries: Vec<Vec<Sums>> = tries.iter().map(sums).collect();
    let (mut logits, mut sharpes) = (Vec::new(), Vec::new());
    for chosen in choices(blocks, blocks / 2)? {
        let mut inside = vec![false; blocks];
        chosen.iter().for_each(|block| inside[*block] = true);
        let sharpe_of = |half: bool| {
            let of = |sums: &Vec<Sums>| {
                let of_half = sums.iter().zip(&inside).filter(|(_, inside)| **inside == half).map(|(sums, _)| sums);
                of_half.fold(Sums::default(), Sums::and).sharpe()
            };
            tries.iter().map(of).collect::<Vec<f64>>()
        };
        let (looked_at, other) = (sharpe_of(true), sharpe_of(false));
        let best =
            (1..looked_at.len()).fold(0, |best, other| if looked_at[other] > looked_at[best] { other } else { best });
        let below = other.iter().filter(|sharpe| **sharpe < other[best]).count() as f64;
        let equal = other.iter().filter(|sharpe| **sharpe == other[best]).count() as f64;
        let relative_rank = (below + (equal + 1.0) / 2.0) / (other.len() as f64 + 1.0);
        logits.push(libm::log(relative_rank / (1.0 - relative_rank)));
        sharpes.push((looked_at[best], other[best]));
    }
    let overfitted = logits.iter().filter(|logit| **logit <= 0.0).count() as f64;
    Some(Overfitting { probability: overfitted / logits.len() as f64, logits, sharpes })
}

/// What a Sharpe ratio is made of; of blocks together by adding up.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn of(returns: &[f64]) -> Self {
        let squares = returns.iter().map(|value| value * value).sum();
        Self { count: returns.len() as f64, sum: returns.iter().sum(), squares }
    }

    fn and(self, other: &Self) -> Self {
        Self { count: self.count + other.count, sum: self.sum + other.sum, squares: self.squares + other.squares }
    }

    /// Mean by sample standard deviation.
    fn sharpe(self) -> f64 {
        let mean = self.sum / self.count;
        let variance = (self.squares - self.sum * mean) / (self.count - 1.0);
        if variance <= 4.0 * f64::EPSILON * self.squares / self.count { 0.0 } else { mean / variance.sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skill_is_no_overfitting_and_one_lucky_stretch_is() {
        let noise = |row: usize, seed: usize| ((row * 7919 + seed * 104_729) % 1009) as f64 / 1009.0 - 0.5;
        let walk = |seed: usize| (0..800).map(|row| noise(row, seed)).collect::<Vec<f64>>();
        let mut tries: Vec<Vec<f64>> = (1..20).map(walk).collect();
        tries.push((0..800).map(|row| 0.5 + noise(row, 50)).collect());
        assert_eq!(overfitting(&tries, 8).unwrap().probability, 0.0);
        assert_eq!(overfitting(&tries, 8).unwrap().logits.len(), 70);

        // Each try shines in one block and pays for it in all others.
        let lucky = |shining: usize| {
            (0..800).map(|row| if row / 100 == shining { 1.0 } else { -0.1 } + noise(row, shining + 3)).collect()
        };
        let tries: Vec<Vec<f64>> = (0..8).map(lucky).collect();
        assert_eq!(overfitting(&tries, 8).unwrap().probability, 1.0);
        assert_eq!(overfitting(&tries, 7), None);
        assert_eq!(overfitting(&tries[..1], 8), None);
    }
}
