//! The ladder of migrations, and which databases may climb it.
//!
//! `PRAGMA user_version` holds the number of the last step taken. A database that the reference system made has the same
//! tables and version 0: the first step finds them there and only adds what is missing.

use std::path::Path;

use rusqlite::Connection;

use super::clock::Clock;
use super::error::RecordsError;
use super::operations::Tx;

const MIGRATIONS: [&str; 6] = [
    include_str!("migrations/0001_tables.sql"),
    include_str!("migrations/0002_trade_days.sql"),
    include_str!("migrations/0003_engine.sql"),
    include_str!("migrations/0004_looking.sql"),
    include_str!("migrations/0005_learning.sql"),
    include_str!("migrations/0006_texts.sql"),
];

/// The schema version that this program writes.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// `MEM1`, so that `file` and other programs can tell what the database is.
const APPLICATION_ID: i64 = 0x4d45_4d31;

/// The columns that a database of the reference must have to be adopted.
const ADOPTED: [(&str, &[&str]); 5] = [
    (
        "trades",
        &[
            "id",
            "timestamp",
            "symbol",
            "action",
            "price",
            "quantity",
            "pnl",
            "confidence",
            "strategy",
            "tags",
            "created_at",
            "updated_at",
        ],
    ),
    (
        "memories",
        &[
            "id",
            "timestamp",
            "memory_type",
            "content",
            "relevance_score",
            "tags",
            "related_trades",
            "created_at",
            "updated_at",
        ],
    ),
    ("metrics", &["id", "timestamp", "metric_name", "metric_value", "period", "metadata", "created_at", "updated_at"]),
    (
        "signals",
        &[
            "id",
            "timestamp",
            "symbol",
            "signal_type",
            "confidence",
            "trigger_reason",
            "metadata",
            "created_at",
            "updated_at",
        ],
    ),
    ("logs", &["id", "timestamp", "level", "message", "source", "created_at"]),
];

/// Brings a new, an older or an adopted database to [`SCHEMA_VERSION`], as a whole or not at all.
pub(super) fn migrate(connection: &Connection, path: &Path) -> Result<(), RecordsError> {
    if (pragma(connection, "application_id")?, version(connection, path)?) == (APPLICATION_ID, SCHEMA_VERSION) {
        return Ok(());
    }
    Tx::new(connection, &Clock::default()).atomically(|_| {
        // Looked at again: another process may have migrated while this one waited for the lock.
        let application = pragma(connection, "application_id")?;
        if application != 0 && application != APPLICATION_ID {
            return Err(foreign(path, format!("its application id is {application:#x}")));
        }
        let version = version(connection, path)?;
        if version == 0 {
            check_adoptable(connection, path)?;
        }
        for step in MIGRATIONS.iter().skip(usize::try_from(version).unwrap_or(0)) {
            connection.execute_batch(step)?;
        }
        connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        Ok(())
    })
}

fn version(connection: &Connection, path: &Path) -> Result<i64, RecordsError> {
    let found = pragma(connection, "user_version")?;
    if found > SCHEMA_VERSION {
        return Err(RecordsError::Newer { path: path.to_owned(), found, known: SCHEMA_VERSION });
    }
    Ok(found)
}

fn pragma(connection: &Connection, name: &str) -> Result<i64, RecordsError> {
    Ok(connection.pragma_query_value(None, name, |row| row.get(0))?)
}

/// A database of version 0 is new (no tables) or has the reference's tables; any other is not ours to change.
fn check_adoptable(connection: &Connection, path: &Path) -> Result<(), RecordsError> {
    let tables: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut known = 0;
    for (table, wanted) in ADOPTED {
        if !tables.iter().any(|name| name == table) {
            continue;
        }
        known += 1;
        let columns: Vec<String> = connection
            .prepare("SELECT name FROM pragma_table_info(?1)")?
            .query_map([table], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        if let Some(missing) = wanted.iter().find(|column| !columns.iter().any(|name| name == *column)) {
            return Err(foreign(path, format!("its table {table} has no column {missing}")));
        }
    }
    if known == 0 && !tables.is_empty() {
        return Err(foreign(path, format!("it has tables, {}, but none of ours", tables.join(", "))));
    }
    Ok(())
}

fn foreign(path: &Path, what: String) -> RecordsError {
    RecordsError::Foreign { path: path.to_owned(), what }
}
