//! Integration tests, one binary.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]

mod compare;
mod learn;
mod made_up;
mod metrics;
mod optimize;
mod parity;
mod portfolio;
mod portfolio_run;
mod report;
mod report_studies;
mod run;
mod runlog;
mod simulate;
