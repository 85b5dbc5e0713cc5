//! From a window to the log-odds: plain loops in one order, so that the same window gives the same bits wherever it is asked.

use super::network::{Cell, Network};
use crate::forest::link::{logistic, softmax};

/// Added to the variance of a norm.
pub(super) const NORM_EPSILON: f64 = 1e-5;

/// Weights in the order in which they are used.
type Weights<'a> = std::slice::Iter<'a, Vec<f64>>;

impl Network {
    /// The logarithm of the odds of the second of two classes after a window of standardised rows, end to end, oldest first.
    ///
    /// # Panics
    /// If the window is not of this network's shape.
    pub fn log_odds(&self, window: &[f64]) -> f64 {
        let shape = self.shape();
        assert_eq!(window.len(), shape.steps * shape.features, "a window of the network's shape");
        let mut weights = self.weights().iter();
        let newest = match shape.cell {
            Cell::Transformer => self.attend(window, &mut weights),
            Cell::Lstm | Cell::Gru => {
                let (mut rows, mut width) = (window.to_vec(), shape.features);
                for _ in 0..shape.layers {
                    rows = match shape.cell {
                        Cell::Lstm => lstm(&rows, width, shape.hidden, &mut weights),
                        _ => gru(&rows, width, shape.hidden, &mut weights),
                    };
                    width = shape.hidden;
                }
                rows.split_off(rows.len() - shape.hidden)
            }
        };
        linear(&newest, shape.hidden, &mut weights)[0]
    }

    /// What a transformer makes of the newest row.
    fn attend(&self, window: &[f64], weights: &mut Weights<'_>) -> Vec<f64> {
        let shape = self.shape();
        let hidden = shape.hidden;
        let mut rows = linear(window, shape.features, weights);
        rows.iter_mut().zip(next(weights)).for_each(|(value, place)| *value += place);
        for layer in 1..=shape.layers {
            let looked_at = linear(&norm(&rows, hidden, weights), hidden, weights);
            // Of the last layer only the newest row is read.
            let asked = if layer == shape.layers { 1 } else { shape.steps };
            rows.drain(..rows.len() - asked * hidden);
            let seen = attention(&looked_at, asked, hidden, shape.heads);
            add(&mut rows, &linear(&seen, hidden, weights));
            let mut wide = linear(&norm(&rows, hidden, weights), hidden, weights);
            wide.iter_mut().for_each(|value| *value = value.max(0.0));
            add(&mut rows, &linear(&wide, 2 * hidden, weights));
        }
        norm(&rows, hidden, weights)
    }
}

/// The states of an LSTM after each of `rows`.
fn lstm(rows: &[f64], width: usize, hidden: usize, weights: &mut Weights<'_>) -> Vec<f64> {
    let [of_input, of_state, shift] = [next(weights), next(weights), next(weights)];
    let (mut state, mut memory, mut gates) = (vec![0.0; hidden], vec![0.0; hidden], vec![0.0; 4 * hidden]);
    let mut states = Vec::with_capacity(rows.len() / width * hidden);
    for row in rows.chunks_exact(width) {
        gates.copy_from_slice(shift);
        add_product(&mut gates, row, of_input);
        add_product(&mut gates, &state, of_state);
        for unit in 0..hidden {
            let [input, forget, cell, output] = [0, 1, 2, 3].map(|gate| gates[gate * hidden + unit]);
            memory[unit] = logistic(forget) * memory[unit] + logistic(input) * libm::tanh(cell);
            state[unit] = logistic(output) * libm::tanh(memory[unit]);
        }
        states.extend_from_slice(&state);
    }
    states
}

/// The states of a GRU after each of `rows`.
fn gru(rows: &[f64], width: usize, hidden: usize, weights: &mut Weights<'_>) -> Vec<f64> {
    let [of_input, of_state, shift, state_shift] = [next(weights), next(weights), next(weights), next(weights)];
    let (mut state, mut from_row, mut from_state) = (vec![0.0; hidden], vec![0.0; 3 * hidden], vec![0.0; 3 * hidden]);
    let mut states = Vec::with_capacity(rows.len() / width * hidden);
    for row in rows.chunks_exact(width) {
        from_row.copy_from_slice(shift);
        add_product(&mut from_row, row, of_input);
        from_state[..2 * hidden].fill(0.0);
        from_state[2 * hidden..].copy_from_slice(state_shift);
        add_product(&mut from_state, &state, of_state);
        for unit in 0..hidden {
            let [reset, update] = [unit, hidden + unit].map(|at| logistic(from_row[at] + from_state[at]));
            let candidate = libm::tanh(from_row[2 * hidden + unit] + reset * from_state[2 * hidden + unit]);
            state[unit] = (1.0 - update) * candidate + update * state[unit];
        }
        states.extend_from_slice(&state);
    }
    states
}

/// What the last `asked` rows see of all rows, each of which holds query, key and value.
fn attention(rows: &[f64], asked: usize, hidden: usize, heads: usize) -> Vec<f64> {
    let (part, count) = (hidden / heads, rows.len() / (3 * hidden));
    let of = |row: usize, what: usize, head: usize| &rows[(row * 3 + what) * hidden + head * part..][..part];
    let mut seen = vec![0.0; asked * hidden];
    for (number, seen) in seen.chunks_exact_mut(hidden).enumerate() {
        for (head, seen) in seen.chunks_exact_mut(part).enumerate() {
            let query = of(count - asked + number, 0, head);
            let likeness = |row| query.iter().zip(of(row, 1, head)).map(|(q, k)| q * k).sum::<f64>();
            let mut shares: Vec<f64> = (0..count).map(|row| likeness(row) / (part as f64).sqrt()).collect();
            softmax(&mut shares);
            for (row, share) in shares.iter().enumerate() {
                seen.iter_mut().zip(of(row, 2, head)).for_each(|(sum, value)| *sum += share * value);
            }
        }
    }
    seen
}

/// Rows of mean 0 and variance 1, times a gain, plus a shift (Ba et al. 2016).
fn norm(rows: &[f64], hidden: usize, weights: &mut Weights<'_>) -> Vec<f64> {
    let [gain, shift] = [next(weights), next(weights)];
    let mut normed = Vec::with_capacity(rows.len());
    for row in rows.chunks_exact(hidden) {
        let mean = row.iter().sum::<f64>() / hidden as f64;
        let variance = row.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / hidden as f64;
        let deviation = (variance + NORM_EPSILON).sqrt();
        normed.extend(
            row.iter()
                .zip(gain.iter().zip(shift))
                .map(|(value, (gain, shift))| (value - mean) / deviation * gain + shift),
        );
    }
    normed
}

/// Each row times a matrix, plus a shift.
fn linear(rows: &[f64], width: usize, weights: &mut Weights<'_>) -> Vec<f64> {
    let [matrix, shift] = [next(weights), next(weights)];
    let mut out = Vec::with_capacity(rows.len() / width * shift.len());
    for row in rows.chunks_exact(width) {
        let from = out.len();
        out.extend_from_slice(shift);
        add_product(&mut out[from..], row, matrix);
    }
    out
}

/// Adds a row times a matrix, a row of the matrix at a time: outputs side by side, sums in the order of the inputs.
fn add_product(sums: &mut [f64], row: &[f64], matrix: &[f64]) {
    for (value, weights) in row.iter().zip(matrix.chunks_exact(sums.len())) {
        sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += value * weight);
    }
}

fn add(rows: &mut [f64], others: &[f64]) {
    rows.iter_mut().zip(others).for_each(|(row, other)| *row += other);
}

fn next<'a>(weights: &mut Weights<'a>) -> &'a [f64] {
    weights.next().expect("a sound network has all its weights")
}
