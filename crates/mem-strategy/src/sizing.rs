//! How large a position a stop allows.

use serde::Serialize;

/// A position size and what it risks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PositionSize {
    /// Base units.
    pub position_size: f64,
    /// Money lost at the stop, before costs.
    pub risk_amount: f64,
    /// The same in percent of the account.
    pub risk_percent: f64,
    /// Distance to the target over distance to the stop.
    pub risk_reward_ratio: f64,
}

/// The size at which the stop loses `risk` of the account, cut down to `cap` of the account as notional.
///
/// `None` where nothing sensible can be said: no distance to the stop, no money, no price.
pub fn risk_based(account: f64, risk: f64, cap: f64, price: f64, stop: f64, target: f64) -> Option<PositionSize> {
    let sensible = [account, risk, cap, price, stop].iter().all(|value| value.is_finite() && *value > 0.0);
    if !sensible || !target.is_finite() {
        return None;
    }
    let position_size = (account * risk / stop).min(account * cap / price);
    let risk_amount = position_size * stop;
    Some(PositionSize {
        position_size,
        risk_amount,
        risk_percent: risk_amount / account * 100.0,
        risk_reward_ratio: target / stop,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stop_loses_what_may_be_lost() {
        let size = risk_based(10_000.0, 0.02, 1.0, 100.0, 4.0, 8.0).unwrap();
        assert_eq!(
            size,
            PositionSize { position_size: 50.0, risk_amount: 200.0, risk_percent: 2.0, risk_reward_ratio: 2.0 }
        );
    }

    #[test]
    fn a_tight_stop_meets_the_cap() {
        let size = risk_based(10_000.0, 0.02, 0.95, 100.0, 0.5, 1.0).unwrap();
        assert_eq!((size.position_size, size.risk_amount), (95.0, 47.5));
    }

    #[test]
    fn nonsense_has_no_size() {
        for (account, price, stop) in [(0.0, 100.0, 1.0), (1e4, 100.0, 0.0), (1e4, 100.0, f64::NAN), (1e4, 0.0, 1.0)] {
            assert_eq!(risk_based(account, 0.02, 1.0, price, stop, 1.0), None);
        }
    }
}
