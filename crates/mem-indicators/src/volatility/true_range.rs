//! The true range of a bar.

/// The largest of high - low, |high - last close| and |low - last close|.
#[inline(always)]
pub(crate) fn true_range(high: f64, low: f64, last_close: f64) -> f64 {
    // The larger of the two ends less the smaller, which is the same thing.
    let top = if high > last_close { high } else { last_close };
    let bottom = if low < last_close { low } else { last_close };
    top - bottom
}
