//! Running mean and deviation of every column: numbers to units of their own spread.

use serde::{Deserialize, Serialize};

use super::usable;

/// Mean and population variance of each column so far (Welford 1962), missing numbers left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    counts: Vec<f64>,
    means: Vec<f64>,
    variances: Vec<f64>,
    /// 1 / deviation; 0 where the deviation is 0.
    inverses: Vec<f64>,
}

impl Scale {
    /// Nothing known of `width` columns.
    pub fn new(width: usize) -> Self {
        let zeros = vec![0.0; width];
        Self { counts: zeros.clone(), means: zeros.clone(), variances: zeros.clone(), inverses: zeros }
    }

    /// How many columns.
    pub fn width(&self) -> usize {
        self.means.len()
    }

    /// Takes one more row into account.
    pub fn learn(&mut self, row: &[f64]) {
        for (column, value) in row.iter().enumerate() {
            if !usable(*value) {
                continue;
            }
            self.counts[column] += 1.0;
            let count = self.counts[column];
            let before = *value - self.means[column];
            self.means[column] += before / count;
            let variance = &mut self.variances[column];
            *variance += (before * (*value - self.means[column]) - *variance) / count;
            self.inverses[column] = if *variance > 0.0 { 1.0 / variance.sqrt() } else { 0.0 };
        }
    }

    /// The value in deviations from the mean; 0 for a missing one and for a column that never varied.
    #[inline]
    pub fn transform(&self, column: usize, value: f64) -> f64 {
        if usable(value) { (value - self.means[column]) * self.inverses[column] } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_deviation_are_those_of_the_column() {
        let mut scale = Scale::new(2);
        for value in [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0] {
            scale.learn(&[value, f64::NAN]);
        }
        assert!((scale.transform(0, 7.0) - 1.0).abs() < 1e-12, "mean 5, deviation 2");
        assert_eq!(scale.transform(0, f64::NAN), 0.0);
        assert_eq!(scale.transform(1, 3.0), 0.0, "nothing is known of this column");
    }
}
