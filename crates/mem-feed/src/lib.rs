//! Venue messages in, trusted events out: WebSocket first, REST when it fails, nothing lost, nothing doubled.
//!
//! Modules in reading order: [`sequence`] (what is missing, what is double), [`breaker`] and [`backoff`] (when to try
//! again), [`feed`] (one WebSocket and its fall-back), [`manager`] (all WebSockets of a venue), [`health`] (what is told
//! about them), [`commands`] (orders to a venue, each carried out once), [`record`] (what is handed on, into the catalog); beside
//! them [`texts`] (feeds of headlines).

pub mod backoff;
pub mod breaker;
pub mod commands;
pub mod config;
pub mod feed;
pub mod health;
pub mod manager;
pub mod record;
pub mod sequence;
pub mod texts;

pub use backoff::Backoff;
pub use breaker::{Breaker, BreakerState};
pub use commands::{Command, CommandError, Commands};
pub use config::FeedConfig;
pub use feed::{FeedEvent, Item, Start};
pub use health::{FeedHealth, Life, LifeEvent, Mode, Status};
pub use manager::{FeedError, Manager};
