//! Advanced: combinations of averages, ranges and volume.

pub mod awesome;
pub mod elder_ray;
pub mod kst;
pub mod mass_index;
pub mod ultimate;
pub mod vortex;
