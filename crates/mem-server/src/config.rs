//! How the server is set up.

use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::error::ServerError;

/// Fewest characters of a token: shorter ones are guessed.
const SHORTEST_TOKEN: usize = 16;

/// Where the server listens and what it allows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Address and port. Anything wider than this machine needs a token.
    pub bind: SocketAddr,
    /// Whether the reference system's ports are served as well, on the same address: 5004, 5005 and 8764 for requests, 8765 for
    /// WebSockets on any path.
    pub compat_ports: bool,
    /// What clients must show as `Authorization: Bearer TOKEN`, at least 16 characters. Empty: nothing, which is allowed
    /// on this machine only.
    pub token: Token,
    /// Largest request in megabytes, 1 to 1,024.
    pub body_limit_mb: usize,
    /// How long a request for long work waits for its result before it is answered with a job, milliseconds.
    pub quick_ms: u64,
    /// How many jobs may wait; one more is refused with 503.
    pub jobs_waiting: usize,
    /// How many finished jobs are remembered.
    pub jobs_kept: usize,
    /// Memory for cached responses in megabytes.
    pub cache_mb: u64,
    /// How long a response is cached, seconds.
    pub cache_ttl_s: u64,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 8501)),
            compat_ports: false,
            token: Token::default(),
            body_limit_mb: 32,
            quick_ms: 2_000,
            jobs_waiting: 32,
            jobs_kept: 100,
            cache_mb: 64,
            cache_ttl_s: 60,
        }
    }
}

impl ServerConfig {
    /// Whether this may be served.
    ///
    /// # Errors
    /// An address beyond this machine without a token, a token that is too short, a limit out of its range.
    pub fn validate(&self) -> Result<(), ServerError> {
        let wrong = |problem: String| Err(ServerError::Config { problem });
        if self.token.is_set() && self.token.0.len() < SHORTEST_TOKEN {
            return wrong(format!("server.token has less than {SHORTEST_TOKEN} characters"));
        }
        if !self.bind.ip().is_loopback() && !self.token.is_set() {
            return wrong(format!(
                "server.bind is {}, which other machines can reach: set server.token (MEM_SERVER_TOKEN) to at least \
                 {SHORTEST_TOKEN} characters, or bind to 127.0.0.1",
                self.bind
            ));
        }
        if !(1..=1024).contains(&self.body_limit_mb) {
            return wrong(format!("server.body_limit_mb is {}: expected 1 to 1024", self.body_limit_mb));
        }
        if self.jobs_kept == 0 {
            return wrong("server.jobs_kept is 0: nobody could fetch the result of a job".to_owned());
        }
        Ok(())
    }

    /// The addresses to listen on, the main one first, and what is served there.
    pub(crate) fn addresses(&self) -> Vec<(SocketAddr, Serves)> {
        let mut addresses = vec![(self.bind, Serves::Everything)];
        if self.compat_ports {
            let at = |port| SocketAddr::new(self.bind.ip(), port);
            addresses.extend([5004, 5005, 8764].map(|port| (at(port), Serves::Everything)));
            addresses.push((at(8765), Serves::Sockets));
        }
        addresses
    }
}

/// What an address serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Serves {
    /// Pages, requests and WebSockets.
    Everything,
    /// WebSockets, on any path.
    Sockets,
}

/// A secret: it is printed as `<redacted>`.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// A token of that text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether there is one.
    pub fn is_set(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether this is what a client shows. Takes as long for a token that is wrong at its end as for one that is
    /// wrong at its beginning.
    pub(crate) fn matches(&self, shown: &str) -> bool {
        let (ours, theirs) = (self.0.as_bytes(), shown.as_bytes());
        let mut differs = ours.len() ^ theirs.len();
        for (index, byte) in ours.iter().enumerate() {
            differs |= usize::from(byte ^ theirs.get(index).copied().unwrap_or(0));
        }
        std::hint::black_box(differs) == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_set() { "<redacted>" } else { "<none>" })
    }
}

impl Serialize for Token {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.is_set() { "<redacted>" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_be_reached_needs_a_token() {
        let wide = ServerConfig { bind: "0.0.0.0:8501".parse().unwrap(), ..ServerConfig::default() };
        assert!(ServerConfig::default().validate().is_ok());
        assert!(wide.validate().unwrap_err().to_string().contains("set server.token"));
        let short = ServerConfig { token: Token::new("short"), ..wide.clone() };
        assert!(short.validate().is_err());
        assert!(ServerConfig { token: Token::new("0123456789abcdef"), ..wide }.validate().is_ok());
    }

    #[test]
    fn a_token_is_never_printed() {
        let token = Token::new("0123456789abcdef");
        assert_eq!(format!("{token:?}"), "<redacted>");
        assert_eq!(serde_json::to_string(&token).unwrap(), "\"<redacted>\"");
        assert!(token.matches("0123456789abcdef"));
        for wrong in ["", "0123456789abcdeg", "0123456789abcde", "0123456789abcdef0"] {
            assert!(!token.matches(wrong), "{wrong}");
        }
    }
}
