//! The table of decisions: what a strategy wanted, what became of it, and what it brought.

use mem_types::Timestamp;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::error::RecordsError;
use super::field::{Check, Fields};
use super::operations::Tx;
use super::query::Newest;
use super::time_text::TimeText;

/// A decision as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionRow {
    /// Its number.
    pub decision: i64,
    /// The session that took it.
    pub session: String,
    /// When, in the market's time.
    pub timestamp: Timestamp,
    /// In what.
    pub symbol: String,
    /// Of which strategy.
    pub strategy: String,
    /// `enter_long`, `enter_short`, `exit_long` or `exit_short`.
    pub intent: String,
    /// 0 to 100.
    pub confidence: f64,
    /// The close that it was taken at.
    pub price: f64,
    /// The quantity approved; `None` where nothing was entered.
    pub qty: Option<String>,
    /// The memory that tells of it.
    pub memory_id: Option<i64>,
    /// Reasons, features, what risk and memory had to say.
    pub detail: serde_json::Value,
    /// When its trade was over; `None` before, or without a trade.
    pub closed_at: Option<Timestamp>,
    /// What the trade brought, in quote currency after costs.
    pub pnl: Option<String>,
    /// The same in percent of what was entered.
    pub return_pct: Option<f64>,
    /// What ended the trade.
    pub exit: Option<String>,
}

impl DecisionRow {
    /// Whether a check of risk refused it.
    pub fn is_refused(&self) -> bool {
        let findings = self.detail.get("findings").and_then(serde_json::Value::as_array);
        findings.is_some_and(|all| all.iter().any(|finding| finding["refused"] == true))
    }
}

/// What came of a decision's trade.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionOutcome {
    /// When the trade was over.
    pub closed_at: Timestamp,
    /// What it brought, in quote currency after costs.
    pub pnl: String,
    /// The same in percent of what was entered.
    pub return_pct: f64,
    /// What ended it.
    pub exit: String,
}

const CHECK: Check = Check("decisions");
pub(super) const COLUMNS: &str = "decision, session, timestamp, symbol, strategy, intent, confidence, price, qty, memory_id, detail, \
                       closed_at, pnl, return_pct, exit";

pub(super) fn add(tx: &Tx<'_>, row: &DecisionRow) -> Result<(), RecordsError> {
    CHECK.not_blank("symbol", &row.symbol)?;
    CHECK.finite("confidence", row.confidence)?;
    CHECK.finite("price", row.price)?;
    let sql = "INSERT INTO decisions (decision, session, timestamp, symbol, strategy, intent, confidence, price, qty, memory_id, detail, \
               refused) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    tx.connection.prepare_cached(sql)?.execute(params![
        row.decision,
        row.session,
        TimeText::new().spell(row.timestamp),
        row.symbol,
        row.strategy,
        row.intent,
        row.confidence,
        row.price,
        row.qty,
        row.memory_id,
        CHECK.json("detail", &row.detail)?,
        row.is_refused(),
    ])?;
    Ok(())
}

pub(super) fn close(tx: &Tx<'_>, decision: i64, outcome: &DecisionOutcome) -> Result<(), RecordsError> {
    CHECK.finite("return_pct", outcome.return_pct)?;
    let sql = "UPDATE decisions SET closed_at = ?2, pnl = ?3, return_pct = ?4, exit = ?5 WHERE decision = ?1";
    let mut at = TimeText::new();
    let values = params![decision, at.spell(outcome.closed_at), outcome.pnl, outcome.return_pct, outcome.exit];
    let rows = tx.connection.prepare_cached(sql)?.execute(values)?;
    if rows == 0 { Err(RecordsError::NotFound { table: "decisions", id: decision }) } else { Ok(()) }
}

pub(super) fn get(tx: &Tx<'_>, decision: i64) -> Result<Option<DecisionRow>, RecordsError> {
    let sql = format!("SELECT {COLUMNS} FROM decisions WHERE decision = ?1");
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let mut rows = statement.query([decision])?;
    rows.next()?.map(read).transpose()
}

/// Decisions whose trades are over, in the order in which that happened.
pub(super) fn closed(tx: &Tx<'_>, newest: usize) -> Result<Vec<DecisionRow>, RecordsError> {
    let newest = i64::try_from(newest).unwrap_or(i64::MAX);
    let sql = format!(
        "SELECT {COLUMNS} FROM (SELECT * FROM decisions WHERE closed_at IS NOT NULL ORDER BY closed_at DESC, decision DESC LIMIT ?1) \
         ORDER BY closed_at, decision"
    );
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let mut rows = statement.query([newest])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

pub(super) fn newest(tx: &Tx<'_>, limit: usize) -> Result<Vec<DecisionRow>, RecordsError> {
    Newest::of("decisions", COLUMNS).numbered_by("decision").fetch(tx, limit, 0, read)
}

pub(super) fn read(row: &rusqlite::Row<'_>) -> Result<DecisionRow, RecordsError> {
    let fields = Fields::new("decisions", row)?;
    Ok(DecisionRow {
        decision: fields.id,
        session: fields.text(1)?,
        timestamp: fields.time(2, "timestamp")?,
        symbol: fields.text(3)?,
        strategy: fields.text(4)?,
        intent: fields.text(5)?,
        confidence: fields.number(6)?,
        price: fields.number(7)?,
        qty: fields.some_text(8)?,
        memory_id: row.get(9)?,
        detail: fields.some_json(10, "detail")?.unwrap_or_default(),
        closed_at: fields.some_time(11, "closed_at")?,
        pnl: fields.some_text(12)?,
        return_pct: row.get(13)?,
        exit: fields.some_text(14)?,
    })
}
