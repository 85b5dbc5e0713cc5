//! Two models for a trading engine: one that decides, and one that is tried for so few predictions that it is taken back.

use mem_engine::core::LaneConfig;
use mem_engine::core::seat::{SeatConfig, Seated};
use mem_engine::shelf::{Shelf, ShelfError};
use mem_model::drift::{FeatureDrift, FeatureDriftConfig};
use mem_model::feature::{self, FeatureStream, Sources};
use mem_model::label::{LabelDef, Labeler};
use mem_model::learn::Learn;
use mem_model::lifecycle::registry::NewModel;
use mem_model::lifecycle::{RolloutConfig, Scope, Stage};
use mem_model::linear::LogisticParameters;
use mem_model::model::{Model, ModelParts, Tells, Watch};
use mem_model::sample::Sample;
use mem_server::ServerConfig;
use mem_store::records::Records;
use mem_strategy::advice::Role;
use mem_types::{Bars, Timeframe, Timestamp};

use crate::trading::{Trading, now};

const TIMEFRAME: Timeframe = Timeframe::M1;
const LABEL: LabelDef = LabelDef::Horizon { bars: 1, dead_band: 0.0 };
/// Predictions that are enough to try a candidate: never enough to show that it is as good.
pub(crate) const TRIED: u64 = 40;

fn trained(bars: &Bars, lanes: &[LaneConfig]) -> Model {
    let set = feature::named("core").unwrap();
    let features = FeatureStream::batch(&set, bars.view(), TIMEFRAME, &Sources::default()).unwrap();
    let warmup = set.warmup().unwrap();
    let labels = Labeler::batch(LABEL, bars.view(), TIMEFRAME, &[]).unwrap();
    let labels: Vec<_> = labels.into_iter().filter(|label| label.row >= warmup).collect();
    let rows: Vec<usize> = labels.iter().map(|label| label.row).collect();
    let target: Vec<f64> = labels.iter().map(|label| f64::from(u8::from(label.class > 0))).collect();
    let table = features.table.select(&rows);
    let watch = FeatureDriftConfig { window: 100, reference: 300, ..FeatureDriftConfig::default() };
    let reference = FeatureDrift::new(&table, watch);
    let by_symbol = lanes.iter().map(|lane| (lane.instrument.symbol.clone(), reference.clone())).collect();
    Model::new(ModelParts {
        version: "1.0.0".to_owned(),
        features: set.names(),
        horizon_minutes: 1,
        tells: Tells::Up,
        predictors: vec![LogisticParameters::default().learn(&Sample::new(&table, &target), None).unwrap()],
        calibrator: None,
        watch: Some(Watch::BySymbol { by_symbol }),
    })
    .unwrap()
}

/// An engine in which both have a seat.
pub(crate) async fn trading(config: ServerConfig, speed: f64) -> Trading {
    Trading::begin(config, speed, |records, lanes, past| Some(seat(records, lanes, past, now()))).await
}

/// Trains on these bars, puts two models on the shelf of the records, and gives both a seat for these lanes.
fn seat(records: &Records, lanes: &[LaneConfig], bars: &Bars, now: Timestamp) -> SeatConfig {
    let shelf = Shelf::beside(records.clone());
    let model = trained(bars, lanes);
    let artefact = shelf.store(&model).unwrap();
    let scope = Scope {
        symbols: lanes.iter().map(|lane| lane.instrument.symbol.clone()).collect(),
        timeframe: TIMEFRAME,
        horizon: 1,
        target: "direction".to_owned(),
    };
    let seated = |stage: Stage| -> Result<Seated, ShelfError> {
        shelf.change(|registry| {
            let id = registry.register(NewModel {
                name: "minute".to_owned(),
                kind: "logistic".to_owned(),
                scope: scope.clone(),
                at: now,
                trained_on: (Timestamp::from_nanos(bars.view().ts_ns[0]), now),
                rows: bars.view().len() as u64,
                data_fingerprint: "test".to_owned(),
                features: "core@1".to_owned(),
                params: Default::default(),
                code_version: "test".to_owned(),
                seed: 0,
            })?;
            registry.trained(id, artefact.clone(), now)?;
            for stage in [Stage::Staging, stage] {
                registry.advance(id, stage, now, "a test", Default::default())?;
            }
            let record = registry.get(id)?;
            Ok(Seated { id, title: record.title(), sha256: artefact.sha256.clone() })
        })
    };
    let (champion, candidate) = (seated(Stage::Production).unwrap(), seated(Stage::Shadow).unwrap());
    SeatConfig {
        line: "minute".to_owned(),
        scope,
        role: Role::Vote,
        enter: 0.55,
        features: "core".to_owned(),
        reference: None,
        label: LABEL,
        primary: None,
        champion: Some(champion),
        candidate: Some(candidate),
        in_canary: false,
        rollout: RolloutConfig { min_samples: TRIED, max_samples: TRIED, ..RolloutConfig::default() },
        left: Default::default(),
    }
}
