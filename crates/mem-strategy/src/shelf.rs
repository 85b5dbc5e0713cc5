//! Indicator columns that many candidates of one search look at.
//!
//! What comes in: the bars that all of them decide on. What goes out: columns, each computed once. The shelf holds no
//! more than it was allowed to, so that a search takes the same memory however many candidates it has; what does not fit
//! is computed anew by whoever needs it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use mem_types::BarsRef;

/// By name and period.
type Columns = HashMap<(String, usize), Arc<Vec<f64>>>;

/// Columns over the bars of one series.
#[derive(Debug)]
pub struct Shelf<'a> {
    bars: BarsRef<'a>,
    /// Bytes that may still be taken.
    room: AtomicUsize,
    columns: RwLock<Columns>,
}

impl<'a> Shelf<'a> {
    /// An empty shelf that takes columns up to so many bytes.
    pub fn new(bars: BarsRef<'a>, bytes: usize) -> Self {
        Self { bars, room: AtomicUsize::new(bytes), columns: RwLock::default() }
    }

    /// The bars that all columns belong to.
    pub fn bars(&self) -> BarsRef<'a> {
        self.bars
    }

    /// The column of that name and period, made by `make` if it is not there yet; `None` if it is not and there is no
    /// room. Two who ask at once may both make it: the columns are equal.
    pub(crate) fn column(&self, name: &str, period: usize, make: impl FnOnce() -> Vec<f64>) -> Option<Arc<Vec<f64>>> {
        let key = (name.to_owned(), period);
        let known = self.columns.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if known.is_some() {
            return known;
        }
        let bytes = self.bars.len() * size_of::<f64>();
        let taken = |room: usize| room.checked_sub(bytes);
        self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).ok()?;
        let made = Arc::new(make());
        let mut columns = self.columns.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = columns.get(&key) {
            self.room.fetch_add(bytes, Ordering::Relaxed);
            return Some(Arc::clone(other));
        }
        columns.insert(key, Arc::clone(&made));
        Some(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mem_types::{Bar, Bars, Timestamp};

    #[test]
    fn a_column_is_made_once_and_never_beyond_the_room() {
        let bar = |i| Bar { ts: Timestamp::from_nanos(i), open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 1.0 };
        let bars = Bars::from_bars((0..10).map(bar)).unwrap();
        let shelf = Shelf::new(bars.view(), 160);
        let made = std::cell::Cell::new(0);
        let ask = |period| {
            shelf.column("sma", period, || {
                made.set(made.get() + 1);
                vec![period as f64; 10]
            })
        };
        for period in [2, 3, 2, 3] {
            assert_eq!(ask(period).unwrap()[0], period as f64);
        }
        assert_eq!(made.get(), 2);
        assert_eq!(ask(4), None);
        assert_eq!(made.get(), 2);
    }
}
