//! Models that tell which entries of a strategy gain, as a filter of those entries in the engine: the trades of the backtest, their truth, their
//! rollout, and what is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use mem_engine::core::seat::{Foreseen, Models, SeatConfig, Seated};
use mem_engine::core::{EngineConfig, Event, LaneConfig, Output, PredictedNote, ResolvedNote, Stamped, State};
use mem_engine::durable::Durable;
use mem_engine::replay::replay_session;
use mem_engine::seats::ModelSettings;
use mem_engine::shelf::Shelf;
use mem_model::boost::BoostParameters;
use mem_model::feature::{self, FeatureStream, Sources};
use mem_model::label::{Barriers, Label, LabelDef, Labeler, Vertical};
use mem_model::learn::Learn;
use mem_model::lifecycle::{ModelId, RolloutConfig, Scope, Stage};
use mem_model::model::{Model, ModelParts, Tells};
use mem_model::sample::Sample;
use mem_model::sequence::Cell;
use mem_research::learn::{LearnConfig, Primary, Thresholds, learn};
use mem_research::run::{Advising, ModelUse};
use mem_store::records::{PredictionFilter, Records, RecordsOptions};
use mem_strategy::StrategyInput;
use mem_strategy::advice::Role;
use mem_testkit::real_bars;
use mem_trade::risk::RiskConfig;
use mem_types::{Bars, PositionSide, Timestamp};
use serde_json::json;

use crate::advised::{ALL, Only, TIMEFRAME, TRAINED, how, key, live, seat, tested};
use crate::models::{engine, looking_back, said, seated};
use crate::parity::{close, lane, same_trades};
use crate::shelf;

const BARRIERS: Barriers =
    Barriers { up: 1.0, down: 1.0, bars: 12, volatility_bars: 50, min_width: 0.0, vertical: Vertical::Sign };
const LABEL: LabelDef = LabelDef::Meta { barriers: BARRIERS, min_return: 0.001 };
/// It crosses often.
const OFTEN: &[(&str, &str)] = &[("fast", "3"), ("slow", "8"), ("direction", "both")];

fn hours() -> Option<Bars> {
    Some(real_bars("crypto_1h/binance_um_BTCUSDT_1h.csv.gz")?.view().slice(0..ALL).to_bars())
}

fn primary(lane: &LaneConfig) -> Primary {
    Primary::of(mem_strategy::build(&lane.strategy, &lane.params).unwrap().as_ref())
}

/// The sides that the strategy enters at, one a bar.
fn sides(lane: &LaneConfig, bars: &Bars) -> Vec<Option<PositionSide>> {
    let strategy = mem_strategy::build(&lane.strategy, &lane.params).unwrap();
    let mut sides = vec![None; bars.len()];
    for decision in strategy.decide(&StrategyInput::new(bars.view(), TIMEFRAME)).unwrap().list {
        sides[decision.bar] = decision.intent.enters().or(sides[decision.bar]);
    }
    sides
}

fn labels(lane: &LaneConfig, bars: &Bars) -> Vec<Label> {
    Labeler::batch(LABEL, bars.view(), TIMEFRAME, &sides(lane, bars)).unwrap()
}

fn used(until: Timestamp, enter: f64) -> ModelUse {
    ModelUse {
        id: 1,
        title: "trend 1.0.0".to_owned(),
        sha256: "trend".to_owned(),
        features: "core@1".to_owned(),
        reference: None,
        role: Role::Filter,
        enter,
        trained_until: until,
        judged_until: None,
        in_sample: false,
    }
}

#[test]
fn the_engine_filters_the_trades_that_the_backtest_filters() {
    let Some(bars) = hours() else { return };
    let until = bars.view().ts(TRAINED);
    let source = Only(bars.clone());
    for (strategy, params, enter) in [
        ("ma_cross", OFTEN, 0.4),
        ("ma_cross", &[("fast", "5"), ("slow", "15"), ("direction", "both")][..], 0.5),
        ("fast_score", &[("min_confidence", "10")][..], 0.45),
    ] {
        let lane = lane(strategy, params, TIMEFRAME);
        let thresholds = Thresholds { enter, short: true };
        let learned = LearnConfig { label: LABEL, primary: Some(primary(&lane)), thresholds, ..how(until) };
        let trained = learn(&learned, &[key()], &source, &|_| (), &AtomicBool::new(false)).unwrap();
        let model = Arc::new(trained.model);
        let trades = |enter: f64| {
            let used = used(until, enter);
            let advising = Advising { model: &model, learned: &learned, used: &used };
            let run = tested(&lane, advising, &source, (None, None)).unwrap();
            let (_, truth) = run.tested().next().unwrap();
            let seat = SeatConfig { enter, ..seat(&learned, Role::Filter) };
            let (trades, equity) = live(lane.clone(), seat, &model, &bars, until);
            let what = format!("{strategy} {params:?} from {enter} on");
            assert!(close(equity, *truth.equity.last().unwrap()), "{what}: {equity}");
            same_trades(&trades, &truth.trades, TIMEFRAME, &what)
        };
        let (all, some) = (trades(1e-9), trades(enter));
        assert!(some >= 10 && some < all, "{strategy}: {some} of {all}");
    }
}

#[test]
fn what_is_not_known_is_not_believed_here_as_in_the_backtest() {
    let Some(whole) = hours() else { return };
    // Every 200th bar is missing: a network that looks back is silent for a day after it.
    let bars = (0..whole.len()).filter(|bar| bar % 200 != 199).map(|bar| whole.view().bar(bar));
    let bars = Bars::from_bars(bars).unwrap();
    let until = bars.view().ts(TRAINED);
    let lane = lane("ma_cross", OFTEN, TIMEFRAME);
    let thresholds = Thresholds { enter: 1e-9, short: true };
    let learned = LearnConfig { label: LABEL, primary: Some(primary(&lane)), thresholds, ..how(until) };
    let silent = ModelParts { tells: Tells::Gain, ..looking_back(Cell::Gru, 24).parts().clone() };
    let [silent, heard] = [Model::new(silent).unwrap(), taught(&lane, &bars, false)].map(|model| {
        let used = used(until, 1e-9);
        let advising = Advising { model: &model, learned: &learned, used: &used };
        let run = tested(&lane, advising, &Only(bars.clone()), (None, None)).unwrap();
        let (_, truth) = run.tested().next().unwrap();
        let seat = SeatConfig { enter: 1e-9, ..seat(&learned, Role::Filter) };
        let (trades, _) = live(lane.clone(), seat, &Arc::new(model), &bars, until);
        same_trades(&trades, &truth.trades, TIMEFRAME, "silent now and then")
    });
    assert!(silent > 50 && silent < heard, "{silent} of {heard}");
}

/// A model of which entries of the strategy gained in these bars; one that is upside down has learned the contrary.
fn taught(lane: &LaneConfig, bars: &Bars, upside_down: bool) -> Model {
    let set = feature::named("core").unwrap();
    let features = FeatureStream::batch(&set, bars.view(), TIMEFRAME, &Sources::default()).unwrap();
    let warmup = set.warmup().unwrap();
    let labels: Vec<Label> = labels(lane, bars).into_iter().filter(|label| label.row >= warmup).collect();
    let target: Vec<f64> = labels.iter().map(|label| f64::from(u8::from((label.class > 0) != upside_down))).collect();
    let table = features.table.select(&labels.iter().map(|label| label.row).collect::<Vec<_>>());
    let trees = BoostParameters { rounds: 30, leaves: 8, ..BoostParameters::default() };
    Model::new(ModelParts {
        version: "1.0.0".to_owned(),
        features: set.names(),
        horizon_minutes: 720,
        tells: Tells::Gain,
        predictors: vec![trees.learn(&Sample::new(&table, &target), None).unwrap()],
        calibrator: None,
        watch: None,
    })
    .unwrap()
}

fn scope(lane: &LaneConfig) -> Scope {
    let symbols = BTreeSet::from([lane.instrument.symbol.clone()]);
    Scope { symbols, timeframe: TIMEFRAME, horizon: 12, target: format!("meta {}", primary(lane)) }
}

/// A session with two of them, by the names that stand for their checksums.
fn session(champion: Option<Seated>, candidate: Option<Seated>) -> EngineConfig {
    let lane = lane("ma_cross", OFTEN, TIMEFRAME);
    let rollout = RolloutConfig {
        shares: vec![0.25, 1.0],
        min_samples: 60,
        brier_margin: 0.02,
        return_margin: 0.5,
        loss_limit: 10.0,
        ..RolloutConfig::default()
    };
    let seat = SeatConfig {
        line: "sieve".to_owned(),
        left: BTreeMap::new(),
        scope: scope(&lane),
        role: Role::Filter,
        enter: 0.4,
        features: "core".to_owned(),
        label: LABEL,
        primary: Some(primary(&lane)),
        reference: None,
        champion,
        candidate,
        rollout,
        in_canary: false,
    };
    let risk = RiskConfig { max_leverage: 1.0, ..RiskConfig::unlimited() };
    let mut config = EngineConfig { risk, seats: vec![seat], ..EngineConfig::paper("meta", vec![lane]) };
    config.memory.enabled = false;
    config
}

fn both(bars: &Bars) -> Models {
    let lane = lane("ma_cross", OFTEN, TIMEFRAME);
    let one = |name: &str, upside_down| (name.to_owned(), Arc::new(taught(&lane, bars, upside_down)));
    Models::from([one("good", false), one("bad", true)])
}

fn events(bars: &Bars, past: bool) -> impl Iterator<Item = Stamped> + '_ {
    bars.view().iter().map(move |bar| {
        let event = if past { Event::History { market: 0, bar } } else { Event::Bar { market: 0, bar } };
        Stamped { at: TIMEFRAME.close_of(bar.ts), event }
    })
}

fn predicted(outputs: &[Output]) -> Vec<&PredictedNote> {
    outputs.iter().filter_map(|one| if let Output::Predicted(note) = one { Some(&**note) } else { None }).collect()
}

fn resolved(outputs: &[Output]) -> Vec<&ResolvedNote> {
    outputs.iter().filter_map(|one| if let Output::Resolved(note) = one { Some(&**note) } else { None }).collect()
}

#[test]
fn entries_are_judged_by_what_their_barriers_did_and_nothing_else_is() {
    let Some(bars) = hours() else { return };
    let lane = lane("ma_cross", OFTEN, TIMEFRAME);
    let models = both(&bars);
    let config = session(Some(seated(1, "good")), None);
    let mut loop_ = engine(config, State::default(), &models);
    let outputs = said(&mut loop_, events(&bars, false));
    // Asked at each entry of the strategy, and nowhere else.
    let entries = sides(&lane, &bars);
    let closes: Vec<Timestamp> = (0..bars.len())
        .filter(|bar| entries[*bar].is_some())
        .map(|bar| TIMEFRAME.close_of(bars.view().ts(bar)))
        .collect();
    let spoken = predicted(&outputs);
    assert_eq!(spoken.iter().map(|note| note.at).collect::<Vec<_>>(), closes);
    assert!(
        spoken
            .iter()
            .all(|note| note.of == Foreseen::Gain && note.label.starts_with("meta ma_cross fast_type=sma fast=3"))
    );
    let mut truths = labels(&lane, &bars);
    truths.sort_by_key(|label| (label.t1, label.t0));
    let judged = resolved(&outputs);
    assert_eq!(judged.len(), truths.len());
    let (mut brier, mut log_loss) = (0.0, 0.0);
    for (note, truth) in judged.iter().zip(&truths) {
        assert_eq!((note.at, note.known_at, note.up), (truth.t0, truth.t1, truth.class > 0));
        let up = spoken.iter().find(|spoken| spoken.at == note.at).unwrap().up;
        brier += (up - f64::from(u8::from(note.up))).powi(2);
        log_loss -= (if note.up { up } else { 1.0 - up }).ln();
    }
    let score = loop_.state().standings["sieve"].champion_score;
    assert_eq!(score.count, truths.len() as u64);
    assert!((score.brier - brier).abs() < 1e-9 && (score.log_loss - log_loss).abs() < 1e-9, "{score:?}");
    assert!(truths.len() > 300, "{}", truths.len());
    // What is entered says what was believed of it; leaving is nobody's word.
    let mut entered = 0;
    for output in &outputs {
        let Output::Signal(note) = output else { continue };
        let reason = note.reasons.iter().find(|reason| reason.contains("model good"));
        if note.intent.enters().is_none() {
            assert!(note.model.is_none() && reason.is_none(), "{note:?}");
        } else {
            let word = note.model.as_ref().unwrap();
            entered += 1;
            assert!(word.up >= 0.4 && !word.moved_by.is_empty(), "{word:?}");
            assert!(reason.unwrap().contains("% gain of this entry, enough, moved by"), "{reason:?}");
        }
    }
    assert!(entered > 50 && entered < closes.len(), "{entered} of {}", closes.len());
}

fn steps(outputs: &[Output]) -> Vec<Stage> {
    outputs.iter().filter_map(|one| if let Output::Model(note) = one { Some(note.to) } else { None }).collect()
}

#[test]
fn a_filter_is_tried_beside_another_taken_back_and_comes_to_decide() {
    let Some(bars) = hours() else { return };
    let models = both(&bars);
    let run = |champion, candidate| {
        let mut loop_ = engine(session(champion, candidate), State::default(), &models);
        let outputs = said(&mut loop_, events(&bars, false));
        (steps(&outputs), loop_.state().standings["sieve"].clone(), outputs)
    };
    let (found, standing, _) = run(Some(seated(1, "good")), Some(seated(2, "bad")));
    assert_eq!((found, standing.candidate), (vec![Stage::Failed], None));
    let (found, standing, outputs) = run(Some(seated(1, "bad")), Some(seated(2, "good")));
    assert_eq!(found, [Stage::Canary, Stage::Canary, Stage::Production]);
    assert_eq!(standing.champion, Some(seated(2, "good")));
    let by_candidate = |one: &&Output| matches!(one, Output::Signal(note) if note.model.as_ref().is_some_and(|word| word.by_candidate));
    assert!(outputs.iter().filter(by_candidate).count() > 3, "a canary decides some");
    // Where no model decides, the strategy does: one that is watched only changes nothing.
    let trades = |outputs: &[Output]| outputs.iter().filter(|one| matches!(one, Output::Closed(_))).count();
    let mut alone = session(None, None);
    alone.seats.clear();
    let alone = trades(&said(&mut engine(alone, State::default(), &models), events(&bars, false)));
    let (found, _, outputs) = run(None, Some(seated(2, "bad")));
    assert_eq!((found, trades(&outputs)), (vec![Stage::Failed], alone));
}

#[test]
fn a_restart_in_the_middle_judges_the_entries_that_waited() {
    let Some(bars) = hours() else { return };
    let bars = bars.view().slice(0..2_000).to_bars();
    let models = both(&bars);
    let config = || session(Some(seated(1, "bad")), Some(seated(2, "good")));
    let of_models = |outputs: &[Output]| -> Vec<String> {
        let wanted = |output: &&Output| matches!(output, Output::Predicted(_) | Output::Resolved(_) | Output::Model(_));
        outputs.iter().filter(wanted).map(|output| serde_json::to_string(output).unwrap()).collect()
    };
    let mut whole = engine(config(), State::default(), &models);
    let all = of_models(&said(&mut whole, events(&bars, false)));
    let waits =
        |state: &State| serde_json::to_value(state).unwrap()["standings"]["sieve"]["pending"].as_array().unwrap().len();
    let mut waited = 0;
    for cut in [400, 600, 777] {
        let (before, after) = (bars.view().slice(0..cut).to_bars(), bars.view().slice(cut..2_000).to_bars());
        let mut first = engine(config(), State::default(), &models);
        let mut parts = of_models(&said(&mut first, events(&before, false)));
        waited += waits(first.state());
        assert_eq!(first.state().standings["sieve"].candidate, Some(seated(2, "good")), "it is still tried");
        let kept: State = serde_json::from_str(&serde_json::to_string(first.state()).unwrap()).unwrap();
        let mut second = engine(config(), kept, &models);
        assert_eq!(second.foresight_warmup(), feature::named("core").unwrap().warmup().unwrap().max(50) + 12);
        parts.extend(of_models(&said(&mut second, events(&before, true))));
        parts.extend(of_models(&said(&mut second, events(&after, false))));
        let difference = all.iter().zip(&parts).find(|(one, other)| one != other);
        assert!(difference.is_none() && all.len() == parts.len(), "{cut} {difference:?}");
        assert_eq!(whole.state().standings, second.state().standings);
    }
    assert!(waited > 0, "none waited");
}

/// A model on the shelf, which decides.
fn put(shelf: &Shelf, name: &str, lane: &LaneConfig, model: &Model) -> ModelId {
    let config = json!({ "label": LABEL, "reference": null, "primary": primary(lane) });
    let params = BTreeMap::from([("config".to_owned(), config)]);
    shelf::put(shelf, (name, "boosted_trees"), scope(lane), params, model, Stage::Production).0
}

#[test]
fn a_session_with_a_filter_of_gains_is_on_record_and_replayed_to_the_byte() {
    let Some(bars) = hours() else { return };
    let folder = tempfile::tempdir().unwrap();
    let records = || Records::open(folder.path().join("mem_data.db"), RecordsOptions::default()).unwrap();
    let shelf = Shelf::beside(records());
    let mut config = session(None, None);
    let id = put(&shelf, "sieve", &config.lanes[0], &taught(&config.lanes[0], &bars, false));
    let settings = ModelSettings { line: "sieve".to_owned(), enter: 0.4, ..ModelSettings::default() };
    config.seats = settings.seats(&shelf.registry().unwrap(), &config).unwrap();
    assert_eq!((config.seats[0].foresees(), config.seats[0].enter), (Foreseen::Gain, 0.4));
    let into = folder.path().join("engine/sessions/meta");
    let mut durable = Durable::begin(config, records(), Some(&into), "test", Timestamp::from_nanos(0)).unwrap();
    let mut outputs = Vec::new();
    for (number, event) in events(&bars, false).take(3_000).enumerate() {
        durable.handle(&event).unwrap();
        if number % 100 == 0 {
            outputs.extend(durable.commit().unwrap().0);
        }
    }
    outputs.extend(durable.commit().unwrap().0);
    durable.end().unwrap();
    let known = PredictionFilter { resolved: Some(true), limit: 10_000, ..PredictionFilter::default() };
    let rows = records().predictions(&known).unwrap().rows;
    assert_eq!((rows.len(), rows[0].model_id), (resolved(&outputs).len(), id.0 as i64));
    for row in &rows {
        let expected = if row.predicted_probability >= 0.5 { "gain" } else { "loss" };
        let gained = row.actual_outcome.as_deref() == Some("gain");
        assert!(gained || row.actual_outcome.as_deref() == Some("loss"), "{row:?}");
        assert_eq!(row.predicted_direction, expected);
        assert_eq!(row.brier, Some((row.predicted_probability - f64::from(u8::from(gained))).powi(2)));
    }
    let replayed = replay_session(&into, |_| {}).unwrap();
    assert!(replayed.identical && replayed.lines_then == replayed.lines_now, "{replayed:?}");
    let decisions = std::fs::read_to_string(into.join("decisions.jsonl")).unwrap();
    assert!(decisions.contains("\"of\":\"gain\""), "its word is in the session");
}

#[test]
fn a_session_in_which_it_could_not_filter_its_strategy_is_refused() {
    let Some(bars) = hours() else { return };
    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf::beside(Records::open(folder.path().join("mem_data.db"), RecordsOptions::default()).unwrap());
    let config = session(None, None);
    let model = taught(&config.lanes[0], &bars.view().slice(0..2_000).to_bars(), false);
    put(&shelf, "sieve", &config.lanes[0], &model);
    let registry = shelf.registry().unwrap();
    let settings = ModelSettings { line: "sieve".to_owned(), ..ModelSettings::default() };
    let traded_by = |strategy: &str, params: &[(&str, &str)]| EngineConfig {
        lanes: vec![lane(strategy, params, TIMEFRAME)],
        ..config.clone()
    };
    settings.seats(&registry, &config).unwrap();
    let other = settings.seats(&registry, &traded_by("fast_score", &[])).unwrap_err();
    assert!(
        other.contains("entries of ma_cross fast_type=sma fast=3") && other.contains("TEST is traded by fast_score"),
        "{other}"
    );
    let params = settings.seats(&registry, &traded_by("ma_cross", &[("fast", "4"), ("slow", "8")])).unwrap_err();
    assert!(params.contains("traded by ma_cross fast_type=sma fast=4"), "{params}");
    for role in [Role::Vote, Role::Decider] {
        let wrong = ModelSettings { role, ..settings.clone() }.seats(&registry, &config).unwrap_err();
        assert!(wrong.contains(&format!("nothing else; their role here is {}", role.as_str())), "{wrong}");
    }
    // The engine itself takes none that tells of something else, either.
    let mut wrong = session(Some(seated(1, "sieve")), None);
    let models = Models::from([("sieve".to_owned(), Arc::new(model))]);
    let build = |config: &EngineConfig| {
        let engine = mem_engine::core::Engine::new(config.clone(), State::default(), Vec::new(), true).unwrap();
        engine.seat(&models).map(drop).map_err(|error| error.to_string())
    };
    build(&wrong).unwrap();
    let wrong_seat = &mut wrong.seats[0];
    (wrong_seat.label, wrong_seat.primary) = (LabelDef::Horizon { bars: 4, dead_band: 0.0 }, None);
    assert!(build(&wrong).unwrap_err().contains("does not tell what"));
}
