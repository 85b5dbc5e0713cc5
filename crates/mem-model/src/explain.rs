//! What moves an answer: how much each feature of a row adds to it.
//!
//! Shapley values: exact ones of trees ([`Forest::contributions`](crate::forest::Forest::contributions)) and of linear models (the weight of
//! a feature times its distance from its mean); of what stands over members, those of the members, passed on in proportion to how far each
//! member moves the whole (Chen, Lundberg and Lee, "Explaining a series of models by propagating Shapley values", Nature Communications 13,
//! 2022, the rescale rule). Over sums of log-odds, as stacked models make them, that is exact as well.

use crate::ensemble::{Stacked, Weighted};
use crate::forest::Link;
use crate::forest::link::logistic;
use crate::held_out::log_odds;
use crate::learn::Predictor;
use crate::linear::Linear;

impl Predictor {
    /// What each feature adds to the answer to a row, and last what is answered where none is known: `features + 1` numbers that add up to
    /// the value, or to the log-odds of the probability. `None` of a row of another width, of many classes, and of networks.
    pub fn contributions(&self, row: &[f64]) -> Option<Vec<f64>> {
        if row.len() != self.features() || self.link() == Link::Softmax {
            return None;
        }
        match self {
            Self::Forest(forest) => forest.contributions(row).ok(),
            Self::Linear(linear) => Some(of_linear(linear, row)),
            Self::Weighted(weighted) => of_weighted(weighted, row),
            Self::Stacked(stacked) => of_stacked(stacked, row),
            Self::Switched(switched) => switched.of(row).contributions(row),
            Self::Sequence(_) | Self::Network(_) => None,
        }
    }
}

fn of_linear(linear: &Linear, row: &[f64]) -> Vec<f64> {
    let scaled = row.iter().enumerate().map(|(feature, value)| linear.scaler.scale(feature, *value));
    scaled.zip(&linear.weights).map(|(value, weight)| value * weight).chain([linear.intercept]).collect()
}

fn of_weighted(weighted: &Weighted, row: &[f64]) -> Option<Vec<f64>> {
    let chances = weighted.members()[0].link() == Link::Logistic;
    let mut sums = vec![0.0; row.len() + 1];
    for (member, weight) in weighted.members().iter().zip(weighted.weights()) {
        let mut moved = member.contributions(row)?;
        if chances {
            rescale(&mut moved, logistic, |chance| chance * (1.0 - chance));
        }
        sums.iter_mut().zip(moved).for_each(|(sum, moved)| *sum += weight * moved);
    }
    if chances {
        rescale(&mut sums, log_odds, |log_odds| 2.0 + log_odds.exp() + (-log_odds).exp());
    }
    Some(sums)
}

fn of_stacked(stacked: &Stacked, row: &[f64]) -> Option<Vec<f64>> {
    let meta = stacked.meta();
    let mut sums = vec![0.0; row.len()];
    let mut base = meta.intercept;
    for (number, member) in stacked.members().iter().enumerate() {
        let moved = member.contributions(row)?;
        let by = meta.weights[number] / meta.scaler.deviations()[number];
        base += by * (moved[row.len()] - meta.scaler.means()[number]);
        sums.iter_mut().zip(moved).for_each(|(sum, moved)| *sum += by * moved);
    }
    sums.push(base);
    Some(sums)
}

/// Contributions to `f` of what they add up to, in the proportions that they have. `slope` is that of `f` where it has this value, for what
/// hardly moves it.
fn rescale(moved: &mut [f64], f: impl Fn(f64) -> f64, slope: impl Fn(f64) -> f64) {
    let Some((base, moved)) = moved.split_last_mut() else { return };
    let whole = *base + moved.iter().sum::<f64>();
    let (from, to) = (f(*base), f(whole));
    let by = if (whole - *base).abs() < 1e-9 { slope(from) } else { (to - from) / (whole - *base) };
    moved.iter_mut().for_each(|moved| *moved *= by);
    *base = from;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::boost::{BoostParameters, Objective};
    use crate::ensemble::{Regimes, Switched};
    use crate::learn::Learn;
    use crate::linear::{LogisticParameters, RidgeParameters};
    use crate::sample::Sample;
    use crate::table::Table;
    use crate::validate::split::Fold;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn contributions_add_up_to_the_answer(
            rows in prop::collection::vec((prop::array::uniform3(-2.0..2.0f64), -1.0..1.0f64), 120..160),
            chances in any::<bool>(),
        ) {
            let columns = (0..3).map(|at| rows.iter().map(|(row, _)| row[at]).collect()).collect();
            let table = Table::new((0..3).map(|at| format!("f{at}")).collect(), columns).unwrap();
            let said = |(row, noise): &([f64; 3], f64)| row[0] - row[1] * row[2] + noise;
            let target: Vec<f64> =
                rows.iter().map(|row| if chances { f64::from(said(row) > 0.0) } else { said(row) }).collect();
            let objective = if chances { Objective::Binary } else { Objective::Squared };
            let trees = BoostParameters { objective, rounds: 10, leaves: 4, leaf_rows: 5, ..BoostParameters::default() };
            let line: &dyn Learn = if chances { &LogisticParameters { l2: 1.0 } } else { &RidgeParameters { l2: 1.0 } };
            let sample = Sample::new(&table, &target);
            let folds: Vec<Fold> = (0..3)
                .map(|part| {
                    let (test, train) = (0..rows.len()).partition(|row| row % 3 == part);
                    Fold { train, test }
                })
                .collect();
            let learners: [&dyn Learn; 2] = [&trees, line];
            let by = Regimes::even(&sample, 2, 3).unwrap();
            for predictor in [
                trees.learn(&sample, None).unwrap(),
                line.learn(&sample, None).unwrap(),
                Predictor::Weighted(Weighted::learn(&learners, &sample, None, &folds).unwrap()),
                Predictor::Stacked(Stacked::learn(&learners, &sample, None, &folds, 1.0).unwrap()),
                Predictor::Switched(Switched::learn(line, &sample, None, by, 20).unwrap()),
            ] {
                for (row, _) in rows.iter().take(20) {
                    let sum = predictor.contributions(row).unwrap().iter().sum::<f64>();
                    let answer = predictor.predict_row(row).unwrap()[0];
                    let answer = if chances { log_odds(answer) } else { answer };
                    prop_assert!((sum - answer).abs() < 1e-6 * answer.abs().max(1.0), "{sum} {answer}");
                }
                prop_assert!(predictor.contributions(&[0.0]).is_none());
            }
        }
    }
}
