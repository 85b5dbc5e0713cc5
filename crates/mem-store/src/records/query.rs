//! A SELECT of some rows under some conditions, the newest first unless said otherwise.

use mem_types::Timestamp;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Row, params_from_iter};
use serde::{Deserialize, Serialize};

use super::error::RecordsError;
use super::operations::Tx;
use super::time_text::TimeText;

/// Some of the rows that fulfil a filter, and how many do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// How many rows fulfil it.
    pub total: u64,
    /// Those that were asked for.
    pub rows: Vec<T>,
}

/// Collects conditions; only those that are given reach the SQL, so that each combination is its own cached statement
/// with its own index.
#[derive(Debug)]
pub(super) struct Newest<'a> {
    table: &'static str,
    columns: &'static str,
    /// The column that numbers the rows.
    key: &'static str,
    /// Another order than the newest first.
    order: Option<String>,
    conditions: Vec<&'static str>,
    values: Vec<ToSqlOutput<'a>>,
    /// Whether the rows are best found by an index on time first and fetched afterwards.
    ids_first: bool,
}

impl<'a> Newest<'a> {
    pub(super) fn of(table: &'static str, columns: &'static str) -> Self {
        Self { table, columns, key: "id", order: None, conditions: Vec::new(), values: Vec::new(), ids_first: false }
    }

    /// The rows are numbered by another column than `id`.
    pub(super) fn numbered_by(mut self, key: &'static str) -> Self {
        self.key = key;
        self
    }

    /// In another order, as SQL spells it.
    pub(super) fn ordered(mut self, order: String) -> Self {
        self.order = Some(order);
        self
    }

    /// `condition` is SQL with one `?`, for example `symbol = ?`.
    pub(super) fn matching(mut self, condition: &'static str, text: Option<&'a str>) -> Self {
        if let Some(text) = text {
            self.conditions.push(condition);
            self.values.push(ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())));
        }
        self
    }

    /// `condition` is SQL with one `?` for a whole number.
    pub(super) fn whole(mut self, condition: &'static str, number: Option<i64>) -> Self {
        if let Some(number) = number {
            self.conditions.push(condition);
            self.values.push(ToSqlOutput::Owned(Value::Integer(number)));
        }
        self
    }

    /// `condition` is SQL with one `?` for a number.
    pub(super) fn number(mut self, condition: &'static str, number: Option<f64>) -> Self {
        if let Some(number) = number {
            self.conditions.push(condition);
            self.values.push(ToSqlOutput::Owned(Value::Real(number)));
        }
        self
    }

    /// `condition` is SQL without `?`.
    pub(super) fn only(mut self, condition: &'static str, only: bool) -> Self {
        if only {
            self.conditions.push(condition);
        }
        self
    }

    /// `condition` is SQL that ends with `LIKE ? ESCAPE '!'`: rows that hold the text somewhere, in upper or lower case.
    pub(super) fn holding(mut self, condition: &'static str, text: Option<&str>) -> Self {
        if let Some(text) = text {
            self.conditions.push(condition);
            let escaped = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
            self.values.push(ToSqlOutput::Owned(Value::Text(format!("%{escaped}%"))));
        }
        self
    }

    /// Rows whose timestamp lies in `[from, to)`.
    pub(super) fn between(self, from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        self.bound("timestamp >= ?", from).bound("timestamp < ?", to)
    }

    /// `condition` compares a time with one `?`.
    pub(super) fn bound(mut self, condition: &'static str, at: Option<Timestamp>) -> Self {
        if let Some(at) = at {
            self.conditions.push(condition);
            self.values.push(ToSqlOutput::Owned(Value::Text(TimeText::new().bound(at).to_owned())));
        }
        self
    }

    /// Looks the ids up in an index that holds all the conditions need, then fetches those rows only.
    pub(super) fn ids_first(mut self, ids_first: bool) -> Self {
        self.ids_first = ids_first;
        self
    }

    /// Runs it: the newest recorded row first, if no other order was asked for.
    pub(super) fn fetch<T>(
        &self,
        tx: &Tx<'_>,
        limit: usize,
        offset: usize,
        read: impl Fn(&Row<'_>) -> Result<T, RecordsError>,
    ) -> Result<Vec<T>, RecordsError> {
        let Self { table, columns, key, .. } = self;
        let filter = self.filter();
        let order = self.order.clone().unwrap_or_else(|| format!("{key} DESC"));
        let sql = if self.ids_first {
            format!(
                "SELECT {columns} FROM {table} WHERE {key} IN \
                 (SELECT {key} FROM {table}{filter} ORDER BY {order} LIMIT ? OFFSET ?) ORDER BY {order}"
            )
        } else {
            format!("SELECT {columns} FROM {table}{filter} ORDER BY {order} LIMIT ? OFFSET ?")
        };
        let counts = [limit, offset].map(|count| i64::try_from(count).unwrap_or(i64::MAX));
        let values = self.values.iter().cloned().chain(counts.map(|count| ToSqlOutput::Owned(Value::Integer(count))));
        let mut found = Vec::with_capacity(limit.min(1_024));
        each_row(tx, &sql, values, |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// How many rows fulfil the conditions, and some of them, as of one moment.
    pub(super) fn page<T>(
        &self,
        tx: &Tx<'_>,
        limit: usize,
        offset: usize,
        read: impl Fn(&Row<'_>) -> Result<T, RecordsError>,
    ) -> Result<Page<T>, RecordsError> {
        tx.on_one_state(|tx| {
            let total = self.sum(tx, "count(*)", |row| Ok(row.get::<_, i64>(0)?.unsigned_abs()))?;
            Ok(Page { total, rows: self.fetch(tx, limit, offset, read)? })
        })
    }

    /// One row of aggregates over all rows that fulfil the conditions.
    pub(super) fn sum<T>(
        &self,
        tx: &Tx<'_>,
        aggregates: &str,
        read: impl Fn(&Row<'_>) -> Result<T, RecordsError>,
    ) -> Result<T, RecordsError> {
        let sql = format!("SELECT {aggregates} FROM {}{}", self.table, self.filter());
        let mut statement = tx.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(self.values.iter()))?;
        rows.next()?.map(read).unwrap_or(Err(RecordsError::Sqlite(rusqlite::Error::QueryReturnedNoRows)))
    }

    /// Goes through all rows that fulfil the conditions; `tail` is what follows them in the SQL.
    pub(super) fn each(
        &self,
        tx: &Tx<'_>,
        columns: &str,
        tail: &str,
        take: impl FnMut(&Row<'_>) -> Result<(), RecordsError>,
    ) -> Result<(), RecordsError> {
        let sql = format!("SELECT {columns} FROM {}{} {tail}", self.table, self.filter());
        each_row(tx, &sql, self.values.iter().cloned(), take)
    }

    /// The rows after `last` in the order of `keys`, at most `limit`; the keys are the first columns.
    pub(super) fn each_after(
        &self,
        tx: &Tx<'_>,
        (keys, last): (&str, &[Value]),
        columns: &str,
        limit: usize,
        take: impl FnMut(&Row<'_>) -> Result<(), RecordsError>,
    ) -> Result<(), RecordsError> {
        let mut filter = self.filter();
        if !last.is_empty() {
            let marks = vec!["?"; last.len()].join(", ");
            filter.push_str(if filter.is_empty() { " WHERE " } else { " AND " });
            filter.push_str(&format!("({keys}) > ({marks})"));
        }
        let sql = format!("SELECT {keys}, {columns} FROM {}{filter} ORDER BY {keys} LIMIT {limit}", self.table);
        let last = last.iter().cloned().map(ToSqlOutput::Owned);
        each_row(tx, &sql, self.values.iter().cloned().chain(last), take)
    }

    fn filter(&self) -> String {
        match self.conditions.as_slice() {
            [] => String::new(),
            conditions => format!(" WHERE {}", conditions.join(" AND ")),
        }
    }
}

fn each_row<'v>(
    tx: &Tx<'_>,
    sql: &str,
    values: impl Iterator<Item = ToSqlOutput<'v>>,
    mut take: impl FnMut(&Row<'_>) -> Result<(), RecordsError>,
) -> Result<(), RecordsError> {
    let mut statement = tx.connection.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    Ok(())
}
