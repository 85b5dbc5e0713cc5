//! Integration tests, one binary.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]

mod metrics;
mod simulate;
