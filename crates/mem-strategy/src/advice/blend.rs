//! What voices are worth: learned from trades that are over.

use serde::{Deserialize, Serialize};

/// How much rules, model and memory have been worth on trades that are over, newer ones counting more, and the weights that follow.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Blend {
    /// Weighted sums of the squared differences of what rules, model and memory said from what came.
    losses: [f64; 3],
    /// Weighted counts.
    counts: [f64; 3],
}

impl Default for Blend {
    fn default() -> Self {
        Self { losses: [0.0; 3], counts: [0.0; 3] }
    }
}

/// What an older trade counts beside the one after it.
const FADES: f64 = 0.98;
/// How much a better Brier score is worth: weights go with exp(-STRENGTH * score).
const STRENGTH: f64 = 20.0;
/// Trades that everybody is thought to have said one half of before the first.
const BEFORE: f64 = 10.0;
/// No voice has less.
const LEAST: f64 = 0.1;

impl Blend {
    /// Takes what was said of a trade that is over: probabilities of gain by rules, model and memory, where they said something.
    pub fn take(&mut self, said: [Option<f64>; 3], gained: bool) {
        let truth = f64::from(u8::from(gained));
        for ((loss, count), said) in self.losses.iter_mut().zip(&mut self.counts).zip(said) {
            let Some(said) = said else { continue };
            *loss = *loss * FADES + (said - truth) * (said - truth);
            *count = *count * FADES + 1.0;
        }
    }

    /// The weights of rules, model and memory: at least 0.1 each, and 1 together.
    pub fn weights(&self) -> [f64; 3] {
        let mut weights = [0.0; 3];
        for (weight, (loss, count)) in weights.iter_mut().zip(self.losses.iter().zip(self.counts)) {
            let score = (loss + 0.25 * BEFORE) / (count + BEFORE);
            *weight = libm::exp(-STRENGTH * score);
        }
        let total: f64 = weights.iter().sum();
        weights.map(|weight| LEAST + (1.0 - 3.0 * LEAST) * weight / total)
    }

    /// The weight of the model beside the rules alone.
    pub fn of_model(&self) -> f64 {
        let [rules, model, _] = self.weights();
        model / (rules + model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_that_is_right_gains_weight_within_bounds() {
        let mut blend = Blend::default();
        let before = blend.weights();
        assert!(before.iter().all(|weight| (weight - 1.0 / 3.0).abs() < 1e-12));
        for trade in 0..200 {
            let gained = trade % 2 == 0;
            let right = if gained { 0.8 } else { 0.2 };
            blend.take([Some(0.5), Some(right), Some(1.0 - right)], gained);
        }
        let [rules, model, memory] = blend.weights();
        assert!(model > rules && rules > memory && memory >= LEAST && model <= 1.0 - 2.0 * LEAST);
        assert!((rules + model + memory - 1.0).abs() < 1e-12);
        assert!(blend.of_model() > 0.5);
    }
}
