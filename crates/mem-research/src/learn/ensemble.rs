//! Several learners as one: how much each counts is learned from what it says of rows that it was not taught.
//!
//! The rows that teach are held out in stretches. What answers to a stretch was taught the rows whose labels have no time in common with those
//! of the stretch, and that do not follow it within the length of a label (purged k-fold with embargo: AFML 7.4). The rows that say when to
//! stop come after all of these, as everywhere.

use mem_model::ensemble::{Regimes, Stacked, Switched, Weighted};
use mem_model::learn::{Learn, LearnError, Predictor};
use mem_model::sample::Sample;
use mem_model::validate::leak::check_fold;
use mem_model::validate::split::{Fold, Span, purged_k_fold};

use super::fit::wrong;
use super::rows::Rows;
use super::{FEWEST_ROWS, LearnConfig, Learner, Member};
use crate::error::ResearchError;

/// Stretches that are held out.
const STRETCHES: usize = 5;
/// Regimes.
const REGIMES: usize = 3;

/// An ensemble that learns from the rows that its folds were made of.
pub(super) struct Ensemble<'a> {
    learner: &'a Learner,
    folds: Vec<Fold>,
    /// The place of the feature that tells the regime.
    regime: usize,
}

impl<'a> Ensemble<'a> {
    /// To be taught these rows, by number and in order of time.
    ///
    /// # Errors
    /// Too few rows for stretches.
    pub(super) fn new(config: &'a LearnConfig, rows: &Rows, teach: &[usize]) -> Result<Self, ResearchError> {
        let learner = &config.learner;
        let (mut folds, mut regime) = (Vec::new(), 0);
        if let Learner::Switched { feature, .. } = learner {
            let place = rows.table.names().iter().position(|name| name == feature);
            regime = place.ok_or_else(|| wrong(format!("no feature is named {feature}")))?;
        } else {
            let spans: Vec<Span> = teach.iter().map(|row| rows.spans[*row]).collect();
            let label_ns = config.timeframe.nanos().unsigned_abs().saturating_mul(config.label.longest() as u64);
            folds = held_out(&spans, std::time::Duration::from_nanos(label_ns))?;
        }
        Ok(Self { learner, folds, regime })
    }
}

impl Learn for Ensemble<'_> {
    fn learn(&self, training: &Sample<'_>, validation: Option<&Sample<'_>>) -> Result<Predictor, LearnError> {
        let members: Vec<&dyn Learn> = self.learner.members().iter().map(Member::as_learn).collect();
        Ok(match self.learner {
            Learner::Stacked { l2, .. } => {
                Predictor::Stacked(Stacked::learn(&members, training, validation, &self.folds, *l2)?)
            }
            Learner::Switched { member, .. } => {
                let by = Regimes::even(training, self.regime, REGIMES)?;
                Predictor::Switched(Switched::learn(member.as_learn(), training, validation, by, FEWEST_ROWS)?)
            }
            _ => Predictor::Weighted(Weighted::learn(&members, training, validation, &self.folds)?),
        })
    }
}

/// Stretches of rows with these labels, each held out once, and what may teach beside each.
fn held_out(spans: &[Span], embargo: std::time::Duration) -> Result<Vec<Fold>, ResearchError> {
    let folds = purged_k_fold(spans, STRETCHES, embargo).map_err(wrong)?;
    // Said of all that is trained, not only of what tests train.
    folds.iter().try_for_each(|fold| check_fold(spans, fold)).map_err(wrong)?;
    Ok(folds)
}

/// How much each member of an ensemble counts: its weight in the mean, what one deviation of its log-odds adds, or the share of `of` rows that
/// it answers to. Nothing of what is no ensemble.
pub(super) fn counts(learner: &Learner, predictor: &Predictor, rows: &Rows, of: &[usize]) -> Vec<(String, f64)> {
    let named = |weights: &[f64]| {
        let members = learner.members().iter().map(|member| member.kind().to_owned());
        members.zip(weights.iter().copied()).collect()
    };
    match predictor {
        Predictor::Weighted(weighted) => named(weighted.weights()),
        Predictor::Stacked(stacked) => named(&stacked.meta().weights),
        Predictor::Switched(switched) => {
            let feature = &rows.table.names()[switched.by().feature];
            let shares = shares(switched, rows, of).into_iter();
            let name = |regime: Option<f64>| match regime {
                Some(regime) => stretch(feature, switched.by(), regime as usize),
                None => "all other rows".to_owned(),
            };
            shares.map(|(regime, _, share)| (name(regime), share)).collect()
        }
        Predictor::Forest(_) | Predictor::Linear(_) | Predictor::Sequence(_) | Predictor::Network(_) => Vec::new(),
    }
}

/// The predictors of a switched one with the regime of each, and the share of `of` rows that it answers to.
pub(super) fn shares<'a>(switched: &'a Switched, rows: &Rows, of: &[usize]) -> Vec<(Option<f64>, &'a Predictor, f64)> {
    let column = &rows.table.columns()[switched.by().feature];
    let share = |regime: f64| {
        let count = of.iter().filter(|row| switched.by().of(column[**row]) == regime).count();
        count as f64 / of.len() as f64
    };
    let mut parts: Vec<_> =
        switched.regimes().map(|(regime, predictor)| (Some(regime), predictor, share(regime))).collect();
    let rest = 1.0 - parts.iter().map(|(.., share)| share).sum::<f64>();
    parts.push((None, switched.otherwise(), rest.max(0.0)));
    parts
}

/// A regime in words.
fn stretch(feature: &str, by: &Regimes, regime: usize) -> String {
    let cut = |at: usize| by.cuts.get(at).map(|cut| format!("{cut:.4}"));
    match (regime.checked_sub(1).and_then(cut), cut(regime)) {
        (Some(from), Some(to)) => format!("{feature} from {from} below {to}"),
        (Some(from), None) => format!("{feature} from {from}"),
        (None, Some(to)) => format!("{feature} below {to}"),
        (None, None) => feature.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::Duration;

    use mem_model::forest::Link;
    use mem_model::held_out::HeldOut;
    use mem_model::linear::{Linear, Scaler};
    use mem_model::table::Table;
    use mem_types::Timestamp;
    use proptest::prelude::*;

    use super::*;

    /// Notes which rows it was taught, and answers with the number of the lesson.
    #[derive(Default)]
    struct Pupil(RefCell<Vec<Vec<usize>>>);

    impl Learn for Pupil {
        fn learn(&self, training: &Sample<'_>, _: Option<&Sample<'_>>) -> Result<Predictor, LearnError> {
            let mut lessons = self.0.borrow_mut();
            lessons.push(training.table.columns()[0].iter().map(|row| *row as usize).collect());
            let intercept = (lessons.len() - 1) as f64;
            let scaler = Scaler::fit(training);
            Ok(Predictor::Linear(Linear { scaler, weights: vec![0.0], intercept, link: Link::Identity }))
        }
    }

    proptest! {
        #[test]
        fn no_answer_comes_from_what_has_seen_the_row_or_a_label_that_overlaps_its_own(
            rows in prop::collection::vec((0..3_i64, 1..12_i64), 60..200),
            embargo_ns in 0..5_u64,
        ) {
            let mut now = 0;
            let spans: Vec<Span> = rows
                .iter()
                .map(|(pause, length)| {
                    now += pause;
                    Span { t0: Timestamp::from_nanos(now), t1: Timestamp::from_nanos(now + length) }
                })
                .collect();
            let Ok(folds) = held_out(&spans, Duration::from_nanos(embargo_ns)) else { return Ok(()) };
            let table = Table::new(vec!["row".to_owned()], vec![(0..rows.len()).map(|row| row as f64).collect()]);
            let (table, target) = (table.unwrap(), vec![0.0; rows.len()]);
            let pupil = Pupil::default();
            let answers = HeldOut::new(&[&pupil], &Sample::new(&table, &target), None, &folds).unwrap();
            let lessons = pupil.0.borrow();
            prop_assert_eq!(answers.rows().len(), rows.len());
            for (row, lesson) in answers.rows().iter().zip(&answers.answers()[0]) {
                let taught = &lessons[*lesson as usize];
                prop_assert!(!taught.is_empty() && !taught.contains(row));
                let overlaps = |other: &&usize| spans[**other].t0 < spans[*row].t1 && spans[*row].t0 < spans[**other].t1;
                prop_assert_eq!(taught.iter().find(overlaps), None);
            }
        }
    }

    #[test]
    fn regimes_are_told_in_words() {
        let by = Regimes { feature: 0, cuts: vec![0.5, 1.0] };
        let words: Vec<String> = (0..3).map(|regime| stretch("v", &by, regime)).collect();
        assert_eq!(words, ["v below 0.5000", "v from 0.5000 below 1.0000", "v from 1.0000"]);
    }
}
