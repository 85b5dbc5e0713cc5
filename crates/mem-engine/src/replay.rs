//! A session done again from its journal, and compared with what it said then.

use std::path::Path;

use serde::Serialize;

use crate::core::{Engine, EngineError, Stamped};
use crate::journal::{JournalError, Recorded, write_outputs};
use crate::shelf::{self, ShelfError};

/// Why a session cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The models that had a say in it.
    #[error("a model that had a say in the session is not there: {0}")]
    Shelf(#[from] ShelfError),
    /// The configuration makes no engine in this version of the program.
    #[error("the session's configuration makes no engine: {0}")]
    Engine(#[from] EngineError),
}

/// What came of a replay.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Replayed {
    /// Events gone through.
    pub events: u64,
    /// Lines said then, and now.
    pub lines_then: u64,
    /// Lines said now.
    pub lines_now: u64,
    /// Whether everything said then was said again, byte for byte. A session that was killed may have come to say less than its
    /// last events led to.
    pub identical: bool,
    /// The first line that differs: its number, then and now.
    pub difference: Option<(u64, String, String)>,
}

/// Goes through the session in `folder` again.
///
/// # Errors
/// If there is none, or it cannot be read.
pub fn replay_session(folder: &Path, mut watch: impl FnMut(&Stamped)) -> Result<Replayed, ReplayError> {
    let recorded = Recorded::open(folder)?;
    let header = recorded.header.clone();
    // Sessions lie in `engine/sessions` of the data folder, models in `models`.
    let data = folder.ancestors().nth(3).unwrap_or(folder);
    let models = shelf::seated(&header.config, &data.join(shelf::FOLDER))?;
    let mut engine = Engine::new(header.config, header.state, header.remembered, true)?.seat(&models)?;
    let mut now = Vec::new();
    let mut problem = Ok(());
    let events = recorded.each_event(|event| {
        watch(&event);
        engine.handle(&event);
        engine.take_commands();
        if problem.is_ok() {
            problem = write_outputs(&mut now, &engine.take_outputs());
        }
    })?;
    problem.map_err(|source| JournalError::File { path: folder.to_owned(), source })?;
    Ok(compare(events, &recorded.decisions()?, &now))
}

fn compare(events: u64, then: &[u8], now: &[u8]) -> Replayed {
    let whole = |bytes: &[u8]| bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    // A torn last line was never acknowledged.
    let then = &then[..whole(then)];
    let count = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    let mut difference = None;
    if !now.starts_with(then) {
        let lines = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
        let (old, new) = (lines(then), lines(now));
        let text = |lines: &[Vec<u8>], at: usize| {
            lines.get(at).map(|line| String::from_utf8_lossy(line).into_owned()).unwrap_or_default()
        };
        let at = old.iter().zip(&new).position(|(old, new)| old != new).unwrap_or(old.len().min(new.len()));
        difference = Some((at as u64 + 1, text(&old, at), text(&new, at)));
    }
    Replayed { events, lines_then: count(then), lines_now: count(now), identical: difference.is_none(), difference }
}
