//! The life of alerts: raised, worse, acknowledged, recovered.

use std::collections::{BTreeMap, VecDeque};

use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::condition::{self, Bad, Level, Reading};
use super::price::PriceAlerts;
use super::{Acknowledgement, Alert, AlertConfig, AlertEvent, AlertKind, Change, Observations, PriceAlert};
use crate::MonitorError;

/// Longest name of whoever acknowledges, in characters.
const LONGEST_NAME: usize = 100;

/// Observations in, events of alerts out.
///
/// At most one alert of a kind and subject is active. Time never runs back: an earlier `now` counts as the latest one seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Alerts {
    config: AlertConfig,
    state: AlertsState,
}

/// All that must survive a restart.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AlertsState {
    newest_alert: u64,
    newest_event: u64,
    now: Option<Timestamp>,
    #[serde(with = "as_list")]
    tracks: BTreeMap<Key, Track>,
    /// Recovered alerts, the oldest recovery first.
    recovered: VecDeque<Alert>,
    prices: PriceAlerts,
}

type Key = (AlertKind, String);

/// What is known of one kind and subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Track {
    /// The last raising, for the cool-down.
    raised_at: Timestamp,
    active: Option<Alert>,
    /// Since when the cause has been gone.
    clear_since: Option<Timestamp>,
}

impl Alerts {
    /// No alert yet.
    pub fn new(config: AlertConfig) -> Self {
        Self::restore(config, AlertsState::default())
    }

    /// Alerts as they stood, under a configuration that may be another one.
    pub fn restore(config: AlertConfig, state: AlertsState) -> Self {
        Self { config, state }
    }

    /// All that must survive a restart.
    pub fn state(&self) -> &AlertsState {
        &self.state
    }

    /// What `seen` at `now` does to alerts, in the order in which it happens.
    pub fn observe(&mut self, now: Timestamp, seen: &Observations) -> Vec<AlertEvent> {
        let now = self.state.pass(now);
        let state = &mut self.state;
        let active = |kind| state.active_subjects(kind);
        let mut readings = condition::readings(seen, &self.config, active);
        let mut unwanted = state.unwanted(&self.config);
        if self.config.enabled(AlertKind::PriceLevel) {
            state.prices.read(&seen.prices, &mut readings);
        }
        readings.append(&mut unwanted);
        let events = readings.into_iter().filter_map(|reading| state.take(now, reading, &self.config)).collect();
        state.forget(now, &self.config);
        events
    }

    /// `by` has taken note of an active alert. It stays quiet until it becomes worse or recovers; a second note changes nothing.
    ///
    /// # Errors
    /// No alert of this number is active, or the name is longer than 100 characters.
    pub fn acknowledge(&mut self, id: u64, by: &str, now: Timestamp) -> Result<Option<AlertEvent>, MonitorError> {
        let length = by.chars().count();
        if length > LONGEST_NAME {
            return Err(MonitorError::TooLong { field: "by", length, most: LONGEST_NAME });
        }
        let now = self.state.pass(now);
        let mut active = self.state.tracks.values_mut().filter_map(|track| track.active.as_mut());
        let alert = active.find(|alert| alert.id == id).ok_or(MonitorError::NoActiveAlert(id))?;
        if alert.acknowledged.is_some() {
            return Ok(None);
        }
        alert.acknowledged = Some(Acknowledgement { by: by.to_owned(), at: now });
        let alert = alert.clone();
        Ok(Some(self.state.event(now, Change::Acknowledged, alert)))
    }

    /// Alerts that hold, the worst first, among equals the oldest first.
    pub fn active(&self) -> Vec<&Alert> {
        let mut active: Vec<_> = self.state.active().collect();
        active.sort_by_key(|alert| (std::cmp::Reverse(alert.severity), alert.id));
        active
    }

    /// The newest alerts, active ones too, the newest first.
    pub fn history(&self, limit: usize) -> Vec<&Alert> {
        let mut alerts: Vec<_> = self.state.active().chain(&self.state.recovered).collect();
        alerts.sort_by_key(|alert| std::cmp::Reverse(alert.id));
        alerts.truncate(limit);
        alerts
    }

    /// Asks to be told about a price. Where the price is there already, the next observation tells.
    ///
    /// # Errors
    /// The price is not above zero, the note is too long, or there are too many already.
    pub fn add_price_alert(&mut self, alert: PriceAlert) -> Result<u64, MonitorError> {
        self.state.prices.add(alert, &self.config)
    }

    /// No longer wants to be told. An active alert of it recovers.
    ///
    /// # Errors
    /// No price alert has this number.
    pub fn remove_price_alert(&mut self, id: u64) -> Result<PriceAlert, MonitorError> {
        self.state.prices.remove(id)
    }

    /// Price alerts that wait, with their numbers, the oldest first.
    pub fn price_alerts(&self) -> impl Iterator<Item = (u64, &PriceAlert)> {
        self.state.prices.list()
    }
}

impl AlertsState {
    /// The time that it is: never earlier than it was.
    fn pass(&mut self, now: Timestamp) -> Timestamp {
        let now = self.now.map_or(now, |latest| latest.max(now));
        self.now = Some(now);
        now
    }

    fn active(&self) -> impl Iterator<Item = &Alert> {
        self.tracks.values().filter_map(|track| track.active.as_ref())
    }

    fn active_subjects(&self, kind: AlertKind) -> Vec<String> {
        self.active().filter(|alert| alert.kind == kind).map(|alert| alert.subject.clone()).collect()
    }

    /// Active alerts that nobody wants any more: of a kind that is switched off, or about a price that nobody asks for.
    fn unwanted(&self, config: &AlertConfig) -> Vec<Reading> {
        let is_wanted = |alert: &Alert| {
            config.enabled(alert.kind) && (alert.kind != AlertKind::PriceLevel || self.prices.is_wanted(&alert.subject))
        };
        let unwanted = self.active().filter(|alert| !is_wanted(alert));
        unwanted.map(|alert| Reading::new(alert.kind, alert.subject.as_str(), Level::Clear)).collect()
    }

    fn take(&mut self, now: Timestamp, reading: Reading, config: &AlertConfig) -> Option<AlertEvent> {
        let Reading { kind, subject, level } = reading;
        match level {
            Level::Bad(bad) => self.bad(now, (kind, subject), bad, config),
            Level::Between => {
                if let Some(track) = self.tracks.get_mut(&(kind, subject)) {
                    track.clear_since = None;
                }
                None
            }
            Level::Clear => self.clear(now, &(kind, subject), config),
        }
    }

    fn bad(&mut self, now: Timestamp, key: Key, bad: Bad, config: &AlertConfig) -> Option<AlertEvent> {
        if let Some(track) = self.tracks.get_mut(&key) {
            track.clear_since = None;
            if let Some(alert) = &mut track.active {
                if bad.severity <= alert.severity {
                    return None;
                }
                alert.severity = bad.severity;
                alert.message = bad.message;
                alert.value = bad.value;
                alert.limit = bad.limit;
                alert.escalated_at = Some(now);
                alert.acknowledged = None;
                let alert = alert.clone();
                return Some(self.event(now, Change::Escalated, alert));
            }
            if nanos_between(track.raised_at, now) < config.cooldown(key.0) {
                return None;
            }
        }
        self.newest_alert += 1;
        let alert = Alert {
            id: self.newest_alert,
            kind: key.0,
            subject: key.1.clone(),
            severity: bad.severity,
            message: bad.message,
            value: bad.value,
            limit: bad.limit,
            raised_at: now,
            escalated_at: None,
            acknowledged: None,
            recovered_at: None,
        };
        self.tracks.insert(key, Track { raised_at: now, active: Some(alert.clone()), clear_since: None });
        Some(self.event(now, Change::Raised, alert))
    }

    fn clear(&mut self, now: Timestamp, key: &Key, config: &AlertConfig) -> Option<AlertEvent> {
        let track = self.tracks.get_mut(key)?;
        track.active.as_ref()?;
        let since = *track.clear_since.get_or_insert(now);
        if nanos_between(since, now) < config.hold(key.0) {
            return None;
        }
        track.clear_since = None;
        let mut alert = track.active.take()?;
        alert.recovered_at = Some(now);
        if alert.kind == AlertKind::PriceLevel {
            self.prices.recovered(&alert.subject);
        }
        self.recovered.push_back(alert.clone());
        Some(self.event(now, Change::Recovered, alert))
    }

    fn event(&mut self, at: Timestamp, change: Change, alert: Alert) -> AlertEvent {
        self.newest_event += 1;
        AlertEvent { id: self.newest_event, at, change, alert }
    }

    /// Forgets what no longer matters, so that memory stays bounded.
    fn forget(&mut self, now: Timestamp, config: &AlertConfig) {
        self.tracks.retain(|key, track| {
            track.active.is_some() || nanos_between(track.raised_at, now) < config.cooldown(key.0)
        });
        while self.recovered.len() > config.history {
            self.recovered.pop_front();
        }
    }
}

fn nanos_between(from: Timestamp, to: Timestamp) -> i64 {
    to.as_nanos().saturating_sub(from.as_nanos())
}

/// Pairs as keys are no JSON: a list of triples is.
mod as_list {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::{AlertKind, Key, Track};

    pub(super) fn serialize<S: Serializer>(tracks: &BTreeMap<Key, Track>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(tracks.iter().map(|((kind, subject), track)| (kind, subject, track)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Key, Track>, D::Error> {
        let list = Vec::<(AlertKind, String, Track)>::deserialize(deserializer)?;
        Ok(list.into_iter().map(|(kind, subject, track)| ((kind, subject), track)).collect())
    }
}

#[cfg(test)]
#[path = "book_test.rs"]
mod tests;
