//! What happens in a running engine, for whoever watches: pages, tests.
//!
//! Nothing here holds the loop up: a watcher that is too slow misses the oldest, and is told how many; without a watcher nothing is
//! even put together. Bars are kept rather than told, so that nobody can miss one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mem_feed::feed::Item;
use mem_types::{Bar, BarSpec, Symbol};
use tokio::sync::broadcast;

use super::board::Board;
use crate::core::{Engine, EngineConfig, Output};

/// Things that may wait for a watcher.
const WAITING: usize = 8_192;
/// Closed bars of each market that are kept.
pub const BARS: usize = 500;

/// Something that has happened.
#[derive(Debug, Clone)]
pub enum Happening {
    /// The feed has brought these, each with its market; the loop may not have taken them yet.
    Market(Arc<[(u16, Item)]>),
    /// The loop has said this, and it is on record.
    Said(Arc<Vec<Output>>),
    /// How everything stands: at least five times a second, and whenever something that matters has changed.
    Board(Arc<Board>),
}

/// Bars of a market as its strategy sees them.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Whose.
    pub symbol: Symbol,
    /// Of which kind.
    pub spec: BarSpec,
    /// Bars that have closed so far.
    pub total: u64,
    /// The bar that still grows.
    pub open: Option<Bar>,
    closed: VecDeque<Bar>,
}

impl Chart {
    /// The newest closed bars, oldest first: those after the first `seen` of all.
    pub fn since(&self, seen: u64) -> impl Iterator<Item = &Bar> {
        let new = usize::try_from(self.total.saturating_sub(seen)).unwrap_or(usize::MAX);
        self.closed.iter().skip(self.closed.len().saturating_sub(new))
    }

    fn push(&mut self, bar: Bar) {
        if self.closed.len() == BARS {
            self.closed.pop_front();
        }
        self.closed.push_back(bar);
        self.total += 1;
    }
}

/// The bars of a session.
#[derive(Debug, Default)]
pub struct Charts {
    /// Counts the sessions that have begun; 0 before the first.
    pub session: u64,
    /// Its name.
    pub name: String,
    /// One a market, in the order of the configuration.
    pub markets: Vec<Chart>,
}

/// Where a running engine tells what happens. Clones are of one and the same.
#[derive(Debug, Clone)]
pub struct Tap {
    told: broadcast::Sender<Happening>,
    charts: Arc<Mutex<Charts>>,
}

impl Default for Tap {
    fn default() -> Self {
        Self { told: broadcast::channel(WAITING).0, charts: Arc::default() }
    }
}

impl Tap {
    /// Everything from now on.
    pub fn watch(&self) -> broadcast::Receiver<Happening> {
        self.told.subscribe()
    }

    /// The bars of the session that runs. The loop waits meanwhile: copy and go.
    pub fn charts(&self) -> MutexGuard<'_, Charts> {
        self.charts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anybody watches.
    pub(super) fn is_watched(&self) -> bool {
        self.told.receiver_count() > 0
    }

    /// Tells whoever watches.
    pub(super) fn tell(&self, what: impl FnOnce() -> Happening) {
        if self.is_watched() {
            // Whoever watched may have gone this moment.
            let _ = self.told.send(what());
        }
    }

    /// A session begins with these bars.
    pub(super) fn begin(&self, config: &EngineConfig, past: &[Vec<Bar>]) {
        let charts = config.lanes.iter().zip(past).map(|(lane, bars)| {
            let mut chart = Chart {
                symbol: lane.instrument.symbol.clone(),
                spec: lane.bars,
                total: 0,
                open: None,
                closed: VecDeque::with_capacity(BARS),
            };
            bars.iter().for_each(|bar| chart.push(*bar));
            chart
        });
        let markets = charts.collect();
        let mut kept = self.charts();
        *kept = Charts { session: kept.session + 1, name: config.session.clone(), markets };
    }

    /// A bar may have closed.
    #[inline]
    pub(super) fn follow(&self, engine: &Engine, market: u16, seen: &mut u64) {
        if engine.bars_closed(market) == *seen {
            return;
        }
        *seen = engine.bars_closed(market);
        if let (Some(chart), Some(bar)) =
            (self.charts().markets.get_mut(usize::from(market)), engine.newest_bar(market))
        {
            chart.push(*bar);
        }
    }

    /// The bars that still grow, as they stand.
    pub(super) fn grow(&self, engine: &Engine) {
        if self.is_watched() {
            for (market, chart) in (0..).zip(self.charts().markets.iter_mut()) {
                chart.open = engine.open_bar(market);
            }
        }
    }
}
