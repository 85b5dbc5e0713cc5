//! Venues: where market data comes from and orders go to.
//!
//! What comes in: bytes of an exchange. What goes out: MEM's own words, and the bytes to send. It decides nothing.
//!
//! Modules in reading order: [`words`] (what a venue lists and streams), [`adapter`] (the border every venue keeps), [`trading`] (the
//! border of those that take orders), [`session`] (requests and WebSockets, once for all venues), then one folder a venue: [`binance`], and [`sim`], an
//! exchange of our own that is served over real sockets.

pub mod adapter;
pub mod binance;
pub mod session;
pub mod sim;
pub mod trading;
pub mod words;

pub use adapter::{Adapter, BarsPage, Limits, Method, Request, TradesPage, WireError};
pub use trading::{AccountView, Trading};
pub use words::{Channel, InstrumentKind, Listing, StreamEvent, Subscription};
