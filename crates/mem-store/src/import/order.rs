//! Rows of one series into time order, and nothing twice.
//!
//! - A row whose key (time of a bar or funding payment, id of a trade or quote) was there before is dropped if it says
//!   the same, and refused if it does not. Rows without a key may be alike: two trades at one price are two trades.
//! - If more steps go back in time than forward, the file is written last row first and is reversed.
//! - Of what is left, as few rows as possible are refused so that time never goes backwards: one wild time costs one
//!   row, not all that follow.

use std::collections::HashMap;

use mem_types::Timestamp;

use super::row::ImportRow;

/// Rows in order, and what became of the others.
pub(super) struct Arranged<T> {
    pub(super) rows: Vec<T>,
    /// Refused rows: number and reason.
    pub(super) faults: Vec<(u64, String)>,
    /// How many rows were dropped because they repeat another.
    pub(super) duplicates: u64,
    pub(super) reversed: bool,
}

pub(super) fn arrange<T: ImportRow>(mut rows: Vec<(u64, T)>) -> Arranged<T> {
    let mut faults = Vec::new();
    let duplicates = drop_repeated(&mut rows, &mut faults);
    let (mut forward, mut backward) = (0_usize, 0_usize);
    for pair in rows.windows(2) {
        let (before, after) = (pair[0].1.ts_ns(), pair[1].1.ts_ns());
        forward += usize::from(after > before);
        backward += usize::from(after < before);
    }
    let reversed = backward > forward;
    if reversed {
        rows.reverse();
        (forward, backward) = (backward, forward);
    }
    debug_assert!(forward >= backward);
    if backward > 0 {
        refuse_backward(&mut rows, &mut faults);
    }
    Arranged { rows: rows.into_iter().map(|(_, row)| row).collect(), faults, duplicates, reversed }
}

/// Returns how many rows were dropped.
fn drop_repeated<T: ImportRow>(rows: &mut Vec<(u64, T)>, faults: &mut Vec<(u64, String)>) -> u64 {
    if keys_differ_plainly(rows) {
        return 0;
    }
    let mut first_with: HashMap<i64, usize> = HashMap::with_capacity(rows.len());
    let mut keep = vec![true; rows.len()];
    let mut duplicates = 0;
    for index in 0..rows.len() {
        let (number, row) = &rows[index];
        let Some(key) = row.key() else { continue };
        let first = *first_with.entry(key).or_insert(index);
        if first == index {
            continue;
        }
        keep[index] = false;
        if rows[first].1.is_same(row) {
            duplicates += 1;
        } else {
            faults
                .push((*number, format!("contradicts row {}, which has the same {}", rows[first].0, key_name::<T>())));
        }
    }
    let mut keep = keep.into_iter();
    rows.retain(|_| keep.next().unwrap_or(true));
    duplicates
}

fn key_name<T: ImportRow>() -> &'static str {
    if T::KIND.is_daily() { "id" } else { "time" }
}

/// Whether keys rise or fall all the way, or there are none: the common case, told without a map.
fn keys_differ_plainly<T: ImportRow>(rows: &[(u64, T)]) -> bool {
    let key = |row: &(u64, T)| row.1.key();
    let all = |test: &dyn Fn(Option<i64>, Option<i64>) -> bool| {
        rows.windows(2).all(|pair| test(key(&pair[0]), key(&pair[1])))
    };
    all(&|a, b| matches!((a, b), (Some(a), Some(b)) if a < b))
        || all(&|a, b| matches!((a, b), (Some(a), Some(b)) if a > b))
        || rows.iter().all(|row| key(row).is_none())
}

/// Keeps a longest sequence of rows in which time does not go backwards (patience sorting).
///
/// Worked from the last row to the first, so that of two rows that exclude each other the earlier one stays.
fn refuse_backward<T: ImportRow>(rows: &mut Vec<(u64, T)>, faults: &mut Vec<(u64, String)>) {
    // heads[n]: the row that begins a sequence of n + 1 rows at the latest time.
    let mut heads: Vec<usize> = Vec::new();
    let mut next = vec![usize::MAX; rows.len()];
    for (index, (_, row)) in rows.iter().enumerate().rev() {
        let length = heads.partition_point(|head| rows[*head].1.ts_ns() >= row.ts_ns());
        if length > 0 {
            next[index] = heads[length - 1];
        }
        if length == heads.len() { heads.push(index) } else { heads[length] = index }
    }
    let mut keep = vec![false; rows.len()];
    let mut at = heads.last().copied().unwrap_or(usize::MAX);
    while let Some(kept) = keep.get_mut(at) {
        *kept = true;
        at = next[at];
    }
    let mut latest = None;
    for (index, (number, row)) in rows.iter().enumerate() {
        if keep[index] {
            latest = Some(row.ts_ns());
        } else {
            let time = Timestamp::from_nanos(row.ts_ns());
            faults.push((
                *number,
                match latest.filter(|latest| row.ts_ns() < *latest) {
                    Some(latest) => format!("time goes backwards: {time} after {}", Timestamp::from_nanos(latest)),
                    None => format!("time {time} is later than that of the rows that follow"),
                },
            ));
        }
    }
    let mut keep = keep.into_iter();
    rows.retain(|_| keep.next().unwrap_or(true));
}

#[cfg(test)]
mod tests {
    use super::*;
    use mem_types::Bar;
    use proptest::prelude::*;

    fn bar(minute: i64, price: f64) -> Bar {
        let ts = Timestamp::from_nanos(minute * 60_000_000_000);
        Bar { ts, open: price, high: price, low: price, close: price, volume: f64::NAN }
    }

    fn arranged(minutes: &[i64]) -> (Vec<i64>, Vec<u64>, u64, bool) {
        let rows = minutes.iter().zip(1..).map(|(minute, number)| (number, bar(*minute, 1.0))).collect();
        let found = arrange(rows);
        let minutes = found.rows.iter().map(|row| row.ts.as_nanos() / 60_000_000_000).collect();
        (minutes, found.faults.iter().map(|fault| fault.0).collect(), found.duplicates, found.reversed)
    }

    #[test]
    fn order_and_repetition() {
        assert_eq!(arranged(&[1, 2, 3]), (vec![1, 2, 3], vec![], 0, false));
        assert_eq!(arranged(&[3, 2, 1]), (vec![1, 2, 3], vec![], 0, true));
        assert_eq!(arranged(&[1, 2, 99, 3, 4]), (vec![1, 2, 3, 4], vec![3], 0, false));
        assert_eq!(arranged(&[10, 20, 5, 30]), (vec![10, 20, 30], vec![3], 0, false));
        assert_eq!(arranged(&[1, 2, 2, 3, 1]), (vec![1, 2, 3], vec![], 2, false));
        assert_eq!(arranged(&[4, 3, 9, 2, 1]), (vec![1, 2, 3, 4], vec![3], 0, true));
        assert_eq!(arranged(&[]), (vec![], vec![], 0, false));
    }

    #[test]
    fn a_contradiction_is_refused() {
        let found = arrange(vec![(5, bar(1, 1.0)), (6, bar(1, 2.0)), (7, bar(1, 1.0))]);
        assert_eq!((found.rows.len(), found.duplicates), (1, 1));
        assert_eq!(found.faults, [(6, "contradicts row 5, which has the same time".to_owned())]);
    }

    proptest! {
        #[test]
        fn every_row_is_accounted_for(minutes in prop::collection::vec(0i64..30, 0..60)) {
            let (kept, faults, duplicates, _) = arranged(&minutes);
            prop_assert_eq!(kept.len() + faults.len() + duplicates as usize, minutes.len());
            prop_assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
