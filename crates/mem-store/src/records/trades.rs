//! The table of trades.

use std::ops::Range;
use std::sync::LazyLock;

use mem_types::{Action, Timestamp};
use rusqlite::{CachedStatement, Row, params};
use serde::{Deserialize, Serialize};

use super::daily::BatchSums;
use super::error::RecordsError;
use super::field::{Check, Fields, words};
use super::operations::Tx;
use super::query::Newest;
use super::time_text::TimeText;

words! {
    /// What was done: the column `action`.
    TradeAction, "buy, sell or hold",
    /// Bought.
    Buy = "buy",
    /// Sold.
    Sell = "sell",
    /// Deliberately nothing.
    Hold = "hold",
}

impl From<Action> for TradeAction {
    fn from(action: Action) -> Self {
        match action {
            Action::Buy => Self::Buy,
            Action::Sell => Self::Sell,
            Action::Hold => Self::Hold,
        }
    }
}

/// A trade to be stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTrade {
    /// When it happened; now, if not given.
    #[serde(default)]
    pub timestamp: Option<Timestamp>,
    /// What was traded, as the caller names it; not empty.
    pub symbol: String,
    /// What was done.
    pub action: TradeAction,
    /// At which price; finite.
    pub price: f64,
    /// How much, in base units; finite, 0 if not stated.
    #[serde(default)]
    pub quantity: f64,
    /// Realised profit or loss in quote currency; finite, 0 for a trade that only opens.
    #[serde(default)]
    pub pnl: f64,
    /// How sure the strategy was; finite, in whatever scale the strategy uses.
    #[serde(default)]
    pub confidence: f64,
    /// Which strategy decided.
    #[serde(default)]
    pub strategy: Option<String>,
    /// Free labels.
    #[serde(default)]
    pub tags: Vec<String>,
}

impl NewTrade {
    /// A trade of now, without profit, confidence, strategy or tags.
    pub fn new(symbol: impl Into<String>, action: TradeAction, price: f64, quantity: f64) -> Self {
        Self {
            timestamp: None,
            symbol: symbol.into(),
            action,
            price,
            quantity,
            pnl: 0.0,
            confidence: 0.0,
            strategy: None,
            tags: Vec::new(),
        }
    }

    fn check(&self) -> Result<(), RecordsError> {
        CHECK.not_blank("symbol", &self.symbol)?;
        for (field, value) in
            [("price", self.price), ("quantity", self.quantity), ("pnl", self.pnl), ("confidence", self.confidence)]
        {
            CHECK.finite(field, value)?;
        }
        Ok(())
    }
}

/// A stored trade.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trade {
    /// Its number, rising in the order of recording.
    pub id: i64,
    /// When it happened.
    pub timestamp: Timestamp,
    /// What was traded.
    pub symbol: String,
    /// What was done.
    pub action: TradeAction,
    /// At which price.
    pub price: f64,
    /// How much, in base units.
    pub quantity: f64,
    /// Realised profit or loss in quote currency.
    pub pnl: f64,
    /// How sure the strategy was.
    pub confidence: f64,
    /// Which strategy decided.
    pub strategy: Option<String>,
    /// Free labels.
    pub tags: Vec<String>,
    /// When the row was stored; unknown for rows of other programs that did not say.
    pub created_at: Option<Timestamp>,
    /// When the row was last changed.
    pub updated_at: Option<Timestamp>,
}

/// Changes to a stored trade; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TradeUpdate {
    /// Another time.
    pub timestamp: Option<Timestamp>,
    /// Another action.
    pub action: Option<TradeAction>,
    /// Another price; finite.
    pub price: Option<f64>,
    /// Another quantity; finite.
    pub quantity: Option<f64>,
    /// Another profit or loss; finite.
    pub pnl: Option<f64>,
    /// Another confidence; finite.
    pub confidence: Option<f64>,
    /// Another strategy.
    pub strategy: Option<String>,
    /// Other labels, instead of the old ones.
    pub tags: Option<Vec<String>>,
}

/// Which trades to read: those that fulfil all that is given, the newest recorded first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TradeFilter {
    /// Of this symbol.
    pub symbol: Option<String>,
    /// Of this strategy.
    pub strategy: Option<String>,
    /// With this action.
    pub action: Option<TradeAction>,
    /// Not earlier than this.
    pub from: Option<Timestamp>,
    /// Earlier than this.
    pub to: Option<Timestamp>,
    /// At most so many; 100 by default.
    pub limit: usize,
    /// After leaving out so many.
    pub offset: usize,
}

impl Default for TradeFilter {
    fn default() -> Self {
        Self { symbol: None, strategy: None, action: None, from: None, to: None, limit: 100, offset: 0 }
    }
}

const CHECK: Check = Check("trades");
const COLUMNS: &str =
    "id, timestamp, symbol, action, price, quantity, pnl, confidence, strategy, tags, created_at, updated_at";

/// How many rows one INSERT of a batch holds: measured, the gain levels off here.
const ROWS_PER_INSERT: usize = 16;
/// Parameters of each row of a batch; `?1` is the time of recording, the same for all.
const PARAMETERS: usize = 9;

static INSERT_ONE: LazyLock<String> = LazyLock::new(|| insert_sql(1));
static INSERT_MANY: LazyLock<String> = LazyLock::new(|| insert_sql(ROWS_PER_INSERT));

pub(super) fn add(tx: &Tx<'_>, trade: &NewTrade) -> Result<i64, RecordsError> {
    trade.check()?;
    let tags = CHECK.list("tags", &trade.tags)?;
    let now = tx.clock.now();
    let (mut at, mut recorded) = (TimeText::new(), TimeText::new());
    tx.connection.prepare_cached(&INSERT_ONE)?.execute(params![
        recorded.spell(now),
        at.spell(trade.timestamp.unwrap_or(now)),
        trade.symbol,
        trade.action.as_str(),
        trade.price,
        trade.quantity,
        trade.pnl,
        trade.confidence,
        trade.strategy,
        tags,
    ])?;
    Ok(tx.connection.last_insert_rowid())
}

pub(super) fn add_batch(tx: &Tx<'_>, trades: &[NewTrade]) -> Result<Range<i64>, RecordsError> {
    for (index, trade) in trades.iter().enumerate() {
        trade.check().map_err(|source| RecordsError::InBatch { index, source: Box::new(source) })?;
    }
    if trades.is_empty() {
        return Ok(0..0);
    }
    tx.expect_rows(trades.len())?;
    tx.atomically(|tx| {
        let now = tx.clock.now();
        let mut sums = BatchSums::default();
        let (full, rest) = trades.split_at(trades.len() - trades.len() % ROWS_PER_INSERT);
        insert_in_groups(tx, full, &INSERT_MANY, ROWS_PER_INSERT, now, &mut sums)?;
        insert_in_groups(tx, rest, &INSERT_ONE, 1, now, &mut sums)?;
        // Ids follow one another: they rise by one, and nobody else writes within a transaction.
        let end = tx.connection.last_insert_rowid() + 1;
        let ids = end - trades.len() as i64..end;
        sums.fold(tx, ids.clone())?;
        Ok(ids)
    })
}

fn insert_in_groups(
    tx: &Tx<'_>,
    trades: &[NewTrade],
    sql: &str,
    rows: usize,
    now: Timestamp,
    sums: &mut BatchSums,
) -> Result<(), RecordsError> {
    let mut insert = tx.connection.prepare_cached(sql)?;
    insert.raw_bind_parameter(1, TimeText::new().spell(now))?;
    let mut slots = vec![Slot::default(); rows];
    let mut at = TimeText::new();
    for group in trades.chunks_exact(rows) {
        for (position, (trade, slot)) in group.iter().zip(&mut slots).enumerate() {
            let timestamp = trade.timestamp.unwrap_or(now);
            slot.bind(&mut insert, 2 + position * PARAMETERS, trade, at.spell(timestamp))?;
            sums.add(timestamp, trade.pnl);
        }
        insert.raw_execute()?;
    }
    Ok(())
}

/// One row of an INSERT, and what its parameters hold: a text that stays the same need not be handed over again.
#[derive(Debug, Clone, Default)]
struct Slot<'a> {
    bound: Option<&'a NewTrade>,
}

impl<'a> Slot<'a> {
    fn bind(
        &mut self,
        insert: &mut CachedStatement<'_>,
        first: usize,
        trade: &'a NewTrade,
        at: &str,
    ) -> Result<(), RecordsError> {
        let before = self.bound.replace(trade);
        let changed = |same: fn(&NewTrade, &NewTrade) -> bool| !before.is_some_and(|before| same(before, trade));
        insert.raw_bind_parameter(first, at)?;
        if changed(|a, b| a.symbol == b.symbol) {
            insert.raw_bind_parameter(first + 1, trade.symbol.as_str())?;
        }
        if changed(|a, b| a.action == b.action) {
            insert.raw_bind_parameter(first + 2, trade.action.as_str())?;
        }
        insert.raw_bind_parameter(first + 3, trade.price)?;
        insert.raw_bind_parameter(first + 4, trade.quantity)?;
        insert.raw_bind_parameter(first + 5, trade.pnl)?;
        insert.raw_bind_parameter(first + 6, trade.confidence)?;
        if changed(|a, b| a.strategy == b.strategy) {
            insert.raw_bind_parameter(first + 7, trade.strategy.as_deref())?;
        }
        if changed(|a, b| a.tags == b.tags) {
            insert.raw_bind_parameter(first + 8, CHECK.list("tags", &trade.tags)?)?;
        }
        Ok(())
    }
}

/// An INSERT of so many rows. OR FAIL instead of the usual OR ABORT spares SQLite a journal for undoing half a
/// statement; whoever inserts several rows undoes the whole transaction anyway.
fn insert_sql(rows: usize) -> String {
    let mut sql =
        "INSERT OR FAIL INTO trades (created_at, updated_at, timestamp, symbol, action, price, quantity, pnl, \
                   confidence, strategy, tags) VALUES "
            .to_owned();
    for row in 0..rows {
        sql.push_str(if row == 0 { "(?1, ?1" } else { ", (?1, ?1" });
        for parameter in 0..PARAMETERS {
            sql.push_str(&format!(", ?{}", 2 + row * PARAMETERS + parameter));
        }
        sql.push(')');
    }
    sql
}

pub(super) fn get(tx: &Tx<'_>, id: i64) -> Result<Option<Trade>, RecordsError> {
    let mut statement = tx.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM trades WHERE id = ?1"))?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(read).transpose()
}

pub(super) fn list(tx: &Tx<'_>, filter: &TradeFilter) -> Result<Vec<Trade>, RecordsError> {
    let by_time = filter.from.is_some() || filter.to.is_some();
    Newest::of("trades", COLUMNS)
        .matching("symbol = ?", filter.symbol.as_deref())
        .matching("strategy = ?", filter.strategy.as_deref())
        .matching("action = ? COLLATE NOCASE", filter.action.map(TradeAction::as_str))
        .between(filter.from, filter.to)
        .ids_first(by_time && filter.symbol.is_none())
        .fetch(tx, filter.limit, filter.offset, read)
}

pub(super) fn update(tx: &Tx<'_>, id: i64, update: &TradeUpdate) -> Result<(), RecordsError> {
    for (field, value) in
        [("price", update.price), ("quantity", update.quantity), ("pnl", update.pnl), ("confidence", update.confidence)]
    {
        CHECK.finite(field, value.unwrap_or(0.0))?;
    }
    let tags = update.tags.as_ref().map(|tags| CHECK.json("tags", tags)).transpose()?;
    let (mut at, mut changed) = (TimeText::new(), TimeText::new());
    let sql = "UPDATE trades SET timestamp = coalesce(?2, timestamp), action = coalesce(?3, action), \
               price = coalesce(?4, price), quantity = coalesce(?5, quantity), pnl = coalesce(?6, pnl), \
               confidence = coalesce(?7, confidence), strategy = coalesce(?8, strategy), tags = coalesce(?9, tags), \
               updated_at = ?10 WHERE id = ?1";
    let rows = tx.connection.prepare_cached(sql)?.execute(params![
        id,
        update.timestamp.map(|timestamp| at.spell(timestamp)),
        update.action.map(TradeAction::as_str),
        update.price,
        update.quantity,
        update.pnl,
        update.confidence,
        update.strategy,
        tags,
        changed.spell(tx.clock.now()),
    ])?;
    if rows == 0 { Err(RecordsError::NotFound { table: "trades", id }) } else { Ok(()) }
}

fn read(row: &Row<'_>) -> Result<Trade, RecordsError> {
    let fields = Fields::new("trades", row)?;
    Ok(Trade {
        id: fields.id,
        timestamp: fields.time(1, "timestamp")?,
        symbol: fields.text(2)?,
        action: fields.word(3, "action", TradeAction::EXPECTED)?,
        price: fields.number(4)?,
        quantity: fields.number(5)?,
        pnl: fields.number(6)?,
        confidence: fields.number(7)?,
        strategy: fields.some_text(8)?,
        tags: fields.list(9, "tags")?,
        created_at: fields.some_time(10, "created_at")?,
        updated_at: fields.some_time(11, "updated_at")?,
    })
}
