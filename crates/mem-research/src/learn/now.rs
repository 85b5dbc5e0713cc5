//! A model on the newest bars: what it says, and whether they are still like those that it was taught on.

use mem_model::drift::FeatureDriftReport;
use mem_model::feature::{FeatureStream, FeatureTable};
use mem_model::model::{Model, Prediction};
use mem_types::{Bars, SeriesKey};

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

fn rows(
    config: &LearnConfig,
    model: &Model,
    keys: &[SeriesKey],
    source: &dyn SeriesSource,
) -> Result<Vec<(SeriesKey, Bars, FeatureTable)>, ResearchError> {
    let set = config.feature_set()?;
    if set.names() != model.parts().features {
        return Err(ResearchError::Model(format!("the model was made for other features than `{}` has now", set.name)));
    }
    let (sources, _) = sources(config, &set, keys, source)?;
    let of = |key: &SeriesKey| {
        let bars = source.load(key, config.from, config.to)?;
        let features = FeatureStream::batch(&set, bars.view(), config.timeframe, &sources)?;
        Ok((key.clone(), bars, features))
    };
    keys.iter().map(of).collect()
}
