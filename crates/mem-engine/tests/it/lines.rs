//! Several lines of models in one session: each with its symbols, its role and its rollout.

use std::collections::{BTreeMap, BTreeSet};

use mem_engine::core::output::Level;
use mem_engine::core::{EngineConfig, Event, LaneConfig, Output, Source, Stamped};
use mem_engine::durable::Durable;
use mem_engine::replay::replay_session;
use mem_engine::seats::{LineSettings, ModelSettings};
use mem_engine::shelf::Shelf;
use mem_model::feature::{self, FeatureStream, Sources};
use mem_model::label::{LabelDef, Labeler};
use mem_model::learn::Learn;
use mem_model::lifecycle::{ModelId, RetrainConfig, RolloutConfig, Scope, Stage};
use mem_model::linear::LogisticParameters;
use mem_model::model::{Model, ModelParts, Tells};
use mem_model::sample::Sample;
use mem_store::records::{Records, RecordsOptions};
use mem_strategy::advice::Role;
use mem_testkit::real_bars;
use mem_trade::{Fees, Instrument};
use mem_types::{Bar, BarSpec, Bars, Symbol, Timeframe, Timestamp};
use serde_json::json;

use crate::shelf;

const TIMEFRAME: Timeframe = Timeframe::H1;
const LABEL: LabelDef = LabelDef::Horizon { bars: 4, dead_band: 0.0 };
const SYMBOLS: [&str; 3] = ["BTCUSDT", "ETHUSDT", "ADAUSDT"];

fn symbol(name: &str) -> Symbol {
    name.parse().unwrap()
}

fn hours(name: &str, count: usize) -> Option<Vec<Bar>> {
    Some(real_bars(&format!("crypto_1h/binance_um_{name}_1h.csv.gz"))?.view().iter().take(count).collect())
}

fn model(bars: &[Bar]) -> Model {
    let (set, bars) = (feature::named("core").unwrap(), Bars::from_bars(bars.iter().copied()).unwrap());
    let table = FeatureStream::batch(&set, bars.view(), TIMEFRAME, &Sources::default()).unwrap().table;
    let labels = Labeler::batch(LABEL, bars.view(), TIMEFRAME, &[]).unwrap();
    let rows: Vec<usize> = labels.iter().map(|label| label.row).collect();
    let target: Vec<f64> = labels.iter().map(|label| f64::from(u8::from(label.class > 0))).collect();
    let table = table.select(&rows);
    Model::new(ModelParts {
        version: "1.0.0".to_owned(),
        features: set.names(),
        horizon_minutes: 240,
        tells: Tells::Up,
        predictors: vec![LogisticParameters { l2: 10.0 }.learn(&Sample::new(&table, &target), None).unwrap()],
        calibrator: None,
        watch: None,
    })
    .unwrap()
}

/// A model on the shelf, in that stage.
fn put(shelf: &Shelf, name: &str, symbols: &[&str], model: &Model, into: Stage) -> ModelId {
    let symbols = symbols.iter().map(|name| symbol(name)).collect::<BTreeSet<_>>();
    let scope = Scope { symbols, timeframe: TIMEFRAME, horizon: 4, target: "direction".to_owned() };
    let params = BTreeMap::from([("config".to_owned(), json!({ "label": LABEL, "reference": null }))]);
    shelf::put(shelf, (name, "logistic"), scope, params, model, into).0
}

fn session() -> EngineConfig {
    let lane = |name: &str| LaneConfig {
        instrument: Instrument::gridless(
            symbol(name),
            name[..3].parse().unwrap(),
            "USDT".parse().unwrap(),
            Fees::default(),
        ),
        strategy: "ma_cross".to_owned(),
        params: Vec::new(),
        bars: BarSpec::Time(TIMEFRAME),
        source: Source::Bars(TIMEFRAME),
        enabled: true,
        watched: false,
    };
    let mut config = EngineConfig::paper("lines", SYMBOLS.map(lane).to_vec());
    config.memory.enabled = false;
    config
}

fn settings() -> ModelSettings {
    let line =
        |name: &str, role| LineSettings { name: name.to_owned(), role, enter: None, rollout: None, retrain: None };
    let nightly = RetrainConfig { new_bars: 500, ..RetrainConfig::default() };
    ModelSettings {
        role: Role::Filter,
        lines: vec![
            LineSettings { enter: Some(0.6), retrain: Some(nightly), ..line("large", Some(Role::Decider)) },
            LineSettings {
                rollout: Some(RolloutConfig { min_samples: 50, ..RolloutConfig::default() }),
                ..line("all", None)
            },
        ],
        ..ModelSettings::default()
    }
}

#[test]
fn a_symbol_is_spoken_of_by_the_line_that_comes_first_and_each_goes_its_own_way() {
    let (Some(large), Some(small)) = (hours("BTCUSDT", 1_000), hours("ADAUSDT", 1_000)) else { return };
    let folder = tempfile::tempdir().unwrap();
    let records = || Records::open(folder.path().join("mem_data.db"), RecordsOptions::default()).unwrap();
    let shelf = Shelf::beside(records());
    let (of_large, of_small) = (model(&large), model(&small));
    let deciding = put(&shelf, "large", &["BTCUSDT", "ETHUSDT"], &of_large, Stage::Production);
    let general = put(&shelf, "all", &SYMBOLS, &of_small, Stage::Production);
    let tried = put(&shelf, "all", &SYMBOLS, &of_large, Stage::Shadow);
    put(&shelf, "neither", &SYMBOLS[..1], &of_small, Stage::Shadow);

    let mut config = session();
    config.seats = settings().seats(&shelf.registry().unwrap(), &config).unwrap();
    let of = |seat: usize| &config.seats[seat];
    assert_eq!((of(0).line.as_str(), of(0).role, of(0).enter, of(0).left.len()), ("large", Role::Decider, 0.6, 0));
    assert_eq!(
        (of(1).line.as_str(), of(1).role, of(1).enter, of(1).rollout.min_samples),
        ("all", Role::Filter, 0.55, 50)
    );
    assert_eq!(config.seats.len(), 2);
    assert_eq!(of(1).left.keys().cloned().collect::<Vec<_>>(), [symbol("BTCUSDT"), symbol("ETHUSDT")]);
    assert!(of(1).left[&symbol("BTCUSDT")].contains("large speaks of it, and comes first"));

    let into = folder.path().join("engine/sessions/lines");
    let mut durable = Durable::begin(config, records(), Some(&into), "test", Timestamp::from_nanos(0)).unwrap();
    let mut outputs = Vec::new();
    let all = SYMBOLS.map(|name| hours(name, 1_400).unwrap());
    for hour in 0..1_400 {
        for (market, bars) in (0..).zip(&all) {
            let bar = bars[hour];
            durable.handle(&Stamped { at: TIMEFRAME.close_of(bar.ts), event: Event::Bar { market, bar } }).unwrap();
        }
        outputs.extend(durable.commit().unwrap().0);
    }
    let said: BTreeSet<(String, ModelId)> = outputs
        .iter()
        .filter_map(|output| {
            if let Output::Predicted(note) = output { Some((note.symbol.to_string(), note.model)) } else { None }
        })
        .collect();
    let expected = [("BTCUSDT", deciding), ("ETHUSDT", deciding), ("ADAUSDT", general), ("ADAUSDT", tried)];
    assert_eq!(said, expected.map(|(name, id)| (name.to_owned(), id)).into());
    let told = |name: &str| {
        outputs.iter().any(|output| {
            matches!(output, Output::Note(note) if note.level == Level::Warning
                && note.text == format!("models of all say nothing of {name}: large speaks of it, and comes first in [models]"))
        })
    };
    assert!(told("BTCUSDT") && told("ETHUSDT") && !told("ADAUSDT"));
    let state = durable.end().unwrap();
    let standing = |line: &str| &state.standings[line];
    assert!(standing("large").rollout.is_none() && standing("large").champion_score.count > 2_000);
    assert!(standing("all").champion_score.count < 1_400);

    // Each seat says for itself how it stands, on record too.
    let board = records().latest_dashboard("rollout").unwrap();
    let lines: BTreeSet<&str> = board.iter().filter_map(|row| row.payload["line"].as_str()).collect();
    assert_eq!(lines, BTreeSet::from(["large", "all"]));
    let replayed = replay_session(&into, |_| {}).unwrap();
    assert!(
        replayed.identical && replayed.lines_then == replayed.lines_now && replayed.lines_now > 3_000,
        "{replayed:?}"
    );
}

#[test]
fn settings_of_a_line_that_are_left_out_are_those_of_all() {
    let settings = settings();
    settings.validate().unwrap();
    let names: Vec<&str> = settings.lines().map(|line| line.name).collect();
    assert_eq!(names, ["large", "all"]);
    let new_bars = ["large", "all", "unknown"].map(|name| settings.retrain_of(name).new_bars);
    assert_eq!(new_bars, [500, 0, 0]);
    let one = ModelSettings { line: "large".to_owned(), ..settings.clone() };
    assert_eq!(one.lines().count(), 2, "a line is there once, as it is described");
    let first = ModelSettings { line: "new".to_owned(), ..settings.clone() };
    assert_eq!(first.lines().next().map(|line| line.name), Some("new"));
    let mut twice = settings.clone();
    twice.lines[1].name = "large".to_owned();
    assert_eq!(twice.validate().unwrap_err(), "models.lines: large is there twice");
    let mut unsure = settings;
    unsure.lines[0].enter = Some(0.5);
    assert!(unsure.validate().unwrap_err().starts_with("models.lines.large.enter is 0.5"));
    // What filters may judge entries, few of which need gain.
    unsure.lines[0].role = Some(Role::Filter);
    unsure.validate().unwrap();
}
