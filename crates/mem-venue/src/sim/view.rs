//! What the outside may ask of the simulated exchange: the one source of truth behind every dialect it speaks.

use mem_types::{Bar, Quote, Symbol, Timeframe, Timestamp, Trade};

use super::matching::AccountEvent;
use crate::words::{Listing, Subscription};

/// A candle with the figures that exchanges send along.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TapeBar {
    /// The candle.
    pub bar: Bar,
    /// How many trades it is made of.
    pub trades: u64,
    /// Traded value in quote currency.
    pub value: f64,
    /// Volume that buyers took, in base units.
    pub taker_buy_volume: f64,
    /// First and last id of its trades; `None` for a candle without any.
    pub ids: Option<(i64, i64)>,
    /// Whether it will not change any more.
    pub closed: bool,
}

/// Price levels, best first, as (price, quantity).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Depth {
    /// What is bid.
    pub bids: Vec<(f64, f64)>,
    /// What is asked.
    pub asks: Vec<(f64, f64)>,
    /// Number of the last change.
    pub update_id: i64,
}

/// The public side of the exchange. Every answer is as of [`MarketView::now`]; nothing later is ever told.
pub trait MarketView: Send + Sync {
    /// The exchange's own clock.
    fn now(&self) -> Timestamp;

    /// What is listed.
    fn listings(&self) -> Vec<Listing>;

    /// Candles that open in `from..to`, oldest first, at most `limit`; without `from`, the newest ones. The open candle
    /// is included. `None` for an unknown symbol; an empty list for a length that the exchange does not keep.
    fn bars(
        &self,
        symbol: &Symbol,
        timeframe: Timeframe,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        limit: usize,
    ) -> Option<Vec<TapeBar>>;

    /// Trades with ids from `from_id` on, oldest first, at most `limit`; without `from_id`, the newest ones. Ids of a
    /// symbol count up by one. `None` for an unknown symbol.
    fn trades(&self, symbol: &Symbol, from_id: Option<i64>, limit: usize) -> Option<Vec<Trade>>;

    /// The id of the first trade at or after `at`, if there is one yet. `None` also for an unknown symbol.
    fn first_trade_since(&self, symbol: &Symbol, at: Timestamp) -> Option<i64>;

    /// The best bid and ask.
    fn quote(&self, symbol: &Symbol) -> Option<Quote>;

    /// The book down to `levels` on each side.
    fn depth(&self, symbol: &Symbol, levels: usize) -> Option<Depth>;
}

/// Something that happened on the tape, to be told to those who subscribed.
#[derive(Debug, Clone, PartialEq)]
pub enum TapeEvent {
    /// A trade.
    Trade(Symbol, Trade),
    /// The best bid and ask changed.
    Quote(Symbol, Quote),
    /// A candle changed or closed.
    Bar(Symbol, Timeframe, TapeBar),
}

/// What a client asks for in a frame.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientOp {
    /// Streams to add.
    Subscribe(Vec<Subscription>),
    /// Streams to remove.
    Unsubscribe(Vec<Subscription>),
    /// Which streams there are.
    List,
    /// Whether anybody is there.
    Ping,
    /// Who asks; from then on the socket tells of the account.
    Login {
        /// The key.
        key: String,
        /// Milliseconds since the epoch, as signed.
        timestamp: String,
        /// The signature.
        sign: String,
    },
}

/// How one protocol is spoken on a WebSocket of the exchange.
pub trait Dialect: Send + Sync {
    /// Reads a frame of a client: the request's number as the client wrote it (echoed as it is), and what is asked.
    ///
    /// # Errors
    /// The text of the refusal that is sent back.
    fn read(&self, frame: &str) -> Result<(serde_json::Value, ClientOp), String>;

    /// The answer to a request: `Ok` with the streams that stand (used for [`ClientOp::List`]), or why not.
    fn answer(&self, id: &serde_json::Value, op: Option<&ClientOp>, outcome: Result<&[Subscription], &str>) -> String;

    /// The frame that tells `event` to one who subscribed to `stream`; `now` is the exchange's clock.
    fn event(&self, stream: &Subscription, event: &TapeEvent, now: Timestamp) -> String;

    /// The frame that tells of an account, where the protocol has one.
    fn account_event(&self, event: &AccountEvent) -> Option<String> {
        let _ = event;
        None
    }

    /// Writes the number of the frame on this socket into it, where the protocol has one: a hole in the numbers tells the
    /// client that it has lost something.
    fn numbered(&self, frame: String, number: u64) -> String {
        let _ = number;
        frame
    }

    /// The frame sent when nothing else is, with the newest thing of each stream, where the protocol has one.
    fn heartbeat(&self, now: Timestamp, tails: &[(Subscription, i64)]) -> Option<String>;
}
