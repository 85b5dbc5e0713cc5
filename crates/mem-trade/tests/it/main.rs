//! Tests of mem-trade as its users see it.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]

mod orders;
mod paper;
mod risk;
