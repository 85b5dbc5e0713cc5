//! The simulated exchange. Whatever comes from its generated market is kept under the venue `simulated`.

pub mod accounts;
pub mod adapter;
pub mod clock;
pub mod dialect;
pub mod exchange;
pub mod fault;
pub mod market;
pub mod matching;
pub mod native;
pub mod server;
pub mod tape;
mod trading;
pub mod view;

/// Every answer of the simulated exchange carries this header, whichever protocol it speaks.
pub const SIMULATED_HEADER: &str = "x-mem-simulated";
