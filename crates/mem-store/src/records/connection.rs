//! Opening connections to the database.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::RecordsError;
use super::meters::Meters;
use super::{RecordsOptions, Synchronous};

/// Pages of write-ahead log after which the writer itself copies them into the database: 4 MB. A log that short is written
/// over and over in the same place; measured, one that grows makes a single insert a third slower.
const CHECKPOINT_PAGES: i64 = 1_000;
/// The same after a large batch, whose pages the upkeep thread copies while the next batch is under way: 64 MB.
const CHECKPOINT_PAGES_OF_BATCHES: i64 = 16_384;
/// Page cache of a connection, in KiB. Small, so that pages are reused: measured, a large one costs a batch a tenth.
const CACHE_KIB: i64 = 8_192;
/// How much of the file readers map instead of copying pages out of it: measured, counting a million rows takes a tenth of
/// the time.
const MAPPED_BYTES: i64 = 1 << 30;
/// Distinct SQL texts a connection keeps prepared.
const STATEMENTS: usize = 96;

/// Opens the connection that writes; creates the file if there is none.
pub(super) fn open_writer(
    path: &Path,
    options: &RecordsOptions,
    meters: &Arc<Meters>,
) -> Result<Connection, RecordsError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(path, flags, options, meters)?;
    enter_wal_mode(&connection, options.busy_timeout)?;
    let synchronous = match options.synchronous {
        Synchronous::Normal => "NORMAL",
        Synchronous::Full => "FULL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "journal_size_limit", CHECKPOINT_PAGES_OF_BATCHES * 4_096)?;
    leave_checkpoints_to_upkeep(&connection, false)?;
    Ok(connection)
}

/// Whether commits of this connection leave it to the upkeep thread to keep the write-ahead log short.
pub(super) fn leave_checkpoints_to_upkeep(connection: &Connection, leave: bool) -> Result<(), rusqlite::Error> {
    let pages = if leave { CHECKPOINT_PAGES_OF_BATCHES } else { CHECKPOINT_PAGES };
    connection.pragma_update_and_check(None, "wal_autocheckpoint", pages, |_| Ok(()))
}

/// Opens a connection that reads.
pub(super) fn open_reader(
    path: &Path,
    options: &RecordsOptions,
    meters: &Arc<Meters>,
) -> Result<Connection, RecordsError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX, options, meters)?;
    connection.pragma_update(None, "mmap_size", MAPPED_BYTES)?;
    Ok(connection)
}

fn open(
    path: &Path,
    flags: OpenFlags,
    options: &RecordsOptions,
    meters: &Arc<Meters>,
) -> Result<Connection, RecordsError> {
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    wait_when_busy(&mut connection, options.busy_timeout, Arc::clone(meters))?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}

/// How long to wait before looking at a lock again: short at first, since most locks are.
fn delay(attempt: i32) -> Duration {
    const MILLIS: [u64; 8] = [1, 1, 2, 4, 8, 15, 25, 50];
    let attempt = usize::try_from(attempt).unwrap_or(0);
    Duration::from_millis(MILLIS[attempt.min(MILLIS.len() - 1)])
}

fn wait_when_busy(connection: &mut Connection, timeout: Duration, meters: Arc<Meters>) -> Result<(), RecordsError> {
    let mut waited = Duration::ZERO;
    connection.busy_handler(Some(move |attempt: i32| {
        if attempt == 0 {
            waited = Duration::ZERO;
        }
        if waited >= timeout {
            return false;
        }
        let pause = delay(attempt).min(timeout - waited);
        thread::sleep(pause);
        waited += pause;
        meters.busy_retry();
        true
    }))?;
    Ok(())
}

/// Switches a new database to a write-ahead log. SQLite does not wait on its own when two processes do so at once.
fn enter_wal_mode(connection: &Connection, timeout: Duration) -> Result<(), RecordsError> {
    let mut waited = Duration::ZERO;
    for attempt in 0.. {
        match connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0)) {
            Ok(_) => break,
            Err(error) => {
                let busy = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy);
                if !busy || waited >= timeout {
                    return Err(error.into());
                }
                thread::sleep(delay(attempt));
                waited += delay(attempt);
            }
        }
    }
    Ok(())
}
