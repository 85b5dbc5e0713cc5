//! Concept drift, seen by what predictions are worth: area under the ROC curve and F1 of the last ones against those of a baseline.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::Severity;
use crate::distribution::normal_share;
use crate::validate::metric::roc_auc;

/// When a [`PerformanceDrift`] speaks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PerformanceConfig {
    /// How many of the last predictions are judged; also the least number that is judged. 500.
    pub window: usize,
    /// Relative falls that are of low, medium, high and critical severity. 5, 10, 15 and 25 %.
    pub falls: [f64; 4],
    /// A fall counts only if chance makes one with at most this probability. 0.01, each measure.
    pub alpha: f64,
}

impl Default for PerformanceConfig {
    fn default() -> Self {
        Self { window: 500, falls: [0.05, 0.10, 0.15, 0.25], alpha: 0.01 }
    }
}

/// A measure with its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Its value.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
}

/// What predictions were worth. A measure is absent where it is undefined: the area without both classes, F1 without a true label or call.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Performance {
    /// How many predictions.
    pub count: usize,
    /// Share of labels on the predicted side of one half.
    pub accuracy: f64,
    /// Area under the ROC curve; standard error by Hanley, McNeil (1982).
    pub auc: Option<Measured>,
    /// Harmonic mean of precision and recall of the true class; standard error by the delta method on multinomial counts.
    pub f1: Option<Measured>,
}

impl Performance {
    /// Of predicted probabilities and labels; `None` of none.
    pub fn of<'a>(predictions: impl IntoIterator<Item = &'a (f64, bool)>) -> Option<Self> {
        let predictions: Vec<(f64, bool)> = predictions.into_iter().copied().collect();
        if predictions.is_empty() {
            return None;
        }
        let count = predictions.len();
        let share = |what: &dyn Fn(bool, bool) -> bool| {
            predictions.iter().filter(|(probability, label)| what(*probability > 0.5, *label)).count() as f64
        };
        let (hits, misses) = (share(&|called, label| called && label), share(&|called, label| called != label));
        let positives = share(&|_, label| label);
        let negatives = count as f64 - positives;
        let f1 = (hits + misses > 0.0).then(|| {
            let whole = 2.0 * hits + misses;
            Measured {
                value: 2.0 * hits / whole,
                error: 2.0 * (hits * misses * (hits + misses)).sqrt() / (whole * whole),
            }
        });
        let (scores, labels): (Vec<f64>, Vec<bool>) = predictions.iter().copied().unzip();
        let auc = roc_auc(&labels, &scores).map(|area| {
            let (q1, q2) = (area / (2.0 - area), 2.0 * area * area / (1.0 + area));
            let square = area * area;
            let variance = area * (1.0 - area) + (positives - 1.0) * (q1 - square) + (negatives - 1.0) * (q2 - square);
            Measured { value: area, error: (variance / (positives * negatives)).max(0.0).sqrt() }
        });
        Some(Self { count, accuracy: 1.0 - misses / count as f64, auc, f1 })
    }
}

/// A baseline that stays, and the predictions that are held against it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PerformanceDrift {
    config: PerformanceConfig,
    baseline: Performance,
    recent: VecDeque<(f64, bool)>,
}

/// What the last predictions are worth against the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PerformanceReport {
    /// What it is held against.
    pub baseline: Performance,
    /// The last predictions.
    pub current: Performance,
    /// The larger relative fall of area and F1 among those that chance does not explain; 0 if there is none.
    pub fall: f64,
    /// What that amounts to.
    pub severity: Severity,
}

impl PerformanceDrift {
    /// Against `baseline`, predictions on data that the model had not learned from; `None` if there are none.
    pub fn new(baseline: &[(f64, bool)], config: PerformanceConfig) -> Option<Self> {
        Some(Self { config, baseline: Performance::of(baseline)?, recent: VecDeque::new() })
    }

    /// Takes a prediction whose label is known now. A probability outside of 0 to 1 is left out.
    pub fn push(&mut self, probability: f64, label: bool) {
        if !(0.0..=1.0).contains(&probability) {
            return;
        }
        if self.recent.len() >= self.config.window.max(1) {
            self.recent.pop_front();
        }
        self.recent.push_back((probability, label));
    }

    /// What the last predictions say; `None` while there are fewer than the window holds. Getting better is no drift.
    pub fn report(&self) -> Option<PerformanceReport> {
        if self.recent.len() < self.config.window.max(1) {
            return None;
        }
        let (baseline, current) = (self.baseline, Performance::of(&self.recent)?);
        let fall = self.fall(baseline.auc, current.auc).max(self.fall(baseline.f1, current.f1));
        Some(PerformanceReport { baseline, current, fall, severity: Severity::reached(fall, self.config.falls) })
    }

    /// The relative fall, if chance does not explain it; else 0.
    fn fall(&self, before: Option<Measured>, after: Option<Measured>) -> f64 {
        let (Some(before), Some(after)) = (before, after) else { return 0.0 };
        let (fallen, spread) = (before.value - after.value, libm::hypot(before.error, after.error));
        let by_chance = if spread > 0.0 { normal_share(-fallen / spread) } else { 0.0 };
        if fallen > 0.0 && before.value > 0.0 && by_chance <= self.config.alpha { fallen / before.value } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::online::random::Random;

    /// Predictions that are informed by a share `skill` of the truth.
    fn predictions(count: usize, seed: u64, skill: f64) -> Vec<(f64, bool)> {
        let mut random = Random::new(seed);
        let mut one = || {
            let label = random.unit() < 0.5;
            let towards = if label { skill } else { -skill };
            ((0.5 + 0.5 * towards * random.unit() + 0.4 * (random.unit() - 0.5)).clamp(0.0, 1.0), label)
        };
        (0..count).map(|_| one()).collect()
    }

    #[test]
    fn figures_are_the_formulas() {
        let figures = Performance::of(&[(0.9, true), (0.8, false), (0.7, true), (0.2, true), (0.1, false)]).unwrap();
        assert_eq!((figures.count, figures.accuracy), (5, 0.6));
        let f1 = figures.f1.unwrap();
        assert!((f1.value - 2.0 * 2.0 / (2.0 * 2.0 + 2.0)).abs() < 1e-12);
        assert!((figures.auc.unwrap().value - 4.0 / 6.0).abs() < 1e-12);
        let nothing = Performance::of(&[(0.1, false)]).unwrap();
        assert_eq!((nothing.auc, nothing.f1), (None, None));
    }

    #[test]
    fn only_a_fall_beyond_chance_counts() {
        let baseline = predictions(3_000, 1, 0.5);
        let severity = |seed: u64, skill: f64| {
            let mut drift = PerformanceDrift::new(&baseline, PerformanceConfig::default()).unwrap();
            predictions(600, seed, skill).into_iter().for_each(|(probability, label)| drift.push(probability, label));
            drift.report().unwrap().severity
        };
        let alarms = (2..202).filter(|seed| severity(*seed, 0.5) > Severity::None).count();
        assert!(alarms <= 6, "{alarms} of 200");
        assert!((2..52).all(|seed| severity(seed, 0.9) == Severity::None), "better is no drift");
        assert!((2..52).all(|seed| severity(seed, 0.0) >= Severity::High));
    }
}
