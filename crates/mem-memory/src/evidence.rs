//! What recalled cases say together: the probability that they give, and how far it moves a confidence.

use crate::recall::Similar;

/// Recalled cases, taken together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Evidence {
    /// Sum of the weights of the cases: how many like this one they are worth.
    pub(crate) weight: f64,
    /// Share of the weight that won, 0 to 1; `None` where nothing was recalled that weighs anything.
    pub(crate) win_rate: Option<f64>,
    /// Mean return by weight, in percent; `None` as above.
    pub(crate) expected_return_pct: Option<f64>,
    /// Probability of winning: that of the cases, drawn towards the one without memory.
    pub(crate) probability: f64,
}

/// Weighs recalled cases against the probability of winning without them, which counts for `prior` cases.
///
/// A case weighs exp(-d^2 / 2) of its distance d: one that is the same counts as one case, a stranger for little.
pub(crate) fn weigh(similar: &[Similar], base: f64, prior: f64) -> Evidence {
    let (mut weight, mut wins, mut returns) = (0.0, 0.0, 0.0);
    for case in similar {
        let counts = libm::exp(-0.5 * case.distance * case.distance);
        weight += counts;
        wins += if case.return_pct > 0.0 { counts } else { 0.0 };
        returns += counts * case.return_pct;
    }
    let all = weight + prior;
    // Rounding may not carry a probability over its ends.
    let probability = if all > 0.0 { ((wins + prior * base) / all).clamp(0.0, 1.0) } else { base };
    let mean = |sum: f64| (weight > 0.0).then(|| sum / weight);
    Evidence { weight, win_rate: mean(wins), expected_return_pct: mean(returns), probability }
}

/// A confidence (0 to 100) moved by the difference that memory makes, in points of 100, at most by `bound`; 0 to 100.
pub(crate) fn moved(raw: f64, base: f64, probability: f64, bound: f64) -> f64 {
    (raw + (100.0 * (probability - base)).clamp(-bound, bound)).clamp(0.0, 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(distance: f64, return_pct: f64) -> Similar {
        Similar { id: 0, distance, return_pct }
    }

    #[test]
    fn by_hand() {
        let evidence = weigh(&[near(0.0, 2.0), near(0.0, -1.0), near(0.0, 2.0)], 0.5, 3.0);
        assert!((evidence.weight - 3.0).abs() < 1e-12);
        assert!((evidence.win_rate.unwrap() - 2.0 / 3.0).abs() < 1e-12);
        assert!((evidence.expected_return_pct.unwrap() - 1.0).abs() < 1e-12);
        assert!((evidence.probability - 3.5 / 6.0).abs() < 1e-12);
        // exp(-1/2) of a case at distance one.
        assert!((weigh(&[near(1.0, 1.0)], 0.5, 0.0).weight - 0.606_530_659_712_633_4).abs() < 1e-15);
    }

    #[test]
    fn nothing_recalled_changes_nothing() {
        for (similar, prior) in [(vec![], 10.0), (vec![], 0.0), (vec![near(1e9, 1.0)], 0.0)] {
            let evidence = weigh(&similar, 0.3, prior);
            assert_eq!((evidence.win_rate, evidence.expected_return_pct), (None, None));
            assert!((evidence.probability - 0.3).abs() < 1e-15);
        }
        assert_eq!(moved(60.0, 0.3, 0.3, 15.0), 60.0);
        assert_eq!(
            (moved(60.0, 0.1, 0.9, 15.0), moved(95.0, 0.1, 0.9, 15.0), moved(5.0, 0.9, 0.1, 15.0)),
            (75.0, 100.0, 0.0)
        );
    }

    proptest! {
        /// Beside the same probability without memory, a neighbour that won instead of losing never lowers a confidence.
        #[test]
        fn a_win_instead_of_a_loss_never_lowers(
            rows in prop::collection::vec((0.0_f64..4.0, any::<bool>()), 1..40),
            which in any::<prop::sample::Index>(),
            base in 0.0_f64..=1.0,
            prior in 0.0_f64..50.0,
            raw in 0.0_f64..=100.0,
        ) {
            let judge = |flip: Option<usize>| {
                let won = |index: usize, won: bool| if won || flip == Some(index) { 1.0 } else { -1.0 };
                let cases: Vec<Similar> =
                    rows.iter().enumerate().map(|(index, row)| near(row.0, won(index, row.1))).collect();
                let evidence = weigh(&cases, base, prior);
                (evidence.probability, moved(raw, base, evidence.probability, 15.0))
            };
            let (lost, won) = (judge(None), judge(Some(which.index(rows.len()))));
            prop_assert!(won.0 >= lost.0 && won.1 >= lost.1, "{lost:?} {won:?}");
            prop_assert!((won.1 - raw).abs() <= 15.0 + 1e-9 && (0.0..=100.0).contains(&won.1));
        }
    }
}
