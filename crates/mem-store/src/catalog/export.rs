//! A series out of the catalog, into one file for others.

use std::path::Path;

use mem_types::{SeriesKey, Timestamp};

use super::{Catalog, CatalogError};
use crate::table::{Column, TableFormat, write_table};

impl Catalog {
    /// Writes the bars that open within `[from, to)` to a file with the columns `timestamp, open, high, low, close,
    /// volume`; what the import reads back as the same bars. Returns how many.
    ///
    /// # Errors
    /// If there is no such series, its file is damaged, or `path` cannot be written.
    pub fn export(
        &self,
        key: &SeriesKey,
        path: &Path,
        format: TableFormat,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<usize, CatalogError> {
        let bars = self.read_bars(key, from, to)?;
        let view = bars.view();
        let floats = |column: &[f64]| Column::Float(column.iter().copied().map(Some).collect());
        let columns = [
            ("timestamp", Column::Time(view.ts_ns.iter().map(|ns| Some(Timestamp::from_nanos(*ns))).collect())),
            ("open", floats(view.open)),
            ("high", floats(view.high)),
            ("low", floats(view.low)),
            ("close", floats(view.close)),
            ("volume", floats(view.volume)),
        ]
        .map(|(name, column)| (name.to_owned(), column));
        write_table(path, format, &columns)?;
        Ok(view.len())
    }
}
