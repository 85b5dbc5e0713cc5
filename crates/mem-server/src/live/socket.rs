//! One WebSocket of a page: what it has subscribed to, snapshots first, then every delta, in order.
//!
//! A page that does not read fast enough is never waited for: the hub drops what it has missed, the socket counts it, says so, and
//! begins again with snapshots.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::SinkExt;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior};

use super::hub::{Flush, Hub};
use super::message::{ClientMessage, ServerMessage, Wanted};
use super::stream::{Sent, spell};
use super::view::board::Mode;
use crate::error::ApiError;
use crate::state::AppState;

/// Longest message of a page, in bytes.
const LONGEST: usize = 64 << 10;
/// WebSockets at once.
const MOST_CLIENTS: usize = 2_000;
/// A page is asked so often whether it is still there.
const PING: Duration = Duration::from_secs(15);
/// A page that has said nothing for so long, pings not answered, has gone.
const GONE: Duration = Duration::from_secs(45);
/// Writing that takes longer means that nobody reads.
const PATIENCE: Duration = Duration::from_secs(20);

/// Opens a WebSocket.
pub(crate) async fn open(State(state): State<AppState>, upgrade: WebSocketUpgrade) -> Response {
    let hub = state.hub.clone();
    if hub.as_ref().is_some_and(|hub| hub.clients.load(Ordering::Relaxed) >= MOST_CLIENTS) {
        return ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "too many pages are open").into_response();
    }
    let clock = state.parts.clock;
    upgrade.max_message_size(LONGEST).max_frame_size(LONGEST).on_upgrade(move |socket| async move {
        // Whatever ends it, the page has gone, and comes back by itself if it wants to.
        let _ = match hub {
            Some(hub) => {
                hub.clients.fetch_add(1, Ordering::Relaxed);
                let ended = Session::new(Arc::clone(&hub), socket).run().await;
                hub.clients.fetch_sub(1, Ordering::Relaxed);
                ended
            }
            None => without_engine(socket, move || clock().as_millis()).await,
        };
    })
}

/// A page that has gone.
struct Gone;

impl From<axum::Error> for Gone {
    fn from(_: axum::Error) -> Self {
        Self
    }
}

impl From<tokio::time::error::Elapsed> for Gone {
    fn from(_: tokio::time::error::Elapsed) -> Self {
        Self
    }
}

/// How far a page has a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Has {
    /// It does not want it.
    Unwanted,
    /// It wants it, and has nothing of it.
    Nothing,
    /// Everything up to this number.
    UpTo(u64),
}

struct Session {
    hub: Arc<Hub>,
    socket: WebSocket,
    generation: u64,
    has: Vec<Has>,
    heard: Instant,
}

impl Session {
    fn new(hub: Arc<Hub>, socket: WebSocket) -> Self {
        let (generation, streams) = hub.generation();
        Self { generation, has: vec![Has::Unwanted; streams], hub, socket, heard: Instant::now() }
    }

    async fn run(mut self) -> Result<(), Gone> {
        let mut flushes = self.hub.flushes();
        let mut stopped = self.hub.stopped();
        let mut pings = tokio::time::interval(PING);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let hello = self.hub.hello();
        self.send(Message::Text(hello)).await?;
        loop {
            tokio::select! {
                () = super::hub::over(&mut stopped) => {
                    return self.send(Message::Close(None)).await;
                }
                flush = flushes.recv() => match flush {
                    Ok(flush) => self.pass_on(&flush).await?,
                    Err(RecvError::Lagged(_)) => {
                        // What still waits is older than the snapshots.
                        flushes = flushes.resubscribe();
                        self.begin_again().await?;
                    }
                    Err(RecvError::Closed) => return Ok(()),
                },
                message = self.socket.recv() => match message {
                    Some(message) => self.hear(message?).await?,
                    None => return Ok(()),
                },
                _ = pings.tick() => {
                    if self.heard.elapsed() > GONE {
                        return Err(Gone);
                    }
                    self.send(Message::Ping(Default::default())).await?;
                }
            }
        }
    }

    /// Sends the frames of a flush that the page wants and does not have.
    async fn pass_on(&mut self, flush: &Flush) -> Result<(), Gone> {
        if flush.generation != self.generation {
            return self.close().await;
        }
        let mut wanted = Vec::new();
        for sent in &flush.frames {
            match self.has[sent.stream] {
                Has::Unwanted => {}
                Has::Nothing => {
                    let stream = std::iter::once(sent.stream);
                    wanted.extend(self.hub.snapshots(self.generation, stream).unwrap_or_default());
                }
                Has::UpTo(seq) if sent.seq > seq => wanted.push(sent.clone()),
                Has::UpTo(_) => {}
            }
        }
        self.send_all(wanted).await
    }

    /// Says how much was left out, and sends everything anew.
    async fn begin_again(&mut self) -> Result<(), Gone> {
        let mut count = 0;
        for (stream, has) in self.has.iter_mut().enumerate() {
            if let Has::UpTo(seq) = *has {
                count += self.hub.seq(stream).saturating_sub(seq);
                *has = Has::Nothing;
            }
        }
        self.hub.skipped.fetch_add(count, Ordering::Relaxed);
        self.send(Message::Text(spell(&ServerMessage::Skipped { count }))).await?;
        self.catch_up().await
    }

    /// Sends a snapshot of every stream that is wanted and of which the page has nothing.
    async fn catch_up(&mut self) -> Result<(), Gone> {
        let has = &self.has;
        let wanted = (0..has.len()).filter(|stream| has[*stream] == Has::Nothing);
        match self.hub.snapshots(self.generation, wanted) {
            Some(snapshots) => self.send_all(snapshots).await,
            None => self.close().await,
        }
    }

    /// The engine trades other symbols from here on: the page comes back and begins anew.
    async fn close(&mut self) -> Result<(), Gone> {
        self.send(Message::Close(None)).await?;
        Err(Gone)
    }

    async fn send_all(&mut self, frames: Vec<Sent>) -> Result<(), Gone> {
        if frames.is_empty() {
            return Ok(());
        }
        let writing = async {
            for Sent { stream, seq, text } in frames {
                self.has[stream] = Has::UpTo(seq);
                self.socket.feed(Message::Text(text)).await?;
            }
            self.socket.flush().await
        };
        Ok(tokio::time::timeout(PATIENCE, writing).await??)
    }

    async fn send(&mut self, message: Message) -> Result<(), Gone> {
        Ok(tokio::time::timeout(PATIENCE, self.socket.send(message)).await??)
    }

    async fn hear(&mut self, message: Message) -> Result<(), Gone> {
        self.heard = Instant::now();
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return Err(Gone),
            Message::Binary(_) => return self.refuse("messages are JSON text".to_owned()).await,
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
        };
        match serde_json::from_str(&text) {
            Err(error) => self.refuse(format!("not understood: {error}")).await,
            Ok(ClientMessage::Ping) => {
                let pong = ServerMessage::Pong { time: self.hub.now() };
                self.send(Message::Text(spell(&pong))).await
            }
            Ok(ClientMessage::Subscribe { topics }) => {
                for stream in self.meant(&topics).await? {
                    if self.has[stream] == Has::Unwanted {
                        self.has[stream] = Has::Nothing;
                    }
                }
                self.catch_up().await
            }
            Ok(ClientMessage::Unsubscribe { topics }) => {
                for stream in self.meant(&topics).await? {
                    self.has[stream] = Has::Unwanted;
                }
                Ok(())
            }
        }
    }

    async fn meant(&mut self, topics: &[Wanted]) -> Result<Vec<usize>, Gone> {
        let mut streams = Vec::new();
        for Wanted { topic, symbol } in topics {
            match self.hub.meant(*topic, symbol.as_deref()) {
                Some(meant) => streams.extend(meant),
                None => {
                    let symbol = symbol.as_deref().unwrap_or_default();
                    self.refuse(format!("{symbol:.40} is not traded here")).await?;
                }
            }
        }
        Ok(streams)
    }

    async fn refuse(&mut self, message: String) -> Result<(), Gone> {
        self.send(Message::Text(spell(&ServerMessage::Error { message }))).await
    }
}

/// A page where no engine runs: it is told so, and may stay for the day that one does.
async fn without_engine(mut socket: WebSocket, now: impl Fn() -> i64) -> Result<(), Gone> {
    let hello = ServerMessage::Hello {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        session: None,
        mode: Mode::Research,
        market_time: None,
        time: now(),
        flush_ms: 0,
        symbols: Vec::new(),
    };
    socket.send(Message::Text(spell(&hello))).await?;
    loop {
        let message = match tokio::time::timeout(PING, socket.recv()).await {
            Err(_) => {
                socket.send(Message::Ping(Default::default())).await?;
                match tokio::time::timeout(GONE, socket.recv()).await? {
                    Some(message) => message?,
                    None => return Ok(()),
                }
            }
            Ok(Some(message)) => message?,
            Ok(None) => return Ok(()),
        };
        let Message::Text(text) = message else { continue };
        let answer = match serde_json::from_str(&text) {
            Ok(ClientMessage::Ping) => ServerMessage::Pong { time: now() },
            Ok(ClientMessage::Unsubscribe { .. }) => continue,
            Ok(ClientMessage::Subscribe { .. }) => ServerMessage::Error { message: super::NO_ENGINE.to_owned() },
            Err(error) => ServerMessage::Error { message: format!("not understood: {error}") },
        };
        socket.send(Message::Text(spell(&answer))).await?;
    }
}
