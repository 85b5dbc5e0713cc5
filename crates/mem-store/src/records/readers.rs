//! The connections for reading: a few, opened when first needed, used by one call at a time.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::RecordsOptions;
use super::connection::open_reader;
use super::error::RecordsError;
use super::meters::Meters;

#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    options: RecordsOptions,
    meters: Arc<Meters>,
    shelf: Mutex<Shelf>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct Shelf {
    idle: Vec<Connection>,
    open: usize,
}

impl Readers {
    pub(super) fn new(path: PathBuf, options: RecordsOptions, meters: Arc<Meters>) -> Self {
        Self { path, options, meters, shelf: Mutex::default(), returned: Condvar::new() }
    }

    /// Lends a connection to `work`; waits for one while all are in use.
    pub(super) fn lend<T>(&self, work: impl FnOnce(&Connection) -> Result<T, RecordsError>) -> Result<T, RecordsError> {
        let lent = Lent { readers: self, connection: Some(self.take()?) };
        work(lent.connection.as_ref().expect("only dropping takes it away"))
    }

    /// How many are open, and how many of them are idle.
    pub(super) fn count(&self) -> (usize, usize) {
        let shelf = self.shelf();
        (shelf.open, shelf.idle.len())
    }

    fn take(&self) -> Result<Connection, RecordsError> {
        let mut shelf = self.shelf();
        let mut waited = false;
        loop {
            if let Some(connection) = shelf.idle.pop() {
                return Ok(connection);
            }
            if shelf.open < self.options.readers.max(1) {
                shelf.open += 1;
                break;
            }
            if !waited {
                waited = true;
                self.meters.waited();
            }
            shelf = self.returned.wait(shelf).unwrap_or_else(PoisonError::into_inner);
        }
        drop(shelf);
        open_reader(&self.path, &self.options, &self.meters).inspect_err(|_| {
            self.shelf().open -= 1;
            self.returned.notify_one();
        })
    }

    /// A panic while the lock is held cannot leave the shelf half changed.
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that goes back to the shelf by itself.
struct Lent<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut shelf = self.readers.shelf();
        shelf.idle.extend(self.connection.take());
        drop(shelf);
        self.readers.returned.notify_one();
    }
}
