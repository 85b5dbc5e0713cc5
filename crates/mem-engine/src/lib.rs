//! One loop: market events in, risk-checked orders, balanced books and remembered decisions out.
//!
//! [`core`] is the loop's inside: a plain function from its state and the next event to outputs and commands. It does no I/O and
//! reads no clock, so that live trading, replay of a session and replay of the catalog are the same code, and the same events give
//! the same bytes. Around it: [`keep`] (outputs into the records), [`journal`] (a session on disk), [`replay`] (a session done again),
//! [`durable`] (the loop with both), [`live`] (the loop among real sockets), [`settings`] (what a
//! user says of it), [`shelf`] (where models are kept), [`seats`] (which of them
//! have a say), [`texts`] (headlines onto record, with their scores).

pub mod core;
pub mod durable;
pub mod journal;
pub mod keep;
pub mod live;
pub mod replay;
pub mod seats;
pub mod settings;
pub mod shelf;
pub mod texts;
