//! Scalers: fitted on the rows of training, applied to any row.

use serde::{Deserialize, Serialize};

use crate::distribution::normal_quantile;
use crate::table::Table;

/// Shares nearer to 0 or 1 than this have no further place on a normal scale.
const EDGE: f64 = 1e-7;

/// How columns are scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// To mean 0 and (population) standard deviation 1.
    Standard,
    /// To median 0 and distance 1 between the quartiles: outliers have no say.
    Robust,
    /// To the share of training rows below, 0 to 1, by so many quantiles (at most one a row).
    Uniform {
        /// How many, at least 2.
        quantiles: usize,
    },
    /// To the place on the normal distribution that such a share has.
    Normal {
        /// How many, at least 2.
        quantiles: usize,
    },
}

/// What was learnt of one column. `None` if no training row had a value: then it stays as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fitted {
    Linear { centre: f64, width: f64 },
    Quantiles { at: Vec<f64>, normal: bool },
    AsItIs,
}

/// A fitted scaler: as many columns as the table it was fitted on, in that order.
///
/// NaN is left out when it is fitted and stays NaN when it is applied. The conventions are scikit-learn's `StandardScaler`,
/// `RobustScaler` and `QuantileTransformer`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scaler {
    scaling: Scaling,
    columns: Vec<Fitted>,
}

impl Scaler {
    /// Fits the columns of `table` on those `rows` only: the rows of a training fold.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn fit(scaling: Scaling, table: &Table, rows: &[usize]) -> Self {
        let fitted = |column: &Vec<f64>| {
            let mut values: Vec<f64> = rows.iter().map(|row| column[*row]).filter(|value| !value.is_nan()).collect();
            if values.is_empty() {
                return Fitted::AsItIs;
            }
            match scaling {
                Scaling::Standard => standard(&values),
                Scaling::Robust => {
                    values.sort_by(f64::total_cmp);
                    linear(quantile(&values, 0.5), quantile(&values, 0.75) - quantile(&values, 0.25))
                }
                Scaling::Uniform { quantiles } | Scaling::Normal { quantiles } => {
                    values.sort_by(f64::total_cmp);
                    let last = quantiles.min(rows.len()).max(2) - 1;
                    let at = (0..=last).map(|index| quantile(&values, index as f64 / last as f64)).collect();
                    Fitted::Quantiles { at, normal: matches!(scaling, Scaling::Normal { .. }) }
                }
            }
        };
        Self { scaling, columns: table.columns().iter().map(fitted).collect() }
    }

    /// How it scales.
    pub fn scaling(&self) -> Scaling {
        self.scaling
    }

    /// Scales a row in place.
    ///
    /// # Panics
    /// If it has not as many values as the table had columns.
    pub fn apply(&self, row: &mut [f64]) {
        assert_eq!(row.len(), self.columns.len(), "a value for each column");
        for (value, fitted) in row.iter_mut().zip(&self.columns) {
            *value = fitted.apply(*value);
        }
    }

    /// Scales a table.
    ///
    /// # Panics
    /// If it has not as many columns as the one it was fitted on.
    pub fn apply_table(&self, table: &Table) -> Table {
        assert_eq!(table.width(), self.columns.len(), "as many columns");
        let scaled = table.columns().iter().zip(&self.columns);
        let columns =
            scaled.map(|(column, fitted)| column.iter().map(|value| fitted.apply(*value)).collect()).collect();
        Table::new(table.names().to_vec(), columns).expect("names and lengths are those of a table")
    }
}

impl Fitted {
    fn apply(&self, value: f64) -> f64 {
        match self {
            _ if value.is_nan() => f64::NAN,
            Self::Linear { centre, width } => (value - centre) / width,
            Self::Quantiles { at, normal: false } => share_below(at, value),
            Self::Quantiles { at, normal: true } => {
                let edge = EDGE - f64::EPSILON;
                normal_quantile(share_below(at, value).clamp(edge, 1.0 - edge))
            }
            Self::AsItIs => value,
        }
    }
}

fn standard(values: &[f64]) -> Fitted {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
    // Values that differ by nothing but rounding are equal.
    let noise = 10.0 * f64::EPSILON * mean.abs();
    linear(mean, if variance <= noise * noise { 0.0 } else { variance.sqrt() })
}

/// A column whose values are all equal is moved and not stretched.
fn linear(centre: f64, width: f64) -> Fitted {
    Fitted::Linear { centre, width: if width == 0.0 { 1.0 } else { width } }
}

/// Quantile of sorted values, linear between neighbours.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}

/// Share of the distribution given by equally spaced quantiles that lies below `value`; in a stretch of equal quantiles its middle.
fn share_below(at: &[f64], value: f64) -> f64 {
    let last = at.len() - 1;
    if value <= at[0] || value >= at[last] {
        return if value <= at[0] { 0.0 } else { 1.0 };
    }
    let between = |below: usize| {
        let part = (value - at[below]) / (at[below + 1] - at[below]);
        (below as f64 + part) / last as f64
    };
    let first_above = at.partition_point(|quantile| *quantile <= value);
    let first_not_below = at.partition_point(|quantile| *quantile < value);
    if first_above == first_not_below {
        return between(first_above - 1);
    }
    // The value is itself a quantile, once or more.
    (first_not_below + first_above - 1) as f64 / (2 * last) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(column: &[f64]) -> Table {
        Table::new(vec!["a".to_owned()], vec![column.to_vec()]).unwrap()
    }

    fn scaled(scaling: Scaling, column: &[f64], rows: &[usize]) -> Vec<f64> {
        let table = table(column);
        Scaler::fit(scaling, &table, rows).apply_table(&table).columns()[0].clone()
    }

    #[test]
    fn only_the_given_rows_have_a_say() {
        let column = [1.0, 2.0, 3.0, f64::NAN, 1e9];
        let standard = scaled(Scaling::Standard, &column, &[0, 1, 2, 3]);
        assert_eq!(standard[1], 0.0);
        assert!((standard[2] - 1.5_f64.sqrt()).abs() < 1e-15 && standard[3].is_nan() && standard[4] > 1e8);
        assert_eq!(scaled(Scaling::Robust, &column, &[0, 1, 2, 3])[..3], [-1.0, 0.0, 1.0]);
        assert_eq!(scaled(Scaling::Uniform { quantiles: 100 }, &column, &[0, 1, 2])[..3], [0.0, 0.5, 1.0]);
        assert!(scaled(Scaling::Normal { quantiles: 3 }, &column, &[0, 1, 2])[1].abs() < 1e-15);
    }

    #[test]
    fn what_does_not_vary_is_not_stretched() {
        assert_eq!(scaled(Scaling::Standard, &[0.3; 3], &[0, 1, 2]), [0.0; 3]);
        assert_eq!(scaled(Scaling::Robust, &[0.5, 0.5, 1.5], &[0, 1]), [0.0, 0.0, 1.0]);
        assert_eq!(scaled(Scaling::Standard, &[f64::NAN, 2.0], &[0])[1], 2.0, "nothing learnt");
        assert_eq!(scaled(Scaling::Uniform { quantiles: 5 }, &[1.0, 2.0, 2.0, 2.0, 3.0], &[0, 1, 2, 3, 4])[1], 0.5);
    }

    #[test]
    fn it_is_json() {
        let scaler = Scaler::fit(Scaling::Normal { quantiles: 3 }, &table(&[0.1, 0.7, 2.3]), &[0, 1, 2]);
        let json = serde_json::to_string(&scaler).unwrap();
        assert_eq!(serde_json::from_str::<Scaler>(&json).unwrap(), scaler);
    }
}
