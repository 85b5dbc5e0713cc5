//! One strategy over many symbols, and the portfolio of its accounts.
//!
//! What comes in: a finished [`Run`], the candles it was tested on, a [`PortfolioConfig`]. What goes out: a
//! [`PortfolioRun`]. A symbol that could not be tested takes no part, and the notes say so: its share goes to the
//! others.

use mem_types::PositionSide;

use crate::error::ResearchError;
use crate::portfolio::{PortfolioConfig, PortfolioResult, Sleeve, combine};
use crate::run::{Run, SeriesSource, Tested, content_id};

/// A portfolio and the run behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct PortfolioRun {
    /// First 12 hexadecimal digits of the SHA-256 of what determines the results.
    pub id: String,
    /// The test of every symbol on its own.
    pub run: Run,
    /// What came of them together.
    pub result: PortfolioResult,
}

impl PortfolioRun {
    /// Combines the accounts of a run.
    ///
    /// # Errors
    /// If the run was stopped early or nothing was tested, candles cannot be read, or as [`combine`].
    pub fn new(run: Run, config: &PortfolioConfig, source: &dyn SeriesSource) -> Result<Self, ResearchError> {
        if run.partial {
            return Err(ResearchError::Unfinished { run: run.id });
        }
        let mut loaded = Vec::new();
        for (key, tested) in run.tested() {
            let bars = source.load(key, run.config.from, run.config.to)?;
            loaded.push((key, tested, bars, positions(tested)));
        }
        if loaded.is_empty() {
            return Err(ResearchError::NoSeries);
        }
        let several_venues = loaded.iter().any(|one| one.0.venue != loaded[0].0.venue);
        let sleeves: Vec<Sleeve<'_>> = loaded
            .iter()
            .map(|(key, tested, bars, positions)| Sleeve {
                name: if several_venues { format!("{}/{}", key.venue, key.symbol) } else { key.symbol.to_string() },
                key: (*key).clone(),
                ts_ns: &tested.ts_ns,
                close: bars.view().close,
                equity: &tested.equity,
                initial_capital: run.config.sim.initial_capital,
                positions,
            })
            .collect();
        let mut result = combine(&sleeves, config)?;
        for series in &run.series {
            if let Some(reason) = series.outcome.failure() {
                result.notes.push(format!("{} takes no part: {reason}", series.key));
            }
        }
        let id = Self::content_id(&run, config);
        Ok(Self { id, run, result })
    }

    /// The id of a portfolio: the run, and how it was combined.
    pub(crate) fn content_id(run: &Run, config: &PortfolioConfig) -> String {
        content_id(&("portfolio", &run.id, config))
    }
}

/// The position at every bar's close, run-length coded, as the trades tell it.
fn positions(tested: &Tested) -> Vec<(usize, f64)> {
    let signed = |side: PositionSide, size: f64| match side {
        PositionSide::Long => size,
        PositionSide::Short => -size,
    };
    let mut changes: Vec<(usize, f64)> = Vec::new();
    let mut set = |bar: usize, quantity: f64| match changes.last_mut() {
        // What changes twice in a bar is at its close what it was last.
        Some(last) if last.0 == bar => last.1 = quantity,
        _ => changes.push((bar, quantity)),
    };
    for trade in &tested.trades {
        set(trade.entry_bar, signed(trade.side, trade.size));
        set(trade.exit_bar, 0.0);
    }
    if let Some(open) = &tested.summary.open_position {
        set(open.entry_bar, signed(open.side, open.size));
    }
    changes
}
