//! The protocols that the simulated exchange speaks, one module each.

pub mod binance;
