//! Models trained on candles, and honest words on what they are worth.
//!
//! What comes in: a [`LearnConfig`], series, and where their candles come from. What goes out: a [`Learned`]: what a model of this kind would
//! have predicted had it been trained again and again as time went on (walk-forward), how good that was beside knowing nothing, what it would have
//! earned after costs beside holding, and a model trained on everything, with its word on how it was judged.
//!
//! No row trains a model whose label was not known when the first row that it is tested on was decided; stopping and calibration use the
//! newest part of the training rows, which the trees have not seen.
//!
//! Modules in reading order: `target` (what is foreseen), `learner` (what is trained), `rows` (candles into rows with labels), `leak` (whether something of the future got in), `fit` (one training), `ensemble` (that of several learners as one), `course` (training again and again), `trade`
//! (predictions into decisions), `verdict` (what it was worth), `gate` (a candidate beside the champion), `forecast` (the same for numbers:
//! returns, volatility, quantiles), `now` (a model on the newest bars).

mod course;
mod ensemble;
mod fit;
mod forecast;
mod gate;
mod leak;
mod learner;
mod now;
mod rows;
mod target;
mod trade;
mod verdict;

use std::sync::atomic::AtomicBool;

use mem_model::feature::{self, FeatureSet};
use mem_model::label::LabelDef;
use mem_model::model::{Model, Tells};
use mem_types::{SeriesKey, Symbol, Timeframe, Timestamp, Venue};
use serde::{Deserialize, Serialize};

use crate::config::SimConfig;
use crate::error::ResearchError;
use crate::run::{SIMULATED_VENUE, SeriesSource, code_version, content_id};
use rows::Rows;

pub use course::FoldScore;
pub use forecast::{Fitness, FoldLoss, ForecastGate, Forecaster, LevelScore, Measures, forecast};
pub use gate::{Champion, Gate, GateConfig};
pub use leak::Suspected;
pub use learner::{Learner, Member};
pub use mem_strategy::Primary;
pub(crate) use now::said_at_closes;
pub use now::{SeriesDrift, drift_now, predict_now};
pub(crate) use rows::{fingerprint_scores, sources, with_scores};
pub use target::Target;
pub use trade::Thresholds;
pub use verdict::{Deflated, Scores, SeriesVerdict, Tests, Verdict};

/// Fewest rows that anything is learned from.
const FEWEST_ROWS: usize = 200;

/// How probabilities are calibrated, on rows that the learner has not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibration {
    /// By Platt's curve.
    #[default]
    Platt,
    /// By isotonic regression.
    Isotonic,
    /// Not at all.
    None,
}

impl Calibration {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnConfig {
    /// Only series of this venue, if one was named.
    pub venue: Option<Venue>,
    /// The symbols, all of which one model learns from.
    pub symbols: Vec<Symbol>,
    /// Length of the bars.
    pub timeframe: Timeframe,
    /// Bars that open at or after this instant; from the beginning where absent.
    pub from: Option<Timestamp>,
    /// Bars that open before this instant; to the end where absent.
    pub to: Option<Timestamp>,
    /// A built-in set of features.
    pub features: String,
    /// The symbol that stands for the market as a whole; without one, features that look at it are missing.
    pub reference: Option<Symbol>,
    /// What is foreseen.
    #[serde(default, skip_serializing_if = "Target::is_direction")]
    pub target: Target,
    /// When that is known; of a direction, whether the class of this label is above 0.
    pub label: LabelDef,
    /// The strategy whose entries are judged; with a meta-label, and only then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<Primary>,
    /// What is trained.
    pub learner: Learner,
    /// How a direction's probabilities are calibrated.
    #[serde(default, skip_serializing_if = "Calibration::is_default")]
    pub calibration: Calibration,
    /// Tests of the walk, each with a model of its own.
    pub folds: usize,
    /// Share of the rows before the first test, above 0 and below 1.
    pub first: f64,
    /// Train on so many of the newest rows only.
    pub window: Option<usize>,
    /// When a probability is acted on.
    pub thresholds: Thresholds,
    /// The assumptions of the simulation.
    pub sim: SimConfig,
}

impl LearnConfig {
    /// Whether the numbers make sense, as far as that can be said without candles.
    ///
    /// # Errors
    /// Names the first that does not.
    pub fn validate(&self) -> Result<(), ResearchError> {
        self.sim.validate()?;
        self.label.check().map_err(ResearchError::Label)?;
        if !(self.first > 0.0 && self.first < 1.0) {
            return Err(ResearchError::Config {
                field: "first",
                value: self.first,
                expected: "above 0 and below 1".to_owned(),
            });
        }
        let judges = self.primary.is_some();
        if judges != matches!(self.label, LabelDef::Meta { .. }) {
            return Err(ResearchError::Model(
                "a meta-label goes with a primary strategy, and nothing else does".to_owned(),
            ));
        }
        self.thresholds.validate(judges)?;
        self.target.validate()?;
        let numbers = matches!(self.label, LabelDef::Horizon { dead_band: 0.0, .. })
            && matches!(self.learner, Learner::BoostedTrees(_));
        if !self.target.is_direction() && !numbers {
            return Err(ResearchError::Target { target: self.target.as_str() });
        }
        self.learner.check(&self.feature_set()?.names())
    }

    /// What the answers of the model are.
    fn tells(&self) -> Tells {
        if self.primary.is_some() { Tells::Gain } else { self.target.tells() }
    }

    /// The set of features by its name.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn feature_set(&self) -> Result<FeatureSet, ResearchError> {
        feature::named(&self.features).ok_or_else(|| {
            let known = feature::built_in().into_iter().map(|set| set.name).collect::<Vec<_>>().join(", ");
            ResearchError::NoFeatureSet { name: self.features.clone(), known }
        })
    }
}

/// What came out.
#[derive(Debug, Clone, Serialize)]
pub struct Learned {
    /// First 12 hexadecimal digits of the SHA-256 of what determines it: configuration, data, code.
    pub id: String,
    /// Version of the program, with the commit where it is known.
    pub code_version: String,
    /// What was asked.
    pub config: LearnConfig,
    /// The set of features, `name@version`.
    pub features: String,
    /// Their names.
    pub feature_names: Vec<String>,
    /// The series learned from.
    pub series: Vec<SeriesKey>,
    /// Open time of the first and last bar.
    pub span: (Timestamp, Timestamp),
    /// SHA-256 over the series' bars.
    pub fingerprint: String,
    /// Rows with a label.
    pub rows: usize,
    /// Share of them whose class is above 0.
    pub positives: f64,
    /// Each test of the walk.
    pub folds: Vec<FoldScore>,
    /// What all tests together say.
    pub verdict: Verdict,
    /// Features that know their labels better than is honest. None, if all is well.
    pub suspects: Vec<Suspected>,
    /// Features by how much the final model gains from them, the greatest first; shares that sum to 1. Absolute weights where the model is
    /// linear, and how far log-odds move without the feature where it is a network; of an ensemble the mean of its members, as they count.
    pub importance: Vec<(String, f64)>,
    /// How much each member of an ensemble counts: its weight in a mean; what one deviation of its log-odds adds where it is stacked; the
    /// share of the rows of its regime.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<(String, f64)>,
    /// The model that was trained on all rows.
    #[serde(skip)]
    pub model: Model,
}

impl Learned {
    /// Whether any of the prices were made up.
    pub fn is_simulated(&self) -> bool {
        self.series.iter().any(|key| key.venue.as_str() == SIMULATED_VENUE)
    }
}

/// How far the work has come.
#[derive(Debug, Clone, Copy)]
pub struct Learning {
    /// Trainings done.
    pub done: usize,
    /// Trainings altogether.
    pub total: usize,
}

/// A model that is to be kept, and what came of its gate.
#[derive(Debug, Clone, Serialize)]
pub struct Trained {
    /// How models of its kind have done, and the model, trained on rows before the gate's only.
    pub learned: Learned,
    /// Whether it may take the champion's place.
    pub gate: Gate,
    /// The first bar that it has seen, and when the last label that it has seen was known.
    pub trained_on: (Timestamp, Timestamp),
    /// Rows that it was trained on.
    pub trained_rows: usize,
}

/// Trains again and again as time goes on, and says what it was worth; then trains on everything.
///
/// # Errors
/// If a series cannot be read, there are too few rows, or the configuration makes no sense; [`ResearchError::Stopped`] where `stop` was set.
pub fn learn(
    config: &LearnConfig,
    keys: &[SeriesKey],
    source: &dyn SeriesSource,
    tell: &(dyn Fn(Learning) + Sync),
    stop: &AtomicBool,
) -> Result<Learned, ResearchError> {
    decides(config)?;
    let rows = gather(config, keys, source)?;
    learn_until(config, (&rows, rows.len()), keys, tell, stop)
}

/// The same on all rows but the newest, and judges the model on those, beside the champion where there is one.
///
/// # Errors
/// As [`learn`], and if too few rows are left to judge it.
pub fn train(
    config: &LearnConfig,
    (how, champion): (&GateConfig, Option<Champion<'_>>),
    keys: &[SeriesKey],
    source: &dyn SeriesSource,
    tell: &(dyn Fn(Learning) + Sync),
    stop: &AtomicBool,
) -> Result<Trained, ResearchError> {
    decides(config)?;
    how.validate()?;
    let rows = gather(config, keys, source)?;
    let begins = gate::window(how, &rows, champion.as_ref())?;
    let until = known_by(&rows, begins)?;
    let learned = learn_until(config, (&rows, until), keys, tell, stop)?;
    let gate = gate::judge(config, how, (&rows, begins, learned.positives), &learned.model, champion.as_ref(), source)?;
    let last = rows.spans[..until].iter().map(|span| span.t1).max().unwrap_or(rows.span.0);
    Ok(Trained { learned, gate, trained_on: (rows.span.0, last), trained_rows: until })
}

/// Numbers are judged otherwise, see [`forecast`].
fn decides(config: &LearnConfig) -> Result<(), ResearchError> {
    if config.target.is_direction() {
        return Ok(());
    }
    Err(ResearchError::NoAdvice { title: format!("a model of {}", config.target.as_str()) })
}

/// How many rows were known when row `begins`, the first of the gate, was decided.
fn known_by(rows: &Rows, begins: usize) -> Result<usize, ResearchError> {
    let until = rows.spans[..begins].iter().position(|span| span.t1 > rows.spans[begins].t0).unwrap_or(begins);
    if until < FEWEST_ROWS {
        return Err(ResearchError::TooFewRows { rows: until, needed: FEWEST_ROWS });
    }
    Ok(until)
}

fn gather(config: &LearnConfig, keys: &[SeriesKey], source: &dyn SeriesSource) -> Result<Rows, ResearchError> {
    config.validate()?;
    let rows = Rows::gather(config, &config.feature_set()?, keys, source, config.learner.steps())?;
    if rows.len() < FEWEST_ROWS {
        return Err(ResearchError::TooFewRows { rows: rows.len(), needed: FEWEST_ROWS });
    }
    Ok(rows)
}

fn learn_until(
    config: &LearnConfig,
    (rows, until): (&Rows, usize),
    keys: &[SeriesKey],
    tell: &(dyn Fn(Learning) + Sync),
    stop: &AtomicBool,
) -> Result<Learned, ResearchError> {
    let set = config.feature_set()?;
    let tests = course::walk(config, (rows, until), tell, stop)?;
    let mut verdict = verdict::judge(config, rows, &tests)?;
    verdict.words.splice(0..0, leak::words(&rows.suspects));
    let all: Vec<usize> = (0..until).collect();
    let model = fit::fit(config, rows, &all, true)?;
    tell(Learning { done: config.folds + 1, total: config.folds + 1 });
    Ok(Learned {
        id: content_id(&(config, &rows.fingerprint, code_version())),
        code_version: code_version(),
        config: config.clone(),
        features: format!("{}@{}", set.name, set.version),
        feature_names: rows.table.names().to_vec(),
        series: keys.to_vec(),
        span: rows.span,
        fingerprint: rows.fingerprint.clone(),
        rows: until,
        positives: rows.target[..until].iter().sum::<f64>() / until as f64,
        folds: tests.folds,
        verdict,
        suspects: rows.suspects.clone(),
        importance: fit::importance(&model, rows, &all),
        members: ensemble::counts(&config.learner, &model.parts().predictors[0], rows, &all),
        model,
    })
}
