//! How much an entry buys or sells.
//!
//! Every rule gives a notional, price times quantity, out of what the account is worth; whatever the rule, the notional stays
//! within `leverage x equity / (1 + leverage x taker fee)`, so that the entry can pay its own fee.

use serde::{Deserialize, Serialize};

/// A rule for the size of entries. Fractions are of the account's equity.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum Sizing {
    /// Everything.
    AllIn,
    /// A fixed fraction.
    FixedFraction {
        /// Fraction, such as 0.1.
        fraction: f64,
    },
    /// A fixed notional, in quote.
    Notional {
        /// In quote.
        notional: f64,
    },
    /// So much that the stop loses `risk`, at most `cap`; `cap` without a stop.
    Risk {
        /// Fraction lost at the stop.
        risk: f64,
        /// Largest fraction.
        cap: f64,
    },
    /// So much that the position's yearly volatility is `target` of equity: `target / volatility`, at most `cap`. Volatility is
    /// the standard deviation of the last returns from close to close, made yearly by the square root of time.
    VolatilityTarget {
        /// Yearly volatility wanted, such as 0.2.
        target: f64,
        /// Largest fraction.
        cap: f64,
    },
    /// From `least` at a confidence of 0 to `most` at 100, in between in proportion.
    Confidence {
        /// Fraction at confidence 0.
        least: f64,
        /// Fraction at confidence 100.
        most: f64,
    },
    /// A part of what Kelly's formula gives for the closed trades so far, `w - (1 - w) / r` with win rate `w` and the ratio `r`
    /// of the average win to the average loss (Kelly 1956), at most `cap`; `start` until there are `after` trades.
    Kelly {
        /// Part of the full Kelly fraction, such as 0.5.
        part: f64,
        /// Largest fraction.
        cap: f64,
        /// Fraction as long as there are fewer trades.
        start: f64,
        /// Trades needed.
        after: u64,
    },
}

/// What a size depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Situation {
    /// What the account is worth, in quote.
    pub equity: f64,
    /// The price aimed at.
    pub price: f64,
    /// Distance from the price to the stop, if there is one.
    pub stop_distance: Option<f64>,
    /// 0 to 100.
    pub confidence: f64,
    /// Yearly volatility of returns; `None` with too few bars.
    pub volatility: Option<f64>,
    /// Closed trades so far.
    pub record: Record,
    /// Largest notional as a multiple of equity.
    pub leverage: f64,
    /// Fraction of the notional that the entry pays in fees.
    pub taker_fee: f64,
}

/// What closed trades have brought.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Record {
    /// How many gained.
    pub wins: u64,
    /// How many did not.
    pub losses: u64,
    /// Sum of gains in percent of what was entered.
    pub won_pct: f64,
    /// Sum of losses in percent of what was entered, above zero.
    pub lost_pct: f64,
}

impl Record {
    /// Takes note of a closed trade.
    pub fn take(&mut self, return_pct: f64) {
        if return_pct > 0.0 {
            self.wins += 1;
            self.won_pct += return_pct;
        } else {
            self.losses += 1;
            self.lost_pct -= return_pct;
        }
    }

    /// Kelly's fraction: below zero where the trades lose; `None` without both wins and losses.
    pub fn kelly(&self) -> Option<f64> {
        if self.wins == 0 || self.losses == 0 || self.lost_pct <= 0.0 {
            return None;
        }
        let (wins, losses) = (self.wins as f64, self.losses as f64);
        let win_rate = wins / (wins + losses);
        let ratio = (self.won_pct / wins) / (self.lost_pct / losses);
        Some(win_rate - (1.0 - win_rate) / ratio)
    }
}

impl Sizing {
    /// Units to enter; 0 where there is nothing to enter with or the rule says so.
    ///
    /// ```
    /// use mem_trade::sizing::{Record, Situation, Sizing};
    /// let situation = Situation {
    ///     equity: 10_000.0, price: 100.0, stop_distance: Some(4.0), confidence: 80.0, volatility: Some(0.8),
    ///     record: Record::default(), leverage: 1.0, taker_fee: 0.0,
    /// };
    /// assert_eq!(Sizing::Risk { risk: 0.02, cap: 1.0 }.units(&situation), 50.0);
    /// assert_eq!(Sizing::VolatilityTarget { target: 0.2, cap: 1.0 }.units(&situation), 25.0);
    /// ```
    pub fn units(&self, situation: &Situation) -> f64 {
        let Situation { equity, price, stop_distance, confidence, volatility, record, leverage, taker_fee } =
            *situation;
        let most = leverage * equity / (1.0 + leverage * taker_fee);
        let notional = match *self {
            Self::AllIn => most,
            Self::FixedFraction { fraction } => fraction * equity,
            Self::Notional { notional } => notional,
            Self::Risk { risk, cap } => match stop_distance {
                Some(distance) => f64::min(risk * equity / distance * price, cap * equity),
                None => cap * equity,
            },
            Self::VolatilityTarget { target, cap } => match volatility {
                Some(volatility) if volatility > 0.0 => f64::min(target / volatility, cap) * equity,
                _ => 0.0,
            },
            Self::Confidence { least, most } => (least + (most - least) * confidence / 100.0) * equity,
            Self::Kelly { part, cap, start, after } => {
                let enough = record.wins + record.losses >= after;
                let fraction = match record.kelly() {
                    Some(kelly) if enough => (part * kelly).clamp(0.0, cap),
                    _ if enough && record.losses > 0 => 0.0,
                    _ => start.min(cap),
                };
                fraction * equity
            }
        };
        let units = notional.min(most) / price;
        if units.is_finite() { units.max(0.0) } else { 0.0 }
    }

    /// Whether every number lies in its range.
    ///
    /// # Errors
    /// Names the first that does not.
    pub fn validate(&self) -> Result<(), String> {
        let check = |name: &str, value: f64, low: f64, high: f64| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(format!("sizing.{name} is {value}: expected {low} to {high}"))
            }
        };
        match *self {
            Self::AllIn => Ok(()),
            Self::FixedFraction { fraction } => check("fraction", fraction, 0.0, 125.0),
            Self::Notional { notional } => check("notional", notional, 0.0, 1e12),
            Self::Risk { risk, cap } => check("risk", risk, 0.0, 1.0).and_then(|()| check("cap", cap, 0.0, 125.0)),
            Self::VolatilityTarget { target, cap } => {
                check("target", target, 0.0, 10.0).and_then(|()| check("cap", cap, 0.0, 125.0))
            }
            Self::Confidence { least, most } => {
                check("least", least, 0.0, 125.0).and_then(|()| check("most", most, least, 125.0))
            }
            Self::Kelly { part, cap, start, .. } => check("part", part, 0.0, 1.0)
                .and_then(|()| check("cap", cap, 0.0, 125.0))
                .and_then(|()| check("start", start, 0.0, 125.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: Situation = Situation {
        equity: 1000.0,
        price: 100.0,
        stop_distance: None,
        confidence: 50.0,
        volatility: None,
        record: Record { wins: 0, losses: 0, won_pct: 0.0, lost_pct: 0.0 },
        leverage: 1.0,
        taker_fee: 0.0,
    };

    #[test]
    fn every_rule_by_hand() {
        let won = Record { wins: 60, losses: 40, won_pct: 120.0, lost_pct: 40.0 };
        let lost = Record { wins: 40, losses: 60, won_pct: 40.0, lost_pct: 120.0 };
        let kelly = Sizing::Kelly { part: 0.5, cap: 0.5, start: 0.1, after: 50 };
        for (sizing, situation, units) in [
            (Sizing::AllIn, Situation { taker_fee: 0.25, ..PLAIN }, 8.0),
            (Sizing::AllIn, Situation { leverage: 4.0, taker_fee: 0.25, ..PLAIN }, 20.0),
            (Sizing::FixedFraction { fraction: 0.5 }, PLAIN, 5.0),
            (Sizing::FixedFraction { fraction: 2.0 }, PLAIN, 10.0),
            (Sizing::Notional { notional: 300.0 }, PLAIN, 3.0),
            (Sizing::Risk { risk: 0.02, cap: 0.9 }, Situation { stop_distance: Some(4.0), ..PLAIN }, 5.0),
            (Sizing::Risk { risk: 0.02, cap: 0.9 }, Situation { stop_distance: Some(1.0), ..PLAIN }, 9.0),
            (Sizing::Risk { risk: 0.02, cap: 0.9 }, PLAIN, 9.0),
            (Sizing::VolatilityTarget { target: 0.2, cap: 1.0 }, Situation { volatility: Some(0.5), ..PLAIN }, 4.0),
            (Sizing::VolatilityTarget { target: 0.2, cap: 0.3 }, Situation { volatility: Some(0.5), ..PLAIN }, 3.0),
            (Sizing::VolatilityTarget { target: 0.2, cap: 0.3 }, PLAIN, 0.0),
            (Sizing::Confidence { least: 0.1, most: 0.5 }, PLAIN, 3.0),
            // Win rate 0.6, wins twice as large as losses: Kelly 0.6 - 0.4 / 2 = 0.4, half of it 0.2.
            (kelly, Situation { record: won, ..PLAIN }, 2.0),
            (kelly, Situation { record: lost, ..PLAIN }, 0.0),
            (kelly, PLAIN, 1.0),
        ] {
            let got = sizing.units(&situation);
            assert!((got - units).abs() < 1e-12, "{sizing:?}: {got} for {units}");
            assert_eq!(sizing.units(&Situation { equity: -5.0, ..situation }), 0.0, "{sizing:?}");
        }
    }

    #[test]
    fn wrong_numbers_are_named() {
        let error = Sizing::Risk { risk: 2.0, cap: 1.0 }.validate().unwrap_err();
        assert_eq!(error, "sizing.risk is 2: expected 0 to 1");
        assert!(Sizing::Confidence { least: 0.5, most: 0.1 }.validate().is_err());
    }

    proptest! {
        #[test]
        fn never_more_than_the_account_can_pay(
            equity in -1e6_f64..1e9, price in 1e-6_f64..1e6, stop in prop::option::of(1e-9_f64..1e5),
            confidence in 0.0_f64..=100.0, volatility in prop::option::of(0.0_f64..5.0), leverage in 1.0_f64..50.0,
            wins in 0u64..100, losses in 0u64..100, which in 0usize..6,
        ) {
            let record = Record { wins, losses, won_pct: wins as f64 * 2.0, lost_pct: losses as f64 };
            let rules = [
                Sizing::AllIn, Sizing::FixedFraction { fraction: 3.0 }, Sizing::Risk { risk: 0.1, cap: 10.0 },
                Sizing::VolatilityTarget { target: 1.0, cap: 10.0 }, Sizing::Confidence { least: 0.5, most: 20.0 },
                Sizing::Kelly { part: 1.0, cap: 10.0, start: 1.0, after: 10 },
            ];
            let situation = Situation { equity, price, stop_distance: stop, confidence, volatility, record, leverage, taker_fee: 0.0005 };
            let units = rules[which].units(&situation);
            prop_assert!(units >= 0.0 && units.is_finite());
            prop_assert!(units * price * (1.0 / leverage + 0.0005) <= equity.max(0.0) * (1.0 + 1e-12));
        }
    }
}
