//! How trading goes and how the system is, and telling people about it.
//!
//! What comes in: closed trades, equity ([`rolling`]) and observations of the system ([`alert::Observations`]). What goes out:
//! rolling figures, alerts with a life of their own ([`alert`]), and messages to where people read them ([`route`]).
//!
//! Figures and alerts are plain functions of data and `now`: no sockets, no files, no clock. Only [`route`] talks to anybody, and
//! only to whom the configuration names. Nothing here trades, halts or decides.
//!
//! Modules in reading order: [`rolling`], [`alert`], [`route`].

mod error;
mod range;

pub mod alert;
pub mod rolling;
pub mod route;

pub use error::MonitorError;
