//! Figures of predicted probabilities.

use serde::Serialize;

use super::{check_lengths, mean};

/// Mean negative logarithm of the probability given to what came: `truth` is whether the event came, `predicted` its probability.
pub fn log_loss(truth: &[bool], predicted: &[f64]) -> Option<f64> {
    check_lengths(truth.len(), predicted.len());
    mean(truth.iter().zip(predicted).map(|(came, p)| surprise(if *came { *p } else { 1.0 - p })))
}

/// [`log_loss`] of several classes: `truth` is the position of the class that came among the probabilities of the row.
///
/// # Panics
/// If a row has no probability for the class that came.
pub fn class_log_loss(truth: &[usize], predicted: &[Vec<f64>]) -> Option<f64> {
    check_lengths(truth.len(), predicted.len());
    mean(truth.iter().zip(predicted).map(|(class, row)| surprise(row[*class])))
}

/// Certainty is taken down a little, else one mistake would be infinitely bad.
fn surprise(p: f64) -> f64 {
    -libm::log(p.clamp(f64::EPSILON, 1.0 - f64::EPSILON))
}

/// Mean squared distance of probabilities from what came (Brier, Monthly Weather Review 78 (1), 1950).
pub fn brier(truth: &[bool], predicted: &[f64]) -> Option<f64> {
    check_lengths(truth.len(), predicted.len());
    mean(truth.iter().zip(predicted).map(|(came, p)| (p - f64::from(u8::from(*came))).powi(2)))
}

/// What came of predictions of about the same probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reliability {
    /// Lower end of the bin; the next bin begins where it ends.
    pub from: f64,
    /// How many predictions.
    pub count: usize,
    /// Their mean probability.
    pub predicted: f64,
    /// Share that came.
    pub came: f64,
}

/// Predictions in `bins` of equal width, empty ones left out; what lies on a border belongs to the upper bin, 1 to the last.
///
/// # Panics
/// If there is no bin.
pub fn reliability(truth: &[bool], predicted: &[f64], bins: usize) -> Vec<Reliability> {
    check_lengths(truth.len(), predicted.len());
    assert!(bins > 0, "at least one bin");
    let mut sums = vec![(0_usize, 0.0, 0.0); bins];
    for (came, p) in truth.iter().zip(predicted) {
        let (count, probability, events) = &mut sums[((p * bins as f64) as usize).min(bins - 1)];
        *count += 1;
        *probability += p;
        *events += f64::from(u8::from(*came));
    }
    let filled = sums.into_iter().enumerate().filter(|(_, (count, ..))| *count > 0);
    filled
        .map(|(bin, (count, probability, events))| Reliability {
            from: bin as f64 / bins as f64,
            count,
            predicted: probability / count as f64,
            came: events / count as f64,
        })
        .collect()
}

/// Expected calibration error (Naeini, Cooper and Hauskrecht, AAAI 2015): mean distance of predicted probability from the share that
/// came, over `bins` of equal width, each weighing as many predictions as it holds.
///
/// # Panics
/// If there is no bin.
pub fn expected_calibration_error(truth: &[bool], predicted: &[f64], bins: usize) -> Option<f64> {
    let of = |bin: &Reliability| bin.count as f64 * (bin.predicted - bin.came).abs();
    let sum: f64 = reliability(truth, predicted, bins).iter().map(of).sum();
    (!truth.is_empty()).then(|| sum / truth.len() as f64)
}

/// Rows by falling score, those of equal score together: events and others of each group.
fn groups(truth: &[bool], score: &[f64]) -> Vec<(f64, f64)> {
    check_lengths(truth.len(), score.len());
    let mut rows: Vec<usize> = (0..score.len()).collect();
    rows.sort_by(|a, b| score[*b].total_cmp(&score[*a]));
    let count = |group: &[usize]| {
        let events = group.iter().filter(|row| truth[**row]).count() as f64;
        (events, group.len() as f64 - events)
    };
    rows.chunk_by(|a, b| score[*a] == score[*b]).map(count).collect()
}

/// Area under the ROC curve: chance that an event has a higher score than a row that is none, equal scores counting half. `None` where
/// there is no event, or nothing else.
pub fn roc_auc(truth: &[bool], score: &[f64]) -> Option<f64> {
    let (mut events, mut others, mut pairs) = (0.0, 0.0, 0.0);
    for (of_group, others_of_group) in groups(truth, score) {
        pairs += others_of_group * (events + of_group / 2.0);
        events += of_group;
        others += others_of_group;
    }
    (events > 0.0 && others > 0.0).then(|| pairs / (events * others))
}

/// Area under the precision-recall curve as average precision: the sum over scores of precision there times the recall gained. `None`
/// where there is no event.
pub fn pr_auc(truth: &[bool], score: &[f64]) -> Option<f64> {
    let (mut events, mut rows, mut area) = (0.0, 0.0, 0.0);
    for (of_group, others_of_group) in groups(truth, score) {
        events += of_group;
        rows += of_group + others_of_group;
        area += of_group * events / rows;
    }
    (events > 0.0).then(|| area / events)
}
