//! A channel of Discord, by its webhook (<https://discord.com/developers/docs/resources/webhook#execute-webhook>).

use mem_credentials::Secret;
use reqwest::header::HeaderMap;
use serde_json::json;

use super::http;
use crate::alert::Severity;
use crate::route::message::shortened;
use crate::route::{Message, RouteError};

/// Longest headline, and longest text of an embed, that Discord takes.
const LONGEST_TITLE: usize = 256;
const LONGEST_TEXT: usize = 4_096;

/// A channel of Discord.
#[derive(Debug, Clone)]
pub struct Discord {
    /// The webhook's address, which is the only secret it has.
    pub url: Secret,
}

impl Discord {
    pub(super) async fn send(&self, client: &reqwest::Client, message: &Message) -> Result<(), RouteError> {
        let colour = match message.severity() {
            _ if message.is_good_news() => 0x2e_a0_43,
            Severity::Info => 0x38_8b_fd,
            Severity::Yellow => 0xd2_99_22,
            Severity::Red => 0xda_36_33,
        };
        let mut embed = json!({
            "title": shortened(&message.title(), LONGEST_TITLE),
            "description": shortened(&message.text(), LONGEST_TEXT),
            "color": colour,
        });
        if let Some(at) = message.at() {
            embed["timestamp"] = json!(at);
        }
        let body = json!({
            "content": shortened(&message.title(), LONGEST_TITLE),
            "embeds": [embed],
            // Nobody is called by what a note or a reason happens to say.
            "allowed_mentions": { "parse": [] },
        });
        http::post(client, self.url.expose(), HeaderMap::new(), body.to_string()).await
    }
}
