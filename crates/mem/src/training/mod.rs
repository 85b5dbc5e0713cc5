//! Training beside a running engine: when, in a process of its own, and what the engine hears of it.
//!
//! What comes in: trainings that were asked for, in the records; drift, decay, the clock. What goes out: `mem train` in a process that yields to
//! the engine's, its log on record, and a turn-over of the session when another model is to have a say.
//!
//! Modules in reading order: `watch` (the thread), `facts` (what calls for a training), `job` (one training).

mod facts;
mod job;
mod watch;

pub(crate) use facts::check_schedule;
pub(crate) use watch::{Setup, Watch};
