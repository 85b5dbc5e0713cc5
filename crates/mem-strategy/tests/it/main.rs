//! Laws that every strategy keeps, and what they decide on real data.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]

mod analysis;
mod cross;
mod laws;
mod real_data;
