//! Cases worked by hand.

use mem_research::{
    Backtest, ExitReason, Fees, Fill, Intrabar, OnOpposite, ResearchError, SimConfig, Sizing, Slippage, simulate,
};
use mem_types::Intent::{EnterLong, EnterShort, ExitLong, ExitShort};
use mem_types::{Bars, Decision, Decisions, Funding, Intent, PositionSide, Timeframe, Timestamp};

use super::made::{HOUR, bracket, decision, decisions, hourly, plain, still};

fn run(bars: &Bars, decisions: &Decisions, config: &SimConfig) -> Backtest {
    simulate(bars.view(), Timeframe::H1, decisions, &[], config).unwrap()
}

/// `(entry bar, entry price, exit bar, exit price, reason)` of every trade.
fn fills(backtest: &Backtest) -> Vec<(usize, f64, usize, f64, ExitReason)> {
    let fill = |t: &mem_research::TradeRecord| (t.entry_bar, t.entry_price, t.exit_bar, t.exit_price, t.exit_reason);
    backtest.trades.iter().map(fill).collect()
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn decisions_fill_at_the_next_open_or_at_the_same_close() {
    let bars = hourly(&[
        (10.0, 12.0, 9.0, 11.0),
        (12.0, 14.0, 11.0, 13.0),
        (14.0, 16.0, 13.0, 15.0),
        (16.0, 18.0, 15.0, 17.0),
    ]);
    let list = decisions(&[(0, EnterLong), (2, ExitLong)]);
    let next = run(&bars, &list, &plain());
    assert_eq!(fills(&next), [(1, 12.0, 3, 16.0, ExitReason::Signal)]);
    assert_eq!(next.equity, [1000.0, 1001.0, 1003.0, 1004.0]);
    assert_eq!(next.position_changes, [(0, 0.0), (1, 1.0), (3, 0.0)]);
    let same = run(&bars, &list, &SimConfig { fill: Fill::SameClose, ..plain() });
    assert_eq!(fills(&same), [(0, 11.0, 2, 15.0, ExitReason::Signal)]);
    assert_eq!(same.equity, [1000.0, 1002.0, 1004.0, 1004.0]);
    assert_eq!(same.position_changes, [(0, 1.0), (2, 0.0)]);
}

#[test]
fn what_is_decided_on_the_last_bar_has_no_next_open() {
    let bars = still(&[10.0, 10.0]);
    let backtest = run(&bars, &decisions(&[(1, EnterLong)]), &plain());
    assert_eq!((backtest.trades.len(), backtest.open_position, backtest.refused_entries), (0, None, 0));
    let same = run(&bars, &decisions(&[(1, EnterLong)]), &SimConfig { fill: Fill::SameClose, ..plain() });
    assert_eq!(same.open_position.unwrap().entry_bar, 1);
}

#[test]
fn levels_are_where_the_fill_puts_them_and_gaps_fill_at_the_open() {
    use ExitReason::{StopLoss, TakeProfit};
    // Decided at 100 on bar 0, filled at the open of bar 1 (100), stop 5 and target 10 away.
    let calm = (100.0, 101.0, 99.0, 100.0);
    for (intent, rows, expected) in [
        // The entry bar itself is tested.
        (EnterLong, vec![calm, (100.0, 101.0, 94.0, 100.0), calm], Some((1, 95.0, StopLoss))),
        (EnterLong, vec![calm, (100.0, 110.0, 99.0, 100.0), calm], Some((1, 110.0, TakeProfit))),
        (EnterShort, vec![calm, (100.0, 105.0, 99.0, 100.0), calm], Some((1, 105.0, StopLoss))),
        (EnterShort, vec![calm, (100.0, 101.0, 90.0, 100.0), calm], Some((1, 90.0, TakeProfit))),
        // A later bar touches a level exactly, or nearly.
        (EnterLong, vec![calm, calm, (100.0, 101.0, 95.0, 100.0)], Some((2, 95.0, StopLoss))),
        (EnterLong, vec![calm, calm, (100.0, 109.9, 95.1, 100.0)], None),
        // It opens beyond.
        (EnterLong, vec![calm, calm, (93.0, 112.0, 92.0, 100.0)], Some((2, 93.0, StopLoss))),
        (EnterLong, vec![calm, calm, (112.0, 113.0, 90.0, 100.0)], Some((2, 112.0, TakeProfit))),
        (EnterShort, vec![calm, calm, (107.0, 108.0, 80.0, 100.0)], Some((2, 107.0, StopLoss))),
        (EnterShort, vec![calm, calm, (88.0, 108.0, 80.0, 100.0)], Some((2, 88.0, TakeProfit))),
        // Both levels in one bar: the stop by default.
        (EnterLong, vec![calm, calm, (100.0, 111.0, 94.0, 100.0)], Some((2, 95.0, StopLoss))),
    ] {
        let backtest = run(&hourly(&rows), &bracket(0, intent, 5.0, 10.0), &plain());
        let expected: Vec<_> = expected.iter().map(|(bar, price, reason)| (1, 100.0, *bar, *price, *reason)).collect();
        assert_eq!(fills(&backtest), expected, "{intent:?} {rows:?}");
    }
}

#[test]
fn after_an_entry_at_the_close_the_next_bar_is_the_first_tested() {
    let bars = hourly(&[(100.0, 130.0, 70.0, 100.0), (100.0, 101.0, 99.0, 100.0), (100.0, 101.0, 94.0, 100.0)]);
    let config = SimConfig { fill: Fill::SameClose, ..plain() };
    let backtest = run(&bars, &bracket(0, EnterLong, 5.0, 10.0), &config);
    assert_eq!(fills(&backtest), [(0, 100.0, 2, 95.0, ExitReason::StopLoss)]);
}

#[test]
fn one_bar_with_stop_and_target_follows_the_rule() {
    let bars = hourly(&[(100.0, 100.0, 100.0, 100.0), (100.0, 112.0, 94.0, 100.0)]);
    for (intrabar, price) in
        [(Intrabar::StopFirst, 95.0), (Intrabar::TargetFirst, 110.0), (Intrabar::NearestFirst, 95.0)]
    {
        let backtest = run(&bars, &bracket(0, EnterLong, 5.0, 10.0), &SimConfig { intrabar, ..plain() });
        assert_eq!(backtest.trades[0].exit_price, price, "{intrabar:?}");
    }
}

#[test]
fn nothing_is_entered_before_the_exit_has_happened() {
    // The stop is hit inside bar 2; the entry decided on bar 2 fills at the open of bar 3, not before.
    let bars = hourly(&[
        (100.0, 101.0, 99.0, 100.0),
        (100.0, 101.0, 99.0, 100.0),
        (100.0, 101.0, 90.0, 92.0),
        (93.0, 94.0, 92.0, 93.0),
    ]);
    let mut list = bracket(0, EnterLong, 5.0, 50.0).list;
    list.push(decision(1, EnterLong));
    list.push(decision(2, EnterLong));
    let backtest = run(&bars, &Decisions { list }, &plain());
    assert_eq!(fills(&backtest), [(1, 100.0, 2, 95.0, ExitReason::StopLoss)]);
    let open = backtest.open_position.unwrap();
    assert_eq!((open.entry_bar, open.entry_price), (3, 93.0));
}

#[test]
fn an_opposite_entry_reverses_closes_or_is_ignored() {
    let bars = still(&[100.0, 100.0, 110.0, 110.0, 105.0]);
    let list = decisions(&[(0, EnterLong), (1, EnterShort)]);
    let with = |on_opposite, allow_short| run(&bars, &list, &SimConfig { on_opposite, allow_short, ..plain() });

    let reversed = with(OnOpposite::Reverse, true);
    assert_eq!(fills(&reversed), [(1, 100.0, 2, 110.0, ExitReason::Reversal)]);
    assert_eq!(reversed.position_changes, [(0, 0.0), (1, 1.0), (2, -1.0)]);
    assert_eq!(reversed.equity, [1000.0, 1000.0, 1010.0, 1010.0, 1015.0]);
    let open = reversed.open_position.unwrap();
    assert_eq!((open.side, open.unrealised_pnl), (PositionSide::Short, 5.0));

    let closed = with(OnOpposite::Close, true);
    assert_eq!(fills(&closed), [(1, 100.0, 2, 110.0, ExitReason::Signal)]);
    assert_eq!((closed.open_position, closed.refused_entries), (None, 0));

    let ignored = with(OnOpposite::Ignore, true);
    assert_eq!((ignored.trades.len(), ignored.open_position.unwrap().side), (0, PositionSide::Long));

    let long_only = with(OnOpposite::Reverse, false);
    assert_eq!(fills(&long_only), [(1, 100.0, 2, 110.0, ExitReason::Signal)]);
    assert_eq!((long_only.open_position, long_only.refused_entries), (None, 1));
}

#[test]
fn exits_close_their_own_side_only_and_may_share_a_bar_with_an_entry() {
    let bars = still(&[100.0, 100.0, 110.0, 120.0, 120.0]);
    let list = decisions(&[(0, EnterLong), (1, ExitShort), (2, ExitLong), (2, EnterShort)]);
    let backtest = run(&bars, &list, &plain());
    assert_eq!(fills(&backtest), [(1, 100.0, 3, 120.0, ExitReason::Signal)]);
    assert_eq!(backtest.open_position.unwrap().side, PositionSide::Short);
    assert_eq!(backtest.position_changes, [(0, 0.0), (1, 1.0), (3, -1.0)]);
}

#[test]
fn fees_and_slippage_are_paid_on_both_ways() {
    let bars = still(&[100.0, 100.0, 110.0, 110.0]);
    let list = decisions(&[(0, EnterLong), (1, ExitLong)]);
    let config = SimConfig {
        fees: Fees { maker: 0.001, taker: 0.01 },
        slippage: Slippage::Bps { bps: 100.0 },
        sizing: Sizing::Units { units: 2.0 },
        ..plain()
    };
    let backtest = run(&bars, &list, &config);
    let trade = &backtest.trades[0];
    close(trade.entry_price, 101.0);
    close(trade.exit_price, 108.9);
    close(trade.fees, 0.01 * 2.0 * (101.0 + 108.9));
    close(trade.pnl, 2.0 * (108.9 - 101.0) - trade.fees);
    close(trade.pnl_pct, trade.pnl / 202.0 * 100.0);
    close(trade.equity_after, 1000.0 + trade.pnl);
    close(backtest.fees_paid, trade.fees);
    close(backtest.traded_notional, 2.0 * (101.0 + 108.9));
    // A target rests at the venue: no slippage, maker fee.
    let mut target = bracket(0, EnterLong, 50.0, 5.0);
    target.list[0].stop_distance = None;
    let backtest = run(&bars, &target, &config);
    let trade = &backtest.trades[0];
    assert_eq!((trade.exit_price, trade.exit_reason), (110.0, ExitReason::TakeProfit));
    close(trade.fees, 0.01 * 202.0 + 0.001 * 220.0);
}

#[test]
fn all_in_leaves_no_cash() {
    let bars = still(&[100.0, 100.0, 100.0, 100.0]);
    let config = SimConfig { sizing: Sizing::AllIn, fees: Fees { maker: 0.0, taker: 0.01 }, ..plain() };
    let backtest = run(&bars, &decisions(&[(0, EnterLong), (1, ExitLong)]), &config);
    let trade = &backtest.trades[0];
    close(trade.size * 100.0 * 1.01, 1000.0);
    close(trade.equity_after, 1000.0 / 1.01 * 0.99);
}

#[test]
fn a_risk_size_loses_its_risk_at_the_stop() {
    let bars = hourly(&[(100.0, 101.0, 99.0, 100.0), (100.0, 101.0, 94.0, 96.0)]);
    let config = SimConfig { sizing: Sizing::Risk { risk: 0.02, cap: 1.0 }, ..plain() };
    let backtest = run(&bars, &bracket(0, EnterLong, 5.0, 50.0), &config);
    close(backtest.trades[0].pnl, -20.0);
}

#[test]
fn a_leveraged_long_is_liquidated_where_equity_meets_the_margin() {
    // 1000 of equity buys 5000 at 100: 50 units, 4000 borrowed. Equity 50 p - 4000 = 0.05 x 50 p at p = 84.2105.
    let config = SimConfig { sizing: Sizing::AllIn, leverage: 5.0, maintenance_margin: 0.05, ..plain() };
    let level = 4000.0 / (50.0 * 0.95);
    let bars = hourly(&[(100.0, 100.0, 100.0, 100.0), (100.0, 101.0, 90.0, 95.0), (95.0, 96.0, 84.0, 90.0)]);
    let backtest = run(&bars, &decisions(&[(0, EnterLong)]), &config);
    let trade = &backtest.trades[0];
    assert_eq!(trade.exit_reason, ExitReason::Liquidation);
    close(trade.exit_price, level);
    close(backtest.equity[2], 1000.0 + 50.0 * (level - 100.0));
    // A gap through everything leaves debt, and nothing can be entered after that.
    let bars = hourly(&[
        (100.0, 100.0, 100.0, 100.0),
        (100.0, 100.0, 95.0, 95.0),
        (70.0, 71.0, 69.0, 70.0),
        (70.0, 71.0, 69.0, 70.0),
    ]);
    let backtest = run(&bars, &decisions(&[(0, EnterLong), (2, EnterLong)]), &config);
    assert_eq!(fills(&backtest), [(1, 100.0, 2, 70.0, ExitReason::Liquidation)]);
    close(backtest.equity[3], -500.0);
    assert_eq!(backtest.refused_entries, 1);
    // A nearer stop comes first.
    let bars = hourly(&[(100.0, 100.0, 100.0, 100.0), (100.0, 100.0, 80.0, 95.0)]);
    let backtest = run(&bars, &bracket(0, EnterLong, 10.0, 50.0), &config);
    assert_eq!(fills(&backtest), [(1, 100.0, 1, 90.0, ExitReason::StopLoss)]);
}

#[test]
fn a_short_without_leverage_is_liquidated_when_the_price_nearly_doubles() {
    let config = SimConfig { sizing: Sizing::AllIn, maintenance_margin: 0.25, ..plain() };
    let bars = hourly(&[(100.0, 100.0, 100.0, 100.0), (100.0, 159.0, 90.0, 150.0), (150.0, 170.0, 140.0, 160.0)]);
    let backtest = run(&bars, &decisions(&[(0, EnterShort)]), &config);
    assert_eq!(fills(&backtest), [(1, 100.0, 2, 160.0, ExitReason::Liquidation)]);
    close(backtest.trades[0].pnl, -600.0);
}

#[test]
fn funding_is_paid_by_what_is_held_through_the_instant() {
    // Hours 0 to 17; payments at 8 and 16.
    let bars = still(&[100.0; 18]);
    let constant = SimConfig { funding_8h: 0.01, ..plain() };
    let at = |hour: i64| Funding { ts: Timestamp::from_nanos(hour * HOUR), rate: 0.01 };
    let series = [at(8), at(16)];
    for (fill, enter, exit, payments) in [
        (Fill::NextOpen, 2, 5, 0.0),
        // Filled at the open of hour 8, after the payment; closed at the open of hour 16, after that payment.
        (Fill::NextOpen, 7, 15, 1.0),
        (Fill::NextOpen, 6, 15, 2.0),
        (Fill::NextOpen, 6, 14, 1.0),
        // Filled at the close of hour 7, just before the payment.
        (Fill::SameClose, 7, 14, 1.0),
        (Fill::SameClose, 7, 15, 1.0),
        (Fill::SameClose, 7, 16, 2.0),
    ] {
        for (intents, sign) in [((EnterLong, ExitLong), 1.0), ((EnterShort, ExitShort), -1.0)] {
            let list = decisions(&[(enter, intents.0), (exit, intents.1)]);
            for (funding, config) in [(&[][..], &constant), (&series[..], &plain())] {
                let config = SimConfig { fill, ..config.clone() };
                let backtest = simulate(bars.view(), Timeframe::H1, &list, funding, &config).unwrap();
                close(backtest.trades[0].carry, sign * payments);
                close(backtest.trades[0].pnl, -sign * payments);
                close(backtest.carry_paid, sign * payments);
                close(backtest.equity[17], 1000.0 - sign * payments);
            }
        }
    }
}

#[test]
fn a_series_replaces_the_constant_rate() {
    let bars = still(&[100.0; 12]);
    let config = SimConfig { funding_8h: 0.01, ..plain() };
    let series = [Funding { ts: Timestamp::from_nanos(5 * HOUR), rate: 0.5 }];
    let backtest = simulate(bars.view(), Timeframe::H1, &decisions(&[(0, EnterLong)]), &series, &config).unwrap();
    close(backtest.carry_paid, 50.0);
    close(backtest.open_position.unwrap().unrealised_pnl, -50.0);
}

#[test]
fn borrowing_costs_interest_by_the_hour() {
    let bars = still(&[100.0; 25]);
    // Short one unit at 100 for the 24 hours from the open of bar 1 to the close of bar 24, at 36.5 % a year.
    let config = SimConfig { borrow_annual: 0.365, ..plain() };
    let backtest = run(&bars, &decisions(&[(0, EnterShort)]), &config);
    close(backtest.carry_paid, 0.1);
    // A long without leverage borrows nothing; with leverage 3 it borrows twice its equity (and interest on interest).
    let long = |leverage| {
        run(&bars, &decisions(&[(0, EnterLong)]), &SimConfig { sizing: Sizing::AllIn, leverage, ..config.clone() })
    };
    assert_eq!(long(1.0).carry_paid, 0.0);
    let compounded = 2000.0 * ((1.0f64 + 0.001 / 24.0).powi(24) - 1.0);
    assert!((long(3.0).carry_paid - compounded).abs() < 1e-6);
}

#[test]
fn excursions_are_what_the_position_saw() {
    let bars = hourly(&[
        (100.0, 150.0, 50.0, 100.0),
        (100.0, 104.0, 97.0, 100.0),
        (100.0, 108.0, 99.0, 100.0),
        (101.0, 150.0, 50.0, 100.0),
    ]);
    for (enter, exit, mae, mfe) in [(EnterLong, ExitLong, -3.0, 8.0), (EnterShort, ExitShort, -8.0, 3.0)] {
        let backtest = run(&bars, &decisions(&[(0, enter), (2, exit)]), &plain());
        close(backtest.trades[0].mae_pct, mae);
        close(backtest.trades[0].mfe_pct, mfe);
    }
    // What lies beyond the stop was not seen.
    let backtest = run(&bars, &bracket(2, EnterLong, 5.0, 100.0), &plain());
    close(backtest.trades[0].mae_pct, -5.0 / 101.0 * 100.0);
    close(backtest.trades[0].mfe_pct, 0.0);
}

#[test]
fn large_orders_are_cut_to_the_share_of_volume() {
    // Usual volume 1000, limit 10 %: at most 100 units; half of equity would buy 500.
    let bars = still(&[10.0; 6]);
    let config = SimConfig {
        initial_capital: 10_000.0,
        sizing: Sizing::Fraction { fraction: 0.5 },
        slippage: Slippage::VolumeShare { coefficient: 1.0, limit: 0.1 },
        ..plain()
    };
    let backtest = run(&bars, &decisions(&[(0, EnterLong)]), &config);
    assert_eq!(backtest.open_position.unwrap().size, 100.0);
}

#[test]
fn the_open_position_is_reported_and_valued() {
    let bars = still(&[100.0, 100.0, 120.0]);
    let config = SimConfig { fees: Fees { maker: 0.0, taker: 0.01 }, ..plain() };
    let mut list = bracket(0, EnterLong, 30.0, 50.0);
    list.list[0].confidence = 80.0;
    let backtest = run(&bars, &list, &config);
    let open = backtest.open_position.unwrap();
    assert_eq!((open.stop, open.target), (Some(70.0), Some(150.0)));
    close(open.unrealised_pnl, 19.0);
    close(backtest.equity[2], 1019.0);
}

#[test]
fn no_bars_no_result() {
    let backtest = run(&Bars::default(), &Decisions::default(), &plain());
    assert_eq!((backtest.equity.len(), backtest.trades.len(), backtest.position_changes.len()), (0, 0, 0));
}

#[test]
fn odd_decisions_are_refused_with_their_place() {
    let bars = still(&[100.0; 3]);
    let odd = |change: &dyn Fn(&mut Decision)| {
        let mut list = decisions(&[(0, Intent::EnterLong), (1, Intent::ExitLong)]);
        change(&mut list.list[1]);
        simulate(bars.view(), Timeframe::H1, &list, &[], &plain()).map(drop)
    };
    for (error, words) in [
        (odd(&|d| d.bar = 3), "decision 1 (bar 3): there is no such bar"),
        (odd(&|d| d.stop_distance = Some(0.0)), "decision 1 (bar 1): the stop distance is not a positive number"),
        (
            odd(&|d| d.target_distance = Some(f64::NAN)),
            "decision 1 (bar 1): the target distance is not a positive number",
        ),
        (odd(&|d| d.confidence = 101.0), "decision 1 (bar 1): the confidence is not within 0 to 100"),
    ] {
        assert_eq!(error.unwrap_err().to_string(), words);
    }
    let backwards = decisions(&[(1, Intent::EnterLong), (0, Intent::ExitLong)]);
    assert!(matches!(
        simulate(bars.view(), Timeframe::H1, &backwards, &[], &plain()),
        Err(ResearchError::Decision { index: 1, .. })
    ));
    let config = SimConfig { leverage: 0.0, ..plain() };
    assert!(matches!(
        simulate(bars.view(), Timeframe::H1, &Decisions::default(), &[], &config),
        Err(ResearchError::Config { field: "leverage", .. })
    ));
}
