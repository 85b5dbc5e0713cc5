//! From when on something is worth an alert.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::AlertKind;
use crate::range::Section;
use crate::route::RouteConfig;

/// Limits of alerts, and their manners.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlertConfig {
    /// A win rate of the newest trades below this is too low, in percent, 0 to 100.
    pub win_rate: f64,
    /// A profit factor of the newest trades below this is too low, 0 to 100.
    pub profit_factor: f64,
    /// Win rate and profit factor are judged from so many trades on, 1 to 10,000.
    pub min_trades: usize,
    /// A drawdown above this is too high, in percent, 0.1 to 100.
    pub drawdown: f64,
    /// So many losing trades in a row are too many, 2 to 1,000.
    pub losing_streak: u32,
    /// A feed that has brought nothing for longer is stale, in seconds, 1 to 86,400.
    pub stale_after_s: f64,
    /// Free disk space below this is too little, in bytes, 0 to 10^15.
    pub disk_free_bytes: f64,
    /// Free disk space below this is too little, in percent, 0 to 50.
    pub disk_free_percent: f64,
    /// A clock further away than this is too far, in milliseconds, 1 to 3,600,000.
    pub clock_offset_ms: f64,
    /// An order unknown for longer than this is red, in seconds, 0 to 86,400.
    pub order_unknown_red_s: f64,
    /// What is so many times worse than its limit is red, 1.01 to 100.
    pub escalation: f64,
    /// What is measured recovers at this part of its limit, 0.1 to 1: a drawdown above 15 recovers below 13.5.
    pub recovery: f64,
    /// An alert is not raised again within this time, in seconds, 0 to 86,400.
    pub cooldown_s: f64,
    /// An alert recovers when its cause has been gone for so long, in seconds, 0 to 86,400.
    pub hold_s: f64,
    /// So many recovered alerts are remembered, 1 to 100,000.
    pub history: usize,
    /// So many price alerts there may be, 0 to 10,000.
    pub price_alerts: usize,
    /// What differs for one kind, by its name.
    pub kinds: BTreeMap<AlertKind, KindConfig>,
    /// Where alerts are told beside the records, by a name of the user's own.
    pub routes: BTreeMap<String, RouteConfig>,
}

/// What differs for one kind of alerts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KindConfig {
    /// Whether it is raised at all.
    pub enabled: bool,
    /// Instead of `cooldown_s`.
    pub cooldown_s: Option<f64>,
    /// Instead of `hold_s`.
    pub hold_s: Option<f64>,
}

impl Default for KindConfig {
    fn default() -> Self {
        Self { enabled: true, cooldown_s: None, hold_s: None }
    }
}

impl Default for AlertConfig {
    fn default() -> Self {
        Self {
            win_rate: 40.0,
            profit_factor: 1.0,
            min_trades: 10,
            drawdown: 15.0,
            losing_streak: 5,
            stale_after_s: 30.0,
            disk_free_bytes: 1e9,
            disk_free_percent: 5.0,
            clock_offset_ms: 500.0,
            order_unknown_red_s: 60.0,
            escalation: 1.5,
            recovery: 0.9,
            cooldown_s: 300.0,
            hold_s: 10.0,
            history: 1_000,
            price_alerts: 1_000,
            kinds: BTreeMap::new(),
            routes: BTreeMap::new(),
        }
    }
}

impl AlertConfig {
    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// Names the first that does not, its value and its range.
    pub fn validate(&self) -> Result<(), String> {
        const DAY_S: f64 = 86_400.0;
        let section = Section("alerts");
        section.check("win_rate", self.win_rate, 0.0, 100.0)?;
        section.check("profit_factor", self.profit_factor, 0.0, 100.0)?;
        section.check("min_trades", self.min_trades as f64, 1.0, 10_000.0)?;
        section.check("drawdown", self.drawdown, 0.1, 100.0)?;
        section.check("losing_streak", f64::from(self.losing_streak), 2.0, 1_000.0)?;
        section.check("stale_after_s", self.stale_after_s, 1.0, DAY_S)?;
        section.check("disk_free_bytes", self.disk_free_bytes, 0.0, 1e15)?;
        section.check("disk_free_percent", self.disk_free_percent, 0.0, 50.0)?;
        section.check("clock_offset_ms", self.clock_offset_ms, 1.0, 3_600_000.0)?;
        section.check("order_unknown_red_s", self.order_unknown_red_s, 0.0, DAY_S)?;
        section.check("escalation", self.escalation, 1.01, 100.0)?;
        section.check("recovery", self.recovery, 0.1, 1.0)?;
        section.check("cooldown_s", self.cooldown_s, 0.0, DAY_S)?;
        section.check("hold_s", self.hold_s, 0.0, DAY_S)?;
        section.check("history", self.history as f64, 1.0, 100_000.0)?;
        section.check("price_alerts", self.price_alerts as f64, 0.0, 10_000.0)?;
        for (kind, own) in &self.kinds {
            section.check(&format!("kinds.{kind}.cooldown_s"), own.cooldown_s.unwrap_or(0.0), 0.0, DAY_S)?;
            section.check(&format!("kinds.{kind}.hold_s"), own.hold_s.unwrap_or(0.0), 0.0, DAY_S)?;
        }
        Ok(())
    }

    pub(super) fn enabled(&self, kind: AlertKind) -> bool {
        self.kinds.get(&kind).is_none_or(|own| own.enabled)
    }

    /// Nanoseconds.
    pub(super) fn cooldown(&self, kind: AlertKind) -> i64 {
        nanos(self.kinds.get(&kind).and_then(|own| own.cooldown_s).unwrap_or(self.cooldown_s))
    }

    /// Nanoseconds.
    pub(super) fn hold(&self, kind: AlertKind) -> i64 {
        nanos(self.kinds.get(&kind).and_then(|own| own.hold_s).unwrap_or(self.hold_s))
    }
}

fn nanos(seconds: f64) -> i64 {
    (seconds * 1e9) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_are_checked() {
        assert_eq!(AlertConfig::default().validate(), Ok(()));
        let config = AlertConfig { recovery: 1.5, ..AlertConfig::default() };
        assert_eq!(config.validate(), Err("alerts.recovery is 1.5: expected 0.1 to 1".to_owned()));
        let config: AlertConfig = toml::from_str("[kinds.KILL_SWITCH]\ncooldown_s = -1").unwrap();
        let message = "alerts.kinds.KILL_SWITCH.cooldown_s is -1: expected 0 to 86400";
        assert_eq!(config.validate(), Err(message.to_owned()));
        assert!(toml::from_str::<AlertConfig>("winrate = 3").is_err());
        assert!(toml::from_str::<AlertConfig>("win_rate = nan").unwrap().validate().is_err());
    }
}
