//! Cases computed by hand: rebalancing with costs, calendars, missing data.

use mem_research::portfolio::{MissingData, PortfolioConfig, Rebalance, Weights, combine};
use mem_research::{ResearchError, metrics};
use mem_types::Timestamp;

use super::{Made, assert_close, dates, sleeves};
use crate::made_up::{key, tested};

/// Without costs, 1000 to begin with.
fn free() -> PortfolioConfig {
    PortfolioConfig { cost: 0.0, initial_capital: 1000.0, ..PortfolioConfig::default() }
}

fn flat(symbol: &str, from: &str, bars: usize) -> Made {
    Made::daily(symbol, from, &vec![10.0; bars], &vec![100.0; bars])
}

#[test]
fn a_rebalance_costs_what_is_bought_and_sold() {
    // A is all in the market and has made 20 %, B has lost 20 % with half of its account in the market.
    let a = Made::daily("A", "2024-01-31", &[100.0, 120.0, 132.0], &[100.0, 120.0, 132.0]);
    let b = Made::daily("B", "2024-01-31", &[50.0, 40.0, 40.0], &[100.0, 80.0, 80.0]);
    for (positions_a, positions_b, value, cost) in [
        // Nothing in the market: moving 100 of 1000 is free.
        (vec![], vec![], 1000.0, 0.0),
        // x = 1000 - 0.01 (600 - x / 2), x = 994 / 0.995.
        (vec![(0, 1.0)], vec![], 994.0 / 0.995, 1000.0 - 994.0 / 0.995),
        // A short position costs the same.
        (vec![(0, -1.0)], vec![], 994.0 / 0.995, 1000.0 - 994.0 / 0.995),
        // x = 1000 - 0.01 (600 - x / 2) - 0.005 (x / 2 - 400), x = 996 / 0.9975.
        (vec![(0, 1.0)], vec![(0, 1.0)], 996.0 / 0.9975, 1000.0 - 996.0 / 0.9975),
        // The position is gone by the rebalance.
        (vec![(0, 1.0), (1, 0.0)], vec![], 1000.0, 0.0),
    ] {
        let made = [a.clone().with_positions(&positions_a), b.clone().with_positions(&positions_b)];
        let config = PortfolioConfig { cost: 0.01, ..free() };
        let found = combine(&sleeves(&made), &config).unwrap();
        assert_close(&found.equity, &[1000.0, value, value * 0.5 * 1.1 + value * 0.5], 1e-14);
        assert_close(&found.sleeves[0].capital, &[500.0, value / 2.0, value / 2.0 * 1.1], 1e-14);
        assert_eq!(dates(found.rebalances.iter().map(|placing| placing.ts_ns)), ["2024-01-31", "2024-02-01"]);
        assert_eq!(found.rebalances[0].cost, 0.0, "no position yet");
        assert_eq!(found.rebalances[0].moved, 1000.0);
        let rebalance = &found.rebalances[1];
        assert_eq!(rebalance.weights, [0.5, 0.5]);
        assert_close(&[rebalance.cost, found.rebalance_cost], &[cost, cost], 1e-13);
        assert_close(&[rebalance.moved], &[0.5 * ((600.0 - value / 2.0) + (value / 2.0 - 400.0))], 1e-13);
        assert_close(&[found.sleeves[0].contribution], &[100.0 + value * 0.05], 1e-13);
        assert_close(&[found.sleeves[1].contribution], &[-100.0], 1e-13);
        // A tenth of the capital moved in three days of a market that has 252 of them.
        assert_close(&[found.turnover.unwrap()], &[0.1 * 252.0 / 3.0], 1e-12);
    }
}

#[test]
fn the_start_pays_for_positions_that_are_already_open() {
    // A has traded for a day when B begins: its position has to be bought.
    let a = Made::daily("A", "2024-03-01", &[100.0, 110.0, 121.0], &[100.0, 110.0, 121.0]).with_positions(&[(0, 1.0)]);
    let b = flat("B", "2024-03-02", 2);
    let found = combine(&sleeves(&[a, b]), &PortfolioConfig { cost: 0.01, ..free() }).unwrap();
    // x = 1000 - 0.01 x / 2.
    let value = 1000.0 / 1.005;
    assert_close(&found.equity, &[value * 1.05, value * 0.5 * 1.21 + value * 0.5], 1e-14);
    assert_close(&[found.rebalances[0].cost], &[1000.0 - value], 1e-12);
    assert_eq!(found.turnover, Some(0.0));
    assert_eq!(
        found.notes,
        ["Only the span that all sleeves cover is used, 2024-03-02T00:00:00Z to 2024-03-03T00:00:00Z. Left out: A (1 \
          earlier and 0 later bars)."]
    );
}

#[test]
fn capital_moves_at_the_first_bar_of_each_period() {
    // From a Thursday; 40 days.
    let made = [flat("A", "2024-02-01", 40), flat("B", "2024-02-01", 40)];
    for (rebalance, expected) in [
        (Rebalance::Never, vec![]),
        (Rebalance::Monthly, vec!["2024-03-01"]),
        (Rebalance::Weekly, vec!["2024-02-05", "2024-02-12", "2024-02-19", "2024-02-26", "2024-03-04", "2024-03-11"]),
    ] {
        let found = combine(&sleeves(&made), &PortfolioConfig { rebalance, ..free() }).unwrap();
        let rebalances = dates(found.rebalances.iter().map(|placing| placing.ts_ns));
        assert_eq!(rebalances[0], "2024-02-01");
        assert_eq!(rebalances[1..], expected, "{rebalance:?}");
    }
    let daily = combine(&sleeves(&made), &PortfolioConfig { rebalance: Rebalance::Daily, ..free() }).unwrap();
    assert_eq!(daily.rebalances.len(), 40);
}

#[test]
fn a_closed_market_is_waited_for() {
    // The first of June 2024 was a Saturday: B has no bars until Monday.
    let a = flat("A", "2024-05-30", 10);
    let b = flat("B", "2024-05-30", 10).without(2..4);
    let found = combine(&sleeves(&[a, b]), &free()).unwrap();
    assert_eq!(dates(found.rebalances.iter().map(|placing| placing.ts_ns)), ["2024-05-30", "2024-06-03"]);
    assert_eq!(found.ts_ns.len(), 10);
    assert_eq!(found.notes, ["Without a bar at some times: B (2 of 10). The last value is kept until the next bar."]);
}

#[test]
fn capital_does_not_vanish_where_a_bar_is_missing() {
    let a = flat("A", "2024-01-01", 5);
    let b = Made::daily("B", "2024-01-01", &[10.0; 5], &[100.0, 120.0, 500.0, 500.0, 90.0]).without(2..4);
    let found = combine(&sleeves(&[a, b]), &free()).unwrap();
    assert_eq!(found.sleeves[1].capital, [500.0, 600.0, 600.0, 600.0, 450.0]);
    assert_eq!(found.equity, [1000.0, 1100.0, 1100.0, 1100.0, 950.0]);
}

#[test]
fn late_sleeves_join_and_ended_ones_leave() {
    let rise = |from: &str, bars: usize, symbol: &str| {
        let values: Vec<f64> = (0..bars).map(|bar| 100.0 * 1.01_f64.powi(bar as i32)).collect();
        Made::daily(symbol, from, &values, &values)
    };
    // B begins in the middle of January, C ends in the middle of February and is gone by March.
    let made = [rise("2024-01-01", 91, "A"), rise("2024-01-15", 77, "B"), rise("2024-01-01", 45, "C")];
    let config = PortfolioConfig { missing: MissingData::LateJoin, ..free() };
    let found = combine(&sleeves(&made), &config).unwrap();
    assert_eq!(found.ts_ns.len(), 91);
    assert_eq!(dates(found.rebalances.iter().map(|placing| placing.ts_ns)), ["2024-01-01", "2024-02-01", "2024-03-01"]);
    assert_eq!(found.rebalances[0].weights, [0.5, 0.0, 0.5]);
    assert_eq!(found.rebalances[1].weights, [1.0 / 3.0; 3]);
    assert_eq!(found.rebalances[2].weights, [0.5, 0.5, 0.0]);
    // All rise by 1 % a day while they have bars; from 2024-02-15 to 2024-03-01 a third stands still.
    let by_end_of_c = 1000.0 * 1.01_f64.powi(44);
    let by_march = by_end_of_c / 3.0 + by_end_of_c * 2.0 / 3.0 * 1.01_f64.powi(16);
    assert_close(&[found.equity[44], found.equity[60]], &[by_end_of_c, by_march], 1e-12);
    assert_close(&[found.equity[90]], &[by_march * 1.01_f64.powi(30)], 1e-12);
    assert_eq!(
        found.notes,
        [
            "Joined after the start: B (2024-02-01T00:00:00Z). Until then the others shared the capital.",
            "Left for want of recent bars: C (2024-03-01T00:00:00Z). Their last value went to the others.",
        ]
    );
    let never = combine(&sleeves(&made), &PortfolioConfig { rebalance: Rebalance::Never, ..config }).unwrap();
    assert_eq!(
        never.notes,
        ["Never got any capital, as there was no rebalance at which they could join: B."],
        "nothing is moved, so nothing can join"
    );
    assert!(never.sleeves[1].capital.iter().all(|capital| *capital == 0.0));
}

#[test]
fn different_times_are_refused_where_that_is_asked_for() {
    let fail = PortfolioConfig { missing: MissingData::Fail, ..free() };
    let a = flat("A", "2024-01-01", 5);
    assert!(combine(&sleeves(&[a.clone(), flat("B", "2024-01-01", 5)]), &fail).is_ok());
    let message = |other: Made| combine(&sleeves(&[a.clone(), other]), &fail).unwrap_err().to_string();
    let begins = "no common timeline: 'B' has no bar at 2024-01-01T00:00:00Z where 'A' has one";
    assert_eq!(message(flat("B", "2024-01-02", 4)), begins);
    let gap = "no common timeline: 'B' has no bar at 2024-01-03T00:00:00Z where 'A' has one";
    assert_eq!(message(flat("B", "2024-01-01", 5).without(2..3)), gap);
    let ends = "no common timeline: 'A' has no bar at 2024-01-06T00:00:00Z where 'B' has one";
    assert_eq!(message(flat("B", "2024-01-01", 6)), ends);
    let mut hourly = flat("B", "2024-01-01", 5);
    hourly.key = key("binance", "B", "1h");
    assert_eq!(message(hourly), "no common timeline: 'A' has bars of 1d, 'B' of 1h");
}

#[test]
fn sleeves_that_never_meet_cannot_be_combined() {
    let made = [flat("A", "2024-01-01", 5), flat("B", "2024-02-01", 5)];
    let message = "no common timeline: 'A' ends at 2024-01-05T00:00:00Z before 'B' begins at 2024-02-01T00:00:00Z";
    assert_eq!(combine(&sleeves(&made), &free()).unwrap_err().to_string(), message);
}

#[test]
fn a_long_bar_is_not_known_before_it_has_ended() {
    // The daily account jumps at the close of its second day, which the hours of that day must not know.
    let daily = Made::daily("D", "2024-01-01", &[10.0; 3], &[100.0, 200.0, 200.0]);
    let mut hourly = flat("H", "2024-01-01", 72);
    hourly.key = key("binance", "H", "1h");
    let hour = hourly.key.timeframe.nanos();
    let first = hourly.ts_ns[0];
    hourly.ts_ns = (0..72).map(|bar| first + bar * hour).collect();
    let found = combine(&sleeves(&[daily, hourly]), &free()).unwrap();
    // From the end of the first day: rows are named by their hours.
    assert_eq!(found.ts_ns[0], first + 23 * hour);
    let jump = found.equity.iter().position(|equity| *equity > 1000.0).unwrap();
    assert_eq!(Timestamp::from_nanos(found.ts_ns[jump]).to_string(), "2024-01-02T23:00:00Z");
    assert_eq!(found.equity.len(), 49);
    assert_eq!(
        found.notes[0],
        "Bars differ in length: D (1d) beside 1h. The sleeves are lined up by the ends of their bars."
    );
}

#[test]
fn an_account_that_lost_everything_gets_no_more() {
    let a = flat("A", "2024-01-30", 40);
    let mut values = vec![100.0; 40];
    values[1..].fill(-20.0);
    let b = Made::daily("B", "2024-01-30", &[10.0; 40], &values);
    let found = combine(&sleeves(&[a, b]), &free()).unwrap();
    // Its debt is paid by the others when capital is moved.
    assert_eq!(found.equity[1], 500.0 - 100.0);
    assert_eq!(found.rebalances[1].weights, [1.0, 0.0]);
    assert_eq!(found.sleeves[1].capital[2], 0.0);
    assert_eq!(*found.equity.last().unwrap(), 400.0);
    assert_eq!(found.notes, ["Lost everything: B. No capital was moved there afterwards."]);
}

#[test]
fn what_cannot_be_paid_for_is_not_moved() {
    // Positions of thirty times the account at ten percent: selling costs three times what there is.
    let a = flat("A", "2024-01-31", 3).with_positions(&[(0, 300.0)]);
    let mut b = flat("B", "2024-01-31", 3).with_positions(&[(0, 300.0)]);
    b.equity = vec![100.0, 90.0, 90.0];
    let found = combine(&sleeves(&[a, b]), &PortfolioConfig { cost: 0.1, ..free() }).unwrap();
    assert_eq!(found.rebalances.len(), 1);
    assert_eq!(found.equity, [1000.0, 950.0, 950.0]);
    assert_eq!(found.notes, ["Rebalances left out because they would have cost more than there was: 1."]);
}

#[test]
fn figures_are_those_of_the_portfolio() {
    let a = Made::daily("A", "2024-01-01", &[1.0, 2.0, 1.0, 2.0, 1.5, 1.8], &[100.0, 110.0, 99.0, 105.0, 104.0, 108.0])
        .with_positions(&[(1, 3.0), (4, 0.0)]);
    let b = Made::daily("B", "2024-01-01", &[5.0, 2.5, 5.0, 2.5, 3.3, 2.8], &[100.0, 95.0, 101.0, 100.0, 99.0, 97.0]);
    let found = combine(&sleeves(&[a.clone(), b]), &free()).unwrap();
    assert_close(&found.equity, &[1000.0, 1025.0, 1000.0, 1025.0, 1015.0, 1025.0], 1e-14);
    let curve = metrics(&mem_research::MetricsInput {
        equity: &found.equity,
        initial_capital: 1000.0,
        ts_ns: &a.ts_ns,
        trades: &[],
        open_position: None,
        periods: mem_research::periods_per_year(&a.ts_ns, a.key.timeframe),
    });
    assert_eq!(found.metrics.sharpe, curve.sharpe);
    assert_eq!(found.metrics.max_drawdown, curve.max_drawdown);
    assert_eq!((found.metrics.total_trades, found.metrics.win_rate, found.metrics.turnover), (0, None, None));
    assert_eq!(found.metrics.exposure, Some(0.5), "a position at three of six closes");
    let held: Vec<f64> = found.sleeves.iter().map(|sleeve| sleeve.average_weight).collect();
    assert_close(&[found.effective_bets.unwrap()], &[1.0 / (held[0].powi(2) + held[1].powi(2))], 1e-14);
    // Their prices mirror each other, and so nearly do their accounts.
    let named: Vec<&str> = found.highly_correlated.iter().map(|pair| pair.first.as_str()).collect();
    assert_eq!(named, ["A", "A"]);
    assert!(found.highly_correlated[0].correlation < -0.9);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let a = || flat("A", "2024-01-01", 3);
    for (made, message) in [
        (vec![], "there is nothing to combine"),
        (vec![a(), a()], "cannot combine 'A': another sleeve has the same name"),
        (vec![a().without(0..3)], "cannot combine 'A': it has no bars"),
        (vec![Made { equity: vec![1.0], ..a() }], "cannot combine 'A': 3 times, 3 closes and 1 values"),
        (vec![Made { close: vec![1.0, 0.0, 1.0], ..a() }], "cannot combine 'A': the close of bar 1 is 0"),
        (vec![Made { equity: vec![1.0, 1.0, f64::NAN], ..a() }], "cannot combine 'A': the value at bar 2 is NaN"),
        (vec![Made { ts_ns: vec![1, 3, 3], ..a() }], "cannot combine 'A': bar 2 is not later than the one before"),
        (vec![Made { initial_capital: 0.0, ..a() }], "cannot combine 'A': its initial capital is 0"),
        (
            vec![Made { positions: vec![(3, 1.0)], ..a() }],
            "cannot combine 'A': its positions are not in order or beyond its bars",
        ),
    ] {
        assert_eq!(combine(&sleeves(&made), &free()).unwrap_err().to_string(), message);
    }
}

#[test]
fn custom_weights_are_matched_by_name() {
    let made = [flat("A", "2024-01-01", 3), flat("B", "2024-01-01", 3), flat("C", "2024-01-02", 1)];
    let with = |weights: &[(&str, f64)]| {
        let weights = weights.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect();
        combine(&sleeves(&made), &PortfolioConfig { weights: Weights::Custom(weights), ..free() })
    };
    let found = with(&[("B", 0.6), ("A", 0.2), ("b", 0.2)]).unwrap();
    assert_close(&found.rebalances[0].weights, &[0.25, 0.75, 0.0], 1e-15);
    assert_eq!(
        found.notes,
        [
            "Weights of unknown sleeves are left out: b.",
            "No weight is given for C: no capital there.",
            "The weights add up to 0.8000: they were scaled to add up to 1.",
        ]
    );
    assert_eq!(found.ts_ns.len(), 3, "a sleeve without capital does not bound the span");
    assert_eq!(with(&[("A", 0.5), ("B", 0.5), ("C", 0.0)]).unwrap().notes, Vec::<String>::new());
    assert!(matches!(with(&[("A", 0.0), ("D", 1.0)]), Err(ResearchError::Weights { .. })));
}

#[test]
fn accounts_of_a_real_run_add_up() {
    let (run, market) = tested("binance", 3, 2000, "1h", 30);
    let closes: Vec<Vec<f64>> = run.tested().map(|(key, _)| market.0[&key.to_string()].view().close.to_vec()).collect();
    let sleeves: Vec<_> = run
        .tested()
        .zip(&closes)
        .map(|((key, tested), close)| mem_research::portfolio::Sleeve {
            name: format!("ma_cross:{}", key.symbol),
            key: key.clone(),
            ts_ns: &tested.ts_ns,
            close,
            equity: &tested.equity,
            initial_capital: run.config.sim.initial_capital,
            positions: &[],
        })
        .collect();
    let config =
        PortfolioConfig { rebalance: Rebalance::Never, initial_capital: 30_000.0, ..PortfolioConfig::default() };
    let found = combine(&sleeves, &config).unwrap();
    let sum = |bar: usize| sleeves.iter().map(|sleeve| sleeve.equity[bar]).sum();
    let expected: Vec<f64> = (0..2000).map(sum).collect();
    assert_close(&found.equity, &expected, 1e-12);
    assert!(found.diversification_ratio.unwrap() > 1.0);
}
