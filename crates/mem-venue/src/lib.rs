//! Venues: where market data comes from.
//!
//! What comes in: a configuration. What goes out: bars in MEM's own words. It decides nothing. So far there is one
//! venue, [`sim`].

pub mod sim;
