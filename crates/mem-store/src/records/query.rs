//! A SELECT of the newest rows under some conditions.

use mem_types::Timestamp;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Row, params_from_iter};

use super::error::RecordsError;
use super::operations::Tx;
use super::time_text::TimeText;

/// Collects conditions; only those that are given reach the SQL, so that each combination is its own cached statement
/// with its own index.
#[derive(Debug)]
pub(super) struct Newest<'a> {
    table: &'static str,
    columns: &'static str,
    conditions: Vec<&'static str>,
    values: Vec<ToSqlOutput<'a>>,
    /// Whether the rows are best found by an index on time first and fetched afterwards.
    ids_first: bool,
}

impl<'a> Newest<'a> {
    pub(super) fn of(table: &'static str, columns: &'static str) -> Self {
        Self { table, columns, conditions: Vec::new(), values: Vec::new(), ids_first: false }
    }

    /// `condition` is SQL with one `?`, for example `symbol = ?`.
    pub(super) fn matching(mut self, condition: &'static str, text: Option<&'a str>) -> Self {
        if let Some(text) = text {
            self.conditions.push(condition);
            self.values.push(ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())));
        }
        self
    }

    /// Rows whose timestamp lies in `[from, to)`.
    pub(super) fn between(mut self, from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        for (condition, at) in [("timestamp >= ?", from), ("timestamp < ?", to)] {
            if let Some(at) = at {
                self.conditions.push(condition);
                self.values.push(ToSqlOutput::Owned(Value::Text(TimeText::new().bound(at).to_owned())));
            }
        }
        self
    }

    /// Looks the ids up in an index that holds all the conditions need, then fetches those rows only.
    pub(super) fn ids_first(mut self, ids_first: bool) -> Self {
        self.ids_first = ids_first;
        self
    }

    /// Runs it: the newest recorded row first.
    pub(super) fn fetch<T>(
        mut self,
        tx: &Tx<'_>,
        limit: usize,
        offset: usize,
        read: impl Fn(&Row<'_>) -> Result<T, RecordsError>,
    ) -> Result<Vec<T>, RecordsError> {
        let Self { table, columns, .. } = self;
        let filter = match self.conditions.as_slice() {
            [] => String::new(),
            conditions => format!(" WHERE {}", conditions.join(" AND ")),
        };
        let sql = if self.ids_first {
            format!(
                "SELECT {columns} FROM {table} WHERE id IN \
                 (SELECT id FROM {table}{filter} ORDER BY id DESC LIMIT ? OFFSET ?) ORDER BY id DESC"
            )
        } else {
            format!("SELECT {columns} FROM {table}{filter} ORDER BY id DESC LIMIT ? OFFSET ?")
        };
        for count in [limit, offset] {
            self.values.push(ToSqlOutput::Owned(Value::Integer(i64::try_from(count).unwrap_or(i64::MAX))));
        }
        let mut statement = tx.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(self.values))?;
        let mut found = Vec::with_capacity(limit.min(1_024));
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }
}
