//! How a command ends: the outcome, said to people or machines, and the exit code.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | failed |
//! | 2 | wrong usage or configuration; nothing was tried |
//! | 3 | done in part: some files or symbols failed, what succeeded is kept |
//! | 130 | interrupted with Ctrl-C; what was finished is kept |

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use crate::config::ConfigError;

/// How a command that did not fail as a whole ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was done.
    Done,
    /// Some inputs failed; each was named on standard error.
    Partial,
    /// Ctrl-C; what was finished is kept.
    Interrupted,
}

/// A mistake in what was typed that only shows after parsing.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Prints an error, if there is one, and gives the exit code.
pub fn report(outcome: anyhow::Result<Outcome>, json: bool) -> ExitCode {
    let error = match outcome {
        Ok(Outcome::Done) => return ExitCode::SUCCESS,
        Ok(Outcome::Partial) => return ExitCode::from(3),
        Ok(Outcome::Interrupted) => return ExitCode::from(130),
        Err(error) => error,
    };
    // A reader that went away (`mem data list | head`) is no failure.
    if error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|io_error| io_error.kind() == ErrorKind::BrokenPipe)
    }) {
        return ExitCode::SUCCESS;
    }
    let mut stderr = std::io::stderr().lock();
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    // Nothing is left to tell the user with if standard error is gone.
    let _ = if json {
        writeln!(stderr, "{}", serde_json::json!({ "error": causes.join(": "), "causes": causes }))
    } else {
        writeln!(stderr, "error: {}", causes.join("\n  because: "))
    };
    let usage = error.chain().any(|cause| cause.is::<UsageError>() || cause.is::<ConfigError>());
    ExitCode::from(if usage { 2 } else { 1 })
}
