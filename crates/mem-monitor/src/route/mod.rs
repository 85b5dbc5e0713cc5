//! Messages to where people read them.
//!
//! A [`RouteConfig`] is what was typed, a [`Route`] what it means, its secrets resolved. [`Dispatcher`] runs one task and one
//! bounded queue a route: each delivery has a timeout, what fails is tried again with growing, jittered waits, and no route gets more
//! than its rate: what is held back comes as one summary. Nothing is sent anywhere that is not configured.
//!
//! No token, password, key or address of a webhook is in an error, a log or a debug print.

mod backoff;
mod config;
mod destination;
mod dispatcher;
mod error;
mod message;
mod pace;
mod worker;

pub use config::{Encryption, RouteConfig, RouteType};
#[cfg(feature = "smtp")]
pub use destination::Email;
pub use destination::{Destination, Discord, Telegram, Webhook, signature};
pub use dispatcher::{Dispatcher, RouteFigures};
pub use error::RouteError;
pub use message::{Message, Summary};
pub use worker::Manner;

/// Where to and how: a route with its secrets.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its name in the configuration.
    pub name: String,
    /// Where to.
    pub destination: Destination,
    /// How often, how much, how patiently.
    pub manner: Manner,
}
