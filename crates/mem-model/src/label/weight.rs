//! How much each label counts. All weights but the first sum to the number of labels.
//!
//! Labels overlap: those that share bars share information. López de Prado, Advances in Financial Machine Learning, 2018, chapter 4.
//! A label covers the bars after its own up to the one that settles it.

use std::collections::BTreeMap;

use super::Label;

/// How many labels cover each of so many bars.
fn concurrency(labels: &[Label], bars: usize) -> Vec<f64> {
    let mut steps = vec![0.0; bars + 1];
    for label in labels {
        steps[label.row + 1] += 1.0;
        steps[label.end + 1] -= 1.0;
    }
    let mut covering = 0.0;
    steps.truncate(bars);
    for step in &mut steps {
        covering += *step;
        *step = covering;
    }
    steps
}

/// Average uniqueness, 0 to 1: the mean, over the bars that a label covers, of one over the number of labels that cover the bar
/// (snippets 4.1 and 4.2).
///
/// # Panics
/// If a label ends beyond `bars`.
pub fn uniqueness(labels: &[Label], bars: usize) -> Vec<f64> {
    let covering = concurrency(labels, bars);
    let of = |label: &Label| {
        let covered = &covering[label.row + 1..=label.end];
        covered.iter().map(|count| 1.0 / count).sum::<f64>() / covered.len() as f64
    };
    labels.iter().map(of).collect()
}

/// Weights by the return that is the label's own: `|sum of r / c|` over the bars that it covers, r their logarithmic returns and c the
/// number of labels that cover them (snippet 4.10).
///
/// # Panics
/// If a label ends beyond `close`.
pub fn return_attribution(labels: &[Label], close: &[f64]) -> Vec<f64> {
    let covering = concurrency(labels, close.len());
    let share = |bar: usize| libm::log(close[bar] / close[bar - 1]) / covering[bar];
    let of = |label: &Label| (label.row + 1..=label.end).map(share).sum::<f64>().abs();
    to_sum(labels.iter().map(of).collect())
}

/// Weights that fall from the newest label to the oldest along the sum of `uniqueness`: linear, from `oldest` at the oldest to 1 at the
/// newest, before they are scaled (snippet 4.11). A negative `oldest`, above -1, gives nothing to that share of the oldest uniqueness.
/// Labels are in order of their bars.
///
/// # Panics
/// If `oldest` is not above -1 and at most 1.
pub fn time_decay(uniqueness: &[f64], oldest: f64) -> Vec<f64> {
    assert!(oldest > -1.0 && oldest <= 1.0, "from above -1 to 1");
    let total: f64 = uniqueness.iter().sum();
    let slope = if oldest >= 0.0 { (1.0 - oldest) / total } else { 1.0 / ((oldest + 1.0) * total) };
    let mut so_far = 0.0;
    let of = |unique: &f64| {
        so_far += unique;
        (1.0 - slope * (total - so_far)).max(0.0)
    };
    to_sum(uniqueness.iter().map(of).collect())
}

/// Weights that give each class the same sum: labels by the number of classes and by that of labels of the class.
pub fn class_balance(labels: &[Label]) -> Vec<f64> {
    let mut counts: BTreeMap<i32, f64> = BTreeMap::new();
    for label in labels {
        *counts.entry(label.class).or_default() += 1.0;
    }
    let (all, classes) = (labels.len() as f64, counts.len() as f64);
    labels.iter().map(|label| all / (classes * counts[&label.class])).collect()
}

/// Several weights at once: their products.
///
/// # Panics
/// If their numbers differ.
pub fn joined(weights: &[Vec<f64>]) -> Vec<f64> {
    let Some((first, others)) = weights.split_first() else { return Vec::new() };
    let mut product = first.clone();
    for other in others {
        assert_eq!(other.len(), product.len(), "a weight for each label");
        product.iter_mut().zip(other).for_each(|(product, weight)| *product *= weight);
    }
    to_sum(product)
}

/// Scaled to sum to their number; all equal where all are zero.
fn to_sum(mut weights: Vec<f64>) -> Vec<f64> {
    let (sum, count) = (weights.iter().sum::<f64>(), weights.len() as f64);
    weights.iter_mut().for_each(|weight| *weight = if sum > 0.0 { *weight * count / sum } else { 1.0 });
    weights
}
