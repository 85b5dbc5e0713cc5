//! The same networks as `forward`, as operations that know their gradients. What candle computes without gradients (its norm, its fast
//! softmax) is put together from what it computes with them.

use candle_core::{D, Result, Tensor};
use candle_nn::ops::{sigmoid, softmax};

use crate::sequence::forward::NORM_EPSILON;
use crate::sequence::network::{Cell, Shape};

/// Weights in the order in which they are used.
type Weights<'a> = std::slice::Iter<'a, Tensor>;

/// The log-odds of each window of a batch; `steps` are its rows, the oldest first, each (windows, features).
pub(super) fn log_odds(shape: &Shape, weights: &[Tensor], steps: &[Tensor]) -> Result<Tensor> {
    let mut weights = weights.iter();
    let newest = match shape.cell {
        Cell::Transformer => attend(shape, steps, &mut weights)?,
        Cell::Lstm | Cell::Gru => {
            let mut rows = steps.to_vec();
            for _ in 0..shape.layers {
                rows = match shape.cell {
                    Cell::Lstm => lstm(&rows, shape.hidden, &mut weights)?,
                    _ => gru(&rows, shape.hidden, &mut weights)?,
                };
            }
            rows.swap_remove(rows.len() - 1)
        }
    };
    linear(&newest, &mut weights)?.flatten_all()
}

fn lstm(rows: &[Tensor], hidden: usize, weights: &mut Weights<'_>) -> Result<Vec<Tensor>> {
    let [of_input, of_state, shift] = [next(weights), next(weights), next(weights)];
    let mut state = Tensor::zeros((rows[0].dim(0)?, hidden), rows[0].dtype(), rows[0].device())?;
    let mut memory = state.clone();
    let mut states = Vec::with_capacity(rows.len());
    for row in rows {
        let gates = (row.matmul(of_input)? + state.matmul(of_state)?)?.broadcast_add(shift)?;
        let gate = |number: usize| gates.narrow(1, number * hidden, hidden);
        let kept = (sigmoid(&gate(1)?)? * &memory)?;
        memory = (kept + (sigmoid(&gate(0)?)? * gate(2)?.tanh()?)?)?;
        state = (sigmoid(&gate(3)?)? * memory.tanh()?)?;
        states.push(state.clone());
    }
    Ok(states)
}

fn gru(rows: &[Tensor], hidden: usize, weights: &mut Weights<'_>) -> Result<Vec<Tensor>> {
    let [of_input, of_state, shift, state_shift] = [next(weights), next(weights), next(weights), next(weights)];
    let mut state = Tensor::zeros((rows[0].dim(0)?, hidden), rows[0].dtype(), rows[0].device())?;
    let mut states = Vec::with_capacity(rows.len());
    for row in rows {
        let from_row = row.matmul(of_input)?.broadcast_add(shift)?;
        let from_state = state.matmul(of_state)?;
        let part = |of: &Tensor, number: usize| of.narrow(1, number * hidden, hidden);
        let reset = sigmoid(&(part(&from_row, 0)? + part(&from_state, 0)?)?)?;
        let update = sigmoid(&(part(&from_row, 1)? + part(&from_state, 1)?)?)?;
        let remembered = (reset * part(&from_state, 2)?.broadcast_add(state_shift)?)?;
        let candidate = (part(&from_row, 2)? + remembered)?.tanh()?;
        state = (&candidate + (update * (&state - &candidate)?)?)?;
        states.push(state.clone());
    }
    Ok(states)
}

fn attend(shape: &Shape, steps: &[Tensor], weights: &mut Weights<'_>) -> Result<Tensor> {
    let (windows, hidden, part) = (steps[0].dim(0)?, shape.hidden, shape.hidden / shape.heads);
    let flat = Tensor::stack(steps, 1)?.reshape((windows * shape.steps, shape.features))?;
    let mut rows = linear(&flat, weights)?.reshape((windows, shape.steps, hidden))?.broadcast_add(next(weights))?;
    for layer in 1..=shape.layers {
        let looked_at = linear(&norm(&rows.reshape(((), hidden))?, weights)?, weights)?;
        let looked_at = looked_at.reshape((windows, shape.steps, 3, shape.heads, part))?;
        // (windows, heads, rows, part) of queries, keys and values.
        let of = |what: usize| looked_at.narrow(2, what, 1)?.squeeze(2)?.transpose(1, 2)?.contiguous();
        let asked = if layer == shape.layers { 1 } else { shape.steps };
        let query = of(0)?.narrow(2, shape.steps - asked, asked)?.contiguous()?;
        let likeness = (query.matmul(&of(1)?.transpose(2, 3)?.contiguous()?)? / (part as f64).sqrt())?;
        let seen = softmax(&likeness, D::Minus1)?.matmul(&of(2)?)?.transpose(1, 2)?.contiguous()?;
        let newest = rows.narrow(1, shape.steps - asked, asked)?.reshape((windows * asked, hidden))?;
        let with_seen = (newest + linear(&seen.reshape((windows * asked, hidden))?, weights)?)?;
        let wide = linear(&norm(&with_seen, weights)?, weights)?.relu()?;
        rows = (with_seen + linear(&wide, weights)?)?.reshape((windows, asked, hidden))?;
    }
    norm(&rows.reshape((windows, hidden))?, weights)
}

fn norm(rows: &Tensor, weights: &mut Weights<'_>) -> Result<Tensor> {
    let [gain, shift] = [next(weights), next(weights)];
    let centred = rows.broadcast_sub(&rows.mean_keepdim(D::Minus1)?)?;
    let deviation = (centred.sqr()?.mean_keepdim(D::Minus1)? + NORM_EPSILON)?.sqrt()?;
    centred.broadcast_div(&deviation)?.broadcast_mul(gain)?.broadcast_add(shift)
}

fn linear(rows: &Tensor, weights: &mut Weights<'_>) -> Result<Tensor> {
    let [matrix, shift] = [next(weights), next(weights)];
    rows.matmul(matrix)?.broadcast_add(shift)
}

fn next<'a>(weights: &mut Weights<'a>) -> &'a Tensor {
    weights.next().expect("a network has all its weights")
}
