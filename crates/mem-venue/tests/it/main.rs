//! Integration tests, one binary.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]

mod binance_dialect;
mod binance_files;
mod ccxt;
mod fixed_view;
