//! The table of memories: what was learned, in words.

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
    /// What a memory is about: the column `memory_type`.
    MemoryType, "trade, pattern, risk or insight",
    /// A trade and what came of it.
    Trade = "trade",
    /// Something that repeats.
    Pattern = "pattern",
    /// Something to beware of.
    Risk = "risk",
    /// Anything else worth keeping.
    Insight = "insight",
}

/// A memory to be stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMemory {
    /// When it was made; now, if not given.
    #[serde(default)]
    pub timestamp: Option<Timestamp>,
    /// What it is about.
    pub memory_type: MemoryType,
    /// The words; not empty.
    pub content: String,
    /// How much it matters; finite.
    #[serde(default)]
    pub relevance_score: f64,
    /// Free labels.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Ids of the trades it came from.
    #[serde(default)]
    pub related_trades: Vec<i64>,
}

impl NewMemory {
    /// A memory of now, without relevance, tags or trades.
    pub fn new(memory_type: MemoryType, content: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            memory_type,
            content: content.into(),
            relevance_score: 0.0,
            tags: Vec::new(),
            related_trades: Vec::new(),
        }
    }
}

/// A stored memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Its number, rising in the order of recording.
    pub id: i64,
    /// When it was made.
    pub timestamp: Timestamp,
    /// What it is about.
    pub memory_type: MemoryType,
    /// The words.
    pub content: String,
    /// How much it matters.
    pub relevance_score: f64,
    /// Free labels.
    pub tags: Vec<String>,
    /// Ids of the trades it came from.
    pub related_trades: Vec<i64>,
    /// When the row was stored.
    pub created_at: Option<Timestamp>,
    /// When the row was last changed.
    pub updated_at: Option<Timestamp>,
}

/// Changes to a stored memory; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MemoryUpdate {
    /// Another subject.
    pub memory_type: Option<MemoryType>,
    /// Other words; not empty.
    pub content: Option<String>,
    /// Another relevance; finite.
    pub relevance_score: Option<f64>,
    /// Other labels, instead of the old ones.
    pub tags: Option<Vec<String>>,
    /// Other trades, instead of the old ones.
    pub related_trades: Option<Vec<i64>>,
}

/// Which memories to read, the newest recorded first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MemoryFilter {
    /// About this.
    pub memory_type: Option<MemoryType>,
    /// With this among its labels: a symbol, a strategy.
    pub tag: Option<String>,
    /// With this text in its words, in upper or lower case.
    pub text: Option<String>,
    /// Not earlier than this.
    pub from: Option<Timestamp>,
    /// Earlier than this.
    pub to: Option<Timestamp>,
    /// At most so many; 50 by default.
    pub limit: usize,
    /// After leaving out so many.
    pub offset: usize,
}

impl Default for MemoryFilter {
    fn default() -> Self {
        Self { memory_type: None, tag: None, text: None, from: None, to: None, limit: 50, offset: 0 }
    }
}

const CHECK: Check = Check("memories");
const COLUMNS: &str =
    "id, timestamp, memory_type, content, relevance_score, tags, related_trades, created_at, updated_at";

pub(super) fn add(tx: &Tx<'_>, memory: &NewMemory) -> Result<i64, RecordsError> {
    CHECK.not_blank("content", &memory.content)?;
    CHECK.finite("relevance_score", memory.relevance_score)?;
    let now = tx.clock.now();
    let (mut at, mut recorded) = (TimeText::new(), TimeText::new());
    let sql = "INSERT INTO memories (created_at, updated_at, timestamp, memory_type, content, relevance_score, tags, \
               related_trades) VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    tx.connection.prepare_cached(sql)?.execute(params![
        recorded.spell(now),
        at.spell(memory.timestamp.unwrap_or(now)),
        memory.memory_type.as_str(),
        memory.content,
        memory.relevance_score,
        CHECK.list("tags", &memory.tags)?,
        CHECK.list("related_trades", &memory.related_trades)?,
    ])?;
    Ok(tx.connection.last_insert_rowid())
}

pub(super) fn add_batch(tx: &Tx<'_>, memories: &[NewMemory]) -> Result<Range<i64>, RecordsError> {
    tx.add_all(memories, add)
}

pub(super) fn get(tx: &Tx<'_>, id: i64) -> Result<Option<Memory>, RecordsError> {
    let mut statement = tx.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM memories WHERE id = ?1"))?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(read).transpose()
}

pub(super) fn list(tx: &Tx<'_>, filter: &MemoryFilter) -> Result<Vec<Memory>, RecordsError> {
    matching(filter).fetch(tx, filter.limit, filter.offset, read)
}

pub(super) fn page(tx: &Tx<'_>, filter: &MemoryFilter) -> Result<Page<Memory>, RecordsError> {
    matching(filter).page(tx, filter.limit, filter.offset, read)
}

pub(super) fn matching(filter: &MemoryFilter) -> Newest<'_> {
    // Labels are a JSON array: a whole one stands between quotes.
    let tag = filter.tag.as_ref().and_then(|tag| serde_json::to_string(tag).ok());
    Newest::of("memories", COLUMNS)
        .matching("memory_type = ?", filter.memory_type.map(MemoryType::as_str))
        .holding("tags LIKE ? ESCAPE '!'", tag.as_deref())
        .holding("content LIKE ? ESCAPE '!'", filter.text.as_deref())
        .between(filter.from, filter.to)
}

/// How many memories there are of a type, and how much they matter on average.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemoryTypeCount {
    /// The type.
    pub memory_type: MemoryType,
    /// How many.
    pub count: u64,
    /// Mean of `relevance_score`.
    pub average_relevance: f64,
}

pub(super) fn by_type(tx: &Tx<'_>) -> Result<Vec<MemoryTypeCount>, RecordsError> {
    let mut found = Vec::new();
    let query = Newest::of("memories", COLUMNS);
    query.each(tx, "0, memory_type, count(*), avg(relevance_score)", "GROUP BY memory_type", |row| {
        let fields = Fields::new("memories", row)?;
        found.push(MemoryTypeCount {
            memory_type: fields.word(1, "memory_type", MemoryType::EXPECTED)?,
            count: row.get::<_, i64>(2)?.unsigned_abs(),
            average_relevance: fields.number(3)?,
        });
        Ok(())
    })?;
    Ok(found)
}

pub(super) fn update(tx: &Tx<'_>, id: i64, update: &MemoryUpdate) -> Result<(), RecordsError> {
    if let Some(content) = &update.content {
        CHECK.not_blank("content", content)?;
    }
    CHECK.finite("relevance_score", update.relevance_score.unwrap_or(0.0))?;
    let mut changed = TimeText::new();
    let sql = "UPDATE memories SET memory_type = coalesce(?2, memory_type), content = coalesce(?3, content), \
               relevance_score = coalesce(?4, relevance_score), tags = coalesce(?5, tags), \
               related_trades = coalesce(?6, related_trades), updated_at = ?7 WHERE id = ?1";
    let rows = tx.connection.prepare_cached(sql)?.execute(params![
        id,
        update.memory_type.map(MemoryType::as_str),
        update.content,
        update.relevance_score,
        update.tags.as_ref().map(|tags| CHECK.json("tags", tags)).transpose()?,
        update.related_trades.as_ref().map(|trades| CHECK.json("related_trades", trades)).transpose()?,
        changed.spell(tx.clock.now()),
    ])?;
    if rows == 0 { Err(RecordsError::NotFound { table: "memories", id }) } else { Ok(()) }
}

fn read(row: &Row<'_>) -> Result<Memory, RecordsError> {
    let fields = Fields::new("memories", row)?;
    Ok(Memory {
        id: fields.id,
        timestamp: fields.time(1, "timestamp")?,
        memory_type: fields.word(2, "memory_type", MemoryType::EXPECTED)?,
        content: fields.text(3)?,
        relevance_score: fields.number(4)?,
        tags: fields.list(5, "tags")?,
        related_trades: fields.list(6, "related_trades")?,
        created_at: fields.some_time(7, "created_at")?,
        updated_at: fields.some_time(8, "updated_at")?,
    })
}
