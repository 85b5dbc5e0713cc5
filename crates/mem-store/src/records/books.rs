//! The engine's books: orders, fills, ledger entries, alerts, and what must survive a restart. Amounts are decimal text.

use mem_types::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::error::RecordsError;
use super::field::{Check, Fields};
use super::operations::Tx;
use super::order_events;
use super::query::Newest;
use super::time_text::TimeText;

/// An order as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderRow {
    /// Its name.
    pub client_order_id: String,
    /// When it was planned, in the market's time.
    pub timestamp: Timestamp,
    /// Of what.
    pub symbol: String,
    /// `buy` or `sell`.
    pub side: String,
    /// `entry`, `exit`, `reversal`, `flatten`, `stop_loss` or `take_profit`.
    pub purpose: String,
    /// Where it stands.
    pub stage: String,
    /// The decision that it follows from.
    pub decision: i64,
    /// How much was asked for.
    pub qty: String,
    /// How much has filled.
    pub filled_qty: String,
    /// Average price of its fills.
    pub average_price: Option<String>,
    /// Fees of its fills.
    pub fees: String,
    /// The venue's number for it.
    pub venue_id: Option<i64>,
    /// Why it ended without filling.
    pub reason: Option<String>,
    /// What was asked for, as JSON.
    pub request: String,
    /// When it last changed, in the market's time.
    pub changed_at: Timestamp,
}

/// A fill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FillRow {
    /// The venue's number for it.
    pub fill_id: i64,
    /// When, in the market's time.
    pub timestamp: Timestamp,
    /// Of which order.
    pub client_order_id: String,
    /// Of what.
    pub symbol: String,
    /// `buy` or `sell`.
    pub side: String,
    /// At what price.
    pub price: String,
    /// How much.
    pub qty: String,
    /// What it cost.
    pub fee: String,
    /// In what that was paid.
    pub fee_asset: String,
}

/// An entry of the ledger with its postings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LedgerRow {
    /// Its number.
    pub number: i64,
    /// When, in the market's time.
    pub timestamp: Timestamp,
    /// What for.
    pub kind: String,
    /// In words.
    pub memo: String,
    /// Account, asset, amount.
    pub postings: Vec<(String, String, String)>,
}

/// An alert as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertRow {
    /// Its number.
    pub id: i64,
    /// When it was raised.
    pub timestamp: Timestamp,
    /// What kind.
    pub kind: String,
    /// About what.
    pub subject: String,
    /// How bad.
    pub severity: String,
    /// `active`, `acknowledged` or `recovered`.
    pub state: String,
    /// In words.
    pub message: String,
    /// All of it.
    pub detail: serde_json::Value,
}

pub(super) const ORDER_COLUMNS: &str = "0, client_order_id, timestamp, symbol, side, purpose, stage, decision, qty, filled_qty, average_price, fees, venue_id, \
     reason, request, changed_at";
pub(super) const FILL_COLUMNS: &str =
    "id, fill_id, timestamp, client_order_id, symbol, side, price, qty, fee, fee_asset";
pub(super) const ALERT_COLUMNS: &str = "id, timestamp, kind, subject, severity, state, message, detail";

const ORDERS: Check = Check("orders");
const ALERTS: Check = Check("alerts");

pub(super) fn put_order(tx: &Tx<'_>, row: &OrderRow) -> Result<(), RecordsError> {
    ORDERS.not_blank("client_order_id", &row.client_order_id)?;
    let sql = "INSERT INTO orders (client_order_id, timestamp, symbol, side, purpose, stage, decision, qty, filled_qty, \
               average_price, fees, venue_id, reason, request, changed_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) \
               ON CONFLICT (client_order_id) DO UPDATE SET stage = excluded.stage, filled_qty = excluded.filled_qty, \
               average_price = excluded.average_price, fees = excluded.fees, venue_id = excluded.venue_id, \
               reason = excluded.reason, changed_at = excluded.changed_at";
    let (mut at, mut changed) = (TimeText::new(), TimeText::new());
    tx.connection.prepare_cached(sql)?.execute(params![
        row.client_order_id,
        at.spell(row.timestamp),
        row.symbol,
        row.side,
        row.purpose,
        row.stage,
        row.decision,
        row.qty,
        row.filled_qty,
        row.average_price,
        row.fees,
        row.venue_id,
        row.reason,
        row.request,
        changed.spell(row.changed_at),
    ])?;
    order_events::add(tx, row)
}

pub(super) fn orders(tx: &Tx<'_>) -> Result<Vec<OrderRow>, RecordsError> {
    let oldest = "timestamp, client_order_id".to_owned();
    Newest::of("orders", ORDER_COLUMNS).ordered(oldest).fetch(tx, usize::MAX, 0, read_order)
}

pub(super) fn read_order(row: &Row<'_>) -> Result<OrderRow, RecordsError> {
    let fields = Fields::new("orders", row)?;
    Ok(OrderRow {
        client_order_id: fields.text(1)?,
        timestamp: fields.time(2, "timestamp")?,
        symbol: fields.text(3)?,
        side: fields.text(4)?,
        purpose: fields.text(5)?,
        stage: fields.text(6)?,
        decision: row.get(7)?,
        qty: fields.text(8)?,
        filled_qty: fields.text(9)?,
        average_price: fields.some_text(10)?,
        fees: fields.text(11)?,
        venue_id: row.get(12)?,
        reason: fields.some_text(13)?,
        request: fields.text(14)?,
        changed_at: fields.time(15, "changed_at")?,
    })
}

pub(super) fn add_fill(tx: &Tx<'_>, row: &FillRow) -> Result<(), RecordsError> {
    let sql = "INSERT INTO fills (fill_id, timestamp, client_order_id, symbol, side, price, qty, fee, fee_asset) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    tx.connection.prepare_cached(sql)?.execute(params![
        row.fill_id,
        TimeText::new().spell(row.timestamp),
        row.client_order_id,
        row.symbol,
        row.side,
        row.price,
        row.qty,
        row.fee,
        row.fee_asset,
    ])?;
    Ok(())
}

pub(super) fn fills(tx: &Tx<'_>) -> Result<Vec<FillRow>, RecordsError> {
    Newest::of("fills", FILL_COLUMNS).ordered("id".to_owned()).fetch(tx, usize::MAX, 0, read_fill)
}

pub(super) fn read_fill(row: &Row<'_>) -> Result<FillRow, RecordsError> {
    let fields = Fields::new("fills", row)?;
    Ok(FillRow {
        fill_id: row.get(1)?,
        timestamp: fields.time(2, "timestamp")?,
        client_order_id: fields.text(3)?,
        symbol: fields.text(4)?,
        side: fields.text(5)?,
        price: fields.text(6)?,
        qty: fields.text(7)?,
        fee: fields.text(8)?,
        fee_asset: fields.text(9)?,
    })
}

pub(super) fn add_entry(tx: &Tx<'_>, row: &LedgerRow) -> Result<(), RecordsError> {
    let sql = "INSERT INTO ledger_entries (number, timestamp, kind, memo) VALUES (?1, ?2, ?3, ?4)";
    let mut at = TimeText::new();
    tx.connection.prepare_cached(sql)?.execute(params![row.number, at.spell(row.timestamp), row.kind, row.memo])?;
    let sql = "INSERT INTO ledger_postings (entry, account, asset, amount) VALUES (?1, ?2, ?3, ?4)";
    for (account, asset, amount) in &row.postings {
        tx.connection.prepare_cached(sql)?.execute(params![row.number, account, asset, amount])?;
    }
    Ok(())
}

pub(super) fn entries(tx: &Tx<'_>) -> Result<Vec<LedgerRow>, RecordsError> {
    let sql = "SELECT number, timestamp, kind, memo, account, asset, amount FROM ledger_entries \
               LEFT JOIN ledger_postings ON entry = number ORDER BY number, ledger_postings.rowid";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut found: Vec<LedgerRow> = Vec::new();
    while let Some(row) = rows.next()? {
        let fields = Fields::new("ledger_entries", row)?;
        if found.last().is_none_or(|last| last.number != fields.id) {
            found.push(LedgerRow {
                number: fields.id,
                timestamp: fields.time(1, "timestamp")?,
                kind: fields.text(2)?,
                memo: fields.text(3)?,
                postings: Vec::new(),
            });
        }
        if let (Some(last), Some(account)) = (found.last_mut(), fields.some_text(4)?) {
            last.postings.push((account, fields.text(5)?, fields.text(6)?));
        }
    }
    Ok(found)
}

pub(super) fn put_alert(tx: &Tx<'_>, row: &AlertRow) -> Result<(), RecordsError> {
    let sql = "INSERT INTO alerts (id, timestamp, kind, subject, severity, state, message, detail) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, \
               state = excluded.state, message = excluded.message, detail = excluded.detail";
    tx.connection.prepare_cached(sql)?.execute(params![
        row.id,
        TimeText::new().spell(row.timestamp),
        row.kind,
        row.subject,
        row.severity,
        row.state,
        row.message,
        ALERTS.json("detail", &row.detail)?,
    ])?;
    Ok(())
}

pub(super) fn alerts(tx: &Tx<'_>, limit: usize) -> Result<Vec<AlertRow>, RecordsError> {
    Newest::of("alerts", ALERT_COLUMNS).fetch(tx, limit, 0, read_alert)
}

pub(super) fn read_alert(row: &Row<'_>) -> Result<AlertRow, RecordsError> {
    let fields = Fields::new("alerts", row)?;
    Ok(AlertRow {
        id: fields.id,
        timestamp: fields.time(1, "timestamp")?,
        kind: fields.text(2)?,
        subject: fields.text(3)?,
        severity: fields.text(4)?,
        state: fields.text(5)?,
        message: fields.text(6)?,
        detail: fields.some_json(7, "detail")?.unwrap_or_default(),
    })
}

pub(super) fn set_state(tx: &Tx<'_>, name: &str, value: &str) -> Result<(), RecordsError> {
    let sql = "INSERT INTO engine_state (name, value, changed_at) VALUES (?1, ?2, ?3) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at";
    tx.connection.prepare_cached(sql)?.execute(params![name, value, TimeText::new().spell(tx.clock.now())])?;
    Ok(())
}

pub(super) fn get_state(tx: &Tx<'_>, name: &str) -> Result<Option<String>, RecordsError> {
    let mut statement = tx.connection.prepare_cached("SELECT value FROM engine_state WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}
