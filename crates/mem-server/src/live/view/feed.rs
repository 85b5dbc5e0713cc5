//! How a feed is.

use mem_feed::breaker::BreakerState;
use mem_feed::health::Life;
use mem_feed::{FeedHealth, LifeEvent, Mode, Status};
use mem_types::Timestamp;
use mem_venue::session::MeterReading;
use serde::Serialize;
use utoipa::ToSchema;

/// How often something was done and how long it took.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, ToSchema)]
pub struct LatencyView {
    /// Successes and failures.
    pub count: u64,
    /// Failures.
    pub errors: u64,
    /// Half of the successes took no longer, milliseconds.
    pub p50_ms: Option<f64>,
    /// 95 of 100 took no longer.
    pub p95_ms: Option<f64>,
    /// 99 of 100 took no longer.
    pub p99_ms: Option<f64>,
    /// None took longer.
    pub max_ms: Option<f64>,
}

/// A feed in short.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FeedState {
    /// Whose.
    pub venue: String,
    /// `healthy`, `degraded` (data comes by REST, or something is being filled in) or `unhealthy` (no data comes).
    pub status: String,
    /// `websocket`, `rest` or `disconnected`.
    pub mode: String,
    /// How long ago the last message came, milliseconds; null before the first.
    pub age_ms: Option<f64>,
    /// `closed`, `open` or `half_open`.
    pub breaker: String,
}

/// One stream of a feed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StreamView {
    /// Which: `trades:BTCUSDT`.
    pub stream: String,
    /// Items handed on.
    pub delivered: u64,
    /// Whether something is known to be missing right now.
    pub missing: bool,
    /// How long ago its last item came; null before the first.
    pub quiet_s: Option<f64>,
}

/// Something that happened to a connection.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FeedEventView {
    /// When, by our clock.
    pub at: i64,
    /// Which of the venue's WebSockets, from 0.
    pub socket: usize,
    /// `connected`, `lost`, `failed_over`, `disconnected`, `connect_failed`, `breaker_opened`, `discarded`.
    pub event: String,
    /// More of it, for people.
    pub detail: String,
}

/// How a feed is, whole.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FeedHealthView {
    /// In short.
    #[serde(flatten)]
    pub state: FeedState,
    /// Messages of the WebSocket so far.
    pub messages: u64,
    /// Drops, stalls, corrupt messages, failed attempts and failed requests so far.
    pub errors: u64,
    /// Time of the last ping there and back, milliseconds.
    pub ping_ms: Option<f64>,
    /// From the venue's time of an event to our clock; venues whose clock is not the real one have none.
    pub event_latency: LatencyView,
    /// From the loss of the WebSocket to data by REST.
    pub failover: LatencyView,
    /// The same where REST had failed too.
    pub outage: LatencyView,
    /// Requests.
    pub requests: LatencyView,
    /// The venue's clock minus ours, milliseconds.
    pub clock_offset_ms: Option<f64>,
    /// Attempts to connect again.
    pub reconnects: u64,
    /// How often the WebSocket has taken over again.
    pub failbacks: u64,
    /// Holes in the numbers of messages.
    pub sequence_gaps: u64,
    /// Items that came again and were left out.
    pub duplicates: u64,
    /// Items that the venue itself does not know.
    pub discarded: u64,
    /// How long it has been running, seconds.
    pub uptime_s: f64,
    /// Each stream.
    pub streams: Vec<StreamView>,
    /// The newest things that happened, oldest first.
    pub events: Vec<FeedEventView>,
}

impl From<MeterReading> for LatencyView {
    fn from(reading: MeterReading) -> Self {
        let MeterReading { count, errors, p50_ms, p95_ms, p99_ms, max_ms } = reading;
        Self { count, errors, p50_ms, p95_ms, p99_ms, max_ms }
    }
}

impl FeedState {
    pub(crate) fn of(feed: &FeedHealth, now: Timestamp) -> Self {
        let age = |last: Timestamp| (now.as_nanos() - last.as_nanos()).max(0) as f64 / 1e6;
        Self {
            venue: feed.venue.to_string(),
            status: match feed.status {
                Status::Healthy => "healthy",
                Status::Degraded => "degraded",
                Status::Unhealthy => "unhealthy",
            }
            .to_owned(),
            mode: match feed.mode {
                Mode::Websocket => "websocket",
                Mode::Rest => "rest",
                Mode::Disconnected => "disconnected",
            }
            .to_owned(),
            age_ms: feed.metrics.last_message_ts.map(age),
            breaker: match feed.circuit_breaker_state {
                BreakerState::Closed => "closed",
                BreakerState::Open => "open",
                BreakerState::HalfOpen => "half_open",
            }
            .to_owned(),
        }
    }
}

impl FeedHealthView {
    pub(crate) fn of(feed: &FeedHealth, now: Timestamp) -> Self {
        let metrics = &feed.metrics;
        let streams = feed.streams.iter().map(|stream| StreamView {
            stream: stream.stream.to_string(),
            delivered: stream.delivered,
            missing: stream.missing,
            quiet_s: stream.quiet_seconds,
        });
        Self {
            state: FeedState::of(feed, now),
            messages: metrics.total_messages,
            errors: metrics.total_errors,
            ping_ms: metrics.latency_ms,
            event_latency: metrics.event_latency.into(),
            failover: metrics.failover.into(),
            outage: metrics.outage.into(),
            requests: metrics.requests.into(),
            clock_offset_ms: metrics.clock_offset_ms,
            reconnects: metrics.reconnect_attempts,
            failbacks: metrics.failbacks,
            sequence_gaps: metrics.sequence_gaps,
            duplicates: metrics.duplicates,
            discarded: metrics.discarded,
            uptime_s: metrics.uptime_seconds,
            streams: streams.collect(),
            events: feed.events.iter().map(FeedEventView::of).collect(),
        }
    }
}

impl FeedEventView {
    fn of(event: &LifeEvent) -> Self {
        let (name, detail) = match &event.what {
            Life::Connected { endpoint } => ("connected", endpoint.clone()),
            Life::Lost { reason } => ("lost", reason.clone()),
            Life::FailedOver { after_ms } => ("failed_over", format!("after {after_ms:.0} ms")),
            Life::Disconnected { reason } => ("disconnected", reason.clone()),
            Life::ConnectFailed { reason } => ("connect_failed", reason.clone()),
            Life::BreakerOpened => ("breaker_opened", String::new()),
            Life::Discarded { stream, count } => ("discarded", format!("{count} of {stream}")),
        };
        Self { at: event.at.as_millis(), socket: event.socket, event: name.to_owned(), detail }
    }
}
