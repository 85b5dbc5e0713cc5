//! What a feed may be told.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How feeds behave. Every time is real time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeedConfig {
    /// A connection, a request or an answer that takes longer than this has failed.
    pub timeout_ms: u64,
    /// How often REST is asked while the WebSocket is down.
    pub poll_ms: u64,
    /// First wait before a WebSocket is tried again; it doubles, with full jitter.
    pub reconnect_ms: u64,
    /// Longest wait before a WebSocket is tried again.
    pub max_reconnect_ms: u64,
    /// Failures in a row that open the circuit breaker.
    pub breaker_threshold: u32,
    /// How long an open breaker waits before it lets one attempt through.
    pub breaker_reset_ms: u64,
    /// How often connections are checked: ping, the venue's clock, streams that have been quiet.
    pub health_check_ms: u64,
    /// Events that may wait for whoever reads them; then the feed waits, and loses nothing.
    pub queue: usize,
    /// Decides the draws of the jitter.
    pub seed: u64,
}

impl Default for FeedConfig {
    fn default() -> Self {
        Self {
            timeout_ms: 5_000,
            poll_ms: 500,
            reconnect_ms: 250,
            max_reconnect_ms: 30_000,
            breaker_threshold: 5,
            breaker_reset_ms: 60_000,
            health_check_ms: 30_000,
            queue: 1_024,
            seed: 0,
        }
    }
}

impl FeedConfig {
    /// Whether the values make sense.
    ///
    /// # Errors
    /// Names the key that does not.
    pub fn check(&self) -> Result<(), String> {
        let positive = [
            ("timeout_ms", self.timeout_ms),
            ("poll_ms", self.poll_ms),
            ("reconnect_ms", self.reconnect_ms),
            ("max_reconnect_ms", self.max_reconnect_ms),
            ("breaker_threshold", u64::from(self.breaker_threshold)),
            ("breaker_reset_ms", self.breaker_reset_ms),
            ("health_check_ms", self.health_check_ms),
            ("queue", self.queue as u64),
        ];
        if let Some((name, _)) = positive.iter().find(|(_, value)| *value == 0) {
            return Err(format!("feed.{name} must be at least 1"));
        }
        if self.reconnect_ms > self.max_reconnect_ms {
            return Err("feed.reconnect_ms must not be above feed.max_reconnect_ms".to_owned());
        }
        Ok(())
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    pub(crate) fn poll(&self) -> Duration {
        Duration::from_millis(self.poll_ms)
    }
}
