//! Decisions in, risk-checked orders out; fills in, balanced books out.
//!
//! What comes in: what a strategy wants ([`risk::Proposal`]), what the account and the market look like at that moment
//! ([`risk::Surroundings`]), and fills. What goes out: orders that risk has approved, positions, closed trades, and a ledger in
//! double entry. Plain functions of data and `now`: no sockets, no files, no clock.
//!
//! Only [`risk::Risk`] can make an [`risk::Approved`], and [`order::Orders`] takes nothing else: no order passes without risk.
//! Money is exact: prices, quantities and balances are decimals of at most twelve places ([`exact`]).
//!
//! Modules in reading order: [`instrument`], [`exact`] (from `f64` to decimals), [`sizing`] (how much), [`risk`] (whether),
//! [`order`] (what becomes of an order), [`paper`] (a broker of our own), [`position`], [`ledger`].

pub mod exact;
pub mod instrument;
pub mod ledger;
pub mod order;
pub mod paper;
pub mod position;
pub mod risk;
pub mod sizing;

pub use instrument::{Fees, Instrument, InstrumentKind};
pub use position::{Position, RoundTrip};
