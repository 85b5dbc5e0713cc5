//! Alerts, and what happens to them.

use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AlertKind, Severity};

/// Something that somebody should know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Its number. Later alerts have higher ones.
    pub id: u64,
    /// What kind.
    pub kind: AlertKind,
    /// About what: a feed, a symbol, an order; empty where the kind says it all.
    pub subject: String,
    /// How bad it is, at its worst so far.
    pub severity: Severity,
    /// In words, with what was measured and its limit, when it was raised or became worse.
    pub message: String,
    /// What was measured then.
    pub value: Option<f64>,
    /// The limit it was measured against.
    pub limit: Option<f64>,
    /// When it was raised.
    pub raised_at: Timestamp,
    /// When it last became worse.
    pub escalated_at: Option<Timestamp>,
    /// Who has taken note of it as it stands. Gone when it becomes worse.
    pub acknowledged: Option<Acknowledgement>,
    /// When its cause had been gone for long enough.
    pub recovered_at: Option<Timestamp>,
}

/// Somebody has taken note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How it stands with an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// Raised, and nobody has taken note.
    Active,
    /// Its cause holds and somebody has taken note.
    Acknowledged,
    /// Over.
    Recovered,
}

impl AlertState {
    /// Its name: `active`, `acknowledged`, `recovered`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Acknowledged => "acknowledged",
            Self::Recovered => "recovered",
        }
    }
}

impl Alert {
    /// How it stands with it.
    pub fn state(&self) -> AlertState {
        if self.recovered_at.is_some() {
            AlertState::Recovered
        } else if self.acknowledged.is_some() {
            AlertState::Acknowledged
        } else {
            AlertState::Active
        }
    }
}

/// What can happen to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Raised,
    /// It has become worse.
    Escalated,
    /// It is over.
    Recovered,
    /// Somebody has taken note.
    Acknowledged,
}

impl Change {
    /// Its name, as in `raised`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Escalated => "escalated",
            Self::Recovered => "recovered",
            Self::Acknowledged => "acknowledged",
        }
    }
}

/// Something that happened to an alert. Never changes after it was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertEvent {
    /// Its number. Later events have higher ones.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub change: Change,
    /// The alert as it stood right after.
    pub alert: Alert,
}

impl AlertEvent {
    /// One line of plain English: severity, kind, subject and message.
    pub fn line(&self) -> String {
        let Alert { kind, subject, severity, message, .. } = &self.alert;
        let about = if subject.is_empty() { String::new() } else { format!(" {subject}") };
        let severity = severity.name().to_uppercase();
        match self.change {
            Change::Raised => format!("{severity} {kind}{about}: {message}"),
            Change::Escalated => format!("{severity} {kind}{about} has become worse: {message}"),
            Change::Recovered => format!("RECOVERED {kind}{about}: it was: {message}"),
            Change::Acknowledged => {
                let by = self.alert.acknowledged.as_ref().map_or("somebody", |note| note.by.as_str());
                format!("ACKNOWLEDGED by {by} {kind}{about}: {message}")
            }
        }
    }
}
