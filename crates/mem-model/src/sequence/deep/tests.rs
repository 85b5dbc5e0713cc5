use candle_core::{DType, Device, Tensor, Var};
use candle_nn::rnn::{GRU, GRUConfig, LSTM, LSTMConfig, RNN};
use candle_nn::{Module, VarBuilder};

use super::*;
use crate::forest::link::logistic;
use crate::linear::LogisticParameters;
use crate::online::random::Random;
use crate::sample::Sample;
use crate::sequence::{Cell, Network, Sequence, SequenceParameters, Sequences, Shape};
use crate::table::Table;
use crate::validate::metric::roc_auc;

const CELLS: [Cell; 3] = [Cell::Lstm, Cell::Gru, Cell::Transformer];

fn shape(cell: Cell, layers: usize) -> Shape {
    Shape { cell, features: 3, steps: 7, hidden: 8, layers, heads: if cell == Cell::Transformer { 2 } else { 1 } }
}

/// A network whose weights are all drawn, shifts and gains too.
fn drawn(shape: Shape) -> Network {
    let mut random = Random::new(5);
    let mut weights = initial::weights(&shape, &mut random, 0.3);
    weights.iter_mut().flatten().for_each(|weight| *weight += (random.unit() - 0.5) as f32 * 0.4);
    let exact = weights.into_iter().map(|weights| weights.into_iter().map(f64::from).collect());
    Network::new(shape, exact.collect()).unwrap()
}

fn window(shape: &Shape, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    (0..shape.steps * shape.features).map(|_| f64::from(((random.unit() - 0.5) * 4.0) as f32)).collect()
}

fn tensors(network: &Network, dtype: DType) -> Vec<Tensor> {
    let of = |(weights, matrix): (&Vec<f64>, crate::sequence::network::Matrix)| {
        let tensor = Tensor::from_slice(weights, (matrix.rows, matrix.columns), &Device::Cpu).unwrap();
        tensor.to_dtype(dtype).unwrap()
    };
    network.weights().iter().zip(network.shape().matrices()).map(of).collect()
}

/// Windows as batches of steps.
fn steps(shape: &Shape, windows: &[Vec<f64>], dtype: DType) -> Vec<Tensor> {
    let step = |step: usize| {
        let rows: Vec<f64> =
            windows.iter().flat_map(|window| &window[step * shape.features..][..shape.features]).copied().collect();
        Tensor::from_vec(rows, (windows.len(), shape.features), &Device::Cpu).unwrap().to_dtype(dtype).unwrap()
    };
    (0..shape.steps).map(step).collect()
}

#[test]
fn what_is_trained_is_what_answers() {
    for cell in CELLS {
        for layers in [1, 2] {
            let network = drawn(shape(cell, layers));
            let windows: Vec<Vec<f64>> = (0..20).map(|seed| window(network.shape(), seed)).collect();
            for (dtype, bound) in [(DType::F64, 1e-12), (DType::F32, 1e-6)] {
                let said = graph::log_odds(
                    network.shape(),
                    &tensors(&network, dtype),
                    &steps(network.shape(), &windows, dtype),
                );
                let said: Vec<f64> = said.unwrap().to_dtype(DType::F64).unwrap().to_vec1().unwrap();
                for (window, theirs) in windows.iter().zip(said) {
                    let ours = network.log_odds(window);
                    assert!((logistic(ours) - logistic(theirs)).abs() < bound, "{cell:?} {dtype:?}: {ours} {theirs}");
                }
            }
        }
    }
}

/// A matrix of ours as candle's own layers have it: outputs are rows.
fn transposed(network: &Network, number: usize) -> Tensor {
    let matrix = network.shape().matrices()[number];
    let ours = Tensor::from_slice(&network.weights()[number], (matrix.rows, matrix.columns), &Device::Cpu).unwrap();
    ours.t().unwrap().contiguous().unwrap()
}

fn vector(numbers: Vec<f64>) -> Tensor {
    let length = numbers.len();
    Tensor::from_vec(numbers, length, &Device::Cpu).unwrap()
}

#[test]
fn recurrent_networks_answer_as_those_of_candle() {
    for cell in [Cell::Lstm, Cell::Gru] {
        let network = drawn(shape(cell, 1));
        let hidden = network.shape().hidden;
        let weights = network.weights();
        let mut named = std::collections::HashMap::from([
            ("weight_ih_l0".to_owned(), transposed(&network, 0)),
            ("weight_hh_l0".to_owned(), transposed(&network, 1)),
            ("bias_ih_l0".to_owned(), vector(weights[2].clone())),
        ]);
        let mut of_state = vec![0.0; weights[2].len()];
        if cell == Cell::Gru {
            of_state[2 * hidden..].copy_from_slice(&weights[3]);
        }
        named.insert("bias_hh_l0".to_owned(), vector(of_state));
        let named = VarBuilder::from_tensors(named, DType::F64, &Device::Cpu);
        let input = |window: &[f64]| {
            Tensor::from_slice(window, (1, network.shape().steps, network.shape().features), &Device::Cpu).unwrap()
        };
        let state = |window: &[f64]| match cell {
            Cell::Lstm => {
                let layer = LSTM::new(3, hidden, LSTMConfig::default(), named.clone()).unwrap();
                layer.seq(&input(window)).unwrap().pop().unwrap().h().clone()
            }
            _ => {
                let layer = GRU::new(3, hidden, GRUConfig::default(), named.clone()).unwrap();
                layer.seq(&input(window)).unwrap().pop().unwrap().h().clone()
            }
        };
        let (head, shift) = (weights[weights.len() - 2].clone(), weights[weights.len() - 1][0]);
        let head = candle_nn::Linear::new(vector(head).unsqueeze(0).unwrap(), Some(vector(vec![shift])));
        for seed in 0..20 {
            let window = window(network.shape(), seed);
            let theirs = head.forward(&state(&window)).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap()[0];
            let ours = network.log_odds(&window);
            assert!((ours - theirs).abs() < 1e-12, "{cell:?}: {ours} {theirs}");
        }
    }
}

#[test]
fn gradients_are_those_of_small_differences() {
    for cell in CELLS {
        let network = drawn(shape(cell, 2));
        let windows: Vec<Vec<f64>> = (0..5).map(|seed| window(network.shape(), seed)).collect();
        let vars: Vec<Var> =
            tensors(&network, DType::F64).iter().map(|tensor| Var::from_tensor(tensor).unwrap()).collect();
        let weights: Vec<Tensor> = vars.iter().map(|var| var.as_tensor().clone()).collect();
        let said = graph::log_odds(network.shape(), &weights, &steps(network.shape(), &windows, DType::F64)).unwrap();
        let slopes = said.sum_all().unwrap().backward().unwrap();
        let sum = |weights: Vec<Vec<f64>>| {
            let network = Network::new(*network.shape(), weights).unwrap();
            windows.iter().map(|window| network.log_odds(window)).sum::<f64>()
        };
        for (number, var) in vars.iter().enumerate() {
            let slope = slopes.get(var).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
            for at in [0, slope.len() / 2, slope.len() - 1] {
                let moved = |by: f64| {
                    let mut weights = network.weights().to_vec();
                    weights[number][at] += by;
                    sum(weights)
                };
                let measured = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((measured - slope[at]).abs() < 1e-5, "{cell:?} {number} {at}: {measured} {}", slope[at]);
            }
        }
    }
}

/// Two series of noise, and whether the product of the last `last` values is above 0: no row knows anything of it.
struct Planted {
    series: Vec<Table>,
    ends: Vec<(usize, usize)>,
    target: Vec<f64>,
}

impl Planted {
    fn new(seed: u64, rows: usize, last: usize) -> Self {
        let mut random = Random::new(seed);
        let (mut series, mut ends, mut target) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..2 {
            let column: Vec<f64> = (0..rows).map(|_| random.unit() * 20.0 - 10.0).collect();
            let other: Vec<f64> =
                (0..rows).map(|_| if random.unit() < 0.1 { f64::NAN } else { random.unit() }).collect();
            for row in 7..rows {
                ends.push((number, row));
                let product: f64 = column[row + 1 - last..=row].iter().product();
                target.push(f64::from(u8::from(product > 0.0)));
            }
            series.push(Table::new(vec!["noise".to_owned(), "other".to_owned()], vec![column, other]).unwrap());
        }
        Self { series, ends, target }
    }

    fn sequences(&self) -> Sequences<'_> {
        Sequences { series: &self.series, ends: &self.ends, target: &self.target, weights: None }
    }

    fn window(&self, series: usize, row: usize, steps: usize) -> Vec<f64> {
        let columns = self.series[series].columns();
        (row + 1 - steps..=row).flat_map(|row| columns.iter().map(move |column| column[row])).collect()
    }

    fn auc(&self, answer: impl Fn(&[f64]) -> f64, steps: usize) -> f64 {
        let said: Vec<f64> = self.ends.iter().map(|(series, row)| answer(&self.window(*series, *row, steps))).collect();
        let truth: Vec<bool> = self.target.iter().map(|target| *target > 0.5).collect();
        roc_auc(&truth, &said).unwrap()
    }
}

fn parameters(cell: Cell) -> SequenceParameters {
    SequenceParameters {
        cell,
        steps: 8,
        hidden: 16,
        epochs: 60,
        patience: 20,
        batch: 64,
        learning_rate: 0.01,
        seed: 3,
        ..SequenceParameters::default()
    }
}

fn trained(parameters: &SequenceParameters, rows: usize, last: usize) -> Sequence {
    let (training, validation) = (Planted::new(1, rows, last), Planted::new(2, rows / 4, last));
    parameters.train(&training.sequences(), Some(&validation.sequences())).unwrap()
}

#[test]
fn a_pattern_over_rows_is_learned_that_no_row_knows_of() {
    for (cell, last) in [(Cell::Lstm, 3), (Cell::Gru, 3), (Cell::Transformer, 2)] {
        let learned = trained(&parameters(cell), 1_200, last);
        let unseen = Planted::new(9, 500, last);
        let auc = unseen.auc(|window| learned.answer(window), 8);
        assert!(auc > 0.95, "{cell:?}: {auc}");
        let taught = Planted::new(1, 1_200, last);
        let newest = taught.sequences().newest();
        let rows = LogisticParameters::default().train(&Sample::new(&newest, &taught.target)).unwrap();
        let alone = unseen.auc(|row| rows.predict_row(row).unwrap(), 1);
        assert!((0.4..0.6).contains(&alone), "{alone}");
    }
}

#[test]
fn the_same_windows_and_seed_give_the_same_weights() {
    for cell in CELLS {
        let short = SequenceParameters { epochs: 2, ..parameters(cell) };
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| trained(&short, 300, 3))
        };
        let one = on(1);
        assert!(one == on(3));
        assert!(one != trained(&SequenceParameters { seed: 4, ..short.clone() }, 300, 3));
    }
}

#[test]
fn what_comes_after_the_windows_changes_nothing() {
    let short = SequenceParameters { epochs: 2, ..parameters(Cell::Gru) };
    let mut training = Planted::new(1, 300, 3);
    let whole = short.train(&training.sequences(), None).unwrap();
    for table in &mut training.series {
        let longer = table.columns().iter().map(|column| column.iter().copied().chain([1e6, -1e6]).collect());
        *table = Table::new(table.names().to_vec(), longer.collect()).unwrap();
    }
    assert!(short.train(&training.sequences(), None).unwrap() == whole);
}

#[test]
fn it_ends_early_and_keeps_the_best() {
    // Noise: what is learned after the first epochs is the training rows by heart.
    let mut training = Planted::new(1, 300, 3);
    let mut random = Random::new(8);
    training.target.iter_mut().for_each(|target| *target = f64::from(u8::from(random.unit() < 0.5)));
    let mut validation = Planted::new(2, 300, 3);
    validation.target.iter_mut().for_each(|target| *target = f64::from(u8::from(random.unit() < 0.5)));
    let with = |epochs: usize| {
        let parameters = SequenceParameters { epochs, patience: 4, ..parameters(Cell::Lstm) };
        parameters.train(&training.sequences(), Some(&validation.sequences())).unwrap()
    };
    let many = with(200);
    assert!(many == with(400), "it has ended long before");
    let by_heart = SequenceParameters { epochs: 40, ..parameters(Cell::Lstm) };
    let by_heart = by_heart.train(&training.sequences(), None).unwrap();
    let loss = |sequence: &Sequence, of: &Planted| {
        let said = of.ends.iter().map(|(series, row)| sequence.answer(&of.window(*series, *row, 8)));
        let losses = said.zip(&of.target).map(|(said, target)| -(if *target > 0.5 { said } else { 1.0 - said }).ln());
        losses.sum::<f64>() / of.target.len() as f64
    };
    assert!(loss(&by_heart, &training) < 0.5 && loss(&by_heart, &validation) > 0.8);
    assert!(loss(&many, &validation) < 0.71, "no worse than knowing nothing: {}", loss(&many, &validation));
}
