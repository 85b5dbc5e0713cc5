//! Bars of many sleeves in, common rows out: how many bars of each sleeve are known at every row.

use mem_types::{Timeframe, Timestamp};

use super::{MissingData, Sleeve, list_names};
use crate::error::ResearchError;

/// The rows, and what is known at each.
pub(super) struct Timeline {
    /// What the rows are called, nanoseconds since the Unix epoch.
    pub(super) ts_ns: Vec<i64>,
    /// Shortest timeframe of the sleeves.
    pub(super) shortest: Timeframe,
    /// Bars of each sleeve that have closed by each row.
    known: Vec<Vec<usize>>,
    /// Bars of each sleeve that have closed before the first row.
    before: Vec<usize>,
}

impl Timeline {
    /// Lines sleeves up. Those that take no part add no rows and do not bound the span.
    pub(super) fn of(
        sleeves: &[Sleeve<'_>],
        takes_part: &[bool],
        missing: MissingData,
        notes: &mut Vec<String>,
    ) -> Result<Self, ResearchError> {
        let shortest = sleeves.iter().map(Sleeve::timeframe).min_by_key(|timeframe| timeframe.nanos());
        let shortest = shortest.ok_or(ResearchError::NoSleeves)?;
        let mixed: Vec<_> = sleeves.iter().filter(|sleeve| sleeve.timeframe() != shortest).collect();
        let times: Vec<Vec<i64>> = if mixed.is_empty() {
            sleeves.iter().map(|sleeve| sleeve.ts_ns.to_vec()).collect()
        } else {
            let names = list_names(mixed.iter().map(|sleeve| format!("{} ({})", sleeve.name, sleeve.timeframe())));
            notes.push(format!(
                "Bars differ in length: {names} beside {shortest}. The sleeves are lined up by the ends of their bars."
            ));
            sleeves.iter().map(|sleeve| ends(sleeve, shortest)).collect()
        };
        let taking_part: Vec<usize> = (0..sleeves.len()).filter(|sleeve| takes_part[*sleeve]).collect();
        if missing == MissingData::Fail {
            refuse_differences(sleeves, &times, &taking_part)?;
        }
        let mut rows = union(taking_part.iter().map(|sleeve| times[*sleeve].as_slice()));
        if missing == MissingData::Intersection {
            let (first, last) = common_span(sleeves, &times, &taking_part)?;
            rows.retain(|ts| (first..=last).contains(ts));
            note_bars_outside(sleeves, &times, &taking_part, first, last, notes);
        }
        let first = rows[0];
        let timeline = Self {
            shortest,
            known: times.iter().map(|times| known(times, &rows)).collect(),
            before: times.iter().map(|times| times.partition_point(|ts| *ts < first)).collect(),
            ts_ns: rows,
        };
        timeline.note_gaps(sleeves, &taking_part, notes);
        Ok(timeline)
    }

    /// Bars of a sleeve that have closed by a row.
    pub(super) fn bars_at(&self, sleeve: usize, row: usize) -> usize {
        self.known[sleeve][row]
    }

    /// Bars of a sleeve that have closed before a row.
    pub(super) fn bars_before(&self, sleeve: usize, row: usize) -> usize {
        row.checked_sub(1).map_or(self.before[sleeve], |before| self.known[sleeve][before])
    }

    /// Whether a sleeve closes a bar at a row.
    pub(super) fn has_bar(&self, sleeve: usize, row: usize) -> bool {
        self.bars_at(sleeve, row) > self.bars_before(sleeve, row)
    }

    /// The last rows before `row` at which all of `set` close a bar, latest first, at most `most` of them.
    pub(super) fn joint_rows_before(&self, set: &[usize], row: usize, most: usize) -> Vec<usize> {
        (0..row).rev().filter(|row| set.iter().all(|sleeve| self.has_bar(*sleeve, *row))).take(most).collect()
    }

    /// Says which sleeves lack bars between their first and their last. Longer bars are no gaps.
    fn note_gaps(&self, sleeves: &[Sleeve<'_>], taking_part: &[usize], notes: &mut Vec<String>) {
        let mut gaps = Vec::new();
        for &sleeve in taking_part.iter().filter(|sleeve| sleeves[**sleeve].timeframe() == self.shortest) {
            let bars = &self.known[sleeve];
            let begun = bars.partition_point(|bars| *bars == 0);
            let end = bars.partition_point(|bars| *bars < bars_of(sleeves, sleeve)).saturating_add(1).min(bars.len());
            let missing = (begun..end).filter(|row| !self.has_bar(sleeve, *row)).count();
            if missing > 0 {
                gaps.push(format!("{} ({missing} of {})", sleeves[sleeve].name, end - begun));
            }
        }
        if !gaps.is_empty() {
            let gaps = list_names(gaps.into_iter());
            notes.push(format!("Without a bar at some times: {gaps}. The last value is kept until the next bar."));
        }
    }
}

fn bars_of(sleeves: &[Sleeve<'_>], sleeve: usize) -> usize {
    sleeves[sleeve].ts_ns.len()
}

/// Where bars end, less the shortest bar: with bars of that length alone these are their open times.
fn ends(sleeve: &Sleeve<'_>, shortest: Timeframe) -> Vec<i64> {
    let end = |ts: &i64| sleeve.timeframe().close_of(Timestamp::from_nanos(*ts)).as_nanos();
    sleeve.ts_ns.iter().map(|ts| end(ts).saturating_sub(shortest.nanos())).collect()
}

/// All times that occur in any of the lists, ascending.
fn union<'a>(lists: impl Iterator<Item = &'a [i64]>) -> Vec<i64> {
    let mut all: Vec<i64> = Vec::new();
    for list in lists {
        if all != list {
            // The two halves are in order, which this sort makes use of.
            all.extend_from_slice(list);
            all.sort();
            all.dedup();
        }
    }
    all
}

/// For every row, how many of `times` are not after it.
fn known(times: &[i64], rows: &[i64]) -> Vec<usize> {
    let mut count = 0;
    let mut count_until = |row: &i64| {
        while times.get(count).is_some_and(|ts| ts <= row) {
            count += 1;
        }
        count
    };
    rows.iter().map(&mut count_until).collect()
}

/// First and last time of the span that all cover.
fn common_span(sleeves: &[Sleeve<'_>], times: &[Vec<i64>], taking_part: &[usize]) -> Result<(i64, i64), ResearchError> {
    let first_of = |sleeve: &usize| times[*sleeve][0];
    let last_of = |sleeve: &usize| times[*sleeve][times[*sleeve].len() - 1];
    let latest = taking_part.iter().max_by_key(|sleeve| first_of(sleeve)).ok_or(ResearchError::NoSleeves)?;
    let earliest = taking_part.iter().min_by_key(|sleeve| last_of(sleeve)).ok_or(ResearchError::NoSleeves)?;
    let (first, last) = (first_of(latest), last_of(earliest));
    if first > last {
        let problem = format!(
            "'{}' ends at {} before '{}' begins at {}",
            sleeves[*earliest].name,
            Timestamp::from_nanos(last),
            sleeves[*latest].name,
            Timestamp::from_nanos(first)
        );
        return Err(ResearchError::Timeline { problem });
    }
    Ok((first, last))
}

fn note_bars_outside(
    sleeves: &[Sleeve<'_>],
    times: &[Vec<i64>],
    taking_part: &[usize],
    first: i64,
    last: i64,
    notes: &mut Vec<String>,
) {
    let outside = taking_part.iter().filter_map(|sleeve| {
        let earlier = times[*sleeve].partition_point(|ts| *ts < first);
        let later = times[*sleeve].len() - times[*sleeve].partition_point(|ts| *ts <= last);
        let name = &sleeves[*sleeve].name;
        (earlier + later > 0).then(|| format!("{name} ({earlier} earlier and {later} later bars)"))
    });
    let outside: Vec<String> = outside.collect();
    if !outside.is_empty() {
        notes.push(format!(
            "Only the span that all sleeves cover is used, {} to {}. Left out: {}.",
            Timestamp::from_nanos(first),
            Timestamp::from_nanos(last),
            list_names(outside.into_iter())
        ));
    }
}

/// Whether all have bars at the very same times.
fn refuse_differences(sleeves: &[Sleeve<'_>], times: &[Vec<i64>], taking_part: &[usize]) -> Result<(), ResearchError> {
    let Some((&model, others)) = taking_part.split_first() else { return Ok(()) };
    for &other in others {
        let (one, two) = (&sleeves[model], &sleeves[other]);
        if one.timeframe() != two.timeframe() {
            let (first, second) = (one.timeframe(), two.timeframe());
            let problem = format!("'{}' has bars of {first}, '{}' of {second}", one.name, two.name);
            return Err(ResearchError::Timeline { problem });
        }
        if times[model] == times[other] {
            continue;
        }
        let same = times[model].iter().zip(&times[other]).take_while(|(first, second)| first == second).count();
        let (first, second) = (times[model].get(same), times[other].get(same));
        // The earlier of the two is the one that the other lacks.
        let (lacking, ts) = match (first, second) {
            (Some(first), Some(second)) if first < second => (two, *first),
            (Some(first), None) => (two, *first),
            (_, Some(second)) => (one, *second),
            (None, None) => continue,
        };
        let having = if lacking.name == one.name { two } else { one };
        let ts = Timestamp::from_nanos(ts);
        let problem = format!("'{}' has no bar at {ts} where '{}' has one", lacking.name, having.name);
        return Err(ResearchError::Timeline { problem });
    }
    Ok(())
}
