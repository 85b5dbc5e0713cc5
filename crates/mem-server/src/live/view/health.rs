//! How process and machine are.

use serde::Serialize;
use utoipa::ToSchema;

use super::board::Mode;
use super::feed::{FeedHealthView, FeedState, LatencyView};

/// Use of processors. Null where the system does not say.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, ToSchema)]
pub struct CpuView {
    /// This process, in percent of one core, over the last second.
    pub process_pct: Option<f64>,
    /// The whole machine, in percent of all cores.
    pub system_pct: Option<f64>,
    /// Cores that this process may use.
    pub cores: usize,
}

/// Use of memory in bytes. Null where the system does not say.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, ToSchema)]
pub struct MemoryUse {
    /// This process.
    pub rss: Option<u64>,
    /// The whole machine.
    pub system_total: Option<u64>,
    /// What is left of it.
    pub system_available: Option<u64>,
}

/// The disk that holds the records, in bytes. Null where the system does not say.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, ToSchema)]
pub struct DiskView {
    /// Free for us.
    pub free: Option<u64>,
    /// Altogether.
    pub total: Option<u64>,
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct QueueView {
    /// Which.
    pub name: String,
    /// How many wait.
    pub depth: usize,
    /// How many may wait.
    pub capacity: usize,
}

/// The records' database.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DatabaseView {
    /// The file in bytes.
    pub size: Option<u64>,
    /// The log beside it in bytes.
    pub wal: Option<u64>,
    /// Calls that read.
    pub reads: u64,
    /// Calls that write.
    pub writes: u64,
    /// Calls that failed.
    pub errors: u64,
    /// Writes that wait or are under way.
    pub write_queue: u64,
    /// Mean duration of a call in microseconds, waiting included.
    pub average_latency_us: f64,
    /// Longest duration of a call in microseconds.
    pub max_latency_us: f64,
}

/// Errors of feeds, records and requests to venues.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, ToSchema)]
pub struct ErrorsView {
    /// In the last minute.
    pub per_minute: f64,
    /// Since the start.
    pub total: u64,
}

/// How everything is, measured.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HealthView {
    /// When, by our clock.
    pub ts: i64,
    /// Feeds.
    pub feeds: Vec<FeedHealthView>,
    /// Errors.
    pub errors: ErrorsView,
    /// Processors.
    pub cpu: CpuView,
    /// Memory.
    pub memory: MemoryUse,
    /// The disk.
    pub disk: DiskView,
    /// Queues.
    pub queues: Vec<QueueView>,
    /// The records.
    pub database: DatabaseView,
    /// From taking an event to the end of what follows from it.
    pub decision_latency: LatencyView,
    /// Since the engine started, seconds.
    pub uptime_s: f64,
    /// The venue's clock minus ours, milliseconds.
    pub clock_skew_ms: Option<f64>,
    /// WebSockets of pages that are open.
    pub ws_clients: usize,
    /// Frames that slow ones of them have missed.
    pub ws_skipped: u64,
}

/// How everything was, a row a minute.
#[derive(Debug, Clone, PartialEq, Default, Serialize, ToSchema)]
pub struct HealthHistory {
    /// When.
    pub ts: Vec<i64>,
    /// Process, in percent of one core.
    pub cpu_pct: Vec<Option<f64>>,
    /// Memory of the process in bytes.
    pub rss: Vec<Option<f64>>,
    /// The age of the newest message then, milliseconds.
    pub lag_ms: Vec<Option<f64>>,
    /// Share of the minute in which the feed was up, 0 to 1.
    pub feed_up: Vec<Option<f64>>,
    /// Errors in that minute.
    pub errors: Vec<Option<f64>>,
    /// Share of the asked time in which the engine ran and its feed was up, in percent; null without a row.
    pub uptime_pct: Option<f64>,
}

/// The engine in short.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EngineState {
    /// Whether it runs.
    pub running: bool,
    /// Its session.
    pub session: String,
    /// Where orders go.
    pub mode: Mode,
    /// The market's clock.
    pub market_time: Option<i64>,
    /// Its feeds.
    pub feeds: Vec<FeedState>,
}
