//! Laws that hold for any bars, decisions and assumptions.

use mem_research::{
    Backtest, ExitReason, Fees, Fill, Intrabar, OnOpposite, OrdersAt, SimConfig, Sizing, Slippage, TradeRecord,
    simulate,
};
use mem_testkit::real_bars;
use mem_types::{Bar, Bars, BarsRef, Decision, Decisions, Funding, Intent, PositionSide, Timeframe, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::made::{HOUR, plain};
use super::reference::{Outcome, simulate_plainly};

fn seeded(cases: u32, seed: u64) -> ProptestConfig {
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..ProptestConfig::default() }
}

/// Wild hourly bars with gaps in price and in time.
fn any_bars(length: std::ops::Range<usize>) -> impl Strategy<Value = Bars> {
    let row = (-0.03f64..0.03, -0.04f64..0.04, 0.0f64..0.04, 0.0f64..0.04, 0u8..10, 0i64..30);
    prop::collection::vec(row, length).prop_map(|rows| {
        let (mut price, mut ts_ns) = (100.0, 0);
        let bars = rows.into_iter().map(|(gap, body, above, below, volume, pause)| {
            let open = price * (1.0 + gap);
            let close = open * (1.0 + body);
            price = close;
            ts_ns += if pause < 3 { (pause + 1) * 10 * HOUR } else { HOUR };
            Bar {
                ts: Timestamp::from_nanos(ts_ns),
                open,
                high: open.max(close) * (1.0 + above),
                low: open.min(close) * (1.0 - below),
                close,
                volume: if volume == 0 { f64::NAN } else { f64::from(volume) },
            }
        });
        Bars::from_bars(bars).unwrap()
    })
}

fn any_decisions(bars: usize) -> impl Strategy<Value = Decisions> {
    let intent = prop::sample::select(vec![Intent::EnterLong, Intent::EnterShort, Intent::ExitLong, Intent::ExitShort]);
    let distance = || prop::option::of(0.1f64..12.0);
    let decision = (0..bars, intent, distance(), distance(), 0.0f64..100.0);
    prop::collection::vec(decision, 0..usize::max(1, bars / 3)).prop_map(|rows| {
        let mut list: Vec<Decision> = rows
            .into_iter()
            .map(|(bar, intent, stop_distance, target_distance, confidence)| Decision {
                bar,
                intent,
                confidence,
                stop_distance,
                target_distance,
            })
            .collect();
        list.sort_by_key(|decision| decision.bar);
        Decisions { list }
    })
}

fn any_config() -> impl Strategy<Value = SimConfig> {
    let sizing = prop_oneof![
        Just(Sizing::AllIn),
        (0.05f64..1.0).prop_map(|fraction| Sizing::Fraction { fraction }),
        (10.0f64..5000.0).prop_map(|notional| Sizing::Notional { notional }),
        (0.1f64..30.0).prop_map(|units| Sizing::Units { units }),
        (0.001f64..0.1, 0.1f64..1.0).prop_map(|(risk, cap)| Sizing::Risk { risk, cap }),
    ];
    let slippage = prop_oneof![
        Just(Slippage::None),
        (0.0f64..50.0).prop_map(|bps| Slippage::Bps { bps }),
        (0.0f64..0.002).prop_map(|base| Slippage::Spread { base, cap: 0.005 }),
        (0.0f64..2.0, 0.05f64..1.0).prop_map(|(coefficient, limit)| Slippage::VolumeShare { coefficient, limit }),
    ];
    let sometimes = |range: std::ops::Range<f64>| prop_oneof![Just(0.0), range];
    let costs = (sometimes(0.0..0.01), sometimes(0.0..0.02), sometimes(-0.003..0.003), sometimes(0.0..0.5));
    let rules = (
        prop::sample::select(vec![Fill::NextOpen, Fill::SameClose]),
        prop::sample::select(vec![Intrabar::StopFirst, Intrabar::TargetFirst, Intrabar::NearestFirst]),
        prop::sample::select(vec![OnOpposite::Reverse, OnOpposite::Close, OnOpposite::Ignore]),
        prop::bool::weighted(0.8),
        prop::sample::select(vec![OrdersAt::Fill, OrdersAt::Decision]),
    );
    (sizing, slippage, costs, rules, prop::sample::select(vec![1.0, 1.0, 2.0, 10.0]), 0.0f64..0.05).prop_map(
        |(sizing, slippage, (maker, taker, funding_8h, borrow_annual), rules, leverage, maintenance_margin)| {
            let (fill, intrabar, on_opposite, allow_short, orders_at) = rules;
            SimConfig {
                initial_capital: 1000.0,
                fill,
                orders_at,
                fees: Fees { maker, taker },
                slippage,
                funding_8h,
                borrow_annual,
                sizing,
                leverage,
                maintenance_margin,
                allow_short,
                intrabar,
                on_opposite,
            }
        },
    )
}

fn any_funding() -> impl Strategy<Value = Vec<Funding>> {
    prop_oneof![
        2 => Just(Vec::new()),
        1 => prop::collection::vec((1i64..20, -0.002f64..0.002), 1..30).prop_map(|rows| {
            let mut hour = 0;
            rows.into_iter().map(|(step, rate)| {
                hour += step;
                Funding { ts: Timestamp::from_nanos(hour * HOUR), rate }
            }).collect()
        }),
    ]
}

prop_compose! {
    fn anything(length: std::ops::Range<usize>)(bars in any_bars(length), funding in any_funding(), config in any_config())
        (decisions in any_decisions(bars.len()), bars in Just(bars), funding in Just(funding), config in Just(config))
        -> (Bars, Decisions, Vec<Funding>, SimConfig) { (bars, decisions, funding, config) }
}

fn near(found: f64, expected: f64, scale: f64) -> bool {
    (found - expected).abs() <= 1e-9 * scale.abs().max(1.0)
}

fn compare(found: &Backtest, plain: &Outcome) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.trades.len(), plain.trades.len());
    for (one, other) in found.trades.iter().zip(&plain.trades) {
        let place = |t: &TradeRecord| (t.entry_bar, t.exit_bar, t.side, t.exit_reason);
        prop_assert_eq!(place(one), (other.entry_bar, other.exit_bar, other.side, other.reason));
        prop_assert!(near(one.entry_price, other.entry_price, other.entry_price), "{one:?} {other:?}");
        prop_assert!(near(one.exit_price, other.exit_price, other.exit_price), "{one:?} {other:?}");
        prop_assert!(near(one.size, other.size, other.size), "{one:?} {other:?}");
        prop_assert!(near(one.fees, other.fees, 1000.0) && near(one.carry, other.carry, 1000.0), "{one:?} {other:?}");
        prop_assert!(near(one.equity_after, other.cash_after, 1000.0), "{one:?} {other:?}");
        let sign = one.side.sign();
        let gross = sign * (other.exit_price - other.entry_price) * other.size;
        prop_assert!(near(one.pnl, gross - other.fees - other.carry, 1000.0), "{one:?} {other:?}");
        let moves: Vec<f64> = other.seen.iter().map(|price| sign * (price / other.entry_price - 1.0) * 100.0).collect();
        let (worst, best) = (moves.iter().copied().fold(0.0, f64::min), moves.iter().copied().fold(0.0, f64::max));
        prop_assert!(near(one.mae_pct, worst, 100.0) && near(one.mfe_pct, best, 100.0), "{one:?} {worst} {best}");
    }
    for (bar, (one, other)) in found.equity.iter().zip(&plain.equity).enumerate() {
        prop_assert!(near(*one, *other, 1000.0), "equity at {bar}: {one} {other}");
    }
    let mut held = found.position_changes.iter().peekable();
    let mut now = 0.0;
    for (bar, expected) in plain.position.iter().enumerate() {
        while let Some((_, qty)) = held.next_if(|(changed, _)| *changed <= bar) {
            now = *qty;
        }
        prop_assert!(near(now, *expected, *expected), "position at {bar}: {now} {expected}");
    }
    prop_assert_eq!(found.refused_entries, plain.refused);
    prop_assert_eq!(found.open_position.as_ref().map(|open| open.entry_bar), plain.open_entry_bar);
    Ok(())
}

proptest! {
    #![proptest_config(seeded(3000, 1))]

    #[test]
    fn two_simulators_agree((bars, decisions, funding, config) in anything(1..120)) {
        let found = simulate(bars.view(), Timeframe::H1, &decisions, &funding, &config).unwrap();
        compare(&found, &simulate_plainly(bars.view(), Timeframe::H1, &decisions, &funding, &config))?;
    }
}

proptest! {
    #![proptest_config(seeded(1000, 2))]

    #[test]
    fn money_is_neither_made_nor_lost((bars, decisions, funding, config) in anything(1..300)) {
        let found = simulate(bars.view(), Timeframe::H1, &decisions, &funding, &config).unwrap();
        let profits: f64 = found.trades.iter().map(|trade| trade.pnl).sum();
        let open = found.open_position.as_ref().map_or(0.0, |open| open.unrealised_pnl);
        let expected = config.initial_capital + profits + open;
        prop_assert_eq!(found.equity.len(), bars.len());
        prop_assert!(near(*found.equity.last().unwrap(), expected, expected.abs() + 1000.0));
        let fees: f64 = found.trades.iter().map(|trade| trade.fees).sum();
        prop_assert!(found.fees_paid >= fees - 1e-9);
    }

    #[test]
    fn bars_to_come_change_nothing(
        (bars, decisions, funding, config) in anything(2..150),
        cut in 0.0f64..1.0,
        shift in 0.5f64..2.0,
    ) {
        let cut = 1 + (cut * (bars.len() - 1) as f64) as usize;
        let altered = altered_from(&bars, cut, shift);
        let early = Decisions { list: decisions.list.iter().copied().filter(|decision| decision.bar < cut).collect() };
        let one = simulate(bars.view(), Timeframe::H1, &decisions, &funding, &config).unwrap();
        let other = simulate(altered.view(), Timeframe::H1, &early, &funding, &config).unwrap();
        prop_assert_eq!(&one.equity[..cut], &other.equity[..cut]);
        prop_assert_eq!(closed_before(&one, cut), closed_before(&other, cut));
    }

    #[test]
    fn levels_fill_no_better_than_they_stand((bars, decisions, _, config) in anything(1..200)) {
        let config = SimConfig { slippage: Slippage::None, ..config };
        let found = simulate(bars.view(), Timeframe::H1, &decisions, &[], &config).unwrap();
        for trade in &found.trades {
            let bar = bars.view().bar(trade.exit_bar);
            prop_assert!(bar.low <= trade.exit_price && trade.exit_price <= bar.high, "{trade:?} {bar:?}");
            let entered_on = trade.entry_bar - usize::from(config.fill == Fill::NextOpen);
            let distances = || decisions.list.iter().filter(|decision| decision.bar == entered_on);
            let sign = trade.side.sign();
            match trade.exit_reason {
                // At the stop of one of the decisions of that bar, or worse at the open.
                ExitReason::StopLoss => {
                    let at_level = distances().filter_map(|d| d.stop_distance)
                        .any(|distance| trade.exit_price == trade.entry_price - sign * distance);
                    prop_assert!(at_level || (trade.exit_price == bar.open && sign * (bar.open - trade.entry_price) <= 0.0));
                }
                ExitReason::TakeProfit => {
                    let at_level = distances().filter_map(|d| d.target_distance)
                        .any(|distance| trade.exit_price == trade.entry_price + sign * distance);
                    prop_assert!(at_level || (trade.exit_price == bar.open && sign * (bar.open - trade.entry_price) > 0.0));
                }
                ExitReason::Signal | ExitReason::Reversal | ExitReason::Liquidation => {}
            }
        }
    }

    #[test]
    fn costs_only_reduce(
        (bars, decisions, _, config) in anything(1..200),
        taker in 0.0f64..0.01,
        bps in 0.0f64..20.0,
    ) {
        // A fixed small size, so that costs do not change what is traded.
        let free = SimConfig {
            initial_capital: 1e6,
            sizing: Sizing::Units { units: 1.0 },
            fill: config.fill,
            on_opposite: config.on_opposite,
            allow_short: config.allow_short,
            ..plain()
        };
        let untouched = Decisions { list: decisions.list.iter().map(|decision| Decision { stop_distance: None, target_distance: None, ..*decision }).collect() };
        let fees = Fees { maker: taker, taker };
        let costly = SimConfig { fees, slippage: Slippage::Bps { bps }, borrow_annual: config.borrow_annual, ..free.clone() };
        let one = simulate(bars.view(), Timeframe::H1, &untouched, &[], &free).unwrap();
        let other = simulate(bars.view(), Timeframe::H1, &untouched, &[], &costly).unwrap();
        prop_assert_eq!(one.trades.len(), other.trades.len());
        prop_assert!(one.equity.iter().zip(&other.equity).all(|(free, costly)| *costly <= *free + 1e-6));
        prop_assert!(one.trades.iter().zip(&other.trades).all(|(free, costly)| costly.pnl <= free.pnl + 1e-9));
    }
}

/// The same bars up to `cut`, others from there on.
fn altered_from(bars: &Bars, cut: usize, shift: f64) -> Bars {
    let changed = bars.view().iter().enumerate().map(|(index, bar)| {
        if index < cut {
            return bar;
        }
        Bar {
            open: bar.open * shift,
            high: bar.high * shift * 1.01,
            low: bar.low * shift * 0.99,
            close: bar.close * shift,
            volume: bar.volume * shift,
            ..bar
        }
    });
    Bars::from_bars(changed).unwrap()
}

fn closed_before(backtest: &Backtest, bar: usize) -> Vec<TradeRecord> {
    backtest.trades.iter().filter(|trade| trade.exit_bar < bar).cloned().collect()
}

/// Whether what a strategy made before `cut` depends on bars from `cut` on.
fn sees_the_future(strategy: fn(BarsRef<'_>) -> Decisions, bars: &Bars, cut: usize) -> bool {
    let curve = |bars: &Bars| {
        let backtest = simulate(bars.view(), Timeframe::H1, &strategy(bars.view()), &[], &plain()).unwrap();
        backtest.equity[..cut].to_vec()
    };
    curve(bars) != curve(&altered_from(bars, cut, 1.5))
}

/// Long after a rise from the close before, flat after a fall; `ahead` bars of the future are looked at.
fn follow(bars: BarsRef<'_>, ahead: usize) -> Decisions {
    let list = (1..bars.len().saturating_sub(ahead)).map(|bar| Decision {
        bar,
        intent: if bars.close[bar + ahead] > bars.close[bar - 1] { Intent::EnterLong } else { Intent::ExitLong },
        confidence: 50.0,
        stop_distance: None,
        target_distance: None,
    });
    Decisions { list: list.collect() }
}

#[test]
fn a_planted_leak_is_caught() {
    let closes: Vec<f64> = (0..200).map(|i| 100.0 + 10.0 * f64::sin(i as f64) + f64::from(i % 7)).collect();
    let bars = super::made::still(&closes);
    let caught = |strategy| (20..180).filter(|cut| sees_the_future(strategy, &bars, *cut)).count();
    assert_eq!(caught(|bars| follow(bars, 0)), 0);
    assert!(caught(|bars| follow(bars, 3)) > 20);
}

#[test]
fn two_simulators_agree_on_real_candles() {
    for (path, timeframe) in [
        ("crypto_1h/binance_um_SOLUSDT_1h.csv.gz", "1h"),
        ("us_stock_daily/AAPL_1d.csv.gz", "1d"),
        ("us_hourly_raw/SPY_1h_raw.csv.gz", "1h"),
    ] {
        let Some(bars) = real_bars(path) else { continue };
        let bars = bars.view();
        let mut list = Vec::new();
        for bar in (50..bars.len()).step_by(7) {
            let range: f64 = (bar - 14..bar).map(|i| bars.high[i] - bars.low[i]).sum::<f64>() / 14.0;
            let rising = bars.close[bar] > bars.close[bar - 50];
            list.push(Decision {
                bar,
                intent: if rising { Intent::EnterLong } else { Intent::EnterShort },
                confidence: 60.0,
                stop_distance: Some(2.0 * range),
                target_distance: Some(3.0 * range),
            });
        }
        let decisions = Decisions { list };
        let timeframe: Timeframe = timeframe.parse().unwrap();
        for fill in [Fill::NextOpen, Fill::SameClose] {
            let config = SimConfig {
                fill,
                sizing: Sizing::Risk { risk: 0.02, cap: 1.5 },
                leverage: 2.0,
                slippage: Slippage::Spread { base: 0.0001, cap: 0.005 },
                funding_8h: 0.0001,
                borrow_annual: 0.05,
                ..SimConfig::default()
            };
            let found = simulate(bars, timeframe, &decisions, &[], &config).unwrap();
            assert!(found.trades.len() > 100, "{path}: {}", found.trades.len());
            assert!(found.trades.iter().any(|trade| trade.side == PositionSide::Short));
            compare(&found, &simulate_plainly(bars, timeframe, &decisions, &[], &config)).unwrap();
        }
    }
}
