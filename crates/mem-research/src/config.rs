//! Every assumption of a simulation, written down.

use mem_strategy::{SizingHint, Strategy};
use serde::{Deserialize, Serialize};

use crate::error::ResearchError;

/// When an order that was decided at a bar's close is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// At the next bar's open: the first price that a real order could have had.
    NextOpen,
    /// At the same close that the decision saw. Optimistic; for comparison with tools that do so.
    SameClose,
}

/// What is assumed when stop and target both lie within one bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intrabar {
    /// The stop was hit first. Pessimistic.
    StopFirst,
    /// The target was hit first. Optimistic.
    TargetFirst,
    /// The price went from the open to the nearer of high and low first.
    NearestFirst,
}

/// What an opposite entry does while a position is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnOpposite {
    /// Closes the position and opens the opposite one.
    Reverse,
    /// Closes the position.
    Close,
    /// Nothing: the position lives until its stop, its target or an exit.
    Ignore,
}

/// How much is bought or sold short at entry. Quantities are fractional.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "rule")]
pub enum Sizing {
    /// All equity (times leverage), fees included.
    AllIn,
    /// A fixed fraction of equity as notional.
    Fraction {
        /// Fraction of equity, above 0; above 1 needs leverage.
        fraction: f64,
    },
    /// A fixed notional in quote currency.
    Notional {
        /// Quote currency, above 0.
        notional: f64,
    },
    /// A fixed quantity in base units.
    Units {
        /// Base units, above 0.
        units: f64,
    },
    /// So much that hitting the stop loses `risk` of equity, before costs; scaled down to `cap` of equity as
    /// notional. A decision without a stop takes `cap`.
    Risk {
        /// Fraction of equity lost at the stop.
        risk: f64,
        /// Largest notional as a fraction of equity.
        cap: f64,
    },
}

/// Fees as a fraction of traded notional. Market orders and stops pay taker, targets pay maker.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fees {
    /// For orders that add liquidity (profit targets).
    pub maker: f64,
    /// For orders that take liquidity (entries, exits, stops).
    pub taker: f64,
}

/// How far a market order fills away from the price it is aimed at, always to our disadvantage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "model")]
pub enum Slippage {
    /// None at all.
    None,
    /// A fixed share of the price.
    Bps {
        /// Hundredths of a percent.
        bps: f64,
    },
    /// Half of a spread that widens with volatility and with thin volume:
    /// `spread = base (1 + 10 vol) x (2 if volume < half its average, 1.5 if below average, else 1)`, at most `cap`.
    /// Volatility, volume and its average are those of the last 20 bars that had closed before the fill.
    Spread {
        /// Spread of a calm market as a fraction of price.
        base: f64,
        /// Largest spread as a fraction of price.
        cap: f64,
    },
    /// Square-root impact of our share of a usual bar's volume: `coefficient x bar volatility x sqrt(qty / volume)`.
    /// Volatility and volume are those of the last 20 bars that had closed before the fill.
    VolumeShare {
        /// Dimensionless, about 1.
        coefficient: f64,
        /// Largest share of a bar's volume that one entry may take; larger entries are cut down to it. Exits are
        /// never cut: they pay the impact of their whole size.
        limit: f64,
    },
}

/// When a decision becomes an order of a fixed size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrdersAt {
    /// When it fills: size and meaning follow from the account and the price at that moment. What most backtests do.
    #[default]
    Fill,
    /// At the close it was taken on: size and meaning follow from the account and the price at that close, as they must
    /// where orders are sent to a venue. The engine trades like this.
    Decision,
}

/// The assumptions of one simulation. [`SimConfig::default`] is cautious: costs are on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimConfig {
    /// Quote currency at the start.
    pub initial_capital: f64,
    /// When orders fill.
    pub fill: Fill,
    /// When decisions become orders. Without effect where orders fill at the close they were decided on.
    pub orders_at: OrdersAt,
    /// Trading fees.
    pub fees: Fees,
    /// Slippage of market orders and stops.
    pub slippage: Slippage,
    /// Funding paid by longs to shorts every eight hours as a fraction of notional, where no funding series is given.
    pub funding_8h: f64,
    /// Yearly interest on what is borrowed: the value of the units sold short, the cash of a long beyond equity.
    pub borrow_annual: f64,
    /// Position size.
    pub sizing: Sizing,
    /// Largest notional as a multiple of equity, at least 1.
    pub leverage: f64,
    /// Equity that the account must keep, as a fraction of the position's value; below it the position is liquidated.
    pub maintenance_margin: f64,
    /// Whether short positions may be opened.
    pub allow_short: bool,
    /// Which of stop and target comes first within a bar.
    pub intrabar: Intrabar,
    /// What an opposite entry does.
    pub on_opposite: OnOpposite,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            initial_capital: 10_000.0,
            fill: Fill::NextOpen,
            orders_at: OrdersAt::Fill,
            fees: Fees { maker: 0.0002, taker: 0.0005 },
            slippage: Slippage::Bps { bps: 1.0 },
            funding_8h: 0.0,
            borrow_annual: 0.0,
            sizing: Sizing::AllIn,
            leverage: 1.0,
            maintenance_margin: 0.005,
            allow_short: true,
            intrabar: Intrabar::StopFirst,
            on_opposite: OnOpposite::Reverse,
        }
    }
}

impl SimConfig {
    /// The same, with size and opposite entries as a strategy recommends.
    #[must_use]
    pub fn recommended_by(mut self, strategy: &dyn Strategy) -> Self {
        let recommended = strategy.recommended();
        self.on_opposite = match recommended.on_opposite {
            mem_strategy::OnOpposite::Reverse => OnOpposite::Reverse,
            mem_strategy::OnOpposite::Close => OnOpposite::Close,
            mem_strategy::OnOpposite::Ignore => OnOpposite::Ignore,
        };
        self.sizing = match recommended.sizing {
            SizingHint::AllIn => Sizing::AllIn,
            SizingHint::Risk { risk, cap } => Sizing::Risk { risk, cap },
        };
        self
    }

    /// Whether every number lies in its range.
    ///
    /// # Errors
    /// Names the first field that does not, its value and its range.
    pub fn validate(&self) -> Result<(), ResearchError> {
        let check = ResearchError::check_range;
        check("initial_capital", self.initial_capital, 1e-6..=1e15)?;
        check("fees.maker", self.fees.maker, -0.01..=0.1)?;
        check("fees.taker", self.fees.taker, 0.0..=0.1)?;
        check("funding_8h", self.funding_8h, -0.05..=0.05)?;
        check("borrow_annual", self.borrow_annual, 0.0..=10.0)?;
        check("leverage", self.leverage, 1.0..=125.0)?;
        check("maintenance_margin", self.maintenance_margin, 0.0..=0.5)?;
        if self.leverage * self.maintenance_margin >= 1.0 {
            return Err(ResearchError::Config {
                field: "maintenance_margin",
                value: self.maintenance_margin,
                expected: format!(
                    "less than 1 / leverage = {}, or every position is liquidated at once",
                    1.0 / self.leverage
                ),
            });
        }
        self.validate_slippage()?;
        self.validate_sizing()
    }

    fn validate_slippage(&self) -> Result<(), ResearchError> {
        let check = ResearchError::check_range;
        match self.slippage {
            Slippage::None => Ok(()),
            Slippage::Bps { bps } => check("slippage.bps", bps, 0.0..=1000.0),
            Slippage::Spread { base, cap } => {
                check("slippage.base", base, 0.0..=0.1)?;
                check("slippage.cap", cap, base..=0.2)
            }
            Slippage::VolumeShare { coefficient, limit } => {
                check("slippage.coefficient", coefficient, 0.0..=10.0)?;
                check("slippage.limit", limit, 1e-6..=1.0)
            }
        }
    }

    fn validate_sizing(&self) -> Result<(), ResearchError> {
        let check = ResearchError::check_range;
        match self.sizing {
            Sizing::AllIn => Ok(()),
            Sizing::Fraction { fraction } => check("sizing.fraction", fraction, 1e-9..=self.leverage),
            Sizing::Notional { notional } => check("sizing.notional", notional, 1e-9..=1e15),
            Sizing::Units { units } => check("sizing.units", units, 1e-12..=1e15),
            Sizing::Risk { risk, cap } => {
                check("sizing.risk", risk, 1e-9..=1.0)?;
                check("sizing.cap", cap, 1e-9..=self.leverage)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        assert!(SimConfig::default().validate().is_ok());
    }

    #[test]
    fn the_message_names_field_value_and_range() {
        for (config, message) in [
            (SimConfig { leverage: 0.5, ..SimConfig::default() }, "leverage is 0.5: expected 1 to 125"),
            (
                SimConfig { sizing: Sizing::Fraction { fraction: 2.0 }, ..SimConfig::default() },
                "sizing.fraction is 2: expected 0.000000001 to 1",
            ),
            (
                SimConfig { slippage: Slippage::Bps { bps: f64::NAN }, ..SimConfig::default() },
                "slippage.bps is NaN: expected 0 to 1000",
            ),
            (
                SimConfig { leverage: 4.0, maintenance_margin: 0.25, ..SimConfig::default() },
                "maintenance_margin is 0.25: expected less than 1 / leverage = 0.25, or every position is liquidated at once",
            ),
        ] {
            assert_eq!(config.validate().map_err(|error| error.to_string()), Err(message.to_owned()));
        }
    }
}
