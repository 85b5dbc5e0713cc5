//! Tests of mem-trade as its users see it.

mod orders;
mod paper;
mod risk;
