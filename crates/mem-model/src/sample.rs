//! Rows to learn from: features, what is to be told from them, and how much each row counts.

use crate::table::Table;

/// Why rows are nothing to learn from.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SampleError {
    /// No rows, no features, or no weight at all.
    #[error("there is nothing to learn from: {0}")]
    Empty(&'static str),
    /// Not as many targets or weights as rows.
    #[error("{found} {what} for {rows} rows")]
    Length {
        /// Targets or weights.
        what: &'static str,
        /// How many.
        found: usize,
        /// How many rows.
        rows: usize,
    },
    /// A number that cannot be learned from.
    #[error("row {row}: {what} is {value}, and {wanted}")]
    Value {
        /// The row, from 0.
        row: usize,
        /// Feature name, target or weight.
        what: String,
        /// The number.
        value: f64,
        /// What it ought to be.
        wanted: &'static str,
    },
}

/// Rows to learn from, picked out of others.
#[derive(Debug, Clone, PartialEq)]
pub struct Selected {
    /// The features.
    pub table: Table,
    /// What is to be told.
    pub target: Vec<f64>,
    /// How much each row counts, where the others say so.
    pub weights: Option<Vec<f64>>,
}

impl Selected {
    /// The rows, borrowed.
    pub fn sample(&self) -> Sample<'_> {
        Sample { table: &self.table, target: &self.target, weights: self.weights.as_deref() }
    }
}

/// Borrowed rows to learn from.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// The features.
    pub table: &'a Table,
    /// What is to be told, a number a row: a value, or the number of a class from 0.
    pub target: &'a [f64],
    /// How much each row counts; every row the same if none are given. Not negative.
    pub weights: Option<&'a [f64]>,
}

impl<'a> Sample<'a> {
    /// Rows that count the same.
    pub fn new(table: &'a Table, target: &'a [f64]) -> Self {
        Self { table, target, weights: None }
    }

    /// How much row `row` counts.
    pub fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// Rows by number, in that order, copied out of these.
    pub fn select(&self, rows: &[usize]) -> Selected {
        let picked = |from: &[f64]| rows.iter().map(|row| from[*row]).collect();
        Selected { table: self.table.select(rows), target: picked(self.target), weights: self.weights.map(picked) }
    }

    /// Whether lengths agree, targets are finite, weights not negative, and features not infinite (missing ones are allowed).
    ///
    /// # Errors
    /// The first that is not so.
    pub fn check(&self) -> Result<(), SampleError> {
        let rows = self.table.rows();
        if rows == 0 || self.table.width() == 0 {
            return Err(SampleError::Empty("no rows or no features"));
        }
        let lengths = [("targets", Some(self.target.len())), ("weights", self.weights.map(<[f64]>::len))];
        for (what, found) in lengths {
            if let Some(found) = found.filter(|found| *found != rows) {
                return Err(SampleError::Length { what, found, rows });
            }
        }
        let all_finite = |what: &str, values: &[f64], wanted, sound: fn(f64) -> bool| {
            let faulty = values.iter().position(|value| !sound(*value));
            let fault = |row: usize| SampleError::Value { row, what: what.to_owned(), value: values[row], wanted };
            faulty.map_or(Ok(()), |row| Err(fault(row)))
        };
        all_finite("the target", self.target, "a target is a finite number", f64::is_finite)?;
        let weights = self.weights.unwrap_or(&[]);
        all_finite("the weight", weights, "a weight is a finite number from 0", |weight| {
            weight.is_finite() && weight >= 0.0
        })?;
        if self.weights.is_some() && weights.iter().sum::<f64>() <= 0.0 {
            return Err(SampleError::Empty("all weights are 0"));
        }
        for (name, column) in self.table.names().iter().zip(self.table.columns()) {
            all_finite(name, column, "a feature is finite or missing", |value| !value.is_infinite())?;
        }
        Ok(())
    }

    /// Whether targets are numbers of classes.
    ///
    /// # Errors
    /// The first that is not a whole number below `classes`.
    pub(crate) fn check_classes(&self, classes: usize) -> Result<(), SampleError> {
        let wanted = "classes are numbered from 0";
        for (row, value) in self.target.iter().enumerate() {
            if *value < 0.0 || *value >= classes as f64 || value.fract() != 0.0 {
                return Err(SampleError::Value { row, what: "the target".to_owned(), value: *value, wanted });
            }
        }
        Ok(())
    }
}
