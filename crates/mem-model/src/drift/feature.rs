//! Drift of many columns at once: the last rows against a fitted reference, with the p-values corrected for how many columns there are.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::bins::{BinDistance, Bins};
use super::{Correction, KsTest, Severity, ks};
use crate::online::random::Random;
use crate::table::Table;

/// When a [`FeatureDrift`] speaks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeatureDriftConfig {
    /// The chance of a false finding in one look at the rows (Holm), or the share of false ones among the findings (Benjamini, Hochberg). 0.01.
    pub alpha: f64,
    /// How p-values are corrected. Holm.
    pub correction: Correction,
    /// How many of the last rows are judged; also the least number that is judged. 200.
    pub window: usize,
    /// How many rows of the reference are kept, drawn at random. 2000.
    pub reference: usize,
    /// Bins of the stability index. 10.
    pub bins: usize,
    /// Whether a column that follows its own past counts for fewer rows than it has. Yes: indicators do.
    pub autocorrelated: bool,
    /// Where the draw of reference rows starts.
    pub seed: u64,
}

impl Default for FeatureDriftConfig {
    fn default() -> Self {
        let correction = Correction::Holm;
        Self { alpha: 0.01, correction, window: 200, reference: 2_000, bins: 10, autocorrelated: true, seed: 1 }
    }
}

/// A monitor of columns over a reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureDrift {
    config: FeatureDriftConfig,
    reference: Vec<Reference>,
    recent: VecDeque<Vec<Option<f64>>>,
}

/// What is kept of a column of the reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Reference {
    name: String,
    /// Rising, what is missing left out.
    sample: Vec<f64>,
    rows: usize,
    missing: usize,
    /// Rows between values that are as good as independent, at least 1.
    spacing: f64,
    /// How many of those the sample is worth.
    worth: f64,
    bins: Bins,
}

/// What became of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureFinding {
    /// Which.
    pub name: String,
    /// Largest distance of the distribution functions, values present only; 0 if all are missing.
    pub ks_distance: f64,
    /// Chance of this distance, or of this change of the share that is missing, where nothing changed.
    pub p_value: f64,
    /// The same, corrected for the number of columns.
    pub adjusted_p_value: f64,
    /// Share that was missing in the reference, and is now.
    pub missing: [f64; 2],
    /// Distances over the same bins, missing numbers being one.
    pub bins: BinDistance,
    /// None unless the corrected p-value is at most alpha; then by the distance and by the stability index, whichever says more.
    pub severity: Severity,
}

/// What became of all columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureDriftReport {
    /// Every column, in the order of the table.
    pub features: Vec<FeatureFinding>,
    /// The worst severity.
    pub severity: Severity,
    /// Share of columns that drifted.
    pub drifted: f64,
}

impl FeatureDrift {
    /// A monitor over the columns of `reference`, rows in the order of time. An infinite number counts as missing.
    pub fn new(reference: &Table, config: FeatureDriftConfig) -> Self {
        Self::over_series(std::slice::from_ref(reference), config)
    }

    /// The same over the rows of several series together, all with the same columns. How long a column remembers is that of the series where
    /// it remembers longest.
    ///
    /// # Panics
    /// Without any series.
    pub fn over_series(series: &[Table], config: FeatureDriftConfig) -> Self {
        let rows = series.iter().map(Table::rows).sum();
        let mut kept = Random::new(config.seed).distinct(rows, config.reference.max(1));
        kept.sort_unstable();
        let of_column = |(place, name): (usize, &String)| {
            let columns = || series.iter().map(|table| &table.columns()[place][..]);
            let drawn = drawn(columns(), &kept);
            let spacing = if config.autocorrelated { columns().map(spacing).fold(1.0, f64::max) } else { 1.0 };
            let sample = present(&drawn);
            let independent = columns().flatten().filter(|value| value.is_finite()).count() as f64 / spacing;
            Reference {
                name: name.clone(),
                rows: kept.len(),
                missing: kept.len() - sample.len(),
                spacing,
                worth: independent.min(sample.len() as f64),
                bins: Bins::of(&drawn, config.bins),
                sample,
            }
        };
        let names = series[0].names().iter().enumerate();
        Self { config, reference: names.map(of_column).collect(), recent: VecDeque::new() }
    }

    /// Whether it can judge any row of its width: what was read from a file need not.
    pub(crate) fn is_sound(&self) -> bool {
        let fits = |row: &Vec<Option<f64>>| row.len() == self.reference.len();
        self.config.alpha.is_finite()
            && self.reference.iter().all(Reference::is_sound)
            && self.recent.len() <= self.window()
            && self.recent.iter().all(fits)
    }

    /// How many columns.
    pub fn width(&self) -> usize {
        self.reference.len()
    }

    /// How many of the last rows are judged.
    pub fn window(&self) -> usize {
        self.config.window.max(2)
    }

    /// Takes one more row, the newest.
    ///
    /// # Panics
    /// If it has another width than the reference.
    pub fn push(&mut self, row: &[f64]) {
        assert_eq!(row.len(), self.reference.len(), "the width of the row");
        if self.recent.len() >= self.window() {
            self.recent.pop_front();
        }
        self.recent.push_back(row.iter().map(|value| value.is_finite().then_some(*value)).collect());
    }

    /// What became of the columns in the last rows; `None` while there are fewer than the window holds.
    pub fn report(&self) -> Option<FeatureDriftReport> {
        if self.recent.len() < self.window() {
            return None;
        }
        let column = |place: usize| self.recent.iter().map(|row| row[place].unwrap_or(f64::NAN)).collect();
        let columns: Vec<Vec<f64>> = (0..self.width()).map(column).collect();
        Some(self.compare(&columns))
    }

    /// What became of the columns in these rows, whatever was pushed before; columns in the order of the reference, rows in that of time.
    ///
    /// # Panics
    /// If there are not as many columns as in the reference.
    pub fn compare(&self, columns: &[Vec<f64>]) -> FeatureDriftReport {
        assert_eq!(columns.len(), self.reference.len(), "columns of the reference");
        let mut features: Vec<FeatureFinding> =
            self.reference.iter().zip(columns).map(|(reference, column)| self.look(reference, column)).collect();
        let p_values: Vec<f64> = features.iter().map(|finding| finding.p_value).collect();
        for (finding, adjusted) in features.iter_mut().zip(self.config.correction.adjust(&p_values)) {
            finding.adjusted_p_value = adjusted;
            if adjusted > self.config.alpha {
                finding.severity = Severity::None;
            }
        }
        let severity = features.iter().map(|finding| finding.severity).max().unwrap_or(Severity::None);
        let drifted = features.iter().filter(|finding| finding.severity > Severity::None).count();
        let drifted = drifted as f64 / features.len().max(1) as f64;
        FeatureDriftReport { features, severity, drifted }
    }

    /// One column, not corrected yet.
    fn look(&self, reference: &Reference, column: &[f64]) -> FeatureFinding {
        let sample = present(column);
        let ks = if reference.sample.is_empty() || sample.is_empty() {
            KsTest { distance: 0.0, p_value: 1.0 }
        } else {
            let worth = [reference.worth, (sample.len() as f64 / reference.spacing).max(1.0)];
            ks::ks_sorted(&reference.sample, &sample, (reference.spacing > 1.0).then_some(worth))
        };
        let missing = column.len() - sample.len();
        let of_missing = fisher([reference.missing, reference.rows], [missing, column.len()]);
        let share = |count: usize, of: usize| count as f64 / of.max(1) as f64;
        let bins = reference.bins.distance(column);
        FeatureFinding {
            name: reference.name.clone(),
            ks_distance: ks.distance,
            // Two looks at one column: Bonferroni.
            p_value: (2.0 * ks.p_value.min(of_missing)).min(1.0),
            adjusted_p_value: 1.0,
            missing: [share(reference.missing, reference.rows), share(missing, column.len())],
            bins,
            severity: Severity::reached(ks.distance, [0.0, 0.2, 0.3, 0.5]).max(bins.severity()),
        }
    }
}

impl Reference {
    fn is_sound(&self) -> bool {
        self.sample.iter().all(|value| value.is_finite())
            && self.sample.is_sorted()
            && self.sample.len().checked_add(self.missing) == Some(self.rows)
            && u32::try_from(self.rows).is_ok()
            && self.spacing.is_finite()
            && self.spacing >= 1.0
            && self.worth.is_finite()
            && self.worth >= 0.0
            && self.bins.is_sound(self.rows)
    }
}

/// The values of these rows, which ascend and are counted on from column to column.
fn drawn<'a>(columns: impl Iterator<Item = &'a [f64]>, rows: &[usize]) -> Vec<f64> {
    let mut values = Vec::with_capacity(rows.len());
    let (mut left, mut before) = (rows, 0);
    for column in columns {
        let here = left.partition_point(|row| *row < before + column.len());
        values.extend(left[..here].iter().map(|row| column[row - before]));
        (left, before) = (&left[here..], before + column.len());
    }
    values
}

/// What is there, rising.
fn present(column: &[f64]) -> Vec<f64> {
    let mut present: Vec<f64> = column.iter().copied().filter(|value| value.is_finite()).collect();
    present.sort_unstable_by(f64::total_cmp);
    present
}

/// The most rows that two values may lie apart and still count as depending on each other.
const LONGEST_MEMORY: usize = 500;

/// Rows between values of a column that are as good as independent: its integrated autocorrelation time 1 + 2 (r1 + r2 + ...), summed until
/// a pair of neighbours is not positive (Geyer 1992). 1 of a column without spread.
fn spacing(column: &[f64]) -> f64 {
    let values: Vec<f64> = column.iter().copied().filter(|value| value.is_finite()).collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let deviations: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let variance = deviations.iter().map(|deviation| deviation * deviation).sum::<f64>();
    if variance <= 0.0 || !variance.is_finite() {
        return 1.0;
    }
    let correlation = |lag: usize| {
        deviations[lag..].iter().zip(&deviations).map(|(late, early)| late * early).sum::<f64>() / variance
    };
    let mut sum = 0.0;
    for lag in (1..LONGEST_MEMORY.min(values.len() / 4)).step_by(2) {
        let pair = correlation(lag) + correlation(lag + 1);
        if pair <= 0.0 {
            break;
        }
        sum += pair;
    }
    1.0 + 2.0 * sum
}

/// Fisher's exact test (1922), two-sided: the chance that two counts of a whole come from one share, summed over all counts that are no more
/// likely.
fn fisher([first, first_of]: [usize; 2], [second, second_of]: [usize; 2]) -> f64 {
    let ln_choose = |of: usize, count: usize| {
        let ln_factorial = |number: usize| libm::lgamma(number as f64 + 1.0);
        ln_factorial(of) - ln_factorial(count) - ln_factorial(of - count)
    };
    let together = first + second;
    let whole = ln_choose(first_of + second_of, together);
    let chance = |count: usize| libm::exp(ln_choose(first_of, together - count) + ln_choose(second_of, count) - whole);
    let observed = chance(second) * (1.0 + 1e-7);
    let possible = together.saturating_sub(first_of)..=together.min(second_of);
    possible.map(chance).filter(|chance| *chance <= observed).sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Columns of normal numbers that follow their own past with the correlation `memory`, moved by `shift` and stretched by `stretch`.
    fn columns(width: usize, rows: usize, seed: u64, memory: f64, shift: f64, stretch: f64) -> Vec<Vec<f64>> {
        let mut random = Random::new(seed);
        let mut column = || {
            let mut value = 0.0;
            let mut normal = || (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
            let mut next = || {
                value = memory * value + (1.0_f64 - memory * memory).sqrt() * normal();
                shift + stretch * value
            };
            (0..50).for_each(|_| {
                next();
            });
            (0..rows).map(|_| next()).collect()
        };
        (0..width).map(|_| column()).collect()
    }

    fn monitor(columns: Vec<Vec<f64>>, config: FeatureDriftConfig) -> FeatureDrift {
        let names = (0..columns.len()).map(|column| format!("f{column}")).collect();
        FeatureDrift::new(&Table::new(names, columns).unwrap(), config)
    }

    #[test]
    fn alarms_where_nothing_drifts_are_as_rare_as_alpha_says() {
        for (memory, autocorrelated) in [(0.0, false), (0.0, true), (0.8, true), (0.95, true)] {
            let config = FeatureDriftConfig { alpha: 0.1, autocorrelated, ..FeatureDriftConfig::default() };
            let alarms = (0..200_u64).filter(|round| {
                let mut all = columns(5, 2_400, 1_000 + round, memory, 0.0, 1.0);
                let recent: Vec<Vec<f64>> = all.iter_mut().map(|column| column.split_off(2_200)).collect();
                monitor(all, config).compare(&recent).severity > Severity::None
            });
            // Alpha is 20 of 200; three deviations more are 33.
            let alarms = alarms.count();
            assert!(alarms <= 33, "{alarms} of 200 with memory {memory}, autocorrelated {autocorrelated}");
        }
    }

    #[test]
    fn what_drifts_is_found_and_named() {
        let monitor = monitor(columns(6, 3_000, 1, 0.5, 0.0, 1.0), FeatureDriftConfig::default());
        let mut recent = columns(6, 200, 2, 0.5, 0.0, 1.0);
        recent[2] = columns(1, 200, 3, 0.5, 1.5, 1.0).remove(0);
        recent[4][..20].fill(f64::NAN);
        let report = monitor.compare(&recent);
        let found: Vec<bool> = report.features.iter().map(|finding| finding.severity > Severity::None).collect();
        assert_eq!(found, [false, false, true, false, true, false], "{report:#?}");
        assert_eq!(report.severity, Severity::Critical);
        assert_eq!(report.features[4].missing, [0.0, 0.1]);
        assert!((report.drifted - 2.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn fisher_is_the_textbook() {
        // The lady tasting tea: three of four right, 34/70.
        assert!((fisher([3, 4], [1, 4]) - 34.0 / 70.0).abs() < 1e-9);
        assert_eq!(fisher([0, 100], [0, 10]), 1.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Pushing rows is comparing the last window; what is read back goes on the same.
        #[test]
        fn pushing_is_comparing(seed in any::<u64>(), rows in 1_usize..80) {
            let config = FeatureDriftConfig { window: 40, reference: 100, ..FeatureDriftConfig::default() };
            let mut monitor = monitor(columns(3, 300, seed, 0.3, 0.0, 1.0), config);
            let recent = columns(3, rows, seed ^ 1, 0.3, 0.2, 1.0);
            let [first, second, third] = &recent[..] else { unreachable!("three columns were made") };
            for ((first, second), third) in first.iter().zip(second).zip(third) {
                monitor.push(&[*first, *second, *third]);
            }
            let kept: FeatureDrift = serde_json::from_str(&serde_json::to_string(&monitor).unwrap()).unwrap();
            prop_assert_eq!(&kept, &monitor);
            let last: Vec<Vec<f64>> = recent.iter().map(|column| column[rows.saturating_sub(40)..].to_vec()).collect();
            let expected = (rows >= 40).then(|| monitor.compare(&last));
            prop_assert_eq!(kept.report(), expected);
        }
    }
}
