//! KSWIN (Raab, Heusinger, Schleif 2020): the newest values of a sliding window against a draw from the older ones, by Kolmogorov-Smirnov. Sees
//! changes of spread and shape, too.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Detector, Level, ks_two_sample};
use crate::online::random::Random;

/// When a [`Kswin`] speaks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KswinConfig {
    /// The p-value at or below which it is a drift. Every value is a test, so this is far below a usual level. 0.005.
    pub alpha: f64,
    /// How many values the window holds. 100.
    pub window: usize,
    /// How many are the newest, and how many are drawn from the rest; at most half of the window. 30.
    pub part: usize,
    /// Where the draws start.
    pub seed: u64,
}

impl Default for KswinConfig {
    fn default() -> Self {
        Self { alpha: 0.005, window: 100, part: 30, seed: 1 }
    }
}

/// KSWIN over a stream of numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kswin {
    config: KswinConfig,
    random: Random,
    window: VecDeque<f64>,
    p_value: f64,
}

/// A smaller difference of the distributions is no drift, however significant.
const LEAST_DISTANCE: f64 = 0.1;

impl Kswin {
    /// A detector that has seen nothing.
    pub fn new(config: KswinConfig) -> Self {
        let window = config.window.max(2);
        let config = KswinConfig { window, part: config.part.clamp(1, window / 2), ..config };
        Self { config, random: Random::new(config.seed), window: VecDeque::new(), p_value: 1.0 }
    }

    /// The p-value of the last test; 1 before the first.
    pub fn p_value(&self) -> f64 {
        self.p_value
    }
}

impl Detector for Kswin {
    fn update(&mut self, value: f64) -> Level {
        if !value.is_finite() {
            return Level::Stable;
        }
        if self.window.len() == self.config.window {
            self.window.pop_front();
        }
        self.window.push_back(value);
        if self.window.len() < self.config.window {
            return Level::Stable;
        }
        let older = self.config.window - self.config.part;
        let drawn = self.random.distinct(older, self.config.part);
        let mut drawn: Vec<f64> = drawn.into_iter().map(|place| self.window[place]).collect();
        let mut newest: Vec<f64> = self.window.range(older..).copied().collect();
        let Some(test) = ks_two_sample(&mut drawn, &mut newest) else { return Level::Stable };
        self.p_value = test.p_value;
        if test.p_value > self.config.alpha || test.distance <= LEAST_DISTANCE {
            return Level::Stable;
        }
        self.window.drain(..older);
        Level::Drift
    }

    fn reset(&mut self) {
        *self = Self::new(self.config);
    }
}
