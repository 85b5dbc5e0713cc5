//! What was typed about a route, and what it means.

use std::time::Duration;

use mem_credentials::Secret;
use serde::{Deserialize, Serialize};

use super::destination::{Destination, Discord, Telegram, Webhook, is_address};
use super::{Manner, Route};
use crate::alert::Severity;
use crate::range::Section;

/// Where a route leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteType {
    /// Our own log.
    Log,
    /// An address that takes JSON.
    Webhook,
    /// A chat of Telegram.
    Telegram,
    /// A channel of Discord.
    Discord,
    /// E-mail by SMTP.
    Email,
}

impl RouteType {
    fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Webhook => "webhook",
            Self::Telegram => "telegram",
            Self::Discord => "discord",
            Self::Email => "email",
        }
    }
}

/// How a connection to an SMTP server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// TLS from the first byte; port 465.
    #[default]
    Tls,
    /// TLS after a greeting, or nothing is sent; port 587.
    Starttls,
    /// None; port 25. With a password only to this machine.
    None,
}

/// One route as it was typed: `[alerts.routes.NAME]`. Each type wants its own fields and refuses those of others.
///
/// A secret stands here (`token = "..."`) or under a name of the credentials (`token_from = "telegram"`), which
/// [`RouteConfig::resolve`] looks up. Secrets are written as `<redacted>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// Where it leads.
    #[serde(rename = "type")]
    pub kind: RouteType,
    /// Only what is at least so bad.
    #[serde(default = "yellow")]
    pub min_severity: Severity,
    /// Also that something is over.
    #[serde(default = "yes")]
    pub recoveries: bool,
    /// So many messages a minute at most, 1 to 600.
    #[serde(default = "twenty")]
    pub per_minute: u32,
    /// So many tries for each message, 1 to 20.
    #[serde(default = "five")]
    pub tries: u32,
    /// Each try ends after so many seconds, 1 to 60.
    #[serde(default = "ten")]
    pub timeout_s: f64,
    /// So many messages wait for delivery at most, 1 to 10,000; what comes beyond is counted in a summary.
    #[serde(default = "hundred")]
    pub queue: usize,
    /// Webhook and Discord: the address.
    #[serde(default, with = "typed", skip_serializing_if = "Option::is_none")]
    pub url: Option<Secret>,
    /// Where the address is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_from: Option<String>,
    /// Webhook: the key that signs.
    #[serde(default, with = "typed", skip_serializing_if = "Option::is_none")]
    pub sign_key: Option<Secret>,
    /// Where the key is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_key_from: Option<String>,
    /// Telegram: the bot's token.
    #[serde(default, with = "typed", skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
    /// Where the token is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_from: Option<String>,
    /// Telegram: the chat's number, or `@` and the name of a channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<String>,
    /// Telegram: where the Bot API is, if not at Telegram's own address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// E-mail: the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// E-mail: its port, if not the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// E-mail: how the connection is protected, TLS if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
    /// E-mail: who logs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// E-mail: the password.
    #[serde(default, with = "typed", skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// Where the password is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_from: Option<String>,
    /// E-mail: who sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// E-mail: who receives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
}

fn yellow() -> Severity {
    Severity::Yellow
}

fn yes() -> bool {
    true
}

fn twenty() -> u32 {
    20
}

fn five() -> u32 {
    5
}

fn ten() -> f64 {
    10.0
}

fn hundred() -> usize {
    100
}

impl RouteConfig {
    /// What it means. `kept` finds secrets by name.
    ///
    /// # Errors
    /// A field is missing, belongs to another type, is out of its range, or names a secret that nobody has. The text names
    /// the field and never a secret.
    pub fn resolve(&self, name: &str, kept: impl Fn(&str) -> Option<Secret>) -> Result<Route, String> {
        let typed = Typed { name, config: self, kept };
        typed.refuse_foreign_fields()?;
        let destination = match self.kind {
            RouteType::Log => Destination::Log,
            RouteType::Webhook => {
                let sign_key = typed.secret("sign_key", &self.sign_key, &self.sign_key_from)?;
                Destination::Webhook(Webhook { url: typed.url()?, sign_key })
            }
            RouteType::Telegram => Destination::Telegram(typed.telegram()?),
            RouteType::Discord => Destination::Discord(Discord { url: typed.url()? }),
            RouteType::Email => typed.email()?,
        };
        Ok(Route { name: name.to_owned(), destination, manner: typed.manner()? })
    }
}

struct Typed<'a, F> {
    name: &'a str,
    config: &'a RouteConfig,
    kept: F,
}

impl<F: Fn(&str) -> Option<Secret>> Typed<'_, F> {
    fn wrong(&self, field: &str, what: &str) -> String {
        format!("alerts.routes.{}.{field} {what}", self.name)
    }

    /// A field that would be ignored is a mistake of whoever typed it.
    fn refuse_foreign_fields(&self) -> Result<(), String> {
        use RouteType::{Discord, Email, Telegram, Webhook};
        let config = self.config;
        let fields: [(&str, bool, &[RouteType]); 15] = [
            ("url", config.url.is_some(), &[Webhook, Discord]),
            ("url_from", config.url_from.is_some(), &[Webhook, Discord]),
            ("sign_key", config.sign_key.is_some(), &[Webhook]),
            ("sign_key_from", config.sign_key_from.is_some(), &[Webhook]),
            ("token", config.token.is_some(), &[Telegram]),
            ("token_from", config.token_from.is_some(), &[Telegram]),
            ("chat", config.chat.is_some(), &[Telegram]),
            ("endpoint", config.endpoint.is_some(), &[Telegram]),
            ("server", config.server.is_some(), &[Email]),
            ("port", config.port.is_some(), &[Email]),
            ("encryption", config.encryption.is_some(), &[Email]),
            ("username", config.username.is_some(), &[Email]),
            ("password", config.password.is_some() || config.password_from.is_some(), &[Email]),
            ("from", config.from.is_some(), &[Email]),
            ("to", !config.to.is_empty(), &[Email]),
        ];
        for (field, is_there, types) in fields {
            if is_there && !types.contains(&config.kind) {
                return Err(self.wrong(field, &format!("is no field of type \"{}\"", config.kind.name())));
            }
        }
        Ok(())
    }

    fn secret(&self, field: &str, typed: &Option<Secret>, from: &Option<String>) -> Result<Option<Secret>, String> {
        match (typed, from) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(self.wrong(field, &format!("is given twice: here and by {field}_from"))),
            (Some(secret), None) if secret.expose().is_empty() => Err(self.wrong(field, "is empty")),
            (Some(secret), None) => Ok(Some(secret.clone())),
            (None, Some(from)) => match (self.kept)(from) {
                Some(secret) => Ok(Some(secret)),
                None => Err(self.wrong(&format!("{field}_from"), &format!("is '{from}': no such credential"))),
            },
        }
    }

    fn needed<T>(&self, field: &str, value: Option<T>) -> Result<T, String> {
        value.ok_or_else(|| self.wrong(field, &format!("is missing: type \"{}\" needs it", self.config.kind.name())))
    }

    fn url(&self) -> Result<Secret, String> {
        let url = self.secret("url", &self.config.url, &self.config.url_from)?;
        let url = self.needed("url", url)?;
        if is_address(url.expose()) { Ok(url) } else { Err(self.wrong("url", "is no http:// or https:// address")) }
    }

    fn telegram(&self) -> Result<Telegram, String> {
        let config = self.config;
        let token = self.needed("token", self.secret("token", &config.token, &config.token_from)?)?;
        let is_token = |character: char| character.is_ascii_alphanumeric() || matches!(character, ':' | '_' | '-');
        if !token.expose().chars().all(is_token) {
            return Err(self.wrong("token", "holds what no token has: expected letters, digits and : _ -"));
        }
        let chat = self.needed("chat", config.chat.clone())?;
        let endpoint = config.endpoint.as_deref().unwrap_or(Telegram::ENDPOINT).trim_end_matches('/').to_owned();
        if !is_address(&endpoint) {
            return Err(self.wrong("endpoint", "is no http:// or https:// address"));
        }
        Ok(Telegram { endpoint, token, chat })
    }

    #[cfg(feature = "smtp")]
    fn email(&self) -> Result<Destination, String> {
        let config = self.config;
        let server = self.needed("server", config.server.clone())?;
        let encryption = config.encryption.unwrap_or_default();
        let password = self.secret("password", &config.password, &config.password_from)?;
        let login = match (config.username.clone(), password) {
            (Some(username), Some(password)) => Some((username, password)),
            (None, None) => None,
            (Some(_), None) => return Err(self.wrong("password", "is missing: a username needs it")),
            (None, Some(_)) => return Err(self.wrong("username", "is missing: a password needs it")),
        };
        let is_here = matches!(server.as_str(), "localhost" | "127.0.0.1" | "::1");
        if encryption == Encryption::None && login.is_some() && !is_here {
            return Err(self.wrong("encryption", "is \"none\": a password goes unprotected to this machine only"));
        }
        let usual = match encryption {
            Encryption::Tls => 465,
            Encryption::Starttls => 587,
            Encryption::None => 25,
        };
        let from = self.needed("from", config.from.clone())?;
        let is_mailbox = |text: &str| text.parse::<lettre::message::Mailbox>().is_ok();
        if !is_mailbox(&from) {
            return Err(self.wrong("from", "is no mailbox: expected name@example.org"));
        }
        if config.to.is_empty() || !config.to.iter().all(|to| is_mailbox(to)) {
            return Err(self.wrong("to", "must be a list of mailboxes: expected [\"name@example.org\"]"));
        }
        let port = config.port.unwrap_or(usual);
        Ok(Destination::Email(super::Email { server, port, encryption, login, from, to: config.to.clone() }))
    }

    #[cfg(not(feature = "smtp"))]
    fn email(&self) -> Result<Destination, String> {
        Err(self.wrong("type", "is \"email\": this program was built without it (cargo feature `smtp`)"))
    }

    fn manner(&self) -> Result<Manner, String> {
        let config = self.config;
        let section = Section("alerts.routes");
        let check = |field: &str, value: f64, low: f64, high: f64| {
            section.check(&format!("{}.{field}", self.name), value, low, high)
        };
        check("per_minute", f64::from(config.per_minute), 1.0, 600.0)?;
        check("tries", f64::from(config.tries), 1.0, 20.0)?;
        check("timeout_s", config.timeout_s, 1.0, 60.0)?;
        check("queue", config.queue as f64, 1.0, 10_000.0)?;
        Ok(Manner {
            min_severity: config.min_severity,
            recoveries: config.recoveries,
            most: config.per_minute,
            queue: config.queue,
            tries: config.tries,
            timeout: Duration::from_secs_f64(config.timeout_s),
            ..Manner::default()
        })
    }
}

/// Secrets come in as text and never go out again.
mod typed {
    use mem_credentials::Secret;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
        match secret {
            Some(_) => serializer.serialize_str("<redacted>"),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
    }
}

#[cfg(test)]
#[path = "config_test.rs"]
mod tests;
