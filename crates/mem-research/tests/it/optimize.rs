//! Searches: the same whatever the thread count, nothing judged twice, nothing chosen by what is held out.

use std::collections::HashSet;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use mem_indicators::ParamValue;
use mem_research::ResearchError;
use mem_research::optimize::{Gene, Genetic, Optimization, OptimizeConfig, Search, Searched, optimize};
use mem_research::runlog::{Kept, Listed, RunLog};
use mem_store::table::TableFormat;
use mem_types::SeriesKey;
use proptest::prelude::*;

use crate::made_up::{MadeUp, config, key, walk};

fn market(symbols: usize, bars: usize) -> (Vec<SeriesKey>, MadeUp) {
    let keys: Vec<SeriesKey> = (0..symbols).map(|i| key("us", &format!("SYM{i}"), "1h")).collect();
    let bars = keys.iter().enumerate().map(|(i, key)| (key.to_string(), walk(i as u64 + 1, bars, key.timeframe)));
    let market = MadeUp(bars.collect());
    (keys, market)
}

fn asked(keys: &[SeriesKey], genes: &[&str], search: Search) -> OptimizeConfig {
    let specs = mem_strategy::builtins().iter().find(|spec| spec.name == "ma_cross").unwrap().params;
    let run = config(keys);
    OptimizeConfig {
        strategy: "ma_cross".to_owned(),
        params: vec![("direction".to_owned(), ParamValue::from("both"))],
        genes: genes.iter().map(|gene| Gene::parse(gene, specs).unwrap()).collect(),
        search,
        fitness: "sharpe".parse().unwrap(),
        min_trades: 1,
        seed: 7,
        holdout: 0.25,
        venue: None,
        symbols: run.symbols,
        timeframe: run.timeframe,
        higher: Vec::new(),
        from: None,
        to: None,
        sim: run.sim,
    }
}

fn search(config: &OptimizeConfig, keys: &[SeriesKey], market: &MadeUp) -> Optimization {
    optimize(config, keys, market, &|_| (), &AtomicBool::new(false)).unwrap()
}

fn genetic(population: usize, generations: usize) -> Search {
    Search::Genetic(Genetic { population, generations, ..Genetic::default() })
}

const GENES: [&str; 3] = ["fast=2..40", "slow=10..200:2", "slow_type=sma,ema,wma"];

#[test]
fn the_thread_count_changes_nothing() {
    let (keys, market) = market(3, 700);
    for how in [genetic(12, 6), Search::Random { samples: 70 }] {
        let config = asked(&keys, &GENES, how);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| search(&config, &keys, &market))
        };
        let (one, four) = (with(1), with(4));
        assert_eq!(one, four);
        assert_eq!(one.id.len(), 12);
        let other = search(&OptimizeConfig { seed: 8, ..config.clone() }, &keys, &market);
        assert_ne!(one.trials, other.trials);
        assert_ne!(one.id, other.id);
    }
}

#[test]
fn a_grid_tries_every_combination_once() {
    let (keys, market) = market(1, 500);
    let config = asked(&keys, &["fast=5..20:5", "slow=10..30:10", "fast_type=sma|ema"], Search::Grid);
    let found = search(&config, &keys, &market);
    assert_eq!(found.possible, Some(24));
    let different: HashSet<String> = found.trials.iter().map(|trial| format!("{:?}", trial.values)).collect();
    assert_eq!((found.trials.len(), different.len()), (24, 24));
    // Of one kind, fast must be the shorter.
    let impossible = |values: &[ParamValue]| match values {
        [ParamValue::Int(fast), ParamValue::Int(slow), ParamValue::Choice(kind)] => kind == "sma" && fast >= slow,
        _ => unreachable!(),
    };
    for trial in &found.trials {
        assert_eq!(trial.failure.is_some(), impossible(&trial.values), "{trial:?}");
        assert!(trial.failure.is_none() || trial.fitness.is_none());
    }
    let best = found.best.unwrap();
    let highest = found.trials.iter().filter_map(|trial| trial.fitness).fold(f64::NEG_INFINITY, f64::max);
    assert_eq!(found.trials[best.trial].fitness, Some(highest));
    assert_eq!(best.fitness, highest);
}

#[test]
fn generations_have_exactly_their_size_and_never_get_worse() {
    let (keys, market) = market(1, 500);
    for (population, elitism) in [(7, 2), (20, 3), (5, 0)] {
        let how = Genetic { population, generations: 8, elitism, ..Genetic::default() };
        let found = search(&asked(&keys, &GENES, Search::Genetic(how)), &keys, &market);
        assert_eq!(found.generations.len(), 8);
        assert_eq!(found.generations[0].judged, population, "the first generation is all new");
        let judged: usize = found.generations.iter().map(|generation| generation.judged).sum();
        assert_eq!(judged, found.trials.len(), "nobody is judged twice");
        assert!(found.generations.iter().skip(1).all(|one| one.judged <= population - elitism));
        let best: Vec<f64> = found.generations.iter().map(|one| one.best_fitness.unwrap()).collect();
        assert!(best.windows(2).all(|pair| pair[0] <= pair[1]), "{best:?}");
        assert!(found.generations.windows(2).any(|pair| pair[0].mutation_scale != pair[1].mutation_scale));
    }
}

/// Over several seeds, with as many tries: how good the best is, as a place among all combinations.
#[test]
fn breeding_finds_better_ones_than_chance() {
    let (keys, market) = market(1, 900);
    let genes = ["fast=2..60", "slow=10..200"];
    let all = search(&asked(&keys, &genes, Search::Grid), &keys, &market);
    let mut fitness: Vec<f64> = all.trials.iter().filter_map(|trial| trial.fitness).collect();
    fitness.sort_by(f64::total_cmp);
    let mean_place = |how: fn(usize) -> Search| {
        let places = (0..8).map(|seed| {
            let found = search(&OptimizeConfig { seed, ..asked(&keys, &genes, how(300)) }, &keys, &market);
            assert!(found.trials.len() <= 300);
            let best = found.best.unwrap().fitness;
            fitness.len() - fitness.partition_point(|other| *other < best)
        });
        places.sum::<usize>() as f64 / 8.0
    };
    let bred = mean_place(|tries| genetic(20, tries / 20));
    let drawn = mean_place(|tries| Search::Random { samples: tries });
    assert!(bred < drawn / 1.5, "place {bred:.1} bred, {drawn:.1} drawn, of {}", fitness.len());
}

#[test]
fn an_early_stop_is_no_partial_result() {
    let (keys, market) = market(1, 400);
    let how = Genetic { population: 10, generations: 50, patience: Some(3), ..Genetic::default() };
    let found = search(&asked(&keys, &["fast=2..9", "slow=10..30"], Search::Genetic(how)), &keys, &market);
    assert!(found.generations.len() < 50, "{}", found.generations.len());
    assert!(!found.partial);
    let best: Vec<_> = found.generations.iter().rev().take(4).map(|one| one.best_trial).collect();
    assert!(best.windows(2).all(|pair| pair[0] == pair[1]));
}

/// What is held out may say anything: nothing but the figures on it changes.
#[test]
fn the_held_out_bars_choose_nothing() {
    let (keys, market) = market(2, 800);
    let config = asked(&keys, &GENES, genetic(10, 4));
    let mut other = MadeUp::default();
    for (name, bars) in &market.0 {
        let view = bars.view();
        let split = (view.len() as f64 * 0.75) as usize;
        let changed = (0..view.len()).map(|i| {
            let mut bar = view.bar(i);
            if i >= split {
                let factor = 1.0 + 0.001 * (i - split) as f64;
                for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                    *price *= factor;
                }
            }
            bar
        });
        other.0.insert(name.clone(), mem_types::Bars::from_bars(changed).unwrap());
    }
    let (one, two) = (search(&config, &keys, &market), search(&config, &keys, &other));
    assert_eq!(one.trials, two.trials);
    assert_eq!(one.generations, two.generations);
    assert_eq!(one.best.as_ref().unwrap().trial, two.best.as_ref().unwrap().trial);
    assert_ne!(one.finalists, two.finalists);
    assert_ne!(one.id, two.id, "the data are part of the id");
}

#[test]
fn a_stopped_search_keeps_what_is_done() {
    let (keys, market) = market(1, 500);
    let config = asked(&keys, &["fast=2..60", "slow=10..200"], Search::Grid);
    let cancel = AtomicBool::new(false);
    let heard = Mutex::new(Vec::new());
    let listen = |searched: Searched| {
        heard.lock().unwrap().push(searched);
        cancel.store(searched.done >= 128, Ordering::Relaxed);
    };
    let found = optimize(&config, &keys, &market, &listen, &cancel).unwrap();
    assert!(found.partial);
    assert_eq!(found.trials.len(), 128);
    assert!(found.best.is_some());
    let heard = heard.into_inner().unwrap();
    assert_eq!(heard.iter().map(|one| one.done).collect::<Vec<_>>(), [64, 128]);
    let whole = search(&config, &keys, &market);
    assert_eq!(found.trials, whole.trials[..128]);
    assert_ne!(found.id, whole.id);
}

#[test]
fn what_is_kept_comes_back_equal() {
    let (keys, market) = market(2, 500);
    let data = tempfile::tempdir().unwrap();
    let log = RunLog::new(data.path());
    for config in [
        asked(&keys, &GENES, genetic(8, 3)),
        asked(&keys, &["fast=5..20:5", "slow=10..30:10"], Search::Grid),
        OptimizeConfig { min_trades: 1_000, ..asked(&keys, &["fast=5..9"], Search::Random { samples: 3 }) },
    ] {
        let found = search(&config, &keys, &market);
        log.keep(&found, "2024-01-01".parse().unwrap()).unwrap();
        assert_eq!(log.load::<Optimization>(&found.id).unwrap(), found);
        let files = found.export(TableFormat::Csv, data.path()).unwrap();
        assert_eq!(fs::read_to_string(&files[0]).unwrap().lines().count(), found.trials.len() + 1);
        assert!(matches!(log.load::<mem_research::run::Run>(&found.id), Err(ResearchError::OtherKind { .. })));
    }
    let listed = log.list().unwrap();
    assert_eq!(listed.len(), 3);
    assert!(listed.iter().all(|one| matches!(one, Listed::Readable(run) if run.brief.title.contains("fast"))));
}

#[test]
fn what_cannot_be_searched_says_why() {
    let (keys, market) = market(1, 500);
    let stop = AtomicBool::new(false);
    let says = |config: OptimizeConfig, words: &str| {
        let error = optimize(&config, &keys, &market, &|_| (), &stop).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    let grid = |genes: &[&str]| asked(&keys, genes, Search::Grid);
    says(grid(&[]), "nothing is searched");
    says(grid(&["fast=2..9", "fast=3..8"]), "fast: it is given twice");
    says(grid(&["fast=2..4000", "slow=2..4000"]), "15992001 combinations");
    says(grid(&["fast=100..120", "slow=10..20"]), "no combination can be tested: ma_cross: fast must be shorter");
    says(OptimizeConfig { holdout: 0.95, ..grid(&["fast=2..9"]) }, "holdout is 0.95: expected 0 to 0.9");
    says(OptimizeConfig { holdout: 0.01, ..grid(&["fast=2..9"]) }, "5 held out are too few");
    let none = Genetic { population: 4, elitism: 4, ..Genetic::default() };
    says(asked(&keys, &["fast=2..9"], Search::Genetic(none)), "elitism is 4: expected 0 to 3");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Every value of every candidate lies where its gene may be, on a step.
    #[test]
    fn no_gene_leaves_its_range(seed in any::<u64>(), low in 2_i64..50, width in 0_i64..60, step in 1_i64..9) {
        let (keys, market) = market(1, 80);
        let gene = format!("fast={low}..{}:{step}", low + width);
        let config = OptimizeConfig { seed, holdout: 0.0, ..asked(&keys, &[&gene, "slow=2..300"], genetic(6, 5)) };
        let found = search(&config, &keys, &market);
        for trial in &found.trials {
            let [ParamValue::Int(fast), ParamValue::Int(slow)] = trial.values.as_slice() else { unreachable!() };
            prop_assert!((low..=low + width).contains(fast) && (fast - low) % step == 0);
            prop_assert!((2..=300).contains(slow));
        }
        let different: HashSet<String> = found.trials.iter().map(|trial| format!("{:?}", trial.values)).collect();
        prop_assert_eq!(different.len(), found.trials.len());
    }
}
