//! Rows of features, bar by bar or many at once.

use std::collections::BTreeMap;

use mem_types::{Bar, Bars, BarsRef, Timeframe, Timestamp};

use super::FeatureError;
use super::join::Score;
use super::plan::{BAR_SLOTS, Leaf, Plan};
use super::set::FeatureSet;
use crate::table::Table;

/// Bars computed at once: their columns stay in the processor's cache.
const CHUNK: usize = 256;

/// Series beside the bars of the symbol itself. What a set asks for and is not given here is undefined.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Bars of other symbols by their role, with their timeframe.
    pub references: BTreeMap<String, (Bars, Timeframe)>,
    /// Scores by the name of their series, in order of the time at which they were known.
    pub sentiments: BTreeMap<String, Vec<Score>>,
}

/// Rows of features and when they were known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeatureTable {
    /// When each row was known: the close of its bar.
    pub known_at: Vec<Timestamp>,
    /// The rows; NaN where undefined.
    pub table: Table,
}

/// A feature set in the middle of a series.
///
/// However bars are cut into calls of [`push`](FeatureStream::push) and [`extend`](FeatureStream::extend), the rows have the same bits.
/// Bars of other symbols and scores are offered before the row that they may bear on; those that were known later than a row wait for
/// their turn, so it does no harm to offer all at the start. What arrives too late for its row is refused: a score may be offered again
/// with the time at which it really was known.
#[derive(Debug)]
pub struct FeatureStream {
    timeframe: Timeframe,
    plan: Plan,
    names: Vec<String>,
    values: Vec<f64>,
    last: Option<Timestamp>,
}

impl FeatureStream {
    /// `set` before the first bar, of bars that last a `timeframe`.
    ///
    /// # Errors
    /// A set that cannot be computed.
    pub fn new(set: &FeatureSet, timeframe: Timeframe) -> Result<Self, FeatureError> {
        let plan = Plan::new(set, timeframe)?;
        let values = vec![f64::NAN; plan.slots];
        Ok(Self { timeframe, plan, names: set.names(), values, last: None })
    }

    /// Rows of all `bars`.
    ///
    /// # Errors
    /// A set that cannot be computed, or scores out of order.
    pub fn batch(
        set: &FeatureSet,
        bars: BarsRef<'_>,
        timeframe: Timeframe,
        sources: &Sources,
    ) -> Result<FeatureTable, FeatureError> {
        let mut stream = Self::new(set, timeframe)?;
        stream.offer(sources)?;
        stream.extend(bars)
    }

    /// Offers whole series.
    ///
    /// # Errors
    /// As [`FeatureStream::offer_reference`] and [`FeatureStream::offer_score`].
    pub fn offer(&mut self, sources: &Sources) -> Result<(), FeatureError> {
        for (role, (bars, timeframe)) in &sources.references {
            bars.view().iter().try_for_each(|bar| self.offer_reference(role, &bar, *timeframe))?;
        }
        for (source, scores) in &sources.sentiments {
            scores.iter().try_for_each(|score| self.offer_score(source, *score))?;
        }
        Ok(())
    }

    /// Offers a closed bar of the symbol in `role`; one that the set does not read is let go.
    ///
    /// # Errors
    /// A bar that closed before one that was offered earlier, or in time for a row that has been given out.
    pub fn offer_reference(&mut self, role: &str, bar: &Bar, timeframe: Timeframe) -> Result<(), FeatureError> {
        self.check_in_time(role, timeframe.close_of(bar.ts))?;
        let mut same = self.plan.references.iter_mut().filter(|reference| reference.role() == role);
        same.try_for_each(|reference| reference.offer(bar, timeframe))
    }

    /// Offers a score of the series `source`; one that the set does not read is let go.
    ///
    /// # Errors
    /// A score that is no number, was known before one that was offered earlier, or in time for a row that has been given out.
    pub fn offer_score(&mut self, source: &str, score: Score) -> Result<(), FeatureError> {
        self.check_in_time(source, score.known_at)?;
        let mut same = self.plan.sentiments.iter_mut().filter(|sentiment| sentiment.source() == source);
        same.try_for_each(|sentiment| sentiment.offer(score))
    }

    /// The earliest time at which a score of the series `source` may have been known to be offered now: after the last row, and not before
    /// the score that was offered last.
    pub fn earliest_score(&self, source: &str) -> Timestamp {
        let after_row = self.last.map(|row| Timestamp::from_nanos(row.as_nanos().saturating_add(1)));
        let same = self.plan.sentiments.iter().filter(|sentiment| sentiment.source() == source);
        let last = same.filter_map(super::join::Sentiment::last).max();
        after_row.max(last).unwrap_or(Timestamp::from_nanos(i64::MIN))
    }

    fn check_in_time(&self, what: &str, at: Timestamp) -> Result<(), FeatureError> {
        match self.last {
            Some(row) if at <= row => Err(FeatureError::Late { what: what.to_owned(), at, row }),
            _ => Ok(()),
        }
    }

    /// Takes the next closed bar, puts its row into `row`, which is emptied first, and says when that was known: at its close.
    ///
    /// # Errors
    /// A bar that closes no later than the one before it.
    pub fn push(&mut self, bar: &Bar, row: &mut Vec<f64>) -> Result<Timestamp, FeatureError> {
        let now = self.next(bar.ts)?;
        let (plan, values) = (&mut self.plan, &mut self.values);
        values[..BAR_SLOTS].copy_from_slice(&[bar.open, bar.high, bar.low, bar.close, bar.volume]);
        for block in &mut plan.blocks {
            let outputs = block.first..block.first + block.outputs();
            block.indicator.update(bar, &mut values[outputs]);
        }
        plan.advance(now);
        for (slot, leaf) in &plan.leaves {
            values[*slot] = plan.value(leaf, now);
        }
        for step in &mut plan.steps {
            let [x, y] = step.inputs.map(|slot| values[slot]);
            values[step.slot] = step.machine.push(x, y);
        }
        row.clear();
        row.extend(plan.features.iter().map(|slot| defined(values[*slot])));
        Ok(now)
    }

    /// Takes the next closed bars at once.
    ///
    /// # Errors
    /// A first bar that closes no later than the one before it.
    pub fn extend(&mut self, bars: BarsRef<'_>) -> Result<FeatureTable, FeatureError> {
        let mut known_at = Vec::with_capacity(bars.len());
        let mut columns: Vec<Vec<f64>> = self.names.iter().map(|_| Vec::with_capacity(bars.len())).collect();
        let mut values = vec![f64::NAN; self.plan.slots * CHUNK];
        for start in (0..bars.len()).step_by(CHUNK) {
            let chunk = bars.slice(start..bars.len().min(start + CHUNK));
            for ts in chunk.ts_ns {
                known_at.push(self.next(Timestamp::from_nanos(*ts))?);
            }
            self.plan.compute(chunk, &known_at[start..], &mut values);
            for (column, slot) in columns.iter_mut().zip(&self.plan.features) {
                column.extend(values[slot * CHUNK..][..chunk.len()].iter().map(|value| defined(*value)));
            }
        }
        let table = Table::new(self.names.clone(), columns).expect("names are distinct and columns equally long");
        Ok(FeatureTable { known_at, table })
    }

    /// When the row of the bar that opens at `ts` is known.
    fn next(&mut self, ts: Timestamp) -> Result<Timestamp, FeatureError> {
        let now = self.timeframe.close_of(ts);
        if let Some(last) = self.last.filter(|last| now <= *last) {
            return Err(FeatureError::OutOfOrder { what: "a bar".to_owned(), at: now, last });
        }
        self.last = Some(now);
        Ok(now)
    }
}

/// One NaN for all that is undefined, whatever its bits.
fn defined(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { value }
}

impl Plan {
    /// Takes what was known of other series at `now`.
    fn advance(&mut self, now: Timestamp) {
        self.references.iter_mut().for_each(|reference| reference.advance(now));
        self.sentiments.iter_mut().for_each(|sentiment| sentiment.advance(now));
    }

    fn value(&self, leaf: &Leaf, now: Timestamp) -> f64 {
        match leaf {
            Leaf::Reference(at, column, max_age_ns) => self.references[*at].value(*column, *max_age_ns, now),
            Leaf::Sentiment(at, measure) => self.sentiments[*at].value(*measure, now),
            Leaf::Calendar(part) => part.at(now),
        }
    }

    /// Slots of a chunk of bars: the slot's values lie from `slot * CHUNK` on.
    fn compute(&mut self, bars: BarsRef<'_>, known_at: &[Timestamp], values: &mut [f64]) {
        let count = bars.len();
        for (slot, column) in [bars.open, bars.high, bars.low, bars.close, bars.volume].into_iter().enumerate() {
            values[slot * CHUNK..][..count].copy_from_slice(column);
        }
        for block in &mut self.blocks {
            let room = &mut values[block.first * CHUNK..][..block.outputs() * CHUNK];
            let mut outputs: Vec<&mut [f64]> = room.chunks_mut(CHUNK).map(|column| &mut column[..count]).collect();
            block.indicator.update_many(bars, &mut outputs);
        }
        for (at, now) in known_at.iter().enumerate() {
            self.advance(*now);
            for (slot, leaf) in &self.leaves {
                values[slot * CHUNK + at] = self.value(leaf, *now);
            }
        }
        for step in &mut self.steps {
            let (before, out) = values.split_at_mut(step.slot * CHUNK);
            let [x, y] = step.inputs.map(|slot| &before[slot * CHUNK..][..count]);
            step.machine.extend(x, y, &mut out[..count]);
        }
    }
}
