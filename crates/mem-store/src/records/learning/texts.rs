//! Texts about symbols, with their scores.

use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::row::row;
use crate::records::error::RecordsError;
use crate::records::operations::Tx;
use crate::records::query::{Newest, Page};
use crate::records::time_text::{self, TimeText};

/// What stands for all symbols where a text is about the market as a whole.
pub const MARKET_WIDE: &str = "*";

/// The series of scores that holds every text that names the symbol, whatever its source.
pub const OWN_SERIES: &str = "coin";

row! {
    /// A text about a symbol; one of a symbol, a source and a key that is there already stays as it is.
    TextRow, "INSERT OR IGNORE" "sentiment_texts" {
        /// When it was known here: of a feed, when it was fetched, whatever it says of when it was published.
        timestamp: Timestamp,
        /// About what; `*` for the market as a whole.
        symbol: String,
        /// What kind of source it comes from, as in `news`: the name of a series of scores.
        source: String,
        /// What tells it from others of its symbol and source.
        key: String,
        /// The text.
        text: String,
        /// Where more of it can be read.
        url: Option<String>,
        /// When it says that it was published.
        published_at: Option<Timestamp>,
        /// Which model has scored it.
        scorer: String,
        /// -1 (bad news) to 1 (good news).
        score: f64,
        /// `negative`, `neutral` or `positive`.
        tone: String,
    }
}

/// Which texts to read, the newest stored first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TextFilter {
    /// About this symbol.
    pub symbol: Option<String>,
    /// Of this source.
    pub source: Option<String>,
    /// Known then or later.
    pub from: Option<Timestamp>,
    /// Known before.
    pub to: Option<Timestamp>,
    /// At most so many; 100 by default.
    pub limit: usize,
    /// After leaving out so many.
    pub offset: usize,
}

impl Default for TextFilter {
    fn default() -> Self {
        Self { symbol: None, source: None, from: None, to: None, limit: 100, offset: 0 }
    }
}

/// Stores a text; `None` where it is there already.
pub(in crate::records) fn add(tx: &Tx<'_>, row: &TextRow) -> Result<Option<i64>, RecordsError> {
    let id = row.store(tx)?;
    Ok((tx.connection.changes() > 0).then_some(id))
}

pub(in crate::records) fn page(tx: &Tx<'_>, filter: &TextFilter) -> Result<Page<TextRow>, RecordsError> {
    Newest::of(TextRow::TABLE, TextRow::COLUMNS)
        .matching("symbol = ?", filter.symbol.as_deref())
        .matching("source = ?", filter.source.as_deref())
        .between(filter.from, filter.to)
        .page(tx, filter.limit, filter.offset, TextRow::read)
}

/// Those stored after the one of that number, in the order in which they were stored.
pub(in crate::records) fn after(tx: &Tx<'_>, id: i64, limit: usize) -> Result<Vec<TextRow>, RecordsError> {
    Newest::of(TextRow::TABLE, TextRow::COLUMNS).whole("id > ?", Some(id)).ordered("id".to_owned()).fetch(
        tx,
        limit,
        0,
        TextRow::read,
    )
}

/// Whether a text of that key is there.
pub(in crate::records) fn has(tx: &Tx<'_>, symbol: &str, source: &str, key: &str) -> Result<bool, RecordsError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sentiment_texts WHERE symbol = ?1 AND source = ?2 AND key = ?3)";
    Ok(tx.connection.prepare_cached(sql)?.query_row((symbol, source, key), |row| row.get(0))?)
}

/// The texts of one symbol and source that were known at `from` or later, in the order in which they were known.
pub(in crate::records) fn in_order(
    tx: &Tx<'_>,
    from: Timestamp,
    symbol: &str,
    source: &str,
) -> Result<Vec<TextRow>, RecordsError> {
    Newest::of(TextRow::TABLE, TextRow::COLUMNS)
        .matching("symbol = ?", Some(symbol))
        .matching("source = ?", Some(source))
        .between(Some(from), None)
        .ordered("timestamp, id".to_owned())
        .fetch(tx, i64::MAX as usize, 0, TextRow::read)
}

/// How many texts of one symbol and source were known before `to`.
pub(in crate::records) fn count_before(
    tx: &Tx<'_>,
    to: Timestamp,
    symbol: &str,
    source: &str,
) -> Result<u64, RecordsError> {
    let sql = "SELECT count(*) FROM sentiment_texts WHERE symbol = ?1 AND source = ?2 AND timestamp < ?3";
    let mut text = TimeText::new();
    let count: i64 =
        tx.connection.prepare_cached(sql)?.query_row((symbol, source, text.bound(to)), |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// The scores of a series of a symbol, in the order in which they were known: texts of the source of that name about the symbol or about the
/// market as a whole; of [`OWN_SERIES`] the texts about the symbol, whatever their source.
pub(in crate::records) fn scores(
    tx: &Tx<'_>,
    symbol: &str,
    series: &str,
) -> Result<Vec<(Timestamp, f64)>, RecordsError> {
    let own = series == OWN_SERIES;
    let query = Newest::of(TextRow::TABLE, TextRow::COLUMNS)
        .matching(if own { "symbol = ?" } else { "symbol IN (?, '*')" }, Some(symbol))
        .matching("source = ?", (!own).then_some(series));
    let mut found = Vec::new();
    query.each(tx, "id, timestamp, score", "ORDER BY timestamp, id", |row| {
        let (id, text): (i64, String) = (row.get(0)?, row.get(1)?);
        let at = time_text::read(&text).ok_or_else(|| RecordsError::Unreadable {
            table: TextRow::TABLE,
            id,
            field: "timestamp",
            value: text,
            expected: "a time such as 2024-01-31T12:00:00+00:00",
        })?;
        found.push((at, row.get(2)?));
        Ok(())
    })?;
    Ok(found)
}

/// A text came to be known later than was thought: whoever looks at it must not before. Gives the text as it was until now, if that is so.
pub(in crate::records) fn known_later(tx: &Tx<'_>, id: i64, at: Timestamp) -> Result<Option<TextRow>, RecordsError> {
    let query = Newest::of(TextRow::TABLE, TextRow::COLUMNS).whole("id = ?", Some(id)).bound("timestamp < ?", Some(at));
    let before = query.fetch(tx, 1, 0, TextRow::read)?.pop();
    if before.is_some() {
        let sql = "UPDATE sentiment_texts SET timestamp = ?2 WHERE id = ?1";
        tx.connection.prepare_cached(sql)?.execute((id, TimeText::new().spell(at)))?;
    }
    Ok(before)
}

/// All texts that were known at `until`, in the order in which that came to be.
pub(in crate::records) fn known(tx: &Tx<'_>, until: Timestamp) -> Result<Vec<TextRow>, RecordsError> {
    Newest::of(TextRow::TABLE, TextRow::COLUMNS)
        .bound("timestamp <= ?", Some(until))
        .ordered("timestamp, id".to_owned())
        .fetch(tx, i64::MAX as usize, 0, TextRow::read)
}
