//! The thread that does what no caller should wait for: copying the write-ahead log into the database after large batches,
//! and folding new trades into the sums per day.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;

use super::connection::open_writer;
use super::error::RecordsError;
use super::meters::Meters;
use super::operations::Tx;
use super::{RecordsOptions, daily};

#[derive(Debug)]
pub(super) struct Upkeep {
    /// Holds one signal: a thread that is about to run need not be told twice.
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    fold: Arc<AtomicBool>,
}

impl Upkeep {
    pub(super) fn start(path: PathBuf, options: RecordsOptions, meters: Arc<Meters>) -> Result<Self, RecordsError> {
        let (wake, signals) = sync_channel(1);
        let fold = Arc::new(AtomicBool::new(false));
        let wanted = Arc::clone(&fold);
        let thread = thread::Builder::new()
            .name("records-upkeep".to_owned())
            .spawn(move || run(&signals, &wanted, &options, || open_writer(&path, &options, &meters)))
            .map_err(|_| RecordsError::NoThread("upkeep"))?;
        Ok(Self { wake: Some(wake), thread: Some(thread), fold })
    }

    /// Has the thread copy the write-ahead log.
    pub(super) fn copy_log(&self) {
        if let Some(wake) = &self.wake {
            // Full means that it is about to look; disconnected, that it has ended: SQLite then does without.
            let _ = wake.try_send(());
        }
    }

    /// Has the thread fold new trades into the sums per day as well.
    pub(super) fn fold_sums(&self) {
        self.fold.store(true, Ordering::Relaxed);
        self.copy_log();
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

fn run(
    signals: &Receiver<()>,
    fold: &AtomicBool,
    options: &RecordsOptions,
    open: impl Fn() -> Result<Connection, RecordsError>,
) {
    let mut connection = None;
    while signals.recv().is_ok() {
        let done = match connection.take().map_or_else(&open, Ok) {
            Ok(opened) => {
                let done = look_after(&opened, fold, options);
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

fn look_after(connection: &Connection, fold: &AtomicBool, options: &RecordsOptions) -> Result<(), RecordsError> {
    if fold.swap(false, Ordering::Relaxed) {
        let tx = Tx::new(connection, &options.clock);
        // Another process may have done it meanwhile.
        if daily::is_behind(&tx)? {
            daily::fold(&tx)?;
        }
    }
    // PASSIVE: copies what it can without making anybody wait.
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    Ok(())
}
