//! The table of signals: what a strategy wanted, and why.

use std::ops::Range;

use mem_types::Timestamp;
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::error::RecordsError;
use super::field::{Check, Fields, words};
use super::operations::Tx;
use super::query::{Newest, Page};
use super::time_text::TimeText;

words! {
    /// What a signal calls for: the column `signal_type`.
    SignalType, "entry, exit, stop_loss or take_profit",
    /// Open a position.
    Entry = "entry",
    /// Close a position.
    Exit = "exit",
    /// Close a position that lost enough.
    StopLoss = "stop_loss",
    /// Close a position that won enough.
    TakeProfit = "take_profit",
}

/// A signal to be stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSignal {
    /// When it was given; now, if not given.
    #[serde(default)]
    pub timestamp: Option<Timestamp>,
    /// For what, as the caller names it; not empty.
    pub symbol: String,
    /// What it calls for.
    pub signal_type: SignalType,
    /// How sure the strategy was; finite.
    #[serde(default)]
    pub confidence: f64,
    /// Why.
    #[serde(default)]
    pub trigger_reason: Option<String>,
    /// Anything else, as JSON.
    #[serde(default)]
    pub metadata: Option<serde_json::Value>,
}

impl NewSignal {
    /// A signal of now, without confidence, reason or metadata.
    pub fn new(symbol: impl Into<String>, signal_type: SignalType) -> Self {
        Self {
            timestamp: None,
            symbol: symbol.into(),
            signal_type,
            confidence: 0.0,
            trigger_reason: None,
            metadata: None,
        }
    }
}

/// A stored signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredSignal {
    /// Its number, rising in the order of recording.
    pub id: i64,
    /// When it was given.
    pub timestamp: Timestamp,
    /// For what.
    pub symbol: String,
    /// What it calls for.
    pub signal_type: SignalType,
    /// How sure the strategy was.
    pub confidence: f64,
    /// Why.
    pub trigger_reason: Option<String>,
    /// Anything else.
    pub metadata: Option<serde_json::Value>,
    /// When the row was stored.
    pub created_at: Option<Timestamp>,
    /// When the row was last changed.
    pub updated_at: Option<Timestamp>,
}

/// Which signals to read, the newest recorded first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignalFilter {
    /// For this symbol.
    pub symbol: Option<String>,
    /// Calling for this.
    pub signal_type: Option<SignalType>,
    /// Not earlier than this.
    pub from: Option<Timestamp>,
    /// Earlier than this.
    pub to: Option<Timestamp>,
    /// At most so many; 50 by default.
    pub limit: usize,
    /// After leaving out so many.
    pub offset: usize,
}

impl Default for SignalFilter {
    fn default() -> Self {
        Self { symbol: None, signal_type: None, from: None, to: None, limit: 50, offset: 0 }
    }
}

const CHECK: Check = Check("signals");
const COLUMNS: &str =
    "id, timestamp, symbol, signal_type, confidence, trigger_reason, metadata, created_at, updated_at";

pub(super) fn add(tx: &Tx<'_>, signal: &NewSignal) -> Result<i64, RecordsError> {
    CHECK.not_blank("symbol", &signal.symbol)?;
    CHECK.finite("confidence", signal.confidence)?;
    let now = tx.clock.now();
    let (mut at, mut recorded) = (TimeText::new(), TimeText::new());
    let sql = "INSERT INTO signals (created_at, updated_at, timestamp, symbol, signal_type, confidence, \
               trigger_reason, metadata) VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    tx.connection.prepare_cached(sql)?.execute(params![
        recorded.spell(now),
        at.spell(signal.timestamp.unwrap_or(now)),
        signal.symbol,
        signal.signal_type.as_str(),
        signal.confidence,
        signal.trigger_reason,
        signal.metadata.as_ref().map(|metadata| CHECK.json("metadata", metadata)).transpose()?,
    ])?;
    Ok(tx.connection.last_insert_rowid())
}

pub(super) fn add_batch(tx: &Tx<'_>, signals: &[NewSignal]) -> Result<Range<i64>, RecordsError> {
    tx.add_all(signals, add)
}

pub(super) fn list(tx: &Tx<'_>, filter: &SignalFilter) -> Result<Vec<StoredSignal>, RecordsError> {
    matching(filter).fetch(tx, filter.limit, filter.offset, read)
}

pub(super) fn page(tx: &Tx<'_>, filter: &SignalFilter) -> Result<Page<StoredSignal>, RecordsError> {
    matching(filter).page(tx, filter.limit, filter.offset, read)
}

pub(super) fn matching(filter: &SignalFilter) -> Newest<'_> {
    Newest::of("signals", COLUMNS)
        .matching("symbol = ?", filter.symbol.as_deref())
        .matching("signal_type = ? COLLATE NOCASE", filter.signal_type.map(SignalType::as_str))
        .between(filter.from, filter.to)
}

fn read(row: &Row<'_>) -> Result<StoredSignal, RecordsError> {
    let fields = Fields::new("signals", row)?;
    Ok(StoredSignal {
        id: fields.id,
        timestamp: fields.time(1, "timestamp")?,
        symbol: fields.text(2)?,
        signal_type: fields.word(3, "signal_type", SignalType::EXPECTED)?,
        confidence: fields.number(4)?,
        trigger_reason: fields.some_text(5)?,
        metadata: fields.some_json(6, "metadata")?,
        created_at: fields.some_time(7, "created_at")?,
        updated_at: fields.some_time(8, "updated_at")?,
    })
}
