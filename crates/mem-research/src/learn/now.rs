//! A model on the newest bars: what it says, and whether they are still like those that it was taught on.

use mem_model::drift::FeatureDriftReport;
use mem_model::feature::{FeatureSet, FeatureStream, FeatureTable, Sources};
use mem_model::model::{Model, Prediction};
use mem_model::sequence::{Run, Window};
use mem_strategy::StrategyInput;
use mem_types::{Bars, BarsRef, SeriesKey, Symbol, Timestamp};
use serde::Serialize;

use super::LearnConfig;
use super::fit::wrong;
use super::rows::{sides, sources, with_scores};
use crate::error::ResearchError;
use crate::run::SeriesSource;

/// What a model says at the newest closed bar of each series; nothing of one whose last bars, as many as the model looks at, do not follow each
/// other, or where it has no answer.
///
/// # Errors
/// If a series cannot be read, or the model was made for other features.
pub fn predict_now(
    config: &LearnConfig,
    model: &Model,
    keys: &[SeriesKey],
    source: &dyn SeriesSource,
) -> Result<Vec<Prediction>, ResearchError> {
    let warmup = config.feature_set()?.warmup()?;
    let mut predictions = Vec::new();
    for (key, bars, features) in rows(config, model, keys, source)? {
        let mut asked = None;
        each_window(&features, config, warmup, model.steps(), |window| asked = window.map(<[f64]>::to_vec));
        let (Some(asked), Some(at)) = (asked, features.known_at.last()) else { continue };
        let price = bars.view().close[bars.len() - 1];
        let said = model.predict(key.symbol.clone(), *at, price, &asked);
        predictions.extend(said.map_err(wrong)?);
    }
    Ok(predictions)
}

/// The newest rows of a series beside those that its model was trained on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesDrift {
    /// Of which symbol.
    pub symbol: Symbol,
    /// How many rows are judged.
    pub rows: usize,
    /// What became of each feature; `None` for a symbol that the model was not trained on.
    pub report: Option<FeatureDriftReport>,
}

/// The newest `count` rows of each series, of entries where a meta-label judges those, beside those of its symbol in the training; `None` for a
/// model that carries none.
///
/// # Errors
/// As [`predict_now`].
pub fn drift_now(
    config: &LearnConfig,
    model: &Model,
    keys: &[SeriesKey],
    source: &dyn SeriesSource,
    count: usize,
) -> Result<Option<Vec<SeriesDrift>>, ResearchError> {
    let Some(watch) = &model.parts().watch else { return Ok(None) };
    let judge = |(key, bars, features): (SeriesKey, Bars, FeatureTable)| {
        let rows: Vec<usize> = match &config.primary {
            None => (0..features.table.rows()).collect(),
            Some(primary) => {
                let strategy = mem_strategy::build(&primary.strategy, &primary.params)?;
                let decided = strategy.decide(&StrategyInput::new(bars.view(), config.timeframe))?;
                let sides = sides(&decided, bars.len());
                (0..sides.len()).filter(|bar| sides[*bar].is_some()).collect()
            }
        };
        let newest = &rows[rows.len().saturating_sub(count)..];
        let columns = || features.table.select(newest).columns().to_vec();
        let report = watch.of(&key.symbol).map(|reference| reference.compare(&columns()));
        Ok(SeriesDrift { rows: newest.len(), symbol: key.symbol, report })
    };
    let judged: Result<Vec<SeriesDrift>, ResearchError> =
        rows(config, model, keys, source)?.into_iter().map(judge).collect();
    judged.map(Some)
}

/// What a model tells of each bar at its close: its only answer, the probability of a rise where that is what it tells. NaN where it looks back at
/// more bars than follow each other up to there.
///
/// # Errors
/// If the model was made for other features, or answers with more than one number.
pub(crate) fn said_at_closes(
    config: &LearnConfig,
    set: &FeatureSet,
    model: &Model,
    bars: BarsRef<'_>,
    sources: &Sources,
) -> Result<Vec<f64>, ResearchError> {
    made_for(set, model)?;
    let features = FeatureStream::batch(set, bars, config.timeframe, sources)?;
    if model.parts().predictors.len() != 1 || model.parts().predictors[0].outputs() != 1 {
        return Err(ResearchError::Model("the model does not answer with a single number".to_owned()));
    }
    if model.steps() == 1 {
        return model.predict_table(&features.table).map_err(wrong);
    }
    let mut said = Vec::with_capacity(bars.len());
    each_window(&features, config, set.warmup()?, model.steps(), |window| {
        said.push(window.map_or(Ok(f64::NAN), |window| Ok(model.predict_row(window).map_err(wrong)?[0])));
    });
    said.into_iter().collect()
}

/// What a model that looks at `steps` rows sees at each of them, as they come; nothing where so many do not follow each other.
fn each_window(
    features: &FeatureTable,
    config: &LearnConfig,
    warmup: usize,
    steps: usize,
    mut with: impl FnMut(Option<&[f64]>),
) {
    let mut window = Window::new(Run::new(config.timeframe, warmup), steps, features.table.width());
    let mut row = Vec::new();
    for (number, at) in features.known_at.iter().enumerate() {
        features.table.row(number, &mut row);
        window.push(*at, &row);
        with(window.last(steps));
    }
}

fn made_for(set: &FeatureSet, model: &Model) -> Result<(), ResearchError> {
    if set.names() == model.parts().features {
        return Ok(());
    }
    Err(ResearchError::Model(format!("the model was made for other features than `{}` has now", set.name)))
}

fn rows(
    config: &LearnConfig,
    model: &Model,
    keys: &[SeriesKey],
    source: &dyn SeriesSource,
) -> Result<Vec<(SeriesKey, Bars, FeatureTable)>, ResearchError> {
    let set = config.feature_set()?;
    made_for(&set, model)?;
    let (sources, _) = sources(config, &set, keys, source)?;
    let of = |key: &SeriesKey| {
        let bars = source.load(key, config.from, config.to)?;
        let until = bars.view().ts_ns.last().map(|ts| config.timeframe.close_of(Timestamp::from_nanos(*ts)));
        let sources = with_scores(&sources, &set, key, source, until)?;
        let features = FeatureStream::batch(&set, bars.view(), config.timeframe, &sources)?;
        Ok((key.clone(), bars, features))
    };
    keys.iter().map(of).collect()
}
