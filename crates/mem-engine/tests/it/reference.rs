//! Models that look at another symbol: live they see what batch sees, in whatever order bars of one instant come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mem_engine::core::seat::{Models, SeatConfig, Seated};
use mem_engine::core::{Engine, EngineConfig, EngineError, Event, LaneConfig, Output, Source, Stamped, State};
use mem_engine::durable::Durable;
use mem_engine::replay::replay_session;
use mem_engine::shelf::Shelf;
use mem_model::feature::{self, FeatureStream, FeatureTable, Sources};
use mem_model::label::{LabelDef, Labeler};
use mem_model::learn::Learn;
use mem_model::lifecycle::{ModelId, RolloutConfig, Scope};
use mem_model::linear::LogisticParameters;
use mem_model::model::{Model, ModelParts, Tells};
use mem_model::sample::Sample;
use mem_store::records::{Records, RecordsOptions};
use mem_strategy::advice::Role;
use mem_testkit::real_bars;
use mem_trade::risk::RiskConfig;
use mem_trade::{Fees, Instrument};
use mem_types::{Bar, BarSpec, Bars, Symbol, Timeframe, Timestamp};
use proptest::prelude::*;

const TIMEFRAME: Timeframe = Timeframe::H1;
const LABEL: LabelDef = LabelDef::Horizon { bars: 4, dead_band: 0.0 };
const SETS: &str = "wide";
/// Two that are traded, and the one that both look at.
const SYMBOLS: [&str; 3] = ["ETHUSDT", "ADAUSDT", "BTCUSDT"];
const REFERENCE: u16 = 2;

/// So many hours of the three, from the same hour on.
fn hours(count: usize) -> Option<[Vec<Bar>; 3]> {
    let of = |symbol| real_bars(&format!("crypto_1h/binance_um_{symbol}_1h.csv.gz"));
    let all = [of(SYMBOLS[0])?, of(SYMBOLS[1])?, of(SYMBOLS[2])?];
    let from = all.iter().map(|bars| bars.view().ts_ns[0]).max().unwrap();
    Some(all.map(|bars| bars.view().iter().filter(|bar| bar.ts.as_nanos() >= from).take(count).collect()))
}

fn batch(own: &[Bar], reference: &[Bar]) -> FeatureTable {
    let bars = |bars: &[Bar]| Bars::from_bars(bars.iter().copied()).unwrap();
    let references = BTreeMap::from([("market".to_owned(), (bars(reference), TIMEFRAME))]);
    let sources = Sources { references, ..Sources::default() };
    FeatureStream::batch(&feature::named(SETS).unwrap(), bars(own).view(), TIMEFRAME, &sources).unwrap()
}

/// A model in which every feature counts.
fn model(hours: &[Vec<Bar>; 3]) -> Model {
    let table = batch(&hours[0], &hours[2]).table;
    let bars = Bars::from_bars(hours[0].iter().copied()).unwrap();
    let labels = Labeler::batch(LABEL, bars.view(), TIMEFRAME, &[]).unwrap();
    let rows: Vec<usize> = labels.iter().map(|label| label.row).collect();
    let target: Vec<f64> = labels.iter().map(|label| f64::from(u8::from(label.class > 0))).collect();
    let table = table.select(&rows);
    let predictor = LogisticParameters { l2: 10.0 }.learn(&Sample::new(&table, &target), None).unwrap();
    Model::new(ModelParts {
        version: "1.0.0".to_owned(),
        features: feature::named(SETS).unwrap().names(),
        horizon_minutes: 240,
        tells: Tells::Up,
        predictors: vec![predictor],
        calibrator: None,
        watch: None,
    })
    .unwrap()
}

fn symbol(market: u16) -> Symbol {
    SYMBOLS[usize::from(market)].parse().unwrap()
}

fn config(source: Source, sha256: &str) -> EngineConfig {
    let asset = |name: &str| name.parse().unwrap();
    let lane = |market: u16| LaneConfig {
        instrument: Instrument::gridless(
            symbol(market),
            asset(&SYMBOLS[usize::from(market)][..3]),
            asset("USDT"),
            Fees::default(),
        ),
        strategy: "ma_cross".to_owned(),
        params: Vec::new(),
        bars: BarSpec::Time(TIMEFRAME),
        source,
        enabled: market != REFERENCE,
        watched: market == REFERENCE,
    };
    let symbols = BTreeSet::from([symbol(0), symbol(1), symbol(2)]);
    let seat = SeatConfig {
        line: "wide".to_owned(),
        scope: Scope { symbols, timeframe: TIMEFRAME, horizon: 4, target: "direction".to_owned() },
        role: Role::Decider,
        enter: 0.55,
        features: SETS.to_owned(),
        reference: Some(symbol(REFERENCE)),
        label: LABEL,
        primary: None,
        champion: Some(Seated { id: ModelId(1), title: "wide 1.0.0".to_owned(), sha256: sha256.to_owned() }),
        candidate: None,
        in_canary: false,
        rollout: RolloutConfig::default(),
        left: BTreeMap::new(),
    };
    let risk = RiskConfig { max_leverage: 1.0, ..RiskConfig::unlimited() };
    let lanes = vec![lane(0), lane(1), lane(2)];
    let mut config = EngineConfig { risk, seats: vec![seat], ..EngineConfig::paper("reference", lanes) };
    config.memory.enabled = false;
    config
}

fn engine(source: Source, model: &Arc<Model>) -> Engine {
    let models: Models = [("wide".to_owned(), Arc::clone(model))].into_iter().collect();
    Engine::new(config(source, "wide"), State::default(), Vec::new(), true).unwrap().seat(&models).unwrap()
}

fn event(market: u16, bar: &Bar) -> Stamped {
    Stamped { at: TIMEFRAME.close_of(bar.ts), event: Event::Bar { market, bar: *bar } }
}

/// Bars of all three in the order in which they close; those of one instant as `order` has it.
fn events(hours: &[Vec<Bar>; 3], mut order: impl FnMut(Timestamp) -> [u16; 3]) -> Vec<Stamped> {
    let mut all: Vec<(Timestamp, usize, u16)> = Vec::new();
    let mut bars = BTreeMap::new();
    for (market, of) in (0..).zip(hours) {
        for bar in of {
            bars.insert((bar.ts, market), *bar);
        }
    }
    let instants: BTreeSet<Timestamp> = bars.keys().map(|(ts, _)| *ts).collect();
    for ts in instants {
        all.extend(order(ts).into_iter().enumerate().map(|(place, market)| (ts, place, market)));
    }
    all.iter().filter_map(|(ts, _, market)| Some(event(*market, bars.get(&(*ts, *market))?))).collect()
}

/// What models have said of each bar, in the bits of the probability.
fn said(outputs: &[Output]) -> BTreeMap<(Symbol, Timestamp), u64> {
    let of = |output: &Output| match output {
        Output::Predicted(note) => Some(((note.symbol.clone(), note.at), note.up.to_bits())),
        _ => None,
    };
    outputs.iter().filter_map(of).collect()
}

/// What they should have said.
fn expected(model: &Model, hours: &[Vec<Bar>; 3]) -> BTreeMap<(Symbol, Timestamp), u64> {
    let mut all = BTreeMap::new();
    for market in 0..REFERENCE {
        let rows = batch(&hours[usize::from(market)], &hours[2]);
        for (number, at) in rows.known_at.iter().enumerate() {
            let mut row = Vec::new();
            rows.table.row(number, &mut row);
            all.insert((symbol(market), *at), model.predict_row(&row).unwrap()[0].to_bits());
        }
    }
    all
}

fn hear(engine: &mut Engine, events: impl IntoIterator<Item = Stamped>) -> Vec<Output> {
    let mut outputs = Vec::new();
    for event in events {
        engine.handle(&event);
        outputs.extend(engine.take_outputs());
        engine.take_commands();
    }
    outputs
}

/// Rows of the two symbols that nobody has heard of at the end: their last bars still wait.
fn missing(found: &BTreeMap<(Symbol, Timestamp), u64>, wanted: &BTreeMap<(Symbol, Timestamp), u64>) -> usize {
    assert!(found.keys().all(|key| wanted.contains_key(key)));
    wanted.len() - found.len()
}

#[test]
fn live_rows_are_those_of_batch_in_whatever_order_bars_of_an_instant_come() {
    let Some(hours) = hours(1_200) else { return };
    let model = Arc::new(model(&hours));
    let wanted = expected(&model, &hours);
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let found = said(&hear(&mut engine(Source::Bars(TIMEFRAME), &model), events(&hours, |_| order)));
        let difference = found.iter().find(|(key, bits)| wanted[*key] != **bits);
        assert_eq!((difference, missing(&found, &wanted)), (None, 0), "{order:?}");
    }
    // The comparison would see a reference that is known an hour too early.
    let mut early = hours.clone();
    early[2].iter_mut().for_each(|bar| bar.ts = Timestamp::from_nanos(bar.ts.as_nanos() - TIMEFRAME.nanos()));
    let leaked = expected(&model, &early);
    let same = leaked.iter().filter(|(key, bits)| wanted[*key] == **bits).count();
    assert!(same < wanted.len() / 100, "{same} of {} rows do not notice", wanted.len());
}

#[test]
fn a_bar_that_the_reference_does_not_have_is_waited_for_and_no_longer_than_it_may() {
    let Some(mut hours) = hours(700) else { return };
    let model = Arc::new(model(&hours));
    let mut number = 0;
    hours[2].retain(|_| {
        number += 1;
        number % 17 != 0 && !(400..405).contains(&number)
    });
    let wanted = expected(&model, &hours);
    let outputs = hear(&mut engine(Source::Bars(TIMEFRAME), &model), events(&hours, |_| [0, 1, 2]));
    let found = said(&outputs);
    assert!(missing(&found, &wanted) <= 2, "only the last bars still wait");
    assert!(found.iter().all(|(key, bits)| wanted[key] == *bits));
    assert!(outputs.iter().all(|output| !matches!(output, Output::Note(note) if note.source == "models")));
}

#[test]
fn nothing_that_closes_later_has_any_influence_even_where_it_comes_first() {
    let Some(hours) = hours(600) else { return };
    let model = Arc::new(model(&hours));
    let wanted = expected(&model, &hours);
    // The reference runs ahead by half a day.
    let ahead = |hours: &[Vec<Bar>; 3]| {
        let mut all = events(hours, |_| [2, 0, 1]);
        all.sort_by_key(|stamped| match &stamped.event {
            Event::Bar { market: REFERENCE, bar } => bar.ts.as_nanos() - 12 * TIMEFRAME.nanos(),
            Event::Bar { bar, .. } => bar.ts.as_nanos(),
            _ => unreachable!("bars only"),
        });
        said(&hear(&mut engine(Source::Bars(TIMEFRAME), &model), all))
    };
    assert_eq!(ahead(&hours), wanted);
    // From hour 500 on another future.
    let mut other = hours.clone();
    for bar in &mut other[2][500..] {
        *bar = Bar { open: bar.open * 2.0, high: bar.high * 2.0, low: bar.low * 2.0, close: bar.close * 2.0, ..*bar };
    }
    let from = TIMEFRAME.close_of(hours[2][500].ts);
    let (changed, same): (Vec<_>, Vec<_>) = ahead(&other).into_iter().partition(|((_, at), _)| *at >= from);
    assert!(same.len() == 1_000 && same.iter().all(|(key, bits)| wanted[key] == *bits));
    assert!(changed.iter().all(|(key, bits)| wanted[key] != *bits), "and from there on it has");
}

#[test]
fn what_comes_too_late_is_told_of_and_not_seen() {
    let Some(hours) = hours(60) else { return };
    let model = Arc::new(model(&hours));
    let mut all = events(&hours, |_| [0, 1, 2]);
    // The reference's bar of hour 50 comes after the next one of another symbol.
    let place = all.iter().position(
        |stamped| matches!(stamped.event, Event::Bar { market: REFERENCE, bar } if bar.ts == hours[2][50].ts),
    );
    let late = all.remove(place.unwrap());
    let after = all
        .iter()
        .position(|stamped| matches!(stamped.event, Event::Bar { market: 0, bar } if bar.ts == hours[0][51].ts));
    all.insert(after.unwrap() + 1, late);
    let outputs = hear(&mut engine(Source::Bars(TIMEFRAME), &model), all);
    let notes: Vec<&str> = outputs
        .iter()
        .filter_map(|output| if let Output::Note(note) = output { Some(note) } else { None })
        .filter(|note| note.source == "models")
        .map(|note| note.text.as_str())
        .collect();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("BTCUSDT") && notes[0].contains("ETHUSDT, ADAUSDT"), "{notes:?}");
}

/// Trades at these hours and minutes, each of one market.
fn trade(market: u16, hour: i64, minute: i64) -> Stamped {
    let ts = Timestamp::from_nanos(
        1_700_000_000_000_000_000 / TIMEFRAME.nanos() * TIMEFRAME.nanos() + (hour * 60 + minute) * 60_000_000_000,
    );
    Stamped { at: ts, event: Event::Trade { market, ts, price: 100.0, qty: 1.0 } }
}

fn time_after(stamped: &Stamped, seconds: i64) -> Stamped {
    Stamped { at: Timestamp::from_nanos(stamped.at.as_nanos() + seconds * 1_000_000_000), event: Event::Time }
}

#[test]
fn a_row_waits_until_the_clock_has_closed_the_bar_or_a_tenth_of_one_has_passed() {
    let Some(hours) = hours(600) else { return };
    let model = Arc::new(model(&hours));
    let words = |outputs: &[Output]| said(outputs).len();
    // Both have traded: what closes first waits for the other, and both are closed by the clock at once.
    let mut both = engine(Source::Trades, &model);
    assert_eq!(
        words(&hear(&mut both, [trade(0, 0, 10), trade(2, 0, 20), trade(0, 1, 0)])),
        0,
        "the reference's bar is open"
    );
    assert_eq!(words(&hear(&mut both, [time_after(&trade(0, 1, 0), 2)])), 1);
    // The reference has not traded in that hour: the clock says so.
    let mut alone = engine(Source::Trades, &model);
    assert_eq!(words(&hear(&mut alone, [trade(0, 0, 10), trade(0, 1, 0)])), 0);
    assert_eq!(words(&hear(&mut alone, [time_after(&trade(0, 1, 0), 2)])), 1);
    // Without a clock, in a market that runs faster than ours, a tenth of a bar is the most.
    let mut fast = engine(Source::Trades, &model);
    assert_eq!(words(&hear(&mut fast, [trade(0, 0, 10), trade(0, 1, 0), trade(1, 1, 5)])), 0);
    assert_eq!(words(&hear(&mut fast, [trade(1, 1, 7)])), 1);
}

#[test]
fn a_session_in_which_rows_wait_is_replayed_to_the_byte() {
    let Some(hours) = hours(500) else { return };
    let folder = tempfile::tempdir().unwrap();
    let records = Records::open(folder.path().join("mem_data.db"), RecordsOptions::default()).unwrap();
    let stored = Shelf::beside(records.clone()).store(&model(&hours)).unwrap();
    let into = folder.path().join("engine/sessions/one");
    let config = config(Source::Bars(TIMEFRAME), &stored.sha256);
    let mut session = Durable::begin(config, records, Some(&into), "test", Timestamp::from_nanos(0)).unwrap();
    let mut turn = 0;
    let orders = [[0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2]];
    for stamped in events(&hours, |_| {
        turn += 1;
        orders[turn % orders.len()]
    }) {
        session.handle(&stamped).unwrap();
        session.commit().unwrap();
    }
    session.end().unwrap();
    let replayed = replay_session(&into, |_| {}).unwrap();
    assert!(
        replayed.identical && replayed.lines_then == replayed.lines_now && replayed.lines_now > 900,
        "{replayed:?}"
    );
}

#[test]
fn a_reference_that_the_session_does_not_follow_is_refused() {
    let Some(hours) = hours(600) else { return };
    let models: Models = [("wide".to_owned(), Arc::new(model(&hours)))].into_iter().collect();
    let seat =
        |config: EngineConfig| Engine::new(config, State::default(), Vec::new(), true).unwrap().seat(&models).map(drop);
    let mut without = config(Source::Bars(TIMEFRAME), "wide");
    without.lanes.pop();
    assert!(matches!(seat(without), Err(EngineError::Model(why)) if why.contains("does not follow")));
    let mut other = config(Source::Bars(Timeframe::M1), "wide");
    other.lanes[2].bars = BarSpec::Time(Timeframe::M1);
    assert!(matches!(seat(other), Err(EngineError::Model(why)) if why.contains("1h bars of BTCUSDT")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn any_order_of_one_instant_gives_the_same_words(seed in any::<u64>()) {
        let Some(hours) = hours(420) else { return Ok(()) };
        let model = Arc::new(model(&hours));
        let mut state = seed;
        let order = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]][(state >> 33) as usize % 6]
        };
        let found = said(&hear(&mut engine(Source::Bars(TIMEFRAME), &model), events(&hours, order)));
        prop_assert_eq!(found, expected(&model, &hours));
    }
}
