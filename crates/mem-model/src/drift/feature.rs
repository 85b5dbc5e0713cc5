//! Drift of many columns at once: the last rows against a fitted reference, with the p-values corrected for how many columns there are.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::bins::{BinDistance, Bins};
use super::{Correction, KsTest, Severity, ks};
use crate::table::Table;

/// When a [`FeatureDrift`] speaks. What earlier versions wrote beside it, the seed of a draw, is read over.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeatureDriftConfig {
    /// The chance of a false finding in one look at the rows (Holm), or the share of false ones among the findings (Benjamini, Hochberg). 0.01.
    pub alpha: f64,
    /// How p-values are corrected. Holm.
    pub correction: Correction,
    /// How many of the last rows are judged; also the least number that is judged. 200.
    pub window: usize,
    /// How many values of a column of the reference are kept, evenly spaced among those that are there, in order. 200.
    pub reference: usize,
    /// Bins of the stability index. 10.
    pub bins: usize,
    /// Whether a column that follows its own past counts for fewer rows than it has. Yes: indicators do.
    pub autocorrelated: bool,
    /// How many monitors look at the same time, each at rows of its own, this one counted: the correction is for all of them. 1.
    pub among: usize,
}

impl Default for FeatureDriftConfig {
    fn default() -> Self {
        let correction = Correction::Holm;
        Self { alpha: 0.01, correction, window: 200, reference: 200, bins: 10, autocorrelated: true, among: 1 }
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
    /// Of the values that are there, rising: all, or as many as are kept.
    sample: Vec<f64>,
    rows: usize,
    missing: usize,
    /// Rows between values that are as good as independent, at least 1.
    spacing: f64,
    /// How many independent values those that are there are worth.
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
    /// The same, corrected for the number of columns, and of monitors that look.
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
    /// A monitor over the columns of `reference`, rows of one series in the order of time. An infinite number counts as missing.
    pub fn new(reference: &Table, config: FeatureDriftConfig) -> Self {
        let of_column = |(name, column): (&String, &Vec<f64>)| {
            let there = present(column);
            let spacing = if config.autocorrelated { spacing(column) } else { 1.0 };
            Reference {
                name: name.clone(),
                rows: column.len(),
                missing: column.len() - there.len(),
                spacing,
                worth: there.len() as f64 / spacing,
                bins: Bins::of(column, config.bins),
                sample: evenly(there, config.reference.max(1)),
            }
        };
        let columns = reference.names().iter().zip(reference.columns());
        Self { config, reference: columns.map(of_column).collect(), recent: VecDeque::new() }
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

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.reference.iter().map(|reference| reference.name.as_str())
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
        let among = self.config.among.max(1) as f64;
        for (finding, adjusted) in features.iter_mut().zip(self.config.correction.adjust(&p_values)) {
            finding.adjusted_p_value = (adjusted * among).min(1.0);
            if finding.adjusted_p_value > self.config.alpha {
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
            let fewer = reference.spacing > 1.0 || reference.slack() > 0.0;
            ks::ks_sorted(&reference.sample, &sample, fewer.then_some(worth), reference.slack())
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
    /// How far, at most, the distribution function of what is kept is from that of all that was there.
    fn slack(&self) -> f64 {
        let there = self.rows - self.missing;
        if self.sample.len() < there { 0.5 / self.sample.len() as f64 } else { 0.0 }
    }

    fn is_sound(&self) -> bool {
        let there = self.rows.checked_sub(self.missing);
        self.sample.iter().all(|value| value.is_finite())
            && self.sample.is_sorted()
            && there.is_some_and(|there| self.sample.len() <= there && self.sample.is_empty() == (there == 0))
            && u32::try_from(self.rows).is_ok()
            && self.spacing.is_finite()
            && self.spacing >= 1.0
            && self.worth.is_finite()
            && self.worth >= 0.0
            && self.bins.is_sound(self.rows)
    }
}

/// What is there, rising.
fn present(column: &[f64]) -> Vec<f64> {
    let mut present: Vec<f64> = column.iter().copied().filter(|value| value.is_finite()).collect();
    present.sort_unstable_by(f64::total_cmp);
    present
}

/// At most `count` of values that rise, the middle one of each of as many equal parts: at every value x, the share of those kept that are at
/// most x is that of all to within half of 1 / `count`, since exactly ceil(c `count` / n - 1/2) of them are among the first c of n.
fn evenly(values: Vec<f64>, count: usize) -> Vec<f64> {
    if values.len() <= count {
        return values;
    }
    (0..count).map(|part| values[(2 * part + 1) * values.len() / (2 * count)]).collect()
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
    use crate::online::random::Random;

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

    #[test]
    fn values_kept_evenly_are_as_good_as_all() {
        let few = FeatureDriftConfig { reference: 50, ..FeatureDriftConfig::default() };
        let all = FeatureDriftConfig { reference: 10_000, ..few };
        let reference = columns(4, 5_000, 7, 0.6, 0.0, 1.0);
        for shift in [0.0, 0.3, 1.0] {
            let recent = columns(4, 200, 8, 0.6, shift, 1.0);
            let [few, all] = [few, all].map(|config| monitor(reference.clone(), config).compare(&recent));
            for (few, all) in few.features.iter().zip(&all.features) {
                // Never surer than with all of them, and hardly less.
                let less = all.ks_distance - few.ks_distance;
                assert!((0.0..=0.0201).contains(&less) && few.p_value >= all.p_value, "{few:?} {all:?}");
                assert_eq!((few.bins, few.missing), (all.bins, all.missing));
            }
        }
    }

    #[test]
    fn the_more_look_the_less_one_look_is_worth() {
        let reference = columns(3, 3_000, 1, 0.5, 0.0, 1.0);
        let recent = columns(3, 200, 2, 0.5, 0.5, 1.0);
        let of = |among| {
            let config = FeatureDriftConfig { among, ..FeatureDriftConfig::default() };
            monitor(reference.clone(), config).compare(&recent)
        };
        let (alone, among) = (of(1), of(1_000_000));
        assert!(alone.drifted > 0.0 && among.drifted == 0.0, "{alone:?} {among:?}");
        for (alone, among) in alone.features.iter().zip(&among.features) {
            assert_eq!(among.adjusted_p_value, (alone.adjusted_p_value * 1e6).min(1.0));
            assert_eq!(among.p_value, alone.p_value);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// What always was and is one number has not moved, whatever the others do, and however many rows there are.
        #[test]
        fn a_constant_is_never_seen_to_move(
            constant in -1e9_f64..1e9,
            rows in 1_usize..400,
            now in 1_usize..300,
            shift in -5.0_f64..5.0,
            seed in any::<u64>(),
        ) {
            let mut reference = columns(2, rows, seed, 0.5, 0.0, 1.0);
            let mut recent = columns(2, now, seed ^ 1, 0.5, shift, 1.0);
            reference.insert(1, vec![constant; rows]);
            recent.insert(1, vec![constant; now]);
            let config = FeatureDriftConfig { reference: 50, ..FeatureDriftConfig::default() };
            let found = monitor(reference, config).compare(&recent).features.remove(1);
            prop_assert_eq!((found.severity, found.ks_distance), (Severity::None, 0.0));
        }

        /// The distribution function of what is kept is that of all to within half of one kept value's share.
        #[test]
        fn what_is_kept_stands_for_all(count in 1_usize..60, mut values in proptest::collection::vec(0_u8..50, 1..300)) {
            values.sort_unstable();
            let all: Vec<f64> = values.into_iter().map(f64::from).collect();
            let kept = evenly(all.clone(), count);
            prop_assert_eq!(kept.len(), count.min(all.len()));
            let share = |of: &[f64], x: f64| of.partition_point(|value| *value <= x) as f64 / of.len() as f64;
            for x in 0..50 {
                let apart = (share(&all, f64::from(x)) - share(&kept, f64::from(x))).abs();
                prop_assert!(apart <= 0.5 / kept.len() as f64 + 1e-12, "{}", apart);
            }
        }

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
