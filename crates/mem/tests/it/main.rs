//! The binary as a user meets it: every command run for real in an empty folder.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]

mod api;
mod command_line;
mod configuration;
mod credentials;
mod docs;
#[path = "../../drill/mod.rs"]
mod drill;
mod exchange;
mod golden;
mod kill;
mod market_data;
mod models;
mod program;
mod research;
mod sentiment;
mod settings;
mod studies;
mod trading;
