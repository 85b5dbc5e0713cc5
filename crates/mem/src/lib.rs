//! The command line of MEM, as a library so that tests and fuzzers can reach it.
//!
//! What comes in: arguments, environment, `mem.toml`. What goes out: tables or JSON on standard output, logs and
//! errors on standard error, an exit code. No trading logic lives here.
//!
//! Modules in reading order: [`cli`] (what was typed), [`config`] (what it means together with files and
//! environment), [`logging`], [`output`] (tables and JSON), [`exit`] (errors to exit codes), `settings` (changed while the program runs), `training` (models trained beside a running engine), [`commands`] (one file a
//! command).

pub mod cli;
pub mod commands;
pub mod config;
pub mod docs;
pub mod exit;
pub mod logging;
pub mod output;
mod settings;
mod training;
