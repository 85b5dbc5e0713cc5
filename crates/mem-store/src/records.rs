//! The records: trades, memories, metrics, signals and logs in one SQLite file, `mem_data.db`.
//!
//! What comes in: new rows, changes, filters. What goes out: rows, counts, sums per day. Fields are checked before they are
//! stored; a write that was acknowledged survives a kill of the process (and, with [`Synchronous::Full`], a power cut);
//! several processes may use the same file. Nothing here decides anything, and the only clock is [`Clock`].
//!
//! [`Records`] works on the calling thread: one connection writes, behind a lock, and a few read beside it. Handing a
//! single insert to another thread costs more than the insert itself, which is why this is the ground floor and
//! [`AsyncRecords`], which does hand over, stands on it.
//!
//! The five tables are the reference's, column for column, so its programs can read and write the file too. What they
//! write in another spelling is read. Times are RFC 3339 in UTC, spelled `2024-01-31T12:00:00+00:00`, so that their order as
//! text is their order in time. Two companion tables, `trade_days` and `trade_days_through`, hold sums per day; those of `decisions`,
//! `books`, `round_trips`, `order_events` and `trip_bars` are the engine's; `audit` says who changed what; those of `learning` are of models.
//!
//! Modules in reading order: `trades` and its four siblings (rows, filters, SQL), `operations` (what can be done, in
//! all three faces), `filters` (which rows of the engine's tables), `export` (tables as CSV and Parquet), `daily` (sums per day), `retention` (purge), `schema` (migrations), `connection`, `readers`,
//! `upkeep`, `asynchronous` (threads and locks), `meters`, `error`.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! use mem_store::records::{NewTrade, Records, RecordsOptions, TradeAction, TradeFilter};
//!
//! let records = Records::open(folder.path().join("mem_data.db"), RecordsOptions::default())?;
//! let id = records.add_trade(&NewTrade::new("SIM-ALPHA", TradeAction::Buy, 20_000.0, 0.5))?;
//! let trades = records.get_trades(&TradeFilter { symbol: Some("SIM-ALPHA".into()), ..TradeFilter::default() })?;
//! assert_eq!(trades[0].id, id);
//! # Ok(())
//! # }
//! ```

mod asynchronous;
mod audit;
mod books;
mod clock;
mod connection;
mod daily;
mod decisions;
mod error;
mod export;
mod field;
mod filters;
mod learning;
mod logs;
mod memories;
mod meters;
mod metrics;
mod operations;
mod order_events;
mod query;
mod readers;
mod retention;
mod round_trips;
mod schema;
mod signals;
mod time_text;
mod trades;
mod trip_bars;
mod upkeep;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::Duration;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

pub use asynchronous::AsyncRecords;
pub use audit::{AuditFilter, AuditKind, AuditRow, NewAudit};
pub use books::{AlertRow, FillRow, LedgerRow, OrderRow};
pub use clock::Clock;
pub use daily::DayMetrics;
pub use decisions::{DecisionOutcome, DecisionRow};
pub use error::RecordsError;
pub use export::{Export, ExportFormat, ExportStream};
pub use filters::{AlertFilter, DecisionFilter, FillFilter, LedgerFilter, OrderFilter};
pub use learning::{
    DashboardRow, DriftFilter, DriftRow, EvaluationRow, FeatureFilter, FeatureRow, JobFilter, JobLogRow, JobRow,
    JobStatus, JobUpdate, LabelFilter, LabelRow, MARKET_WIDE, ModelEventFilter, ModelEventRow, ModelRow, NewJob,
    OWN_SERIES, PerformanceRow, PredictionFilter, PredictionRow, Resolved, SentimentRow, TextFilter, TextRow,
    TriggerKind,
};
pub use logs::{Log, LogFilter, LogLevel, NewLog};
pub use memories::{Memory, MemoryFilter, MemoryType, MemoryTypeCount, MemoryUpdate, NewMemory};
pub use meters::ConnectionStats;
pub use metrics::{Metric, MetricFilter, MetricUpdate, NewMetric};
pub use operations::{RecordCounts, Tx};
pub use order_events::OrderEventRow;
pub use query::Page;
pub use retention::Purged;
pub use round_trips::{ConfidenceCounts, RoundTripFilter, RoundTripRow, TripSort, TripTotals};
pub use schema::SCHEMA_VERSION;
pub use signals::{NewSignal, SignalFilter, SignalType, StoredSignal};
pub use trades::{NewTrade, Trade, TradeAction, TradeFilter, TradeUpdate};

use meters::Meters;
use readers::Readers;
use upkeep::Upkeep;

/// The usual name of the file.
pub const FILE_NAME: &str = "mem_data.db";

/// What an acknowledged write survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    /// A kill of the process. A power cut may lose the last moments, and never damages the file.
    #[default]
    Normal,
    /// A power cut too: each commit is flushed to the disk.
    Full,
}

/// How to open records.
#[derive(Debug, Clone)]
pub struct RecordsOptions {
    /// What an acknowledged write survives.
    pub synchronous: Synchronous,
    /// How long to wait for other processes before giving up with [`RecordsError::Busy`]; 5 seconds by default.
    pub busy_timeout: Duration,
    /// How many calls may read at once; 2 by default, as in the reference.
    pub readers: usize,
    /// Where the time of recording comes from.
    pub clock: Clock,
}

impl Default for RecordsOptions {
    fn default() -> Self {
        Self {
            synchronous: Synchronous::Normal,
            busy_timeout: Duration::from_secs(5),
            readers: 2,
            clock: Clock::system(),
        }
    }
}

/// The records of one file, for the calling thread. Clones share the connections; all methods may be called at once.
#[derive(Debug, Clone)]
pub struct Records {
    shared: Arc<Shared>,
}

/// Dropped in this order: the writer's connection closes last and tidies up the file.
#[derive(Debug)]
struct Shared {
    upkeep: Upkeep,
    readers: Readers,
    writer: Mutex<Connection>,
    meters: Arc<Meters>,
    path: PathBuf,
    options: RecordsOptions,
}

impl Records {
    /// Opens the records at `path`, creating or migrating the file where needed; its folder must exist.
    ///
    /// # Errors
    /// If the file cannot be opened, is no database, is damaged, is of a later version or of another program. The file is
    /// then left as it is.
    pub fn open(path: impl AsRef<Path>, options: RecordsOptions) -> Result<Self, RecordsError> {
        let path = path.as_ref().to_owned();
        let meters = Arc::new(Meters::default());
        let waited_ms = options.busy_timeout.as_millis() as u64;
        let writer = connection::open_writer(&path, &options, &meters)
            .and_then(|writer| schema::migrate(&writer, &path).map(|()| writer))
            .map_err(|error| error.at(&path, waited_ms))?;
        let upkeep = Upkeep::start(path.clone(), options.clone(), Arc::clone(&meters))?;
        let readers = Readers::new(path.clone(), options.clone(), Arc::clone(&meters));
        Ok(Self { shared: Arc::new(Shared { upkeep, readers, writer: Mutex::new(writer), meters, path, options }) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// How it was opened.
    pub fn options(&self) -> &RecordsOptions {
        &self.shared.options
    }

    /// Runs `work` as one transaction: kept as a whole, or, after an error or a panic, not at all.
    ///
    /// # Errors
    /// What `work` returns, or if the database is busy or damaged, or the disk full.
    pub fn transaction<T, E: From<RecordsError>>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.with_writer(|tx| tx.atomically(|tx| work(tx).map_err(Attempt::Work))).map_err(|failed| match failed {
            Attempt::Work(error) => error,
            Attempt::Records(error) => self.explain(error).into(),
        })
    }

    /// Length of the file and of its write-ahead log, in bytes; 0 for one that cannot be seen.
    pub fn file_sizes(&self) -> (u64, u64) {
        let length = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        let mut log = self.shared.path.clone().into_os_string();
        log.push("-wal");
        (length(&self.shared.path), length(Path::new(&log)))
    }

    /// What these records have done since they were opened.
    pub fn get_connection_stats(&self) -> ConnectionStats {
        let (open, idle) = self.shared.readers.count();
        self.shared.meters.stats(open, idle)
    }

    /// Runs `work` with the connection that writes, outside of a transaction.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, RecordsError>) -> Result<T, RecordsError> {
        self.with_writer(work).map_err(|error| self.explain(error))
    }

    /// Runs `work` as a nested part of a transaction: if it fails, only the part is undone.
    pub(crate) fn part<T>(
        &self,
        tx: &Tx<'_>,
        work: impl FnOnce(&Tx<'_>) -> Result<T, RecordsError>,
    ) -> Result<T, RecordsError> {
        tx.atomically(work).map_err(|error| {
            self.shared.meters.failed();
            self.explain(error)
        })
    }

    fn with_writer<T, E>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let Shared { meters, writer, upkeep, options, .. } = &*self.shared;
        meters.write(|| {
            // A panic while the lock was held has rolled back: the connection is as good as before.
            let connection = match writer.try_lock() {
                Ok(connection) => connection,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {
                    meters.waited();
                    writer.lock().unwrap_or_else(PoisonError::into_inner)
                }
            };
            let tx = Tx::new(&connection, &options.clock);
            let result = work(&tx);
            match tx.end_large() {
                Ok(true) => upkeep.copy_log(),
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "records: cannot go back to short write-ahead logs"),
            }
            result
        })
    }

    /// Runs `work` with a connection that reads.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, RecordsError>) -> Result<T, RecordsError> {
        let Shared { meters, readers, upkeep, options, .. } = &*self.shared;
        meters.read(|| {
            let result = readers.lend(|connection| {
                let tx = Tx::new(connection, &options.clock);
                let result = work(&tx);
                if tx.behind.get() {
                    upkeep.fold_sums();
                }
                result
            });
            result.map_err(|error| self.explain(error))
        })
    }

    fn explain(&self, error: RecordsError) -> RecordsError {
        error.at(&self.shared.path, self.shared.options.busy_timeout.as_millis() as u64)
    }
}

/// What a transaction failed at: the caller's work, or beginning and committing.
enum Attempt<E> {
    Work(E),
    Records(RecordsError),
}

impl<E> From<RecordsError> for Attempt<E> {
    fn from(error: RecordsError) -> Self {
        Self::Records(error)
    }
}
