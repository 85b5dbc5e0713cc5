//! Whether a candidate may take the champion's place: both on the same newest rows, which neither has seen, by a test that was fixed before.

use mem_model::model::Model;
use mem_model::validate::compare::diebold_mariano;
use mem_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::course::loss;
use super::rows::Rows;
use super::verdict::{Scores, earned, scores};
use super::{LearnConfig, leak};
use crate::error::ResearchError;
use crate::optimize::mean;
use crate::run::SeriesSource;

/// Fewest rows that anything is decided on.
const FEWEST: usize = 200;

/// The test, fixed before the candidate is trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GateConfig {
    /// Share of the rows, the newest, that are kept for it; above 0, at most one half.
    pub share: f64,
    /// A candidate that is no better passes with at most this probability; above 0, below one half.
    pub alpha: f64,
}

impl Default for GateConfig {
    fn default() -> Self {
        Self { share: 0.2, alpha: 0.05 }
    }
}

impl GateConfig {
    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// Names the first that does not.
    pub fn validate(&self) -> Result<(), ResearchError> {
        for (field, value) in [("gate.share", self.share), ("gate.alpha", self.alpha)] {
            if !(value > 0.0 && value < 0.5) {
                return Err(ResearchError::Config { field, value, expected: "above 0 and below 0.5".to_owned() });
            }
        }
        Ok(())
    }
}

/// The model that decides now.
#[derive(Debug, Clone, Copy)]
pub struct Champion<'a> {
    /// The model.
    pub model: &'a Model,
    /// What it is called.
    pub title: &'a str,
    /// The set of features that it was made for.
    pub features: &'a str,
    /// When the last label that it has seen was known.
    pub until: Timestamp,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gate {
    /// The test.
    pub config: GateConfig,
    /// When the first row was decided.
    pub from: Timestamp,
    /// When the last was.
    pub to: Timestamp,
    /// How many rows.
    pub rows: usize,
    /// What the candidate was compared with.
    pub against: String,
    /// How good the candidate was.
    pub candidate: Scores,
    /// How good the other was.
    pub baseline: Scores,
    /// Probability of such an advantage in logarithmic loss, or a greater one, were there none (Diebold and Mariano, one-sided).
    pub p_value: Option<f64>,
    /// Mean return of the series after costs, the candidate deciding, as a fraction.
    pub candidate_return: f64,
    /// The same, the champion deciding, or every entry of the strategy taken that a meta-label judges; `None` where there is neither.
    pub baseline_return: Option<f64>,
    /// Whether it passes.
    pub passed: bool,
    /// Why, in plain English.
    pub reason: String,
}

/// Where the rows of the gate begin, by number.
///
/// # Errors
/// Too few rows that the champion has not seen.
pub(super) fn window(
    config: &GateConfig,
    rows: &Rows,
    champion: Option<&Champion<'_>>,
) -> Result<usize, ResearchError> {
    let newest = rows.len() - (rows.len() as f64 * config.share) as usize;
    let unseen = champion.map_or(0, |champion| rows.spans.partition_point(|span| span.t0 <= champion.until));
    let begins = newest.max(unseen);
    let left = rows.len() - begins;
    if left < FEWEST {
        return Err(ResearchError::TooFewUnseen { rows: left, needed: FEWEST });
    }
    Ok(begins)
}

/// Judges `candidate`, which was trained on rows before `begins` only.
///
/// # Errors
/// If the champion cannot be asked.
pub(super) fn judge(
    config: &LearnConfig,
    how: &GateConfig,
    (rows, begins, share): (&Rows, usize, f64),
    candidate: &Model,
    champion: Option<&Champion<'_>>,
    source: &dyn SeriesSource,
) -> Result<Gate, ResearchError> {
    let mut tested: Vec<usize> = (begins..rows.len()).collect();
    let other = match champion {
        None => None,
        Some(champion) => {
            let said = said_by(config, rows, &tested, champion, source)?;
            // What the champion cannot say anything of counts for neither.
            let both: Vec<(usize, f64)> =
                tested.iter().copied().zip(said).filter_map(|(row, said)| Some((row, said?[0]))).collect();
            tested = both.iter().map(|(row, _)| *row).collect();
            Some(both.into_iter().map(|(_, said)| said).collect::<Vec<f64>>())
        }
    };
    if tested.len() < FEWEST {
        return Err(ResearchError::TooFewUnseen { rows: tested.len(), needed: FEWEST });
    }
    let said = rows.ask(candidate, &tested)?;
    let truth: Vec<bool> = tested.iter().map(|row| rows.target[*row] > 0.5).collect();
    let baseline = other.clone().unwrap_or_else(|| vec![share; tested.len()]);
    let losses = |said: &[f64]| said.iter().zip(&truth).map(|(said, truth)| loss(*said, *truth)).collect::<Vec<f64>>();
    let (ours, theirs) = (losses(&said), losses(&baseline));
    let test = diebold_mariano(&ours, &theirs, rows.horizon * rows.markets.len());
    let p_value = test.map(|test| test.first_is_better());
    // Of the model, and of the strategy that it judges alone, if it does.
    let mean_return = |said: &[f64]| -> Result<(f64, Option<f64>), ResearchError> {
        let each =
            (0..rows.markets.len()).filter_map(|market| earned(config, rows, (&tested, said), market).transpose());
        let each = each.collect::<Result<Vec<_>, ResearchError>>()?;
        let own = mean(each.iter().map(|one| one.metrics.total_return.unwrap_or(0.0))).unwrap_or(0.0);
        Ok((own, mean(each.iter().filter_map(|one| one.alone))))
    };
    let (candidate_return, alone) = mean_return(&said)?;
    let of_champion = other.as_deref().map(mean_return).transpose()?;
    let baseline_return = of_champion.map(|(own, _)| own).or(alone);
    // To say the mere share of gains of every entry is to take them all.
    let (against, earner) = match champion {
        Some(champion) => (champion.title, champion.title),
        None if config.primary.is_some() => ("the mere share of gains among the training rows", "every entry taken"),
        None => ("the mere share of the training rows", ""),
    };
    let convincing = p_value.is_some_and(|p| p < how.alpha);
    let earns = baseline_return.is_none_or(|theirs| candidate_return >= theirs);
    let why = reason((against, earner), how, p_value, (candidate_return, baseline_return), (convincing, earns));
    let leaks = leak::words(&rows.suspects);
    Ok(Gate {
        config: *how,
        from: rows.spans[tested[0]].t0,
        to: rows.spans[tested[tested.len() - 1]].t0,
        rows: tested.len(),
        candidate: scores(&truth, &said),
        baseline: scores(&truth, &baseline),
        reason: leaks.clone().unwrap_or(why),
        against: match champion {
            None if config.primary.is_some() => format!("{against}, {earner}"),
            _ => against.to_owned(),
        },
        p_value,
        candidate_return,
        baseline_return,
        passed: convincing && earns && leaks.is_none(),
    })
}

fn reason(
    (against, earner): (&str, &str),
    how: &GateConfig,
    p_value: Option<f64>,
    (ours, theirs): (f64, Option<f64>),
    (convincing, earns): (bool, bool),
) -> String {
    let p = p_value.map_or_else(|| "cannot be told".to_owned(), |p| format!("{p:.4}"));
    let money = theirs.map_or_else(String::new, |theirs| {
        format!("; after costs it brought {:+.2} % a series, {earner} {:+.2} %", ours * 100.0, theirs * 100.0)
    });
    match (convincing, earns) {
        (true, true) => format!(
            "its logarithmic loss is below that of {against} by more than luck (p {p}, limit {}){money}",
            how.alpha
        ),
        (true, false) => {
            format!("its probabilities are better than those of {against} (p {p}), but it earns less{money}")
        }
        (false, _) => {
            format!(
                "its logarithmic loss has not been shown to be below that of {against} (p {p}, limit {}){money}",
                how.alpha
            )
        }
    }
}

/// The champion's answers to rows; none where its own features, or the rows that it looks back at, are not known yet.
pub(super) fn said_by(
    config: &LearnConfig,
    rows: &Rows,
    tested: &[usize],
    champion: &Champion<'_>,
    source: &dyn SeriesSource,
) -> Result<Vec<Option<Vec<f64>>>, ResearchError> {
    let (width, steps) = (champion.model.parts().predictors.len(), champion.model.steps());
    if champion.model.parts().features == rows.table.names() && (steps == 1 || steps == config.learner.steps()) {
        let said = rows.ask(champion.model, tested)?;
        return Ok(said.chunks(width).map(answered).collect());
    }
    let own = LearnConfig { features: champion.features.to_owned(), ..config.clone() };
    let set = own.feature_set()?;
    let keys: Vec<_> = rows.markets.iter().map(|market| market.key().clone()).collect();
    let theirs = Rows::gather(&own, &set, &keys, source, steps)?;
    let at = |rows: &Rows, row: usize| (rows.spans[row].t0, rows.places[row].0);
    let known: Vec<_> = (0..theirs.len()).map(|row| at(&theirs, row)).collect();
    let found: Vec<Option<usize>> = tested.iter().map(|row| known.binary_search(&at(rows, *row)).ok()).collect();
    let asked: Vec<usize> = found.iter().copied().flatten().collect();
    let said = theirs.ask(champion.model, &asked)?;
    let mut said = said.chunks(width).map(answered);
    Ok(found.into_iter().map(|row| row.and_then(|_| said.next().flatten())).collect())
}

/// What was said, if anything: a network has no answer where a number is missing.
fn answered(said: &[f64]) -> Option<Vec<f64>> {
    said.iter().all(|said| said.is_finite()).then(|| said.to_vec())
}
