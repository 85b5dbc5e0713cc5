//! Laws of labels and weights, and barriers by hand.

use mem_model::label::{Barriers, Label, LabelDef, Labeler, Vertical, weight};
use mem_types::{Bar, Bars, PositionSide, Timeframe, Timestamp};
use proptest::prelude::*;

use crate::made_up::{HOUR, bars};

fn barriers(bars: usize) -> Barriers {
    Barriers { up: 0.8, down: 0.5, bars, volatility_bars: 5, min_width: 0.001, vertical: Vertical::Sign }
}

fn kinds(bars: usize) -> [LabelDef; 5] {
    [
        LabelDef::Horizon { bars, dead_band: 0.01 },
        LabelDef::TripleBarrier(barriers(bars)),
        LabelDef::Meta { barriers: barriers(bars), min_return: 0.002 },
        LabelDef::Regime { bars: bars + 1, volatility_bars: 7, volatile: 1.2, trend: 0.5 },
        LabelDef::TrendScan { shortest: 2, longest: bars + 1, min_t: 1.0 },
    ]
}

fn sides(count: usize, seed: u64) -> Vec<Option<PositionSide>> {
    let choice = |row: u64| match (row * 2_654_435_761 + seed % 1_000_003) % 7 {
        0 | 1 => Some(PositionSide::Long),
        2 | 3 => Some(PositionSide::Short),
        _ => None,
    };
    (0..count as u64).map(choice).collect()
}

fn batch(def: LabelDef, bars: &Bars, sides: &[Option<PositionSide>]) -> Vec<Label> {
    Labeler::batch(def, bars.view(), Timeframe::H1, sides).unwrap()
}

fn log(a: f64, b: f64) -> f64 {
    libm::log(a / b)
}

/// Sample deviation of the last `count` returns at `row`, computed from the prices alone.
fn deviation(close: &[f64], row: usize, count: usize) -> Option<f64> {
    let first = (row + 1).checked_sub(count)?;
    if first == 0 {
        return None;
    }
    let returns: Vec<f64> = (first..=row).map(|bar| log(close[bar], close[bar - 1])).collect();
    let mean = returns.iter().sum::<f64>() / count as f64;
    Some((returns.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1) as f64).sqrt())
}

/// Class and bar of settlement of a long or short decision, looking ahead freely.
fn barrier_by_looking_ahead(bars: &Bars, row: usize, side: PositionSide, how: &Barriers) -> Option<(i32, usize, f64)> {
    let view = bars.view();
    let sigma = deviation(view.close, row, how.volatility_bars)?;
    let scale = sigma * (how.bars as f64).sqrt();
    let (gain, loss) = ((how.up * scale).max(how.min_width), (how.down * scale).max(how.min_width));
    let entry = view.close[row];
    let (top, bottom) = match side {
        PositionSide::Long => (entry * gain.exp(), entry * (-loss).exp()),
        PositionSide::Short => (entry * loss.exp(), entry * (-gain).exp()),
    };
    for end in row + 1..view.len().min(row + how.bars + 1) {
        let bar = view.bar(end);
        let (over, under) = (bar.high >= top, bar.low <= bottom);
        if bar.open >= top || bar.open <= bottom {
            return Some((if bar.open >= top { 1 } else { -1 }, end, bar.open));
        }
        if over || under {
            let up = over && !(under && side == PositionSide::Long);
            return Some(if up { (1, end, top) } else { (-1, end, bottom) });
        }
    }
    let end = row + how.bars;
    (end < view.len()).then(|| {
        let change = log(view.close[end], entry);
        (i32::from(change > 0.0) - i32::from(change < 0.0), end, view.close[end])
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn labels_are_the_same_as_they_become_known(bars in bars(1..200), ahead in 1..20usize, seed: u64) {
        let sides = sides(bars.len(), seed);
        for def in kinds(ahead) {
            let all = batch(def, &bars, &sides);
            let mut labeler = Labeler::new(def, Timeframe::H1).unwrap();
            let mut known = Vec::new();
            for (row, bar) in bars.view().iter().enumerate() {
                let before = known.len();
                labeler.push(&bar, sides[row], &mut known);
                let close = Timeframe::H1.close_of(bar.ts);
                prop_assert!(known[before..].iter().all(|label| label.t1 == close && label.end == row && label.t0 < close));
                // What is known now is what all data says was known now.
                let cut: Vec<Label> = all.iter().copied().filter(|label| label.t1 <= close).collect();
                let mut sorted = known.clone();
                sorted.sort_by_key(|label: &Label| label.row);
                prop_assert_eq!(&sorted, &cut);
            }
            prop_assert_eq!(known.len(), all.len());
            prop_assert!(all.windows(2).all(|pair| pair[0].row < pair[1].row));
        }
    }

    #[test]
    fn labels_are_what_looking_ahead_says(bars in bars(30..200), ahead in 1..20usize, seed: u64) {
        let sides = sides(bars.len(), seed);
        let close = bars.view().close;
        let [horizon, triple, meta, regime, scan] = kinds(ahead).map(|def| batch(def, &bars, &sides));
        prop_assert_eq!(horizon.len(), bars.len().saturating_sub(ahead));
        for label in &horizon {
            let change = log(close[label.row + ahead], close[label.row]);
            prop_assert_eq!((label.end, label.value), (label.row + ahead, change));
            prop_assert_eq!(label.class, i32::from(change > 0.01) - i32::from(change < -0.01));
        }
        let how = barriers(ahead);
        let mut expected = 0;
        for (row, entry) in close.iter().enumerate() {
            let Some((class, end, price)) = barrier_by_looking_ahead(&bars, row, PositionSide::Long, &how) else { continue };
            expected += 1;
            let found = triple.iter().find(|label| label.row == row).unwrap();
            prop_assert_eq!((found.class, found.end), (class, end));
            prop_assert!((found.log_return - log(price, *entry)).abs() < 1e-12);
        }
        prop_assert_eq!(triple.len(), expected);
        for label in &meta {
            let side = sides[label.row].unwrap();
            let (_, end, price) = barrier_by_looking_ahead(&bars, label.row, side, &how).unwrap();
            let gain = log(price, close[label.row]) * side.sign();
            prop_assert!(label.end == end && (label.value - gain).abs() < 1e-12);
            prop_assert_eq!(label.class, i32::from(label.value > 0.002));
        }
        for label in &regime {
            let (future, usual) = (deviation(close, label.row + ahead + 1, ahead + 1).unwrap(), deviation(close, label.row, 7).unwrap());
            let strength = log(close[label.end], close[label.row]) / (future * ((ahead + 1) as f64).sqrt());
            // Where both deviations are the same but for rounding, either may be the larger.
            if (future - 1.2 * usual).abs() > 1e-9 && (strength.abs() - 0.5).abs() > 1e-9 {
                let class = if future > 1.2 * usual { 3 } else if strength > 0.5 { 0 } else if strength < -0.5 { 1 } else { 2 };
                prop_assert_eq!(label.class, class);
            }
        }
        prop_assert_eq!(scan.len(), bars.len().saturating_sub(ahead + 1));
        prop_assert!(scan.iter().all(|label| label.end == label.row + ahead + 1));
    }

    #[test]
    fn weights_sum_to_what_they_should(bars in bars(40..200), ahead in 1..20usize, seed: u64, oldest in -0.9..=1.0f64) {
        for def in kinds(ahead) {
            let labels = batch(def, &bars, &sides(bars.len(), seed));
            if labels.is_empty() {
                continue;
            }
            let count = labels.len() as f64;
            let unique = weight::uniqueness(&labels, bars.len());
            prop_assert!(unique.iter().all(|unique| *unique > 0.0 && *unique <= 1.0));
            // Every bar that is covered is shared out once.
            let mut covered = vec![false; bars.len()];
            labels.iter().for_each(|label| covered[label.row + 1..=label.end].fill(true));
            let shares: f64 = labels.iter().zip(&unique).map(|(label, unique)| unique * (label.end - label.row) as f64).sum();
            prop_assert!((shares - covered.iter().filter(|covered| **covered).count() as f64).abs() < 1e-9);
            let decay = weight::time_decay(&unique, oldest);
            prop_assert!(decay.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12), "older labels weigh no more");
            let returns = weight::return_attribution(&labels, bars.view().close);
            let balance = weight::class_balance(&labels);
            let joined = weight::joined(&[unique, decay.clone(), returns.clone(), balance.clone()]);
            for weights in [&decay, &returns, &balance, &joined] {
                prop_assert!((weights.iter().sum::<f64>() - count).abs() < 1e-9 * count);
                prop_assert!(weights.iter().all(|weight| *weight >= 0.0));
            }
            let classes: std::collections::BTreeSet<i32> = labels.iter().map(|label| label.class).collect();
            for class in &classes {
                let of_class = labels.iter().zip(&balance).filter(|(label, _)| label.class == *class);
                let sum: f64 = of_class.map(|(_, weight)| weight).sum();
                prop_assert!((sum - count / classes.len() as f64).abs() < 1e-9 * count);
            }
        }
    }
}

/// Bars that wobble by one in a hundred for six bars, then the given ones (open, high, low, close).
fn after_a_wobble(then: &[[f64; 4]]) -> Bars {
    let wobble = [100.0, 101.0, 100.0, 101.0, 100.0, 101.0, 100.0].map(|close| [close; 4]);
    let all = wobble.iter().chain(then).enumerate().map(|(hour, [open, high, low, close])| {
        let ts = Timestamp::from_nanos(hour as i64 * HOUR);
        Bar { ts, open: *open, high: *high, low: *low, close: *close, volume: 1.0 }
    });
    Bars::from_bars(all).unwrap()
}

#[test]
fn barriers_by_hand() {
    // At the last bar of the wobble sigma is about 0.0109; barriers at once and twice sigma times the root of four bars.
    let how = Barriers { up: 1.0, down: 0.5, bars: 4, volatility_bars: 6, min_width: 0.0, vertical: Vertical::Zero };
    let quiet = [100.0, 100.2, 99.8, 100.0];
    for (then, class, end, why) in [
        (vec![quiet, [100.0, 103.0, 99.9, 102.0]], Some(1), 8, "the upper barrier"),
        (vec![quiet, [100.0, 100.1, 98.0, 99.0]], Some(-1), 8, "the lower barrier"),
        (vec![[100.0, 103.0, 98.0, 102.0]], Some(-1), 7, "both in one bar: the loss"),
        (vec![[103.0, 104.0, 97.0, 98.0]], Some(1), 7, "an open beyond a barrier comes before what follows in the bar"),
        (vec![quiet, quiet, quiet, quiet], Some(0), 10, "neither within four bars"),
        (vec![quiet, quiet, quiet], None, 0, "not settled yet"),
    ] {
        let labels = batch(LabelDef::TripleBarrier(how), &after_a_wobble(&then), &[]);
        let found = labels.iter().find(|label| label.row == 6);
        assert_eq!(found.map(|label| label.class), class, "{why}");
        if let Some(found) = found {
            assert_eq!(found.end, end, "{why}");
        }
    }
    // For a short decision the upper barrier is the one of loss, and nearer.
    let sides: Vec<_> = (0..8).map(|row| (row == 6).then_some(PositionSide::Short)).collect();
    let def = LabelDef::Meta { barriers: how, min_return: 0.0 };
    let labels = batch(def, &after_a_wobble(&[[100.0, 103.0, 97.0, 97.5]]), &sides);
    assert_eq!(labels.len(), 1);
    assert!(labels[0].class == 0 && labels[0].value < 0.0 && labels[0].log_return > 0.0, "{labels:?}");
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    let refused = |def: LabelDef| Labeler::new(def, Timeframe::H1).unwrap_err().to_string();
    assert_eq!(refused(LabelDef::Horizon { bars: 1, dead_band: -0.1 }), "dead band -0.1 is not a number of at least 0");
    assert!(refused(LabelDef::Horizon { bars: 0, dead_band: 0.0 }).starts_with("horizon 0 is not a count"));
    assert!(refused(LabelDef::TrendScan { shortest: 5, longest: 4, min_t: 0.0 }).starts_with("longest line 4"));
    let json = serde_json::to_string(&LabelDef::TripleBarrier(barriers(4))).unwrap();
    assert!(json.starts_with(r#"{"kind":"triple_barrier","up":0.8"#), "{json}");
    assert_eq!(serde_json::from_str::<LabelDef>(&json).unwrap(), LabelDef::TripleBarrier(barriers(4)));
}
