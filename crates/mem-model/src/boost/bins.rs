//! Features as small numbers: each value is the number of the bin in which it lies.

use rayon::prelude::*;

use super::histogram::WIDTH;
use crate::table::Table;

/// Rows from which the borders of bins are taken; of more rows, so many at even distances.
const BORDER_ROWS: usize = 1 << 15;

/// Fewest rows in a bin: fewer would only make small tables slow to split.
const BIN_ROWS: usize = 8;

/// A table in bins. Bin 0 holds missing values; bin `k` holds those above border `k - 2`, at most border `k - 1`.
#[derive(Debug)]
pub(super) struct Bins {
    borders: Vec<Vec<f64>>,
    /// Features in groups; within a group, the bins of a row side by side.
    groups: Vec<Vec<[u8; WIDTH]>>,
}

impl Bins {
    pub(super) fn new(table: &Table, most: usize) -> Self {
        let borders: Vec<Vec<f64>> = table.columns().par_iter().map(|column| borders(column, most)).collect();
        let groups = table.columns().par_chunks(WIDTH).zip(borders.par_chunks(WIDTH));
        let groups = groups.map(|(columns, borders)| group(columns, borders, table.rows())).collect();
        Self { borders, groups }
    }

    pub(super) fn features(&self) -> usize {
        self.borders.len()
    }

    pub(super) fn groups(&self) -> &[Vec<[u8; WIDTH]>] {
        &self.groups
    }

    /// How many bins of values a feature has, bin 0 not counted.
    pub(super) fn count(&self, feature: usize) -> usize {
        self.borders[feature].len() + 1
    }

    /// How many bins of values the feature with the most has.
    pub(super) fn most(&self) -> usize {
        self.borders.iter().map(Vec::len).max().unwrap_or(0) + 1
    }

    /// The greatest value of a bin. The last bin has no border; there it is the greatest number there is.
    pub(super) fn border(&self, feature: usize, bin: u8) -> f64 {
        self.borders[feature].get(usize::from(bin) - 1).copied().unwrap_or(f64::MAX)
    }
}

/// Borders between bins of about equally many values, half way between two values that occur.
fn borders(column: &[f64], most: usize) -> Vec<f64> {
    let stride = column.len().div_ceil(BORDER_ROWS);
    let mut values: Vec<f64> = column.iter().copied().step_by(stride).filter(|value| !value.is_nan()).collect();
    // Zero has two signs; adding 0 leaves one.
    values.iter_mut().for_each(|value| *value += 0.0);
    values.sort_unstable_by(f64::total_cmp);
    let most = most.min((values.len() / BIN_ROWS).max(2));
    let counts: Vec<(f64, usize)> = values.chunk_by(|a, b| a == b).map(|same| (same[0], same.len())).collect();
    let (mut borders, mut filled, mut left) = (Vec::new(), 0, values.len());
    for pair in counts.windows(2) {
        filled += pair[0].1;
        let wanted = if counts.len() <= most { 1 } else { left.div_ceil(most - borders.len()) };
        if filled >= wanted {
            borders.push(half_way(pair[0].0, pair[1].0));
            left -= filled;
            filled = 0;
        }
        if borders.len() + 1 == most {
            break;
        }
    }
    borders
}

/// A number from `low` on, below `high`.
fn half_way(low: f64, high: f64) -> f64 {
    let middle = low / 2.0 + high / 2.0;
    if middle >= low && middle < high { middle } else { low }
}

fn group(columns: &[Vec<f64>], borders: &[Vec<f64>], rows: usize) -> Vec<[u8; WIDTH]> {
    let mut lines = vec![[0; WIDTH]; rows];
    for (place, (column, borders)) in columns.iter().zip(borders).enumerate() {
        for (line, value) in lines.iter_mut().zip(column) {
            // A missing value is below no border and above none.
            if !value.is_nan() {
                line[place] = borders.partition_point(|border| border < value) as u8 + 1;
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_and_its_border_say_the_same() {
        let column: Vec<f64> =
            (0..1000).map(|n| if n % 7 == 0 { f64::NAN } else { f64::from(n * n % 613) / 8.0 }).collect();
        let table = Table::new(vec!["a".to_owned()], vec![column.clone()]).unwrap();
        let bins = Bins::new(&table, 255);
        assert!(bins.count(0) > 50);
        for (row, value) in column.iter().enumerate() {
            let bin = bins.groups()[0][row][0];
            assert_eq!(bin == 0, value.is_nan());
            for border in 1..=bins.count(0) as u8 {
                assert!(bin == 0 || (bin <= border) == (*value <= bins.border(0, border)));
            }
        }
    }

    #[test]
    fn few_values_have_a_bin_each() {
        let column: Vec<f64> = (0..100).map(|n| f64::from(n % 3)).collect();
        assert_eq!(borders(&column, 255), [0.5, 1.5]);
        assert_eq!(borders(&[1.0; 50], 255), [0.0; 0]);
        assert_eq!(borders(&[f64::NAN; 50], 255), [0.0; 0]);
        let close = half_way(1.0, 1.0_f64.next_up());
        assert_eq!(close, 1.0);
    }
}
