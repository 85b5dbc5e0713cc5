//! Where messages go. One file a destination: each puts a message into its receiver's form and sends it once.

mod discord;
#[cfg(feature = "smtp")]
mod email;
mod http;
mod log;
mod telegram;
mod webhook;

use std::time::Duration;

use super::{Message, RouteError};

pub use discord::Discord;
#[cfg(feature = "smtp")]
pub use email::Email;
pub use telegram::Telegram;
pub use webhook::{Webhook, signature};

pub(super) use http::{client, is_address};

/// Where messages go.
#[derive(Debug, Clone)]
pub enum Destination {
    /// Our own log.
    Log,
    /// An address that takes JSON.
    Webhook(Webhook),
    /// A chat of Telegram.
    Telegram(Telegram),
    /// A channel of Discord.
    Discord(Discord),
    /// E-mail.
    #[cfg(feature = "smtp")]
    Email(Email),
}

impl Destination {
    /// Sends a message once.
    pub(super) async fn send(
        &self,
        client: &reqwest::Client,
        route: &str,
        message: &Message,
        timeout: Duration,
    ) -> Result<(), RouteError> {
        let sending = async {
            match self {
                Self::Log => {
                    log::write(route, message);
                    Ok(())
                }
                Self::Webhook(webhook) => webhook.send(client, message).await,
                Self::Telegram(telegram) => telegram.send(client, message).await,
                Self::Discord(discord) => discord.send(client, message).await,
                #[cfg(feature = "smtp")]
                Self::Email(email) => email.send(message).await,
            }
        };
        tokio::time::timeout(timeout, sending).await.unwrap_or(Err(RouteError::TooLate(timeout)))
    }
}
