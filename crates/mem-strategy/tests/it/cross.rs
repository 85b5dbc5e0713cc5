//! `ma_cross` against a plain reimplementation.

use mem_indicators::ParamValue;
use mem_strategy::{StrategyInput, build};
use mem_types::{Bar, Bars, Intent, Timeframe, Timestamp};
use mem_venue::sim::market::{MarketConfig, generate};

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn crosses_are_where_plain_averages_cross() {
    let market = generate(&MarketConfig::new(21, 2_000));
    let (_, bars) = &market.series[2];
    let params = [("fast", 7), ("slow", 19)].map(|(name, value)| (name.to_owned(), ParamValue::Int(value)));
    let mut both = params.to_vec();
    both.push(("direction".to_owned(), "both".into()));
    let strategy = build("ma_cross", &both).unwrap();
    let decided = strategy.decide(&StrategyInput::new(bars.view(), Timeframe::H1)).unwrap().list;

    let close = bars.view().close;
    let spread = |i: usize| mean(&close[i + 1 - 7..=i]) - mean(&close[i + 1 - 19..=i]);
    let mut expected = Vec::new();
    for i in 19..close.len() {
        if spread(i) > 0.0 && spread(i - 1) <= 0.0 {
            expected.extend([(i, Intent::ExitShort), (i, Intent::EnterLong)]);
        } else if spread(i) < 0.0 && spread(i - 1) >= 0.0 {
            expected.extend([(i, Intent::ExitLong), (i, Intent::EnterShort)]);
        }
    }
    let found: Vec<_> = decided.iter().map(|decision| (decision.bar, decision.intent)).collect();
    assert!(expected.len() > 100);
    assert_eq!(found, expected);
    assert_eq!(strategy.warmup(), 19);
}

/// Long enough that averages computed piece by piece meet several seams.
#[test]
fn a_long_series_has_the_crosses_of_its_stream() {
    let market = generate(&MarketConfig::new(33, 30_000));
    let (_, bars) = &market.series[0];
    for (fast, slow) in [("sma", "sma"), ("ema", "wma"), ("hull_ma", "tema")] {
        let params = [("fast_type", fast), ("slow_type", slow), ("direction", "both")];
        let params = params.map(|(name, value)| (name.to_owned(), ParamValue::from(value)));
        let strategy = build("ma_cross", &params).unwrap();
        let decided = strategy.decide(&StrategyInput::new(bars.view(), Timeframe::H1)).unwrap().list;
        let mut stream = strategy.stream(Timeframe::H1).unwrap();
        let mut streamed = Vec::new();
        for bar in bars.view().iter() {
            stream.on_bar(&bar, &mut streamed);
        }
        assert!(decided.len() > 1_000, "{fast}, {slow}: {}", decided.len());
        assert_eq!(decided, streamed, "{fast}, {slow}");
    }
}

/// Where the price zigzags, short averages cross at every bar: a seam that lost the bar before it would show.
#[test]
fn no_cross_is_lost_at_a_seam() {
    let count = 30_000;
    let zigzag = (0..count).map(|i| {
        let price = 100.0 + (i % 2) as f64;
        let ts = Timestamp::from_nanos(i as i64 * 3_600_000_000_000);
        Bar { ts, open: price, high: price, low: price, close: price, volume: 1.0 }
    });
    let bars = Bars::from_bars(zigzag).unwrap();
    let mut params = [("fast", 2), ("slow", 3)].map(|(name, value)| (name.to_owned(), ParamValue::Int(value))).to_vec();
    params.push(("direction".to_owned(), "both".into()));
    let strategy = build("ma_cross", &params).unwrap();
    let decided = strategy.decide(&StrategyInput::new(bars.view(), Timeframe::H1)).unwrap().list;
    let entries: Vec<usize> = decided.iter().skip(1).step_by(2).map(|decision| decision.bar).collect();
    assert_eq!(entries, (3..count).collect::<Vec<_>>());
}
