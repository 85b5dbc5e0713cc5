//! What can go wrong with records, said so that the user knows what to do.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;

/// Why the records could not do what they were asked.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// The file could not be opened or created.
    #[error("cannot open the records at {}: does its folder exist, and may it be written", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The file is something else, or its first page is destroyed. It is left as it is.
    #[error("{} is not a SQLite database; name another file, or move this one away to begin anew", .path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a damaged database. It is left as it is.
    #[error("{} is damaged; restore it from a copy, or save what is left with sqlite3's .recover", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The database was written by a later version of MEM.
    #[error("{} has schema version {found}, this program knows up to {known}; use a newer MEM", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The latest version known here.
        known: i64,
    },
    /// The database belongs to another program.
    #[error("{} is another program's database ({what}); name another file", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// How that was seen.
        what: String,
    },
    /// Other processes kept the database locked for longer than the busy timeout.
    #[error("{} stayed locked by another process for {waited_ms} ms; try again", .path.display())]
    Busy {
        /// The file.
        path: PathBuf,
        /// The busy timeout.
        waited_ms: u64,
    },
    /// A field of a new or changed row cannot be stored.
    #[error("{table}.{field}: {problem}")]
    Invalid {
        /// The table.
        table: &'static str,
        /// The field.
        field: &'static str,
        /// What is wrong with its value.
        problem: String,
    },
    /// A row of a batch cannot be stored; none of the batch was.
    #[error("row {index} of the batch: {source}")]
    InBatch {
        /// Position of the row, from 0.
        index: usize,
        /// What is wrong with it.
        source: Box<RecordsError>,
    },
    /// A stored value, written by another program, cannot be read as what it should be.
    #[error("{table} row {id}: {field} is '{value}', expected {expected}; correct it, for example with sqlite3")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The row.
        id: i64,
        /// The field.
        field: &'static str,
        /// What it holds.
        value: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// There is no such row.
    #[error("{table} has no row {id}")]
    NotFound {
        /// The table.
        table: &'static str,
        /// The row.
        id: i64,
    },
    /// SQLite refuses for another reason: a full disk, a lost file.
    #[error("the database refuses")]
    Sqlite(#[from] rusqlite::Error),
    /// SQLite undid a whole transaction because it could not go on.
    #[error("the database undid the whole transaction; is the disk full")]
    RolledBack,
    /// Several waiting writes were committed together and the commit failed; none of them was stored.
    #[error("{0}")]
    Together(Arc<RecordsError>),
    /// The work handed to a transaction panicked; the transaction was rolled back.
    #[error("the work of a transaction panicked; it was rolled back")]
    Panicked,
    /// Rows could not be written in the format of an export.
    #[error("rows cannot be written in that format")]
    Export {
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A thread of the records could not be started, or has ended.
    #[error("the records' {0} thread is not running")]
    NoThread(&'static str),
}

impl RecordsError {
    /// Whether the same call may succeed a moment later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::Together(error) => error.is_retryable(),
            _ => false,
        }
    }

    /// Says which file it was and gives SQLite's codes their own variants.
    pub(super) fn at(self, path: &Path, waited_ms: u64) -> Self {
        let Self::Sqlite(source) = self else { return self };
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path, waited_ms },
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, source },
            Some(ErrorCode::CannotOpen) => Self::Open { path, source },
            _ => Self::Sqlite(source),
        }
    }
}
