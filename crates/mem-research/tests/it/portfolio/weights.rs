//! Weights by volatility and the figures of dependence, against numpy and scipy.

use mem_research::portfolio::{MissingData, PortfolioConfig, PortfolioResult, Rebalance, Weights, combine};

use super::{Made, assert_close, sleeves};

/// Returns in steps of 0.001 %, the same on every machine.
fn steps(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) % 2001) as f64 / 1e5 - 0.01
        })
        .collect()
}

/// Four assets of 251 closes, two of them moving with a common factor and one against it; closes have six decimals.
fn four(more: usize) -> Vec<Made> {
    let count = 250 + more;
    let factor = steps(1, count);
    [(1.0, 0.5, 2), (0.8, 1.5, 3), (-0.6, 1.0, 4), (0.0, 2.5, 5)]
        .iter()
        .enumerate()
        .map(|(index, (with_factor, own, seed))| {
            let mut price: f64 = 100.0;
            let mut closes = vec![100.0];
            for (factor, step) in factor.iter().zip(steps(*seed, count)) {
                price *= 1.0 + with_factor * factor + own * step;
                closes.push((price * 1e6).round() / 1e6);
            }
            Made::daily(["A", "B", "C", "D"][index], "2023-01-01", &closes, &closes)
        })
        .collect()
}

fn begin_with(weights: Weights) -> PortfolioResult {
    let config = PortfolioConfig {
        weights,
        lookback_bars: Some(250),
        rebalance: Rebalance::Never,
        ..PortfolioConfig::default()
    };
    // The weights see the first 251 closes, capital is placed at the 252nd, the portfolio begins with the 253rd.
    combine(&sleeves(&four(2)), &config).unwrap()
}

#[test]
fn inverse_volatility_is_that_of_numpy() {
    let found = begin_with(Weights::InverseVolatility);
    let expected =
        [0.320_854_462_983_505_34, 0.226_533_032_456_383_04, 0.302_157_894_535_430_07, 0.150_454_610_024_681_5];
    assert_close(&found.rebalances[0].weights, &expected, 1e-12);
    assert_eq!((found.ts_ns.len(), found.lookback_bars), (1, Some(250)));
    assert!(found.notes[0].starts_with("The first 252 bars are the history of the first weights"), "{:?}", found.notes);
}

#[test]
fn risk_parity_is_that_of_two_other_solvers() {
    // Newton's method in numpy; SLSQP of scipy finds the same to 1e-8.
    let found = begin_with(Weights::RiskParity);
    let expected =
        [0.331_376_223_280_219, 0.178_264_204_483_538_66, 0.364_125_592_571_563_85, 0.126_233_979_664_678_59];
    assert_close(&found.rebalances[0].weights, &expected, 1e-10);
}

#[test]
fn correlation_and_diversification_are_those_of_numpy() {
    let weights =
        ["A", "B", "C", "D"].iter().zip([0.4, 0.3, 0.2, 0.1]).map(|(name, weight)| ((*name).to_owned(), weight));
    // Moved back every day, the average weights are the given ones but for the first row.
    let config = PortfolioConfig {
        weights: Weights::Custom(weights.collect()),
        rebalance: Rebalance::Daily,
        ..PortfolioConfig::default()
    };
    let found = combine(&sleeves(&four(0)), &config).unwrap();
    let expected = [
        [1.0, 0.313_697_490_942_027_26, -0.480_664_759_616_747, -0.030_334_011_871_008_59],
        [0.313_697_490_942_027_26, 1.0, -0.186_350_540_214_771_92, -0.000_592_850_301_069_984_9],
        [-0.480_664_759_616_747, -0.186_350_540_214_771_92, 1.0, 0.019_600_573_643_837_327],
        [-0.030_334_011_871_008_59, -0.000_592_850_301_069_984_9, 0.019_600_573_643_837_327, 1.0],
    ];
    for (found, expected) in found.asset_correlation.iter().zip(&expected) {
        let found: Vec<f64> = found.iter().map(|entry| entry.unwrap()).collect();
        assert_close(&found, expected, 1e-12);
    }
    assert_eq!(found.asset_correlation, found.strategy_correlation, "the accounts are the assets");
    assert_close(&[found.diversification_ratio.unwrap()], &[1.932_021_444_672_523], 1e-12);
    assert_close(&[found.effective_bets.unwrap()], &[1.0 / 0.3], 1e-12);
    assert_eq!(found.highly_correlated, []);
}

#[test]
fn a_price_that_stands_still_has_no_weight() {
    let mut made = four(40);
    made[1].close.fill(7.0);
    for weights in [Weights::InverseVolatility, Weights::RiskParity] {
        let config = PortfolioConfig { weights, lookback_bars: Some(250), ..PortfolioConfig::default() };
        let found = combine(&sleeves(&made), &config).unwrap();
        assert!(found.rebalances.len() > 1);
        assert!(found.rebalances.iter().all(|placing| placing.weights[1] == 0.0));
        assert_eq!(found.asset_correlation[1], [None; 4]);
        assert!(found.strategy_correlation[1].iter().all(Option::is_some));
        let times = found.rebalances.len();
        let note =
            format!("Left out of volatility weights because the price did not move: B ({times} of {times} times).");
        assert!(found.notes.contains(&note), "{:?}", found.notes);
    }
}

#[test]
fn assets_that_cancel_each_other_take_inverse_volatility() {
    // One rises by what the other falls, and is twice as large.
    let mut made = four(20)[..2].to_vec();
    let mut prices = [100.0, 100.0];
    for (bar, step) in steps(9, made[0].close.len()).into_iter().enumerate() {
        let moves = [step, -2.0 * step];
        for (asset, (price, change)) in made.iter_mut().zip(prices.iter_mut().zip(moves)) {
            *price *= 1.0 + change;
            asset.close[bar] = *price;
        }
    }
    let config = PortfolioConfig {
        weights: Weights::RiskParity,
        lookback_bars: Some(250),
        rebalance: Rebalance::Never,
        ..PortfolioConfig::default()
    };
    let found = combine(&sleeves(&made), &config).unwrap();
    assert_close(&found.rebalances[0].weights, &[2.0 / 3.0, 1.0 / 3.0], 1e-6);
    assert_close(&[found.highly_correlated[0].correlation], &[-1.0], 1e-12);
    let note = "Inverse volatility taken because there were no weights of equal risk: 1.";
    assert!(found.notes.iter().any(|said| said == note), "{:?}", found.notes);

    // Nor is there anything to weigh by where nothing moves.
    made.iter_mut().for_each(|asset| asset.close.fill(1.0));
    let found = combine(&sleeves(&made), &config).unwrap();
    assert_eq!(found.rebalances[0].weights, [0.5, 0.5]);
    assert_eq!(found.notes.last().unwrap(), "Equal weights taken because no price had moved: 1.");
}

#[test]
fn too_little_history_is_refused() {
    let config =
        PortfolioConfig { weights: Weights::RiskParity, lookback_bars: Some(250), ..PortfolioConfig::default() };
    let message = "no common timeline: volatility weights need 253 common bars, there are 252 rows: give more history \
                   or a shorter look-back";
    assert_eq!(combine(&sleeves(&four(1)), &config).unwrap_err().to_string(), message);
    assert!(combine(&sleeves(&four(2)), &config).is_ok());
}

#[test]
fn the_default_look_back_follows_the_longest_bars() {
    for (timeframe, expected) in
        [("1d", 252), ("1w", 52), ("1M", 12), ("1h", 1440), ("4h", 360), ("5m", 10_000), ("3d", 84)]
    {
        let mut made = four(10_010);
        for asset in &mut made {
            asset.key = crate::made_up::key("binance", asset.key.symbol.as_str(), timeframe);
        }
        let config = PortfolioConfig {
            weights: Weights::InverseVolatility,
            rebalance: Rebalance::Never,
            ..PortfolioConfig::default()
        };
        let found = combine(&sleeves(&made), &config).unwrap();
        assert_eq!(found.lookback_bars, Some(expected), "{timeframe}");
    }
}

#[test]
fn a_late_sleeve_joins_once_it_has_its_history() {
    let mut made = four(150);
    // D begins on 2023-08-09, and has 101 closes by 2023-11-17.
    made[3] = made[3].clone().without(0..220);
    let config = PortfolioConfig {
        weights: Weights::RiskParity,
        lookback_bars: Some(100),
        missing: MissingData::LateJoin,
        ..PortfolioConfig::default()
    };
    let found = combine(&sleeves(&made), &config).unwrap();
    // The others are not held up by it: the start, and every month from May to February.
    assert_eq!(found.rebalances.len(), 11);
    assert!(found.rebalances[1..].iter().all(|placing| placing.weights[..3].iter().all(|weight| *weight > 0.0)));
    let joined = found.rebalances.iter().find(|placing| placing.weights[3] > 0.0).unwrap();
    assert_eq!(super::dates([joined.ts_ns, found.ts_ns[0]]), ["2023-12-01", "2023-04-13"]);
    assert!(
        found.notes.iter().any(|note| note.starts_with("Joined after the start: D (2023-12-01")),
        "{:?}",
        found.notes
    );
}
