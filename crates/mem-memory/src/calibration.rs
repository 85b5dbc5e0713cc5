//! From a strategy's confidence to the probability of winning, learned from what came of it.
//!
//! Confidences fall into ten bins. The rate of wins of a bin is drawn towards the rate of all, as if [`PRIOR`] more cases had been seen at that rate, and the
//! rate of all towards a half (Laplace); then the bins are made to rise with confidence by pooling neighbours that do not (Ayer and
//! others 1955, the pool-adjacent-violators algorithm).

/// Cases that the rate of all counts for in each bin.
pub const PRIOR: f64 = 10.0;

const BINS: usize = 10;

/// Probability of winning by confidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    bins: [f64; BINS],
}

fn bin(confidence: f64) -> usize {
    // Saturating: anything odd falls into the first or the last.
    ((confidence / 10.0) as usize).min(BINS - 1)
}

impl Calibration {
    /// Learned from confidences and whether they won.
    pub fn learn(cases: impl Iterator<Item = (f64, bool)>) -> Self {
        let (mut wins, mut counts) = ([0.0; BINS], [0.0; BINS]);
        for (confidence, won) in cases {
            counts[bin(confidence)] += 1.0;
            wins[bin(confidence)] += f64::from(u8::from(won));
        }
        let overall = (wins.iter().sum::<f64>() + 1.0) / (counts.iter().sum::<f64>() + 2.0);
        // Runs of bins with one rate: the sum of wins and of weights.
        let mut runs: Vec<(f64, f64, usize)> = Vec::with_capacity(BINS);
        for index in 0..BINS {
            let mut run = (wins[index] + PRIOR * overall, counts[index] + PRIOR, 1);
            while let Some(last) = runs.last().copied() {
                if last.0 / last.1 <= run.0 / run.1 {
                    break;
                }
                runs.pop();
                run = (last.0 + run.0, last.1 + run.1, last.2 + run.2);
            }
            runs.push(run);
        }
        let mut bins = [0.0; BINS];
        let mut at = 0;
        for (wins, weight, length) in runs {
            bins[at..at + length].fill(wins / weight);
            at += length;
        }
        Self { bins }
    }

    /// The probability of winning at a confidence of 0 to 100; within 0 and 1, and never falling.
    pub fn probability(&self, confidence: f64) -> f64 {
        self.bins[bin(confidence)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_seen_is_a_half_and_much_seen_is_what_was_seen() {
        let none = Calibration::learn(std::iter::empty());
        assert!((none.probability(80.0) - 0.5).abs() < 1e-12);
        let seen =
            (0..2_000).map(|number| if number % 2 == 0 { (85.0, number % 10 < 8) } else { (25.0, number % 10 < 2) });
        let calibration = Calibration::learn(seen);
        assert!((calibration.probability(89.9) - 0.8).abs() < 0.01, "{}", calibration.probability(89.9));
        assert!((calibration.probability(20.0) - 0.2).abs() < 0.01);
    }

    proptest! {
        #[test]
        fn it_never_falls(cases in prop::collection::vec((0.0_f64..=100.0, any::<bool>()), 0..300)) {
            let calibration = Calibration::learn(cases.into_iter());
            let rates: Vec<f64> = (0..=100).map(|confidence| calibration.probability(f64::from(confidence))).collect();
            prop_assert!(rates.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12));
            prop_assert!(rates.iter().all(|rate| (0.0..=1.0).contains(rate)));
        }
    }
}
