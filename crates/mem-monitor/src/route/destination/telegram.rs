//! A chat of Telegram, by its Bot API (<https://core.telegram.org/bots/api#sendmessage>).

use mem_credentials::Secret;
use reqwest::header::HeaderMap;
use serde_json::json;

use super::http;
use crate::alert::Severity;
use crate::route::message::shortened;
use crate::route::{Message, RouteError};

/// Longest text that Telegram takes.
const LONGEST: usize = 4_096;

/// A chat of Telegram.
#[derive(Debug, Clone)]
pub struct Telegram {
    /// Where the Bot API is, without a slash at the end.
    pub endpoint: String,
    /// The bot's token.
    pub token: Secret,
    /// The chat's number, or `@` and the name of a channel.
    pub chat: String,
}

impl Telegram {
    /// Where the Bot API is.
    pub const ENDPOINT: &str = "https://api.telegram.org";

    pub(super) async fn send(&self, client: &reqwest::Client, message: &Message) -> Result<(), RouteError> {
        let url = Secret::new(format!("{}/bot{}/sendMessage", self.endpoint, self.token.expose()));
        let mark = match message.severity() {
            _ if message.is_good_news() => "\u{1f7e2}",
            Severity::Info => "\u{1f535}",
            Severity::Yellow => "\u{1f7e1}",
            Severity::Red => "\u{1f534}",
        };
        let body = json!({
            "chat_id": self.chat,
            "text": shortened(&format!("{mark} {}", message.text()), LONGEST),
            "disable_notification": message.severity() == Severity::Info,
            "link_preview_options": { "is_disabled": true },
        });
        http::post(client, url.expose(), HeaderMap::new(), body.to_string()).await
    }
}
