//! Models trained on candles: the same bytes again, nothing of the future, a gate that lets through what is better and nothing else.

use std::sync::atomic::AtomicBool;

use mem_model::boost::BoostParameters;
use mem_model::drift::Severity;
use mem_model::feature::{self, FeatureStream, Sources};
use mem_model::label::{Barriers, LabelDef, Vertical};
use mem_model::learn::Predictor;
use mem_model::linear::{LogisticParameters, Scaler};
use mem_model::model::{Model, ModelParts, Tells};
use mem_model::sample::Sample;
use mem_model::sequence::{Cell, Network, Sequence, SequenceParameters, Shape};
use mem_research::learn::{
    Calibration, Champion, GateConfig, LearnConfig, Learned, Learner, Member, Primary, SeriesDrift, Target, Thresholds,
    Trained, drift_now, forecast, learn, predict_now, train,
};
use mem_research::run::{Advising, ModelUse, run_advised};
use mem_research::{ResearchError, SimConfig, report};
use mem_strategy::advice::Role;
use mem_strategy::{Strategy, StrategyInput};
use mem_types::{Bar, Bars, Intent, SeriesKey, Timeframe, Timestamp};

use crate::made_up::{MadeUp, key};

const HORIZON: usize = 8;

fn config(keys: &[SeriesKey], learner: Learner) -> LearnConfig {
    LearnConfig {
        venue: None,
        symbols: keys.iter().map(|key| key.symbol.clone()).collect(),
        timeframe: keys[0].timeframe,
        from: None,
        to: None,
        features: "core".to_owned(),
        reference: None,
        target: Target::Direction,
        label: LabelDef::Horizon { bars: HORIZON, dead_band: 0.0 },
        primary: None,
        learner,
        calibration: Calibration::default(),
        folds: 3,
        first: 0.4,
        window: None,
        thresholds: Thresholds::default(),
        sim: SimConfig::default(),
    }
}

fn trees(seed: u64) -> Learner {
    Learner::BoostedTrees(BoostParameters {
        rounds: 30,
        leaves: 8,
        leaf_rows: 50,
        feature_fraction: 0.7,
        bagging_fraction: 0.7,
        patience: Some(10),
        seed,
        ..BoostParameters::default()
    })
}

fn logistic() -> Learner {
    Learner::Logistic(LogisticParameters::default())
}

/// Trees and a line as one, in each of the ways.
fn ensembles() -> [Learner; 3] {
    let Learner::BoostedTrees(trees) = trees(7) else { unreachable!("trees are trees") };
    let line = LogisticParameters::default();
    let members = vec![Member::BoostedTrees(trees), Member::Logistic(line)];
    [
        Learner::Weighted { members: members.clone() },
        Learner::Stacked { members, l2: 1.0 },
        Learner::Switched { member: Member::Logistic(line), feature: "volatility_ratio_24_168".to_owned() },
    ]
}

fn network(cell: Cell) -> SequenceParameters {
    SequenceParameters { cell, steps: 8, hidden: 8, epochs: 3, learning_rate: 0.01, ..SequenceParameters::default() }
}

/// `like`, but by a network that looks at so many rows and has learned nothing.
fn looking_back(like: &Model, steps: usize) -> Model {
    let width = like.parts().features.len();
    let shape = Shape { cell: Cell::Gru, features: width, steps, hidden: 4, layers: 1, heads: 1 };
    let mut number = 1_u32;
    let mut weight = || {
        number = number.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        f64::from(number >> 8) / f64::from(1_u32 << 24) - 0.5
    };
    let weights =
        shape.matrices().into_iter().map(|matrix| (0..matrix.rows * matrix.columns).map(|_| weight()).collect());
    let network = Network::new(shape, weights.collect()).unwrap();
    let names = like.parts().features.clone();
    let row = mem_model::table::Table::new(names, vec![vec![-1.0, 1.0]; width]).unwrap();
    let scaler = Scaler::fit(&Sample::new(&row, &[0.0, 1.0]));
    let predictors = vec![Predictor::Sequence(Sequence { scaler, network })];
    Model::new(ModelParts { predictors, ..like.parts().clone() }).unwrap()
}

/// Prices that go up for a while, down for a while, by `drift` a bar beside chance of about 0.3 %.
fn swings(seed: u64, count: usize, drift: f64) -> Bars {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    };
    let mut price: f64 = 100.0;
    Bars::from_bars((0..count).map(|i| {
        let open = price;
        let way = if (i / 60).is_multiple_of(2) { drift } else { -drift };
        price *= (way + 0.01 * uniform()).exp();
        let (high, low) = (open.max(price) * 1.001, open.min(price) * 0.999);
        let ts = Timestamp::from_nanos(1_577_836_800_000_000_000 + i as i64 * Timeframe::H1.nanos());
        Bar { ts, open, high, low, close: price, volume: 1_000.0 + 500.0 * uniform() }
    }))
    .unwrap()
}

fn market(symbols: usize, count: usize, drift: f64) -> (Vec<SeriesKey>, MadeUp) {
    let keys: Vec<SeriesKey> = (0..symbols).map(|i| key("us", &format!("SYM{i}"), "1h")).collect();
    let bars = keys.iter().enumerate().map(|(i, key)| (key.to_string(), swings(i as u64 + 1, count, drift)));
    let market = MadeUp(bars.collect());
    (keys, market)
}

fn learned(config: &LearnConfig, keys: &[SeriesKey], market: &MadeUp) -> Learned {
    learn(config, keys, market, &|_| (), &AtomicBool::new(false)).unwrap()
}

fn trained(config: &LearnConfig, champion: Option<Champion<'_>>, keys: &[SeriesKey], market: &MadeUp) -> Trained {
    train(config, (&GateConfig::default(), champion), keys, market, &|_| (), &AtomicBool::new(false)).unwrap()
}

#[test]
fn the_same_data_and_seed_give_the_same_bytes() {
    let (keys, market) = market(2, 1_500, 0.0005);
    for learner in [trees(7), logistic()].into_iter().chain(ensembles()) {
        let config = config(&keys, learner);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| learned(&config, &keys, &market))
        };
        let (one, four) = (with(1), with(4));
        assert_eq!(one.model.to_bytes(), four.model.to_bytes());
        assert_eq!(serde_json::to_value(&one).unwrap(), serde_json::to_value(&four).unwrap());
        assert!(Model::from_bytes(&one.model.to_bytes()).unwrap() == one.model);
    }
    let bytes = |seed| learned(&config(&keys, trees(seed)), &keys, &market).model.to_bytes();
    assert_ne!(bytes(7), bytes(8));
}

#[test]
fn a_leak_is_caught_and_stops_the_gate() {
    let (keys, mut market) = market(2, 1_500, 0.0);
    let index = key("us", "INDEX", "1h");
    let honest = market.0[&keys[0].to_string()].clone();
    // Each bar bears the time of the bar before it: what looks at it sees one bar into the future.
    let list: Vec<Bar> = honest.view().iter().collect();
    let early = Bars::from_bars(list.windows(2).map(|pair| Bar { ts: pair[0].ts, ..pair[1] })).unwrap();
    let with = |bars: Bars, market: &mut MadeUp| {
        market.0.insert(index.to_string(), bars);
        let config = LearnConfig { reference: Some(index.symbol.clone()), ..config(&keys, trees(7)) };
        trained(&config, None, &keys, market)
    };
    assert_eq!(with(honest, &mut market).learned.suspects, []);
    let leaky = with(early, &mut market);
    let names: Vec<&str> = leaky.learned.suspects.iter().map(|one| one.feature.feature.as_str()).collect();
    // Both look at the index; the series that it is made of knows its own future by them.
    assert_eq!(names, ["market_return_1", "relative_strength_24"]);
    assert!(leaky.learned.suspects.iter().all(|one| one.series == keys[0]));
    assert!(!leaky.gate.passed && leaky.gate.reason.contains("market_return_1"), "{}", leaky.gate.reason);
    assert!(leaky.learned.verdict.words[0].contains("of the future"));
}

#[test]
fn noise_does_not_pass_and_what_is_foreseeable_does() {
    for learner in [trees(7), logistic()].into_iter().chain(ensembles()) {
        let (keys, noise) = market(2, 2_000, 0.0);
        let of_noise = trained(&config(&keys, learner.clone()), None, &keys, &noise);
        assert!(!of_noise.gate.passed, "{}", of_noise.gate.reason);
        let (keys, swings) = market(2, 2_000, 0.002);
        let of_swings = trained(&config(&keys, learner), None, &keys, &swings);
        assert!(of_swings.gate.passed, "{}", of_swings.gate.reason);
        assert!(of_swings.learned.verdict.foresees && of_swings.gate.candidate.roc_auc.unwrap() > 0.7);
        // Nothing of the gate's rows was learned from, labels included.
        assert!(of_swings.trained_on.1 <= of_swings.gate.from);
        assert!(of_swings.learned.folds.iter().all(|fold| fold.to < of_swings.gate.from));
    }
}

#[test]
fn a_champion_is_asked_by_its_own_features_on_rows_that_it_has_not_seen() {
    let (keys, market) = market(2, 2_000, 0.002);
    let first =
        trained(&LearnConfig { features: "reference25".to_owned(), ..config(&keys, trees(3)) }, None, &keys, &market);
    let until = first.gate.from;
    let champion = Champion { model: &first.learned.model, title: "trend 1.0.0", features: "reference25", until };
    let second = trained(&config(&keys, trees(7)), Some(champion), &keys, &market);
    assert_eq!(second.gate.against, "trend 1.0.0");
    assert!(second.gate.from > until && second.gate.baseline_return.is_some());
    // Against itself nobody is better.
    let own = trained(&config(&keys, trees(7)), None, &keys, &market);
    let itself = Champion { model: &own.learned.model, title: "trend 1.0.1", features: "core", until };
    let again = trained(&config(&keys, trees(7)), Some(itself), &keys, &market);
    assert!(!again.gate.passed, "{}", again.gate.reason);
    // One that has seen everything cannot be compared with.
    let seen = Champion { until: second.gate.to, ..champion };
    let refused = train(
        &config(&keys, trees(7)),
        (&GateConfig::default(), Some(seen)),
        &keys,
        &market,
        &|_| (),
        &AtomicBool::new(false),
    );
    assert!(matches!(refused, Err(ResearchError::TooFewUnseen { .. })));
}

#[test]
fn a_model_that_looks_back_is_asked_where_it_can_and_compared_where_it_was() {
    let (keys, mut market) = market(2, 2_000, 0.002);
    let config = config(&keys, trees(7));
    let first = trained(&config, None, &keys, &market);
    let back = looking_back(&first.learned.model, 24);
    let until = first.trained_on.1;
    let champion = |model| Champion { model, title: "back 1.0.0", features: "core", until };
    let rowwise = |market: &MadeUp| trained(&config, Some(champion(&first.learned.model)), &keys, market).gate;
    let whole = trained(&config, Some(champion(&back)), &keys, &market).gate;
    assert!(whole.passed && whole.rows == rowwise(&market).rows, "{}", whole.reason);

    // Nothing is said of a bar that a gap lies shortly before.
    let said = |market: &MadeUp| predict_now(&config, &back, &keys, market).unwrap();
    let set = feature::named("core").unwrap();
    let now = said(&market);
    for (key, said) in keys.iter().zip(&now) {
        let bars = market.0[&key.to_string()].view();
        let features = FeatureStream::batch(&set, bars, Timeframe::H1, &Sources::default()).unwrap();
        let rows = bars.len() - 24..bars.len();
        let window: Vec<f64> =
            rows.flat_map(|row| features.table.columns().iter().map(move |column| column[row])).collect();
        let up = back.predict_row(&window).unwrap()[0];
        assert_eq!(said.confidence, Some(up.max(1.0 - up)));
    }
    let without = |bars: &Bars, gone: usize| {
        Bars::from_bars(bars.view().iter().enumerate().filter(|(bar, _)| *bar != gone).map(|(_, bar)| bar)).unwrap()
    };
    let name = keys[0].to_string();
    let complete = market.0[&name].clone();
    market.0.insert(name.clone(), without(&complete, 1_990));
    assert_eq!(said(&market).iter().map(|one| &one.symbol).collect::<Vec<_>>(), [&keys[1].symbol]);
    // One that is missing amid the gate's rows: the 23 bars after it count for neither.
    market.0.insert(name, without(&complete, 1_800));
    let holed = trained(&config, Some(champion(&back)), &keys, &market).gate;
    assert_eq!(holed.rows, rowwise(&market).rows - 23);
}

#[test]
fn an_ensemble_says_how_much_its_members_count_and_answers_a_row_as_a_table() {
    let (keys, market) = market(2, 2_000, 0.002);
    let alone = learned(&config(&keys, trees(7)), &keys, &market).verdict.model.log_loss.unwrap();
    for learner in ensembles() {
        let config = config(&keys, learner);
        let one = learned(&config, &keys, &market);
        let kind = config.learner.kind();
        // It may be a little worse than the best of its members, as its weights are estimates; trees are no member of the switched one.
        let near = kind == "switched" || one.verdict.model.log_loss.unwrap() < alone + 0.02;
        assert!(near, "{kind} {:?} {alone}", one.verdict.model);
        let sum = |of: &[(String, f64)]| of.iter().map(|(_, share)| share).sum::<f64>();
        assert!((sum(&one.importance) - 1.0).abs() < 1e-9, "{kind}");
        match kind {
            "switched" => {
                assert_eq!(one.members.len(), 4, "three regimes and all other rows: {:?}", one.members);
                assert!(one.members[0].0.starts_with("volatility_ratio_24_168 below"));
            }
            _ => assert_eq!(
                one.members.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
                ["boosted_trees", "logistic"]
            ),
        }
        assert!(kind == "stacked" || (sum(&one.members) - 1.0).abs() < 1e-9, "{kind} {:?}", one.members);
        let set = feature::named("core").unwrap();
        let bars = market.0[&keys[0].to_string()].view();
        let table = FeatureStream::batch(&set, bars, Timeframe::H1, &Sources::default()).unwrap().table;
        let mut row = Vec::new();
        for (number, said) in one.model.predict_table(&table).unwrap().into_iter().enumerate() {
            table.row(number, &mut row);
            assert_eq!(one.model.predict_row(&row).unwrap()[0].to_bits(), said.to_bits(), "{kind}");
        }
        // The settings that are kept make the same kind again.
        let kept: LearnConfig = serde_json::from_str(&serde_json::to_string(&config).unwrap()).unwrap();
        assert_eq!(kept, config);
        let folder = tempfile::tempdir().unwrap();
        let card = folder.path().join("card.html");
        report::write_card(&one, None, &card).unwrap();
        let page = std::fs::read_to_string(card).unwrap();
        assert!(page.contains("Member") && page.contains(&one.members[0].0.replace('_', " ")), "{kind}");
    }
    let refused = |learner| config(&keys, learner).validate().unwrap_err().to_string();
    let line = Member::Logistic(LogisticParameters::default());
    assert!(refused(Learner::Weighted { members: vec![line.clone()] }).contains("two members"));
    assert!(refused(Learner::Stacked { members: vec![line.clone(); 2], l2: 1.0 }).contains("that differ"));
    assert!(
        refused(Learner::Switched { member: line, feature: "mood".to_owned() }).contains("no feature is named mood")
    );
}

#[test]
fn networks_are_trained_by_builds_that_can() {
    let (keys, market) = market(2, 1_500, 0.002);
    for cell in [Cell::Lstm, Cell::Transformer] {
        let parameters = network(cell);
        let lacks = parameters.check().is_err();
        let config = config(&keys, Learner::Sequence(parameters));
        if lacks {
            let refused = learn(&config, &keys, &market, &|_| (), &AtomicBool::new(false)).unwrap_err().to_string();
            assert!(refused.contains("this build lacks `deep`"), "{refused}");
            continue;
        }
        let one = trained(&config, None, &keys, &market);
        assert!(one.gate.passed && one.learned.verdict.model.roc_auc.unwrap() > 0.7, "{}", one.gate.reason);
        assert_eq!(one.learned.model.to_bytes(), trained(&config, None, &keys, &market).learned.model.to_bytes());
        assert!((one.learned.importance.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-9);
        // What comes after the gate's first row has taught nothing.
        let mut other = MadeUp(market.0.clone());
        for bars in other.0.values_mut() {
            let altered = |bar: Bar| {
                let by = if bar.ts >= one.gate.from { 2.0 } else { 1.0 };
                Bar { high: bar.high * by, close: bar.close * by, ..bar }
            };
            *bars = Bars::from_bars(bars.view().iter().map(altered)).unwrap();
        }
        let altered = trained(&config, None, &keys, &other);
        assert!(altered.gate.candidate != one.gate.candidate);
        assert_eq!(altered.learned.model.to_bytes(), one.learned.model.to_bytes());
    }
}

#[test]
fn a_model_answers_on_the_newest_bar_and_notices_other_bars() {
    let (keys, mut market) = market(2, 1_500, 0.002);
    let config = config(&keys, trees(7));
    let model = learned(&config, &keys, &market).model;
    let said = predict_now(&config, &model, &keys, &market).unwrap();
    let last = market.0[&keys[1].to_string()].view().ts_ns[1_499];
    assert_eq!(said.len(), 2);
    assert_eq!((&said[1].symbol, said[1].prediction_horizon), (&keys[1].symbol, HORIZON as u32 * 60));
    assert_eq!(said[1].timestamp, Timeframe::H1.close_of(Timestamp::from_nanos(last)));
    let moved = |market: &MadeUp| -> Vec<(String, usize)> {
        let count = |one: SeriesDrift| {
            let features = one.report.unwrap().features;
            (one.symbol.to_string(), features.iter().filter(|one| one.severity > Severity::None).count())
        };
        drift_now(&config, &model, &keys, market, 200).unwrap().unwrap().into_iter().map(count).collect()
    };
    assert_eq!(moved(&market), [("SYM0".to_owned(), 0), ("SYM1".to_owned(), 0)]);
    // Ten times as lively, but in one of them only.
    market.0.insert(keys[1].to_string(), swings(9, 1_500, 0.02));
    let found = moved(&market);
    assert_eq!(found[0], ("SYM0".to_owned(), 0));
    assert!(found[1].1 > 2, "{found:?}");
    // Of a symbol that it was not trained on the model knows nothing.
    let other = key("us", "OTHER", "1h");
    market.0.insert(other.to_string(), swings(3, 1_500, 0.002));
    let said = drift_now(&config, &model, &[other], &market, 200).unwrap().unwrap();
    assert_eq!((said.len(), &said[0].report, said[0].rows), (1, &None, 200));
}

#[test]
fn the_symbol_that_others_are_measured_by_has_not_moved_where_nothing_has() {
    let (keys, market) = market(3, 2_500, 0.002);
    let reference = Some(keys[0].symbol.clone());
    let config = LearnConfig { features: "wide".to_owned(), reference, ..config(&keys, trees(7)) };
    let model = learned(&config, &keys, &market).model;
    for one in drift_now(&config, &model, &keys, &market, 200).unwrap().unwrap() {
        let report = one.report.unwrap();
        let of = |name: &str| report.features.iter().find(|one| one.name == name).unwrap();
        assert_eq!(of("market_residual_1").ks_distance == 0.0, one.symbol == keys[0].symbol);
        let moved = report.features.iter().filter(|one| one.severity > Severity::None);
        assert_eq!(moved.map(|one| &one.name).collect::<Vec<_>>(), [""; 0], "{}", one.symbol);
    }
}

#[test]
fn a_sharpe_ratio_is_worth_less_the_more_was_tried() {
    let (keys, market) = market(2, 1_500, 0.002);
    let mut verdict = learned(&config(&keys, trees(7)), &keys, &market).verdict;
    let sharpe = verdict.mean_sharpe.unwrap();
    let mut worth = |earlier: &[f64]| {
        verdict.deflate(earlier);
        verdict.deflated
    };
    assert_eq!(worth(&[]), None, "nothing else was tried");
    let (few, many) = (worth(&[0.0, sharpe / 2.0]).unwrap(), worth(&[0.0, sharpe].repeat(30)).unwrap());
    assert_eq!((few.tries, many.tries), (3, 61));
    assert!(few.probability > many.probability, "{few:?} {many:?}");
}

/// Bars that are calm for a while, wild for a while.
fn moods(seed: u64, count: usize) -> Bars {
    let calm: Vec<Bar> = swings(seed, count, 0.0).view().iter().collect();
    let mut price: f64 = 100.0;
    Bars::from_bars(calm.iter().enumerate().map(|(i, bar)| {
        let open = price;
        price *= (bar.close / bar.open).powf(if (i / 120).is_multiple_of(2) { 0.5 } else { 3.0 });
        Bar { open, high: open.max(price) * 1.001, low: open.min(price) * 0.999, close: price, ..*bar }
    }))
    .unwrap()
}

fn forecaster(
    target: Target,
    gate: Option<Champion<'_>>,
    keys: &[SeriesKey],
    market: &MadeUp,
) -> mem_research::learn::Forecaster {
    let config = LearnConfig { target, ..config(keys, trees(7)) };
    forecast(&config, Some((&GateConfig::default(), gate)), keys, market, &|_| (), &AtomicBool::new(false)).unwrap()
}

#[test]
fn numbers_that_can_be_foreseen_are_and_noise_is_not() {
    let (keys, drifting) = market(2, 2_000, 0.002);
    let (_, noise) = market(2, 2_000, 0.0);
    let wild = MadeUp(keys.iter().enumerate().map(|(i, key)| (key.to_string(), moods(i as u64 + 1, 2_000))).collect());
    let levels = Target::Quantiles(vec![0.05, 0.5, 0.95]);
    for (target, foreseeable) in [(Target::Return, &drifting), (Target::Volatility, &wild), (levels.clone(), &wild)] {
        let made = forecaster(target.clone(), None, &keys, foreseeable);
        let gate = made.gate.as_ref().unwrap();
        // The spread of what comes is told by less than its size: the gate's test is one-sided.
        let sure = made.fitness.foresees || matches!(target, Target::Quantiles(_));
        assert!(made.fitness.skill > 0.02 && sure && gate.passed, "{target:?} {} {:?}", gate.reason, made.fitness);
        assert!(made.until <= gate.from && made.folds.iter().all(|fold| fold.to < gate.from));
        assert_eq!(made.folds.iter().map(|fold| fold.tested).sum::<usize>(), made.fitness.rows);
        // Against itself nobody is better.
        let champion = Champion { model: &made.model, title: "mine 1.0.0", features: "core", until: made.until };
        let again = forecaster(target.clone(), Some(champion), &keys, foreseeable);
        assert!(!again.gate.as_ref().unwrap().passed);
        let same = forecaster(target.clone(), None, &keys, foreseeable);
        assert!(same.model.to_bytes() == made.model.to_bytes(), "the same data, settings and seed");
        // A forecaster of something else cannot be compared with.
        let config = LearnConfig { target: Target::Return, ..config(&keys, trees(7)) };
        let asked = Some((&GateConfig::default(), Some(champion)));
        let other = forecast(&config, asked, &keys, foreseeable, &|_| (), &AtomicBool::new(false));
        assert_eq!(other.is_err(), target != Target::Return);
        // Told in the shape of the reference, in the units that were promised.
        let said = predict_now(&config, &made.model, &keys, foreseeable).unwrap().remove(0);
        match &target {
            Target::Volatility => assert!((1e-4..1.0).contains(&said.predicted_volatility.unwrap())),
            Target::Quantiles(levels) => {
                assert_eq!(said.predicted_quantiles.len(), levels.len());
                assert!(made.fitness.levels.iter().all(|one| (one.coverage - one.level).abs() < 0.1));
            }
            _ => assert!(said.predicted_price.is_some()),
        }
    }
    for target in [Target::Return, levels] {
        let made = forecaster(target, None, &keys, &noise);
        assert!(!made.gate.as_ref().unwrap().passed, "{:?}", made.gate);
    }
}

#[test]
fn numbers_of_real_candles() {
    let Some(whole) = mem_testkit::real_bars("crypto_1h/binance_um_BTCUSDT_1h.csv.gz") else { return };
    let keys = [key("binance", "BTCUSDT", "1h")];
    let market = MadeUp([(keys[0].to_string(), whole.view().slice(0..8_000).to_bars())].into());
    let made = forecaster(Target::Volatility, None, &keys, &market);
    assert!(made.fitness.skill > 0.02 && made.fitness.model.r2 > made.fitness.plain.r2, "{:?}", made.fitness);
    let quantiles = forecaster(Target::Quantiles(vec![0.05, 0.5, 0.95]), None, &keys, &market);
    assert!(
        quantiles.fitness.levels.iter().all(|one| (one.coverage - one.level).abs() < 0.1),
        "{:?}",
        quantiles.fitness
    );
    let folder = tempfile::tempdir().unwrap();
    let card = folder.path().join("card.html");
    report::write_forecast_card(&quantiles, Some("risk 1.0.0"), &card).unwrap();
    let page = std::fs::read_to_string(card).unwrap();
    for words in ["risk 1.0.0", "Gate", "historical quantiles", "Came below", "does not decide", &quantiles.id] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn what_decides_is_not_taken_for_what_foresees_numbers() {
    let (keys, market) = market(1, 1_500, 0.0);
    let numbers = LearnConfig { target: Target::Volatility, ..config(&keys, trees(7)) };
    let stop = AtomicBool::new(false);
    assert!(matches!(learn(&numbers, &keys, &market, &|_| (), &stop), Err(ResearchError::NoAdvice { .. })));
    let by_line = LearnConfig { learner: logistic(), ..numbers.clone() };
    assert!(matches!(by_line.validate(), Err(ResearchError::Target { .. })));
    for levels in [vec![], vec![0.5, 0.5], vec![0.0], vec![0.9, 0.1]] {
        assert!(LearnConfig { target: Target::Quantiles(levels), ..numbers.clone() }.validate().is_err());
    }
}

#[test]
fn a_meta_label_judges_the_entries_of_a_strategy_and_nothing_else() {
    let (keys, market) = market(4, 6_000, 0.002);
    let strategy =
        mem_strategy::build("ma_cross", &[("slow".to_owned(), 5.into()), ("fast".to_owned(), 2.into())]).unwrap();
    let primary = Primary { strategy: "ma_cross".to_owned(), params: strategy.params() };
    let barriers =
        Barriers { up: 2.0, down: 2.0, bars: 12, volatility_bars: 50, min_width: 0.0, vertical: Vertical::Sign };
    let meta = LearnConfig {
        label: LabelDef::Meta { barriers, min_return: 0.001 },
        primary: Some(primary),
        thresholds: Thresholds { enter: 0.5, short: false },
        ..config(&keys, trees(7))
    };
    let of = trained(&meta, None, &keys, &market);
    // As many rows as entries that have an outcome.
    let entries: usize = keys
        .iter()
        .map(|key| {
            let bars = &market.0[&key.to_string()];
            let decided = strategy.decide(&StrategyInput::new(bars.view(), Timeframe::H1)).unwrap();
            decided.list.iter().filter(|decision| decision.intent == Intent::EnterLong).count()
        })
        .sum();
    let rows = of.trained_rows + of.gate.rows;
    assert!(rows <= entries && rows > entries * 9 / 10, "{rows} of {entries}");
    assert_eq!(of.learned.model.parts().tells, Tells::Gain);
    let verdict = &of.learned.verdict;
    assert!(verdict.mean_alone.is_some() && verdict.words.last().unwrap().contains("alone"), "{:?}", verdict.words);
    assert!(of.gate.baseline_return.is_some(), "the gate asks for no less than the strategy alone");
    assert_eq!(of.gate.against, "the mere share of gains among the training rows, every entry taken");
    // Entries, of which there are fewer than bars, are held against entries.
    assert!(drift_now(&meta, &of.learned.model, &keys, &market, 200).unwrap().is_some());
    // In a backtest it filters that strategy only, and enters only what the strategy enters.
    let used = ModelUse {
        id: 1,
        title: "sieve 1.0.0".to_owned(),
        sha256: String::new(),
        features: "core@1".to_owned(),
        reference: None,
        role: Role::Filter,
        enter: 0.5,
        trained_until: of.trained_on.1,
        judged_until: None,
        in_sample: false,
    };
    let asked = |strategy: &dyn Strategy, used: &ModelUse| {
        let advising = Advising { model: &of.learned.model, learned: &meta, used };
        let run_config = crate::made_up::config(&keys);
        run_advised(&run_config, advising, &keys, strategy, &market, &|_| (), &AtomicBool::new(false))
    };
    let entered = |enter: f64| -> Vec<Vec<Timestamp>> {
        let run = asked(strategy.as_ref(), &ModelUse { enter, ..used.clone() }).unwrap();
        run.tested().map(|(_, tested)| tested.trades.iter().map(|trade| trade.entry_time).collect()).collect()
    };
    let (all, some) = (entered(1e-9), entered(0.5));
    assert!(some.iter().zip(&all).all(|(some, all)| some.iter().all(|at| all.contains(at)) && some.len() < all.len()));
    assert!(asked(&*crate::made_up::cross(30), &used).is_err(), "another strategy");
    assert!(asked(strategy.as_ref(), &ModelUse { role: Role::Decider, ..used.clone() }).is_err());
    assert!(LearnConfig { primary: None, ..meta.clone() }.validate().is_err());
    assert!(LearnConfig { label: config(&keys, trees(7)).label, ..meta.clone() }.validate().is_err());
}

#[test]
fn probabilities_are_calibrated_as_asked() {
    let (keys, market) = market(2, 1_500, 0.002);
    let with = |calibration| learned(&LearnConfig { calibration, ..config(&keys, trees(7)) }, &keys, &market);
    let [platt, isotonic, none] = [Calibration::Platt, Calibration::Isotonic, Calibration::None].map(with);
    assert!(none.model.parts().calibrator.is_none());
    let raw = |one: &Learned| one.model.parts().predictors.clone();
    assert!(raw(&platt) == raw(&none) && raw(&isotonic) == raw(&none), "the same trees");
    let bytes = [&platt, &isotonic, &none].map(|one| one.model.to_bytes());
    assert!(bytes[0] != bytes[1] && bytes[1] != bytes[2] && bytes[0] != bytes[2]);
    // What is not said is Platt's, as ever: settings that were kept before are read as they were meant.
    assert!(!serde_json::to_string(&platt.config).unwrap().contains("calibration"));
}

#[test]
fn what_cannot_be_learned_is_said() {
    let (keys, market) = market(1, 250, 0.0);
    let refused =
        |config: LearnConfig| learn(&config, &keys, &market, &|_| (), &AtomicBool::new(false)).unwrap_err().to_string();
    let good = config(&keys, trees(7));
    assert!(refused(good.clone()).contains("rows have a label"));
    assert!(
        refused(LearnConfig { features: "cor".to_owned(), ..good.clone() }).contains("there is no feature set `cor`")
    );
    assert!(refused(LearnConfig { first: 1.0, ..good.clone() }).contains("first"));
    let stopped = AtomicBool::new(true);
    let (keys, market) = self::market(1, 1_500, 0.0);
    assert!(matches!(learn(&good, &keys, &market, &|_| (), &stopped), Err(ResearchError::Stopped)));
}

#[test]
fn real_candles() {
    let names = ["BTCUSDT", "ETHUSDT"];
    let mut bars = Vec::new();
    for name in names {
        let Some(whole) = mem_testkit::real_bars(&format!("crypto_1h/binance_um_{name}_1h.csv.gz")) else { return };
        bars.push(whole.view().slice(0..6_000).to_bars());
    }
    let keys: Vec<SeriesKey> = names.iter().map(|name| key("binance", name, "1h")).collect();
    let market = MadeUp(keys.iter().map(ToString::to_string).zip(bars).collect());
    let config = LearnConfig { reference: Some(keys[0].symbol.clone()), ..config(&keys, trees(7)) };
    let mut trained = trained(&config, None, &keys, &market);
    trained.learned.verdict.deflate(&[0.1, -0.3]);
    let learned = &trained.learned;
    assert_eq!(learned.suspects, [], "no feature of the built-in set knows the future");
    let auc = learned.verdict.model.roc_auc.unwrap();
    assert!((0.45..0.6).contains(&auc), "{auc}: either nonsense, or too good to be true");
    assert_eq!(learned.verdict.reliability.iter().map(|bin| bin.count).sum::<usize>(), learned.verdict.rows);
    assert!(learned.folds.windows(2).all(|pair| pair[0].to <= pair[1].from));
    let folder = tempfile::tempdir().unwrap();
    let card = folder.path().join("card.html");
    report::write_card(learned, Some(("trend 1.0.0", &trained.gate)), &card).unwrap();
    let page = std::fs::read_to_string(card).unwrap();
    for words in [
        "trend 1.0.0",
        "Gate",
        &learned.fingerprint[..12],
        &learned.code_version,
        &learned.importance[0].0,
        "<polyline",
        "luck of 3 tries",
        "bagging_fraction",
    ] {
        assert!(page.contains(words), "{words}");
    }
}
