//! How many units an entry takes.

use crate::config::{SimConfig, Sizing};

/// Units to enter at `price` with `equity`, before any limit of the market; 0 or less if there is no money.
///
/// Whatever the rule, the notional stays within `leverage` times the equity that the entry's own fee leaves:
/// `notional <= leverage (equity - fee notional)`.
pub(super) fn units(config: &SimConfig, equity: f64, price: f64, stop_distance: Option<f64>) -> f64 {
    let most = config.leverage * equity / (1.0 + config.leverage * config.fees.taker);
    let notional = match (config.sizing, stop_distance) {
        (Sizing::AllIn, _) => most,
        (Sizing::Fraction { fraction }, _) => fraction * equity,
        (Sizing::Notional { notional }, _) => notional,
        (Sizing::Units { units }, _) => units * price,
        (Sizing::Risk { risk, cap }, Some(distance)) => f64::min(risk * equity / distance * price, cap * equity),
        (Sizing::Risk { cap, .. }, None) => cap * equity,
    };
    notional.min(most) / price
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Fees;

    #[test]
    fn every_rule_by_hand() {
        let fees = Fees { maker: 0.0, taker: 0.25 };
        let free = Fees { maker: 0.0, taker: 0.0 };
        for (sizing, leverage, fees, stop, units_wanted) in [
            (Sizing::AllIn, 1.0, fees, None, 8.0),
            (Sizing::AllIn, 2.0, free, None, 20.0),
            // 1000 x 4 / (1 + 4 x 0.25) = 2000: its fee of 500 leaves 500, and 2000 is four times that.
            (Sizing::AllIn, 4.0, fees, None, 20.0),
            (Sizing::Fraction { fraction: 0.5 }, 1.0, fees, None, 5.0),
            (Sizing::Fraction { fraction: 1.0 }, 1.0, fees, None, 8.0),
            (Sizing::Notional { notional: 300.0 }, 1.0, fees, None, 3.0),
            (Sizing::Notional { notional: 3000.0 }, 1.0, free, None, 10.0),
            (Sizing::Units { units: 7.0 }, 1.0, fees, None, 7.0),
            (Sizing::Units { units: 70.0 }, 1.0, free, None, 10.0),
            (Sizing::Risk { risk: 0.02, cap: 0.9 }, 1.0, free, Some(4.0), 5.0),
            (Sizing::Risk { risk: 0.02, cap: 0.9 }, 1.0, free, Some(1.0), 9.0),
            (Sizing::Risk { risk: 0.02, cap: 0.9 }, 1.0, free, None, 9.0),
        ] {
            let config = SimConfig { sizing, leverage, fees, ..SimConfig::default() };
            assert_eq!(units(&config, 1000.0, 100.0, stop), units_wanted, "{sizing:?} x{leverage}");
            assert!(units(&config, 0.0, 100.0, stop) <= 0.0);
            assert!(units(&config, -5.0, 100.0, stop) <= 0.0);
        }
    }
}
