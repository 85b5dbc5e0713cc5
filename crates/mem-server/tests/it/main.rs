//! The server over real sockets, on a small simulated market.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]

mod access;
mod analytics;
mod browse;
mod client;
mod description;
mod live;
mod models;
mod records;
mod seated;
mod sentiment;
mod strategy;
mod trading;
