//! What pages show of something as it stands now, written by whoever knows.

use mem_types::Timestamp;

use super::row::row;
use crate::records::error::RecordsError;
use crate::records::operations::Tx;
use crate::records::query::Newest;

row! {
    /// How something stood at a time.
    DashboardRow, "INSERT" "dashboard_data" {
        /// When, in the market's time.
        timestamp: Timestamp,
        /// Of what.
        symbol: String,
        /// Length of the bars.
        timeframe: String,
        /// What it is about, as in `rollout`.
        kind: String,
        /// How it stood.
        payload: serde_json::Value,
        /// The model that it is about.
        model_version: Option<String>,
    }
}

pub(in crate::records) fn put(tx: &Tx<'_>, row: &DashboardRow) -> Result<i64, RecordsError> {
    row.store(tx)
}

/// The newest row of each symbol and timeframe.
pub(in crate::records) fn latest(tx: &Tx<'_>, kind: &str) -> Result<Vec<DashboardRow>, RecordsError> {
    Newest::of(DashboardRow::TABLE, DashboardRow::COLUMNS)
        .matching("id IN (SELECT max(id) FROM dashboard_data WHERE kind = ? GROUP BY symbol, timeframe)", Some(kind))
        .fetch(tx, 1_000, 0, DashboardRow::read)
}
