//! Bars in, labels out once their future has arrived: what a model is to learn to foresee.
//!
//! A label belongs to the bar at whose close the decision falls (`t0`) and is known at the close of the bar that settles it (`t1`), never
//! earlier; what the end of the data leaves unsettled is absent. A [`Labeler`] gives labels as they become known; [`Labeler::batch`] gives
//! the same ones in order of their bars.
//!
//! Modules in reading order: `definition` (what is asked for), `labeler` (bars in), `horizon`, `barrier`, `regime` and `trend_scan` (the
//! kinds), [`weight`] (how much each label counts).

mod barrier;
mod definition;
mod horizon;
mod labeler;
mod regime;
mod trend_scan;
pub mod weight;

use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

pub use definition::{Barriers, LabelDef, LabelError, Vertical};
pub use labeler::Labeler;

/// What became of one bar.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Label {
    /// Position of the bar at whose close the decision falls.
    pub row: usize,
    /// Position of the bar at whose close the label is known.
    pub end: usize,
    /// When the decision falls.
    pub t0: Timestamp,
    /// When the label is known.
    pub t1: Timestamp,
    /// The class; what classes there are, is said by the kind of label.
    pub class: i32,
    /// The number behind the class; which, is said by the kind of label.
    pub value: f64,
    /// Logarithmic return of the price from the decision to where the label was decided; not turned round for short decisions.
    pub log_return: f64,
}
