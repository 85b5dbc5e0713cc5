//! Which rows a round and which features a tree learns from, by seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::BoostParameters;

/// Draws for one tree.
#[derive(Debug)]
pub(super) struct Draw<'a> {
    parameters: &'a BoostParameters,
    tree: u64,
    round: u64,
}

impl<'a> Draw<'a> {
    pub(super) fn new(parameters: &'a BoostParameters, tree: u64, round: u64) -> Self {
        Self { parameters, tree, round }
    }

    /// The rows of the round, ascending; none where all are taken.
    pub(super) fn rows(&self, rows: usize) -> Option<Vec<u32>> {
        self.choose(self.parameters.bagging_fraction, rows, self.round * 2)
    }

    /// Whether the tree may use each feature.
    pub(super) fn features(&self, features: usize) -> Vec<bool> {
        let Some(chosen) = self.choose(self.parameters.feature_fraction, features, self.tree * 2 + 1) else {
            return vec![true; features];
        };
        let mut may = vec![false; features];
        chosen.iter().for_each(|feature| may[*feature as usize] = true);
        may
    }

    /// A share of the numbers below `all`, at least one, each set as likely as any other (Knuth, The Art of Computer Programming 2, 3.4.2 S).
    fn choose(&self, share: f64, all: usize, stream: u64) -> Option<Vec<u32>> {
        if share >= 1.0 {
            return None;
        }
        let mut random = ChaCha8Rng::seed_from_u64(self.parameters.seed);
        random.set_stream(stream);
        let mut wanted = ((all as f64 * share) as usize).max(1);
        let mut chosen = Vec::with_capacity(wanted);
        for number in 0..all {
            let left = (all - number) as u64;
            // The upper half of the product is below `left`, evenly enough for numbers so far below 2^64.
            let drawn = ((u128::from(random.next_u64()) * u128::from(left)) >> 64) as usize;
            if drawn < wanted {
                chosen.push(number as u32);
                wanted -= 1;
            }
        }
        Some(chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_drawn_evenly_and_by_seed() {
        let parameters =
            BoostParameters { bagging_fraction: 0.3, feature_fraction: 0.5, seed: 9, ..BoostParameters::default() };
        let mut taken = vec![0; 50];
        for round in 0..2000 {
            let rows = Draw::new(&parameters, round, round).rows(50).unwrap();
            assert!(rows.len() == 15 && rows.is_sorted());
            rows.iter().for_each(|row| taken[*row as usize] += 1);
        }
        assert!(taken.iter().all(|times| (480..720).contains(times)), "{taken:?}");
        let features = |seed| Draw::new(&BoostParameters { seed, ..parameters.clone() }, 1, 1).features(40);
        assert_eq!(features(9), features(9));
        assert_ne!(features(9), features(10));
        assert_eq!(features(9).iter().filter(|may| **may).count(), 20);
        assert_eq!(Draw::new(&BoostParameters::default(), 0, 0).rows(10), None);
    }
}
