//! Trades summed per UTC day.
//!
//! Summing a million rows takes SQLite a third of a second, so sums are kept in a companion table, `trade_days`, that
//! covers the rows up to an id. A batch adds its own sums in its own transaction; rows added singly, or by other programs,
//! lie above that id and are summed on reading until the upkeep thread folds them in; triggers mark the days of changed and
//! deleted rows stale, and those are summed anew. If the number of rows still does not add up (another program chose an id
//! below the highest), everything is summed anew. So what is read is always exact, except that a sum of profits may differ
//! in its last digits with the order of summing.

use std::collections::BTreeMap;
use std::ops::Range;

use mem_types::Timestamp;
use mem_types::time::NANOS_PER_DAY;
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::error::RecordsError;
use super::operations::Tx;
use super::time_text::{self, TimeText};

/// The trades of one UTC day. Every row counts, also one that only opens a position. A row's day is the one that its
/// timestamp begins with; other programs may have written a local one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DayMetrics {
    /// Midnight at which the day begins.
    pub day: Timestamp,
    /// How many trades.
    pub trades: u64,
    /// How many with a profit.
    pub wins: u64,
    /// How many with a loss.
    pub losses: u64,
    /// Wins as a share of wins and losses, 0 to 1; none if there are neither.
    pub win_rate: Option<f64>,
    /// Profits less losses, in quote currency.
    pub pnl: f64,
    /// Sum of the profits.
    pub gross_profit: f64,
    /// Sum of the losses, as a positive number.
    pub gross_loss: f64,
    /// Profits over losses; none if there is no loss.
    pub profit_factor: Option<f64>,
}

/// Rows above the summed ones up to which reading them each time is cheap.
const FEW_ROWS: i64 = 10_000;
/// Stale days up to which reading them each time is cheap.
const FEW_DAYS: usize = 16;

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Sums {
    trades: i64,
    wins: i64,
    losses: i64,
    gross_profit: f64,
    gross_loss: f64,
}

impl Sums {
    fn add(&mut self, pnl: f64) {
        self.trades += 1;
        if pnl > 0.0 {
            self.wins += 1;
            self.gross_profit += pnl;
        } else if pnl < 0.0 {
            self.losses += 1;
            self.gross_loss -= pnl;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.trades += other.trades;
        self.wins += other.wins;
        self.losses += other.losses;
        self.gross_profit += other.gross_profit;
        self.gross_loss += other.gross_loss;
    }

    /// Reads the columns of [`SUMS`], beginning with `first`.
    fn read(row: &Row<'_>, first: usize) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            trades: row.get(first)?,
            wins: row.get(first + 1)?,
            losses: row.get(first + 2)?,
            gross_profit: row.get(first + 3)?,
            gross_loss: row.get(first + 4)?,
        })
    }

    fn metrics(&self, day: Timestamp) -> DayMetrics {
        let count = i64::unsigned_abs;
        let decided = self.wins + self.losses;
        DayMetrics {
            day,
            trades: count(self.trades),
            wins: count(self.wins),
            losses: count(self.losses),
            win_rate: (decided > 0).then(|| self.wins as f64 / decided as f64),
            pnl: self.gross_profit - self.gross_loss,
            gross_profit: self.gross_profit,
            gross_loss: self.gross_loss,
            profit_factor: (self.gross_loss > 0.0).then(|| self.gross_profit / self.gross_loss),
        }
    }
}

const SUMS: &str = "count(*), count(*) FILTER (WHERE pnl > 0), count(*) FILTER (WHERE pnl < 0), \
                    total(pnl) FILTER (WHERE pnl > 0), 0.0 - total(pnl) FILTER (WHERE pnl < 0)";

/// `ON CONFLICT` part that adds to the sums of a day. Adding to a stale day leaves it stale: null stays null.
const ADD: &str = "ON CONFLICT (day) DO UPDATE SET trades = trades + excluded.trades, wins = wins + excluded.wins, \
                   losses = losses + excluded.losses, gross_profit = gross_profit + excluded.gross_profit, \
                   gross_loss = gross_loss + excluded.gross_loss";

pub(super) fn metrics(
    tx: &Tx<'_>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<Vec<DayMetrics>, RecordsError> {
    let days = tx.on_one_state(sums_per_day)?;
    let mut metrics = Vec::with_capacity(days.len());
    for (text, sums) in &days {
        let day = time_text::read(text).ok_or_else(|| unreadable(tx, text))?;
        let overlaps = from.is_none_or(|from| day.as_nanos().saturating_add(NANOS_PER_DAY) > from.as_nanos())
            && to.is_none_or(|to| day < to);
        if overlaps && sums.trades > 0 {
            metrics.push(sums.metrics(day));
        }
    }
    Ok(metrics)
}

/// Names the first trade whose timestamp does not begin with a day.
fn unreadable(tx: &Tx<'_>, day: &str) -> RecordsError {
    let sql = "SELECT id, timestamp FROM trades WHERE substr(timestamp, 1, 10) = ?1 LIMIT 1";
    let found = tx.connection.query_row(sql, [day], |row| Ok((row.get(0)?, row.get(1)?)));
    match found {
        Ok((id, value)) => RecordsError::Unreadable {
            table: "trades",
            id,
            field: "timestamp",
            value,
            expected: "a time such as 2024-01-31T12:00:00+00:00",
        },
        Err(error) => error.into(),
    }
}

fn sums_per_day(tx: &Tx<'_>) -> Result<BTreeMap<String, Sums>, RecordsError> {
    let through = summed_through(tx)?;
    let (mut days, stale) = kept(tx)?;
    for day in &stale {
        days.insert(day.clone(), sum_day(tx, day, through)?);
    }
    let newer = summed(tx, through)?;
    let rows_of = |days: &BTreeMap<String, Sums>| days.values().map(|sums| sums.trades).sum::<i64>();
    let new_rows = rows_of(&newer);
    for (day, sums) in newer {
        days.entry(day).or_default().merge(&sums);
    }
    let rows: i64 = tx.connection.prepare_cached("SELECT count(*) FROM trades")?.query_row([], |row| row.get(0))?;
    let adds_up = rows_of(&days) == rows;
    tx.behind.set(!adds_up || new_rows > FEW_ROWS || stale.len() > FEW_DAYS);
    if adds_up { Ok(days) } else { summed(tx, 0) }
}

fn summed_through(tx: &Tx<'_>) -> Result<i64, RecordsError> {
    Ok(tx.connection.prepare_cached("SELECT id FROM trade_days_through")?.query_row([], |row| row.get(0))?)
}

/// The sums that are kept, and the days whose sums are stale.
fn kept(tx: &Tx<'_>) -> Result<(BTreeMap<String, Sums>, Vec<String>), RecordsError> {
    let sql = "SELECT day, trades, wins, losses, gross_profit, gross_loss FROM trade_days";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let (mut days, mut stale) = (BTreeMap::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let day: String = row.get(0)?;
        if row.get::<_, Option<i64>>(1)?.is_none() {
            stale.push(day);
        } else {
            days.insert(day, Sums::read(row, 1)?);
        }
    }
    Ok((days, stale))
}

/// Sums the rows above an id per day.
fn summed(tx: &Tx<'_>, above: i64) -> Result<BTreeMap<String, Sums>, RecordsError> {
    let sql = format!("SELECT substr(timestamp, 1, 10), {SUMS} FROM trades WHERE id > ?1 GROUP BY 1");
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let mut rows = statement.query([above])?;
    let mut days = BTreeMap::new();
    while let Some(row) = rows.next()? {
        days.insert(row.get(0)?, Sums::read(row, 1)?);
    }
    Ok(days)
}

/// Sums one day's rows up to an id.
fn sum_day(tx: &Tx<'_>, day: &str, through: i64) -> Result<Sums, RecordsError> {
    // The second bound is for the index; the first condition decides.
    let sql = format!(
        "SELECT {SUMS} FROM trades WHERE substr(timestamp, 1, 10) = ?1 AND timestamp >= ?1 AND timestamp <= ?1 || '\u{7f}' \
         AND id <= ?2"
    );
    Ok(tx.connection.prepare_cached(&sql)?.query_row(params![day, through], |row| Sums::read(row, 0))?)
}

/// Whether reading has more to sum than it should: then somebody should [`fold`].
pub(super) fn is_behind(tx: &Tx<'_>) -> Result<bool, RecordsError> {
    let through = summed_through(tx)?;
    let sql = "SELECT (SELECT coalesce(max(id), 0) FROM trades) - ?1 > ?2 \
               OR (SELECT count(*) FROM trade_days WHERE trades IS NULL) > ?3 \
               OR (NOT EXISTS (SELECT 1 FROM trade_days WHERE trades IS NULL) \
                   AND (SELECT total(trades) FROM trade_days) + (SELECT count(*) FROM trades WHERE id > ?1) \
                       <> (SELECT count(*) FROM trades))";
    Ok(tx.connection.prepare_cached(sql)?.query_row(params![through, FEW_ROWS, FEW_DAYS as i64], |row| row.get(0))?)
}

/// Brings the kept sums up to date.
pub(super) fn fold(tx: &Tx<'_>) -> Result<(), RecordsError> {
    tx.atomically(|tx| {
        let through = summed_through(tx)?;
        for day in kept(tx)?.1 {
            let sums = sum_day(tx, &day, through)?;
            let sql = "UPDATE trade_days SET trades = ?2, wins = ?3, losses = ?4, gross_profit = ?5, gross_loss = ?6 \
                       WHERE day = ?1";
            tx.connection.prepare_cached(sql)?.execute(params![
                day,
                sums.trades,
                sums.wins,
                sums.losses,
                sums.gross_profit,
                sums.gross_loss
            ])?;
        }
        let last = tx.connection.query_row("SELECT coalesce(max(id), 0) FROM trades", [], |row| row.get(0))?;
        fold_rows(tx, through, last)?;
        let in_days: f64 = tx.connection.query_row("SELECT total(trades) FROM trade_days", [], |row| row.get(0))?;
        let rows: i64 = tx.connection.query_row("SELECT count(*) FROM trades", [], |row| row.get(0))?;
        if in_days != rows as f64 {
            tx.connection.execute("DELETE FROM trade_days", [])?;
            fold_rows(tx, 0, last)?;
        }
        tx.connection.execute("DELETE FROM trade_days WHERE trades = 0", [])?;
        Ok(())
    })
}

/// Adds the rows with ids in `(above, through]` to the kept sums.
fn fold_rows(tx: &Tx<'_>, above: i64, through: i64) -> Result<(), RecordsError> {
    let sql = format!(
        "INSERT INTO trade_days (day, trades, wins, losses, gross_profit, gross_loss) \
         SELECT substr(timestamp, 1, 10), {SUMS} FROM trades WHERE id > ?1 AND id <= ?2 GROUP BY 1 {ADD}"
    );
    tx.connection.prepare_cached(&sql)?.execute([above, through])?;
    set_summed_through(tx, above.max(through))
}

fn set_summed_through(tx: &Tx<'_>, id: i64) -> Result<(), RecordsError> {
    tx.connection.prepare_cached("UPDATE trade_days_through SET id = ?1")?.execute([id])?;
    Ok(())
}

/// The sums of a batch of trades, gathered while it is inserted.
#[derive(Debug, Default)]
pub(super) struct BatchSums {
    days: BTreeMap<i64, Sums>,
    /// The day of the last row, outside of `days`, since rows tend to share it.
    last: Option<(i64, Sums)>,
}

impl BatchSums {
    pub(super) fn add(&mut self, at: Timestamp, pnl: f64) {
        let day = at.day();
        match &mut self.last {
            Some((last, sums)) if *last == day => sums.add(pnl),
            last => {
                let mut sums = Sums::default();
                sums.add(pnl);
                if let Some((before, sums)) = last.replace((day, sums)) {
                    self.days.entry(before).or_default().merge(&sums);
                }
            }
        }
    }

    /// Adds the batch to the kept sums, if they reach up to it or nearly so; otherwise leaves it to a later [`fold`].
    pub(super) fn fold(mut self, tx: &Tx<'_>, ids: Range<i64>) -> Result<(), RecordsError> {
        if let Some((day, sums)) = self.last.take() {
            self.days.entry(day).or_default().merge(&sums);
        }
        let through = summed_through(tx)?;
        let batch = ids.end - ids.start;
        let many_days = self.days.len() as i64 * 8 > batch.max(64);
        if many_days || ids.start - 1 - through > FEW_ROWS {
            return Ok(());
        }
        let sql = "SELECT coalesce(max(id), 0) FROM trades WHERE id < ?1";
        let before: i64 = tx.connection.prepare_cached(sql)?.query_row([ids.start], |row| row.get(0))?;
        if before > through {
            fold_rows(tx, through, before)?;
        }
        let sql = format!(
            "INSERT INTO trade_days (day, trades, wins, losses, gross_profit, gross_loss) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) {ADD}"
        );
        let mut add = tx.connection.prepare_cached(&sql)?;
        let mut text = TimeText::new();
        for (day, sums) in &self.days {
            let midnight = text.spell(Timestamp::from_nanos(day.saturating_mul(NANOS_PER_DAY)));
            add.execute(params![
                &midnight[..10],
                sums.trades,
                sums.wins,
                sums.losses,
                sums.gross_profit,
                sums.gross_loss
            ])?;
        }
        set_summed_through(tx, ids.end - 1)
    }
}
