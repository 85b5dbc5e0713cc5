//! The loop with its records: what it is told is in the journal, and what it says on record, before anything is done about it.

use std::path::Path;

use mem_store::records::Records;
use mem_types::Timestamp;

use crate::core::{Command, Engine, EngineConfig, EngineError, Output, Stamped, State};
use crate::journal::{Header, Journal, JournalError};
use crate::keep::{self, KeepError, Keeper};
use crate::shelf::{Shelf, ShelfError};

/// Why the loop cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum DurableError {
    /// The configuration makes no engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The models.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    /// The records.
    #[error("the records failed, nothing was sent: {0}")]
    Keep(#[from] KeepError),
    /// The journal.
    #[error("the journal failed, nothing was sent: {0}")]
    Journal(#[from] JournalError),
}

/// The loop, its journal and its records.
#[derive(Debug)]
pub struct Durable {
    engine: Engine,
    keeper: Keeper,
    journal: Option<Journal>,
}

impl Durable {
    /// Goes on from what the records hold, or begins. With `session`, a folder, the session is written there.
    ///
    /// # Errors
    /// A configuration that makes no engine, records that hold a state that cannot be read, or a folder that cannot be written.
    pub fn begin(
        config: EngineConfig,
        records: Records,
        session: Option<&Path>,
        venue: &str,
        started_at: Timestamp,
    ) -> Result<Self, DurableError> {
        let state = Keeper::load(&records)?.unwrap_or_default();
        let remembered = if config.memory.enabled {
            keep::remembered(&records, &state, config.memory.capacity)?
        } else {
            Vec::new()
        };
        let models = Shelf::beside(records.clone()).seated(&config)?;
        let engine = Engine::new(config.clone(), state.clone(), remembered.clone(), true)?.seat(&models)?;
        let keeper = Keeper::new(records, &config.session);
        let journal = match session {
            None => None,
            Some(folder) => {
                let version = env!("CARGO_PKG_VERSION").to_owned();
                let header = Header { version, started_at, venue: venue.to_owned(), config, state, remembered };
                Some(Journal::begin(folder, &header)?)
            }
        };
        Ok(Self { engine, keeper, journal })
    }

    /// The loop.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Its state.
    pub fn state(&self) -> &State {
        self.engine.state()
    }

    /// Takes an event. What follows from it waits for [`Durable::commit`].
    ///
    /// # Errors
    /// If the journal cannot be written; the event has not been taken then.
    #[inline]
    pub fn handle(&mut self, event: &Stamped) -> Result<(), DurableError> {
        if let Some(journal) = &mut self.journal {
            journal.event(event)?;
        }
        self.engine.handle(event);
        Ok(())
    }

    /// Puts on record what has been said, and gives it with what is now to be sent.
    ///
    /// # Errors
    /// If it cannot be put on record; nothing is to be sent then, and the loop must end.
    pub fn commit(&mut self) -> Result<(Vec<Output>, Vec<Command>), DurableError> {
        if !self.engine.has_news() {
            return Ok((Vec::new(), Vec::new()));
        }
        let outputs = self.engine.take_outputs();
        if let Some(journal) = &mut self.journal {
            journal.flush()?;
        }
        self.keeper.commit(&outputs, &self.engine)?;
        if let Some(journal) = &mut self.journal {
            journal.outputs(&outputs)?;
        }
        Ok((outputs, self.engine.take_commands()))
    }

    /// Hands what is in the journal to the operating system.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn flush(&mut self) -> Result<(), DurableError> {
        if let Some(journal) = &mut self.journal {
            journal.flush()?;
        }
        Ok(())
    }

    /// Puts the last words on record and ends the session.
    ///
    /// # Errors
    /// If they cannot be.
    pub fn end(mut self) -> Result<State, DurableError> {
        self.commit()?;
        self.keeper.commit(&[], &self.engine)?;
        if let Some(journal) = self.journal.take() {
            journal.end()?;
        }
        Ok(self.engine.state().clone())
    }
}
