//! Price alerts that somebody has asked for.

use std::collections::BTreeMap;
use std::fmt;

use mem_types::Symbol;
use serde::{Deserialize, Serialize};

use super::condition::{Bad, Level, Reading};
use super::{AlertConfig, AlertKind, Severity};
use crate::MonitorError;

/// Longest note that is kept, in characters.
const LONGEST_NOTE: usize = 500;

/// Which way a price reaches a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// It is at the level or above.
    Above,
    /// It is at the level or below.
    Below,
    /// It was on one side when it was seen last and is at the level or on the other side now.
    Cross,
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Above => "above",
            Self::Below => "below",
            Self::Cross => "cross",
        })
    }
}

/// What somebody wants to be told about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceAlert {
    /// Of what.
    pub symbol: Symbol,
    /// Which way.
    pub reach: Reach,
    /// The level, above zero.
    pub price: f64,
    /// Why, in the words of whoever asks. At most 500 characters.
    #[serde(default)]
    pub note: String,
    /// Whether it stays after it was raised and has recovered.
    #[serde(default)]
    pub repeating: bool,
}

/// All price alerts and the prices seen last.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct PriceAlerts {
    newest: u64,
    alerts: BTreeMap<u64, PriceAlert>,
    last: BTreeMap<Symbol, f64>,
}

impl PriceAlerts {
    pub(super) fn list(&self) -> impl Iterator<Item = (u64, &PriceAlert)> {
        self.alerts.iter().map(|(id, alert)| (*id, alert))
    }

    pub(super) fn add(&mut self, alert: PriceAlert, config: &AlertConfig) -> Result<u64, MonitorError> {
        if !(alert.price.is_finite() && alert.price > 0.0) {
            return Err(MonitorError::NoPrice(alert.price));
        }
        let length = alert.note.chars().count();
        if length > LONGEST_NOTE {
            return Err(MonitorError::TooLong { field: "note", length, most: LONGEST_NOTE });
        }
        if self.alerts.len() >= config.price_alerts {
            return Err(MonitorError::TooManyPriceAlerts(config.price_alerts));
        }
        self.newest += 1;
        self.alerts.insert(self.newest, alert);
        Ok(self.newest)
    }

    pub(super) fn remove(&mut self, id: u64) -> Result<PriceAlert, MonitorError> {
        let removed = self.alerts.remove(&id).ok_or(MonitorError::NoPriceAlert(id))?;
        self.forget_unwatched();
        Ok(removed)
    }

    /// Whether an alert about `subject` still has somebody who asked for it.
    pub(super) fn is_wanted(&self, subject: &str) -> bool {
        self.list().any(|(id, alert)| alert.subject(id) == subject)
    }

    /// The alert about `subject` has recovered: once is enough for those that do not repeat.
    pub(super) fn recovered(&mut self, subject: &str) {
        self.alerts.retain(|id, alert| alert.repeating || alert.subject(*id) != subject);
        self.forget_unwatched();
    }

    /// Reads new prices. What is not finite was not seen.
    pub(super) fn read(&mut self, prices: &BTreeMap<Symbol, f64>, readings: &mut Vec<Reading>) {
        for (id, alert) in &self.alerts {
            let Some(price) = prices.get(&alert.symbol).copied().filter(|price| price.is_finite()) else { continue };
            let before = self.last.get(&alert.symbol).copied();
            readings.push(Reading::new(AlertKind::PriceLevel, alert.subject(*id), alert.level(before, price)));
        }
        for alert in self.alerts.values() {
            if let Some(price) = prices.get(&alert.symbol).copied().filter(|price| price.is_finite()) {
                self.last.insert(alert.symbol.clone(), price);
            }
        }
    }

    fn forget_unwatched(&mut self) {
        let alerts = &self.alerts;
        self.last.retain(|symbol, _| alerts.values().any(|alert| alert.symbol == *symbol));
    }
}

impl PriceAlert {
    fn subject(&self, id: u64) -> String {
        format!("{} {} {} #{id}", self.symbol, self.reach, self.price)
    }

    fn level(&self, before: Option<f64>, price: f64) -> Level {
        let reached = match self.reach {
            Reach::Above => price >= self.price,
            Reach::Below => price <= self.price,
            Reach::Cross => before.is_some_and(|before| {
                (before < self.price && price >= self.price) || (before > self.price && price <= self.price)
            }),
        };
        if !reached {
            return Level::Clear;
        }
        let note = if self.note.is_empty() { String::new() } else { format!(": {}", self.note) };
        let way = match self.reach {
            Reach::Above | Reach::Below => self.reach.to_string(),
            Reach::Cross => "across".to_owned(),
        };
        let message = format!("{} is at {price}, {way} {}{note}", self.symbol, self.price);
        Level::Bad(Bad { severity: Severity::Info, message, value: Some(price), limit: Some(self.price) })
    }
}
