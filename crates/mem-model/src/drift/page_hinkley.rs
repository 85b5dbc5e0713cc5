//! The Page-Hinkley test (Page 1954, Hinkley 1971): the sum of what lies beyond the running mean, against its own extreme.

use serde::{Deserialize, Serialize};

use super::{Detector, Level};

/// Which moves of the mean count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Only upwards, as of an error.
    Up,
    /// Only downwards, as of a profit.
    Down,
    /// Either.
    Both,
}

/// When a [`PageHinkley`] speaks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PageHinkleyConfig {
    /// Moves of the mean below this, in units of the stream, are none. 0.005.
    pub delta: f64,
    /// The sum that is a drift, in units of the stream. 50.
    pub threshold: f64,
    /// What a step back counts, compounded: 1 forgets nothing. 0.9999.
    pub fading: f64,
    /// Nothing is said before so many values. 30.
    pub least: u64,
    /// Which moves count. Both.
    pub way: Way,
}

impl Default for PageHinkleyConfig {
    fn default() -> Self {
        Self { delta: 0.005, threshold: 50.0, fading: 0.9999, least: 30, way: Way::Both }
    }
}

/// The Page-Hinkley test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageHinkley {
    config: PageHinkleyConfig,
    count: u64,
    mean: f64,
    risen: f64,
    risen_least: f64,
    fallen: f64,
    fallen_most: f64,
}

impl PageHinkley {
    /// A test that has seen nothing.
    pub fn new(config: PageHinkleyConfig) -> Self {
        let (risen, risen_least, fallen, fallen_most) = (0.0, 0.0, 0.0, 0.0);
        Self { config, count: 0, mean: 0.0, risen, risen_least, fallen, fallen_most }
    }
}

impl Detector for PageHinkley {
    fn update(&mut self, value: f64) -> Level {
        if !value.is_finite() {
            return Level::Stable;
        }
        self.count += 1;
        self.mean += (value - self.mean) / self.count as f64;
        let beyond = value - self.mean;
        self.risen = self.config.fading * self.risen + beyond - self.config.delta;
        self.fallen = self.config.fading * self.fallen + beyond + self.config.delta;
        let first = self.count == 1;
        self.risen_least = if first { self.risen } else { self.risen_least.min(self.risen) };
        self.fallen_most = if first { self.fallen } else { self.fallen_most.max(self.fallen) };
        let up = self.config.way != Way::Down && self.risen - self.risen_least > self.config.threshold;
        let down = self.config.way != Way::Up && self.fallen_most - self.fallen > self.config.threshold;
        if self.count < self.config.least || !(up || down) {
            return Level::Stable;
        }
        self.reset();
        Level::Drift
    }

    fn reset(&mut self) {
        *self = Self::new(self.config);
    }
}
