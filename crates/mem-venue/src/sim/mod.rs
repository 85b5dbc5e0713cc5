//! The simulated venue. So far its market; whatever comes from it is kept under the venue `simulated`.

pub mod market;
