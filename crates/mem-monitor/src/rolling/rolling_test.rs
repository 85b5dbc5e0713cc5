use proptest::prelude::*;

use super::*;

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

fn at(nanos: i64) -> Timestamp {
    Timestamp::from_nanos(1_700_000_040 * SECOND + nanos)
}

fn trade(nanos: i64, pnl: f64, return_pct: f64) -> ClosedTrade {
    let symbol = "BTCUSDT".parse().unwrap();
    ClosedTrade { at: at(nanos), symbol, pnl, return_pct, slippage_bps: 3.0, expected_slippage_bps: 1.0 }
}

fn near(left: Option<f64>, right: f64) {
    let left = left.expect("a figure");
    assert!((left - right).abs() <= 1e-9 * right.abs().max(1.0), "{left} is not {right}");
}

#[test]
fn nothing_has_no_figures() {
    let figures = Rolling::new(RollingConfig::default()).figures(at(0));
    for window in figures.spans.iter().chain([&figures.recent]) {
        assert_eq!((window.trades, window.win_rate, window.profit_factor, window.sharpe), (0, None, None, None));
        assert_eq!((window.max_drawdown_pct, window.slippage_bps), (None, None));
    }
    assert_eq!((figures.total.win_rate, figures.total.current_equity, figures.total.sharpe_ratio), (None, None, None));
    assert_eq!(figures.spans.iter().map(|window| window.window.as_str()).collect::<Vec<_>>(), ["24h", "7d"]);
}

#[test]
fn figures_by_hand() {
    let mut rolling = Rolling::new(RollingConfig::default());
    for (hours, pnl, return_pct) in [(0, 30.0, 3.0), (1, -10.0, -1.0), (2, -20.0, -2.0), (3, 10.0, 1.0)] {
        rolling.trade(&trade(hours * HOUR, pnl, return_pct)).unwrap();
    }
    let figures = rolling.figures(at(4 * HOUR));
    let recent = &figures.recent;
    assert_eq!((recent.trades, recent.wins, recent.losses, recent.pnl), (4, 2, 2, 10.0));
    near(recent.win_rate, 50.0);
    near(recent.profit_factor, 40.0 / 30.0);
    near(recent.slippage_bps, 3.0);
    near(recent.slippage_excess_bps, 2.0);
    // Returns 3, -1, -2, 1: mean 0.25, squared distances 14.75 in sum, over n - 1 = 3.
    let per_trade = 0.25 / (14.75_f64 / 3.0).sqrt();
    near(recent.sharpe_per_trade, per_trade);
    // Four trades in four hours: one an hour.
    near(recent.sharpe, per_trade * (365.25_f64 * 24.0).sqrt());
    near(figures.total.sharpe_ratio, per_trade * (365.25_f64 * 24.0).sqrt());
    near(figures.spans[0].sharpe, per_trade * (365.25_f64 * 4.0).sqrt());
    assert_eq!(figures.total.losing_streak, 0);
    assert_eq!(rolling.figures(at(25 * HOUR + 1)).spans[0].trades, 2);
}

#[test]
fn returns_that_never_differ_have_no_sharpe() {
    let mut rolling = Rolling::new(RollingConfig::default());
    for hour in 0..50 {
        rolling.trade(&trade(hour * HOUR, 1.0, 0.1)).unwrap();
    }
    let figures = rolling.figures(at(50 * HOUR));
    assert_eq!((figures.recent.sharpe, figures.total.sharpe_ratio, figures.recent.profit_factor), (None, None, None));
}

#[test]
fn streaks_count_up_to_the_newest() {
    let mut rolling = Rolling::new(RollingConfig::default());
    for (second, pnl) in [1.0, -1.0, -1.0, 0.0, -1.0].into_iter().enumerate() {
        rolling.trade(&trade(second as i64, pnl, pnl)).unwrap();
    }
    let total = rolling.figures(at(9)).total;
    assert_eq!((total.losing_streak, total.winning_trades, total.losing_trades, total.total_trades), (3, 1, 3, 5));
}

#[test]
fn the_value_that_stood_as_the_window_opened_counts() {
    let mut rolling = Rolling::new(RollingConfig { span_hours: vec![1], ..RollingConfig::default() });
    rolling.equity(at(0), 100.0).unwrap();
    rolling.equity(at(2 * HOUR), 80.0).unwrap();
    rolling.equity(at(2 * HOUR + MINUTE), 90.0).unwrap();
    let figures = rolling.figures(at(2 * HOUR + 2 * MINUTE));
    near(figures.spans[0].max_drawdown_pct, 20.0);
    near(figures.spans[0].drawdown_pct, 10.0);
    near(figures.total.max_drawdown, 20.0);
    near(figures.total.total_return, -10.0);
    assert!(figures.spans[0].complete);
}

#[test]
fn what_is_not_a_number_is_refused_and_changes_nothing() {
    let mut rolling = Rolling::new(RollingConfig::default());
    let before = rolling.clone();
    let error = rolling.trade(&trade(0, f64::NAN, 1.0)).unwrap_err();
    assert_eq!(error.to_string(), "pnl is NaN: expected a finite number");
    assert!(rolling.equity(at(0), f64::INFINITY).is_err());
    assert_eq!(rolling, before);
}

#[test]
fn memory_is_bounded_and_what_was_forgotten_is_told() {
    let config = RollingConfig { trades: 10, max_trades: 100, ..RollingConfig::default() };
    let mut rolling = Rolling::new(config);
    for second in 0..1_000 {
        rolling.trade(&trade(second * SECOND, 1.0, 1.0)).unwrap();
    }
    let figures = rolling.figures(at(1_000 * SECOND));
    assert_eq!((figures.spans[0].trades, figures.spans[0].complete), (100, false));
    assert_eq!((figures.recent.trades, figures.recent.complete, figures.total.total_trades), (10, true, 1_000));
    for minute in 0..20_000 {
        rolling.equity(at(minute * MINUTE), 100.0).unwrap();
    }
    assert!(serde_json::to_string(&rolling).unwrap().len() < 2_000_000);
    assert!(rolling.figures(at(20_000 * MINUTE)).spans[1].complete, "a week of minutes is remembered");
}

#[test]
fn configurations_are_checked() {
    assert_eq!(RollingConfig::default().validate(), Ok(()));
    let config = RollingConfig { span_hours: vec![0], ..RollingConfig::default() };
    assert_eq!(config.validate(), Err("monitor.span_hours is 0: expected 1 to 8760".to_owned()));
}

#[test]
fn state_survives_being_written_down() {
    let mut rolling = Rolling::new(RollingConfig::default());
    rolling.trade(&trade(0, 2.5, 0.5)).unwrap();
    rolling.trade(&trade(HOUR, -1.5, -0.25)).unwrap();
    rolling.equity(at(HOUR), 101.0).unwrap();
    let text = serde_json::to_string(&rolling).unwrap();
    assert_eq!(serde_json::from_str::<Rolling>(&text).unwrap(), rolling);
}

/// What can be fed: seconds since the thing before, and a trade's profit or an equity.
fn fed() -> impl Strategy<Value = Vec<(i64, bool, f64)>> {
    prop::collection::vec((0..20_000_i64, any::<bool>(), -50.0..100.0_f64), 0..120)
}

proptest! {
    /// Every figure of every window is what the definition says, computed again from all that was ever fed.
    #[test]
    fn windows_are_what_their_definition_says(fed in fed(), wait in 0..200_000_i64, trades in 1..30_usize) {
        let config = RollingConfig { trades, span_hours: vec![24], ..RollingConfig::default() };
        let mut rolling = Rolling::new(config);
        let (mut now, mut closed, mut equity) = (0, Vec::new(), Vec::new());
        for (seconds, is_trade, value) in fed {
            now += seconds * SECOND;
            if is_trade {
                rolling.trade(&trade(now, value, value / 10.0)).unwrap();
                closed.push((now, value));
            } else {
                rolling.equity(at(now), 1_000.0 + value).unwrap();
                equity.push((now, 1_000.0 + value));
            }
        }
        now += wait * SECOND;
        let figures = rolling.figures(at(now));
        let since = now - 24 * HOUR;
        let newest = &closed[closed.len().saturating_sub(trades)..];
        let inside: Vec<_> = closed.iter().copied().filter(|(when, _)| *when > since).collect();
        for (window, trades, start) in
            [(&figures.recent, newest, newest.first().map(|first| first.0)), (&figures.spans[0], &inside[..], Some(since))]
        {
            prop_assert_eq!(window.trades, trades.len());
            prop_assert_eq!(window.wins, trades.iter().filter(|(_, pnl)| *pnl > 0.0).count());
            let sum: f64 = trades.iter().map(|(_, pnl)| pnl).sum();
            prop_assert!((window.pnl - sum).abs() < 1e-6);
            prop_assert!(window.complete);
            prop_assert!(window.sharpe.is_none_or(f64::is_finite));
            prop_assert_eq!(window.profit_factor.is_some(), window.losses > 0);
            let expected = start.and_then(|start| deepest(&equity, start));
            prop_assert_eq!(window.max_drawdown_pct.is_some(), expected.is_some());
            if let (Some(told), Some(expected)) = (window.max_drawdown_pct, expected) {
                prop_assert!((told - expected).abs() < 1e-9, "{} is not {}", told, expected);
            }
        }
    }

    /// Figures of everything follow from all that was fed.
    #[test]
    fn totals_are_what_their_definition_says(returns in prop::collection::vec(-5.0..5.0_f64, 2..200)) {
        let mut rolling = Rolling::new(RollingConfig::default());
        let mut value = 1_000.0;
        for (hour, return_pct) in returns.iter().enumerate() {
            value *= 1.0 + return_pct / 100.0;
            rolling.trade(&trade(hour as i64 * HOUR, *return_pct, *return_pct)).unwrap();
            rolling.equity(at(hour as i64 * HOUR), value).unwrap();
        }
        let total = rolling.figures(at(returns.len() as i64 * HOUR)).total;
        let count = returns.len() as f64;
        let mean = returns.iter().sum::<f64>() / count;
        let deviation = (returns.iter().map(|each| (each - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
        let expected = mean / deviation * (365.25_f64 * 24.0).sqrt();
        prop_assert!((total.sharpe_ratio.unwrap() - expected).abs() < 1e-6 * expected.abs().max(1.0));
        prop_assert_eq!(total.total_trades as usize, returns.len());
    }
}

/// Deepest fall in percent over the values from the minute of `start` on and the one before, by brute force.
fn deepest(equity: &[(i64, f64)], start: i64) -> Option<f64> {
    let minute = |nanos: i64| at(nanos).as_nanos().div_euclid(MINUTE);
    let first = equity.partition_point(|(when, _)| minute(*when) < minute(start)).saturating_sub(1);
    let values = &equity[first..];
    let falls = values.iter().enumerate().flat_map(|(index, (_, high))| {
        values[index..].iter().map(move |(_, low)| ((high - low) / high).max(0.0) * 100.0)
    });
    falls.reduce(f64::max)
}

/// Asking every second must cost next to nothing. Run with `--ignored --nocapture` in release for the figure.
#[test]
#[ignore = "a measurement"]
fn cost_of_asking() {
    let mut rolling = Rolling::new(RollingConfig { trades: 10_000, ..RollingConfig::default() });
    for number in 0..10_000 {
        rolling.trade(&trade(number * 8 * SECOND, (number % 7) as f64 - 3.0, (number % 5) as f64)).unwrap();
    }
    for minute in 0..10_080 {
        rolling.equity(at(minute * MINUTE), 1_000.0 + (minute % 13) as f64).unwrap();
    }
    let begun = std::time::Instant::now();
    for round in 0..1_000 {
        std::hint::black_box(rolling.figures(at(10_080 * MINUTE + round)));
    }
    println!("{:?} a time", begun.elapsed() / 1_000);
}
