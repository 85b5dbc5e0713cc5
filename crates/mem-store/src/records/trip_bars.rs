//! The closed bars around round trips, as the engine saw them when it decided.

use mem_types::{Bar, Timestamp};
use rusqlite::params;

use super::error::RecordsError;
use super::operations::Tx;

/// Stores bars of one symbol and length (`15m`, `100t`); those that are there already stay as they are.
pub(super) fn add(tx: &Tx<'_>, symbol: &str, length: &str, bars: &[Bar]) -> Result<(), RecordsError> {
    let sql = "INSERT OR IGNORE INTO trip_bars (symbol, length, open_ts, open, high, low, close, volume) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let mut statement = tx.connection.prepare_cached(sql)?;
    for bar in bars {
        let volume = (!bar.volume.is_nan()).then_some(bar.volume);
        statement.execute(params![
            symbol,
            length,
            bar.ts.as_nanos(),
            bar.open,
            bar.high,
            bar.low,
            bar.close,
            volume
        ])?;
    }
    Ok(())
}

/// Bars of a symbol that open in `[from, to]`, oldest first, at most `limit` of them, with their length. Where a symbol has been
/// traded on several lengths, those of the length that has most of them there.
pub(super) fn between(
    tx: &Tx<'_>,
    from: Timestamp,
    to: Timestamp,
    limit: usize,
    symbol: &str,
) -> Result<Option<(String, Vec<Bar>)>, RecordsError> {
    let lengths = "SELECT length FROM trip_bars WHERE symbol = ?1 AND open_ts BETWEEN ?2 AND ?3 GROUP BY length \
                   ORDER BY count(*) DESC, length LIMIT 1";
    let range = (from.as_nanos(), to.as_nanos());
    let mut statement = tx.connection.prepare_cached(lengths)?;
    let mut rows = statement.query(params![symbol, range.0, range.1])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let length: String = row.get(0)?;
    let sql = "SELECT open_ts, open, high, low, close, volume FROM trip_bars \
               WHERE symbol = ?1 AND length = ?2 AND open_ts BETWEEN ?3 AND ?4 ORDER BY open_ts LIMIT ?5";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![symbol, length, range.0, range.1, limit])?;
    let mut bars = Vec::new();
    while let Some(row) = rows.next()? {
        bars.push(Bar {
            ts: Timestamp::from_nanos(row.get(0)?),
            open: row.get(1)?,
            high: row.get(2)?,
            low: row.get(3)?,
            close: row.get(4)?,
            volume: row.get::<_, Option<f64>>(5)?.unwrap_or(f64::NAN),
        });
    }
    Ok(Some((length, bars)))
}
