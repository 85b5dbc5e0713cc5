//! Integration tests, one binary.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]

mod made_up;
mod metrics;
mod parity;
mod report;
mod run;
mod runlog;
mod simulate;
