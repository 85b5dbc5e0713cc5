//! Feeds against the simulated exchange over real sockets.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]

#[path = "../../drill/mod.rs"]
mod drill;

mod faults;
mod orders;
mod sockets;
