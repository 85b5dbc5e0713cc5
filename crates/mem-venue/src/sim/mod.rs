//! The simulated exchange. Whatever comes from its generated market is kept under the venue `simulated`.

pub mod clock;
pub mod exchange;
pub mod market;
pub mod tape;
pub mod view;
