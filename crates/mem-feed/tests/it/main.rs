//! Feeds against the simulated exchange over real sockets.

#[path = "../../drill/mod.rs"]
mod drill;

mod faults;
