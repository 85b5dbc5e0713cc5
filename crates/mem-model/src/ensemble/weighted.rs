//! A weighted mean of what members say.

use serde::{Deserialize, Serialize};

use super::{EnsembleError, are_alike, members};
use crate::forest::Link;
use crate::held_out::HeldOut;
use crate::learn::{Learn, Predictor, WidthError};
use crate::sample::Sample;
use crate::table::Table;
use crate::validate::split::Fold;

/// Steps of the search for weights; each brings the loss down.
const STEPS: usize = 500;

/// Members and their weights, which add up to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weighted {
    members: Vec<Predictor>,
    weights: Vec<f64>,
}

impl Weighted {
    /// Members that count as given.
    ///
    /// # Errors
    /// No members, different ones, or weights that are none.
    pub fn new(members: Vec<Predictor>, weights: Vec<f64>) -> Result<Self, EnsembleError> {
        let weighted = Self { members, weights };
        match (are_alike(&weighted.members), weighted.is_sound()) {
            (false, _) => Err(EnsembleError::Members),
            (_, false) => Err(EnsembleError::Weights),
            _ => Ok(weighted),
        }
    }

    /// Learns weights from what each learner says of rows held out, and members from all rows.
    ///
    /// # Errors
    /// Folds that are none; learners that do not learn, or that answer differently.
    pub fn learn(
        learners: &[&dyn Learn],
        sample: &Sample<'_>,
        validation: Option<&Sample<'_>>,
        folds: &[Fold],
    ) -> Result<Self, EnsembleError> {
        let weights = weights(&HeldOut::new(learners, sample, validation, folds)?);
        Self::new(members(learners, sample, validation)?, weights)
    }

    /// The members.
    pub fn members(&self) -> &[Predictor] {
        &self.members
    }

    /// How much each counts.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    pub(crate) fn answer(&self, row: &[f64]) -> Vec<f64> {
        let answers = self.members.iter().map(|member| member.answer(row));
        mean(answers, &self.weights)
    }

    pub(crate) fn answers(&self, table: &Table) -> Result<Vec<f64>, WidthError> {
        let answers = self.members.iter().map(|member| member.predict_table(table)).collect::<Result<Vec<_>, _>>()?;
        Ok(mean(answers.into_iter(), &self.weights))
    }

    pub(crate) fn is_sound(&self) -> bool {
        let sum: f64 = self.weights.iter().sum();
        let weights = self.weights.iter().all(|weight| *weight >= 0.0) && (sum - 1.0).abs() < 1e-9;
        are_alike(&self.members) && self.weights.len() == self.members.len() && weights
    }
}

fn mean(answers: impl Iterator<Item = Vec<f64>>, weights: &[f64]) -> Vec<f64> {
    let mut sums = Vec::new();
    for (answer, weight) in answers.zip(weights) {
        sums.resize(answer.len(), 0.0);
        sums.iter_mut().zip(answer).for_each(|(sum, value)| *sum += weight * value);
    }
    sums
}

/// The weights that lose least on rows held out: logarithmic loss for probabilities, squared error for values.
pub fn weights(held_out: &HeldOut) -> Vec<f64> {
    match held_out.link() {
        Link::Identity => weights_of_values(held_out),
        Link::Logistic | Link::Softmax => weights_of_chances(held_out),
    }
}

/// By expectation and maximisation: a member's new weight is its share in what the mean gave to what happened (Dempster, Laird and Rubin,
/// 1977). The loss is convex in the weights and no step raises it.
fn weights_of_chances(held_out: &HeldOut) -> Vec<f64> {
    let outputs = held_out.outputs();
    let happened = |answers: &Vec<f64>, row: usize| {
        let class = held_out.targets()[row] as usize;
        let chance = match held_out.link() {
            Link::Softmax => answers[row * outputs + class],
            _ if class == 1 => answers[row],
            _ => 1.0 - answers[row],
        };
        chance.max(1e-15)
    };
    let rows = held_out.targets().len();
    let chances: Vec<Vec<f64>> =
        held_out.answers().iter().map(|answers| (0..rows).map(|row| happened(answers, row)).collect()).collect();
    let total: f64 = held_out.weights().iter().sum();
    let mut weights = vec![1.0 / chances.len() as f64; chances.len()];
    for _ in 0..STEPS {
        let mut shares = vec![0.0; weights.len()];
        for row in 0..rows {
            let whole: f64 = chances.iter().zip(&weights).map(|(chances, weight)| chances[row] * weight).sum();
            for ((share, chances), weight) in shares.iter_mut().zip(&chances).zip(&weights) {
                *share += held_out.weights()[row] * weight * chances[row] / whole;
            }
        }
        let moved =
            shares.iter().zip(&weights).map(|(share, weight)| (share / total - weight).abs()).fold(0.0, f64::max);
        weights = shares.into_iter().map(|share| share / total).collect();
        if moved < 1e-9 {
            break;
        }
    }
    normalised(weights)
}

/// By gradient steps on the products of errors, each brought back to weights that are not negative and add up to 1.
fn weights_of_values(held_out: &HeldOut) -> Vec<f64> {
    let answers = held_out.answers();
    let error = |member: usize, row: usize| answers[member][row] - held_out.targets()[row];
    let product = |a: usize, b: usize| {
        let rows = held_out.weights().iter().enumerate();
        rows.map(|(row, weight)| weight * error(a, row) * error(b, row)).sum::<f64>()
    };
    let count = answers.len();
    let products: Vec<Vec<f64>> = (0..count).map(|a| (0..count).map(|b| product(a, b)).collect()).collect();
    // The trace bounds the greatest curvature, so no step goes too far.
    let trace: f64 = (0..count).map(|at| products[at][at]).sum();
    let mut weights = vec![1.0 / count as f64; count];
    if trace <= 0.0 {
        return weights;
    }
    for _ in 0..STEPS * 20 {
        let slopes =
            products.iter().map(|row| row.iter().zip(&weights).map(|(product, weight)| product * weight).sum::<f64>());
        let next = nearest_weights(weights.iter().zip(slopes).map(|(weight, slope)| weight - slope / trace).collect());
        let moved = next.iter().zip(&weights).map(|(next, weight)| (next - weight).abs()).fold(0.0, f64::max);
        weights = next;
        if moved < 1e-12 {
            break;
        }
    }
    normalised(weights)
}

/// The weights, not negative and adding up to 1, that lie nearest (Duchi et al., "Efficient Projections onto the l1-Ball", 2008).
fn nearest_weights(numbers: Vec<f64>) -> Vec<f64> {
    let mut sorted = numbers.clone();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let (mut sum, mut shift) = (0.0, 0.0);
    for (at, number) in sorted.iter().enumerate() {
        sum += number;
        let tried = (sum - 1.0) / (at + 1) as f64;
        if *number > tried {
            shift = tried;
        }
    }
    numbers.into_iter().map(|number| (number - shift).max(0.0)).collect()
}

fn normalised(weights: Vec<f64>) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}
