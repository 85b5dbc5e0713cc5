//! Every assumption of a combination, written down.

use serde::{Deserialize, Serialize};

use crate::error::ResearchError;

/// How capital is shared out among the sleeves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weights {
    /// The same share for every sleeve.
    Equal,
    /// Given shares by the name of the sleeve, matched exactly. They are scaled to add up to 1, with a note if they
    /// were away from it by more than 0.01. A sleeve that is not named gets nothing, a name that no sleeve has is left
    /// out, both with a note.
    Custom(Vec<(String, f64)>),
    /// In inverse proportion to the volatility of each sleeve's asset.
    InverseVolatility,
    /// So that every sleeve's asset contributes the same to the variance of the whole (Maillard, Roncalli and Teïletche
    /// 2010), solved by cyclical coordinate descent (Griveau-Billion, Richard and Roncalli 2013).
    RiskParity,
}

/// When capital is moved back to the target weights: at the first bar that all sleeves have in each period of the UTC
/// calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rebalance {
    /// Only at the start.
    Never,
    /// Every day.
    Daily,
    /// Every week; weeks begin on Monday.
    Weekly,
    /// Every month.
    Monthly,
}

/// What is done with sleeves that do not cover the same times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingData {
    /// Only the span that all have in common is used.
    Intersection,
    /// The span begins with the first sleeve and ends with the last. A sleeve joins at the next rebalance after its
    /// data begin; until then the others share the capital. One that has had no bar for 14 days (and three bars of its
    /// own length) counts as gone: its capital stays at its last value and goes to the others at the next rebalance.
    LateJoin,
    /// The combination is refused unless all sleeves have bars at the very same times.
    Fail,
}

/// The assumptions of one combination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PortfolioConfig {
    /// How capital is shared out.
    pub weights: Weights,
    /// When the shares are restored.
    pub rebalance: Rebalance,
    /// Returns up to the bar before a rebalance that volatility weights are computed from, counted in bars that all
    /// sleeves have; at least 2. Where absent: 252 for daily bars; a year of longer bars (52 weeks, 12 months); sixty
    /// full days of shorter bars, at most 10,000. The longest timeframe of the sleeves counts.
    pub lookback_bars: Option<usize>,
    /// What is done with sleeves that do not cover the same times.
    pub missing: MissingData,
    /// Fee and slippage as a fraction of what is bought or sold when capital moves into or out of a sleeve, 0 to 0.1.
    /// Only the part that is in the market pays: capital moved times the sleeve's position over its equity.
    pub cost: f64,
    /// Quote currency at the start.
    pub initial_capital: f64,
}

impl Default for PortfolioConfig {
    fn default() -> Self {
        Self {
            weights: Weights::Equal,
            rebalance: Rebalance::Monthly,
            lookback_bars: None,
            missing: MissingData::Intersection,
            // Taker fee and slippage of a simulation's defaults.
            cost: 0.0006,
            initial_capital: 10_000.0,
        }
    }
}

impl PortfolioConfig {
    /// Whether every number lies in its range.
    ///
    /// # Errors
    /// Names the first field that does not, its value and its range; or the custom weight that makes no sense.
    pub fn validate(&self) -> Result<(), ResearchError> {
        let check = ResearchError::check_range;
        check("initial_capital", self.initial_capital, 1e-6..=1e15)?;
        check("cost", self.cost, 0.0..=0.1)?;
        if let Some(bars) = self.lookback_bars {
            check("lookback_bars", bars as f64, 2.0..=1e7)?;
        }
        let Weights::Custom(weights) = &self.weights else { return Ok(()) };
        for (index, (name, weight)) in weights.iter().enumerate() {
            check("weights.custom", *weight, 0.0..=1e9)?;
            if weights[..index].iter().any(|(other, _)| other == name) {
                return Err(ResearchError::Weights { problem: format!("'{name}' is named twice") });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{SimConfig, Slippage};

    #[test]
    fn the_default_cost_is_that_of_a_simulation() {
        let sim = SimConfig::default();
        let Slippage::Bps { bps } = sim.slippage else { panic!("the default slippage is a fixed share") };
        let config = PortfolioConfig::default();
        assert!((config.cost - (sim.fees.taker + bps * 1e-4)).abs() < 1e-15);
        assert!(config.validate().is_ok());
    }

    #[test]
    fn the_message_says_what_is_wrong() {
        let custom = |weights: &[(&str, f64)]| PortfolioConfig {
            weights: Weights::Custom(weights.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect()),
            ..PortfolioConfig::default()
        };
        for (config, message) in [
            (PortfolioConfig { cost: 0.2, ..PortfolioConfig::default() }, "cost is 0.2: expected 0 to 0.1"),
            (
                PortfolioConfig { lookback_bars: Some(1), ..PortfolioConfig::default() },
                "lookback_bars is 1: expected 2 to 10000000",
            ),
            (custom(&[("A", -0.5)]), "weights.custom is -0.5: expected 0 to 1000000000"),
            (custom(&[("A", f64::NAN)]), "weights.custom is NaN: expected 0 to 1000000000"),
            (custom(&[("A", 0.5), ("A", 0.5)]), "cannot share out capital: 'A' is named twice"),
        ] {
            assert_eq!(config.validate().map_err(|error| error.to_string()), Err(message.to_owned()));
        }
    }

    #[test]
    fn a_configuration_reads_as_it_is_written() {
        let written = r#"{"weights":{"custom":[["A",0.25],["B",0.75]]},"rebalance":"weekly","missing":"late_join"}"#;
        let config: PortfolioConfig = serde_json::from_str(written).unwrap();
        assert_eq!(config.weights, Weights::Custom(vec![("A".to_owned(), 0.25), ("B".to_owned(), 0.75)]));
        assert_eq!((config.rebalance, config.missing), (Rebalance::Weekly, MissingData::LateJoin));
        assert_eq!(config.initial_capital, 10_000.0);
        assert!(serde_json::from_str::<PortfolioConfig>(r#"{"weight":"equal"}"#).is_err());
    }
}
