//! EDDM, the early drift detection method (Baena-García et al. 2006): errors that come closer together than they used to. Better than DDM at
//! slow drift, and more easily alarmed by noise.

use serde::{Deserialize, Serialize};

use super::{Detector, Level};

/// When an [`Eddm`] speaks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EddmConfig {
    /// Nothing is said before more than so many errors. 30.
    pub warm_up: u64,
    /// The share of the widest spacing below which it is a warning. 0.95.
    pub warning: f64,
    /// The share of the widest spacing below which it is a drift. 0.9.
    pub drift: f64,
}

impl Default for EddmConfig {
    fn default() -> Self {
        Self { warm_up: 30, warning: 0.95, drift: 0.9 }
    }
}

/// EDDM over a stream of errors: 1 wrong, 0 right; other numbers are left out. A warning lasts until an error that gives none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Eddm {
    config: EddmConfig,
    count: u64,
    last_error: u64,
    errors: u64,
    mean: f64,
    /// Sum of squared deviations of the distances from their mean.
    squares: f64,
    /// The largest mean + 2 deviations so far.
    widest: Option<f64>,
    warned: bool,
}

impl Eddm {
    /// A detector that has seen nothing.
    pub fn new(config: EddmConfig) -> Self {
        let (mean, squares) = (0.0, 0.0);
        Self { config, count: 0, last_error: 0, errors: 0, mean, squares, widest: None, warned: false }
    }

    /// Takes the distance between the last two errors; the share of the widest spacing that the present one is, once it can be told.
    fn share(&mut self, distance: f64) -> Option<f64> {
        self.errors += 1;
        let before = distance - self.mean;
        self.mean += before / self.errors as f64;
        self.squares += before * (distance - self.mean);
        if self.count <= self.config.warm_up {
            return None;
        }
        let variance = if self.errors > 1 { self.squares / (self.errors - 1) as f64 } else { 0.0 };
        let spacing = self.mean + 2.0 * variance.max(0.0).sqrt();
        match self.widest {
            Some(widest) if spacing <= widest => (self.errors > self.config.warm_up).then(|| spacing / widest),
            _ => {
                self.widest = Some(spacing);
                None
            }
        }
    }
}

impl Detector for Eddm {
    fn update(&mut self, value: f64) -> Level {
        if value != 0.0 && value != 1.0 {
            return Level::Stable;
        }
        self.count += 1;
        if value == 1.0 {
            let share = self.share((self.count - self.last_error) as f64);
            self.last_error = self.count;
            match share {
                Some(share) if share < self.config.drift => {
                    self.reset();
                    return Level::Drift;
                }
                Some(share) => self.warned = share < self.config.warning,
                None => {}
            }
        }
        if self.warned { Level::Warning } else { Level::Stable }
    }

    fn reset(&mut self) {
        *self = Self::new(self.config);
    }
}
