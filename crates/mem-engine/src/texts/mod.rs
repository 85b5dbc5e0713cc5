//! Texts in, scored and on record, with the moods that follow from them.
//!
//! What comes in: texts with the times at which they were known, from files, feeds or whoever sends them. What goes out: rows of the records,
//! each text once. Whoever learns or trades reads the scores from there, by the times at which they were known.
//!
//! Modules in reading order: [`intake`] (texts onto record), [`reader`] (who scores texts, by name), [`config`] (what a user says of feeds), [`gather`] (entries of feeds into texts), [`follow`] (again and again).

pub mod config;
pub mod follow;
pub mod gather;
pub mod intake;
pub mod reader;

pub use config::{FeedSettings, SentimentSettings};
pub use follow::follow;
pub use gather::{Gathered, gather, texts_of};
pub use intake::{NewText, Taken, key_of, put_moods, take};
pub use reader::reader;
