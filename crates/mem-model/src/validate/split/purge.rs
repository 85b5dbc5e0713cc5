//! Rows that have nothing in common with a test.

use std::ops::Range;
use std::time::Duration;

use mem_types::Timestamp;

use super::Span;

/// The rows that may train beside the `tests`, stretches of neighbouring rows.
///
/// Left out are the rows of the tests; rows whose label is not known when the first decision of a stretch falls, and that decide before
/// the last label of the stretch is known; and rows that decide within `embargo` after that.
pub(super) fn train_rows(spans: &[Span], tests: &[Range<usize>], embargo: Duration) -> Vec<usize> {
    let embargo_ns = i64::try_from(embargo.as_nanos()).unwrap_or(i64::MAX);
    let blocked: Vec<(Timestamp, Timestamp)> = tests
        .iter()
        .filter_map(|test| {
            let spans = &spans[test.clone()];
            let last = spans.iter().map(|span| span.t1).max()?;
            Some((spans.first()?.t0, Timestamp::from_nanos(last.as_nanos().saturating_add(embargo_ns))))
        })
        .collect();
    let apart = |span: &Span| blocked.iter().all(|(start, end)| span.t1 <= *start || span.t0 >= *end);
    let tested = |row: &usize| tests.iter().any(|test| test.contains(row));
    (0..spans.len()).filter(|row| !tested(row) && apart(&spans[*row])).collect()
}
