//! Prequential scores: every observation is predicted first and learned afterwards, so that each prediction is of something unseen (Gama,
//! Sebastião, Rodrigues 2013).

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::OnlineClassifier;
use crate::validate::metric::roc_auc;

/// Running scores of predicted probabilities.
///
/// Accuracy, log loss and Brier score fade: an observation that lies n back counts `fading`^n. The area under the ROC curve is that of the
/// last `window` observations (Brzezinski, Stefanowski 2017).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prequential {
    fading: f64,
    window: usize,
    observations: u64,
    weight: f64,
    right: f64,
    log_loss: f64,
    squares: f64,
    recent: VecDeque<(f64, bool)>,
}

/// What predictions were worth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// How many predictions were scored.
    pub observations: u64,
    /// Share of labels on the predicted side of one half.
    pub accuracy: f64,
    /// Mean of -ln(probability given to what happened), in nats; probabilities are kept 1e-15 from 0 and 1.
    pub log_loss: f64,
    /// Mean squared difference of probability and label (Brier 1950).
    pub brier: f64,
    /// Area under the ROC curve over the window; none while it holds one class only.
    pub auc: Option<f64>,
}

impl Prequential {
    /// Scores that fade by `fading` (above 0, at most 1: 1 forgets nothing) an observation, the area over the last `window` observations.
    pub fn new(fading: f64, window: usize) -> Self {
        let fading = fading.clamp(f64::MIN_POSITIVE, 1.0);
        let (observations, weight, right, log_loss, squares) = (0, 0.0, 0.0, 0.0, 0.0);
        Self { fading, window, observations, weight, right, log_loss, squares, recent: VecDeque::new() }
    }

    /// Predicts the label of `row`, scores that, then lets the learner learn it; the probability that was predicted.
    pub fn step(&mut self, learner: &mut impl OnlineClassifier, row: &[f64], label: bool) -> f64 {
        let probability = learner.predict(row);
        self.score(probability, label);
        learner.learn(row, label);
        probability
    }

    /// Scores a probability that was predicted before `label` was known.
    pub fn score(&mut self, probability: f64, label: bool) {
        let target = if label { 1.0 } else { 0.0 };
        let given = if label { probability } else { 1.0 - probability };
        let fade = |sum: f64, new: f64| self.fading * sum + new;
        self.weight = fade(self.weight, 1.0);
        self.right = fade(self.right, f64::from(u8::from((probability > 0.5) == label)));
        self.log_loss = fade(self.log_loss, -libm::log(given.clamp(1e-15, 1.0 - 1e-15)));
        self.squares = fade(self.squares, (probability - target) * (probability - target));
        self.observations += 1;
        if self.window == 0 {
            return;
        }
        if self.recent.len() == self.window {
            self.recent.pop_front();
        }
        self.recent.push_back((probability, label));
    }

    /// The scores so far; `None` before the first.
    pub fn figures(&self) -> Option<Figures> {
        if self.observations == 0 {
            return None;
        }
        Some(Figures {
            observations: self.observations,
            accuracy: self.right / self.weight,
            log_loss: self.log_loss / self.weight,
            brier: self.squares / self.weight,
            auc: {
                let (scores, labels): (Vec<f64>, Vec<bool>) = self.recent.iter().copied().unzip();
                roc_auc(&labels, &scores)
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_the_formulas() {
        let mut scores = Prequential::new(1.0, 10);
        assert_eq!(scores.figures(), None);
        for (probability, label) in [(0.9, true), (0.4, true), (0.4, false), (0.2, false)] {
            scores.score(probability, label);
        }
        let figures = scores.figures().unwrap();
        assert_eq!((figures.observations, figures.accuracy), (4, 0.75));
        let log_loss = -(0.9_f64.ln() + 0.4_f64.ln() + 0.6_f64.ln() + 0.8_f64.ln()) / 4.0;
        assert!((figures.log_loss - log_loss).abs() < 1e-12);
        assert!((figures.brier - (0.01 + 0.36 + 0.16 + 0.04) / 4.0).abs() < 1e-12);
        assert_eq!(figures.auc, Some((1.0 + 1.0 + 1.0 + 0.5) / 4.0));
    }

    #[test]
    fn old_scores_fade() {
        let mut scores = Prequential::new(0.5, 1);
        scores.score(0.9, false);
        scores.score(0.9, true);
        let figures = scores.figures().unwrap();
        assert!((figures.accuracy - 1.0 / 1.5).abs() < 1e-12);
        assert_eq!(figures.auc, None, "one observation is left in the window");
    }
}
