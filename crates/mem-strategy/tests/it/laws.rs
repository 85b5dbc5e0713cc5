//! Batch = stream, bit for bit; and no decision sees a later bar. Every built-in strategy, with random parameters, on
//! made-up and on simulated bars.

use mem_indicators::{ParamKind, ParamSpec, ParamValue};
use mem_strategy::{Shelf, Strategy, StrategyInput, build, builtins};
use mem_types::{Bar, Bars, Decision, Timeframe, Timestamp};
use mem_venue::sim::market::{MarketConfig, generate};
use proptest::prelude::*;

/// The decisions as text with the bits of every number: equal only if they are the same.
fn bits(decisions: &[Decision]) -> Vec<String> {
    let hex = |number: Option<f64>| number.map(|number| format!("{:016x}", number.to_bits()));
    let line = |decision: &Decision| {
        let numbers = [Some(decision.confidence), decision.stop_distance, decision.target_distance].map(hex);
        format!("{} {:?} {numbers:?}", decision.bar, decision.intent)
    };
    decisions.iter().map(line).collect()
}

/// What a decision maker does with the first so many bars.
type Decide<'a> = &'a dyn Fn(&Bars) -> Vec<Decision>;

/// No look-ahead: what is decided on the first bars does not change when more arrive.
fn prefix_law(decide: Decide<'_>, bars: &Bars, cut: usize) -> Result<(), TestCaseError> {
    let whole = decide(bars);
    let part = decide(&bars.view().slice(0..cut).to_bars());
    let known: Vec<Decision> = whole.into_iter().filter(|decision| decision.bar < cut).collect();
    prop_assert_eq!(bits(&part), bits(&known));
    Ok(())
}

/// Decided twice on one shelf: once by whoever fills it, once by whoever finds it filled.
fn sharing(strategy: &dyn Strategy, bars: &Bars, room: usize) -> Vec<Decision> {
    let shelf = Shelf::new(bars.view(), room);
    let input = StrategyInput::new(bars.view(), Timeframe::H1);
    let first = strategy.decide_sharing(&input, &shelf).unwrap().list;
    let second = strategy.decide_sharing(&input, &shelf).unwrap().list;
    assert_eq!(bits(&first), bits(&second));
    second
}

fn batch(strategy: &dyn Strategy, bars: &Bars) -> Vec<Decision> {
    strategy.decide(&StrategyInput::new(bars.view(), Timeframe::H1)).unwrap().list
}

fn stream(strategy: &dyn Strategy, bars: &Bars) -> Vec<Decision> {
    let mut stream = strategy.stream(Timeframe::H1).unwrap();
    let mut decisions = Vec::new();
    for bar in bars.view().iter() {
        stream.on_bar(&bar, &mut decisions);
    }
    decisions
}

/// A value that the parameter takes, from a number between 0 and 1; averages stay short enough to be defined.
fn pick(spec: &ParamSpec, share: f64) -> ParamValue {
    match spec.kind {
        ParamKind::Int { min, max, .. } => ParamValue::Int(min + (share * (max.min(60) - min) as f64) as i64),
        ParamKind::Float { min, max, .. } => ParamValue::Float(min + share * (max - min)),
        ParamKind::Choice { options, .. } => {
            ParamValue::from(options[((share * options.len() as f64) as usize).min(options.len() - 1)])
        }
    }
}

/// Bars of a simulated market: trends, ranges, jumps. Sometimes with hours missing, sometimes without volume.
fn bars_of(seed: u64, count: usize, every: usize, with_volume: bool) -> Bars {
    let market = generate(&MarketConfig::new(seed, count));
    let (_, bars) = &market.series[(seed % 6) as usize];
    let kept = bars.view().iter().enumerate().filter(|(index, _)| index % 37 >= every).map(|(_, mut bar)| {
        if !with_volume {
            bar.volume = f64::NAN;
        }
        bar
    });
    Bars::from_bars(kept).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn batch_is_stream_and_nothing_sees_the_future(
        which in 0usize..3,
        shares in prop::collection::vec(0.0f64..1.0, 8),
        seed in any::<u64>(),
        count in 60usize..1500,
        every in 0usize..3,
        with_volume in any::<bool>(),
        cut in 0.0f64..1.0,
    ) {
        let spec = &builtins()[which];
        let mut params: Vec<_> =
            spec.params.iter().zip(&shares).map(|(param, share)| (param.name.to_owned(), pick(param, *share))).collect();
        // Low thresholds, so that there is something to compare.
        for (name, value) in &mut params {
            if name == "min_confidence" {
                *value = ParamValue::Float(shares[0] * 60.0);
            }
        }
        let Ok(strategy) = build(spec.name, &params) else { return Ok(()) };
        let bars = bars_of(seed, count, every, with_volume);
        let decided = batch(strategy.as_ref(), &bars);
        prop_assert_eq!(bits(&decided), bits(&stream(strategy.as_ref(), &bars)));
        for room in [1 << 20, 1 << 20, 0] {
            prop_assert_eq!(bits(&decided), bits(&sharing(strategy.as_ref(), &bars, room)));
        }
        prop_assert!(decided.iter().all(|decision| decision.bar >= strategy.warmup()));
        prop_assert!(decided.iter().all(|decision| (0.0..=100.0).contains(&decision.confidence)));
        prefix_law(&|bars| batch(strategy.as_ref(), bars), &bars, (bars.len() as f64 * cut) as usize)?;

        // At some bar along the way, and at every bar with a decision up to a few, the explanation is the decision's.
        let along = (bars.len() as f64 * cut) as usize;
        for bar in decided.iter().map(|decision| decision.bar).take(3).chain([along.min(bars.len() - 1)]) {
            let signal = strategy.explain(&StrategyInput::new(bars.view(), Timeframe::H1), bar).unwrap();
            let there = decided.iter().rev().find(|decision| decision.bar == bar);
            prop_assert_eq!(signal.intent, there.map(|decision| decision.intent));
        }

        let last = bars.len() - 1;
        let signal = strategy.explain(&StrategyInput::new(bars.view(), Timeframe::H1), last).unwrap();
        let on_last = decided.iter().rev().find(|decision| decision.bar == last);
        prop_assert_eq!(signal.intent, on_last.map(|decision| decision.intent));
        prop_assert!(!signal.reasons.is_empty());
        let mut streamed = strategy.stream(Timeframe::H1).unwrap();
        prop_assert!(streamed.signal().is_none());
        for bar in bars.view().iter() {
            streamed.on_bar(&bar, &mut Vec::new());
        }
        prop_assert_eq!(streamed.signal().unwrap(), signal);
    }
}

#[test]
fn a_series_of_several_blocks_has_the_decisions_of_its_stream() {
    let bars = bars_of(33, 12_500, 0, true);
    for spec in builtins() {
        let low = ("min_confidence".to_owned(), ParamValue::Float(30.0));
        let params = if spec.params.iter().any(|param| param.name == low.0) { vec![low] } else { vec![] };
        let strategy = build(spec.name, &params).unwrap();
        let decided = batch(strategy.as_ref(), &bars);
        assert!(decided.len() > 300, "{}: {}", spec.name, decided.len());
        assert_eq!(bits(&decided), bits(&stream(strategy.as_ref(), &bars)), "{}", spec.name);
        assert_eq!(bits(&decided), bits(&sharing(strategy.as_ref(), &bars, 1 << 20)), "{}", spec.name);
    }
}

#[test]
fn a_planted_leak_is_caught() {
    let bars = bars_of(5, 400, 0, true);
    let strategy = build("ma_cross", &[]).unwrap();
    // Decides at each bar what the next bar will show: one bar of the future.
    let leaking = |bars: &Bars| -> Vec<Decision> {
        let decided = batch(strategy.as_ref(), bars);
        decided.into_iter().map(|decision| Decision { bar: decision.bar - 1, ..decision }).collect()
    };
    let caught = (1..bars.len()).filter(|cut| prefix_law(&leaking, &bars, *cut).is_err()).count();
    assert!(caught > 0);
}

#[test]
fn longer_bars_that_are_given_count_only_once_closed() {
    let bars = bars_of(9, 3_000, 0, true);
    let strategy = build("confluence", &[("min_confidence".to_owned(), ParamValue::Float(40.0))]).unwrap();
    let longer: Vec<(Timeframe, Bars)> = [Timeframe::H4, Timeframe::D1]
        .map(|timeframe| (timeframe, mem_types::resample(bars.view(), Timeframe::H1, timeframe).unwrap().bars))
        .into();
    let given: Vec<_> = longer.iter().map(|(timeframe, bars)| (*timeframe, bars.view())).collect();
    let input = StrategyInput { bars: bars.view(), timeframe: Timeframe::H1, higher: &given };
    let decided = strategy.decide(&input).unwrap().list;
    assert!(decided.len() > 50, "{}", decided.len());
    // The same bars resampled inside: the same decisions.
    assert_eq!(bits(&decided), bits(&batch(strategy.as_ref(), &bars)));
    let wrong = StrategyInput { timeframe: Timeframe::D1, ..input };
    assert!(strategy.decide(&wrong).unwrap_err().to_string().contains("no higher timeframe"));
}

#[test]
fn mistakes_are_named() {
    let said = |name: &str, param: &str, value: f64| {
        build(name, &[(param.to_owned(), ParamValue::Float(value))]).unwrap_err().to_string()
    };
    assert!(build("nonsense", &[]).unwrap_err().to_string().contains("ma_cross"));
    assert!(said("confluence", "min_confidence", 101.0).contains("from 0 to 100"));
    assert!(said("confluence", "min_confidnce", 50.0).contains("min_confidence"));
    assert!(said("ma_cross", "fast", 30.0).contains("shorter"));
}

#[test]
fn longer_bars_from_the_future_change_nothing() {
    let bars = bars_of(11, 2_000, 1, true);
    let longer = mem_types::resample(bars.view(), Timeframe::H1, Timeframe::H4).unwrap().bars;
    let higher = [(Timeframe::H4, longer.view())];
    let strategy = build("confluence", &[("min_confidence".to_owned(), ParamValue::Float(40.0))]).unwrap();
    // The longer bars are always given whole, also those that have not closed at the cut.
    let decide = |bars: &Bars| {
        strategy.decide(&StrategyInput { bars: bars.view(), timeframe: Timeframe::H1, higher: &higher }).unwrap().list
    };
    for cut in [500, 501, 502, 503, 504, 1_777] {
        prefix_law(&decide, &bars, cut).unwrap();
    }
}

#[test]
fn a_market_that_stands_still_is_not_called_uncertain() {
    let hour = |hour: i64| Bar {
        ts: Timestamp::from_nanos(hour * 3_600_000_000_000),
        open: 100.0,
        high: 100.0,
        low: 100.0,
        close: 100.0,
        volume: 1.0,
    };
    let bars = Bars::from_bars((0..200).map(hour)).unwrap();
    for name in ["confluence", "fast_score"] {
        let strategy = build(name, &[("min_confidence".to_owned(), ParamValue::Float(0.0))]).unwrap();
        let signal = strategy.explain(&StrategyInput::new(bars.view(), Timeframe::H1), 199).unwrap();
        assert_eq!(signal.intent, None, "{name}");
        let reasons = signal.reasons.join("; ");
        assert!(reasons.contains("average true range is zero"), "{name}: {reasons}");
        assert!(!reasons.contains("Low confidence") && !reasons.contains("below the"), "{name}: {reasons}");
    }
}
