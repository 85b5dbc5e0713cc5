//! How much is on record, and how the records are doing.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::ask;
use crate::error::{ApiError, QueryRefused};
use crate::state::AppState;

/// What the connections of this process have done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConnectionsView {
    readers_open: u64,
    readers_idle: u64,
    reads: u64,
    writes: u64,
    /// Calls that had to wait for a free connection.
    waits: u64,
    /// Times a lock of another connection or process was waited for.
    busy_retries: u64,
    /// Calls that failed.
    errors: u64,
    /// Writes that wait or are under way.
    write_queue: u64,
    /// Mean duration of a call, waiting included.
    average_latency_us: f64,
    max_latency_us: f64,
}

/// How much is on record.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordStats {
    /// Rows of each table.
    rows: BTreeMap<String, u64>,
    connections: ConnectionsView,
    /// The file, in bytes.
    size_bytes: u64,
    /// Its write-ahead log, in bytes.
    wal_bytes: u64,
}

/// How much is on record.
#[utoipa::path(get, path = "/api/live/stats", tag = "records", responses(
    (status = 200, description = "The counts", body = RecordStats),
    QueryRefused,
))]
pub(crate) async fn stats(State(state): State<AppState>) -> Result<Json<RecordStats>, ApiError> {
    ask(&state, |records| {
        let rows = records.table_counts()?;
        let stats = records.get_connection_stats();
        let (size_bytes, wal_bytes) = records.file_sizes();
        Ok(Json(RecordStats {
            rows,
            connections: ConnectionsView {
                readers_open: stats.readers_open,
                readers_idle: stats.readers_idle,
                reads: stats.reads,
                writes: stats.writes,
                waits: stats.waits,
                busy_retries: stats.busy_retries,
                errors: stats.errors,
                write_queue: stats.write_queue,
                average_latency_us: stats.average_latency_us,
                max_latency_us: stats.max_latency_us,
            },
            size_bytes,
            wal_bytes,
        }))
    })
    .await
}
