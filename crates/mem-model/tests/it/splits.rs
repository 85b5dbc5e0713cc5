//! Laws of splits, and leaks that are caught.

use std::time::Duration;

use mem_model::feature::{FeatureStream, FeatureTable, Sources, built_in};
use mem_model::label::{LabelDef, Labeler};
use mem_model::table::Table;
use mem_model::validate::leak::{Leak, Suspicion, check_features, check_fold, suspicious_features};
use mem_model::validate::split::{Fold, Span, WalkForward, combinatorial, purged_k_fold, walk_forward};
use mem_types::{Bars, Timeframe, Timestamp};
use proptest::prelude::*;

use crate::made_up::{HOUR, sources};

fn t(hours: i64) -> Timestamp {
    Timestamp::from_nanos(hours * HOUR)
}

/// Decisions an hour or more apart whose labels last some hours.
fn spans() -> impl Strategy<Value = Vec<Span>> {
    prop::collection::vec((0..3i64, 1..12i64), 30..150).prop_map(|steps| {
        let mut at = 0;
        let span = |(step, length): (i64, i64)| {
            at += step;
            Span { t0: t(at), t1: t(at + length) }
        };
        steps.into_iter().map(span).collect()
    })
}

fn overlaps(a: Span, b: Span) -> bool {
    a.t0 < b.t1 && b.t0 < a.t1
}

/// Nothing of the training in the test, by looking at every pair; and nothing kept back that need not be.
fn check_purged(spans: &[Span], fold: &Fold, blocks: &[Vec<usize>], embargo: i64) {
    check_fold(spans, fold).unwrap();
    for train in &fold.train {
        assert!(fold.test.iter().all(|test| !overlaps(spans[*train], spans[*test])), "row {train}");
    }
    for row in (0..spans.len()).filter(|row| !fold.train.contains(row) && !fold.test.contains(row)) {
        let near = blocks.iter().any(|block| {
            let (first, last) = (spans[block[0]].t0, block.iter().map(|row| spans[*row].t1).max().unwrap());
            let reach = Timestamp::from_nanos(last.as_nanos() + embargo * HOUR);
            overlaps(spans[row], Span { t0: first, t1: reach }) || (spans[row].t0 >= last && spans[row].t0 < reach)
        });
        assert!(near, "row {row} was kept back for nothing");
    }
}

fn choose(n: usize, k: usize) -> usize {
    (0..k).fold(1, |product, index| product * (n - index) / (index + 1))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn purging_leaves_no_overlap(spans in spans(), folds in 2..6usize, embargo in 0..10i64) {
        let hours = Duration::from_secs(3600 * embargo as u64);
        let Ok(split) = purged_k_fold(&spans, folds, hours) else { return Ok(()) };
        let mut tested: Vec<usize> = split.iter().flat_map(|fold| fold.test.clone()).collect();
        tested.sort_unstable();
        prop_assert_eq!(tested, (0..spans.len()).collect::<Vec<_>>(), "each row is tested once");
        for fold in &split {
            check_purged(&spans, fold, std::slice::from_ref(&fold.test), embargo);
            let last = fold.test.iter().map(|row| spans[*row].t1).max().unwrap();
            let after = |row: &usize| spans[*row].t0.as_nanos() - last.as_nanos();
            prop_assert!(fold.train.iter().map(after).all(|after| after < 0 || after >= embargo * HOUR));
        }
    }

    #[test]
    fn what_overlaps_is_found(spans in spans(), parts in prop::collection::vec(0..3u8, 150)) {
        let rows = |part: u8| (0..spans.len()).filter(|row| parts[*row] == part).collect::<Vec<_>>();
        let fold = Fold { train: rows(0), test: rows(1) };
        let touches = |train: &usize| fold.test.iter().any(|test| overlaps(spans[*train], spans[*test]));
        match check_fold(&spans, &fold) {
            Ok(()) => prop_assert!(!fold.train.iter().any(touches)),
            Err(Leak::Overlap { train, test }) => prop_assert!(overlaps(spans[train], spans[test])),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn combinations_are_complete(spans in spans(), groups in 3..7usize, tested in 1..3usize, embargo in 0..5i64) {
        let hours = Duration::from_secs(3600 * embargo as u64);
        let Ok(split) = combinatorial(&spans, groups, tested, hours) else { return Ok(()) };
        prop_assert_eq!(split.splits.len(), choose(groups, tested));
        prop_assert_eq!(split.paths.len(), choose(groups - 1, tested - 1), "k/N of the splits");
        for one in &split.splits {
            let blocks: Vec<Vec<usize>> = one.groups.iter().map(|group| (split.groups[*group].0..split.groups[*group].1).collect()).collect();
            prop_assert_eq!(&one.fold.test, &blocks.concat());
            check_purged(&spans, &one.fold, &blocks, embargo);
        }
        // Every test of every split is part of one path, and a path covers every group once.
        let mut used = std::collections::BTreeSet::new();
        for path in &split.paths {
            prop_assert_eq!(path.len(), groups);
            for (group, index) in path.iter().enumerate() {
                prop_assert!(split.splits[*index].groups.contains(&group));
                prop_assert!(used.insert((group, *index)), "used twice");
            }
        }
        prop_assert_eq!(used.len(), split.splits.len() * tested);
    }

    #[test]
    fn walking_forward_knows_the_past_only(spans in spans(), folds in 1..6usize, first in 5..20usize, window in prop::option::of(1..30usize)) {
        let Ok(split) = walk_forward(&spans, WalkForward { folds, first, window }) else { return Ok(()) };
        prop_assert_eq!(split.iter().map(|fold| fold.test.len()).sum::<usize>(), spans.len() - first);
        for fold in &split {
            let start = spans[fold.test[0]].t0;
            let known = (0..fold.test[0]).filter(|row| spans[*row].t1 <= start).collect::<Vec<_>>();
            let expected = &known[known.len().saturating_sub(window.unwrap_or(usize::MAX))..];
            prop_assert_eq!(&fold.train, expected);
            check_fold(&spans, fold).unwrap();
        }
    }
}

#[test]
fn what_cannot_be_split_is_refused() {
    let spans = [(0, 2), (1, 3), (2, 4)].map(|(t0, t1)| Span { t0: t(t0), t1: t(t1) });
    let none = Duration::ZERO;
    assert_eq!(purged_k_fold(&spans, 4, none).unwrap_err().to_string(), "number of folds 4 is not from 2 to 3");
    assert_eq!(purged_k_fold(&spans, 3, none).unwrap_err().to_string(), "no row is left to train on in fold 1");
    let backwards = [spans[1], spans[0]];
    assert_eq!(purged_k_fold(&backwards, 2, none).unwrap_err().to_string(), "row 1 is out of order in time");
    assert!(walk_forward(&spans, WalkForward { folds: 3, first: 1, window: None }).is_err());
    assert!(combinatorial(&vec![spans[0]; 100], 60, 30, none).is_err(), "more splits than anybody wants");
}

#[test]
fn a_training_label_in_the_test_is_caught() {
    let spans = [(0, 2), (1, 3), (3, 4), (4, 9), (5, 6)].map(|(t0, t1)| Span { t0: t(t0), t1: t(t1) });
    let fold = |train: &[usize], test: &[usize]| Fold { train: train.to_vec(), test: test.to_vec() };
    assert_eq!(check_fold(&spans, &fold(&[0, 1, 2], &[3, 4])), Ok(()), "one begins when the other ends");
    assert_eq!(check_fold(&spans, &fold(&[0], &[1, 2])), Err(Leak::Overlap { train: 0, test: 1 }));
    assert_eq!(check_fold(&spans, &fold(&[4], &[2, 3])), Err(Leak::Overlap { train: 4, test: 3 }));
    assert_eq!(check_fold(&spans, &fold(&[2], &[2])), Err(Leak::Both(2)));
}

/// A walk without any memory: honest features know nothing.
fn walk(count: usize) -> Bars {
    let mut state = 42_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let mut close = 100.0;
    let bars = (0..count).map(|hour| {
        let open = close;
        close *= 1.0 + 0.01 * draw();
        let (high, low) = (open.max(close) * 1.001, open.min(close) * 0.999);
        mem_types::Bar { ts: t(hour as i64), open, high, low, close, volume: 1.0 + draw() }
    });
    Bars::from_bars(bars).unwrap()
}

/// `core`, with one feature moved one bar into the future if `planted`.
fn features(bars: &Bars, sources: &Sources, planted: bool) -> FeatureTable {
    let mut found = FeatureStream::batch(&built_in()[1], bars.view(), Timeframe::H1, sources).unwrap();
    if planted {
        let mut columns = found.table.columns().to_vec();
        columns[0].rotate_left(1);
        if let Some(last) = columns[0].last_mut() {
            *last = f64::NAN;
        }
        found.table = Table::new(found.table.names().to_vec(), columns).unwrap();
    }
    found
}

#[test]
fn a_planted_leak_is_caught() {
    let bars = walk(2000);
    let sources = sources(2000, 3);
    let def = LabelDef::Horizon { bars: 1, dead_band: 0.0 };
    let mut labels = vec![f64::NAN; bars.len()];
    for label in Labeler::batch(def, bars.view(), Timeframe::H1, &[]).unwrap() {
        labels[label.row] = label.value;
    }
    let cuts: Vec<Timestamp> = [500, 1200, 1999].map(|row| Timeframe::H1.close_of(bars.view().ts(row))).into();
    for planted in [false, true] {
        let whole = features(&bars, &sources, planted);
        let verdict = check_features(&whole, &cuts, |cut| {
            let known = bars.view().between(None, Some(cut)).to_bars();
            Ok::<_, Leak>(features(&known, &sources, planted))
        });
        let suspects = suspicious_features(&whole.table, &labels, Suspicion::default());
        if planted {
            let known_at = cuts[0];
            assert_eq!(verdict, Err(Leak::Ahead { feature: "return_1".to_owned(), known_at, cut: cuts[0] }));
            assert!(
                suspects.len() == 1 && suspects[0].feature == "return_1" && suspects[0].correlation > 0.99,
                "{suspects:?}"
            );
        } else {
            assert_eq!(verdict, Ok(()));
            assert!(suspects.is_empty(), "{suspects:?}");
        }
    }
    let shorter =
        |cut| Ok::<_, Leak>(features(&bars.view().between(None, Some(cut)).slice(0..9).to_bars(), &sources, false));
    let verdict = check_features(&features(&bars, &sources, false), &cuts, shorter);
    assert_eq!(verdict, Err(Leak::Rows { cut: cuts[0], expected: 501, found: 9 }));
}
