//! The inside of the loop: state, events in, outputs and commands out.
//!
//! Modules in reading order: [`config`], [`event`] (what comes in), [`output`] (what goes out), `market` (prices into closed bars),
//! `window` and [`features`] (what a decision looked at), `account` (books), `engine` (the loop's step), `trading` (decisions into orders,
//! fills into books), `surroundings` (what risk is told), `remembering` (what memory is told, and says), [`seat`],
//! `foresight` (what models say, and what became of it), `heed` (what their word does to decisions), `awaited` (models that look at another
//! symbol) and `hearing` (texts that they hear of).

mod account;
mod awaited;
pub mod config;
mod engine;
pub mod event;
pub mod features;
mod foresight;
mod hearing;
mod heed;
mod market;
pub mod output;
mod remembering;
pub mod seat;
mod surroundings;
mod trading;
mod window;

pub use account::Account;
pub use config::{EngineConfig, EngineError, LaneConfig, Source};
pub use engine::{Engine, State};
pub use event::{Event, Operator, Stamped, TextScore, VenueNews};
pub use output::{
    Closed, Command, DriftNote, FeaturesNote, Filled, InsightNote, ModelNote, ModelWord, Note, Output, PatternNote,
    PredictedNote, ResolvedNote, SignalNote, StandingNote, WorthNote,
};
