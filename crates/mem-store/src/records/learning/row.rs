//! A table as a struct: its columns, how a row is stored, how it is read.

use mem_types::Timestamp;
use rusqlite::Row;
use rusqlite::types::Value;

use crate::records::error::RecordsError;
use crate::records::field::{Check, Fields};
use crate::records::time_text::TimeText;

/// What a column may hold.
pub(super) trait Cell: Sized {
    fn store(&self, check: Check, name: &'static str) -> Result<Value, RecordsError>;
    fn read(fields: &Fields<'_>, row: &Row<'_>, column: usize, name: &'static str) -> Result<Self, RecordsError>;
}

impl Cell for i64 {
    fn store(&self, _: Check, _: &'static str) -> Result<Value, RecordsError> {
        Ok(Value::Integer(*self))
    }

    fn read(_: &Fields<'_>, row: &Row<'_>, column: usize, _: &'static str) -> Result<Self, RecordsError> {
        Ok(row.get(column)?)
    }
}

impl Cell for bool {
    fn store(&self, _: Check, _: &'static str) -> Result<Value, RecordsError> {
        Ok(Value::Integer(i64::from(*self)))
    }

    fn read(_: &Fields<'_>, row: &Row<'_>, column: usize, _: &'static str) -> Result<Self, RecordsError> {
        Ok(row.get(column)?)
    }
}

impl Cell for f64 {
    fn store(&self, check: Check, name: &'static str) -> Result<Value, RecordsError> {
        check.finite(name, *self)?;
        Ok(Value::Real(*self))
    }

    fn read(_: &Fields<'_>, row: &Row<'_>, column: usize, _: &'static str) -> Result<Self, RecordsError> {
        Ok(row.get(column)?)
    }
}

impl Cell for String {
    fn store(&self, _: Check, _: &'static str) -> Result<Value, RecordsError> {
        Ok(Value::Text(self.clone()))
    }

    fn read(fields: &Fields<'_>, _: &Row<'_>, column: usize, _: &'static str) -> Result<Self, RecordsError> {
        fields.text(column)
    }
}

impl Cell for Timestamp {
    fn store(&self, _: Check, _: &'static str) -> Result<Value, RecordsError> {
        Ok(Value::Text(TimeText::new().spell(*self).to_owned()))
    }

    fn read(fields: &Fields<'_>, _: &Row<'_>, column: usize, name: &'static str) -> Result<Self, RecordsError> {
        fields.time(column, name)
    }
}

impl Cell for serde_json::Value {
    fn store(&self, check: Check, name: &'static str) -> Result<Value, RecordsError> {
        check.json(name, self).map(Value::Text)
    }

    fn read(fields: &Fields<'_>, _: &Row<'_>, column: usize, name: &'static str) -> Result<Self, RecordsError> {
        Ok(fields.some_json(column, name)?.unwrap_or_default())
    }
}

impl<T: Cell> Cell for Option<T> {
    fn store(&self, check: Check, name: &'static str) -> Result<Value, RecordsError> {
        self.as_ref().map_or(Ok(Value::Null), |value| value.store(check, name))
    }

    fn read(fields: &Fields<'_>, row: &Row<'_>, column: usize, name: &'static str) -> Result<Self, RecordsError> {
        let null = matches!(row.get_ref(column)?, rusqlite::types::ValueRef::Null);
        if null { Ok(None) } else { T::read(fields, row, column, name).map(Some) }
    }
}

/// Lets a column hold one of a few words.
macro_rules! word_cell {
    ($name:ident) => {
        impl crate::records::learning::row::Cell for $name {
            fn store(
                &self,
                _: crate::records::field::Check,
                _: &'static str,
            ) -> Result<rusqlite::types::Value, crate::records::error::RecordsError> {
                Ok(rusqlite::types::Value::Text(self.as_str().to_owned()))
            }

            fn read(
                fields: &crate::records::field::Fields<'_>,
                _: &rusqlite::Row<'_>,
                column: usize,
                name: &'static str,
            ) -> Result<Self, crate::records::error::RecordsError> {
                fields.word(column, name, Self::EXPECTED)
            }
        }
    };
}
pub(super) use word_cell;

/// Defines the struct of a table whose first column is its number, `id`, and whose last is `created_at`. Rows are stored by
/// `INSERT` or by `INSERT OR REPLACE`.
macro_rules! row {
    ($(#[$doc:meta])* $name:ident, $verb:literal $table:literal {
        $($(#[$field_doc:meta])* $field:ident: $kind:ty,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            /// Its number; given when it is stored.
            #[serde(default)]
            pub id: i64,
            $($(#[$field_doc])* pub $field: $kind,)*
        }

        impl $name {
            pub(super) const TABLE: &'static str = $table;
            pub(super) const COLUMNS: &'static str = concat!("id", $(", ", stringify!($field)),*);

            pub(super) fn store(&self, tx: &crate::records::operations::Tx<'_>) -> Result<i64, crate::records::error::RecordsError> {
                use crate::records::learning::row::Cell;
                const NAMES: &[&str] = &[$(stringify!($field)),*];
                static SQL: std::sync::OnceLock<String> = std::sync::OnceLock::new();
                let sql = SQL.get_or_init(|| {
                    let marks = vec!["?"; NAMES.len() + 1].join(", ");
                    format!("{} INTO {} ({}, created_at) VALUES ({marks})", $verb, $table, NAMES.join(", "))
                });
                let check = crate::records::field::Check($table);
                let mut values = vec![$(Cell::store(&self.$field, check, stringify!($field))?),*];
                values.push(Cell::store(&tx.clock.now(), check, "created_at")?);
                tx.connection.prepare_cached(sql)?.execute(rusqlite::params_from_iter(values))?;
                Ok(tx.connection.last_insert_rowid())
            }

            pub(super) fn read(row: &rusqlite::Row<'_>) -> Result<Self, crate::records::error::RecordsError> {
                use crate::records::learning::row::Cell;
                let fields = crate::records::field::Fields::new($table, row)?;
                let mut column = 0;
                Ok(Self {
                    id: fields.id,
                    $($field: {
                        column += 1;
                        Cell::read(&fields, row, column, stringify!($field))?
                    },)*
                })
            }
        }
    };
}
pub(super) use row;
