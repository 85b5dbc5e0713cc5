//! Logistic regression, one observation at a time: P(true) = 1 / (1 + exp(-(w.x + b))), each step against the gradient of the log loss.

use serde::{Deserialize, Serialize};

use super::scale::Scale;
use super::{OnlineClassifier, usable};

/// How far a step goes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Optimizer {
    /// Stochastic gradient descent with a constant rate.
    Sgd {
        /// The rate.
        rate: f64,
    },
    /// A rate per weight that falls with the squares of its gradients (Duchi, Hazan, Singer 2011): rate / sqrt(sum g^2 + epsilon).
    AdaGrad {
        /// The rate.
        rate: f64,
        /// Keeps the first steps finite.
        epsilon: f64,
    },
    /// Follow the regularised leader, proximal (McMahan et al. 2013, algorithm 1): sparse weights for l1 above 0.
    Ftrl {
        /// The rate.
        alpha: f64,
        /// Damps the first steps.
        beta: f64,
        /// Weight of the sum of magnitudes: weights whose evidence is below it are exactly 0.
        l1: f64,
        /// Weight of half the sum of squares.
        l2: f64,
    },
}

/// How a [`Logistic`] learns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogisticConfig {
    /// How far a step goes. SGD with rate 0.01 where nothing is said.
    pub optimizer: Optimizer,
    /// Rate of the intercept, constant and never regularised. 0.01.
    pub intercept_rate: f64,
    /// Weight decay added to the gradient (SGD and AdaGrad): l2 * w. 0.
    pub l2: f64,
    /// Whether rows are first brought to units of their running deviation. On: prices and ratios differ by orders of magnitude.
    pub standardise: bool,
}

impl Default for LogisticConfig {
    fn default() -> Self {
        Self { optimizer: Optimizer::Sgd { rate: 0.01 }, intercept_rate: 0.01, l2: 0.0, standardise: true }
    }
}

/// Logistic regression, one observation at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    config: LogisticConfig,
    scale: Option<Scale>,
    weights: Vec<f64>,
    intercept: f64,
    /// Sum of squared gradients of each weight (AdaGrad, FTRL).
    squares: Vec<f64>,
    /// FTRL's z of each weight.
    leader: Vec<f64>,
    /// The row being learned from, scaled; kept so that its memory is used again.
    #[serde(skip)]
    row: Scratch,
}

/// Memory that is used again and says nothing about what was learned.
#[derive(Debug, Clone, Default)]
struct Scratch(Vec<f64>);

impl PartialEq for Scratch {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Logistic {
    /// A regression on rows of `width` numbers that has learned nothing.
    pub fn new(width: usize, config: LogisticConfig) -> Self {
        let (squares, leader) = match config.optimizer {
            Optimizer::Sgd { .. } => (0, 0),
            Optimizer::AdaGrad { .. } => (width, 0),
            Optimizer::Ftrl { .. } => (width, width),
        };
        Self {
            config,
            scale: config.standardise.then(|| Scale::new(width)),
            weights: vec![0.0; width],
            intercept: 0.0,
            squares: vec![0.0; squares],
            leader: vec![0.0; leader],
            row: Scratch::default(),
        }
    }

    /// The weights, in units of the scaled columns if it standardises.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The intercept.
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// Steps against `slope * row`, the gradient of the loss.
    fn step(&mut self, row: &[f64], slope: f64) {
        let l2 = self.config.l2;
        match self.config.optimizer {
            Optimizer::Sgd { rate } => {
                for (weight, value) in self.weights.iter_mut().zip(row) {
                    *weight -= rate * (slope * value + l2 * *weight);
                }
            }
            Optimizer::AdaGrad { rate, epsilon } => {
                for ((weight, value), square) in self.weights.iter_mut().zip(row).zip(&mut self.squares) {
                    let gradient = slope * value + l2 * *weight;
                    *square += gradient * gradient;
                    *weight -= rate / (*square + epsilon).sqrt() * gradient;
                }
            }
            Optimizer::Ftrl { alpha, beta, l1, l2 } => {
                let states = self.squares.iter_mut().zip(&mut self.leader);
                for ((weight, value), (square, leader)) in self.weights.iter_mut().zip(row).zip(states) {
                    let gradient = slope * value;
                    let before = square.sqrt();
                    *square += gradient * gradient;
                    let after = square.sqrt();
                    *leader += gradient - (after - before) / alpha * *weight;
                    *weight = if leader.abs() <= l1 {
                        0.0
                    } else {
                        -(*leader - leader.signum() * l1) / ((beta + after) / alpha + l2)
                    };
                }
            }
        }
    }
}

impl OnlineClassifier for Logistic {
    fn width(&self) -> usize {
        self.weights.len()
    }

    fn predict(&self, row: &[f64]) -> f64 {
        assert_eq!(row.len(), self.weights.len(), "the width of the row");
        let sum = match &self.scale {
            Some(scale) => {
                let scaled = row.iter().enumerate().map(|(column, value)| scale.transform(column, *value));
                scaled.zip(&self.weights).map(|(value, weight)| value * weight).sum()
            }
            None => dot(row, &self.weights),
        };
        sigmoid(sum + self.intercept)
    }

    fn learn(&mut self, row: &[f64], label: bool) {
        assert_eq!(row.len(), self.weights.len(), "the width of the row");
        let mut taken = std::mem::take(&mut self.row.0);
        taken.clear();
        match &mut self.scale {
            Some(scale) => {
                scale.learn(row);
                taken.extend(row.iter().enumerate().map(|(column, value)| scale.transform(column, *value)));
            }
            None => taken.extend(row.iter().map(|value| if usable(*value) { *value } else { 0.0 })),
        }
        let probability = sigmoid(dot(&taken, &self.weights) + self.intercept);
        let slope = probability - if label { 1.0 } else { 0.0 };
        self.intercept -= self.config.intercept_rate * slope;
        self.step(&taken, slope);
        self.row.0 = taken;
    }
}

/// The sum of products in four interleaved sums, missing numbers left out.
fn dot(row: &[f64], weights: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (rows, weights_of) = (row.chunks_exact(4), weights.chunks_exact(4));
    let rest = rows.remainder().iter().zip(weights_of.remainder());
    let tail: f64 = rest.map(|(value, weight)| if usable(*value) { value * weight } else { 0.0 }).sum();
    for (values, weights) in rows.zip(weights_of) {
        for lane in 0..4 {
            sums[lane] += if usable(values[lane]) { values[lane] * weights[lane] } else { 0.0 };
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + tail
}

/// 1 / (1 + exp(-x)).
pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_is_the_formula() {
        let config = LogisticConfig { standardise: false, ..LogisticConfig::default() };
        let mut logistic = Logistic::new(2, config);
        assert_eq!(logistic.predict(&[1.0, 2.0]), 0.5);
        logistic.learn(&[1.0, 2.0], true);
        // The slope is 0.5 - 1, the step 0.01 * 0.5 * x.
        assert_eq!(logistic.weights(), [0.005, 0.01]);
        assert_eq!(logistic.intercept(), 0.005);
        logistic.learn(&[f64::NAN, f64::INFINITY], false);
        assert_eq!(logistic.weights(), [0.005, 0.01], "what is missing teaches no weight");
    }

    #[test]
    fn ftrl_follows_algorithm_1() {
        let (alpha, beta, l1, l2) = (0.1, 1.0, 0.3, 0.5);
        let optimizer = Optimizer::Ftrl { alpha, beta, l1, l2 };
        let config = LogisticConfig { optimizer, intercept_rate: 0.0, standardise: false, l2: 0.0 };
        let mut logistic = Logistic::new(2, config);
        logistic.learn(&[2.0, 0.1], true);
        // g = (0.5 - 1) x = (-1, -0.05); z = g as the weights were 0; n = g^2; |z| of the second is below l1.
        let first = (1.0 - l1) / ((beta + 1.0) / alpha + l2);
        assert!((logistic.weights()[0] - first).abs() < 1e-15);
        assert_eq!(logistic.weights()[1], 0.0);
        logistic.learn(&[1.0, 0.0], false);
        let gradient = sigmoid(first);
        let squares: f64 = 1.0 + gradient * gradient;
        let leader = -1.0 + gradient - (squares.sqrt() - 1.0) / alpha * first;
        let second = -(leader + l1) / ((beta + squares.sqrt()) / alpha + l2);
        assert!((logistic.weights()[0] - second).abs() < 1e-15);
    }
}
