//! Whether something of the future got in: by the code of a feature, or by data that bears a wrong time.

use mem_model::feature::{FeatureSet, FeatureStream, FeatureTable, Sources};
use mem_model::label::Label;
use mem_model::table::Table;
use mem_model::validate::leak::{Suspect, Suspicion, check_features, suspicious_features};
use mem_types::{BarsRef, SeriesKey, Timeframe, Timestamp};
use serde::Serialize;

use crate::error::ResearchError;

/// The newest rows of each series are looked at, so many at most.
const LOOKED_AT: usize = 5_000;

/// A feature of a series that knows its labels better than is honest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suspected {
    /// Which series.
    pub series: SeriesKey,
    /// Which feature, and how well it knows them.
    #[serde(flatten)]
    pub feature: Suspect,
}

/// Computes the features once more on data that ends after a third and two thirds of the bars: every row up to there must be the same, to the bit.
///
/// # Errors
/// The first row that is not.
pub(super) fn refuse(
    set: &FeatureSet,
    bars: BarsRef<'_>,
    timeframe: Timeframe,
    sources: &Sources,
    whole: &FeatureTable,
) -> Result<(), ResearchError> {
    let rows = whole.known_at.len();
    let cuts: Vec<Timestamp> =
        [rows / 3, rows * 2 / 3].iter().filter_map(|row| whole.known_at.get(*row).copied()).collect();
    check_features(whole, &cuts, |cut| {
        let ended = whole.known_at.partition_point(|known_at| *known_at <= cut);
        let mut known = sources.clone();
        for (others, timeframe) in known.references.values_mut() {
            // What closed by then opened one length of a bar before, or earlier.
            let after = Timestamp::from_nanos(cut.as_nanos() - timeframe.nanos() + 1);
            *others = others.view().between(None, Some(after)).to_bars();
        }
        for scores in known.sentiments.values_mut() {
            scores.retain(|score| score.known_at <= cut);
        }
        Ok(FeatureStream::batch(set, bars.slice(0..ended), timeframe, &known)?)
    })
}

/// Features whose correlation with the label is high and mostly gone a bar earlier, which what is known of the future hardly ever is.
pub(super) fn suspects(series: &SeriesKey, table: &Table, labels: &[Label]) -> Vec<Suspected> {
    let from = table.rows().saturating_sub(LOOKED_AT);
    let newest: Vec<usize> = (from..table.rows()).collect();
    let mut values = vec![f64::NAN; newest.len()];
    for label in labels.iter().filter(|label| label.row >= from) {
        values[label.row - from] = label.value;
    }
    let found = suspicious_features(&table.select(&newest), &values, Suspicion::default());
    found.into_iter().map(|feature| Suspected { series: series.clone(), feature }).collect()
}

/// What is to be said of them; nothing where there are none.
pub(super) fn words(suspects: &[Suspected]) -> Option<String> {
    let worst = suspects
        .iter()
        .max_by(|one, other| one.feature.correlation.abs().total_cmp(&other.feature.correlation.abs()))?;
    let others = match suspects.len() {
        1 => String::new(),
        count => format!(" ({} more in all series)", count - 1),
    };
    Some(format!(
        "Something of the future seems to have got in: `{}` of {} goes with its label (rank correlation {:.2}), and a bar earlier it does not ({:.2}){others}. Look at the times of the data before believing anything else that is said here.",
        worst.feature.feature, worst.series, worst.feature.correlation, worst.feature.earlier
    ))
}
