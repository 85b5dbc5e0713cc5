//! The border that every venue keeps: it translates, and does nothing else.
//!
//! An adapter does no I/O and keeps no state. Sessions, reconnecting, signing, limits and retries are written once, for
//! all venues, by those who call it.

use std::fmt;
use std::time::Duration;

use mem_types::{Bar, Symbol, Timeframe, Timestamp, Trade, Venue};

use crate::trading::Trading;
use crate::words::{Channel, Listing, StreamEvent, Subscription};

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes.
    Post,
    /// Removes.
    Delete,
}

/// A request to a venue, without the host. `path` begins with a slash and holds the query, encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// What, such as `/api/v3/klines?symbol=BTCUSDT&interval=1h`.
    pub path: String,
    /// The body, empty for a GET.
    pub body: String,
    /// What it costs of the venue's budget ([`Limits::weight_per_minute`]).
    pub weight: u32,
    /// Whether it must be signed.
    pub private: bool,
}

impl Request {
    /// A public read.
    pub fn get(path: impl Into<String>, weight: u32) -> Self {
        Self { method: Method::Get, path: path.into(), body: String::new(), weight, private: false }
    }
}

/// Candles asked for: those that open in `from..to`, at most `limit`, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarsPage {
    /// Of what.
    pub symbol: Symbol,
    /// How long they last.
    pub timeframe: Timeframe,
    /// First open time.
    pub from: Timestamp,
    /// Open times lie before this.
    pub to: Timestamp,
    /// At most so many.
    pub limit: usize,
}

/// Trades asked for: those with ids from `from_id` on, at most `limit`, oldest first. Without `from_id`: the newest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradesPage {
    /// Of what.
    pub symbol: Symbol,
    /// First id.
    pub from_id: Option<i64>,
    /// At most so many.
    pub limit: usize,
}

/// What a venue allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Streams on one WebSocket.
    pub streams_per_socket: usize,
    /// Messages to the venue in a second, on one WebSocket.
    pub messages_per_second: u32,
    /// Sum of the weights of requests in a minute.
    pub weight_per_minute: u32,
    /// Candles in one answer.
    pub bars_per_page: usize,
    /// Trades in one answer.
    pub trades_per_page: usize,
    /// The venue ends a WebSocket after so long: it is renewed before.
    pub socket_life: Option<Duration>,
    /// Silence on a socket after which it counts as stalled: the venue sends something more often than this.
    pub silence: Duration,
}

/// Bytes that are not what the venue's protocol says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {detail}")]
pub struct WireError {
    /// What was being read, such as `trade` or `klines`.
    pub what: &'static str,
    /// What is wrong with it. Holds at most a short, printable piece of the bytes.
    pub detail: String,
}

impl WireError {
    /// `what` could not be read because of `detail`.
    pub fn new(what: &'static str, detail: impl fmt::Display) -> Self {
        Self { what, detail: detail.to_string().chars().take(200).collect() }
    }
}

/// The wire format of a venue.
pub trait Adapter: Send + Sync + fmt::Debug {
    /// The name under which its data is kept.
    fn venue(&self) -> &Venue;

    /// What it allows.
    fn limits(&self) -> &Limits;

    /// Asks what is listed.
    fn instruments(&self) -> Request;

    /// Reads the answer to [`Adapter::instruments`].
    ///
    /// # Errors
    /// An answer of another form.
    fn read_instruments(&self, body: &[u8]) -> Result<Vec<Listing>, WireError>;

    /// Asks for candles; `None` where the venue has none of this length.
    fn bars(&self, page: &BarsPage) -> Option<Request>;

    /// Reads the answer to [`Adapter::bars`], oldest first, the candle that is still open included.
    ///
    /// # Errors
    /// An answer of another form, or a candle that is not sound.
    fn read_bars(&self, page: &BarsPage, body: &[u8]) -> Result<Vec<Bar>, WireError>;

    /// Asks for trades.
    fn trades(&self, page: &TradesPage) -> Request;

    /// Reads the answer to [`Adapter::trades`], oldest first.
    ///
    /// # Errors
    /// An answer of another form.
    fn read_trades(&self, page: &TradesPage, body: &[u8]) -> Result<Vec<Trade>, WireError>;

    /// Asks for the venue's clock.
    fn time(&self) -> Request;

    /// Reads the answer to [`Adapter::time`].
    ///
    /// # Errors
    /// An answer of another form.
    fn read_time(&self, body: &[u8]) -> Result<Timestamp, WireError>;

    /// The path (and query) of the WebSocket for streams of `channel`, appended to the endpoint. Each path is a WebSocket of
    /// its own: a stream that is asked for at another one may be granted and never send anything.
    fn socket_path(&self, channel: Channel) -> String;

    /// The messages that subscribe to `streams`; the first carries the number `id`, and so on upward. Each is answered
    /// by a [`StreamEvent::Answer`].
    fn subscribe(&self, id: u64, streams: &[Subscription]) -> Vec<String>;

    /// A message that the venue answers with [`StreamEvent::Pong`] or [`StreamEvent::Answer`], where it has one;
    /// otherwise WebSocket's own ping is used.
    fn ping(&self, id: u64) -> Option<String>;

    /// Reads one text frame and appends what it says. Frames that say nothing of interest append nothing.
    ///
    /// # Errors
    /// A frame that is not the venue's protocol: the stream cannot be trusted any more.
    fn read_frame(&self, frame: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), WireError>;

    /// How orders are sent there; `None` where this program sends none.
    fn trading(&self) -> Option<&dyn Trading> {
        None
    }

    /// The short text of a refusal (status 4xx or 5xx) for people, such as Binance's `-1121: Invalid symbol.`
    fn read_refusal(&self, body: &[u8]) -> String {
        String::from_utf8_lossy(body).chars().filter(|c| !c.is_control()).take(200).collect()
    }
}
