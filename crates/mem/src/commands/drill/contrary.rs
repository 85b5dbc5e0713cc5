//! A model that is deliberately bad: sure of the contrary of what another says.

use std::collections::BTreeMap;

use anyhow::Context as _;
use mem_engine::shelf::Shelf;
use mem_model::calibrate::{Calibrator, Platt};
use mem_model::lifecycle::registry::NewModel;
use mem_model::lifecycle::{ModelId, ModelRecord, Stage};
use mem_model::model::{Model, ModelError};
use mem_store::records::ModelEventRow;
use mem_types::Timestamp;
use serde_json::json;

/// How much surer it is, in log-odds.
const SURER: f64 = 20.0;
/// The parameter that says what a model was made for.
pub(super) const MADE_FOR: &str = "drill";

/// The contrary of a model that tells a probability. Of one that is calibrated by steps, the contrary of what it says before that.
fn contrary(model: &Model) -> Result<Model, ModelError> {
    let Platt { slope, shift } = match model.parts().calibrator {
        Some(Calibrator::Platt(platt)) => platt,
        _ => Platt { slope: 1.0, shift: 0.0 },
    };
    model.clone().calibrated(Calibrator::Platt(Platt { slope: -SURER * slope, shift: -SURER * shift }))
}

/// Puts the contrary of `champion` into canary, with a share of the signals, and gives its number. The registry says what it is. `now` is our
/// time, `market_now` the market's.
pub(super) fn plant(
    shelf: &Shelf,
    champion: &ModelRecord,
    share: f64,
    (now, market_now): (Timestamp, Timestamp),
) -> anyhow::Result<ModelId> {
    let why = format!("a drill: it is sure of the contrary of {}", champion.title());
    let mut params = champion.params.clone();
    params.insert(MADE_FOR.to_owned(), json!(why));
    let new = NewModel {
        name: champion.name.clone(),
        kind: champion.kind.clone(),
        scope: champion.scope.clone(),
        at: now,
        trained_on: champion.trained_on,
        rows: champion.rows,
        data_fingerprint: champion.data_fingerprint.clone(),
        features: champion.features.clone(),
        params,
        code_version: champion.code_version.clone(),
        seed: champion.seed,
    };
    let bad = contrary(&shelf.load(champion)?).with_context(|| format!("{} has no contrary", champion.title()))?;
    let id = shelf.change(|registry| registry.register(new))?;
    let version = shelf.registry()?.get(id)?.version.to_string();
    let artefact = shelf.store(&bad.versioned(version))?;
    shelf.change(|registry| {
        registry.trained(id, artefact, now)?;
        registry.advance(id, Stage::Staging, now, &why, BTreeMap::new())?;
        registry.advance(id, Stage::Canary, now, &why, BTreeMap::new())
    })?;
    shelf.records().add_model_event(&ModelEventRow {
        id: 0,
        timestamp: market_now,
        model_id: id.0 as i64,
        champion_id: Some(champion.id.0 as i64),
        event_type: "stage_advanced".to_owned(),
        phase: format!("canary {:.0} %", share * 100.0),
        share,
        why,
        numbers: json!({}),
    })?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use mem_model::boost::BoostParameters;
    use mem_model::learn::Learn;
    use mem_model::model::{ModelParts, Tells};
    use mem_model::sample::Sample;
    use mem_model::table::Table;

    use super::*;

    #[test]
    fn the_contrary_is_sure_of_the_other_side() {
        let column: Vec<f64> = (0..200).map(|row| f64::from(row % 20)).collect();
        let target: Vec<f64> = column.iter().map(|value| f64::from(u8::from(*value > 9.0))).collect();
        let table = Table::new(vec!["a".to_owned()], vec![column]).unwrap();
        let trees = BoostParameters { rounds: 3, ..BoostParameters::default() };
        for calibrator in [None, Some(Calibrator::Platt(Platt { slope: 0.7, shift: 0.05 }))] {
            let model = Model::new(ModelParts {
                version: "1.0.0".to_owned(),
                features: vec!["a".to_owned()],
                horizon_minutes: 60,
                tells: Tells::Up,
                predictors: vec![trees.learn(&Sample::new(&table, &target), None).unwrap()],
                calibrator,
                watch: None,
            })
            .unwrap();
            let bad = contrary(&model).unwrap();
            for row in [[1.0], [18.0]] {
                let (said, contrary) = (model.predict_row(&row).unwrap()[0], bad.predict_row(&row).unwrap()[0]);
                assert!((said > 0.5) != (contrary > 0.5), "{said} {contrary}");
                assert!((contrary - 0.5).abs() > (said - 0.5).abs().min(0.49), "{said} {contrary}");
            }
        }
    }
}
