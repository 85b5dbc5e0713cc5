//! Combinatorial purged cross-validation: many histories out of one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::purge::train_rows;
use super::{Fold, Span, SplitError, check_count, check_order, parts};

/// Most splits; a typing mistake is refused, not computed.
const MAX_SPLITS: usize = 100_000;

/// One of the splits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CombinatorialSplit {
    /// Rows that train and test.
    pub fold: Fold,
    /// The groups that are tested, in order.
    pub groups: Vec<usize>,
}

/// All splits of rows in N groups of which k are tested, and how the tests join to whole histories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Combinatorial {
    /// The rows of each group, from the first to before the second number.
    pub groups: Vec<(usize, usize)>,
    /// One for each choice of k groups: N over k.
    pub splits: Vec<CombinatorialSplit>,
    /// Histories: for each, the split in which each group is tested. There are k / N times as many as splits, and every test of every
    /// split is part of exactly one.
    pub paths: Vec<Vec<usize>>,
}

/// All ways to test `tested` of `groups` stretches of neighbouring rows, purged and with `embargo` around every stretch that is tested
/// (López de Prado, Advances in Financial Machine Learning, 2018, section 12.4).
///
/// # Errors
/// Rows out of order, numbers that do not fit the number of rows, too many splits, or a split without a row to train on.
pub fn combinatorial(
    spans: &[Span],
    groups: usize,
    tested: usize,
    embargo: Duration,
) -> Result<Combinatorial, SplitError> {
    check_order(spans)?;
    check_count("number of groups", groups, 2, spans.len())?;
    check_count("number of tested groups", tested, 1, groups - 1)?;
    let stretches = parts(0..spans.len(), groups);
    let choices = choices(groups, tested).ok_or_else(|| SplitError::OutOfRange {
        what: "number of groups",
        found: groups,
        expected: format!("one with at most {MAX_SPLITS} choices of {tested}"),
    })?;
    let splits = choices.into_iter().enumerate().map(|(index, groups)| {
        let tests: Vec<_> = groups.iter().map(|group| stretches[*group].clone()).collect();
        let train = train_rows(spans, &tests, embargo);
        if train.is_empty() {
            return Err(SplitError::NothingToTrainOn(index));
        }
        Ok(CombinatorialSplit { fold: Fold { train, test: tests.into_iter().flatten().collect() }, groups })
    });
    let splits = splits.collect::<Result<Vec<_>, _>>()?;
    let paths = paths(&splits, groups);
    Ok(Combinatorial { groups: stretches.into_iter().map(|rows| (rows.start, rows.end)).collect(), splits, paths })
}

/// All choices of `k` of `n` numbers, in the order of a dictionary; `None` if there are too many.
pub(crate) fn choices(n: usize, k: usize) -> Option<Vec<Vec<usize>>> {
    let mut all = Vec::new();
    let mut choice: Vec<usize> = (0..k).collect();
    loop {
        all.push(choice.clone());
        if all.len() > MAX_SPLITS {
            return None;
        }
        // The last number that can still grow.
        let Some(place) = (0..k).rev().find(|place| choice[*place] < n - k + place) else { return Some(all) };
        choice[place] += 1;
        for after in place + 1..k {
            choice[after] = choice[after - 1] + 1;
        }
    }
}

/// The n-th path takes of each group the n-th split that tests it.
fn paths(splits: &[CombinatorialSplit], groups: usize) -> Vec<Vec<usize>> {
    let testing = |group: usize| -> Vec<usize> {
        (0..splits.len()).filter(|split| splits[*split].groups.contains(&group)).collect()
    };
    let tests: Vec<Vec<usize>> = (0..groups).map(testing).collect();
    (0..tests[0].len()).map(|path| tests.iter().map(|of_group| of_group[path]).collect()).collect()
}
