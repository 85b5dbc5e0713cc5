//! Whether what comes is still like what was: detectors on streams of numbers, and tests of one sample against another.
//!
//! Streams, a value at a time, in bounded memory: [`adwin`] (means of an adaptive window), [`page_hinkley`] (a mean that moves off), [`ddm`]
//! and [`eddm`] (error rates and the distances between errors), [`hddm`] (Hoeffding's bound), [`kswin`] (distributions of a sliding window).
//! Samples: [`ks`] (two-sample Kolmogorov-Smirnov), [`bins`] (population stability, Kullback-Leibler, Jensen-Shannon over the same bins).
//! Models: [`calibration`] (whether probabilities still mean what they say), [`performance`] (whether predictions are still as good).
//! Many columns at once: [`correction`] (multiple testing) and [`feature`] (a monitor over a fitted reference).

pub mod adwin;
pub mod bins;
pub mod calibration;
pub mod correction;
pub mod ddm;
pub mod eddm;
pub mod feature;
pub mod hddm;
pub mod ks;
pub mod kswin;
pub mod page_hinkley;
pub mod performance;

use serde::{Deserialize, Serialize};

pub use adwin::{Adwin, AdwinConfig};
pub use bins::Bins;
pub use calibration::{CalibrationConfig, CalibrationDrift, CalibrationReport};
pub use correction::Correction;
pub use ddm::{Ddm, DdmConfig};
pub use eddm::{Eddm, EddmConfig};
pub use feature::{FeatureDrift, FeatureDriftConfig, FeatureDriftReport, FeatureFinding};
pub use hddm::{Hddm, HddmConfig};
pub use ks::{KsTest, ks_two_sample};
pub use kswin::{Kswin, KswinConfig};
pub use page_hinkley::{PageHinkley, PageHinkleyConfig, Way};
pub use performance::{PerformanceConfig, PerformanceDrift, PerformanceReport};

/// What a detector says after one more value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing to see.
    Stable,
    /// It may be starting.
    Warning,
    /// The stream has changed.
    Drift,
}

/// How much something has drifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Not at all, as far as can be told.
    None,
    /// Worth a look.
    Low,
    /// Retrain when convenient.
    Medium,
    /// Retrain soon.
    High,
    /// Do not rely on what was learned.
    Critical,
}

impl Severity {
    /// In a word: `none`, `low`, `medium`, `high`, `critical`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severity whose limit `value` has reached, of four that rise: low, medium, high, critical.
    pub(crate) fn reached(value: f64, limits: [f64; 4]) -> Self {
        let severities = [Self::Low, Self::Medium, Self::High, Self::Critical];
        let found = severities.into_iter().zip(limits).rev().find(|(_, limit)| value >= *limit);
        found.map_or(Self::None, |(severity, _)| severity)
    }
}

/// A detector of change in a stream of numbers.
///
/// Numbers that are not finite are left out: they change nothing and the answer is [`Level::Stable`]. After [`Level::Drift`] a detector starts
/// afresh with the next value (ADWIN and KSWIN keep the newer part of their window).
pub trait Detector {
    /// Takes one more value.
    fn update(&mut self, value: f64) -> Level;

    /// Forgets the stream, keeps the configuration.
    fn reset(&mut self);
}

#[cfg(test)]
mod drift_test;
