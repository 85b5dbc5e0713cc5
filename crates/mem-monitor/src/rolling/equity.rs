//! Equity, one summary a minute, from which the drawdown of what was fed can be told exactly.

use std::collections::VecDeque;

use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

const NANOS_PER_MINUTE: i64 = 60_000_000_000;

/// All values of one minute. Summaries join without loss: the deepest fall over two of them is the deepest within either, or
/// from the high of the first to the low of the second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Minute {
    /// Minutes since 1970.
    number: i64,
    high: f64,
    low: f64,
    last: f64,
    /// The deepest fall within the minute, as a part of the high before it.
    deepest: f64,
}

/// Drawdown over a window, in percent of the peak.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Drawdown {
    pub deepest: f64,
    pub current: f64,
    /// The window reaches further back than what is remembered.
    pub cut: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct EquityHistory {
    minutes: VecDeque<Minute>,
    most: usize,
    newest: Option<Timestamp>,
    forgotten: bool,
}

impl EquityHistory {
    /// Remembers one summary a minute for `span` nanoseconds and the one that stood before, at least a day.
    pub(super) fn new(span: i64) -> Self {
        let minutes = span.max(24 * 60 * NANOS_PER_MINUTE) / NANOS_PER_MINUTE;
        let most = usize::try_from(minutes).unwrap_or(usize::MAX).saturating_add(2);
        Self { minutes: VecDeque::new(), most, newest: None, forgotten: false }
    }

    pub(super) fn newest(&self) -> Timestamp {
        self.newest.unwrap_or(Timestamp::from_nanos(i64::MIN))
    }

    pub(super) fn push(&mut self, at: Timestamp, value: f64) {
        let at = at.max(self.newest());
        self.newest = Some(at);
        let number = at.as_nanos().div_euclid(NANOS_PER_MINUTE);
        match self.minutes.back_mut() {
            Some(minute) if minute.number == number => {
                minute.deepest = minute.deepest.max(fall(minute.high, value));
                minute.high = minute.high.max(value);
                minute.low = minute.low.min(value);
                minute.last = value;
            }
            _ => self.minutes.push_back(Minute { number, high: value, low: value, last: value, deepest: 0.0 }),
        }
        if self.minutes.len() > self.most {
            self.minutes.pop_front();
            self.forgotten = true;
        }
    }

    /// The drawdown from `start` on. The value that stood as the window opened counts; the minute in which it opens counts whole.
    pub(super) fn since(&self, start: Timestamp) -> Option<Drawdown> {
        let number = start.as_nanos().div_euclid(NANOS_PER_MINUTE);
        let first = self.minutes.partition_point(|minute| minute.number < number);
        let standing = first.checked_sub(1).and_then(|before| self.minutes.get(before)).map(|minute| minute.last);
        let last = self.minutes.back()?.last;
        let mut peak = standing.unwrap_or(f64::NEG_INFINITY);
        let mut deepest: f64 = 0.0;
        for minute in self.minutes.range(first..) {
            deepest = deepest.max(minute.deepest).max(fall(peak, minute.low));
            peak = peak.max(minute.high);
        }
        let cut = self.forgotten && standing.is_none();
        Some(Drawdown { deepest: deepest * 100.0, current: fall(peak, last) * 100.0, cut })
    }
}

/// How far `value` lies below `peak`, as a part of it. A peak of zero or less has no fall.
pub(super) fn fall(peak: f64, value: f64) -> f64 {
    if peak > 0.0 { ((peak - value) / peak).max(0.0) } else { 0.0 }
}
