//! What is told about a feed: measured, and true. A stalled feed is never healthy.

use std::collections::VecDeque;
use std::time::Duration;

use mem_types::{Timestamp, Venue};
use mem_venue::Subscription;
use mem_venue::session::MeterReading;
use serde::{Deserialize, Serialize};

use crate::breaker::BreakerState;

/// Where a feed's data comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The stream.
    Websocket,
    /// Requests, since the stream is down.
    Rest,
    /// Nowhere: neither answers.
    Disconnected,
}

/// How well a feed is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Everything comes by WebSocket, nothing is missing.
    Healthy,
    /// Data comes, but by REST, or something is being filled in.
    Degraded,
    /// No data comes.
    Unhealthy,
}

/// Something that happened to a connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LifeEvent {
    /// When, by our clock.
    pub at: Timestamp,
    /// Which of the venue's WebSockets, from 0.
    pub socket: usize,
    /// What.
    #[serde(flatten)]
    pub what: Life,
}

/// What can happen to a connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Life {
    /// The WebSocket is up and everything missed is filled in.
    Connected {
        /// Where.
        endpoint: String,
    },
    /// The WebSocket was lost.
    Lost {
        /// How we know: dropped, stalled, corrupt, ...
        reason: String,
    },
    /// REST has taken over.
    FailedOver {
        /// So long after the loss was noticed.
        after_ms: f64,
    },
    /// REST does not answer either.
    Disconnected {
        /// What it says.
        reason: String,
    },
    /// An attempt to connect has failed.
    ConnectFailed {
        /// Why.
        reason: String,
    },
    /// The circuit breaker has opened: no attempts for a while.
    BreakerOpened,
    /// The venue has sent something that it does not know of itself.
    Discarded {
        /// Of which stream.
        stream: Subscription,
        /// How many.
        count: usize,
    },
}

/// Figures of a feed, in the names that clients of the reference systems know, and more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Where the data comes from.
    pub mode: Mode,
    /// Whether it comes at all.
    pub connected: bool,
    /// When the last message came, by our clock.
    pub last_message_ts: Option<Timestamp>,
    /// Messages of the WebSocket so far.
    pub total_messages: u64,
    /// Drops, stalls, corrupt messages, failed attempts and failed requests so far.
    pub total_errors: u64,
    /// Time of the last ping there and back; `None` before the first.
    pub latency_ms: Option<f64>,
    /// From the venue's time of trades and quotes to our clock when they came. Venues whose clock is not the real one have none.
    pub event_latency: MeterReading,
    /// The venue's clock minus ours, by the last health check.
    pub clock_offset_ms: Option<f64>,
    /// Attempts to connect again so far.
    pub reconnect_attempts: u64,
    /// How long the feed has been running.
    pub uptime_seconds: f64,
    /// From noticing the loss of the WebSocket to data by REST, where REST answered at once.
    pub failover: MeterReading,
    /// The same where REST had failed too, the start included.
    pub outage: MeterReading,
    /// How often the WebSocket has taken over again.
    pub failbacks: u64,
    /// Holes in the numbers of messages.
    pub sequence_gaps: u64,
    /// Items that came again and were left out.
    pub duplicates: u64,
    /// Items that the venue itself does not know.
    pub discarded: u64,
    /// Requests to the venue.
    pub requests: MeterReading,
}

/// One stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StreamHealth {
    /// Which.
    pub stream: Subscription,
    /// Items handed on.
    pub delivered: u64,
    /// Whether something is known to be missing right now.
    pub missing: bool,
    /// How long ago its last item came; `None` before the first.
    pub quiet_seconds: Option<f64>,
}

/// The health of one venue's feed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedHealth {
    /// Whose.
    pub venue: Venue,
    /// How well it is: the worst of its WebSockets.
    pub status: Status,
    /// Where the data comes from: the worst of its WebSockets.
    pub mode: Mode,
    /// The worst of its WebSockets.
    pub circuit_breaker_state: BreakerState,
    /// Sums and worst values over its WebSockets.
    pub metrics: Metrics,
    /// Each stream.
    pub streams: Vec<StreamHealth>,
    /// The newest things that happened, oldest first.
    pub events: Vec<LifeEvent>,
    /// When this was read.
    pub timestamp: Timestamp,
}

/// Things that happened are remembered up to so many.
const EVENTS_KEPT: usize = 50;

/// What one WebSocket's task writes down for others to read.
#[derive(Debug)]
pub(crate) struct Board {
    pub mode: Mode,
    pub breaker: BreakerState,
    pub heard: Option<Duration>,
    pub messages: u64,
    pub errors: u64,
    pub latency: Option<Duration>,
    pub clock_offset_ms: Option<f64>,
    pub attempts: u64,
    pub failbacks: u64,
    pub sequence_gaps: u64,
    pub discarded: u64,
    pub streams: Vec<StreamBoard>,
    pub events: VecDeque<LifeEvent>,
}

#[derive(Debug, Clone)]
pub(crate) struct StreamBoard {
    pub stream: Subscription,
    pub delivered: u64,
    pub duplicates: u64,
    pub missing: bool,
    pub last: Option<Duration>,
}

impl Board {
    pub(crate) fn new(streams: &[Subscription]) -> Self {
        let streams = streams
            .iter()
            .map(|stream| StreamBoard {
                stream: stream.clone(),
                delivered: 0,
                duplicates: 0,
                missing: false,
                last: None,
            })
            .collect();
        Self {
            mode: Mode::Disconnected,
            breaker: BreakerState::Closed,
            heard: None,
            messages: 0,
            errors: 0,
            latency: None,
            clock_offset_ms: None,
            attempts: 0,
            failbacks: 0,
            sequence_gaps: 0,
            discarded: 0,
            streams,
            events: VecDeque::new(),
        }
    }

    pub(crate) fn happened(&mut self, event: LifeEvent) {
        if self.events.len() == EVENTS_KEPT {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    /// How well it is at `now`: what the task has not noticed yet counts too.
    pub(crate) fn status(&self, now: Duration, silence: Duration) -> Status {
        let silent = self.heard.is_none_or(|heard| now.saturating_sub(heard) > silence);
        match self.mode {
            Mode::Disconnected => Status::Unhealthy,
            Mode::Rest => Status::Degraded,
            Mode::Websocket if silent => Status::Unhealthy,
            Mode::Websocket if self.streams.iter().any(|stream| stream.missing) => Status::Degraded,
            Mode::Websocket => Status::Healthy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_socket_is_not_healthy_even_before_anybody_notices() {
        let mut board = Board::new(&["trades:BTCUSDT".parse().unwrap()]);
        let (second, silence) = (Duration::from_secs(1), Duration::from_secs(3));
        assert_eq!(board.status(second, silence), Status::Unhealthy);
        board.mode = Mode::Websocket;
        board.heard = Some(second);
        assert_eq!(board.status(second * 2, silence), Status::Healthy);
        assert_eq!(board.status(second * 5, silence), Status::Unhealthy);
        board.streams[0].missing = true;
        assert_eq!(board.status(second * 2, silence), Status::Degraded);
        board.mode = Mode::Rest;
        assert_eq!(board.status(second * 9, silence), Status::Degraded);
    }
}
