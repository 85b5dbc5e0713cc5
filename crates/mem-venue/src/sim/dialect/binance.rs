//! The simulated exchange as Binance: its public REST API and its WebSocket streams, spot and USD-M futures.
//!
//! What comes in: what the exchange knows ([`MarketView`](crate::sim::view::MarketView)), requests and frames of
//! clients. What goes out: the JSON that Binance would send, after the sections of its documentation named at each item.
//! [`crate::binance`] reads all of it back as it was; so do other clients of Binance, such as ccxt.
//!
//! Spot lists what is bought outright, futures what is perpetual. An aggregate trade is one trade: `a`, `f` and `l` are
//! its id. Times are whole milliseconds. Numbers are written in as few digits as tell the double apart.

mod rest;
mod stream;

pub use rest::router;
pub use stream::BinanceDialect;

/// Prices and quantities are texts on Binance.
fn decimal(value: f64) -> String {
    value.to_string()
}
