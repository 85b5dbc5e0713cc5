//! What happened to orders: each stage with its time.

use mem_types::Timestamp;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::books::OrderRow;
use super::error::RecordsError;
use super::field::Fields;
use super::operations::Tx;
use super::time_text::TimeText;

/// Something that happened to an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderEventRow {
    /// When, in the market's time.
    pub timestamp: Timestamp,
    /// Where it stood then.
    pub stage: String,
    /// How much had filled.
    pub filled_qty: String,
    /// Why it ended without filling.
    pub reason: Option<String>,
}

pub(super) fn add(tx: &Tx<'_>, order: &OrderRow) -> Result<(), RecordsError> {
    let sql =
        "INSERT INTO order_events (client_order_id, timestamp, stage, filled_qty, reason) VALUES (?1, ?2, ?3, ?4, ?5)";
    tx.connection.prepare_cached(sql)?.execute(params![
        order.client_order_id,
        TimeText::new().spell(order.changed_at),
        order.stage,
        order.filled_qty,
        order.reason,
    ])?;
    Ok(())
}

/// What happened to the order of that name, in order.
pub(super) fn of_order(tx: &Tx<'_>, client_order_id: &str) -> Result<Vec<OrderEventRow>, RecordsError> {
    let sql = "SELECT rowid, timestamp, stage, filled_qty, reason FROM order_events WHERE client_order_id = ?1 ORDER BY rowid";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let mut rows = statement.query([client_order_id])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let fields = Fields::new("order_events", row)?;
        found.push(OrderEventRow {
            timestamp: fields.time(1, "timestamp")?,
            stage: fields.text(2)?,
            filled_qty: fields.text(3)?,
            reason: fields.some_text(4)?,
        });
    }
    Ok(found)
}
