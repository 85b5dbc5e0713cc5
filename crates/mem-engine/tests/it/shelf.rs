//! Models on the shelf.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use mem_engine::shelf::{Shelf, ShelfError, Wanted};
use mem_model::learn::Learn;
use mem_model::lifecycle::registry::NewModel;
use mem_model::lifecycle::{Artefact, ModelId, RegistryError, Scope, Stage};
use mem_model::linear::LogisticParameters;
use mem_model::model::{Model, ModelParts, Tells};
use mem_model::sample::Sample;
use mem_model::table::Table;
use mem_store::records::{AuditFilter, Records, RecordsOptions};
use mem_types::{Timeframe, Timestamp};

fn model() -> Model {
    let column: Vec<f64> = (0..100).map(|row| f64::from(row % 10)).collect();
    let target: Vec<f64> = column.iter().map(|value| if *value > 4.0 { 1.0 } else { 0.0 }).collect();
    let table = Table::new(vec!["a".to_owned()], vec![column]).unwrap();
    let predictor = LogisticParameters::default().learn(&Sample::new(&table, &target), None).unwrap();
    let parts = ModelParts {
        version: "1.0.0".to_owned(),
        features: vec!["a".to_owned()],
        horizon_minutes: 60,
        tells: Tells::Up,
        predictors: vec![predictor],
        calibrator: None,
        watch: None,
    };
    Model::new(parts).unwrap()
}

/// A model on the shelf, judged and then put into that stage; `params` are those of its training.
pub(crate) fn put(
    shelf: &Shelf,
    (name, kind): (&str, &str),
    scope: Scope,
    params: BTreeMap<String, serde_json::Value>,
    model: &Model,
    into: Stage,
) -> (ModelId, Artefact) {
    let new = NewModel {
        name: name.to_owned(),
        kind: kind.to_owned(),
        scope,
        at: Timestamp::from_nanos(1),
        trained_on: (Timestamp::from_nanos(0), Timestamp::from_nanos(1)),
        rows: 1,
        data_fingerprint: String::new(),
        features: "core@1".to_owned(),
        params,
        code_version: String::new(),
        seed: 0,
    };
    let artefact = shelf.store(model).unwrap();
    let id = shelf.change(|registry| {
        let id = registry.register(new)?;
        registry.trained(id, artefact.clone(), Timestamp::from_nanos(2))?;
        registry.advance(id, Stage::Staging, Timestamp::from_nanos(3), "judged", BTreeMap::new())?;
        registry.advance(id, into, Timestamp::from_nanos(4), "wanted", BTreeMap::new())?;
        Ok(id)
    });
    (id.unwrap(), artefact)
}

fn new(name: &str) -> NewModel {
    NewModel {
        name: name.to_owned(),
        kind: "logistic".to_owned(),
        scope: Scope {
            symbols: BTreeSet::from(["BTCUSDT".parse().unwrap()]),
            timeframe: Timeframe::H1,
            horizon: 1,
            target: "direction".to_owned(),
        },
        at: Timestamp::from_nanos(5),
        trained_on: (Timestamp::from_nanos(1), Timestamp::from_nanos(2)),
        rows: 100,
        data_fingerprint: "f".to_owned(),
        features: "core@1".to_owned(),
        params: BTreeMap::from([("l2".to_owned(), serde_json::json!(0.1))]),
        code_version: "0.1.0".to_owned(),
        seed: 7,
    }
}

#[test]
fn models_and_their_lives_are_kept_across_processes() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let records = Records::open(folder.path().join("mem_data.db"), RecordsOptions::default()).unwrap();
        Shelf::beside(records)
    };
    let (shelf, other) = (open(), open());
    let at = Timestamp::from_nanos(10);
    let artefact = shelf.store(&model()).unwrap();
    assert_eq!(other.store(&model()).unwrap(), artefact, "the same model is the same file");

    let first = shelf.change(|registry| registry.register(new("trend"))).unwrap();
    // The other process sees it and goes on from there.
    let second = other.change(|registry| registry.register(new("trend"))).unwrap();
    assert!(second > first);
    for id in [first, second] {
        let promoted = shelf.change(|registry| {
            registry.trained(id, artefact.clone(), at)?;
            registry.measured(id, [("gate.brier".to_owned(), 0.1 + 0.2)])?;
            registry.advance(id, Stage::Staging, at, "judged", BTreeMap::new())?;
            registry.advance(id, Stage::Production, at, "wanted", BTreeMap::from([("p".to_owned(), 0.01)]))
        });
        promoted.unwrap();
    }
    let registry = other.registry().unwrap();
    assert_eq!(registry, shelf.registry().unwrap());
    assert_eq!(registry.production(&new("trend").scope).unwrap().id, second);
    assert_eq!(registry.get(first).unwrap().stage, Stage::Archived);
    assert_eq!(registry.get(second).unwrap().metrics["gate.brier"].to_bits(), (0.1_f64 + 0.2).to_bits());
    assert_eq!(other.load(registry.get(second).unwrap()).unwrap(), model());

    // What is refused changes nothing, not even what came before it in the same change.
    let refused = shelf.change(|registry| {
        registry.register(new("other"))?;
        registry.advance(first, Stage::Shadow, at, "no", BTreeMap::new())
    });
    assert!(matches!(refused, Err(ShelfError::Registry(RegistryError::Step { .. }))), "{refused:?}");
    assert_eq!(shelf.registry().unwrap(), registry);

    // What operators want is in the audit with what became of it.
    let word = |wanted, id| shelf.carry_out(wanted, id, ("anna", "she knows"), at);
    assert!(matches!(word(Wanted::RollBack, first), Err(ShelfError::Registry(RegistryError::Step { .. }))));
    word(Wanted::RollBack, second).unwrap();
    let stages = |id| shelf.registry().unwrap().get(id).unwrap().stage;
    assert_eq!((stages(first), stages(second)), (Stage::Production, Stage::Failed));
    let audit = shelf.records().page_audit(&AuditFilter::default()).unwrap().rows;
    let found: Vec<_> =
        audit.iter().map(|row| (row.applied_at.is_some(), row.who.as_str(), row.why.as_str())).collect();
    assert_eq!(found[0], (true, "anna", "she knows"));
    assert!(!found[1].0 && found[1].2.starts_with("refused: "), "{found:?}");

    // A file that was touched is not believed.
    let path = shelf.path(&artefact);
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 3;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(matches!(shelf.load(registry.get(second).unwrap()), Err(ShelfError::Checksum(_))));
    fs::remove_file(&path).unwrap();
    assert!(matches!(shelf.load(registry.get(second).unwrap()), Err(ShelfError::File { .. })));
}
