//! Forecasts of numbers: returns, volatility, quantiles. Trained as models of direction are, judged by how near they come.
//!
//! Such a model is compared with what anybody can say without one: that the price stays where it is, that the market goes on as wildly as of
//! late, or that what comes is spread like what came. It predicts and is scored; it does not decide.
//!
//! Modules in reading order: `truth` (what became of each row, and what is said of it without a model), `fitness` (how near is near).

mod fitness;
mod truth;

use std::sync::atomic::{AtomicBool, Ordering};

use mem_model::model::Model;
use mem_model::validate::leak::check_fold;
use mem_model::validate::split::{WalkForward, walk_forward};
use mem_types::{SeriesKey, Timestamp};
use serde::Serialize;

use super::fit::{forecaster, importance, wrong};
use super::gate::{self, Champion, GateConfig, said_by};
use super::leak::{Suspected, words as leak_words};
use super::rows::Rows;
use super::{FEWEST_ROWS, LearnConfig, Learning, gather, known_by};
use crate::error::ResearchError;
use crate::run::{SIMULATED_VENUE, SeriesSource, code_version, content_id};
use truth::{Plain, Truths};

pub use fitness::{Fitness, LevelScore, Measures};

/// One test of the walk.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoldLoss {
    /// When its first row was decided.
    pub from: Timestamp,
    /// When its last row was.
    pub to: Timestamp,
    /// Rows that trained.
    pub trained: usize,
    /// Rows that tested.
    pub tested: usize,
    /// Mean loss.
    pub loss: f64,
    /// That of what can be said without a model.
    pub loss_of_plain: f64,
}

/// Whether a forecaster may take the champion's place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ForecastGate {
    /// The test, fixed before the candidate was trained.
    pub config: GateConfig,
    /// When the first row was decided.
    pub from: Timestamp,
    /// When the last was.
    pub to: Timestamp,
    /// What the candidate was compared with.
    pub against: String,
    /// How good it was beside that.
    pub fitness: Fitness,
    /// Probability of such an advantage in loss, or a greater one, were there none (Diebold and Mariano, one-sided).
    pub p_value: Option<f64>,
    /// Whether it passes.
    pub passed: bool,
    /// Why, in plain English.
    pub reason: String,
}

/// What came of training a forecaster.
#[derive(Debug, Clone, Serialize)]
pub struct Forecaster {
    /// First 12 hexadecimal digits of the SHA-256 of what determines it: configuration, data, code.
    pub id: String,
    /// Version of the program, with the commit where it is known.
    pub code_version: String,
    /// What was asked.
    pub config: LearnConfig,
    /// The set of features, `name@version`.
    pub features: String,
    /// The series learned from.
    pub series: Vec<SeriesKey>,
    /// Open time of the first and last bar.
    pub span: (Timestamp, Timestamp),
    /// SHA-256 over the series' bars.
    pub fingerprint: String,
    /// Rows that it learned from.
    pub rows: usize,
    /// When the last label that it has seen was known.
    pub until: Timestamp,
    /// Each test of the walk.
    pub folds: Vec<FoldLoss>,
    /// What all tests together say.
    pub fitness: Fitness,
    /// Features that know their labels better than is honest. None, if all is well.
    pub suspects: Vec<Suspected>,
    /// Features by how much the first predictor of the final model gains from them, the greatest first; shares that sum to 1.
    pub importance: Vec<(String, f64)>,
    /// How it did on rows that nobody had seen, where some were kept back.
    pub gate: Option<ForecastGate>,
    /// The model that was trained on all rows, those of the gate excepted.
    #[serde(skip)]
    pub model: Model,
}

impl Forecaster {
    /// Whether any of the prices were made up.
    pub fn is_simulated(&self) -> bool {
        self.series.iter().any(|key| key.venue.as_str() == SIMULATED_VENUE)
    }
}

/// Trains a forecaster again and again as time goes on, and says what it was worth; then trains on everything. With a gate the newest rows
/// are kept back, and it is judged on those, beside the champion where there is one.
///
/// # Errors
/// If a series cannot be read, there are too few rows, or the configuration makes no sense; [`ResearchError::Stopped`] where `stop` was set.
pub fn forecast(
    config: &LearnConfig,
    gate: Option<(&GateConfig, Option<Champion<'_>>)>,
    keys: &[SeriesKey],
    source: &dyn SeriesSource,
    tell: &(dyn Fn(Learning) + Sync),
    stop: &AtomicBool,
) -> Result<Forecaster, ResearchError> {
    let rows = gather(config, keys, source)?;
    let (mut begins, mut until) = (rows.len(), rows.len());
    if let Some((how, champion)) = &gate {
        how.validate()?;
        begins = gate::window(how, &rows, champion.as_ref())?;
        until = known_by(&rows, begins)?;
    }
    let truths = Truths::of(&config.target, &rows);
    let (folds, fitness) = walk(config, (&rows, until), &truths, tell, stop)?;
    let all: Vec<usize> = (0..until).collect();
    let model = forecaster(config, &rows, &truths.values, &all, true)?;
    let judged = gate.map(|(how, champion)| {
        let plain = Plain::of(&config.target, &rows, &truths, &all);
        judge(config, (how, champion), (&rows, begins), (&truths, &plain), &model, source)
    });
    tell(Learning { done: config.folds + 1, total: config.folds + 1 });
    let set = config.feature_set()?;
    Ok(Forecaster {
        id: content_id(&(config, &rows.fingerprint, code_version())),
        code_version: code_version(),
        config: config.clone(),
        features: format!("{}@{}", set.name, set.version),
        series: keys.to_vec(),
        span: rows.span,
        fingerprint: rows.fingerprint.clone(),
        rows: until,
        until: rows.spans[..until].iter().map(|span| span.t1).max().unwrap_or(rows.span.0),
        folds,
        fitness,
        suspects: rows.suspects.clone(),
        importance: importance(&model, &rows, &all),
        gate: judged.transpose()?,
        model,
    })
}

/// What is said of rows, a model's answers and those without one.
struct Said {
    rows: Vec<usize>,
    model: Vec<Vec<f64>>,
    plain: Vec<Vec<f64>>,
}

fn answers(model: &Model, rows: &Rows, asked: &[usize]) -> Result<Vec<Vec<f64>>, ResearchError> {
    let flat = rows.ask(model, asked)?;
    Ok(flat.chunks(model.parts().predictors.len()).map(<[f64]>::to_vec).collect())
}

fn walk(
    config: &LearnConfig,
    (rows, until): (&Rows, usize),
    truths: &Truths,
    tell: &(dyn Fn(Learning) + Sync),
    stop: &AtomicBool,
) -> Result<(Vec<FoldLoss>, Fitness), ResearchError> {
    let first = ((until as f64 * config.first) as usize).max(1);
    let how = WalkForward { folds: config.folds, first, window: config.window };
    let splits = walk_forward(&rows.spans[..until], how).map_err(wrong)?;
    let total = splits.len() + 1;
    let mut said = Said { rows: Vec::new(), model: Vec::new(), plain: Vec::new() };
    let mut folds = Vec::new();
    for (done, fold) in splits.iter().enumerate() {
        tell(Learning { done, total });
        if stop.load(Ordering::Relaxed) {
            return Err(ResearchError::Stopped);
        }
        check_fold(&rows.spans[..until], fold).map_err(wrong)?;
        let model = answers(&forecaster(config, rows, &truths.values, &fold.train, false)?, rows, &fold.test)?;
        let plain = Plain::of(&config.target, rows, truths, &fold.train);
        let plain: Vec<Vec<f64>> = fold.test.iter().map(|row| plain.says(rows, truths, *row)).collect();
        let mean = |said: &[Vec<f64>]| {
            let losses = fitness::losses(&config.target, &truths.values, &fold.test, said);
            losses.iter().sum::<f64>() / losses.len() as f64
        };
        folds.push(FoldLoss {
            from: rows.spans[fold.test[0]].t0,
            to: rows.spans[fold.test[fold.test.len() - 1]].t0,
            trained: fold.train.len(),
            tested: fold.test.len(),
            loss: mean(&model),
            loss_of_plain: mean(&plain),
        });
        said.rows.extend(&fold.test);
        said.model.extend(model);
        said.plain.extend(plain);
    }
    let (mut fitness, _) = fitness::judge(&config.target, rows, truths, (&said.rows, &said.model, &said.plain));
    fitness.words.splice(0..0, leak_words(&rows.suspects));
    Ok((folds, fitness))
}

fn judge(
    config: &LearnConfig,
    (how, champion): (&GateConfig, Option<Champion<'_>>),
    (rows, begins): (&Rows, usize),
    (truths, plain): (&Truths, &Plain),
    candidate: &Model,
    source: &dyn SeriesSource,
) -> Result<ForecastGate, ResearchError> {
    let mut tested: Vec<usize> = (begins..rows.len()).collect();
    let other: Vec<Vec<f64>> = match &champion {
        None => tested.iter().map(|row| plain.says(rows, truths, *row)).collect(),
        Some(champion) if champion.model.parts().tells != config.target.tells() => {
            return Err(ResearchError::Model(format!(
                "{} tells something else: the two cannot be compared",
                champion.title
            )));
        }
        Some(champion) => {
            let said = said_by(config, rows, &tested, champion, source)?;
            let both: Vec<(usize, Vec<f64>)> =
                tested.iter().copied().zip(said).filter_map(|(row, said)| Some((row, said?))).collect();
            tested = both.iter().map(|(row, _)| *row).collect();
            both.into_iter().map(|(_, said)| said).collect()
        }
    };
    if tested.len() < FEWEST_ROWS {
        return Err(ResearchError::TooFewUnseen { rows: tested.len(), needed: FEWEST_ROWS });
    }
    let said = answers(candidate, rows, &tested)?;
    let (fitness, test) = fitness::judge(&config.target, rows, truths, (&tested, &said, &other));
    let p_value = test.map(|test| test.first_is_better());
    let against = champion.map_or_else(|| config.target.plainly().to_owned(), |champion| champion.title.to_owned());
    let convincing = p_value.is_some_and(|p| p < how.alpha);
    let p = p_value.map_or_else(|| "cannot be told".to_owned(), |p| format!("{p:.4}"));
    let shown = if convincing { "is" } else { "has not been shown to be" };
    let by = if convincing { " by more than luck" } else { "" };
    let why = format!("its {} {shown} below that of {against}{by} (p {p}, limit {})", config.target.loss(), how.alpha);
    let leaks = leak_words(&rows.suspects);
    Ok(ForecastGate {
        config: *how,
        from: rows.spans[tested[0]].t0,
        to: rows.spans[tested[tested.len() - 1]].t0,
        against,
        fitness,
        p_value,
        passed: convincing && leaks.is_none(),
        reason: leaks.unwrap_or(why),
    })
}
