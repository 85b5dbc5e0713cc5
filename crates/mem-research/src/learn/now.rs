//! A model on the newest bars: what it says, and whether they are still like those that it was taught on.

use mem_model::drift::FeatureDriftReport;
use mem_model::feature::{FeatureSet, FeatureStream, FeatureTable, Sources};
use mem_model::model::{Model, Prediction};
use mem_types::{Bars, BarsRef, SeriesKey};

use super::LearnConfig;
use super::fit::wrong;
use super::rows::sources;
use crate::error::ResearchError;
use crate::run::SeriesSource;

/// What a model says at the newest closed bar of each series.
///
/// # Errors
/// If a series cannot be read, or the model was made for other features.
pub fn predict_now(
    config: &LearnConfig,
    model: &Model,
    keys: &[SeriesKey],
    source: &dyn SeriesSource,
) -> Result<Vec<Prediction>, ResearchError> {
    let mut predictions = Vec::new();
    for (key, bars, features) in rows(config, model, keys, source)? {
        let Some(last) = features.table.rows().checked_sub(1) else { continue };
        let mut row = Vec::new();
        features.table.row(last, &mut row);
        let price = bars.view().close[bars.len() - 1];
        let said = model.predict(key.symbol.clone(), features.known_at[last], price, &row);
        predictions.push(said.map_err(wrong)?);
    }
    Ok(predictions)
}

/// The newest `count` rows of each series beside those of the training; `None` for a model that carries none.
///
/// # Errors
/// As [`predict_now`].
pub fn drift_now(
    config: &LearnConfig,
    model: &Model,
    keys: &[SeriesKey],
    source: &dyn SeriesSource,
    count: usize,
) -> Result<Option<FeatureDriftReport>, ResearchError> {
    let Some(watch) = &model.parts().watch else { return Ok(None) };
    let all = rows(config, model, keys, source)?;
    let newest: Vec<(usize, usize)> = all
        .iter()
        .enumerate()
        .flat_map(|(series, (_, _, features))| {
            let rows = features.table.rows();
            (rows.saturating_sub(count)..rows).map(move |row| (series, row))
        })
        .collect();
    let column =
        |column: usize| newest.iter().map(|(series, row)| all[*series].2.table.columns()[column][*row]).collect();
    let columns: Vec<Vec<f64>> = (0..model.parts().features.len()).map(column).collect();
    Ok(Some(watch.compare(&columns)))
}

/// What a model tells of each bar at its close: its only answer, the probability of a rise where that is what it tells.
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
    let said = model.predict_table(&features.table).map_err(wrong)?;
    if said.len() != bars.len() {
        return Err(ResearchError::Model("the model does not answer with a single number".to_owned()));
    }
    Ok(said)
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
        let features = FeatureStream::batch(&set, bars.view(), config.timeframe, &sources)?;
        Ok((key.clone(), bars, features))
    };
    keys.iter().map(of).collect()
}
