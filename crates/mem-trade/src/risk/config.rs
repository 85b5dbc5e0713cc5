//! The limits.

use mem_types::Symbol;
use serde::{Deserialize, Serialize};

/// Limits of risk. Fractions are of the account's equity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RiskConfig {
    /// Most that one trade may lose at its stop.
    pub max_risk_per_trade: f64,
    /// Largest position in one symbol, as notional.
    pub max_position: f64,
    /// Largest single order, in quote currency; 0 for no limit.
    pub max_order_notional: f64,
    /// Largest sum of all positions, longs and shorts added.
    pub max_exposure: f64,
    /// Symbols that belong together, each with a limit of its own.
    pub groups: Vec<Group>,
    /// Symbols that move together by measure count as a group.
    pub correlation: Correlation,
    /// Largest gross exposure over equity that the account may ever reach.
    pub max_leverage: f64,
    /// No entries any more on a UTC day that has lost so much.
    pub max_daily_loss: f64,
    /// No entries any more once equity has fallen so far from its peak, until an operator resumes.
    pub max_drawdown: f64,
    /// Smaller entries after losses in a row.
    pub losing_streak: LosingStreak,
    /// Most orders in 60 seconds.
    pub max_orders_per_minute: u32,
    /// Most that the price may have moved away from the one decided on.
    pub price_band: f64,
    /// Oldest last price that may be traded on, in seconds.
    pub max_data_age_s: f64,
    /// When entries are allowed.
    pub trading_hours: TradingHours,
}

impl Default for RiskConfig {
    fn default() -> Self {
        Self {
            max_risk_per_trade: 0.02,
            max_position: 0.25,
            max_order_notional: 0.0,
            max_exposure: 1.0,
            groups: Vec::new(),
            correlation: Correlation::default(),
            max_leverage: 1.0,
            max_daily_loss: 0.05,
            max_drawdown: 0.2,
            losing_streak: LosingStreak::default(),
            max_orders_per_minute: 60,
            price_band: 0.05,
            max_data_age_s: 15.0,
            trading_hours: TradingHours::default(),
        }
    }
}

/// Symbols that belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its name, for the records.
    pub name: String,
    /// Its members.
    pub symbols: Vec<Symbol>,
    /// Largest sum of their positions, longs and shorts added.
    pub max_exposure: f64,
}

/// Symbols whose returns move together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Correlation {
    /// Correlation from which on two symbols count as one bet, 0 to 1. A position on the other side counts as the opposite.
    pub threshold: f64,
    /// Largest sum of such positions that lean the same way.
    pub max_exposure: f64,
    /// Over so many closed bars; fewer than 20 common bars count as uncorrelated.
    pub bars: usize,
}

impl Default for Correlation {
    fn default() -> Self {
        Self { threshold: 0.8, max_exposure: 0.75, bars: 100 }
    }
}

/// Smaller entries after losses in a row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LosingStreak {
    /// After so many losing trades in a row; 0 for never.
    pub after: u32,
    /// Entries are this part of their size, until a trade wins.
    pub factor: f64,
}

impl Default for LosingStreak {
    fn default() -> Self {
        Self { after: 5, factor: 0.5 }
    }
}

/// When entries are allowed, in UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TradingHours {
    /// From this minute of the day on, 0 to 1439.
    pub from_minute: u32,
    /// Up to this minute, 1 to 1440; below `from_minute` for hours across midnight.
    pub to_minute: u32,
    /// On these days, Monday is 0; the day on which the hours begin.
    pub days: Vec<u8>,
}

impl Default for TradingHours {
    fn default() -> Self {
        Self { from_minute: 0, to_minute: 1440, days: (0..7).collect() }
    }
}

impl RiskConfig {
    /// Limits so wide that none is ever met: what a simulation without risk does.
    pub fn unlimited() -> Self {
        Self {
            max_risk_per_trade: 1e9,
            max_position: 1e9,
            max_order_notional: 0.0,
            max_exposure: 1e9,
            groups: Vec::new(),
            correlation: Correlation { threshold: 1.0, max_exposure: 1e9, bars: 0 },
            max_leverage: 1e9,
            max_daily_loss: 1e9,
            max_drawdown: 1e9,
            losing_streak: LosingStreak { after: 0, factor: 1.0 },
            max_orders_per_minute: u32::MAX,
            price_band: 1e9,
            max_data_age_s: 1e12,
            trading_hours: TradingHours::default(),
        }
    }

    /// Whether every limit makes sense.
    ///
    /// # Errors
    /// Names the first that does not, its value and its range.
    pub fn validate(&self) -> Result<(), String> {
        let check = |name: &str, value: f64, low: f64, high: f64| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(format!("risk.{name} is {value}: expected {low} to {high}"))
            }
        };
        const MOST: f64 = 1e12;
        check("max_risk_per_trade", self.max_risk_per_trade, 0.0, MOST)?;
        check("max_position", self.max_position, 0.0, MOST)?;
        check("max_order_notional", self.max_order_notional, 0.0, MOST)?;
        check("max_exposure", self.max_exposure, 0.0, MOST)?;
        check("correlation.threshold", self.correlation.threshold, 0.0, 1.0)?;
        check("correlation.max_exposure", self.correlation.max_exposure, 0.0, MOST)?;
        check("correlation.bars", self.correlation.bars as f64, 0.0, 1000.0)?;
        check("max_leverage", self.max_leverage, 0.0, MOST)?;
        check("max_daily_loss", self.max_daily_loss, 0.0, MOST)?;
        check("max_drawdown", self.max_drawdown, 0.0, MOST)?;
        check("losing_streak.factor", self.losing_streak.factor, 0.0, 1.0)?;
        check("price_band", self.price_band, 0.0, MOST)?;
        check("max_data_age_s", self.max_data_age_s, 0.0, MOST)?;
        check("trading_hours.from_minute", f64::from(self.trading_hours.from_minute), 0.0, 1439.0)?;
        check("trading_hours.to_minute", f64::from(self.trading_hours.to_minute), 1.0, 1440.0)?;
        if let Some(day) = self.trading_hours.days.iter().find(|day| **day > 6) {
            return Err(format!("risk.trading_hours.days holds {day}: expected 0 (Monday) to 6 (Sunday)"));
        }
        for group in &self.groups {
            check(&format!("groups.{}.max_exposure", group.name), group.max_exposure, 0.0, MOST)?;
        }
        Ok(())
    }
}
