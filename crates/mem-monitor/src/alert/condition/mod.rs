//! Observations against limits: what is bad, what is well, and what is neither yet.
//!
//! One file a group of kinds. Each gives a [`Reading`] for what was observed and none for what was not.

mod feeds;
mod operations;
mod performance;

use super::{AlertConfig, AlertKind, Observations, Severity};

/// How it stands with one subject of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    pub kind: AlertKind,
    pub subject: String,
    pub level: Level,
}

/// How it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Level {
    /// Beyond the limit.
    Bad(Bad),
    /// Not beyond the limit, and not yet so far from it that an alert recovers.
    Between,
    /// Well.
    Clear,
}

/// What is bad.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bad {
    pub severity: Severity,
    pub message: String,
    pub value: Option<f64>,
    pub limit: Option<f64>,
}

impl Bad {
    /// Something that has no measure.
    pub(super) fn told(severity: Severity, message: String) -> Level {
        Level::Bad(Self { severity, message, value: None, limit: None })
    }
}

impl Reading {
    pub(super) fn new(kind: AlertKind, subject: impl Into<String>, level: Level) -> Self {
        Self { kind, subject: subject.into(), level }
    }
}

/// The readings of `seen`, in an order that depends on nothing else. `active` are the subjects with an active alert of a kind:
/// where a list is complete, those that are missing from it are clear.
pub(super) fn readings(
    seen: &Observations,
    config: &AlertConfig,
    active: impl Fn(AlertKind) -> Vec<String>,
) -> Vec<Reading> {
    let mut readings = Vec::new();
    if let Some(performance) = &seen.performance {
        performance::read(performance, config, &mut readings);
    }
    for feed in &seen.feeds {
        feeds::read(feed, config, &mut readings);
    }
    operations::read(seen, config, active, &mut readings);
    readings.retain(|reading| config.enabled(reading.kind));
    readings
}

/// A measured value and its limit. Which side is bad decides how it is compared.
#[derive(Debug, Clone, Copy)]
struct Measure {
    value: f64,
    limit: f64,
    bad: Side,
}

#[derive(Debug, Clone, Copy)]
enum Side {
    Above,
    Below,
}

impl Measure {
    /// Bad beyond the limit, red beyond `escalation` times the limit, clear within `recovery` of it.
    fn level(self, config: &AlertConfig, message: impl FnOnce() -> String) -> Level {
        let Self { value, limit, bad } = self;
        let beyond = |limit: f64| match bad {
            Side::Above => value > limit,
            Side::Below => value < limit,
        };
        let worse = |factor: f64| match bad {
            Side::Above => limit * factor,
            Side::Below => limit / factor,
        };
        if beyond(limit) {
            let severity = if beyond(worse(config.escalation)) { Severity::Red } else { Severity::Yellow };
            Level::Bad(Bad { severity, message: message(), value: Some(value), limit: Some(limit) })
        } else if beyond(worse(config.recovery)) {
            Level::Between
        } else {
            Level::Clear
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_have_a_band_in_which_nothing_changes() {
        let config = AlertConfig::default();
        let name = |value: f64, limit: f64, bad: Side| match (Measure { value, limit, bad }).level(&config, String::new)
        {
            Level::Bad(bad) => bad.severity.name(),
            Level::Between => "between",
            Level::Clear => "clear",
        };
        for (value, expected) in
            [(23.0, "red"), (22.0, "yellow"), (15.0, "between"), (13.6, "between"), (13.5, "clear"), (0.0, "clear")]
        {
            assert_eq!(name(value, 15.0, Side::Above), expected, "{value}");
        }
        for (value, expected) in
            [(26.0, "red"), (39.0, "yellow"), (40.0, "between"), (44.0, "between"), (45.0, "clear")]
        {
            assert_eq!(name(value, 40.0, Side::Below), expected, "{value}");
        }
    }
}
