//! Laws of features: stream and batch agree to the bit, and nothing looks ahead.

use mem_model::feature::{FeatureError, FeatureSet, FeatureStream, FeatureTable, Score, Sources, built_in};
use mem_types::{Bars, Timeframe, Timestamp};
use proptest::prelude::*;

use crate::made_up::{HOUR, bars, sources};

fn batch(set: &FeatureSet, bars: &Bars, sources: &Sources) -> FeatureTable {
    FeatureStream::batch(set, bars.view(), Timeframe::H1, sources).unwrap()
}

fn bits(table: &FeatureTable, row: usize) -> Vec<u64> {
    table.table.columns().iter().map(|column| column[row].to_bits()).collect()
}

/// What of `sources` was known at `t`.
fn cut(sources: &Sources, t: Timestamp) -> Sources {
    let mut known = sources.clone();
    for (bars, timeframe) in known.references.values_mut() {
        let closed = bars.view().ts_ns.partition_point(|ts| timeframe.close_of(Timestamp::from_nanos(*ts)) <= t);
        *bars = bars.view().slice(0..closed).to_bars();
    }
    for scores in known.sentiments.values_mut() {
        scores.retain(|score| score.known_at <= t);
    }
    known
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_row_is_the_same_on_data_cut_at_its_close(bars in bars(1..600), at in 0.0..1.0f64, seed: u64) {
        let sources = sources(700, seed);
        let row = ((bars.len() - 1) as f64 * at) as usize;
        for set in built_in() {
            let whole = batch(&set, &bars, &sources);
            let known = cut(&sources, whole.known_at[row]);
            let part = batch(&set, &bars.view().slice(0..row + 1).to_bars(), &known);
            for earlier in 0..=row {
                prop_assert_eq!(bits(&whole, earlier), bits(&part, earlier), "{} at {}", set.name, earlier);
            }
        }
    }

    #[test]
    fn bar_by_bar_is_all_at_once(bars in bars(1..600), cuts in prop::collection::vec(0..300usize, 0..4), seed: u64) {
        let sources = sources(700, seed);
        for set in built_in() {
            let whole = batch(&set, &bars, &sources);
            // Some bars at once, then one by one, with other series arriving as they become known.
            let start = cuts.first().copied().unwrap_or(0).min(bars.len());
            let mut stream = FeatureStream::new(&set, Timeframe::H1).unwrap();
            let mut done = Timestamp::from_nanos(i64::MIN);
            let mut row = Vec::new();
            let mut rows = Vec::new();
            if start > 0 {
                done = whole.known_at[start - 1];
                stream.offer(&cut(&sources, done)).unwrap();
                let first = stream.extend(bars.view().slice(0..start)).unwrap();
                rows.extend((0..start).map(|row| bits(&first, row)));
            }
            for bar in bars.view().slice(start..bars.len()).iter() {
                let now = Timeframe::H1.close_of(bar.ts);
                offer_between(&mut stream, &sources, done, now);
                prop_assert_eq!(stream.push(&bar, &mut row).unwrap(), now);
                rows.push(row.iter().map(|value| value.to_bits()).collect());
                done = now;
            }
            for (index, row) in rows.into_iter().enumerate() {
                prop_assert_eq!(row, bits(&whole, index), "{} at {}", set.name, index);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Scores come whenever they come, many of them after the row that they might have borne on. Each counts from the earliest time that is still
    /// open; with those times, all at once gives the bits that were given out one by one.
    #[test]
    fn scores_that_come_late_count_from_then_on(
        bars in bars(2..200),
        come in prop::collection::vec((0i64..200 * HOUR, -30 * HOUR..3 * HOUR, -1.0..1.0f64), 0..120),
    ) {
        let set = built_in().remove(1);
        let mut stream = FeatureStream::new(&set, Timeframe::H1).unwrap();
        // When each comes, and when it was known by its own account, most often before.
        let mut come: Vec<(i64, Score)> = come
            .into_iter()
            .map(|(at, apart, value)| (at, Score { known_at: Timestamp::from_nanos(at + apart), value }))
            .collect();
        come.sort_by_key(|(at, _)| *at);
        let mut waiting = come.into_iter().peekable();
        let (mut kept, mut rows, mut row) = (Vec::new(), Vec::new(), Vec::new());
        for bar in bars.view().iter() {
            while let Some((_, score)) = waiting.next_if(|(at, _)| *at <= bar.ts.as_nanos()) {
                let known_at = score.known_at.max(stream.earliest_score("news"));
                let score = Score { known_at, ..score };
                stream.offer_score("news", score).unwrap();
                kept.push(score);
            }
            stream.push(&bar, &mut row).unwrap();
            rows.push(row.iter().map(|value| value.to_bits()).collect::<Vec<u64>>());
        }
        let mut sources = Sources::default();
        sources.sentiments.insert("news".to_owned(), kept);
        let whole = batch(&set, &bars, &sources);
        for (index, row) in rows.into_iter().enumerate() {
            prop_assert_eq!(row, bits(&whole, index), "row {}", index);
        }
    }
}

/// Offers what was known later than `after` and by `now`.
fn offer_between(stream: &mut FeatureStream, sources: &Sources, after: Timestamp, now: Timestamp) {
    let due = |t: Timestamp| after < t && t <= now;
    for (role, (bars, timeframe)) in &sources.references {
        for bar in bars.view().iter().filter(|bar| due(timeframe.close_of(bar.ts))) {
            stream.offer_reference(role, &bar, *timeframe).unwrap();
        }
    }
    for (source, scores) in &sources.sentiments {
        for score in scores.iter().filter(|score| due(score.known_at)) {
            stream.offer_score(source, *score).unwrap();
        }
    }
}

#[test]
fn what_comes_too_late_is_refused() {
    let set = &built_in()[1];
    let mut stream = FeatureStream::new(set, Timeframe::H1).unwrap();
    let bars = Bars::from_columns(vec![0], vec![1.0], vec![1.0], vec![1.0], vec![1.0], vec![1.0]).unwrap();
    let bar = bars.view().bar(0);
    stream.push(&bar, &mut Vec::new()).unwrap();
    let late = Score { known_at: Timestamp::from_nanos(HOUR), value: 1.0 };
    assert!(matches!(stream.offer_score("news", late), Err(FeatureError::Late { .. })));
    assert!(matches!(stream.offer_reference("market", &bar, Timeframe::H1), Err(FeatureError::Late { .. })));
    assert!(matches!(stream.push(&bar, &mut Vec::new()), Err(FeatureError::OutOfOrder { .. })));
}
