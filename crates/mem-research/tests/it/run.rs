//! Runs: the same whatever the thread count, one bad series does not lose the others, a stopped run keeps what is done.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use mem_research::ResearchError;
use mem_research::run::{Outcome, Run, SeriesSource, run};
use mem_store::catalog::{Catalog, Instrument};
use mem_types::{Bars, Funding, SeriesKey, Timestamp};
use mem_venue::sim::market::{MarketConfig, generate};

use crate::made_up::{MadeUp, config, cross, key, tested, walk};

fn with_threads(threads: usize, work: impl FnOnce() -> Run + Send) -> Run {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

#[test]
fn the_thread_count_changes_nothing() {
    let one = with_threads(1, || tested("binance_um", 7, 1500, "1h", 20).0);
    let four = with_threads(4, || tested("binance_um", 7, 1500, "1h", 20).0);
    assert_eq!(one, four);
    assert_eq!(one.id.len(), 12);
    assert!(one.totals().trades > 100, "{}", one.totals().trades);
}

#[test]
fn the_id_follows_configuration_data_and_strategy() {
    let keys = [key("us", "SPY", "1d")];
    let market = |seed| MadeUp([(keys[0].to_string(), walk(seed, 400, keys[0].timeframe))].into());
    let id = |seed, slow, from: Option<&str>| {
        let config = mem_research::run::RunConfig { from: from.map(|from| from.parse().unwrap()), ..config(&keys) };
        run(&config, &keys, &*cross(slow), &market(seed), &|_| (), &AtomicBool::new(false)).unwrap().id
    };
    assert_eq!(id(1, 20, None), id(1, 20, None));
    for other in [id(2, 20, None), id(1, 21, None), id(1, 20, Some("2020-01-05"))] {
        assert_ne!(id(1, 20, None), other);
    }
}

#[test]
fn a_series_that_fails_keeps_its_reason() {
    let keys = [key("us", "SPY", "1d"), key("us", "GONE", "1d"), key("us", "QQQ", "1d")];
    let have = [&keys[0], &keys[2]].map(|key| (key.to_string(), walk(3, 300, key.timeframe)));
    let heard = Mutex::new(Vec::new());
    let listen = |progress: mem_research::run::Progress<'_>| {
        heard.lock().unwrap().push((progress.done, progress.total));
    };
    let run = run(&config(&keys), &keys, &*cross(5), &MadeUp(have.into()), &listen, &AtomicBool::new(false)).unwrap();
    let order: Vec<&SeriesKey> = run.series.iter().map(|series| &series.key).collect();
    assert_eq!(order, keys.iter().collect::<Vec<_>>());
    assert_eq!(run.series[1].outcome.failure(), Some("no bars of us/GONE/1d in that span"));
    let totals = run.totals();
    assert_eq!((totals.tested, totals.failed, totals.not_run), (2, 1, 0));
    assert!(!run.partial);
    let mut heard = heard.into_inner().unwrap();
    heard.sort_unstable();
    assert_eq!(heard, [(1, 3), (2, 3), (3, 3)]);
}

#[test]
fn a_stopped_run_is_partial_and_keeps_what_is_done() {
    let keys: Vec<SeriesKey> = (0..4).map(|i| key("us", &format!("S{i}"), "1d")).collect();
    let market = MadeUp(keys.iter().map(|key| (key.to_string(), walk(1, 200, key.timeframe))).collect());
    let cancel = AtomicBool::new(false);
    let stop_after_first = |_: mem_research::run::Progress<'_>| cancel.store(true, Ordering::Relaxed);
    let run = with_threads(1, || run(&config(&keys), &keys, &*cross(5), &market, &stop_after_first, &cancel).unwrap());
    assert!(run.partial);
    assert_eq!(run.totals().tested, 1);
    assert_eq!(run.series.iter().filter(|series| series.outcome == Outcome::NotRun).count(), 3);
}

#[test]
fn what_cannot_be_run_is_said_at_once() {
    let none = MadeUp::default();
    let keys = [key("us", "SPY", "1d")];
    let cancel = AtomicBool::new(false);
    let strategy = cross(5);
    let empty = run(&config(&keys), &[], &*strategy, &none, &|_| (), &cancel);
    assert!(matches!(empty, Err(ResearchError::NoSeries)));
    let mut wrong = config(&keys);
    wrong.sim.leverage = 0.0;
    assert!(matches!(run(&wrong, &keys, &*strategy, &none, &|_| (), &cancel), Err(ResearchError::Config { .. })));
}

/// Longer bars come from the source, under their own timeframe, and count as data.
#[test]
fn longer_bars_are_part_of_the_data() {
    let keys = [key("us", "SPY", "1h")];
    struct Both(MadeUp, Mutex<Vec<String>>);
    impl SeriesSource for Both {
        fn load(&self, key: &SeriesKey, from: Option<Timestamp>, to: Option<Timestamp>) -> Result<Bars, ResearchError> {
            self.1.lock().unwrap().push(key.to_string());
            self.0.load(key, from, to)
        }
    }
    let names = ["us/SPY/1h", "us/SPY/4h"].map(|name| (name.to_owned(), walk(1, 100, "1h".parse().unwrap())));
    let both = Both(MadeUp(names.into()), Mutex::default());
    let config = mem_research::run::RunConfig { higher: vec!["4h".parse().unwrap()], ..config(&keys) };
    let run = run(&config, &keys, &*cross(5), &both, &|_| (), &AtomicBool::new(false)).unwrap();
    let (_, tested) = run.tested().next().unwrap();
    assert_eq!(tested.summary.further_data[0].0, "4h");
    assert_eq!(*both.1.lock().unwrap(), ["us/SPY/1h", "us/SPY/4h"]);
}

/// From files on: bars and recorded funding come out of a catalog, and what is simulated is known as such.
#[test]
fn a_catalog_is_a_source() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path());
    let market = generate(&MarketConfig::new(7, 600));
    let keys: Vec<SeriesKey> = market
        .series
        .iter()
        .map(|(symbol, bars)| {
            let key = SeriesKey {
                venue: MarketConfig::venue(),
                symbol: symbol.clone(),
                timeframe: MarketConfig::new(7, 600).timeframe,
            };
            catalog.write_bars(&key, bars).unwrap();
            key
        })
        .collect();
    let tested = || run(&config(&keys), &keys, &*cross(20), &catalog, &|_| (), &AtomicBool::new(false)).unwrap();
    let before = tested();
    assert!(before.is_simulated());
    assert_eq!(before.totals().tested, keys.len());
    let (_, first) = before.tested().next().unwrap();
    assert_eq!(first.summary.fingerprint, catalog.fingerprint(&keys[0]).unwrap());
    assert!(first.summary.further_data.is_empty());

    let instrument = Instrument { venue: keys[0].venue.clone(), symbol: keys[0].symbol.clone() };
    let payments: Vec<Funding> =
        first.ts_ns.iter().step_by(8).map(|ts| Funding { ts: Timestamp::from_nanos(*ts), rate: 0.001 }).collect();
    catalog.merge_funding(&instrument, &payments).unwrap();
    let after = tested();
    let (_, first) = after.tested().next().unwrap();
    assert_eq!(first.summary.further_data[0].0, "funding");
    assert!(first.summary.carry_paid != 0.0);
    assert_ne!(before.id, after.id);
}
