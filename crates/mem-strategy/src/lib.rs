//! Bars in, decisions out, with confidence, stop, target and reasons.
//!
//! What comes in: closed bars, and through `mem-indicators` their indicator values. What goes out:
//! [`Decisions`](mem_types::Decisions) in batch, the same decisions bar by bar, and a [`Signal`](mem_types::Signal)
//! with its reasons in plain English. This crate knows no orders, no money and no fees, and it never looks ahead: a
//! decision at a bar depends on that bar and earlier ones.
//!
//! Modules in reading order: [`strategy`] (what every strategy can do), [`builtin`] (the list of them), [`ma_cross`],
//! [`fast_score`], [`confluence`], [`sizing`] (how large a position a stop allows), [`Shelf`]
//! (columns that many candidates share), [`advice`] (what a model's word does to a decision), [`Primary`] (whose entries a meta-label
//! judges).

pub mod advice;
pub mod builtin;
pub mod confluence;
mod error;
pub mod fast_score;
pub mod ma_cross;
mod primary;
mod shelf;
pub mod sizing;
pub mod strategy;

pub use builtin::{StrategySpec, build, builtins};
pub use error::StrategyError;
pub use primary::Primary;
pub use shelf::Shelf;
pub use strategy::{OnOpposite, Recommended, SizingHint, Strategy, StrategyInput, StrategyStream};
