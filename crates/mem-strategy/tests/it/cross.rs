//! `ma_cross` against a plain reimplementation.

use mem_indicators::ParamValue;
use mem_strategy::{StrategyInput, build};
use mem_types::{Intent, Timeframe};
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
