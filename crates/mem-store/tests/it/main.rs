//! Integration tests of the store, one binary so that it links once.

#![allow(clippy::unwrap_used)]

mod catalog;
mod import;
mod kill;
mod learning;
mod looking;
mod python;
mod real;
mod records;
mod records_files;
mod sample;
