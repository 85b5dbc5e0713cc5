//! The engine as its users see it.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]

mod advised;
mod lines;
mod live;
mod meta;
mod models;
mod parity;
mod reference;
mod session;
mod shelf;
mod texts;
