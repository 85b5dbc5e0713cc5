//! The analysis in the reference's words: complete once warm, null before, and never at odds with the decision.

use mem_indicators::ParamValue;
use mem_strategy::confluence::{Analysis, Confluence, Direction, VolumeReadings};
use mem_strategy::{Strategy, StrategyInput};
use mem_types::{Bars, Timeframe};
use mem_venue::sim::market::{MarketConfig, generate};

fn bars() -> Bars {
    generate(&MarketConfig::new(17, 3_000)).series.swap_remove(1).1
}

fn confluence(min_confidence: f64) -> Confluence {
    Confluence::from_params(&[("min_confidence".to_owned(), ParamValue::Float(min_confidence))]).unwrap()
}

fn at(strategy: &Confluence, bars: &Bars, bar: usize) -> Analysis {
    strategy.analyze(&StrategyInput::new(bars.view(), Timeframe::H1), bar).unwrap()
}

#[test]
fn nothing_is_made_up_before_it_is_defined() {
    let analysis = at(&confluence(70.0), &bars(), 10);
    assert_eq!((analysis.signals, analysis.total_score, analysis.raw), (None, None, None));
    assert_eq!((analysis.trend_direction, analysis.volatility_level), (None, None));
    assert_eq!((analysis.overall_signal, analysis.signal_strength), (Direction::Neutral, 0.0));
    assert_eq!((analysis.indicators.trend.adx, analysis.indicators.volatility.bb_width), (None, None));
    assert!(analysis.indicators.volume.obv.is_some() && analysis.decision.is_none());
}

#[test]
fn unknown_volume_is_null_and_does_not_silence_the_rest() {
    let unknown = bars().view().iter().map(|bar| mem_types::Bar { volume: f64::NAN, ..bar }).collect::<Vec<_>>();
    let analysis = at(&confluence(70.0), &Bars::from_bars(unknown).unwrap(), 2_000);
    assert_eq!(analysis.indicators.volume, VolumeReadings { obv: None, obv_trend: None, mfi: None, cmf: None });
    assert_eq!(analysis.signals.unwrap().volume, 0.0);
    assert!(analysis.indicators.momentum.cci.is_some());
}

#[test]
fn the_analysis_agrees_with_itself_and_with_the_decisions() {
    let (bars, strategy) = (bars(), confluence(50.0));
    let input = StrategyInput::new(bars.view(), Timeframe::H1);
    let decided = strategy.decide(&input).unwrap().list;
    assert!(decided.len() > 20, "{}", decided.len());
    for decision in decided.iter().step_by(decided.len() / 20) {
        let analysis = at(&strategy, &bars, decision.bar);
        let taken = analysis.decision.unwrap();
        assert_eq!((taken.intent, taken.confidence), (decision.intent, analysis.signal_strength));
        let raw = analysis.raw.unwrap();
        assert!((32.5..=67.5).contains(&raw.signal_strength), "{raw:?}");
        assert_eq!(raw.signal_strength, (raw.total_score + 10.0) * 5.0);
        let signals = raw.signals;
        let total = 0.25 * signals.momentum + 0.35 * signals.trend + 0.2 * signals.volatility + 0.2 * signals.volume;
        assert!((raw.total_score - total).abs() < 1e-12, "{raw:?}");
        // These hold whatever the market does.
        let trend = analysis.indicators.trend;
        assert_eq!(trend.macd_histogram.unwrap(), trend.macd.unwrap() - trend.macd_signal.unwrap());
        assert!((-100.0..=0.0).contains(&analysis.indicators.momentum.williams_r.unwrap()));
        assert_eq!(strategy.explain(&input, decision.bar).unwrap().reasons, analysis.reasoning);
        let size = strategy.position_size(&analysis, 10_000.0, 0.02).unwrap();
        assert!(size.risk_percent <= 2.0 + 1e-9 && size.position_size * analysis.price <= 10_000.0 * (1.0 + 1e-12));
        assert!((size.risk_reward_ratio - 2.0).abs() < 1e-12);
    }
}
