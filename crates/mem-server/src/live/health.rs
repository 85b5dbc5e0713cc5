//! How process and machine are, looked at every second.

use std::collections::VecDeque;
use std::path::Path;

use mem_engine::live::Board;
use mem_engine::live::machine::{self, Machine};
use mem_store::records::Records;
use mem_types::Timestamp;

use super::hub::Hub;
use super::view::HealthView;
use super::view::feed::FeedHealthView;
use super::view::health::{CpuView, DatabaseView, DiskView, ErrorsView, MemoryUse, QueueView};

/// Looks that make a minute.
const MINUTE: usize = 60;

/// Looks at everything, and remembers a minute of errors.
#[derive(Debug)]
pub(super) struct Measuring {
    records: Records,
    machine: Machine,
    /// Errors so far at each look of the last minute, oldest first.
    errors: VecDeque<u64>,
}

impl Measuring {
    pub(super) fn new(records: Records) -> Self {
        Self { records, machine: Machine::default(), errors: VecDeque::with_capacity(MINUTE + 1) }
    }

    pub(super) fn look(&mut self, board: &Board, hub: &Hub, now: Timestamp) -> HealthView {
        let usage = self.machine.look();
        let database = database(&self.records);
        let total = board.feed.as_ref().map_or(0, |feed| feed.metrics.total_errors) + database.errors;
        if self.errors.len() > MINUTE {
            self.errors.pop_front();
        }
        self.errors.push_back(total);
        let before = self.errors.front().copied().unwrap_or(total);
        let disk = machine::disk(self.records.path().parent().unwrap_or(Path::new(".")));
        let queue = |queue: &mem_engine::live::QueueDepth| QueueView {
            name: queue.name.clone(),
            depth: queue.depth,
            capacity: queue.capacity,
        };
        let (ws_clients, ws_skipped) = hub.audience();
        HealthView {
            ts: now.as_millis(),
            feeds: board.feed.iter().map(|feed| FeedHealthView::of(feed, now)).collect(),
            errors: ErrorsView { per_minute: total.saturating_sub(before) as f64, total },
            cpu: CpuView { process_pct: usage.process_pct, system_pct: usage.system_pct, cores: usage.cores },
            memory: MemoryUse { rss: usage.resident, system_total: usage.memory, system_available: usage.available },
            disk: DiskView { free: disk.map(|(free, _)| free), total: disk.map(|(_, total)| total) },
            queues: board.queues.iter().map(queue).collect(),
            database,
            decision_latency: board.decision_latency.into(),
            uptime_s: (now.as_nanos() - board.started_at.as_nanos()) as f64 / 1e9,
            clock_skew_ms: board.feed.as_ref().and_then(|feed| feed.metrics.clock_offset_ms),
            ws_clients,
            ws_skipped,
        }
    }
}

fn database(records: &Records) -> DatabaseView {
    let size = |suffix: &str| {
        let mut path = records.path().as_os_str().to_owned();
        path.push(suffix);
        std::fs::metadata(path).map(|file| file.len()).ok()
    };
    let stats = records.get_connection_stats();
    DatabaseView {
        size: size(""),
        wal: size("-wal"),
        reads: stats.reads,
        writes: stats.writes,
        errors: stats.errors,
        write_queue: stats.write_queue,
        average_latency_us: stats.average_latency_us,
        max_latency_us: stats.max_latency_us,
    }
}
