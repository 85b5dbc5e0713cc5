//! What can be wrong with what comes in.

/// Why something was not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MonitorError {
    /// A number that is none.
    #[error("{field} is {value}: expected a finite number")]
    NotFinite {
        /// Which.
        field: &'static str,
        /// What it is.
        value: f64,
    },
    /// No alert of this number is active.
    #[error("no active alert has the number {0}")]
    NoActiveAlert(u64),
    /// No price alert of this number exists.
    #[error("no price alert has the number {0}")]
    NoPriceAlert(u64),
    /// There are as many price alerts as there may be.
    #[error("there are {0} price alerts already: remove one first")]
    TooManyPriceAlerts(usize),
    /// A price at which nothing can trade.
    #[error("price is {0}: expected a finite number above 0")]
    NoPrice(f64),
    /// A text that is too long to be kept.
    #[error("{field} has {length} characters: expected at most {most}")]
    TooLong {
        /// Which.
        field: &'static str,
        /// How many it has.
        length: usize,
        /// How many it may have.
        most: usize,
    },
}
