//! Weights before the first step.

use crate::online::random::Random;
use crate::sequence::network::{Cell, Matrix, Role, Shape};

/// Places are told apart by little at first.
const PLACES: f64 = 0.1;

/// Weights by seed, in the order of the matrices. Recurrent products are uniform within 1 / sqrt(hidden), as PyTorch has it, others within
/// sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010). An LSTM begins by forgetting little (Jozefowicz et al. 2015), and everything begins
/// near `log_odds`.
pub(super) fn weights(shape: &Shape, random: &mut Random, log_odds: f64) -> Vec<Vec<f32>> {
    let of = |matrix: &Matrix| -> Vec<f32> {
        let mut within = |bound: f64| {
            let draw = |_| ((random.unit() * 2.0 - 1.0) * bound) as f32;
            (0..matrix.rows * matrix.columns).map(draw).collect()
        };
        match (matrix.role, shape.cell) {
            (Role::Product, Cell::Transformer) => within((6.0 / (matrix.rows + matrix.columns) as f64).sqrt()),
            (Role::Product, _) => within(1.0 / (shape.hidden as f64).sqrt()),
            (Role::Places, _) => within(PLACES),
            (Role::Shift, _) => vec![0.0; matrix.columns],
            (Role::Gain, _) => vec![1.0; matrix.columns],
            (Role::Gates, _) => {
                let forget = shape.hidden..2 * shape.hidden;
                (0..matrix.columns).map(|column| f32::from(u8::from(forget.contains(&column)))).collect()
            }
        }
    };
    let mut all: Vec<Vec<f32>> = shape.matrices().iter().map(of).collect();
    if let Some(shift) = all.last_mut() {
        shift.fill(log_odds as f32);
    }
    all
}
