//! Finished round trips: from the fill that opened a position to the one that closed it.

use mem_types::Timestamp;
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::error::RecordsError;
use super::field::{Check, Fields};
use super::operations::Tx;
use super::query::{Newest, Page};
use super::time_text::{self, TimeText};

/// A finished round trip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoundTripRow {
    /// Its number, rising in the order of closing; given when it is stored.
    pub id: i64,
    /// The decision that opened it; `None` for what we did not open.
    pub decision: Option<i64>,
    /// In what.
    pub symbol: String,
    /// Of which strategy.
    pub strategy: String,
    /// `long` or `short`.
    pub side: String,
    /// Base units bought and sold; decimal text.
    pub qty: String,
    /// When the first fill opened it, in the market's time.
    pub entry_ts: Timestamp,
    /// When the last fill closed it.
    pub exit_ts: Timestamp,
    /// Average price of the entry.
    pub entry_price: f64,
    /// Average price of the exit; `None` for trips of records older than this table.
    pub exit_price: Option<f64>,
    /// Profit after fees, in quote.
    pub pnl: f64,
    /// The same in percent of what was entered.
    pub return_pct: f64,
    /// Fees of both ways, in quote.
    pub fees: f64,
    /// How sure the strategy was, 0 to 1.
    pub confidence: f64,
    /// What ended it: `exit`, `reversal`, `flatten`, `stop_loss`, `take_profit` or `unknown`.
    pub exit_reason: String,
    /// Where its stop stood at the decision.
    pub stop: Option<f64>,
    /// Where its target stood at the decision.
    pub target: Option<f64>,
    /// The memory that tells of it.
    pub memory_id: Option<i64>,
}

/// What round trips are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TripSort {
    /// When they were over.
    #[default]
    ClosedAt,
    /// When they began.
    OpenedAt,
    /// Profit.
    Pnl,
    /// Profit in percent.
    ReturnPct,
    /// How sure the strategy was.
    Confidence,
    /// By name.
    Symbol,
}

impl TripSort {
    const fn column(self) -> &'static str {
        match self {
            Self::ClosedAt => "exit_ts",
            Self::OpenedAt => "entry_ts",
            Self::Pnl => "pnl",
            Self::ReturnPct => "return_pct",
            Self::Confidence => "confidence",
            Self::Symbol => "symbol",
        }
    }
}

/// Which round trips to read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoundTripFilter {
    /// In this symbol.
    pub symbol: Option<String>,
    /// Of this strategy.
    pub strategy: Option<String>,
    /// `long` or `short`.
    pub side: Option<String>,
    /// Over not earlier than this.
    pub from: Option<Timestamp>,
    /// Over earlier than this.
    pub to: Option<Timestamp>,
    /// At least so sure, 0 to 1.
    pub min_confidence: Option<f64>,
    /// Only those that gained something, or only those that did not.
    pub won: Option<bool>,
    /// Sorted by this; of equals, the one that was over later comes first (last where rising).
    pub sort: TripSort,
    /// The smallest first.
    pub rising: bool,
    /// At most so many; 100 by default.
    pub limit: usize,
    /// After leaving out so many.
    pub offset: usize,
}

impl Default for RoundTripFilter {
    fn default() -> Self {
        Self {
            symbol: None,
            strategy: None,
            side: None,
            from: None,
            to: None,
            min_confidence: None,
            won: None,
            sort: TripSort::ClosedAt,
            rising: false,
            limit: 100,
            offset: 0,
        }
    }
}

/// Sums over round trips.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct TripTotals {
    /// How many.
    pub trades: u64,
    /// How many of them gained something.
    pub wins: u64,
    /// Profit after fees, in quote.
    pub pnl: f64,
    /// Fees, in quote.
    pub fees: f64,
    /// Mean confidence, 0 to 1; `None` without trips.
    pub average_confidence: Option<f64>,
}

/// Round trips by how sure the strategy was.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ConfidenceCounts {
    /// Bins in `[0, 1]`, each from its lower edge on; the last one holds 1 too. Their number is that of `edges` less one.
    pub edges: Vec<f64>,
    /// Trips in each.
    pub counts: Vec<u64>,
    /// Those of them that gained something.
    pub wins: Vec<u64>,
    /// The confidence that as many lie below as above; `None` without trips.
    pub median: Option<f64>,
}

/// Bins of confidence: five percent each.
const BINS: usize = 20;
const CHECK: Check = Check("round_trips");
pub(super) const COLUMNS: &str = "id, decision, symbol, strategy, side, qty, entry_ts, exit_ts, entry_price, exit_price, pnl, \
     return_pct, fees, confidence, exit_reason, stop, target, memory_id";

pub(super) fn add(tx: &Tx<'_>, row: &RoundTripRow) -> Result<i64, RecordsError> {
    CHECK.not_blank("symbol", &row.symbol)?;
    for (field, value) in [("pnl", row.pnl), ("return_pct", row.return_pct), ("confidence", row.confidence)] {
        CHECK.finite(field, value)?;
    }
    let (mut entry, mut exit) = (TimeText::new(), TimeText::new());
    let sql = "INSERT INTO round_trips (decision, symbol, strategy, side, qty, entry_ts, exit_ts, entry_price, exit_price, pnl, \
               return_pct, fees, confidence, exit_reason, stop, target, memory_id) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
    tx.connection.prepare_cached(sql)?.execute(params![
        row.decision,
        row.symbol,
        row.strategy,
        row.side,
        row.qty,
        entry.spell(row.entry_ts),
        exit.spell(row.exit_ts),
        row.entry_price,
        row.exit_price,
        row.pnl,
        row.return_pct,
        row.fees,
        row.confidence,
        row.exit_reason,
        row.stop,
        row.target,
        row.memory_id,
    ])?;
    Ok(tx.connection.last_insert_rowid())
}

pub(super) fn matching(filter: &RoundTripFilter) -> Newest<'_> {
    Newest::of("round_trips", COLUMNS)
        .matching("symbol = ?", filter.symbol.as_deref())
        .matching("strategy = ?", filter.strategy.as_deref())
        .matching("side = ?", filter.side.as_deref())
        .bound("exit_ts >= ?", filter.from)
        .bound("exit_ts < ?", filter.to)
        .number("confidence >= ?", filter.min_confidence)
        .only("pnl > 0", filter.won == Some(true))
        .only("pnl <= 0", filter.won == Some(false))
}

pub(super) fn page(tx: &Tx<'_>, filter: &RoundTripFilter) -> Result<Page<RoundTripRow>, RecordsError> {
    let direction = if filter.rising { "ASC" } else { "DESC" };
    let order = format!("{} {direction}, id {direction}", filter.sort.column());
    matching(filter).ordered(order).page(tx, filter.limit, filter.offset, read)
}

/// The round trip that a decision opened.
pub(super) fn of_decision(tx: &Tx<'_>, decision: i64) -> Result<Option<RoundTripRow>, RecordsError> {
    let found = Newest::of("round_trips", COLUMNS).whole("decision = ?", Some(decision)).fetch(tx, 1, 0, read)?;
    Ok(found.into_iter().next())
}

pub(super) fn totals(tx: &Tx<'_>, filter: &RoundTripFilter) -> Result<TripTotals, RecordsError> {
    let sums = "count(*), count(*) FILTER (WHERE pnl > 0), total(pnl), total(fees), avg(confidence)";
    matching(filter).sum(tx, sums, |row| {
        Ok(TripTotals {
            trades: row.get::<_, i64>(0)?.unsigned_abs(),
            wins: row.get::<_, i64>(1)?.unsigned_abs(),
            pnl: row.get(2)?,
            fees: row.get(3)?,
            average_confidence: row.get(4)?,
        })
    })
}

/// When each trip was over and what it brought, in the order of closing.
pub(super) fn profits(tx: &Tx<'_>, filter: &RoundTripFilter) -> Result<Vec<(Timestamp, f64)>, RecordsError> {
    let mut found = Vec::new();
    matching(filter).each(tx, "id, exit_ts, pnl", "ORDER BY exit_ts, id", |row| {
        let fields = Fields::new("round_trips", row)?;
        found.push((fields.time(1, "exit_ts")?, fields.number(2)?));
        Ok(())
    })?;
    Ok(found)
}

/// The same summed per UTC day.
pub(super) fn daily_profits(tx: &Tx<'_>, filter: &RoundTripFilter) -> Result<Vec<(Timestamp, f64)>, RecordsError> {
    let mut found = Vec::new();
    matching(filter).each(tx, "substr(exit_ts, 1, 10) AS day, total(pnl)", "GROUP BY day ORDER BY day", |row| {
        let day: String = row.get(0)?;
        let at = time_text::read(&day).ok_or_else(|| RecordsError::Unreadable {
            table: "round_trips",
            id: 0,
            field: "exit_ts",
            value: day.clone(),
            expected: "a time such as 2024-01-31T12:00:00+00:00",
        })?;
        found.push((at, row.get(1)?));
        Ok(())
    })?;
    Ok(found)
}

pub(super) fn confidences(tx: &Tx<'_>, filter: &RoundTripFilter) -> Result<ConfidenceCounts, RecordsError> {
    tx.on_one_state(|tx| {
        let mut found = ConfidenceCounts {
            edges: (0..=BINS).map(|edge| edge as f64 / BINS as f64).collect(),
            counts: vec![0; BINS],
            wins: vec![0; BINS],
            median: None,
        };
        let query = matching(filter);
        let columns = format!("CAST(confidence * {BINS} AS INTEGER) AS bin, count(*), count(*) FILTER (WHERE pnl > 0)");
        query.each(tx, &columns, "GROUP BY bin", |row| {
            let bin = usize::try_from(row.get::<_, i64>(0)?.max(0)).unwrap_or(0).min(BINS - 1);
            found.counts[bin] += row.get::<_, i64>(1)?.unsigned_abs();
            found.wins[bin] += row.get::<_, i64>(2)?.unsigned_abs();
            Ok(())
        })?;
        let total: u64 = found.counts.iter().sum();
        if total > 0 {
            // Of an even number the mean of the two in the middle.
            let tail = format!("ORDER BY confidence LIMIT {} OFFSET {}", 2 - total % 2, (total - 1) / 2);
            let mut middle: Vec<f64> = Vec::new();
            query.each(tx, "confidence", &tail, |row| {
                middle.push(row.get(0)?);
                Ok(())
            })?;
            found.median = Some(middle.iter().sum::<f64>() / middle.len() as f64);
        }
        Ok(found)
    })
}

/// What came of the trades that memories tell of: the ids of those memories whose trade is over, and whether it gained anything.
pub(super) fn of_memories(tx: &Tx<'_>, memories: &[i64]) -> Result<Vec<(i64, bool)>, RecordsError> {
    let mut statement = tx.connection.prepare_cached("SELECT pnl > 0 FROM round_trips WHERE memory_id = ?1 LIMIT 1")?;
    let mut found = Vec::new();
    for id in memories {
        let mut rows = statement.query([id])?;
        if let Some(row) = rows.next()? {
            found.push((*id, row.get(0)?));
        }
    }
    Ok(found)
}

pub(super) fn read(row: &Row<'_>) -> Result<RoundTripRow, RecordsError> {
    let fields = Fields::new("round_trips", row)?;
    Ok(RoundTripRow {
        id: fields.id,
        decision: row.get(1)?,
        symbol: fields.text(2)?,
        strategy: fields.text(3)?,
        side: fields.text(4)?,
        qty: fields.text(5)?,
        entry_ts: fields.time(6, "entry_ts")?,
        exit_ts: fields.time(7, "exit_ts")?,
        entry_price: fields.number(8)?,
        exit_price: row.get(9)?,
        pnl: fields.number(10)?,
        return_pct: fields.number(11)?,
        fees: fields.number(12)?,
        confidence: fields.number(13)?,
        exit_reason: fields.text(14)?,
        stop: row.get(15)?,
        target: row.get(16)?,
        memory_id: row.get(17)?,
    })
}
