//! A linear model over what members say (Wolpert, "Stacked Generalization", 1992): over their values, or over the log-odds of their
//! probabilities.

use serde::{Deserialize, Serialize};

use super::{EnsembleError, are_alike, members};
use crate::forest::Link;
use crate::held_out::{HeldOut, log_odds};
use crate::learn::{Learn, LearnError, Predictor, WidthError};
use crate::linear::{Linear, LogisticParameters, RidgeParameters};
use crate::sample::Sample;
use crate::table::Table;
use crate::validate::split::Fold;

/// Members, and the linear model over them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stacked {
    members: Vec<Predictor>,
    meta: Linear,
}

impl Stacked {
    /// Learns the model over members from what each learner says of rows held out, and the members from all rows.
    ///
    /// # Errors
    /// Folds that are none; learners that do not learn, or that answer differently or with many classes.
    pub fn learn(
        learners: &[&dyn Learn],
        sample: &Sample<'_>,
        validation: Option<&Sample<'_>>,
        folds: &[Fold],
        l2: f64,
    ) -> Result<Self, EnsembleError> {
        let meta = meta(&HeldOut::new(learners, sample, validation, folds)?, l2)?;
        let stacked = Self { members: members(learners, sample, validation)?, meta };
        if stacked.is_sound() { Ok(stacked) } else { Err(EnsembleError::Members) }
    }

    /// The members.
    pub fn members(&self) -> &[Predictor] {
        &self.members
    }

    /// The model over them.
    pub fn meta(&self) -> &Linear {
        &self.meta
    }

    pub(crate) fn answer(&self, row: &[f64]) -> f64 {
        let said: Vec<f64> =
            self.members.iter().map(|member| stackable(member.link(), member.answer(row)[0])).collect();
        self.meta.predict_row(&said).expect("the model over members has their width")
    }

    pub(crate) fn answers(&self, table: &Table) -> Result<Vec<f64>, WidthError> {
        let answers = self.members.iter().map(|member| member.predict_table(table)).collect::<Result<Vec<_>, _>>()?;
        Ok(self
            .meta
            .predict_table(&said(self.members[0].link(), answers))
            .expect("the model over members has their width"))
    }

    pub(crate) fn is_sound(&self) -> bool {
        let alike = are_alike(&self.members) && self.meta.is_sound() && self.meta.features() == self.members.len();
        alike && self.members[0].outputs() == 1 && self.members[0].link() == self.meta.link
    }
}

/// The model over members, from answers to rows held out.
fn meta(held_out: &HeldOut, l2: f64) -> Result<Linear, EnsembleError> {
    let table = said(held_out.link(), held_out.answers().to_vec());
    let sample = Sample { table: &table, target: held_out.targets(), weights: Some(held_out.weights()) };
    match held_out.link() {
        Link::Identity => RidgeParameters { l2 }.train(&sample).map_err(|error| LearnError::from(error).into()),
        Link::Logistic => LogisticParameters { l2 }.train(&sample).map_err(|error| LearnError::from(error).into()),
        Link::Softmax => Err(EnsembleError::Classes),
    }
}

/// Answers of members as features.
fn said(link: Link, answers: Vec<Vec<f64>>) -> Table {
    let names = (0..answers.len()).map(|member| format!("member {member}")).collect();
    let columns = answers
        .into_iter()
        .map(|answers| answers.into_iter().map(|answer| stackable(link, answer)).collect())
        .collect();
    Table::new(names, columns).expect("members answer to the same rows, and have different names")
}

fn stackable(link: Link, answer: f64) -> f64 {
    if link == Link::Identity { answer } else { log_odds(answer) }
}
