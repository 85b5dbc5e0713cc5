//! Step by step, until the validation rows are foreseen no better.

use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor, Var};
use candle_nn::{AdamW, Optimizer, ParamsAdamW};

use super::batch::{Batch, Batches};
use super::{graph, initial};
use crate::held_out::log_odds;
use crate::linear::Scaler;
use crate::online::random::Random;
use crate::sample::Sample;
use crate::sequence::{Network, Sequence, SequenceError, SequenceParameters, Sequences, Shape};

/// Windows that are judged at once.
const JUDGED: usize = 1024;

/// Trains a network on windows that were checked.
pub(in crate::sequence) fn train(
    parameters: &SequenceParameters,
    training: &Sequences<'_>,
    validation: Option<&Sequences<'_>>,
) -> Result<Sequence, SequenceError> {
    // One thread: sums are added up in the same order on any machine of the kind, and whoever trades beside it keeps the others.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.map_err(|error| SequenceError::Gradients(error.to_string()))?;
    pool.install(|| {
        let newest = training.newest();
        let sample = Sample { table: &newest, target: training.target, weights: training.weights };
        let scaler = Scaler::fit(&sample);
        let (mut total, mut ones) = (0.0, 0.0);
        for (row, target) in training.target.iter().enumerate() {
            total += sample.weight(row);
            ones += sample.weight(row) * target;
        }
        let shape = parameters.shape(newest.width());
        let taught = Batches::new(training, &scaler, parameters.steps);
        let judged = validation.map(|validation| Batches::new(validation, &scaler, parameters.steps));
        let weights = Epochs::begin(parameters, shape, log_odds(ones / total))?.run(&taught, judged.as_ref())?;
        let network = Network::new(shape, weights).ok_or(SequenceError::Diverged)?;
        Ok(Sequence { scaler, network })
    })
}

/// A network in training.
struct Epochs<'a> {
    parameters: &'a SequenceParameters,
    shape: Shape,
    random: Random,
    weights: Vec<Var>,
    optimizer: AdamW,
}

impl<'a> Epochs<'a> {
    fn begin(parameters: &'a SequenceParameters, shape: Shape, log_odds: f64) -> Result<Self, SequenceError> {
        let mut random = Random::new(parameters.seed);
        let first = initial::weights(&shape, &mut random, log_odds);
        let var = |(weights, matrix): (Vec<f32>, crate::sequence::network::Matrix)| {
            Var::from_vec(weights, (matrix.rows, matrix.columns), &Device::Cpu)
        };
        let weights = first.into_iter().zip(shape.matrices()).map(var).collect::<Result<Vec<_>, _>>()?;
        let how = ParamsAdamW {
            lr: parameters.learning_rate,
            weight_decay: parameters.weight_decay,
            ..ParamsAdamW::default()
        };
        let optimizer = AdamW::new(weights.clone(), how)?;
        Ok(Self { parameters, shape, random, weights, optimizer })
    }

    /// The weights that foresaw the validation rows best; the last ones, where there are none.
    fn run(mut self, taught: &Batches<'_>, judged: Option<&Batches<'_>>) -> Result<Vec<Vec<f64>>, SequenceError> {
        let mut best: Option<(f64, Vec<Vec<f64>>)> = None;
        let mut since = 0;
        for _ in 0..self.parameters.epochs {
            let order = self.random.distinct(taught.len(), taught.len());
            for numbers in order.chunks(self.parameters.batch) {
                self.step(&taught.take(numbers)?)?;
            }
            let Some(judged) = judged else { continue };
            let loss = self.loss(judged)?;
            if best.as_ref().is_none_or(|(least, _)| loss < *least) {
                best = Some((loss, self.numbers()?));
                since = 0;
            } else {
                since += 1;
                if since == self.parameters.patience {
                    break;
                }
            }
        }
        best.map_or_else(|| self.numbers(), |(_, weights)| Ok(weights))
    }

    /// Weights go down the slope of the loss of a batch.
    fn step(&mut self, batch: &Batch) -> Result<(), SequenceError> {
        if batch.total <= 0.0 {
            return Ok(());
        }
        let weights: Vec<Tensor> = self.weights.iter().map(|weights| weights.as_tensor().clone()).collect();
        let loss = (losses(&graph::log_odds(&self.shape, &weights, &batch.steps)?, batch)? / batch.total)?;
        let mut slopes = loss.backward()?;
        self.clip(&mut slopes)?;
        Ok(self.optimizer.step(&slopes)?)
    }

    /// Cuts gradients down where they are too long together (Pascanu et al. 2013).
    fn clip(&self, slopes: &mut GradStore) -> Result<(), SequenceError> {
        let mut squares = 0.0;
        for weights in &self.weights {
            if let Some(slope) = slopes.get(weights) {
                squares += f64::from(slope.sqr()?.sum_all()?.to_scalar::<f32>()?);
            }
        }
        let norm = squares.sqrt();
        if !norm.is_finite() {
            return Err(SequenceError::Diverged);
        }
        if norm > self.parameters.clip {
            for weights in &self.weights {
                if let Some(slope) = slopes.get(weights) {
                    let cut = (slope * (self.parameters.clip / norm))?;
                    slopes.insert(weights, cut);
                }
            }
        }
        Ok(())
    }

    /// The mean loss on windows that teach nothing.
    fn loss(&self, judged: &Batches<'_>) -> Result<f64, SequenceError> {
        let weights: Vec<Tensor> = self.weights.iter().map(Var::as_detached_tensor).collect();
        let (mut sum, mut total) = (0.0, 0.0);
        let all: Vec<usize> = (0..judged.len()).collect();
        for numbers in all.chunks(JUDGED) {
            let batch = judged.take(numbers)?;
            let said = graph::log_odds(&self.shape, &weights, &batch.steps)?;
            sum += f64::from(losses(&said, &batch)?.to_scalar::<f32>()?);
            total += batch.total;
        }
        let loss = sum / total;
        if loss.is_finite() { Ok(loss) } else { Err(SequenceError::Diverged) }
    }

    fn numbers(&self) -> Result<Vec<Vec<f64>>, SequenceError> {
        let of = |weights: &Var| -> Result<Vec<f64>, SequenceError> {
            Ok(weights.flatten_all()?.to_vec1::<f32>()?.into_iter().map(f64::from).collect())
        };
        self.weights.iter().map(of).collect()
    }
}

/// The sum of logarithmic losses, as they count: ln(1 + exp(-s)) for what happened, with the larger part outside the exponential.
fn losses(log_odds: &Tensor, batch: &Batch) -> candle_core::Result<Tensor> {
    let rest = (log_odds.abs()?.neg()?.exp()? + 1.0)?.log()?;
    let each = ((log_odds.relu()? - (log_odds * &batch.target)?)? + rest)?;
    (each * &batch.weights)?.sum_all()
}
