//! Alerts, and prices that somebody wants to be told of.

use mem_monitor::alert::{Alert, PriceAlert, Reach};
use mem_types::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An alert.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AlertView {
    /// Its number. Later alerts have higher ones.
    pub id: u64,
    /// What kind: `STALE_FEED`, `PRICE_LEVEL`, ...
    pub kind: String,
    /// About what; empty where the kind says it all.
    pub subject: String,
    /// `info`, `yellow` or `red`.
    pub severity: String,
    /// `active`, `acknowledged` or `recovered`.
    pub state: String,
    /// In words.
    pub message: String,
    /// What was measured.
    pub value: Option<f64>,
    /// The limit it was measured against.
    pub limit: Option<f64>,
    /// When it was raised.
    pub raised_at: i64,
    /// When it last became worse.
    pub escalated_at: Option<i64>,
    /// Who has taken note.
    pub acknowledged_by: Option<String>,
    /// When.
    pub acknowledged_at: Option<i64>,
    /// When it was over.
    pub recovered_at: Option<i64>,
}

/// Which way a price reaches a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReachView {
    /// It is at the level or above.
    Above,
    /// It is at the level or below.
    Below,
    /// It goes from one side to the other.
    Cross,
}

/// A price that somebody wants to be told of.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WatchedView {
    /// Its number.
    pub id: u64,
    /// Of what.
    pub symbol: String,
    /// Which way.
    pub reach: ReachView,
    /// The level.
    pub price: f64,
    /// Why.
    pub note: String,
    /// Whether it stays after it was raised and has recovered.
    pub repeating: bool,
}

/// Alerts that hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize, ToSchema)]
pub struct AlertsData {
    /// The worst first.
    pub active: Vec<AlertView>,
    /// Prices that somebody wants to be told of.
    pub watched: Vec<WatchedView>,
}

impl AlertView {
    pub(crate) fn of(alert: &Alert) -> Self {
        Self {
            id: alert.id,
            kind: alert.kind.name().to_owned(),
            subject: alert.subject.clone(),
            severity: alert.severity.name().to_owned(),
            state: alert.state().name().to_owned(),
            message: alert.message.clone(),
            value: alert.value,
            limit: alert.limit,
            raised_at: alert.raised_at.as_millis(),
            escalated_at: alert.escalated_at.map(Timestamp::as_millis),
            acknowledged_by: alert.acknowledged.as_ref().map(|note| note.by.clone()),
            acknowledged_at: alert.acknowledged.as_ref().map(|note| note.at.as_millis()),
            recovered_at: alert.recovered_at.map(Timestamp::as_millis),
        }
    }
}

impl WatchedView {
    pub(crate) fn of(id: u64, alert: &PriceAlert) -> Self {
        Self {
            id,
            symbol: alert.symbol.to_string(),
            reach: alert.reach.into(),
            price: alert.price,
            note: alert.note.clone(),
            repeating: alert.repeating,
        }
    }
}

impl From<Reach> for ReachView {
    fn from(reach: Reach) -> Self {
        match reach {
            Reach::Above => Self::Above,
            Reach::Below => Self::Below,
            Reach::Cross => Self::Cross,
        }
    }
}

impl From<ReachView> for Reach {
    fn from(reach: ReachView) -> Self {
        match reach {
            ReachView::Above => Self::Above,
            ReachView::Below => Self::Below,
            ReachView::Cross => Self::Cross,
        }
    }
}
