//! What can go wrong with a catalog, said so that the user knows what to do.

use std::io;
use std::path::{Path, PathBuf};

use mem_types::{Symbol, Timeframe, Timestamp, Venue};
use parquet::errors::ParquetError;

use crate::table::TableError;

/// Why a catalog could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// A file or folder could not be read or written.
    #[error("cannot {action} {}", .path.display())]
    Io {
        /// What was tried: "read", "write", "lock".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the catalog is damaged, or was written by another program in another shape.
    #[error("{} is not a file that MEM wrote, or is damaged; remove it and import its source again", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the Parquet reader says.
        source: ParquetError,
    },
    /// A file of the catalog holds rows that cannot be right.
    #[error("{}: {what}; remove the file and import its source again", .path.display())]
    Unsound {
        /// The file.
        path: PathBuf,
        /// Which row, and what is wrong with it.
        what: String,
    },
    /// There is no such series.
    #[error("no {wanted} in the catalog at {}{hint}", .root.display())]
    NotFound {
        /// What was asked for.
        wanted: String,
        /// Where.
        root: PathBuf,
        /// What there is instead; begins with `; ` unless empty.
        hint: String,
    },
    /// A symbol trades at several venues and none was named.
    #[error("{symbol} is in the catalog for several venues: {}; name one", names(.venues))]
    WhichVenue {
        /// The symbol.
        symbol: Symbol,
        /// Where it trades.
        venues: Vec<Venue>,
    },
    /// Bars of one timeframe do not make up bars of the other.
    #[error("bars of {to} cannot be built from bars of {from}: {to} does not hold whole bars of {from}")]
    NotAMultiple {
        /// The timeframe that there is.
        from: Timeframe,
        /// The timeframe that was asked for.
        to: Timeframe,
    },
    /// Rows handed in are not in time order.
    #[error("row {index} at {ts} is earlier than the row before it")]
    OutOfOrder {
        /// Position of the row, from 0.
        index: usize,
        /// Its time.
        ts: Timestamp,
    },
    /// An export failed.
    #[error(transparent)]
    Export(#[from] TableError),
}

fn names(venues: &[Venue]) -> String {
    let venues: Vec<&str> = venues.iter().map(Venue::as_str).collect();
    venues.join(", ")
}

impl CatalogError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    pub(crate) fn damaged(path: &Path) -> impl FnOnce(ParquetError) -> Self {
        let path = path.to_owned();
        move |source| Self::Damaged { path, source }
    }
}

/// What goes wrong while a partition is being written, before its path is known.
#[derive(Debug)]
pub(super) enum WriteFailure {
    Io(io::Error),
    Parquet(ParquetError),
}

impl From<io::Error> for WriteFailure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ParquetError> for WriteFailure {
    fn from(error: ParquetError) -> Self {
        Self::Parquet(error)
    }
}

impl WriteFailure {
    pub(super) fn at(self, path: &Path) -> CatalogError {
        match self {
            Self::Io(source) => CatalogError::io("write", path)(source),
            Self::Parquet(source) => CatalogError::io("write", path)(io::Error::other(source)),
        }
    }
}
