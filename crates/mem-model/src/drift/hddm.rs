//! HDDM-A (Frías-Blanco et al. 2015): the mean of the whole stream against the mean at its best cut, by Hoeffding's bound. No assumption on the
//! distribution but that values lie between 0 and 1.

use serde::{Deserialize, Serialize};

use super::{Detector, Level};

/// When an [`Hddm`] speaks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HddmConfig {
    /// The chance of a drift where none is, for one comparison. 0.001.
    pub drift: f64,
    /// The same of a warning. 0.005.
    pub warning: f64,
    /// Whether a falling mean counts, too. No: of an error it is good news.
    pub falling: bool,
}

impl Default for HddmConfig {
    fn default() -> Self {
        Self { drift: 0.001, warning: 0.005, falling: false }
    }
}

/// HDDM-A over a stream of numbers from 0 to 1; others are left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hddm {
    config: HddmConfig,
    all: Mean,
    /// The mean up to where it was lowest, and highest, after its bound.
    lowest: Mean,
    highest: Mean,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Mean {
    count: u64,
    value: f64,
}

impl Mean {
    /// How far it may be off.
    fn bound(self, confidence: f64) -> f64 {
        (libm::log(1.0 / confidence) / (2.0 * self.count as f64)).sqrt()
    }

    /// Whether `whole` has moved by `moved` away from its own beginning `self`, more than chance allows.
    fn left_by(self, whole: Self, moved: f64, confidence: f64) -> bool {
        if self.count == whole.count {
            return false;
        }
        let (beginning, all) = (self.count as f64, whole.count as f64);
        let harmonic = (all - beginning) / beginning / all;
        moved >= (harmonic / 2.0 * libm::log(2.0 / confidence)).sqrt()
    }
}

impl Hddm {
    /// A detector that has seen nothing.
    pub fn new(config: HddmConfig) -> Self {
        Self { config, all: Mean::default(), lowest: Mean::default(), highest: Mean::default() }
    }

    fn moved(&self, confidence: f64) -> bool {
        let (low, high) = (self.all.value - self.lowest.value, self.highest.value - self.all.value);
        let fallen = self.config.falling && self.highest.left_by(self.all, high, confidence);
        self.lowest.left_by(self.all, low, confidence) || fallen
    }
}

impl Detector for Hddm {
    fn update(&mut self, value: f64) -> Level {
        if !(0.0..=1.0).contains(&value) {
            return Level::Stable;
        }
        self.all.count += 1;
        self.all.value += (value - self.all.value) / self.all.count as f64;
        let (confidence, all) = (self.config.drift, self.all);
        let first = self.lowest.count == 0;
        if first || self.lowest.value + self.lowest.bound(confidence) >= all.value + all.bound(confidence) {
            self.lowest = all;
        }
        if first || self.highest.value - self.highest.bound(confidence) <= all.value - all.bound(confidence) {
            self.highest = all;
        }
        if self.moved(self.config.drift) {
            self.reset();
            Level::Drift
        } else if self.moved(self.config.warning) {
            Level::Warning
        } else {
            Level::Stable
        }
    }

    fn reset(&mut self) {
        *self = Self::new(self.config);
    }
}
