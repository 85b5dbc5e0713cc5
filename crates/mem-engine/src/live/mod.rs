//! The loop among real sockets: a feed that fills it, a trader that carries out what it says, and a clock.
//!
//! One thread owns the loop. Everything reaches it through one bounded queue: events of the feed, news of the trader, ticks of the
//! clock, words of operators. Where the queue is full, the feed waits (it loses nothing: `docs/feeds.md`), and a tick is left
//! out. What the loop wants done goes out through another bounded queue, after it is on record; where that is full,
//! orders are refused.
//!
//! Modules in reading order: [`setup`] (what is needed), [`runner`] (start, loop, end), `warmup` (the past of each market), `texts` (what models
//! are told of headlines),
//! [`trader`] (orders at a venue), [`board`] (how it stands, for others to read), [`tap`] (what happens, for whoever watches), [`machine`] (what
//! process and machine use), [`monitor`] (figures and alerts), [`history`] (how it was), [`changes`] (what is changed
//! while it runs).

pub mod board;
pub mod changes;
pub mod history;
pub mod machine;
pub mod monitor;
pub mod runner;
pub mod setup;
pub mod tap;
mod texts;
pub mod trader;
mod warmup;

pub use board::{Board, PositionView, QueueDepth};
pub use changes::{Applied, Change, Changes};
pub use monitor::{MonitorConfig, Want};
pub use runner::{Ended, LiveError, run};
pub use setup::{Control, Setup};
pub use tap::{Happening, Tap};
