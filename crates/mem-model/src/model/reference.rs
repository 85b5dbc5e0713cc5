//! What the training rows looked like, small enough to travel with the model.

use serde::{Deserialize, Serialize};

use crate::drift::feature::{FeatureDrift, FeatureDriftConfig, spacing};
use crate::table::Table;

/// Rows that are kept.
const ROWS: usize = 500;

/// Evenly spaced rows of the training, column by column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Their values, a column a feature, rows in the order of time; `None` where one was undefined.
    columns: Vec<Vec<Option<f64>>>,
    /// Rows of the training between values of a column that are as good as independent, at least 1: what lies far apart no longer shows it.
    spacing: Vec<f64>,
}

impl Reference {
    /// Of the rows of one series, in the order of time: up to 500 of them are kept.
    pub fn of(table: &Table) -> Self {
        let rows = table.rows();
        let kept: Vec<usize> = (0..rows.min(ROWS)).map(|number| number * rows / rows.min(ROWS)).collect();
        let known = |value: f64| value.is_finite().then_some(value);
        let columns =
            table.columns().iter().map(|column| kept.iter().map(|row| known(column[*row])).collect()).collect();
        Self { columns, spacing: table.columns().iter().map(|column| spacing(column)).collect() }
    }

    /// Rows that are kept.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// Whether it has a column for each of so many features.
    pub(super) fn fits(&self, features: usize) -> bool {
        self.columns.len() == features
            && self.spacing.len() == features
            && self.columns.iter().all(|column| column.len() == self.rows())
            && self.spacing.iter().all(|spacing| spacing.is_finite() && *spacing >= 1.0)
    }

    pub(super) fn monitor(&self, names: &[String], config: FeatureDriftConfig) -> FeatureDrift {
        let column = |column: &Vec<Option<f64>>| column.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        let table = Table::new(names.to_vec(), self.columns.iter().map(column).collect());
        FeatureDrift::over_sparse(&table.expect("a model's reference fits its features"), &self.spacing, config)
    }
}
