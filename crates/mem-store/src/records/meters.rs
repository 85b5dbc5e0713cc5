//! Counting what the records do.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// What one [`Records`](super::Records), with all its clones, has done since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct ConnectionStats {
    /// Connections for reading that are open.
    pub readers_open: u64,
    /// Those of them that nobody uses at the moment.
    pub readers_idle: u64,
    /// Calls that read.
    pub reads: u64,
    /// Calls that write; a transaction counts as one, and so do awaited writes that shared a commit.
    pub writes: u64,
    /// Calls that had to wait for a free connection of this process.
    pub waits: u64,
    /// Times a lock of another connection or process was waited for.
    pub busy_retries: u64,
    /// Calls that failed.
    pub errors: u64,
    /// Writes that wait or are under way at the moment.
    pub write_queue: u64,
    /// Mean duration of a call in microseconds, waiting included.
    pub average_latency_us: f64,
    /// Longest duration of a call in microseconds, waiting included.
    pub max_latency_us: f64,
}

#[derive(Debug, Default)]
pub(super) struct Meters {
    reads: AtomicU64,
    writes: AtomicU64,
    waits: AtomicU64,
    busy_retries: AtomicU64,
    errors: AtomicU64,
    write_queue: AtomicU64,
    total_ns: AtomicU64,
    max_ns: AtomicU64,
}

impl Meters {
    pub(super) fn read<T, E>(&self, call: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.measured(call)
    }

    pub(super) fn write<T, E>(&self, call: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.write_queue.fetch_add(1, Ordering::Relaxed);
        let leave = Leave(self);
        let result = self.measured(call);
        drop(leave);
        result
    }

    fn measured<T, E>(&self, call: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let started = Instant::now();
        let result = call();
        self.took(started.elapsed());
        if result.is_err() {
            self.failed();
        }
        result
    }

    fn took(&self, time: Duration) {
        let ns = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.total_ns.fetch_add(ns, Ordering::Relaxed);
        self.max_ns.fetch_max(ns, Ordering::Relaxed);
    }

    pub(super) fn waited(&self) {
        self.waits.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn failed(&self) {
        self.errors.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn busy_retry(&self) {
        self.busy_retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn stats(&self, readers_open: usize, readers_idle: usize) -> ConnectionStats {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (reads, writes) = (count(&self.reads), count(&self.writes));
        ConnectionStats {
            readers_open: readers_open as u64,
            readers_idle: readers_idle as u64,
            reads,
            writes,
            waits: count(&self.waits),
            busy_retries: count(&self.busy_retries),
            errors: count(&self.errors),
            write_queue: count(&self.write_queue),
            average_latency_us: count(&self.total_ns) as f64 / 1e3 / (reads + writes).max(1) as f64,
            max_latency_us: count(&self.max_ns) as f64 / 1e3,
        }
    }
}

/// Counts a write out again. One that panics has failed.
struct Leave<'a>(&'a Meters);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.write_queue.fetch_sub(1, Ordering::Relaxed);
        if std::thread::panicking() {
            self.0.failed();
        }
    }
}
