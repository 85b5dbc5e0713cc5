//! Alerts with a life of their own.
//!
//! [`Alerts`] compares [`Observations`] with the limits of [`AlertConfig`]. What is beyond its limit is raised, once; it becomes
//! worse (to a higher [`Severity`]), somebody takes note of it, and it recovers when its cause has been gone for the hold time:
//! well within the limit (`recovery`), not just back at it. After a raising, the same kind and subject is not raised again within
//! the cool-down. What was not observed changes nothing. An alert never becomes less severe while it is active.
//!
//! ```
//! use mem_monitor::alert::{AlertConfig, AlertKind, Alerts, Change, Observations, Performance};
//!
//! let mut alerts = Alerts::new(AlertConfig::default());
//! let performance = Performance { drawdown_pct: Some(16.0), ..Performance::default() };
//! let seen = Observations { performance: Some(performance), ..Observations::default() };
//! let now = "2024-01-01T00:00:00Z".parse().unwrap();
//! let events = alerts.observe(now, &seen);
//! assert_eq!((events[0].change, events[0].alert.kind), (Change::Raised, AlertKind::HighDrawdown));
//! assert_eq!(events[0].alert.message, "equity is 16.0 % below its peak (limit 15 %)");
//! assert!(alerts.observe(now, &seen).is_empty());
//! ```

mod book;
mod condition;
mod config;
mod event;
mod kind;
mod observations;
mod price;

pub use book::{Alerts, AlertsState};
pub use config::{AlertConfig, KindConfig};
pub use event::{Acknowledgement, Alert, AlertEvent, AlertState, Change};
pub use kind::{AlertKind, Severity};
pub use observations::{
    BookDifference, DiskSeen, FeedMode, FeedSeen, FeedStatus, HaltSeen, KillSwitchSeen, ModelSeen, Observations,
    Performance, UnknownOrder,
};
pub use price::{PriceAlert, Reach};
