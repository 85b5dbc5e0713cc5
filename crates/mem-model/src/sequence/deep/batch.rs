//! Windows as tensors.

use candle_core::{Device, Result, Tensor};

use crate::linear::Scaler;
use crate::sequence::{Sequences, scaled};
use crate::table::Table;

/// Windows to learn from or to be judged on, standardised.
pub(super) struct Batches<'a> {
    windows: &'a Sequences<'a>,
    width: usize,
    steps: usize,
    /// Rows of each series, end to end.
    series: Vec<Vec<f32>>,
}

/// Windows of a step of the training, and what came after them.
pub(super) struct Batch {
    /// Rows, the oldest first, each (windows, features).
    pub(super) steps: Vec<Tensor>,
    pub(super) target: Tensor,
    pub(super) weights: Tensor,
    /// The sum of the weights.
    pub(super) total: f64,
}

impl<'a> Batches<'a> {
    pub(super) fn new(windows: &'a Sequences<'a>, scaler: &Scaler, steps: usize) -> Self {
        let width = scaler.means().len();
        let rows = |table: &Table| {
            let mut rows = vec![0.0; table.rows() * width];
            for (feature, column) in table.columns().iter().enumerate() {
                for (row, value) in column.iter().enumerate() {
                    rows[row * width + feature] = scaled(scaler, feature, *value) as f32;
                }
            }
            rows
        };
        Self { windows, width, steps, series: windows.series.iter().map(rows).collect() }
    }

    pub(super) fn len(&self) -> usize {
        self.windows.ends.len()
    }

    /// The windows of those numbers.
    pub(super) fn take(&self, numbers: &[usize]) -> Result<Batch> {
        let step = |step: usize| {
            let mut values = Vec::with_capacity(numbers.len() * self.width);
            for number in numbers {
                let (series, newest) = self.windows.ends[*number];
                let row = newest + 1 + step - self.steps;
                values.extend_from_slice(&self.series[series][row * self.width..][..self.width]);
            }
            Tensor::from_vec(values, (numbers.len(), self.width), &Device::Cpu)
        };
        let weight = |number: usize| self.windows.weights.map_or(1.0, |weights| weights[number]);
        let column = |values: Vec<f32>| Tensor::from_vec(values, numbers.len(), &Device::Cpu);
        Ok(Batch {
            steps: (0..self.steps).map(step).collect::<Result<_>>()?,
            target: column(numbers.iter().map(|number| self.windows.target[*number] as f32).collect())?,
            weights: column(numbers.iter().map(|number| weight(*number) as f32).collect())?,
            total: numbers.iter().map(|number| weight(*number)).sum(),
        })
    }
}
