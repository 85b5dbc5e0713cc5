//! Feeds of headlines: RSS 2.0 (and 1.0), Atom and JSON Feed in, their entries out.
//!
//! What comes in: addresses of feeds, or documents. What goes out: entries as the feed tells them. Whether an entry was seen before, what it
//! means and when it was known is for whoever asks to say: a feed can be trusted with none of that.
//!
//! Modules in reading order: [`entry`] (an entry), [`parse`] (a document into entries, XML in `xml`, JSON in `json`), [`fetch`] (a document from
//! its address).

pub mod entry;
pub mod fetch;
mod json;
pub mod parse;
mod xml;

pub use entry::Entry;
pub use fetch::{Fetch, FetchError};
pub use parse::{DocumentError, parse};
