//! The thread that does what no caller should wait for: copying the write-ahead log into the database, and folding new
//! trades into the sums per day.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;

use super::connection::open_writer;
use super::error::RecordsError;
use super::meters::Meters;
use super::operations::Tx;
use super::{RecordsOptions, daily};

/// Roughly so many written pages (8 MB) wake the thread.
const PAGES_BETWEEN_CHECKPOINTS: u64 = 2_048;
/// A commit writes at least this many pages: the table's, each index's, the sequence's.
const PAGES_PER_COMMIT: u64 = 4;
/// Rows that fill a page, index entries included.
const ROWS_PER_PAGE: u64 = 12;

#[derive(Debug)]
pub(super) struct Upkeep {
    /// Holds one signal: a thread that is about to run need not be told twice.
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    pages: AtomicU64,
}

impl Upkeep {
    pub(super) fn start(path: PathBuf, options: RecordsOptions, meters: Arc<Meters>) -> Result<Self, RecordsError> {
        let (wake, signals) = sync_channel(1);
        let thread = thread::Builder::new()
            .name("records-upkeep".to_owned())
            .spawn(move || run(&signals, &options, || open_writer(&path, &options, &meters)))
            .map_err(|_| RecordsError::NoThread("upkeep"))?;
        Ok(Self { wake: Some(wake), thread: Some(thread), pages: AtomicU64::new(0) })
    }

    /// Notes a commit that changed so many rows.
    pub(super) fn wrote(&self, rows: u64) {
        let pages = PAGES_PER_COMMIT + rows / ROWS_PER_PAGE;
        if self.pages.fetch_add(pages, Ordering::Relaxed) + pages >= PAGES_BETWEEN_CHECKPOINTS {
            self.pages.store(0, Ordering::Relaxed);
            self.wake();
        }
    }

    /// Has the thread look now.
    pub(super) fn wake(&self) {
        if let Some(wake) = &self.wake {
            // Full means that it is about to look; disconnected, that it has ended: SQLite then does without.
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("records: the upkeep thread panicked");
        }
    }
}

fn run(signals: &Receiver<()>, options: &RecordsOptions, open: impl Fn() -> Result<Connection, RecordsError>) {
    let mut connection = None;
    while signals.recv().is_ok() {
        let done = match connection.take().map_or_else(&open, Ok) {
            Ok(opened) => {
                let done = look_after(&opened, options);
                connection = Some(opened);
                done
            }
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            // Nothing is lost: it is tried again at the next signal.
            tracing::debug!(%error, "records: upkeep postponed");
        }
    }
}

fn look_after(connection: &Connection, options: &RecordsOptions) -> Result<(), RecordsError> {
    // PASSIVE: copies what it can without making anybody wait.
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    let tx = Tx::new(connection, &options.clock);
    if daily::is_behind(&tx)? { daily::fold(&tx) } else { Ok(()) }
}
