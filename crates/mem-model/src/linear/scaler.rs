//! Means and deviations of the training rows.

use serde::{Deserialize, Serialize};

use crate::sample::Sample;

/// What standardises features: each minus its mean, over its deviation (of the population). A feature that never changes keeps deviation 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaler {
    means: Vec<f64>,
    deviations: Vec<f64>,
}

impl Scaler {
    /// Means and deviations over rows as they count; missing values are left out.
    pub fn fit(sample: &Sample<'_>) -> Self {
        let moments = sample.table.columns().iter().map(|column| {
            let rows = || column.iter().enumerate().filter(|(_, value)| !value.is_nan());
            let total: f64 = rows().map(|(row, _)| sample.weight(row)).sum();
            if total <= 0.0 {
                return (0.0, 1.0);
            }
            let mean = rows().map(|(row, value)| sample.weight(row) * value).sum::<f64>() / total;
            let squares: f64 = rows().map(|(row, value)| sample.weight(row) * (value - mean) * (value - mean)).sum();
            let deviation = (squares / total).sqrt();
            // What rounding leaves of a constant is no deviation.
            let constant = deviation <= 10.0 * f64::EPSILON * mean.abs();
            (mean, if constant { 1.0 } else { deviation })
        });
        let (means, deviations) = moments.unzip();
        Self { means, deviations }
    }

    /// A value of a feature, standardised; a missing one is at the mean.
    pub fn scale(&self, feature: usize, value: f64) -> f64 {
        if value.is_nan() { 0.0 } else { (value - self.means[feature]) / self.deviations[feature] }
    }

    /// The mean of each feature.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// The deviation of each feature.
    pub fn deviations(&self) -> &[f64] {
        &self.deviations
    }

    /// Whether it is over so many features, with finite means and deviations above 0.
    pub(crate) fn is_sound(&self, features: usize) -> bool {
        self.means.len() == features
            && self.deviations.len() == features
            && self.means.iter().all(|mean| mean.is_finite())
            && self.deviations.iter().all(|deviation| deviation.is_finite() && *deviation > 0.0)
    }
}
