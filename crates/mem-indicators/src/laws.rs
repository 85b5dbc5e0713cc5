//! The laws that every indicator keeps, over made-up bars and parameters.

use mem_types::{Bar, Bars, BarsRef};
use proptest::prelude::*;

use crate::test_bars::{some_params, sound};
use crate::{Indicator, IndicatorSpec, Params, find, registry};

type Build<'a> = &'a dyn Fn() -> Box<dyn Indicator>;

fn run(build: Build<'_>, outputs: usize, bars: BarsRef<'_>) -> Vec<Vec<f64>> {
    let mut columns = vec![vec![0.0; bars.len()]; outputs];
    build().update_many(bars, &mut columns.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>());
    columns
}

fn same(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()))
}

/// Says which law is broken: bars one by one, all at once or in pieces give the same bits, and bars that come later
/// change nothing.
fn broken_law(build: Build<'_>, outputs: usize, bars: BarsRef<'_>, cuts: &[usize]) -> Option<String> {
    let whole = run(build, outputs, bars);

    let mut stream = build();
    let mut values = vec![0.0; outputs];
    for (index, bar) in bars.iter().enumerate() {
        stream.update(&bar, &mut values);
        if !(0..outputs).all(|output| same(&values[output..=output], &whole[output][index..=index])) {
            return Some(format!("batch is not stream at bar {index}: {values:?}"));
        }
    }

    let mut mixed = build();
    let mut from = 0;
    for (turn, cut) in cuts.iter().chain([&bars.len()]).enumerate() {
        let to = bars.len().min(from + cut);
        let mut columns = vec![vec![0.0; to - from]; outputs];
        if turn % 3 == 2 {
            for (index, bar) in bars.slice(from..to).iter().enumerate() {
                mixed.update(&bar, &mut values);
                columns.iter_mut().zip(&values).for_each(|(column, value)| column[index] = *value);
            }
        } else {
            let mut slices: Vec<_> = columns.iter_mut().map(Vec::as_mut_slice).collect();
            mixed.update_many(bars.slice(from..to), &mut slices);
        }
        if !(0..outputs).all(|output| same(&columns[output], &whole[output][from..to])) {
            return Some(format!("pieces are not the whole in bars {from}..{to}"));
        }
        from = to;
    }

    for cut in cuts.iter().scan(0, |at, cut| Some(std::mem::replace(at, *at + cut))) {
        let cut = cut.min(bars.len());
        let part = run(build, outputs, bars.slice(0..cut));
        if !(0..outputs).all(|output| same(&part[output], &whole[output][..cut])) {
            return Some(format!("values before bar {cut} depend on later bars"));
        }
    }
    None
}

/// The warm-up that holds for these bars: as stated, or the bars of the first calendar period.
fn warmups(spec: &IndicatorSpec, params: &Params, bars: BarsRef<'_>) -> Vec<usize> {
    let stated = spec.warmups(params);
    let Some(period) = spec.warmup_calendar(params) else { return stated };
    let first = (0..bars.len()).take_while(|i| period.open_of(bars.ts(*i)) == period.open_of(bars.ts(0))).count();
    assert!(bars.is_empty() || stated.iter().all(|stated| *stated <= first));
    vec![first; stated.len()]
}

fn check(spec: &IndicatorSpec, params: &Params, bars: &Bars, cuts: &[usize]) {
    let broken = broken_law(&|| spec.stream(params), spec.outputs.len(), bars.view(), cuts);
    assert_eq!(broken, None, "{} {params}", spec.name);

    let columns = spec.batch(bars.view(), params);
    let warmups = warmups(spec, params, bars.view());
    assert_eq!(spec.warmup(params), spec.warmups(params).into_iter().max().unwrap());
    for ((column, warmup), output) in columns.iter().zip(warmups).zip(spec.outputs) {
        for (index, value) in column.iter().enumerate() {
            assert_eq!(value.is_nan(), index < warmup, "{} {params} {output} at {index}", spec.name);
            assert!(!value.is_infinite(), "{} {params} {output} at {index}", spec.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_indicator_keeps_the_laws(
        bars in sound(0..500),
        cuts in prop::collection::vec(0..120usize, 0..8),
        seed in any::<u64>(),
    ) {
        for spec in registry() {
            check(spec, &some_params(spec, seed), &bars, &cuts);
        }
    }
}

/// Long series with long windows: several blocks, and windows longer than a block.
#[test]
fn the_laws_hold_across_blocks() {
    let mut state = 7_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    let mut close = 50.0;
    let bars = Bars::from_bars((0..5_000).map(|minute| {
        let open = close;
        close *= 1.0 + 0.01 * (draw() - 0.5);
        Bar {
            ts: mem_types::Timestamp::from_nanos(minute * 1_200_000_000_000),
            open,
            high: open.max(close) * (1.0 + 0.002 * draw()),
            low: open.min(close) * (1.0 - 0.002 * draw()),
            close,
            volume: 100.0 * draw(),
        }
    }))
    .unwrap();
    for spec in registry() {
        check(spec, &spec.defaults(), &bars, &[1, 1023, 1, 1500, 700]);
    }
    let long = |name: &str, given: &[(&str, i64)]| {
        let given: Vec<_> = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        let spec = find(name).unwrap();
        check(spec, &spec.resolve(&given).unwrap(), &bars, &[10, 1500, 3, 1024, 2]);
    };
    long("sma", &[("period", 1500)]);
    long("std_dev", &[("period", 1100)]);
    long("cci", &[("period", 1030)]);
    long("aroon", &[("period", 2047)]);
    long("roc", &[("period", 3000)]);
    long("hull_ma", &[("period", 1025)]);
    long("ichimoku", &[("senkou", 2048), ("displacement", 1000)]);
}

/// The same price for ever: every division by zero has its stated answer.
#[test]
fn flat_prices_have_stated_values() {
    let bars = Bars::from_bars((0..200).map(|hour| Bar {
        ts: mem_types::Timestamp::from_nanos(hour * 3_600_000_000_000),
        open: 0.1,
        high: 0.1,
        low: 0.1,
        close: 0.1,
        volume: 0.0,
    }))
    .unwrap();
    for (name, expected) in [
        ("rsi", vec![0.0]),
        ("stochastic", vec![0.0, 0.0]),
        ("williams_r", vec![0.0]),
        ("cci", vec![0.0]),
        ("roc", vec![0.0]),
        ("momentum", vec![0.0]),
        ("tsi", vec![0.0, 0.0]),
        ("adx", vec![0.0, 0.0, 0.0]),
        ("aroon", vec![100.0, 100.0, 0.0]),
        ("supertrend", vec![0.1, 1.0]),
        ("atr", vec![0.0]),
        ("true_range", vec![0.0]),
        ("std_dev", vec![0.0]),
        ("obv", vec![0.0]),
        ("ad_line", vec![0.0]),
        ("cmf", vec![0.0]),
        ("mfi", vec![0.0]),
        ("vpt", vec![0.0]),
        ("kst", vec![0.0, 0.0]),
        ("mass_index", vec![25.0]),
        ("ultimate_oscillator", vec![0.0]),
        ("vortex", vec![0.0, 0.0]),
    ] {
        let spec = find(name).unwrap();
        let last: Vec<f64> = spec.batch(bars.view(), &spec.defaults()).iter().map(|column| column[199]).collect();
        assert_eq!(last, expected, "{name}");
    }
    let vwap = find("vwap").unwrap();
    let last = vwap.batch(bars.view(), &vwap.defaults())[0][199];
    assert!((last - 0.1).abs() < 1e-15, "nothing traded: the typical price");
}

/// Short windows and flat prices: nothing is defined before its time, not even as 0.
#[test]
fn flat_prices_keep_the_laws() {
    for count in [0, 1, 2, 3, 30, 300] {
        let bars = Bars::from_bars((0..count).map(|hour| Bar {
            ts: mem_types::Timestamp::from_nanos(hour * 3_600_000_000_000),
            open: 7.0,
            high: 7.0,
            low: 7.0,
            close: 7.0,
            volume: 0.0,
        }))
        .unwrap();
        for spec in registry() {
            check(spec, &spec.defaults(), &bars, &[1, 1, 1, 20]);
            for seed in 0..20 {
                check(spec, &some_params(spec, seed), &bars, &[1, 1, 1, 20]);
            }
        }
    }
}

/// Where volume is unknown so is every value that needs it.
#[test]
fn unknown_volume_gives_unknown_values() {
    let bars = Bars::from_bars((0..100).map(|hour| Bar {
        ts: mem_types::Timestamp::from_nanos(hour * 3_600_000_000_000),
        open: 1.0,
        high: 3.0,
        low: 1.0,
        close: 1.0 + (hour % 3) as f64,
        volume: f64::NAN,
    }))
    .unwrap();
    for spec in registry() {
        let defined = spec.batch(bars.view(), &spec.defaults()).iter().flatten().any(|value| !value.is_nan());
        assert_eq!(defined, !spec.uses_volume, "{}", spec.name);
    }
}

/// Looks one bar ahead when it is given many: what the laws are there to catch.
struct Leak;

impl Indicator for Leak {
    fn update(&mut self, bar: &Bar, out: &mut [f64]) {
        out[0] = bar.close;
    }

    fn update_many(&mut self, bars: BarsRef<'_>, out: &mut [&mut [f64]]) {
        for (index, value) in out[0].iter_mut().enumerate() {
            *value = bars.close[(index + 1).min(bars.len() - 1)];
        }
    }
}

/// Scales by the largest close of all: no single bar leaks, the whole does.
struct Scaled;

impl Indicator for Scaled {
    fn update(&mut self, _: &Bar, out: &mut [f64]) {
        out[0] = 1.0;
    }

    fn update_many(&mut self, bars: BarsRef<'_>, out: &mut [&mut [f64]]) {
        let top = bars.close.iter().copied().fold(0.0, f64::max);
        out[0].iter_mut().zip(bars.close).for_each(|(value, close)| *value = close / top);
    }
}

#[test]
fn a_look_ahead_is_caught() {
    let bars = Bars::from_bars((0..50).map(|hour| {
        let price = 100.0 + hour as f64;
        Bar {
            ts: mem_types::Timestamp::from_nanos(hour * 3_600_000_000_000),
            open: price,
            high: price,
            low: price,
            close: price,
            volume: 1.0,
        }
    }))
    .unwrap();
    assert!(broken_law(&|| Box::new(Leak), 1, bars.view(), &[10, 10]).is_some());
    assert!(broken_law(&|| Box::new(Scaled), 1, bars.view(), &[10, 10]).is_some());
    // The prefix law alone sees it too, where batch and stream agree to look ahead.
    let whole = run(&|| Box::new(Scaled), 1, bars.view());
    let part = run(&|| Box::new(Scaled), 1, bars.view().slice(0..20));
    assert!(!same(&part[0], &whole[0][..20]));
}
