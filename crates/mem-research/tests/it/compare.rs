//! Comparisons: every candidate is a run of its own, and the thread count changes nothing.

use std::sync::atomic::AtomicBool;

use mem_research::ResearchError;
use mem_research::compare::{Candidate, CompareConfig, Comparison, compare, rankings};
use mem_research::run::{Run, run};
use mem_research::runlog::{Kind, RunLog};
use mem_types::SeriesKey;

use crate::made_up::{MadeUp, config, key, walk};

fn market() -> (Vec<SeriesKey>, MadeUp) {
    let keys: Vec<SeriesKey> = (0..3).map(|i| key("us", &format!("SYM{i}"), "1h")).collect();
    let bars = keys.iter().enumerate().map(|(i, key)| (key.to_string(), walk(i as u64 + 1, 900, key.timeframe)));
    let market = MadeUp(bars.collect());
    (keys, market)
}

fn asked(keys: &[SeriesKey], candidates: &[(&str, &str, i64)]) -> CompareConfig {
    let base = config(keys);
    let candidates = candidates.iter().map(|(label, strategy, slow)| Candidate {
        label: (*label).to_owned(),
        strategy: (*strategy).to_owned(),
        params: if *slow > 0 { vec![("slow".to_owned(), (*slow).into())] } else { Vec::new() },
        sim: base.sim.clone(),
    });
    CompareConfig {
        candidates: candidates.collect(),
        venue: None,
        symbols: base.symbols,
        timeframe: base.timeframe,
        higher: Vec::new(),
        from: None,
        to: None,
    }
}

const CANDIDATES: [(&str, &str, i64); 3] =
    [("quick", "ma_cross", 20), ("slow", "ma_cross", 60), ("score", "fast_score", 0)];

fn compared() -> Comparison {
    let (keys, market) = market();
    compare(&asked(&keys, &CANDIDATES), &keys, &market, &|_, _| (), &AtomicBool::new(false)).unwrap()
}

#[test]
fn every_candidate_is_a_run_of_its_own() {
    let (keys, market) = market();
    let found = compared();
    assert_eq!(found.rows.len(), 3);
    for (row, (label, strategy, slow)) in found.rows.iter().zip(CANDIDATES) {
        assert_eq!(row.label, label);
        let params = if slow > 0 { vec![("slow".to_owned(), slow.into())] } else { Vec::new() };
        let strategy = mem_strategy::build(strategy, &params).unwrap();
        let alone = run(&config(&keys), &keys, &*strategy, &market, &|_| (), &AtomicBool::new(false)).unwrap();
        assert_eq!(row.run, alone.id, "the same run as if it had been made alone");
        let returns: Vec<f64> = alone.tested().filter_map(|(_, tested)| tested.summary.metrics.total_return).collect();
        let mean = returns.iter().sum::<f64>() / 3.0;
        assert!((row.figures.total_return.unwrap() - mean).abs() < 1e-12);
    }
    let ranking = rankings(&found.rows);
    let value = |label: &String| found.rows.iter().find(|row| row.label == *label).unwrap().figures.total_return;
    assert!(ranking.by_return.windows(2).all(|pair| value(&pair[0]) >= value(&pair[1])));
}

#[test]
fn the_thread_count_changes_nothing() {
    let with = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(compared);
    assert_eq!(with(1), with(4));
}

#[test]
fn what_is_kept_comes_back_equal() {
    let data = tempfile::tempdir().unwrap();
    let log = RunLog::new(data.path());
    let found = compared();
    log.keep(&found, "2024-01-01".parse().unwrap()).unwrap();
    assert_eq!(log.load::<Comparison>(&found.id).unwrap(), found);
    assert_eq!(log.kind(&found.id).unwrap(), Kind::Comparison);
    assert_eq!(log.list().unwrap().len(), 4, "the candidates are in the log as well");
    assert_eq!(log.load::<Run>(&found.rows[1].run).unwrap(), found.runs[1]);
    // Without one of its runs the list still shows it, and says what is missing when it is opened.
    log.remove(&found.rows[0].run).unwrap();
    assert!(log.summary(&found.id).is_ok());
    assert!(matches!(log.load::<Comparison>(&found.id), Err(ResearchError::NoSuchRun { .. })));
}

#[test]
fn what_cannot_be_compared_says_why() {
    let (keys, market) = market();
    let says = |candidates: &[(&str, &str, i64)], words: &str| {
        let stop = AtomicBool::new(false);
        let error = compare(&asked(&keys, candidates), &keys, &market, &|_, _| (), &stop).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    says(&[("a", "ma_cross", 20), ("a", "ma_cross", 30)], "two candidates are called 'a'");
    says(&[("a", "nothing", 0)], "nothing");
    says(&[("a", "fast_score", 5)], "slow");
}
