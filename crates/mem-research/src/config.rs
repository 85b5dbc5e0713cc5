//! Every assumption of a simulation, written down.

use serde::{Deserialize, Serialize};

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
    /// Half of a spread that widens with volatility and with thin volume, as in the reference's spread model:
    /// `spread = base (1 + 10 vol) x (2 if volume < half its average, 1.5 if below average, else 1)`, at most `cap`.
    Spread {
        /// Spread of a calm market as a fraction of price.
        base: f64,
        /// Largest spread as a fraction of price.
        cap: f64,
    },
    /// Square-root impact of our share of the bar's volume: `coefficient x bar volatility x sqrt(qty / volume)`.
    VolumeShare {
        /// Dimensionless, about 1.
        coefficient: f64,
        /// Largest share of a bar's volume that one order may take; larger orders are cut down to it.
        limit: f64,
    },
}

/// The assumptions of one simulation. [`SimConfig::default`] is cautious: costs are on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimConfig {
    /// Quote currency at the start.
    pub initial_capital: f64,
    /// When orders fill.
    pub fill: Fill,
    /// Trading fees.
    pub fees: Fees,
    /// Slippage of market orders and stops.
    pub slippage: Slippage,
    /// Funding paid by longs to shorts every eight hours as a fraction of notional, where no funding series is given.
    pub funding_8h: f64,
    /// Yearly interest on the value of borrowed units (shorts) and of notional beyond equity (leverage).
    pub borrow_annual: f64,
    /// Position size.
    pub sizing: Sizing,
    /// Largest notional as a multiple of equity, at least 1.
    pub leverage: f64,
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
            fees: Fees { maker: 0.0002, taker: 0.0005 },
            slippage: Slippage::Bps { bps: 1.0 },
            funding_8h: 0.0,
            borrow_annual: 0.0,
            sizing: Sizing::AllIn,
            leverage: 1.0,
            allow_short: true,
            intrabar: Intrabar::StopFirst,
            on_opposite: OnOpposite::Reverse,
        }
    }
}
