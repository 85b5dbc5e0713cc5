//! One training: most of the rows teach, the newest of them say when to stop and how sure to be.

use mem_model::boost::BoostParameters;
use mem_model::calibrate::{Calibrator, Isotonic, Platt};
use mem_model::drift::{FeatureDrift, FeatureDriftConfig};
use mem_model::held_out::log_odds;
use mem_model::learn::{Learn, Predictor};
use mem_model::model::{Model, ModelParts};
use mem_model::sample::Sample;
use mem_model::table::Table;

use super::rows::Rows;
use super::{Calibration, LearnConfig, Learner};
use crate::error::ResearchError;

/// Share of the rows, the newest, that do not teach.
const HELD_BACK: f64 = 0.2;
/// Rows of the training that a model carries, so that it is known live whether what comes is still like them.
const CARRIED: usize = 400;
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
    let (table, target, weights) = taken(rows, &rows.target, &teach);
    let (unseen, truth, unseen_weights) = taken(rows, &rows.target, held_back);
    let sample = Sample { table: &table, target: &target, weights: Some(&weights) };
    let validation = Sample { table: &unseen, target: &truth, weights: Some(&unseen_weights) };
    let predictor = learner(&config.learner).learn(&sample, Some(&validation)).map_err(wrong)?;
    let said = predictor.predict_table(&unseen).map_err(wrong)?;
    let scores: Vec<f64> = said.into_iter().map(log_odds).collect();
    let calibrator = match config.calibration {
        Calibration::Platt => {
            Some(Calibrator::Platt(Platt::fit(&scores, &truth, Some(&unseen_weights)).map_err(wrong)?))
        }
        Calibration::Isotonic => {
            Some(Calibrator::Isotonic(Isotonic::fit(&scores, &truth, Some(&unseen_weights)).map_err(wrong)?))
        }
        Calibration::None => None,
    };
    drop((table, unseen));
    model(config, rows, (vec![predictor], calibrator), kept.then_some(train))
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
    model(config, rows, (predictors, None), kept.then_some(train))
}

/// A model of predictors; one that is to be kept carries what the rows were like that trained it.
fn model(
    config: &LearnConfig,
    rows: &Rows,
    (predictors, calibrator): (Vec<Predictor>, Option<Calibrator>),
    kept: Option<&[usize]>,
) -> Result<Model, ResearchError> {
    let minutes = config.label.longest() as i64 * (config.timeframe.nanos() / 60_000_000_000);
    Model::new(ModelParts {
        version: UNREGISTERED.to_owned(),
        features: rows.table.names().to_vec(),
        horizon_minutes: u32::try_from(minutes).unwrap_or(u32::MAX),
        tells: config.target.tells(),
        predictors,
        calibrator,
        watch: kept.map(|train| watch(rows, train)),
    })
    .map_err(wrong)
}

/// What rows were like. Those of one series follow each other; mixed with others they would not show how long a feature remembers.
fn watch(rows: &Rows, train: &[usize]) -> FeatureDrift {
    let of = |market| train.iter().copied().filter(|row| rows.places[*row].0 == market).collect::<Vec<usize>>();
    let series: Vec<Table> = (0..rows.markets.len()).map(|market| rows.table.select(&of(market))).collect();
    FeatureDrift::over_series(&series, FeatureDriftConfig { reference: CARRIED, ..FeatureDriftConfig::default() })
}

/// Features by how much a model rests on them, the greatest first; shares that sum to 1.
pub(super) fn importance(model: &Model) -> Vec<(String, f64)> {
    let parts = model.parts();
    let sizes: Vec<f64> = match &parts.predictors[0] {
        Predictor::Forest(forest) => forest.importance().iter().map(|importance| importance.gain).collect(),
        Predictor::Linear(linear) => linear.weights.iter().map(|weight| weight.abs()).collect(),
        Predictor::Weighted(_) | Predictor::Stacked(_) | Predictor::Switched(_) => return Vec::new(),
    };
    let total: f64 = sizes.iter().sum();
    let share = |size: f64| if total > 0.0 { size / total } else { 0.0 };
    let mut ranked: Vec<(String, f64)> =
        parts.features.iter().cloned().zip(sizes).map(|(name, size)| (name, share(size))).collect();
    ranked.sort_by(|one, other| other.1.total_cmp(&one.1));
    ranked
}

pub(super) fn wrong(error: impl std::fmt::Display) -> ResearchError {
    ResearchError::Model(error.to_string())
}

fn learner(of: &Learner) -> &dyn Learn {
    match of {
        Learner::BoostedTrees(parameters) => parameters,
        Learner::Logistic(parameters) => parameters,
    }
}

fn taken(rows: &Rows, truth: &[f64], of: &[usize]) -> (Table, Vec<f64>, Vec<f64>) {
    let pick = |from: &[f64]| of.iter().map(|row| from[*row]).collect();
    (rows.table.select(of), pick(truth), pick(&rows.weights))
}
