//! DDM, the drift detection method (Gama et al. 2004): an error rate that stands well above its lowest.

use serde::{Deserialize, Serialize};

use super::{Detector, Level};

/// When a [`Ddm`] speaks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DdmConfig {
    /// Nothing is said of the first so many values. 30.
    pub warm_up: u64,
    /// Deviations above the lowest rate that are a warning. 2.
    pub warning: f64,
    /// Deviations above the lowest rate that are a drift. 3.
    pub drift: f64,
}

impl Default for DdmConfig {
    fn default() -> Self {
        Self { warm_up: 30, warning: 2.0, drift: 3.0 }
    }
}

/// DDM over a stream of errors: 1 wrong, 0 right. What is outside of 0 to 1 is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ddm {
    config: DdmConfig,
    count: u64,
    rate: f64,
    /// Rate and deviation where their sum was lowest.
    lowest: Option<(f64, f64)>,
}

impl Ddm {
    /// A detector that has seen nothing.
    pub fn new(config: DdmConfig) -> Self {
        Self { config, count: 0, rate: 0.0, lowest: None }
    }
}

impl Detector for Ddm {
    fn update(&mut self, value: f64) -> Level {
        if !(0.0..=1.0).contains(&value) {
            return Level::Stable;
        }
        self.count += 1;
        self.rate += (value - self.rate) / self.count as f64;
        if self.count <= self.config.warm_up {
            return Level::Stable;
        }
        let deviation = (self.rate * (1.0 - self.rate) / self.count as f64).max(0.0).sqrt();
        let now = self.rate + deviation;
        let lowest = self.lowest.filter(|(rate, deviation)| now > rate + deviation).unwrap_or((self.rate, deviation));
        self.lowest = Some(lowest);
        let (rate, deviation) = lowest;
        if now > rate + self.config.drift * deviation {
            self.reset();
            Level::Drift
        } else if now > rate + self.config.warning * deviation {
            Level::Warning
        } else {
            Level::Stable
        }
    }

    fn reset(&mut self) {
        *self = Self::new(self.config);
    }
}
