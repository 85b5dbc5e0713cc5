//! Removing what is too old to keep.

use mem_types::Timestamp;
use mem_types::time::NANOS_PER_DAY;
use serde::{Deserialize, Serialize};

use super::Records;
use super::daily;
use super::error::RecordsError;
use super::operations::{RecordCounts, Tx};
use super::time_text::TimeText;

/// What a purge removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Purged {
    /// Removed rows of each table.
    pub rows: RecordCounts,
    /// Removed bars with their indicators.
    #[serde(default)]
    pub features: u64,
    /// Removed texts.
    #[serde(default)]
    pub texts: u64,
    /// Removed moods of texts.
    #[serde(default)]
    pub moods: u64,
    /// Bytes by which the file became shorter; space below a quarter of the file is kept for new rows instead.
    pub freed_bytes: u64,
}

/// Ids looked at per transaction, so that nobody waits long for the write lock.
const IDS_PER_STEP: i64 = 20_000;

impl Purged {
    /// How many rows altogether.
    pub fn total(&self) -> u64 {
        let RecordCounts { trades, memories, metrics, signals, logs } = self.rows;
        trades + memories + metrics + signals + logs + self.features + self.texts + self.moods
    }
}

impl Records {
    /// Removes the rows of the reference's five tables, of bars with indicators, and of texts and their moods whose timestamp is more than `days`
    /// days before `now`. Orders, accounts, models and the audit stay.
    ///
    /// It goes in small transactions: if it is interrupted, the next purge removes the rest. Where a quarter of the file or
    /// more is then unused, the file is rewritten without it, unless another process is in the way.
    ///
    /// # Errors
    /// If the database is busy or damaged, or the disk full.
    pub fn purge_old_records(&self, days: u32, now: Timestamp) -> Result<Purged, RecordsError> {
        let oldest =
            Timestamp::from_nanos(now.as_nanos().saturating_sub(i64::from(days).saturating_mul(NANOS_PER_DAY)));
        let rows = RecordCounts {
            trades: self.purge_table("trades", oldest)?,
            memories: self.purge_table("memories", oldest)?,
            metrics: self.purge_table("metrics", oldest)?,
            signals: self.purge_table("signals", oldest)?,
            logs: self.purge_table("logs", oldest)?,
        };
        let features = self.purge_table("ml_features_ohlcv", oldest)?;
        let texts = self.purge_table("sentiment_texts", oldest)?;
        let moods = self.purge_table("ml_features_sentiment", oldest)?;
        if rows.trades > 0 {
            self.write(daily::fold)?;
        }
        Ok(Purged { rows, features, texts, moods, freed_bytes: self.write(shrink)? })
    }

    /// The same under the reference's other name.
    ///
    /// # Errors
    /// As [`Records::purge_old_records`].
    pub fn cleanup_old_data(&self, days: u32, now: Timestamp) -> Result<Purged, RecordsError> {
        self.purge_old_records(days, now)
    }

    fn purge_table(&self, table: &'static str, oldest: Timestamp) -> Result<u64, RecordsError> {
        // From one id that exists to the next, since other programs may have left wide gaps.
        let first = format!("SELECT min(id) FROM {table} WHERE id >= ?1");
        let delete = format!("DELETE FROM {table} WHERE id >= ?1 AND id < ?2 AND timestamp < ?3");
        let mut text = TimeText::new();
        let oldest = text.bound(oldest);
        let (mut removed, mut from) = (0, i64::MIN);
        loop {
            let next = |tx: &Tx<'_>| Ok(tx.connection.prepare_cached(&first)?.query_row([from], |row| row.get(0))?);
            let Some(id): Option<i64> = self.read(next)? else { return Ok(removed) };
            from = id.saturating_add(IDS_PER_STEP);
            removed += self.write(|tx| {
                let mut statement = tx.connection.prepare_cached(&delete)?;
                Ok(statement.execute((id, from, oldest))? as u64)
            })?;
            if from == i64::MAX {
                return Ok(removed);
            }
        }
    }
}

/// Rewrites the file without its unused pages if they make up a quarter of it; gives the bytes saved.
fn shrink(tx: &Tx<'_>) -> Result<u64, RecordsError> {
    let pragma = |name: &str| tx.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (pages, unused, page_size) = (pragma("page_count")?, pragma("freelist_count")?, pragma("page_size")?);
    if unused == 0 || unused * 4 < pages {
        return Ok(0);
    }
    if let Err(error) = tx.connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(PASSIVE)") {
        let error = RecordsError::from(error);
        tracing::info!(%error, "records: the file keeps its length for now");
        return Ok(0);
    }
    let saved = (pages - pragma("page_count")?).max(0);
    Ok((saved * page_size).unsigned_abs())
}
