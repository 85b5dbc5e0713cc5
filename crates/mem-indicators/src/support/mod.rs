//! Support and resistance: levels at which prices turned before.

pub mod fibonacci;
pub mod pivot_points;
