//! Binance's public market data: spot and USD-M futures.
//!
//! What comes in: bodies of the REST API and frames of the WebSocket streams. What goes out: requests, subscriptions and
//! MEM's own words. Sources are the sections of Binance's documentation (`developers.binance.com/docs`, "Spot Trading"
//! and "Derivatives / USDⓈ-M Futures"), named at each item.
//!
//! Modules in reading order: [`market`] (how the two markets differ), [`number`] (decimals and times), `wire` (the JSON
//! as it is written), [`rest`] (requests and their answers), [`stream`] (names and frames of streams), `scan` (the
//! fast way through the frames that matter most).
//!
//! Trades are aggregate trades: their ids have no holes, and they can be asked for by id without a key. One of them is
//! what one taker order bought or sold at one price at once.

pub mod market;
pub mod number;
pub mod rest;
mod scan;
pub mod stream;
mod wire;

use mem_types::{Bar, Timestamp, Trade, Venue};

pub use market::Market;

use crate::adapter::{Adapter, BarsPage, Limits, Request, TradesPage, WireError};
use crate::words::{Channel, Listing, StreamEvent, Subscription};

/// The adapter of one of Binance's markets.
#[derive(Debug, Clone)]
pub struct Binance {
    market: Market,
    venue: Venue,
    limits: Limits,
}

impl Binance {
    /// Spot, kept under the venue `binance`.
    pub fn spot() -> Self {
        Self::new(Market::Spot)
    }

    /// USD-M futures, kept under the venue `binance_um`.
    pub fn usd_m() -> Self {
        Self::new(Market::UsdM)
    }

    fn new(market: Market) -> Self {
        Self { market, venue: market.venue(), limits: market.limits() }
    }
}

impl Adapter for Binance {
    fn venue(&self) -> &Venue {
        &self.venue
    }

    fn limits(&self) -> &Limits {
        &self.limits
    }

    fn instruments(&self) -> Request {
        rest::instruments(self.market)
    }

    fn read_instruments(&self, body: &[u8]) -> Result<Vec<Listing>, WireError> {
        rest::read_instruments(self.market, body)
    }

    fn bars(&self, page: &BarsPage) -> Option<Request> {
        rest::bars(self.market, page)
    }

    fn read_bars(&self, page: &BarsPage, body: &[u8]) -> Result<Vec<Bar>, WireError> {
        rest::read_bars(page, body)
    }

    fn trades(&self, page: &TradesPage) -> Request {
        rest::trades(self.market, page)
    }

    fn read_trades(&self, page: &TradesPage, body: &[u8]) -> Result<Vec<Trade>, WireError> {
        rest::read_trades(page, body)
    }

    fn time(&self) -> Request {
        rest::time(self.market)
    }

    fn read_time(&self, body: &[u8]) -> Result<Timestamp, WireError> {
        rest::read_time(body)
    }

    fn socket_path(&self, channel: Channel) -> String {
        stream::path(self.market, channel)
    }

    fn subscribe(&self, id: u64, streams: &[Subscription]) -> Vec<String> {
        stream::subscribe(id, streams)
    }

    fn ping(&self, id: u64) -> Option<String> {
        Some(stream::ping(id))
    }

    fn read_frame(&self, frame: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), WireError> {
        stream::read_frame(frame, events)
    }

    fn read_refusal(&self, body: &[u8]) -> String {
        rest::read_refusal(body)
    }
}
