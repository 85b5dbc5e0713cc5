//! One training: most of the rows teach, the newest of them say when to stop and how sure to be.

use mem_model::boost::BoostParameters;
use mem_model::calibrate::{Calibrator, Isotonic, Platt};
use mem_model::held_out::log_odds;
use mem_model::learn::{Learn, Predictor};
use mem_model::model::{Model, ModelParts, Watch};
use mem_model::sample::Sample;
use mem_model::sequence::{Sequence, SequenceParameters};
use mem_model::table::Table;
use rayon::prelude::*;

use super::ensemble::{self, Ensemble};
use super::rows::Rows;
use super::{Calibration, LearnConfig, Learner};
use crate::error::ResearchError;

/// Share of the rows, the newest, that do not teach.
const HELD_BACK: f64 = 0.2;
/// Rows, at most, that a network is asked for what it rests on.
const ASKED: usize = 200;
/// The version of a model that nobody has registered.
const UNREGISTERED: &str = "0.0.0";

/// Those of `train` that teach, and the newest of them, which say when to stop. What teaches was known when the first of those was decided.
fn teachers<'a>(rows: &Rows, train: &'a [usize]) -> (Vec<usize>, &'a [usize]) {
    let back = train.len() - ((train.len() as f64 * HELD_BACK) as usize).max(1);
    let held_back = &train[back..];
    let begins = rows.spans[held_back[0]].t0;
    (train[..back].iter().copied().filter(|row| rows.spans[*row].t1 <= begins).collect(), held_back)
}

/// Trains on `train`, rows by number in order of time. A model that is to be kept carries what its rows were like.
///
/// # Errors
/// If nothing can be learned from these rows.
pub(super) fn fit(config: &LearnConfig, rows: &Rows, train: &[usize], kept: bool) -> Result<Model, ResearchError> {
    let (teach, held_back) = teachers(rows, train);
    let predictor = match &config.learner {
        Learner::BoostedTrees(parameters) => learn(parameters, rows, &teach, held_back)?,
        Learner::Logistic(parameters) => learn(parameters, rows, &teach, held_back)?,
        Learner::Sequence(parameters) => learn_sequences(parameters, rows, &teach, held_back)?,
        Learner::Weighted { .. } | Learner::Stacked { .. } | Learner::Switched { .. } => {
            learn(&Ensemble::new(config, rows, &teach)?, rows, &teach, held_back)?
        }
    };
    let model = model(config, rows, vec![predictor], kept.then_some(train))?;
    let scores: Vec<f64> = rows.ask(&model, held_back)?.into_iter().map(log_odds).collect();
    let (truth, weights) = (picked(&rows.target, held_back), picked(&rows.weights, held_back));
    let calibrator = match config.calibration {
        Calibration::Platt => Calibrator::Platt(Platt::fit(&scores, &truth, Some(&weights)).map_err(wrong)?),
        Calibration::Isotonic => Calibrator::Isotonic(Isotonic::fit(&scores, &truth, Some(&weights)).map_err(wrong)?),
        Calibration::None => return Ok(model),
    };
    model.calibrated(calibrator).map_err(wrong)
}

/// What a learner makes of the rows that `teach`; those `held_back` say when to stop.
fn learn(by: &dyn Learn, rows: &Rows, teach: &[usize], held_back: &[usize]) -> Result<Predictor, ResearchError> {
    let (table, target, weights) = taken(rows, &rows.target, teach);
    let (unseen, truth, unseen_weights) = taken(rows, &rows.target, held_back);
    let sample = Sample { table: &table, target: &target, weights: Some(&weights) };
    let validation = Sample { table: &unseen, target: &truth, weights: Some(&unseen_weights) };
    by.learn(&sample, Some(&validation)).map_err(wrong)
}

/// The same with the rows that lead up to each.
fn learn_sequences(
    by: &SequenceParameters,
    rows: &Rows,
    teach: &[usize],
    held_back: &[usize],
) -> Result<Predictor, ResearchError> {
    let part = |of: &[usize]| (picked(&rows.places, of), picked(&rows.target, of), picked(&rows.weights, of));
    let (ends, target, weights) = part(teach);
    let (unseen, truth, unseen_weights) = part(held_back);
    let training = rows.sequences(&ends, &target, &weights);
    let validation = rows.sequences(&unseen, &truth, &unseen_weights);
    Ok(Predictor::Sequence(by.train(&training, Some(&validation)).map_err(wrong)?))
}

/// Trains a forecaster of numbers, `truth`, on `train`: a predictor for each of its answers.
///
/// # Errors
/// If nothing can be learned from these rows.
pub(super) fn forecaster(
    config: &LearnConfig,
    rows: &Rows,
    truth: &[f64],
    train: &[usize],
    kept: bool,
) -> Result<Model, ResearchError> {
    let Learner::BoostedTrees(parameters) = &config.learner else {
        return Err(ResearchError::Target { target: config.target.as_str() });
    };
    let (teach, held_back) = teachers(rows, train);
    let (table, target, weights) = taken(rows, truth, &teach);
    let (unseen, unseen_truth, unseen_weights) = taken(rows, truth, held_back);
    let sample = Sample { table: &table, target: &target, weights: Some(&weights) };
    let validation = Sample { table: &unseen, target: &unseen_truth, weights: Some(&unseen_weights) };
    let learn = |objective| {
        let parameters = BoostParameters { objective, ..parameters.clone() };
        parameters.learn(&sample, Some(&validation)).map_err(wrong)
    };
    let predictors = config.target.objectives().into_iter().map(learn).collect::<Result<Vec<_>, _>>()?;
    drop((table, unseen));
    model(config, rows, predictors, kept.then_some(train))
}

/// A model of predictors; one that is to be kept carries what the rows were like that trained it.
fn model(
    config: &LearnConfig,
    rows: &Rows,
    predictors: Vec<Predictor>,
    kept: Option<&[usize]>,
) -> Result<Model, ResearchError> {
    let minutes = config.label.longest() as i64 * (config.timeframe.nanos() / 60_000_000_000);
    Model::new(ModelParts {
        version: UNREGISTERED.to_owned(),
        features: rows.table.names().to_vec(),
        horizon_minutes: u32::try_from(minutes).unwrap_or(u32::MAX),
        tells: config.tells(),
        predictors,
        calibrator: None,
        watch: kept.map(|train| watch(rows, train)),
    })
    .map_err(wrong)
}

/// What rows were like, symbol by symbol.
fn watch(rows: &Rows, train: &[usize]) -> Watch {
    let of = |market| train.iter().copied().filter(|row| rows.places[*row].0 == market).collect::<Vec<usize>>();
    let series = rows.markets.iter().enumerate();
    Watch::over(series.map(|(number, market)| (market.key().symbol.clone(), rows.table.select(&of(number)))))
}

/// Features by how much a model rests on them, the greatest first; shares that sum to 1.
pub(super) fn importance(model: &Model, rows: &Rows, train: &[usize]) -> Vec<(String, f64)> {
    let parts = model.parts();
    let shares = shares(&parts.predictors[0], rows, train);
    let mut ranked: Vec<(String, f64)> = parts.features.iter().cloned().zip(shares).collect();
    ranked.sort_by(|one, other| other.1.total_cmp(&one.1));
    ranked
}

/// How much a predictor rests on each feature, as shares that sum to 1: of an ensemble the mean of its members, as they count.
fn shares(predictor: &Predictor, rows: &Rows, train: &[usize]) -> Vec<f64> {
    let mean = |parts: Vec<(&Predictor, f64)>| {
        let mut sums = vec![0.0; predictor.features()];
        for (part, weight) in parts.into_iter().filter(|(_, weight)| *weight != 0.0) {
            let shares = shares(part, rows, train);
            sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += weight.abs() * share);
        }
        sums
    };
    let sizes: Vec<f64> = match predictor {
        Predictor::Forest(forest) => forest.importance().iter().map(|importance| importance.gain).collect(),
        Predictor::Linear(linear) => linear.weights.iter().map(|weight| weight.abs()).collect(),
        Predictor::Sequence(sequence) => without_each(sequence, rows, train),
        Predictor::Weighted(all) => mean(all.members().iter().zip(all.weights().iter().copied()).collect()),
        Predictor::Stacked(all) => mean(all.members().iter().zip(all.meta().weights.iter().copied()).collect()),
        Predictor::Switched(all) => {
            let parts = ensemble::shares(all, rows, train).into_iter();
            mean(parts.map(|(_, predictor, share)| (predictor, share)).collect())
        }
        Predictor::Network(_) => return Vec::new(),
    };
    let total: f64 = sizes.iter().sum();
    sizes.into_iter().map(|size| if total > 0.0 { size / total } else { 0.0 }).collect()
}

/// How far the log-odds of some rows move, on average, where a feature is missing from the whole window.
fn without_each(sequence: &Sequence, rows: &Rows, train: &[usize]) -> Vec<f64> {
    let shape = sequence.network.shape();
    let asked = train.iter().step_by(train.len().div_ceil(ASKED));
    let windows: Vec<Vec<f64>> = asked.map(|row| rows.window(*row, shape.steps)).collect();
    let said: Vec<f64> = windows.iter().map(|window| log_odds(sequence.answer(window))).collect();
    let without = |feature: usize| {
        let moved = windows.iter().zip(&said).map(|(window, said)| {
            let mut window = window.clone();
            window.iter_mut().skip(feature).step_by(shape.features).for_each(|value| *value = f64::NAN);
            (log_odds(sequence.answer(&window)) - said).abs()
        });
        moved.sum::<f64>()
    };
    (0..shape.features).into_par_iter().map(without).collect()
}

pub(super) fn wrong(error: impl std::fmt::Display) -> ResearchError {
    ResearchError::Model(error.to_string())
}

fn taken(rows: &Rows, truth: &[f64], of: &[usize]) -> (Table, Vec<f64>, Vec<f64>) {
    (rows.table.select(of), picked(truth, of), picked(&rows.weights, of))
}

fn picked<T: Copy>(from: &[T], of: &[usize]) -> Vec<T> {
    of.iter().map(|row| from[*row]).collect()
}
