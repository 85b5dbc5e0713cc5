//! Whether predicted probabilities still mean what they say: expected calibration error and Brier score of the last predictions against a
//! baseline.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::Severity;
use crate::distribution::normal_share;
use crate::validate::metric::{brier, expected_calibration_error};

/// When a [`CalibrationDrift`] speaks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CalibrationConfig {
    /// Equally wide bins of probability. 10.
    pub bins: usize,
    /// How many of the last predictions are judged; also the least number that is judged. 500.
    pub window: usize,
    /// The rise of the expected calibration error that is of low severity; two, three and four times as much are medium, high, critical. 0.03.
    pub error_rise: f64,
    /// The same of the Brier score. 0.05.
    pub brier_rise: f64,
    /// A rise of the Brier score counts only if chance makes one with at most this probability. 0.01.
    pub alpha: f64,
}

impl Default for CalibrationConfig {
    fn default() -> Self {
        Self { bins: 10, window: 500, error_rise: 0.03, brier_rise: 0.05, alpha: 0.01 }
    }
}

/// How well probabilities fit what happened.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// How many predictions.
    pub count: usize,
    /// Expected calibration error (Naeini, Cooper, Hauskrecht 2015): mean over predictions of |mean probability - share of true| in their bin.
    pub error: f64,
    /// What `error` is on average of a perfectly calibrated model with as many predictions in each bin: noise alone makes it positive.
    pub error_of_noise: f64,
    /// Brier score: mean squared difference of probability and label.
    pub brier: f64,
    /// Standard error of the Brier score.
    pub brier_error: f64,
}

impl Calibration {
    /// Of predictions and labels, over equally wide bins of probability; `None` of none.
    pub fn of<'a>(predictions: impl IntoIterator<Item = &'a (f64, bool)>, bins: usize) -> Option<Self> {
        let bins = bins.max(1);
        let (predicted, labels): (Vec<f64>, Vec<bool>) = predictions.into_iter().copied().unzip();
        let (error, brier) = (expected_calibration_error(&labels, &predicted, bins)?, brier(&labels, &predicted)?);
        let count = predicted.len() as f64;
        let mut variances = vec![0.0; bins];
        let mut spread = 0.0;
        for (probability, label) in predicted.iter().zip(&labels) {
            variances[((probability * bins as f64) as usize).min(bins - 1)] += probability * (1.0 - probability);
            let beyond = (probability - f64::from(u8::from(*label))).powi(2) - brier;
            spread += beyond * beyond;
        }
        // A sum of independent deviations is close to normal, whose mean magnitude is sqrt(2 / pi) of its deviation.
        let of_noise = |variance: &f64| (variance * std::f64::consts::FRAC_2_PI).sqrt();
        Some(Self {
            count: predicted.len(),
            error,
            error_of_noise: variances.iter().map(of_noise).sum::<f64>() / count,
            brier,
            brier_error: spread.sqrt() / count,
        })
    }
}

/// A baseline, and the predictions that are held against it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationDrift {
    config: CalibrationConfig,
    baseline: Calibration,
    recent: VecDeque<(f64, bool)>,
}

/// What the last predictions say against the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationReport {
    /// What it is held against.
    pub baseline: Calibration,
    /// The last predictions.
    pub current: Calibration,
    /// By how much the calibration error beyond noise has risen.
    pub error_rise: f64,
    /// By how much the Brier score has risen.
    pub brier_rise: f64,
    /// The chance of such a rise of the Brier score where nothing changed (one-sided z test).
    pub brier_p_value: f64,
    /// What that amounts to.
    pub severity: Severity,
}

impl CalibrationDrift {
    /// Against the calibration of `baseline`, predictions on data that the model had not learned from; `None` if there are none.
    pub fn new(baseline: &[(f64, bool)], config: CalibrationConfig) -> Option<Self> {
        let baseline = Calibration::of(baseline, config.bins)?;
        Some(Self { config, baseline, recent: VecDeque::new() })
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

    /// What the last predictions say; `None` while there are fewer than the window holds.
    pub fn report(&self) -> Option<CalibrationReport> {
        if self.recent.len() < self.config.window.max(1) {
            return None;
        }
        let (config, baseline) = (self.config, self.baseline);
        let current = Calibration::of(&self.recent, config.bins)?;
        let beyond = |calibration: Calibration| (calibration.error - calibration.error_of_noise).max(0.0);
        let (error_rise, brier_rise) = (beyond(current) - beyond(baseline), current.brier - baseline.brier);
        let spread = libm::hypot(current.brier_error, baseline.brier_error);
        let brier_p_value =
            if spread > 0.0 { normal_share(-brier_rise / spread) } else { f64::from(u8::from(brier_rise <= 0.0)) };
        let limits = |low: f64| [low, 2.0 * low, 3.0 * low, 4.0 * low];
        let of_error = Severity::reached(error_rise, limits(config.error_rise));
        let of_brier = Severity::reached(brier_rise, limits(config.brier_rise));
        let of_brier = if brier_p_value <= config.alpha { of_brier } else { Severity::None };
        let severity = of_error.max(of_brier);
        Some(CalibrationReport { baseline, current, error_rise, brier_rise, brier_p_value, severity })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::online::random::Random;

    /// Predictions whose labels are true with the probability that `truth` makes of the predicted one.
    fn predictions(count: usize, seed: u64, truth: impl Fn(f64) -> f64) -> Vec<(f64, bool)> {
        let mut random = Random::new(seed);
        let mut one = || {
            let probability = random.unit();
            (probability, random.unit() < truth(probability))
        };
        (0..count).map(|_| one()).collect()
    }

    #[test]
    fn error_and_score_are_the_formulas() {
        let calibration = Calibration::of(&[(0.9, true), (0.95, false), (0.1, false)], 10).unwrap();
        let error = ((1.85_f64 - 1.0).abs() + 0.1) / 3.0;
        assert!((calibration.error - error).abs() < 1e-12);
        assert!((calibration.brier - (0.01 + 0.9025 + 0.01) / 3.0).abs() < 1e-12);
        assert_eq!(Calibration::of(&[], 10), None);
    }

    #[test]
    fn noise_is_no_drift_and_overconfidence_is() {
        let baseline = predictions(5_000, 1, |probability| probability);
        let severity = |seed: u64, truth: fn(f64) -> f64| {
            let mut drift = CalibrationDrift::new(&baseline, CalibrationConfig::default()).unwrap();
            assert_eq!(drift.report(), None);
            predictions(700, seed, truth).into_iter().for_each(|(probability, label)| drift.push(probability, label));
            drift.report().unwrap().severity
        };
        let alarms = (2..102).filter(|seed| severity(*seed, |probability| probability) > Severity::None).count();
        assert!(alarms <= 2, "{alarms} of 100");
        let seen =
            (2..102).filter(|seed| severity(*seed, |probability| 0.5 + (probability - 0.5) * 0.4) >= Severity::Medium);
        assert!(seen.count() >= 98);
    }
}
