//! Who changed what, when and why: settings and commands of operators. Rows are never changed but for the time of application.

use mem_types::Timestamp;
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::error::RecordsError;
use super::field::{Check, Fields, words};
use super::operations::Tx;
use super::query::{Newest, Page};
use super::time_text::TimeText;

words! {
    /// What an entry of the audit is about: the column `kind`.
    AuditKind, "config or command",
    /// Settings were changed.
    Config = "config",
    /// A running engine was told something.
    Command = "command",
}

/// An entry of the audit to be stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAudit {
    /// What it is about.
    pub kind: AuditKind,
    /// Who wanted it; not empty.
    pub who: String,
    /// Why.
    #[serde(default)]
    pub why: String,
    /// What: the changes, or the command.
    pub detail: serde_json::Value,
    /// When it took effect, by our clock; `None` while it has not.
    #[serde(default)]
    pub applied_at: Option<Timestamp>,
    /// The entry that it takes back.
    #[serde(default)]
    pub reverts: Option<i64>,
}

/// A stored entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Its number.
    pub id: i64,
    /// When it was wanted, by our clock.
    pub timestamp: Timestamp,
    /// What it is about.
    pub kind: AuditKind,
    /// Who wanted it.
    pub who: String,
    /// Why.
    pub why: String,
    /// What.
    pub detail: serde_json::Value,
    /// When it took effect; `None` while it has not.
    pub applied_at: Option<Timestamp>,
    /// The entry that it takes back.
    pub reverts: Option<i64>,
}

/// Which entries to read, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuditFilter {
    /// About this.
    pub kind: Option<AuditKind>,
    /// At most so many; 100 by default.
    pub limit: usize,
    /// After leaving out so many.
    pub offset: usize,
}

impl Default for AuditFilter {
    fn default() -> Self {
        Self { kind: None, limit: 100, offset: 0 }
    }
}

const CHECK: Check = Check("audit");
const COLUMNS: &str = "id, timestamp, kind, who, why, detail, applied_at, reverts";

pub(super) fn add(tx: &Tx<'_>, row: &NewAudit) -> Result<i64, RecordsError> {
    CHECK.not_blank("who", &row.who)?;
    let mut applied = TimeText::new();
    let sql = "INSERT INTO audit (timestamp, kind, who, why, detail, applied_at, reverts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    tx.connection.prepare_cached(sql)?.execute(params![
        TimeText::new().spell(tx.clock.now()),
        row.kind.as_str(),
        row.who,
        row.why,
        CHECK.json("detail", &row.detail)?,
        row.applied_at.map(|at| applied.spell(at)),
        row.reverts,
    ])?;
    Ok(tx.connection.last_insert_rowid())
}

pub(super) fn applied(tx: &Tx<'_>, id: i64, at: Timestamp) -> Result<(), RecordsError> {
    let sql = "UPDATE audit SET applied_at = ?2 WHERE id = ?1";
    let rows = tx.connection.prepare_cached(sql)?.execute(params![id, TimeText::new().spell(at)])?;
    if rows == 0 { Err(RecordsError::NotFound { table: "audit", id }) } else { Ok(()) }
}

pub(super) fn get(tx: &Tx<'_>, id: i64) -> Result<Option<AuditRow>, RecordsError> {
    let found = Newest::of("audit", COLUMNS).whole("id = ?", Some(id)).fetch(tx, 1, 0, read)?;
    Ok(found.into_iter().next())
}

pub(super) fn page(tx: &Tx<'_>, filter: &AuditFilter) -> Result<Page<AuditRow>, RecordsError> {
    Newest::of("audit", COLUMNS).matching("kind = ?", filter.kind.map(AuditKind::as_str)).page(
        tx,
        filter.limit,
        filter.offset,
        read,
    )
}

fn read(row: &Row<'_>) -> Result<AuditRow, RecordsError> {
    let fields = Fields::new("audit", row)?;
    Ok(AuditRow {
        id: fields.id,
        timestamp: fields.time(1, "timestamp")?,
        kind: fields.word(2, "kind", AuditKind::EXPECTED)?,
        who: fields.text(3)?,
        why: fields.text(4)?,
        detail: fields.some_json(5, "detail")?.unwrap_or_default(),
        applied_at: fields.some_time(6, "applied_at")?,
        reverts: row.get(7)?,
    })
}
