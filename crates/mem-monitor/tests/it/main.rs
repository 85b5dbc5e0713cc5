//! Routes against receivers on this machine.
#![allow(clippy::unwrap_used, reason = "tests")]

mod delivery;
mod http_receiver;
#[cfg(feature = "smtp")]
mod mail;
mod secrets;
#[cfg(feature = "smtp")]
mod smtp_receiver;
mod traces;

use std::future::Future;
use std::time::Duration;

use mem_monitor::alert::{AlertConfig, AlertEvent, Alerts, HaltSeen, Observations, Performance};
use mem_monitor::route::{Destination, Manner, Route};
use mem_types::Timestamp;

/// A test that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// `future`, or a failure instead of waiting for ever.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("this takes too long")
}

/// A route that hardly waits between tries.
fn route(destination: Destination) -> Route {
    let manner = Manner {
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(2),
        most: 1_000,
        ..Manner::default()
    };
    Route { name: "ops".to_owned(), destination, manner }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_nanos((1_700_000_000 + seconds) * 1_000_000_000)
}

/// So many red alerts of different subjects.
fn halts(count: usize) -> Vec<AlertEvent> {
    let halt = |number| HaltSeen { subject: format!("S{number}"), reason: "drill".to_owned() };
    let seen = Observations { halts: Some((0..count).map(halt).collect()), ..Observations::default() };
    Alerts::new(AlertConfig::default()).observe(at(0), &seen)
}

/// A yellow alert, raised, acknowledged and recovered.
fn life() -> Vec<AlertEvent> {
    let seen = |percent| {
        let performance = Performance { drawdown_pct: Some(percent), ..Performance::default() };
        Observations { performance: Some(performance), ..Observations::default() }
    };
    let mut alerts = Alerts::new(AlertConfig { hold_s: 0.0, ..AlertConfig::default() });
    let mut events = alerts.observe(at(0), &seen(16.0));
    events.extend(alerts.acknowledge(1, "anna", at(1)).expect("it is active"));
    events.extend(alerts.observe(at(2), &seen(1.0)));
    events
}
