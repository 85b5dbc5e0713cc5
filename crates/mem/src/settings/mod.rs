//! Settings that pages look at and change while the program runs.
//!
//! What comes in: values of fields. What goes out: a file of saved settings in the data folder, which is a layer of the configuration of
//! its own; a running engine that goes by them; entries of the audit. A change is checked by putting the whole configuration together
//! again, as at a start: nothing that a start would refuse is ever saved.
//!
//! Modules in reading order: `fields` (what can be set), `saved` (the file), `assign` (values into it), `desk` (checked, saved, applied,
//! taken back), `view` (what pages see).

mod assign;
mod desk;
mod fields;
mod saved;
mod view;

pub(crate) use desk::{Desk, MOST_UNNAMED, Trading};
