//! All connections to one venue: streams spread over WebSockets, one reader, one health.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use mem_types::Timestamp;
use mem_venue::session::{Endpoints, Http, Meter};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinSet;

use crate::breaker::BreakerState;
use crate::config::FeedConfig;
use crate::feed::{Feed, FeedEvent, Shared, Start};
use crate::health::{Board, FeedHealth, LifeEvent, Metrics, Mode, Status, StreamHealth};

/// Things that happened may wait for a listener up to so many; a slow one misses the oldest.
const LIFE_QUEUE: usize = 256;

/// Why no feed is made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// The configuration makes no sense.
    #[error("{0}")]
    Config(String),
    /// Nothing to follow.
    #[error("no streams to follow")]
    NoStreams,
    /// One stream twice.
    #[error("{0} is asked for twice")]
    Twice(String),
}

/// The connections to one venue.
#[derive(Debug)]
pub struct Manager {
    shared: Arc<Shared>,
    boards: Vec<Arc<Mutex<Board>>>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Manager {
    /// Follows `starts` of the venue that `http` speaks with, over WebSockets at `sockets`. `clock` tells the time for
    /// people. What is new comes out of the receiver; life-cycle events from [`Manager::life`].
    ///
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// A configuration that makes no sense, no streams, or one twice.
    pub fn start(
        http: Http,
        sockets: Vec<String>,
        starts: Vec<Start>,
        config: FeedConfig,
        clock: fn() -> Timestamp,
    ) -> Result<(Self, mpsc::Receiver<FeedEvent>), FeedError> {
        config.check().map_err(FeedError::Config)?;
        if starts.is_empty() || sockets.is_empty() {
            return Err(FeedError::NoStreams);
        }
        let mut names: Vec<String> = starts.iter().map(|start| start.stream.to_string()).collect();
        names.sort();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(FeedError::Twice(pair[0].clone()));
        }
        let (out, events) = mpsc::channel(config.queue);
        let per_socket = http.adapter().limits().streams_per_socket.max(1);
        let shared = Arc::new(Shared {
            http,
            sockets: Endpoints::new(sockets),
            config,
            started: Instant::now(),
            clock,
            failover: Meter::default(),
            outage: Meter::default(),
            event_latency: Meter::default(),
            out,
            life: broadcast::channel(LIFE_QUEUE).0,
        });
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let mut boards = Vec::new();
        // A WebSocket has one path; streams of another path have another one.
        let mut by_path: BTreeMap<String, Vec<Start>> = BTreeMap::new();
        for start in starts {
            by_path.entry(shared.http.adapter().socket_path(start.stream.channel)).or_default().push(start);
        }
        let parts = by_path.values().flat_map(|starts| starts.chunks(per_socket));
        for (number, part) in parts.enumerate() {
            let streams: Vec<_> = part.iter().map(|start| start.stream.clone()).collect();
            let board = Arc::new(Mutex::new(Board::new(&streams)));
            boards.push(Arc::clone(&board));
            let feed = Feed::new(Arc::clone(&shared), number, part.to_vec(), stopped.clone(), board);
            tasks.spawn(feed.run());
        }
        Ok((Self { shared, boards, stop, tasks }, events))
    }

    /// What happens to the connections from now on.
    pub fn life(&self) -> broadcast::Receiver<LifeEvent> {
        self.shared.life.subscribe()
    }

    /// How many WebSockets there are.
    pub fn sockets(&self) -> usize {
        self.boards.len()
    }

    /// How the connections are, as measured.
    pub fn health(&self) -> FeedHealth {
        let now = self.shared.now();
        let adapter = self.shared.http.adapter();
        let silence = adapter.limits().silence;
        let mut status = Status::Healthy;
        let mut streams = Vec::new();
        let mut events = Vec::new();
        let requests = self.shared.http.meter().read();
        let mut breaker = BreakerState::Closed;
        let mut duplicates = 0;
        let mut heard = None;
        let mut metrics = Metrics {
            mode: Mode::Websocket,
            connected: true,
            last_message_ts: None,
            total_messages: 0,
            total_errors: 0,
            latency_ms: None,
            event_latency: self.shared.event_latency.read(),
            clock_offset_ms: None,
            reconnect_attempts: 0,
            uptime_seconds: now.as_secs_f64(),
            failover: self.shared.failover.read(),
            outage: self.shared.outage.read(),
            failbacks: 0,
            sequence_gaps: 0,
            duplicates: 0,
            discarded: 0,
            requests,
        };
        for board in &self.boards {
            let board = board.lock().unwrap_or_else(PoisonError::into_inner);
            status = status.max(board.status(now, silence));
            metrics.mode = match (metrics.mode, board.mode) {
                (Mode::Disconnected, _) | (_, Mode::Disconnected) => Mode::Disconnected,
                (Mode::Rest, _) | (_, Mode::Rest) => Mode::Rest,
                (Mode::Websocket, Mode::Websocket) => Mode::Websocket,
            };
            breaker = match (breaker, board.breaker) {
                (BreakerState::Open, _) | (_, BreakerState::Open) => BreakerState::Open,
                (BreakerState::HalfOpen, _) | (_, BreakerState::HalfOpen) => BreakerState::HalfOpen,
                (BreakerState::Closed, BreakerState::Closed) => BreakerState::Closed,
            };
            heard = heard.max(board.heard);
            metrics.total_messages += board.messages;
            metrics.total_errors += board.errors;
            let latency = board.latency.map(|latency| latency.as_secs_f64() * 1000.0);
            metrics.latency_ms = metrics.latency_ms.into_iter().chain(latency).reduce(f64::max);
            metrics.clock_offset_ms = board.clock_offset_ms.or(metrics.clock_offset_ms);
            metrics.reconnect_attempts += board.attempts.saturating_sub(1);
            metrics.failbacks += board.failbacks;
            metrics.sequence_gaps += board.sequence_gaps;
            metrics.discarded += board.discarded;
            for stream in &board.streams {
                duplicates += stream.duplicates;
                streams.push(StreamHealth {
                    stream: stream.stream.clone(),
                    delivered: stream.delivered,
                    missing: stream.missing,
                    quiet_seconds: stream.last.map(|last| now.saturating_sub(last).as_secs_f64()),
                });
            }
            events.extend(board.events.iter().cloned());
        }
        metrics.duplicates = duplicates;
        metrics.connected = metrics.mode != Mode::Disconnected;
        let timestamp = (self.shared.clock)();
        metrics.last_message_ts = heard.map(|heard| {
            let ago = i64::try_from(now.saturating_sub(heard).as_nanos()).unwrap_or(i64::MAX);
            Timestamp::from_nanos(timestamp.as_nanos().saturating_sub(ago))
        });
        events.sort_by_key(|event| event.at);
        FeedHealth {
            venue: self.shared.http.venue(),
            status,
            mode: metrics.mode,
            circuit_breaker_state: breaker,
            metrics,
            streams,
            events,
            timestamp,
        }
    }

    /// Ends every connection and waits for that.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}
