//! Models in the loop: who decides, who is tried, who is taken back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mem_engine::core::seat::{Models, SeatConfig, Seated, Standing};
use mem_engine::core::{Engine, EngineConfig, Event, LaneConfig, ModelNote, ModelWord, Output, Source, Stamped, State};
use mem_engine::durable::Durable;
use mem_engine::keep::Keeper;
use mem_engine::replay::{ReplayError, replay_session};
use mem_engine::shelf::{Shelf, ShelfError};
use mem_model::boost::BoostParameters;
use mem_model::drift::{FeatureDrift, FeatureDriftConfig, Severity};
use mem_model::feature::{self, FeatureStream, Sources};
use mem_model::label::{LabelDef, Labeler};
use mem_model::learn::{Learn, Predictor};
use mem_model::lifecycle::rollout::{Phase, Verdict};
use mem_model::lifecycle::{ModelId, Rollout, RolloutConfig, Scope, Stage};
use mem_model::linear::Scaler;
use mem_model::model::{Model, ModelParts, Tells, Watch};
use mem_model::sample::Sample;
use mem_model::sequence::{Cell, Network, Sequence, Shape};
use mem_store::records::{DriftFilter, FeatureFilter, ModelEventFilter, PredictionFilter, Records, RecordsOptions};
use mem_strategy::advice::Role;
use mem_trade::risk::RiskConfig;
use mem_trade::{Fees, Instrument};
use mem_types::{Bar, BarSpec, Bars, Intent, Timeframe, Timestamp};

use crate::shelf;

pub(crate) const TIMEFRAME: Timeframe = Timeframe::H1;
pub(crate) const LABEL: LabelDef = LabelDef::Horizon { bars: 1, dead_band: 0.0 };

/// Bars of a market that takes back half of what it has just done: what comes next can be foreseen a little.
pub(crate) fn bars(count: usize, seed: u64, wildness: f64) -> Vec<Bar> {
    market(count, seed, wildness, |_| -0.6)
}

/// Bars of a market that goes on with a share of what it has just done, by the bar's number.
fn market(count: usize, seed: u64, wildness: f64, goes_on: impl Fn(usize) -> f64) -> Vec<Bar> {
    let mut state = seed;
    let mut unit = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let (mut price, mut last) = (100.0, 0.0);
    (0..count)
        .map(|number| {
            let noise = (unit() + unit() + unit() - 1.5) * 0.01 * wildness;
            last = goes_on(number) * last + noise;
            let open = price;
            price *= 1.0 + last;
            let ts = Timestamp::from_nanos(
                1_700_000_100_000_000_000 / TIMEFRAME.nanos() * TIMEFRAME.nanos() + number as i64 * TIMEFRAME.nanos(),
            );
            let reach = 0.002 * wildness * unit();
            Bar {
                ts,
                open,
                high: open.max(price) * (1.0 + reach),
                low: open.min(price) * (1.0 - reach),
                close: price,
                volume: (10.0 + unit()) * wildness.powi(3),
            }
        })
        .collect()
}

/// A model of these bars; one that is upside down has learned the contrary of what came.
fn model(bars: &[Bar], upside_down: bool) -> Model {
    taught_by(bars, upside_down, BoostParameters::default().learning_rate)
}

/// The same, a step of this size at a time: with small ones it is never sure.
fn taught_by(bars: &[Bar], upside_down: bool, learning_rate: f64) -> Model {
    let set = feature::named("core").unwrap();
    let bars = Bars::from_bars(bars.iter().copied()).unwrap();
    let features = FeatureStream::batch(&set, bars.view(), TIMEFRAME, &Sources::default()).unwrap();
    let labels = Labeler::batch(LABEL, bars.view(), TIMEFRAME, &[]).unwrap();
    let warmup = set.warmup().unwrap();
    let labels: Vec<_> = labels.into_iter().filter(|label| label.row >= warmup).collect();
    let rows: Vec<usize> = labels.iter().map(|label| label.row).collect();
    let target: Vec<f64> = labels.iter().map(|label| f64::from(u8::from((label.class > 0) != upside_down))).collect();
    let table = features.table.select(&rows);
    let trees = BoostParameters { rounds: 30, leaves: 8, learning_rate, ..BoostParameters::default() };
    let predictor = trees.learn(&Sample::new(&table, &target), None).unwrap();
    let watch = FeatureDriftConfig { window: 100, reference: 300, ..FeatureDriftConfig::default() };
    let by_symbol = BTreeMap::from([("TESTUSD".parse().unwrap(), FeatureDrift::new(&table, watch))]);
    Model::new(ModelParts {
        version: "1.0.0".to_owned(),
        features: set.names(),
        horizon_minutes: 60,
        tells: Tells::Up,
        predictors: vec![predictor],
        calibrator: None,
        watch: Some(Watch::BySymbol { by_symbol }),
    })
    .unwrap()
}

/// A network that looks at so many rows, as it is before it has learned anything.
pub(crate) fn looking_back(cell: Cell, steps: usize) -> Model {
    let set = feature::named("core").unwrap();
    let taught = Bars::from_bars(bars(1_000, 1, 1.0)).unwrap();
    let features = FeatureStream::batch(&set, taught.view(), TIMEFRAME, &Sources::default()).unwrap();
    let target = vec![0.0; taught.len()];
    let shape = Shape { cell, features: set.features.len(), steps, hidden: 8, layers: 1, heads: 1 };
    let mut number = 1_u32;
    let mut weight = || {
        number = number.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        f64::from(number >> 8) / f64::from(1_u32 << 24) - 0.5
    };
    let weights =
        shape.matrices().into_iter().map(|matrix| (0..matrix.rows * matrix.columns).map(|_| weight()).collect());
    let network = Network::new(shape, weights.collect()).unwrap();
    Model::new(ModelParts {
        version: "1.0.0".to_owned(),
        features: set.names(),
        horizon_minutes: 60,
        tells: Tells::Up,
        predictors: vec![Predictor::Sequence(Sequence {
            scaler: Scaler::fit(&Sample::new(&features.table, &target)),
            network,
        })],
        calibrator: None,
        watch: None,
    })
    .unwrap()
}

fn scope() -> Scope {
    let symbols = BTreeSet::from(["TESTUSD".parse().unwrap()]);
    Scope { symbols, timeframe: TIMEFRAME, horizon: 1, target: "direction".to_owned() }
}

pub(crate) fn seated(id: u64, title: &str) -> Seated {
    Seated { id: ModelId(id), title: title.to_owned(), sha256: title.to_owned() }
}

pub(crate) fn config(role: Role, champion: Option<Seated>, candidate: Option<Seated>) -> EngineConfig {
    let asset = |name: &str| name.parse().unwrap();
    let lane = LaneConfig {
        instrument: Instrument::gridless("TESTUSD".parse().unwrap(), asset("TEST"), asset("USD"), Fees::default()),
        strategy: "ma_cross".to_owned(),
        params: Vec::new(),
        bars: BarSpec::Time(TIMEFRAME),
        source: Source::Bars(TIMEFRAME),
        enabled: true,
        watched: false,
    };
    let rollout = RolloutConfig {
        shares: vec![0.25, 1.0],
        min_samples: 100,
        brier_margin: 0.02,
        return_margin: 0.05,
        loss_limit: 10.0,
        ..RolloutConfig::default()
    };
    let seat = SeatConfig {
        line: "trend".to_owned(),
        scope: scope(),
        role,
        enter: 0.55,
        features: "core".to_owned(),
        reference: None,
        label: LABEL,
        primary: None,
        champion,
        candidate,
        in_canary: false,
        rollout,
        left: BTreeMap::new(),
    };
    let risk = RiskConfig { max_leverage: 1.0, ..RiskConfig::unlimited() };
    let mut config = EngineConfig { risk, seats: vec![seat], ..EngineConfig::paper("models", vec![lane]) };
    // What was remembered is read from records, which these tests do without.
    config.memory.enabled = false;
    config
}

pub(crate) fn bar(bar: &Bar) -> Stamped {
    Stamped { at: TIMEFRAME.close_of(bar.ts), event: Event::Bar { market: 0, bar: *bar } }
}

fn past(bar: &Bar) -> Stamped {
    Stamped { at: TIMEFRAME.close_of(bar.ts), event: Event::History { market: 0, bar: *bar } }
}

pub(crate) fn said(engine: &mut Engine, events: impl IntoIterator<Item = Stamped>) -> Vec<Output> {
    let mut outputs = Vec::new();
    for event in events {
        engine.handle(&event);
        outputs.extend(engine.take_outputs());
        engine.take_commands();
    }
    outputs
}

fn steps(outputs: &[Output]) -> Vec<ModelNote> {
    outputs
        .iter()
        .filter_map(|output| if let Output::Model(note) = output { Some((**note).clone()) } else { None })
        .collect()
}

pub(crate) fn engine(config: EngineConfig, state: State, models: &Models) -> Engine {
    Engine::new(config, state, Vec::new(), true).unwrap().seat(models).unwrap()
}

/// Models by the names that stand for their checksums here: one that foresees, one that foresees the contrary.
fn models() -> Models {
    let taught = bars(3_000, 1, 1.0);
    [("good", model(&taught, false)), ("bad", model(&taught, true))]
        .into_iter()
        .map(|(name, model)| (name.to_owned(), Arc::new(model)))
        .collect()
}

#[test]
fn a_bad_candidate_is_taken_back_and_a_good_one_comes_to_decide() {
    let models = models();
    let live = bars(6_000, 2, 1.0);
    let bad = config(Role::Decider, Some(seated(1, "good")), Some(seated(2, "bad")));
    let mut loop_ = engine(bad, State::default(), &models);
    let outputs = said(&mut loop_, live.iter().map(bar));
    let found = steps(&outputs);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].model, found[0].to, found[0].share), (ModelId(2), Stage::Failed, 0.0));
    assert!(found[0].why.contains("Brier score is worse"), "{}", found[0].why);
    let standing = &loop_.state().standings["trend"];
    assert_eq!((standing.champion.clone(), standing.candidate.clone()), (Some(seated(1, "good")), None));
    // It was taken back before it had decided anything, and the champion went on.
    let decided =
        outputs.iter().filter_map(|output| if let Output::Signal(note) = output { note.model.clone() } else { None });
    let decided: Vec<_> = decided.collect();
    assert!(decided.len() > 100 && decided.iter().all(|word| !word.by_candidate && word.model == ModelId(1)));
    assert!(decided.iter().all(|word| !word.moved_by.is_empty() && word.moved_by.len() <= 5));

    let good = config(Role::Decider, Some(seated(1, "bad")), Some(seated(2, "good")));
    let mut loop_ = engine(good, State::default(), &models);
    let outputs = said(&mut loop_, live.iter().map(bar));
    let stages: Vec<(Stage, f64)> = steps(&outputs).iter().map(|note| (note.to, note.share)).collect();
    assert_eq!(stages, [(Stage::Canary, 0.25), (Stage::Canary, 1.0), (Stage::Production, 1.0)]);
    let standing = &loop_.state().standings["trend"];
    assert_eq!((standing.champion.clone(), standing.rollout.is_none()), (Some(seated(2, "good")), true));
    let by_candidate = outputs.iter().filter(
        |output| matches!(output, Output::Signal(note) if note.model.as_ref().is_some_and(|word| word.by_candidate)),
    );
    assert!(by_candidate.count() > 10, "a canary decides some");
    // What was promised of every prediction is kept: it is judged once, with its truth.
    let count = |what: fn(&Output) -> bool| outputs.iter().filter(|output| what(output)).count();
    let (predicted, resolved) =
        (count(|output| matches!(output, Output::Predicted(_))), count(|output| matches!(output, Output::Resolved(_))));
    assert!(predicted > 6_000 && predicted - resolved <= 3, "{predicted} {resolved}");
}

#[test]
fn a_bad_model_that_somebody_puts_into_canary_is_taken_back_from_there() {
    let models = models();
    let mut put = config(Role::Decider, Some(seated(1, "good")), Some(seated(2, "bad")));
    put.seats[0].in_canary = true;
    let mut loop_ = engine(put, State::default(), &models);
    let first = loop_.state().standings["trend"].rollout.as_ref().map(|rollout| (rollout.phase(), rollout.share()));
    assert_eq!(first, Some((Phase::Canary { stage: 0 }, 0.25)));
    let outputs = said(&mut loop_, bars(6_000, 2, 1.0).iter().map(bar));
    let found = steps(&outputs);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].model, found[0].to, found[0].share), (ModelId(2), Stage::Failed, 0.0));
    let by_candidate = |output: &&Output| matches!(output, Output::Signal(note) if note.model.as_ref().is_some_and(|word| word.by_candidate));
    assert!(outputs.iter().any(|output| by_candidate(&output)), "it has decided some before");
    let last = outputs.iter().rposition(|output| by_candidate(&output));
    let back = outputs.iter().position(|output| matches!(output, Output::Model(_)));
    assert!(last < back, "and none afterwards but what it had opened");
}

/// Bars before the restart.
const CUT: usize = 250;

#[test]
fn a_restart_in_the_middle_changes_nothing_that_models_say() {
    let models = models();
    let live = bars(4_000, 3, 1.0);
    let config = || config(Role::Filter, Some(seated(1, "bad")), Some(seated(2, "good")));
    let mut whole = engine(config(), State::default(), &models);
    let all = said(&mut whole, live.iter().map(bar));
    let again = said(&mut engine(config(), State::default(), &models), live.iter().map(bar));
    assert_eq!(serde_json::to_string(&all).unwrap(), serde_json::to_string(&again).unwrap());

    let mut first = engine(config(), State::default(), &models);
    let mut both = said(&mut first, live[..CUT].iter().map(bar));
    let tried = first.state().standings["trend"].rollout.as_ref().map(Rollout::phase);
    assert!(matches!(tried, Some(Phase::Canary { .. })), "in the middle of a canary: {tried:?}");
    let kept: State = serde_json::from_str(&serde_json::to_string(first.state()).unwrap()).unwrap();
    let mut second = engine(config(), kept, &models);
    both.extend(said(&mut second, live[..CUT].iter().map(past)));
    both.extend(said(&mut second, live[CUT..].iter().map(bar)));
    let of_models = |outputs: &[Output]| -> Vec<String> {
        let wanted = |output: &&Output| matches!(output, Output::Predicted(_) | Output::Resolved(_) | Output::Model(_));
        outputs.iter().filter(wanted).map(|output| serde_json::to_string(output).unwrap()).collect()
    };
    let (all, both) = (of_models(&all), of_models(&both));
    let difference = all.iter().zip(&both).find(|(one, other)| one != other);
    assert!(difference.is_none() && all.len() == both.len(), "{difference:?}");
    assert_eq!(whole.state().standings, second.state().standings);
}

#[test]
fn what_watches_over_models_survives_a_restart() {
    let models = models();
    // From bar 700 on the market does the contrary of what the model was taught; the process is killed soon after.
    let live = market(1_600, 5, 1.0, |number| if number < 700 { -0.6 } else { 0.6 });
    let config = || config(Role::Vote, Some(seated(1, "good")), None);
    let words = |outputs: &[Output]| -> Vec<String> {
        let wanted = |output: &&Output| matches!(output, Output::Drift(_) | Output::Worth(_) | Output::Standing(_));
        outputs.iter().filter(wanted).map(|output| serde_json::to_string(output).unwrap()).collect()
    };
    let all = words(&said(&mut engine(config(), State::default(), &models), live.iter().map(bar)));
    let cut = 715;
    let mut first = engine(config(), State::default(), &models);
    let mut both = words(&said(&mut first, live[..cut].iter().map(bar)));
    let before = both.len();
    let kept: State = serde_json::from_str(&serde_json::to_string(first.state()).unwrap()).unwrap();
    drop(first);
    let mut second = engine(config(), kept, &models);
    assert_eq!(second.foresight_warmup(), feature::named("core").unwrap().warmup().unwrap() + 100);
    both.extend(words(&said(&mut second, live[..cut].iter().map(past))));
    assert_eq!(both.len(), before, "the past is not told of again");
    both.extend(words(&said(&mut second, live[cut..].iter().map(bar))));
    let difference = all.iter().zip(&both).find(|(one, other)| one != other);
    assert!(difference.is_none() && all.len() == both.len(), "{difference:?}");
    let decayed = all.iter().position(|word| word.contains("\"verdict\":\"drift\"")).expect("it is told of");
    assert!(decayed >= before, "after the restart");
}

#[test]
fn models_that_look_back_say_live_what_they_say_of_the_whole_series() {
    let models: Models = [("long", Cell::Lstm, 24), ("short", Cell::Transformer, 5)]
        .into_iter()
        .map(|(name, cell, steps)| (name.to_owned(), Arc::new(looking_back(cell, steps))))
        .collect();
    // A bar is missing in the middle.
    let mut live = bars(400, 3, 1.0);
    live.remove(300);
    let config = || {
        let mut config = config(Role::Vote, Some(seated(1, "long")), Some(seated(2, "short")));
        // Nobody is taken back: both go on speaking.
        let rollout = &mut config.seats[0].rollout;
        (rollout.min_samples, rollout.max_samples) = (1_000_000, 2_000_000);
        config
    };
    let spoken = |outputs: &[Output]| -> Vec<(u64, Timestamp, u64)> {
        let word = |output: &Output| match output {
            Output::Predicted(note) => Some((note.model.0, note.at, note.up.to_bits())),
            _ => None,
        };
        outputs.iter().filter_map(word).collect()
    };
    let mut whole = engine(config(), State::default(), &models);
    let all = spoken(&said(&mut whole, live.iter().map(bar)));

    let set = feature::named("core").unwrap();
    let series = Bars::from_bars(live.iter().copied()).unwrap();
    let features = FeatureStream::batch(&set, series.view(), TIMEFRAME, &Sources::default()).unwrap();
    let warmup = set.warmup().unwrap();
    let mut expected = Vec::new();
    for row in 0..live.len() {
        for (id, name) in [(1, "long"), (2, "short")] {
            let steps = models[name].steps();
            let Some(first) = (row + 1).checked_sub(steps).filter(|first| *first >= warmup) else { continue };
            if first < 300 && row >= 300 {
                continue;
            }
            let window: Vec<f64> =
                (first..=row).flat_map(|row| features.table.columns().iter().map(move |column| column[row])).collect();
            let up = models[name].predict_row(&window).unwrap()[0];
            expected.push((id, features.known_at[row], up.to_bits()));
        }
    }
    assert!(expected.len() > 200 && all == expected);

    // A restart, its past given again, changes nothing.
    for cut in [150, 310, 330] {
        let mut first = engine(config(), State::default(), &models);
        let mut both = spoken(&said(&mut first, live[..cut].iter().map(bar)));
        let kept: State = serde_json::from_str(&serde_json::to_string(first.state()).unwrap()).unwrap();
        let mut second = engine(config(), kept, &models);
        assert_eq!(second.foresight_warmup(), warmup + 24);
        said(&mut second, live[..cut].iter().map(past));
        both.extend(spoken(&said(&mut second, live[cut..].iter().map(bar))));
        assert!(both == all, "{cut}");
    }
}

#[test]
fn the_past_of_a_market_that_models_were_not_made_for_changes_nothing() {
    let models = models();
    let mut config = config(Role::Filter, Some(seated(1, "good")), Some(seated(2, "bad")));
    let mut other = config.lanes[0].clone();
    other.instrument.symbol = "OTHERUSD".parse().unwrap();
    config.lanes.push(other);
    let mut loop_ = engine(config.clone(), State::default(), &models);
    said(&mut loop_, bars(80, 3, 1.0).iter().map(bar));
    let kept = loop_.state().clone();
    let mut again = engine(config, kept.clone(), &models);
    let other = |bar: &Bar| Stamped { at: TIMEFRAME.close_of(bar.ts), event: Event::History { market: 1, bar: *bar } };
    said(&mut again, bars(50, 4, 1.0).iter().map(other));
    assert!(!kept.standings.is_empty() && again.state().standings == kept.standings);
}

#[test]
fn features_that_are_no_longer_like_those_of_the_training_are_told_of() {
    let models = models();
    let config = || config(Role::Vote, Some(seated(1, "good")), None);
    let worst = |wildness: f64| {
        let mut loop_ = engine(config(), State::default(), &models);
        let calm = bars(1_200, 1, 1.0);
        said(&mut loop_, calm.iter().map(past));
        let end = calm[calm.len() - 1].ts.as_nanos() + TIMEFRAME.nanos();
        let mut later = bars(800, 4, wildness);
        let shift = end - later[0].ts.as_nanos();
        later.iter_mut().for_each(|bar| bar.ts = Timestamp::from_nanos(bar.ts.as_nanos() + shift));
        let outputs = said(&mut loop_, later.iter().map(bar));
        let severities = outputs
            .iter()
            .filter_map(|output| if let Output::Drift(note) = output { Some(note.severity) } else { None });
        severities.max()
    };
    assert!(worst(6.0).unwrap() >= Severity::High);
    assert!(worst(1.0).unwrap() <= Severity::Low);
}

#[test]
fn what_models_say_and_what_follows_is_on_record() {
    let folder = tempfile::tempdir().unwrap();
    let records = Records::open(folder.path().join("mem_data.db"), RecordsOptions::default()).unwrap();
    let shelf = Shelf::beside(records.clone());
    let models = models();
    let mut ids = Vec::new();
    for (name, into) in [("good", Stage::Production), ("bad", Stage::Shadow)] {
        let (id, artefact) =
            shelf::put(&shelf, ("trend", "boosted_trees"), scope(), BTreeMap::new(), &models[name], into);
        ids.push(Seated { id, title: format!("trend of {name}"), sha256: artefact.sha256 });
    }
    let config = config(Role::Decider, Some(ids[0].clone()), Some(ids[1].clone()));
    let seats = shelf.seated(&config).unwrap();
    let mut loop_ = engine(config.clone(), State::default(), &seats);
    let mut keeper = Keeper::new(records.clone(), "models");
    for chunk in bars(6_000, 2, 1.0).chunks(500) {
        let outputs = said(&mut loop_, chunk.iter().map(bar));
        keeper.commit(&outputs, &loop_).unwrap();
    }
    assert_eq!(shelf.registry().unwrap().get(ids[1].id).unwrap().stage, Stage::Failed);
    let events = records.model_events(&ModelEventFilter::default()).unwrap();
    assert_eq!((events.total, events.rows[0].event_type.as_str()), (1, "deployment_rollback"));
    // Each bar at which they spoke is on record with its indicators, those of the last 90 days.
    let filter = FeatureFilter { symbol: Some("TESTUSD".to_owned()), ..FeatureFilter::default() };
    let features = records.features(&filter).unwrap();
    assert!((90 * 24..=92 * 24).contains(&features.total), "{}", features.total);
    let last = &features.rows[0];
    let live = bars(6_000, 2, 1.0);
    assert_eq!((last.timestamp, last.close_price), (TIMEFRAME.close_of(live[5_999].ts), live[5_999].close));
    let set = feature::named("reference25").unwrap();
    let all = Bars::from_bars(live.iter().copied()).unwrap();
    let table = FeatureStream::batch(&set, all.view(), TIMEFRAME, &Sources::default()).unwrap().table;
    let of_set = |name: &str| Some(table.columns()[set.names().iter().position(|known| known == name).unwrap()][5_999]);
    assert_eq!(
        [last.vwap, last.rsi, last.bollinger_lower, last.mfi],
        ["vwap", "rsi", "bollinger_lower", "mfi"].map(of_set)
    );
    let of = |role: &str| PredictionFilter {
        role: Some(role.to_owned()),
        resolved: Some(true),
        ..PredictionFilter::default()
    };
    let champion = records.predictions(&of("champion")).unwrap();
    assert!(champion.total > 5_000 && champion.rows[0].brier.is_some());
    assert!(records.predictions(&of("candidate")).unwrap().total >= 100);
    assert!(
        !records
            .drift(&DriftFilter { model_id: Some(ids[0].id.0 as i64), ..DriftFilter::default() })
            .unwrap()
            .is_empty()
    );
    let board = records.latest_dashboard("rollout").unwrap();
    assert_eq!((board.len(), board[0].payload["champion"]["id"].as_u64()), (1, Some(ids[0].id.0)));
    assert!(!records.performance(ids[0].id.0 as i64, 10).unwrap().is_empty());
    let decision = records.get_decisions(1).unwrap().remove(0);
    assert_eq!(decision.detail["model"]["model"].as_u64(), Some(ids[0].id.0));
    // Books that were kept are read back with the seat in them.
    assert_eq!(Keeper::load(&records).unwrap().unwrap(), *loop_.state());
}

/// A candidate that is a stage away from deciding alone, and stays there.
fn canary(share: f64, champion: &Seated, candidate: &Seated) -> (RolloutConfig, State) {
    let rules = RolloutConfig {
        shares: vec![share, 1.0],
        min_samples: 1_000_000,
        max_samples: 2_000_000,
        brier_margin: 1.0,
        return_margin: 1.0,
        loss_limit: 100.0,
        ..RolloutConfig::default()
    };
    let mut rollout = Rollout::begin(rules.clone()).unwrap();
    rollout.take(&Verdict::Advance { to: Phase::Canary { stage: 0 }, why: String::new() });
    let mut standing = Standing::default();
    (standing.champion, standing.candidate) = (Some(champion.clone()), Some(candidate.clone()));
    standing.rollout = Some(rollout);
    (rules, State { standings: BTreeMap::from([("trend".to_owned(), standing)]), ..State::default() })
}

fn words(outputs: &[Output]) -> Vec<(Intent, ModelWord)> {
    let word = |output: &Output| match output {
        Output::Signal(note) => Some((note.intent, note.model.clone()?)),
        _ => None,
    };
    outputs.iter().filter_map(word).collect()
}

#[test]
fn a_candidate_that_lets_every_signal_pass_by_does_not_keep_its_turn() {
    let taught = bars(3_000, 1, 1.0);
    let mut models = models();
    models.insert("timid".to_owned(), Arc::new(taught_by(&taught, false, 1e-6)));
    let live = bars(4_000, 2, 1.0);
    let (champion, candidate) = (seated(1, "good"), seated(2, "timid"));
    let alone = config(Role::Decider, Some(champion.clone()), None);
    let alone = words(&said(&mut engine(alone, State::default(), &models), live.iter().map(bar))).len();

    let (rules, state) = canary(0.25, &champion, &candidate);
    let mut beside = config(Role::Decider, Some(champion), Some(candidate));
    beside.seats[0].rollout = rules;
    let heard = words(&said(&mut engine(beside, state, &models), live.iter().map(bar)));
    assert!(heard.iter().all(|(_, word)| !word.by_candidate), "it is never sure enough");
    // A quarter of the entries is its own to take or to leave.
    assert!(heard.len() as f64 > 0.6 * alone as f64, "{} of {alone}", heard.len());
}

#[test]
fn whoever_opened_a_position_says_when_it_is_left() {
    let (champion, candidate) = (seated(1, "good"), seated(2, "bad"));
    let (rules, state) = canary(0.5, &champion, &candidate);
    let mut config = config(Role::Decider, Some(champion), Some(candidate));
    config.seats[0].rollout = rules;
    let live = bars(2_000, 2, 1.0);
    let mut opened = None;
    let mut left = 0;
    for (intent, word) in words(&said(&mut engine(config, state, &models()), live.iter().map(bar))) {
        match intent {
            Intent::EnterLong | Intent::EnterShort => opened = Some(word.model),
            Intent::ExitLong | Intent::ExitShort => {
                assert_eq!(opened, Some(word.model));
                left += 1;
            }
        }
    }
    assert!(left > 20, "{left}");
}

#[test]
fn what_was_foreseen_is_judged_by_who_foresaw_it_also_after_a_succession() {
    let models = models();
    let mut config = config(Role::Vote, Some(seated(1, "bad")), Some(seated(2, "good")));
    let seat = &mut config.seats[0];
    seat.label = LabelDef::Horizon { bars: 8, dead_band: 0.0 };
    seat.rollout.brier_margin = 0.2;
    let outputs = said(&mut engine(config, State::default(), &models), bars(2_500, 2, 1.0).iter().map(bar));
    assert!(steps(&outputs).iter().any(|step| step.to == Stage::Production), "{:?}", steps(&outputs));
    let mut waiting = BTreeMap::new();
    for output in &outputs {
        match output {
            Output::Predicted(note) => assert!(waiting.insert((note.model, note.at), note.up).is_none()),
            Output::Resolved(note) => {
                let up = waiting.remove(&(note.model, note.at)).unwrap();
                let truth = f64::from(u8::from(note.up));
                assert_eq!(note.brier.to_bits(), ((up - truth) * (up - truth)).to_bits());
            }
            _ => {}
        }
    }
    assert!(waiting.len() <= 2 * 8, "{} were never judged", waiting.len());
}

#[test]
fn a_session_with_models_is_replayed_to_the_byte_with_the_files_that_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let records = || Records::open(folder.path().join("mem_data.db"), RecordsOptions::default()).unwrap();
    let shelf = Shelf::beside(records());
    let models = models();
    let stored =
        |id: u64, name: &str| Seated { sha256: shelf.store(&models[name]).unwrap().sha256, ..seated(id, name) };
    let config = config(Role::Decider, Some(stored(1, "bad")), Some(stored(2, "good")));
    let sessions = folder.path().join("engine/sessions");
    let live = bars(1_500, 6, 1.0);
    // The second goes on from the books of the first.
    for (name, part, past) in [("one", &live[..200], &live[..0]), ("two", &live[200..], &live[..200])] {
        let into = sessions.join(name);
        let begun = Timestamp::from_nanos(0);
        let mut session = Durable::begin(config.clone(), records(), Some(&into), "test", begun).unwrap();
        for event in past.iter().map(self::past).chain(part.iter().map(bar)) {
            session.handle(&event).unwrap();
            session.commit().unwrap();
        }
        session.end().unwrap();
        let replayed = replay_session(&into, |_| {}).unwrap();
        assert!(replayed.identical && replayed.lines_then == replayed.lines_now, "{name} {replayed:?}");
        assert!(replayed.lines_then > 200, "{name} {replayed:?}");
    }
    let decisions = std::fs::read_to_string(sessions.join("two/decisions.jsonl")).unwrap();
    assert!(decisions.contains("\"by_candidate\":true"), "the candidate has had its turns");
    // Another file under the name of one of them is not taken for it.
    let path =
        folder.path().join("models").join(format!("{}.model", config.seats[0].champion.as_ref().unwrap().sha256));
    std::fs::write(path, models["good"].to_bytes()).unwrap();
    let refused = replay_session(&sessions.join("two"), |_| {});
    assert!(matches!(refused, Err(ReplayError::Shelf(ShelfError::Checksum(_)))), "{refused:?}");
}
