//! Bars in, labels out as they become known.

use mem_indicators::StdDev;
use mem_types::{Bar, BarsRef, PositionSide, Timeframe, Timestamp};

use super::Label;
use super::barrier::BarrierLabels;
use super::definition::{LabelDef, LabelError};
use super::horizon::HorizonLabels;
use super::regime::RegimeLabels;
use super::trend_scan::TrendScanLabels;

/// Labels of one kind in the middle of a series.
#[derive(Debug)]
pub struct Labeler {
    timeframe: Timeframe,
    rows: usize,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Horizon(HorizonLabels),
    Barrier(BarrierLabels),
    Regime(RegimeLabels),
    TrendScan(TrendScanLabels),
}

/// A closed bar and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) row: usize,
    pub(super) at: Timestamp,
    pub(super) bar: Bar,
}

impl Moment {
    /// The label of the decision at `self` that is settled at `end`, where the price was `price`.
    pub(super) fn label(&self, end: &Self, class: i32, value: f64, price: f64) -> Label {
        let log_return = libm::log(price / self.bar.close);
        Label { row: self.row, end: end.row, t0: self.at, t1: end.at, class, value, log_return }
    }
}

/// Sample standard deviation of the last logarithmic returns; NaN until there are enough.
#[derive(Debug)]
pub(super) struct Volatility {
    deviation: StdDev,
    last: Option<f64>,
}

impl Volatility {
    pub(super) fn new(bars: usize) -> Self {
        Self { deviation: StdDev::new(bars, 1), last: None }
    }

    pub(super) fn push(&mut self, close: f64) -> f64 {
        let last = self.last.replace(close);
        last.map_or(f64::NAN, |last| self.deviation.push(libm::log(close / last)))
    }
}

impl Labeler {
    /// Labels of bars that last a `timeframe`, before the first.
    ///
    /// # Errors
    /// A definition whose numbers are out of range.
    pub fn new(def: LabelDef, timeframe: Timeframe) -> Result<Self, LabelError> {
        def.check()?;
        let kind = match def {
            LabelDef::Horizon { bars, dead_band } => Kind::Horizon(HorizonLabels::new(bars, dead_band)),
            LabelDef::TripleBarrier(barriers) => Kind::Barrier(BarrierLabels::new(barriers, None)),
            LabelDef::Meta { barriers, min_return } => Kind::Barrier(BarrierLabels::new(barriers, Some(min_return))),
            LabelDef::Regime { bars, volatility_bars, volatile, trend } => {
                Kind::Regime(RegimeLabels::new(bars, volatility_bars, volatile, trend))
            }
            LabelDef::TrendScan { shortest, longest, min_t } => {
                Kind::TrendScan(TrendScanLabels::new(shortest, longest, min_t))
            }
        };
        Ok(Self { timeframe, rows: 0, kind })
    }

    /// Takes the next closed bar, later than the one before, with the decision of the primary strategy at its close (only meta-labels
    /// read it), and appends to `known` the labels that are known at this close, in order of their bars.
    pub fn push(&mut self, bar: &Bar, side: Option<PositionSide>, known: &mut Vec<Label>) {
        let now = Moment { row: self.rows, at: self.timeframe.close_of(bar.ts), bar: *bar };
        self.rows += 1;
        match &mut self.kind {
            Kind::Horizon(labels) => labels.push(now, known),
            Kind::Barrier(labels) => labels.push(now, side, known),
            Kind::Regime(labels) => labels.push(now, known),
            Kind::TrendScan(labels) => labels.push(now, known),
        }
    }

    /// All labels of `bars` that are known at their end, in order of their bars. `sides` are the decisions of the primary strategy, one
    /// a bar; empty where there is none.
    ///
    /// # Errors
    /// A definition whose numbers are out of range, or not as many sides as bars.
    pub fn batch(
        def: LabelDef,
        bars: BarsRef<'_>,
        timeframe: Timeframe,
        sides: &[Option<PositionSide>],
    ) -> Result<Vec<Label>, LabelError> {
        if !sides.is_empty() && sides.len() != bars.len() {
            return Err(LabelError::Sides { sides: sides.len(), bars: bars.len() });
        }
        let mut labeler = Self::new(def, timeframe)?;
        let mut labels = Vec::new();
        for (row, bar) in bars.iter().enumerate() {
            labeler.push(&bar, sides.get(row).copied().flatten(), &mut labels);
        }
        labels.sort_by_key(|label| label.row);
        Ok(labels)
    }
}
