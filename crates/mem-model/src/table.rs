//! Numbers in columns, each with a name: what models are trained on.

/// Why numbers do not make a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Not as many columns as names.
    #[error("{names} names for {columns} columns")]
    Names {
        /// How many names.
        names: usize,
        /// How many columns.
        columns: usize,
    },
    /// A column of another length.
    #[error("column `{name}` has {found} rows, the first has {expected}")]
    Length {
        /// Which.
        name: String,
        /// Its rows.
        found: usize,
        /// The rows of the first column.
        expected: usize,
    },
    /// A name twice.
    #[error("two columns are named `{0}`")]
    Twice(String),
}

/// Columns of equal length under distinct names. A missing value is NaN; infinities are allowed and are for models to refuse.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
}

impl Table {
    /// A table of `columns` under `names`.
    ///
    /// # Errors
    /// Not as many names as columns, a name twice, or columns of different lengths.
    pub fn new(names: Vec<String>, columns: Vec<Vec<f64>>) -> Result<Self, TableError> {
        if names.len() != columns.len() {
            return Err(TableError::Names { names: names.len(), columns: columns.len() });
        }
        let expected = columns.first().map_or(0, Vec::len);
        for (position, (name, column)) in names.iter().zip(&columns).enumerate() {
            if names[..position].contains(name) {
                return Err(TableError::Twice(name.clone()));
            }
            if column.len() != expected {
                return Err(TableError::Length { name: name.clone(), found: column.len(), expected });
            }
        }
        Ok(Self { names, columns })
    }

    /// The names, in the order of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// How many columns.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The columns, each from the first row to the last.
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&[f64]> {
        let position = self.names.iter().position(|known| known == name)?;
        Some(&self.columns[position])
    }

    /// Puts row `row` into `into`, which is emptied first.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize, into: &mut Vec<f64>) {
        into.clear();
        into.extend(self.columns.iter().map(|column| column[row]));
    }

    /// The rows of those numbers, in that order.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn select(&self, rows: &[usize]) -> Self {
        let columns = self.columns.iter().map(|column| rows.iter().map(|row| column[*row]).collect()).collect();
        Self { names: self.names.clone(), columns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn rows_and_columns_are_the_same_numbers() {
        let table = Table::new(names(&["a", "b"]), vec![vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0]]).unwrap();
        assert_eq!((table.rows(), table.width()), (3, 2));
        assert_eq!(table.column("b"), Some(&[4.0, 5.0, 6.0][..]));
        assert_eq!(table.column("c"), None);
        let mut row = vec![9.0];
        table.row(1, &mut row);
        assert_eq!(row, [2.0, 5.0]);
        assert_eq!(table.select(&[2, 0]).column("a"), Some(&[3.0, 1.0][..]));
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let refused = |header: &[&str], columns: Vec<Vec<f64>>| Table::new(names(header), columns).unwrap_err();
        assert_eq!(refused(&["a"], vec![]), TableError::Names { names: 1, columns: 0 });
        assert_eq!(refused(&["a", "a"], vec![vec![], vec![]]), TableError::Twice("a".to_owned()));
        let uneven = refused(&["a", "b"], vec![vec![1.0], vec![]]);
        assert_eq!(uneven.to_string(), "column `b` has 0 rows, the first has 1");
    }
}
