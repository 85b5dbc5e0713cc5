//! Laws that hold for all portfolios.

use mem_research::portfolio::{MissingData, PortfolioConfig, PortfolioResult, Rebalance, Weights, combine};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

use super::{Made, assert_close, sleeves};
use crate::made_up::key;

const HOUR_NS: i64 = 3_600_000_000_000;

fn seeded(cases: u32, seed: u64) -> ProptestConfig {
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..ProptestConfig::default() }
}

/// What one bar of a made-up sleeve does.
#[derive(Debug, Clone, Copy)]
struct Step {
    is_there: bool,
    price_change: f64,
    value_change: f64,
    position: Option<f64>,
}

fn step() -> impl Strategy<Value = Step> {
    let position = prop_oneof![6 => Just(None), 1 => Just(Some(0.0)), 2 => (-2.0..2.0).prop_map(Some)];
    (prop::bool::weighted(0.85), -0.05..0.05, -0.06..0.06, position).prop_map(
        |(is_there, price_change, value_change, position)| Step { is_there, price_change, value_change, position },
    )
}

/// A sleeve with bars from about the same time on, some of them missing.
fn made(timeframe: &'static str) -> impl Strategy<Value = Made> {
    (0..20_i64, vec(step(), 40..120), 50.0..200.0).prop_map(move |(late, steps, initial_capital)| {
        let mut made = Made::daily("A", "2024-01-20", &[], &[]);
        made.key = key("binance", "A", timeframe);
        made.initial_capital = initial_capital;
        let (mut price, mut value) = (100.0, initial_capital);
        for (bar, step) in steps.iter().enumerate() {
            price *= 1.0 + step.price_change;
            value *= 1.0 + step.value_change;
            // The first bar is there so that no sleeve is empty.
            if step.is_there || bar == 0 {
                if let Some(position) = step.position {
                    made.positions.push((made.ts_ns.len(), position * value / price));
                }
                made.ts_ns.push(1_705_708_800_000_000_000 + (late + bar as i64) * made.key.timeframe.nanos());
                made.close.push(price);
                made.equity.push(value);
            }
        }
        made
    })
}

fn several() -> impl Strategy<Value = Vec<Made>> {
    let timeframes = prop_oneof![5 => Just(vec!["1d"]), 1 => Just(vec!["8h", "1d"])];
    timeframes.prop_flat_map(|timeframes| vec(select(timeframes).prop_flat_map(made), 1..5)).prop_map(|mut several| {
        for (index, one) in several.iter_mut().enumerate() {
            one.key = key("binance", ["A", "B", "C", "D"][index], &one.key.timeframe.to_string());
        }
        several
    })
}

fn weights() -> impl Strategy<Value = Weights> {
    let names = || ["A", "B", "C", "D"].map(str::to_owned);
    prop_oneof![
        Just(Weights::Equal),
        vec(0.01..1.0_f64, 4).prop_map(move |weights| Weights::Custom(names().into_iter().zip(weights).collect())),
        Just(Weights::InverseVolatility),
        Just(Weights::RiskParity),
    ]
}

fn config() -> impl Strategy<Value = PortfolioConfig> {
    (
        weights(),
        select(vec![Rebalance::Never, Rebalance::Daily, Rebalance::Weekly, Rebalance::Monthly]),
        2..15_usize,
        select(vec![MissingData::Intersection, MissingData::LateJoin]),
        prop_oneof![1 => Just(0.0), 2 => 0.0..0.02],
        1.0..1e6,
    )
        .prop_map(|(weights, rebalance, lookback, missing, cost, initial_capital)| PortfolioConfig {
            weights,
            rebalance,
            lookback_bars: Some(lookback),
            missing,
            cost,
            initial_capital,
        })
}

fn adds_up(found: &PortfolioResult) {
    let capital = found.config.initial_capital;
    for (row, equity) in found.equity.iter().enumerate() {
        let sum: f64 = found.sleeves.iter().map(|sleeve| sleeve.capital[row]).sum();
        assert!((sum - equity).abs() <= 1e-12 * capital, "row {row}: {sum} is not {equity}");
    }
    let profit = found.equity.last().unwrap() - capital;
    let contributions: f64 = found.sleeves.iter().map(|sleeve| sleeve.contribution).sum();
    let costs: f64 = found.sleeves.iter().map(|sleeve| sleeve.rebalance_cost).sum();
    assert!((contributions - found.rebalance_cost - profit).abs() <= 1e-9 * capital);
    assert!((costs - found.rebalance_cost).abs() <= 1e-9 * capital);
    let average: f64 = found.sleeves.iter().map(|sleeve| sleeve.average_weight).sum();
    assert!((average - 1.0).abs() < 1e-9);
    for placing in &found.rebalances {
        assert!(placing.weights.iter().all(|weight| *weight >= 0.0));
        assert!((placing.weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(placing.cost >= 0.0 && placing.moved >= 0.0);
        // Capital stands where it should at every rebalance but the start, which is before the first row.
        let row = found.ts_ns.binary_search(&placing.ts_ns).unwrap();
        if row > 0 {
            for (sleeve, weight) in found.sleeves.iter().zip(&placing.weights) {
                assert!((sleeve.capital[row] - weight * found.equity[row]).abs() <= 1e-9 * capital);
            }
        }
    }
}

/// A sleeve's bars known at a row.
fn known(made: &Made, end: i64) -> usize {
    made.ts_ns.iter().filter(|ts| **ts + made.key.timeframe.nanos() <= end).count()
}

/// The portfolio's value by another way: capital grows by what each account grows from row to row, and what a rebalance
/// costs is found by halving.
fn replayed(made: &[Made], found: &PortfolioResult) -> Vec<f64> {
    let shortest = made.iter().map(|one| one.key.timeframe.nanos()).min().unwrap();
    let mut bars: Vec<usize> = made.iter().map(|one| known(one, found.ts_ns[0] + shortest - 1)).collect();
    let value = |sleeve: usize, bars: usize| {
        if bars == 0 { made[sleeve].initial_capital } else { made[sleeve].equity[bars - 1] }
    };
    let place = |capital: &mut Vec<f64>, total: f64, bars: &[usize], weights: &[f64]| {
        let rate = |sleeve: usize| {
            let position = made[sleeve].positions.iter().rev().find(|(bar, _)| *bar < bars[sleeve]);
            let close = |bars: usize| if bars == 0 { 0.0 } else { made[sleeve].close[bars - 1] };
            position.map_or(0.0, |(_, position)| position.abs() * close(bars[sleeve]) / value(sleeve, bars[sleeve]))
        };
        let cost = |left: f64| -> f64 {
            let changes = capital.iter().zip(weights).map(|(capital, weight)| (weight * left - capital).abs());
            changes.enumerate().map(|(sleeve, change)| found.config.cost * rate(sleeve) * change).sum()
        };
        let (mut low, mut high) = (0.0, total);
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if middle + cost(middle) > total { high = middle } else { low = middle }
        }
        *capital = weights.iter().map(|weight| weight * low).collect();
    };
    let mut capital = vec![0.0; made.len()];
    place(&mut capital, found.config.initial_capital, &bars, &found.rebalances[0].weights);
    let mut equity = Vec::new();
    for ts_ns in &found.ts_ns {
        for (sleeve, capital) in capital.iter_mut().enumerate() {
            let now = known(&made[sleeve], ts_ns + shortest);
            *capital *= value(sleeve, now) / value(sleeve, bars[sleeve]);
            bars[sleeve] = now;
        }
        if let Some(placing) = found.rebalances[1..].iter().find(|placing| placing.ts_ns == *ts_ns) {
            let total = capital.iter().sum();
            place(&mut capital, total, &bars, &placing.weights);
        }
        equity.push(capital.iter().sum());
    }
    equity
}

fn is_sane(found: &PortfolioResult) {
    for matrix in [&found.asset_correlation, &found.strategy_correlation] {
        for (i, row) in matrix.iter().enumerate() {
            for (j, entry) in row.iter().enumerate() {
                assert_eq!(*entry, matrix[j][i]);
                assert!(entry.is_none_or(|entry| entry.abs() <= 1.0));
            }
            assert!(row[i].is_none_or(|entry| entry == 1.0));
        }
    }
    assert!(found.diversification_ratio.is_none_or(|ratio| ratio >= 1.0 - 1e-9));
    assert!(found.effective_bets.is_none_or(|bets| bets >= 1.0 - 1e-9 && bets <= found.sleeves.len() as f64 + 1e-9));
    // What is not a number would not come back.
    let json = serde_json::to_string(found).unwrap();
    assert_eq!(&serde_json::from_str::<PortfolioResult>(&json).unwrap(), found);
}

/// As much of a sleeve as is known by an instant.
fn until(made: &Made, known_by: i64) -> Option<Made> {
    let bars = made.ts_ns.partition_point(|ts| ts + made.key.timeframe.nanos() <= known_by);
    let mut cut = made.clone();
    cut.ts_ns.truncate(bars);
    cut.close.truncate(bars);
    cut.equity.truncate(bars);
    cut.positions.retain(|(bar, _)| *bar < bars);
    (bars > 0).then_some(cut)
}

proptest! {
    #![proptest_config(seeded(600, 1))]

    #[test]
    fn the_books_balance(made in several(), config in config()) {
        // Sleeves may not meet, or not for long enough.
        if let Ok(found) = combine(&sleeves(&made), &config) {
            adds_up(&found);
            for (found, expected) in found.equity.iter().zip(replayed(&made, &found)) {
                prop_assert!((found - expected).abs() <= 1e-9 * config.initial_capital, "{} is not {}", found, expected);
            }
            is_sane(&found);
            prop_assert_eq!(&combine(&sleeves(&made), &config).unwrap(), &found);
        }
    }

    #[test]
    fn nothing_depends_on_what_comes_later(made in several(), config in config(), days in 5..100_i64) {
        let whole = combine(&sleeves(&made), &config);
        let known_by = 1_705_708_800_000_000_000 + days * 24 * HOUR_NS;
        let cut: Vec<Option<Made>> = made.iter().map(|made| until(made, known_by)).collect();
        // A sleeve that has not begun yet changes nothing where sleeves may join late; else there is no portfolio yet.
        let begun: Vec<usize> = (0..cut.len()).filter(|sleeve| cut[*sleeve].is_some()).collect();
        prop_assume!(begun.len() == cut.len() || config.missing == MissingData::LateJoin);
        let is_mixed = |made: &[Made]| made.iter().any(|one| one.key.timeframe != made[0].key.timeframe);
        let cut: Vec<Made> = cut.into_iter().flatten().collect();
        // Rows are named by the shortest bar of all sleeves, and that must be there from the start.
        prop_assume!(!cut.is_empty() && is_mixed(&made) == is_mixed(&cut));
        if let (Ok(whole), Ok(cut)) = (whole, combine(&sleeves(&cut), &config)) {
            prop_assert_eq!(cut.ts_ns[0], whole.ts_ns[0]);
            let rows = cut.ts_ns.len().min(whole.ts_ns.len());
            prop_assert_eq!(&cut.ts_ns[..rows], &whole.ts_ns[..rows]);
            for (row, (cut, whole)) in cut.equity.iter().zip(&whole.equity).enumerate() {
                prop_assert_eq!(cut.to_bits(), whole.to_bits(), "row {}", row);
            }
            for (cut, whole) in cut.rebalances.iter().zip(&whole.rebalances) {
                prop_assert_eq!(cut.ts_ns, whole.ts_ns);
                let chosen: Vec<f64> = begun.iter().map(|sleeve| whole.weights[*sleeve]).collect();
                prop_assert_eq!(&cut.weights, &chosen);
            }
        }
    }

    #[test]
    fn one_sleeve_is_its_own_account(made in made("1d"), rebalance in select(vec![Rebalance::Never, Rebalance::Daily])) {
        let config =
            PortfolioConfig { rebalance, cost: 0.0, initial_capital: made.initial_capital, ..PortfolioConfig::default() };
        let found = combine(&sleeves(std::slice::from_ref(&made)), &config).unwrap();
        prop_assert_eq!(&found.equity, &made.equity);
        let scaled = PortfolioConfig { initial_capital: 1e6, ..config };
        let found = combine(&sleeves(std::slice::from_ref(&made)), &scaled).unwrap();
        let expected: Vec<f64> = made.equity.iter().map(|value| value / made.initial_capital * 1e6).collect();
        assert_close(&found.equity, &expected, 1e-12);
    }

    #[test]
    fn without_rebalancing_it_is_the_sum_of_its_sleeves(values in vec(vec(50.0..150.0_f64, 30), 1..5), share in 0.1..0.9) {
        let names = ["A", "B", "C", "D"];
        let made: Vec<Made> =
            values.iter().zip(names).map(|(values, name)| Made::daily(name, "2024-01-01", values, values)).collect();
        let given = (0..made.len()).map(|index| (names[index].to_owned(), share + index as f64)).collect();
        let config = PortfolioConfig {
            weights: Weights::Custom(given), rebalance: Rebalance::Never, ..PortfolioConfig::default()
        };
        let found = combine(&sleeves(&made), &config).unwrap();
        let total: f64 = (0..made.len()).map(|index| share + index as f64).sum();
        let expected: Vec<f64> = (0..30)
            .map(|row| {
                made.iter().enumerate().map(|(i, made)| 100.0 * (share + i as f64) / total * made.equity[row]).sum()
            })
            .collect();
        assert_close(&found.equity, &expected, 1e-12);
    }

    #[test]
    fn costs_only_ever_take(made in several(), config in config()) {
        let free = PortfolioConfig { cost: 0.0, ..config.clone() };
        if let (Ok(paid), Ok(free)) = (combine(&sleeves(&made), &config), combine(&sleeves(&made), &free)) {
            prop_assert_eq!(free.rebalance_cost, 0.0);
            for (paid, free) in paid.equity.iter().zip(&free.equity) {
                prop_assert!(*paid <= free * (1.0 + 1e-12));
            }
        }
    }

    #[test]
    fn names_and_order_do_not_matter(made in several(), config in config()) {
        let backwards: Vec<Made> = made.iter().rev().cloned().collect();
        if let Ok(found) = combine(&sleeves(&made), &config) {
            let other = combine(&sleeves(&backwards), &config).unwrap();
            for (found, other) in found.equity.iter().zip(&other.equity) {
                prop_assert!((found - other).abs() <= 1e-8 * config.initial_capital);
            }
        }
    }
}
